package broadcast

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/record"
)

// Audience says who is meant: those who live at the property now and may be written to, narrowed by each field that is
// given. Protected characteristics can't be asked for: segments are conditions that refuse them.
type Audience struct {
	Segment   string              `json:"segment,omitempty"`
	Buildings []string            `json:"buildings,omitempty"` // names or ids
	Floors    []string            `json:"floors,omitempty"`
	Units     []string            `json:"units,omitempty"` // labels
	Residents []hearth.ResidentID `json:"residents,omitempty"`
}

// check refuses a list with nothing in it: who made one meant nobody, and without it everybody would be meant.
func (a *Audience) check() error {
	for _, l := range []struct {
		field        string
		given, empty bool
	}{
		{"buildings", a.Buildings != nil, len(a.Buildings) == 0}, {"floors", a.Floors != nil, len(a.Floors) == 0},
		{"units", a.Units != nil, len(a.Units) == 0}, {"residents", a.Residents != nil, len(a.Residents) == 0},
	} {
		if l.given && l.empty {
			return hearth.FieldErrorf("audience."+l.field, "The list is empty, so nobody is meant. To narrow by something else, leave it out.")
		}
	}
	return nil
}

// person is one of those who are meant.
type person struct {
	id       hearth.ResidentID
	building string
	unit     string
}

const (
	pageOf  = 1000 // residents who are looked at in one go
	looking = 2    // pages at once: whoever sends waits for it
)

// whom gives those who are meant as of now, home by home: then people of one home come before the desk together. It fails
// with CodeInvalid, naming the field, for a building, floor, unit, segment or resident that the property does not have.
func (s *Service) whom(ctx context.Context, property hearth.PropertyID, a Audience) ([]person, error) {
	var inSegment map[hearth.ResidentID]bool
	if a.Segment != "" {
		list, err := s.Members(ctx, a.Segment, property)
		if err != nil {
			if hearth.CodeOf(err) == hearth.CodeNotFound {
				return nil, hearth.FieldErrorf("audience.segment", "There is no segment %q.", a.Segment)
			}
			return nil, err
		}
		inSegment = make(map[hearth.ResidentID]bool, len(list))
		for _, id := range list {
			inSegment[id] = true
		}
	}
	var ids []hearth.ResidentID
	var n *narrow
	err := s.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if _, err = s.Records.Property(ctx, tx, property); err != nil {
			return err
		}
		if n, err = s.narrow(ctx, tx, property, a); err != nil {
			return err
		}
		ids, err = s.Records.ResidentsAt(ctx, tx, property)
		return err
	})
	if err != nil {
		return nil, err
	}
	if inSegment != nil {
		ids = slices.DeleteFunc(ids, func(id hearth.ResidentID) bool { return !inSegment[id] })
	}
	out, err := s.takenOf(ctx, n, ids)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(out, func(x, y person) int {
		return cmp.Or(cmp.Compare(x.building, y.building), cmp.Compare(x.unit, y.unit), cmp.Compare(x.id, y.id))
	})
	return out, nil
}

// takenOf gives those of some residents whom an audience takes, in no order.
func (s *Service) takenOf(ctx context.Context, n *narrow, ids []hearth.ResidentID) ([]person, error) {
	pages := slices.Collect(slices.Chunk(ids, pageOf))
	taken := make([][]person, len(pages))
	var looks errgroup.Group
	looks.SetLimit(looking)
	for i, page := range pages {
		looks.Go(func() error {
			return s.DB.Read(ctx, func(tx *db.Tx) error {
				taken[i] = taken[i][:0] // PostgreSQL may run this again
				contacts, err := s.Records.Contacts(ctx, tx, page)
				for _, id := range page {
					if c, ok := contacts[id]; ok && n.takes(c) {
						taken[i] = append(taken[i], person{id: id, building: c.BuildingName, unit: c.UnitLabel})
					}
				}
				return err
			})
		})
	}
	err := looks.Wait()
	return slices.Concat(taken...), err
}

// narrow is an audience with its names looked up. nil maps narrow nothing.
type narrow struct {
	buildings map[hearth.BuildingID]bool
	units     map[hearth.UnitID]bool
	residents map[hearth.ResidentID]bool
}

func (s *Service) narrow(ctx context.Context, tx *db.Tx, property hearth.PropertyID, a Audience) (*narrow, error) {
	n := &narrow{}
	if len(a.Buildings) > 0 {
		have, err := s.Records.Buildings(ctx, tx, property)
		if err != nil {
			return nil, err
		}
		n.buildings = map[hearth.BuildingID]bool{}
		for _, name := range a.Buildings {
			i := slices.IndexFunc(have, func(b record.Building) bool { return string(b.ID) == name || same(b.Name, name) })
			if i < 0 {
				return nil, hearth.FieldErrorf("audience.buildings", "The property has no building %q.", name)
			}
			n.buildings[have[i].ID] = true
		}
	}
	if len(a.Floors)+len(a.Units) > 0 {
		if err := s.narrowUnits(ctx, tx, property, a, n); err != nil {
			return nil, err
		}
	}
	if len(a.Residents) > 0 {
		n.residents = map[hearth.ResidentID]bool{}
		known, err := s.Records.Contacts(ctx, tx, a.Residents)
		if err != nil {
			return nil, err
		}
		for _, id := range a.Residents {
			if c, ok := known[id]; !ok || c.Property != property {
				return nil, hearth.FieldErrorf("audience.residents", "Nobody with the id %q lives at this property.", id)
			}
			n.residents[id] = true
		}
	}
	return n, nil
}

func (s *Service) narrowUnits(ctx context.Context, tx *db.Tx, property hearth.PropertyID, a Audience, n *narrow) error {
	have, err := s.Records.Units(ctx, tx, property)
	if err != nil {
		return err
	}
	n.units = map[hearth.UnitID]bool{}
	floors, labels := map[string]bool{}, map[string]bool{}
	for _, u := range have {
		onFloor := len(a.Floors) == 0 || slices.ContainsFunc(a.Floors, func(f string) bool { return same(u.Floor, f) })
		named := len(a.Units) == 0 || slices.ContainsFunc(a.Units, func(l string) bool { return same(u.Label, l) || string(u.ID) == l })
		floors[key(u.Floor)], labels[key(u.Label)], labels[string(u.ID)] = true, true, true
		if onFloor && named {
			n.units[u.ID] = true
		}
	}
	for _, f := range a.Floors {
		if !floors[key(f)] {
			return hearth.FieldErrorf("audience.floors", "The property has no floor %q on record.", f)
		}
	}
	for _, l := range a.Units {
		if !labels[key(l)] && !labels[l] {
			return hearth.FieldErrorf("audience.units", "The property has no home %q.", l)
		}
	}
	return nil
}

func key(s string) string   { return strings.ToLower(strings.TrimSpace(s)) }
func same(a, b string) bool { return key(a) == key(b) }

// Reaches tells whether a broadcast can be for somebody at all: who lives there today and may be written to.
func Reaches(c record.Contact) bool {
	return c.Role.Addressable() && c.Standing.Status == record.StatusCurrent
}

// Whom names reach not, by reason.
const (
	leftOut   = "left out"
	notHere   = "Named, but they do not live here now."
	neverTold = "Named, but nothing is ever said to them: a minor, a guarantor, or a contact of somebody else."
	narrowed  = "Named, but what else the audience says leaves them out."
)

// unmeant says who was named and is not among those who are meant.
func (s *Service) unmeant(ctx context.Context, a Audience, people []person) (out []Left, err error) {
	meant := map[hearth.ResidentID]bool{}
	for _, p := range people {
		meant[p.id] = true
	}
	var contacts map[hearth.ResidentID]record.Contact
	if err := s.DB.Read(ctx, func(tx *db.Tx) (err error) {
		contacts, err = s.Records.Contacts(ctx, tx, a.Residents)
		return err
	}); err != nil {
		return nil, err
	}
	by := map[string]*Left{}
	for _, id := range a.Residents {
		if meant[id] {
			continue
		}
		meant[id] = true // named twice, told of once
		why := narrowed
		switch c := contacts[id]; {
		case !c.Role.Addressable():
			why = neverTold
		case !Reaches(c):
			why = notHere
		}
		if by[why] == nil {
			by[why] = &Left{Outcome: leftOut, Reason: why}
		}
		by[why].add(id)
	}
	for _, l := range by {
		out = append(out, *l)
	}
	return out, nil
}

// takes tells whether somebody is meant.
func (n *narrow) takes(c record.Contact) bool {
	switch {
	case !Reaches(c):
		return false
	case n.buildings != nil && !n.buildings[c.Building], n.units != nil && !n.units[c.Unit], n.residents != nil && !n.residents[c.ID]:
		return false
	}
	return true
}
