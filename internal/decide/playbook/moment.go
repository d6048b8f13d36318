package playbook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sort"
	"strings"

	"hearth"
	"hearth/internal/base/db"
)

// Level is how much of something a moment has.
type Level string

// The levels.
const (
	LevelLow    Level = "low"
	LevelMiddle Level = "middle"
	LevelHigh   Level = "high"
)

func (l Level) valid() bool { return l == LevelLow || l == LevelMiddle || l == LevelHigh }

// Moment is a named stretch of the resident's journey in the map of moments: how much feeling is in it, how often it
// comes for a team, and how much it does to the resident's picture of the place.
type Moment struct {
	Name      string `json:"name"`
	Emotion   Level  `json:"emotion"`
	Frequency Level  `json:"frequency"`
	Impact    Level  `json:"impact"`
	Why       string `json:"why,omitempty"` // a sentence for the team
}

// Depth gives how much personal effort the moment gets, and why in a sentence. It is a pure rule of the three levels:
// much feeling with much at stake is for people; much feeling otherwise asks for a playbook that is the same for all;
// little feeling that comes often is for automation; what does little and is felt little needs nobody.
func (m Moment) Depth() (hearth.Depth, string) {
	switch {
	case m.Emotion == LevelHigh && m.Impact == LevelHigh:
		return hearth.DepthHuman, "Much feeling and much at stake: a person does it."
	case m.Emotion == LevelHigh:
		return hearth.DepthPlaybook, "Much feeling: a playbook does the routine part, people the rest."
	case m.Emotion == LevelLow && m.Impact == LevelLow && m.Frequency != LevelHigh:
		return hearth.DepthNone, "Little feeling, little at stake, and rare: nobody needs to do anything."
	case m.Emotion == LevelLow && m.Impact != LevelHigh, m.Frequency == LevelHigh && m.Impact != LevelHigh:
		return hearth.DepthAutomatic, "Little feeling, or often and not much at stake: it is done reliably, without a person."
	}
	return hearth.DepthPlaybook, "Something is at stake: a playbook does the routine part, people the rest."
}

// Heavier tells whether depth a asks for more personal effort than b.
func Heavier(a, b hearth.Depth) bool { return weight(a) > weight(b) }

func weight(d hearth.Depth) int {
	switch d {
	case hearth.DepthHuman:
		return 3
	case hearth.DepthPlaybook:
		return 2
	case hearth.DepthAutomatic:
		return 1
	}
	return 0
}

// ShippedMoments gives the map as it ships, by name. An organization or a property may edit it.
func ShippedMoments() []Moment {
	return []Moment{
		{"arrears", LevelHigh, LevelMiddle, LevelHigh, "Money troubles are spoken about by people, and with a coordinator where there is one."},
		{"before-move-in", LevelMiddle, LevelLow, LevelMiddle, "What is asked now saves three questions later."},
		{"complaint", LevelHigh, LevelMiddle, LevelHigh, "Who complains listens closely to what comes back."},
		{"first-ninety-days", LevelMiddle, LevelMiddle, LevelHigh, "Habits and opinions about the place form now."},
		{"first-service", LevelHigh, LevelLow, LevelMiddle, "The first time that something goes wrong is remembered; it comes once in a tenancy and follows one pattern."},
		{"loss", LevelHigh, LevelLow, LevelHigh, "Illness, bereavement, danger: nothing here is for a machine."},
		{"micro", LevelLow, LevelHigh, LevelMiddle, "Packages, notices, quick answers: they should be reliable, not creative."},
		{"move-in", LevelHigh, LevelLow, LevelMiddle, "Much feeling, and the same steps each time."},
		{"move-out", LevelMiddle, LevelLow, LevelMiddle, "It should end as well as it began."},
		{"notice", LevelLow, LevelHigh, LevelMiddle, "Weather, water, lifts: said in time and to all."},
		{"renewal", LevelHigh, LevelMiddle, LevelHigh, "Most have decided already; the talk confirms it or puts something right."},
		{"repeat-issue", LevelHigh, LevelMiddle, LevelHigh, "The same fault again costs more trust than a new one."},
		{"service", LevelMiddle, LevelHigh, LevelMiddle, "Repairs go well when everybody hears in time what happens next."},
		{"welfare", LevelHigh, LevelLow, LevelHigh, "Somebody may need help."},
	}
}

// Moments is the map in force: what ships, over it the organization's edits, over these each property's.
type Moments struct {
	org        map[string]Moment
	properties map[hearth.PropertyID]map[string]Moment
}

// ShippedMap gives the map as it ships, before any edit.
func ShippedMap() *Moments {
	m := &Moments{org: map[string]Moment{}, properties: map[hearth.PropertyID]map[string]Moment{}}
	for _, x := range ShippedMoments() {
		m.org[x.Name] = x
	}
	return m
}

// Of gives a moment as it is at a property; property "" is the organization's own. False: the map does not know it.
func (m *Moments) Of(property hearth.PropertyID, name string) (Moment, bool) {
	if x, ok := m.properties[property][name]; ok {
		return x, true
	}
	x, ok := m.org[name]
	return x, ok
}

// Depth gives the depth that a playbook has at a property: its own, or the map's for its moment where that is heavier.
func (m *Moments) Depth(d *Definition, property hearth.PropertyID) hearth.Depth {
	if x, ok := m.Of(property, d.Moment); ok {
		if depth, _ := x.Depth(); Heavier(depth, d.Depth) {
			return depth
		}
	}
	return d.Depth
}

// List gives the map of a property by name; "" is the organization's.
func (m *Moments) List(property hearth.PropertyID) []Moment {
	names := map[string]bool{}
	for n := range m.org {
		names[n] = true
	}
	for n := range m.properties[property] {
		names[n] = true
	}
	out := make([]Moment, 0, len(names))
	for n := range names {
		x, _ := m.Of(property, n)
		out = append(out, x)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}

// Check compares a playbook with the map. It fails with CodeInvalid where the map asks for a person and the playbook
// would act by itself; where the playbook is lighter in another way, or only at some properties, it warns. Every
// sentence says why.
func (m *Moments) Check(d *Definition) (warnings []string, err error) {
	places := []hearth.PropertyID{""}
	for p := range m.properties {
		places = append(places, p)
	}
	sort.Slice(places, func(i, j int) bool { return places[i] < places[j] })
	if _, ok := m.Of("", d.Moment); !ok && d.Moment != "" {
		warnings = append(warnings, fmt.Sprintf("The map of moments has no %q, so nothing says how much effort it should get. Add it with PUT /api/v1/moments.", d.Moment))
	}
	for _, p := range places {
		x, ok := m.Of(p, d.Moment)
		if !ok {
			continue
		}
		depth, why := x.Depth()
		switch {
		case !Heavier(depth, d.Depth):
		case depth == hearth.DepthHuman && p == "":
			return nil, invalid("depth", "The moment %q is one for people (emotion %s, impact %s), and this playbook says depth: %s. %s Write depth: human, so that what it would send becomes a draft for a person.",
				d.Moment, x.Emotion, x.Impact, d.Depth, why)
		case p == "":
			warnings = append(warnings, fmt.Sprintf("The map gives the moment %q the depth %s, and this playbook is lighter: %s. %s", d.Moment, depth, d.Depth, why))
		case depth == hearth.DepthHuman && !m.sameAsOrg(p, d.Moment):
			warnings = append(warnings, fmt.Sprintf("At %s the moment %q is one for people; what this playbook sends there becomes a draft.", p, d.Moment))
		}
	}
	return warnings, nil
}

func (m *Moments) sameAsOrg(p hearth.PropertyID, name string) bool {
	_, own := m.properties[p][name]
	return !own
}

// momentsName is the setting that holds the edits; a property's has its id behind it.
const momentsName = "moments"

const momentsSQL = `SELECT name, value FROM settings WHERE org = $1 AND name >= 'moments' AND name < 'moments0'`

// LoadMoments reads the map in force.
func LoadMoments(ctx context.Context, tx *db.Tx) (*Moments, error) {
	m := ShippedMap()
	rows, err := tx.Query(ctx, momentsSQL, tx.Org())
	if err != nil {
		return nil, fmt.Errorf("read the map of moments: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var name, value string
		if err := rows.Scan(&name, &value); err != nil {
			return nil, fmt.Errorf("read the map of moments: %w", err)
		}
		edits := map[string]Moment{}
		if err := json.Unmarshal([]byte(value), &edits); err != nil {
			return nil, fmt.Errorf("read the map of moments: %w", err)
		}
		if _, property, ok := strings.Cut(name, "/"); ok {
			m.properties[hearth.PropertyID(property)] = edits
			continue
		}
		for n, x := range edits {
			m.org[n] = x
		}
	}
	return m, rows.Err()
}

const putMomentsSQL = `INSERT INTO settings (org, name, value) VALUES ($1, $2, $3)
ON CONFLICT (org, name) DO UPDATE SET value = excluded.value`

// PutMoments edits the map of a property, or the organization's with property "": the given moments replace those of
// the same name. It fails with CodeInvalid naming what is wrong. Every node heeds it with its next batch.
func PutMoments(ctx context.Context, tx *db.Tx, property hearth.PropertyID, edits []Moment) error {
	for i, x := range edits {
		field := fmt.Sprintf("moments[%d]", i)
		if !idForm.MatchString(x.Name) {
			return invalid(field+".name", "A moment has a name of small letters, digits and hyphens, like move-in.")
		}
		for part, l := range map[string]Level{"emotion": x.Emotion, "frequency": x.Frequency, "impact": x.Impact} {
			if !l.valid() {
				return invalid(field+"."+part, "The %s of %q is low, middle or high.", part, x.Name)
			}
		}
	}
	name := momentsName
	if property != "" {
		name += "/" + string(property)
	}
	have := map[string]Moment{}
	var value string
	err := tx.Row(ctx, epochSQL, tx.Org(), name).Scan(&value)
	if err == nil {
		err = json.Unmarshal([]byte(value), &have)
	}
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		return fmt.Errorf("read the map of moments: %w", err)
	}
	for _, x := range edits {
		have[x.Name] = x
	}
	doc, err := json.Marshal(have)
	if err != nil {
		return fmt.Errorf("write the map of moments: %w", err)
	}
	if _, err := tx.Exec(ctx, putMomentsSQL, tx.Org(), name, string(doc)); err != nil {
		return fmt.Errorf("write the map of moments: %w", err)
	}
	return bumpEpoch(ctx, tx)
}
