package record

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strings"

	"hearth"
	"hearth/internal/base/db"
)

// Undoing is one course of taking steps back, over many transactions. It belongs to one goroutine.
type Undoing struct {
	Source string // whose steps they are: names that other sources have for a resident keep the resident
	// Preview finds out what would happen and changes nothing.
	Preview bool
	// Held gives those of the residents, and of the team, who must stay, with the reason as the end of a sentence: "there is
	// a conversation with them". Nil: nobody.
	Held func(ctx context.Context, tx *db.Tx, thing Thing, ids []string) (map[string]string, error)
	// Used tells why a unit must stay, "" if it need not. Nil: nothing uses it.
	Used func(ctx context.Context, tx *db.Tx, unit hearth.UnitID) (string, error)

	// Order fails if there is no such work order: they are another store's.
	Order func(ctx context.Context, tx *db.Tx, id string) error

	gone  map[string]bool            // in a preview: what would be taken back
	would map[string]json.RawMessage // in a preview: what would be there
}

// Taken is what became of one step.
type Taken struct {
	Thing Thing    `json:"thing"`
	ID    string   `json:"id"`
	Name  string   `json:"name"`             // what people call it
	Made  bool     `json:"made,omitempty"`   // the steps had made it; else they had changed it
	Done  bool     `json:"done"`             // it is taken back, or some of it is
	Kept  []string `json:"kept,omitempty"`   // fields that somebody changed since, by column
	Why   string   `json:"why,omitempty"`    // why it, or what is kept of it, stays
	Field []string `json:"fields,omitempty"` // what went back to what it was
}

// Pass is one of the two rounds of taking back. People go before homes, since a home stays as long as somebody is in it.
type Pass int

// The passes, in their order. Each goes over all steps, the latest first.
const (
	PassPeople Pass = iota
	PassPlaces
)

// order gives in which order a row's steps are taken back; ok is false for those of the other pass.
func (p Pass) order(t Thing) (n int, ok bool) {
	things := []Thing{ThingPreference, ThingOnCall, ThingResident, ThingStaff}
	if p == PassPlaces {
		things = []Thing{ThingLease, ThingHousehold, ThingUnit, ThingBuilding, ThingProperty, ThingName}
	}
	n = slices.Index(things, t)
	return n, n >= 0
}

// TakeBack takes back the steps of one row, as far as nothing later depends on what they made or changed it, and appends
// the events that say so. What is done already is passed over, so that it can go on after a kill.
func (s *Store) TakeBack(ctx context.Context, tx *db.Tx, n News, u *Undoing, pass Pass, steps []Step) ([]Taken, error) {
	if u.gone == nil {
		u.gone, u.would = map[string]bool{}, map[string]json.RawMessage{}
	}
	var mine []Step
	for _, st := range slices.Backward(steps) {
		if _, ok := pass.order(st.Thing); ok {
			mine = append(mine, st)
		}
	}
	sort.SliceStable(mine, func(i, j int) bool {
		a, _ := pass.order(mine[i].Thing)
		b, _ := pass.order(mine[j].Thing)
		return a < b
	})
	var out []Taken
	for _, st := range mine {
		t, err := s.takeStep(ctx, tx, n, u, st, steps)
		if err != nil {
			return nil, fmt.Errorf("take back %s %s: %w", st.Thing, st.ID, err)
		}
		if t != nil {
			out = append(out, *t)
		}
	}
	return out, nil
}

// standing is a record as it stands now.
type standing struct {
	image json.RawMessage // nil: there is none
	name  string
}

func (s *Store) takeStep(ctx context.Context, tx *db.Tx, n News, u *Undoing, st Step, row []Step) (*Taken, error) {
	key := string(st.Thing) + "/" + st.ID
	if u.gone[key] {
		return nil, nil
	}
	now, err := s.standing(ctx, tx, st)
	if err != nil {
		return nil, err
	}
	if w, ok := u.would[key]; ok {
		now.image = w
	}
	if now.image == nil {
		return nil, nil // it is gone already
	}
	t := &Taken{Thing: st.Thing, ID: st.ID, Name: now.name, Made: st.Made()}
	if !st.Made() {
		return t, s.takeChange(ctx, tx, n, u, st, now, t)
	}
	if t.Why, err = s.needed(ctx, tx, n, u, st, now, row); err != nil || t.Why != "" {
		return t, err
	}
	t.Done = true
	if u.Preview {
		u.gone[key] = true
		return t, nil
	}
	return t, s.remove(ctx, tx, n, st)
}

// takeChange gives back what the steps changed, field by field; what somebody changed since stays.
func (s *Store) takeChange(ctx context.Context, tx *db.Tx, n News, u *Undoing, st Step, now standing, t *Taken) error {
	image, fields, kept, err := merged(st, now.image)
	if err != nil {
		return err
	}
	t.Field, t.Kept, t.Done = fields, kept, len(fields) > 0
	if len(kept) > 0 {
		t.Why = "it was changed since"
	}
	if len(fields) == 0 {
		return nil
	}
	if u.Preview {
		u.would[string(st.Thing)+"/"+st.ID] = image
		return nil
	}
	return s.giveBack(ctx, tx, n, st, now.image, image, fields)
}

// merged gives the image with each field that the step changed as it was, where it still is what the step left.
func merged(st Step, now json.RawMessage) (image json.RawMessage, fields, kept []string, err error) {
	if now[0] != '{' { // a list or a word is one thing
		if bytes.Equal(now, st.Is) {
			return st.Was, []string{"all"}, nil, nil
		}
		if bytes.Equal(now, st.Was) {
			return now, nil, nil, nil
		}
		return now, nil, []string{"all"}, nil
	}
	var was, is, have map[string]json.RawMessage
	for raw, into := range map[*json.RawMessage]*map[string]json.RawMessage{&st.Was: &was, &st.Is: &is, &now: &have} {
		if err := json.Unmarshal(*raw, into); err != nil {
			return nil, nil, nil, fmt.Errorf("read what was kept: %w", err)
		}
	}
	for f, w := range was {
		switch {
		case bytes.Equal(w, is[f]), bytes.Equal(have[f], w):
		case bytes.Equal(have[f], is[f]):
			have[f] = w
			fields = append(fields, strings.ToLower(f))
		default:
			kept = append(kept, strings.ToLower(f))
		}
	}
	sort.Strings(fields)
	sort.Strings(kept)
	image, err = json.Marshal(have)
	return image, fields, kept, err
}

// standing reads what a step is about, as it is now.
func (s *Store) standing(ctx context.Context, tx *db.Tx, st Step) (standing, error) {
	var image any
	var name string
	var err error
	switch st.Thing {
	case ThingProperty:
		var p Property
		p, err = s.Property(ctx, tx, hearth.PropertyID(st.ID))
		image, name = p.image(), p.Name
	case ThingBuilding:
		var b Building
		b, err = s.buildingOf(ctx, tx, hearth.BuildingID(st.ID))
		image, name = placed{b.Property, b.Name}, b.Name
	case ThingUnit:
		var v Unit
		v, err = s.Unit(ctx, tx, hearth.UnitID(st.ID))
		image, name = v.image(), v.Label
	case ThingHousehold:
		var p placed
		p, err = s.placeOf(ctx, tx, hearth.HouseholdID(st.ID))
		image = p
	case ThingResident:
		var r Resident
		r, err = s.Resident(ctx, tx, hearth.ResidentID(st.ID))
		image, name = r.image(), r.Name()
	case ThingLease:
		var l Lease
		if l, err = s.Lease(ctx, tx, hearth.LeaseID(st.ID)); err == nil {
			var v Unit
			v, err = s.Unit(ctx, tx, l.Unit)
			name = v.Label
		}
		image = l.image()
	case ThingStaff:
		var m Staff
		m, err = s.Staff(ctx, tx, hearth.StaffID(st.ID))
		image, name = m.image(), m.Name
	case ThingOnCall:
		image, name, err = s.weekOf(ctx, tx, st.ID)
	case ThingPreference:
		image, name, err = s.wishOf(ctx, tx, st)
	case ThingName:
		image, err = s.meaning(ctx, tx, st.ID)
	default:
		return standing{}, fmt.Errorf("nobody knows how to take back a %s", st.Thing)
	}
	if hearth.CodeOf(err) == hearth.CodeNotFound || err == nil && image == nil {
		return standing{}, nil
	}
	if err != nil {
		return standing{}, err
	}
	raw, err := json.Marshal(image)
	return standing{raw, name}, err
}

// weekOf reads when somebody is on call every week at a property.
func (s *Store) weekOf(ctx context.Context, tx *db.Tx, key string) (any, string, error) {
	property, id, _ := strings.Cut(key, "/")
	rota, err := s.OnCall(ctx, tx, hearth.PropertyID(property))
	if err != nil {
		return nil, "", err
	}
	m, err := s.Staff(ctx, tx, hearth.StaffID(id))
	if err != nil {
		return nil, "", err
	}
	return WeekOf(rota, m.ID), m.Name, nil
}

// WeekOf gives the stretches of every week in which somebody is on call.
func WeekOf(rota []OnCall, id hearth.StaffID) []OnCall {
	week := []OnCall{}
	for _, o := range rota {
		if o.Staff == id && o.Day == 0 {
			week = append(week, o)
		}
	}
	return week
}

func (s *Store) wishOf(ctx context.Context, tx *db.Tx, st Step) (any, string, error) {
	who, name, _ := strings.Cut(st.ID, "/")
	r, err := s.Resident(ctx, tx, hearth.ResidentID(who))
	if err != nil {
		return nil, "", err
	}
	p, err := s.preference(ctx, tx, r.ID, name)
	if err != nil || p.Value == "" && st.Made() {
		return nil, "", err
	}
	return p.image(), r.Name(), nil
}

// meaning gives what a source means by a name; nil for nothing.
func (s *Store) meaning(ctx context.Context, tx *db.Tx, key string) (any, error) {
	kind, source, ext := splitName(key)
	id, err := s.named(ctx, tx, kind, ext, source)
	if err != nil || id == "" {
		return nil, err
	}
	return id, nil
}

const selectBuilding = `SELECT id, property, name FROM buildings WHERE org = $1 AND id = $2`

func (s *Store) buildingOf(ctx context.Context, tx *db.Tx, id hearth.BuildingID) (Building, error) {
	all, err := collect(ctx, tx, "read building "+string(id), scanBuilding, selectBuilding, tx.Org(), string(id))
	if err == nil && len(all) == 0 {
		return Building{}, hearth.Errorf(hearth.CodeNotFound, "There is no building %s.", id)
	}
	if err != nil {
		return Building{}, err
	}
	return all[0], nil
}

func (s *Store) placeOf(ctx context.Context, tx *db.Tx, id hearth.HouseholdID) (placed, error) {
	all, err := collect(ctx, tx, "read household "+string(id), scanText, selectHousehold, tx.Org(), string(id))
	if err == nil && len(all) == 0 {
		return placed{}, hearth.Errorf(hearth.CodeNotFound, "There is no household %s.", id)
	}
	if err != nil {
		return placed{}, err
	}
	return placed{Property: hearth.PropertyID(all[0])}, nil
}
