package record

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
	"time"

	"hearth"
)

// Thing says what kind of record a step is about.
type Thing string

// The things that a trail knows. Work orders are noted by their own store.
const (
	ThingProperty   Thing = "property"
	ThingBuilding   Thing = "building"
	ThingUnit       Thing = "unit"
	ThingHousehold  Thing = "household"
	ThingResident   Thing = "resident"
	ThingLease      Thing = "lease"
	ThingStaff      Thing = "staff"
	ThingOnCall     Thing = "on_call"
	ThingPreference Thing = "preference"
	ThingName       Thing = "name"
	ThingWorkOrder  Thing = "workorder"
)

// Step is one record that a course of calls made or changed: what was there before, and what the calls left.
type Step struct {
	Thing Thing           `json:"k"`
	ID    string          `json:"i"`
	Was   json.RawMessage `json:"w,omitempty"` // none: the calls made it
	Is    json.RawMessage `json:"l,omitempty"` // what they left of something that was there
	Sum   string          `json:"s,omitempty"` // stands for what they left of something that they made
}

// Made tells whether the calls made the thing.
func (s Step) Made() bool { return len(s.Was) == 0 }

// Trail keeps what calls with its News found and left, so that it can be taken back: see Store.TakeBack. It belongs to one
// transaction. A nil Trail keeps nothing.
type Trail struct {
	Steps []Step
	err   error
}

// Err gives the first fault of keeping.
func (t *Trail) Err() error {
	if t == nil {
		return nil
	}
	return t.err
}

// Made notes something that was not there before.
func (t *Trail) Made(thing Thing, id string, is any) { t.note(thing, id, nil, is) }

// Changed notes something that was there before.
func (t *Trail) Changed(thing Thing, id string, was, is any) { t.note(thing, id, was, is) }

func (t *Trail) note(thing Thing, id string, was, is any) {
	if t == nil || t.err != nil {
		return
	}
	left, err := json.Marshal(is)
	if err != nil {
		t.err = fmt.Errorf("keep what became of %s %s: %w", thing, id, err)
		return
	}
	for i := range t.Steps {
		if s := &t.Steps[i]; s.Thing == thing && s.ID == id { // what was there first is what comes back
			if s.Made() {
				s.Sum = Sum(left)
			} else {
				s.Is = left
			}
			return
		}
	}
	s := Step{Thing: thing, ID: id}
	if was == nil {
		s.Sum = Sum(left)
	} else {
		if s.Was, err = json.Marshal(was); err != nil {
			t.err = fmt.Errorf("keep what %s %s was: %w", thing, id, err)
			return
		}
		s.Is = left
	}
	t.Steps = append(t.Steps, s)
}

// Sum stands for the image of a record.
func Sum(image []byte) string {
	h := fnv.New64a()
	_, _ = h.Write(image) // never fails
	return strconv.FormatUint(h.Sum64(), 36)
}

// Images leave out what a reader does not see change: when a row was written, and what only calls are told by.

func (p Property) image() Property {
	p.Settings, p.External = Settings{}, ""
	return p
}

func (u Unit) image() Unit {
	u.BuildingName, u.External = "", ""
	return u
}

func (r Resident) image() Resident {
	r.Created, r.Changed = time.Time{}, time.Time{}
	return r
}

func (l Lease) image() Lease {
	l.Changed = time.Time{}
	l.Terms = append([]Term{}, l.Terms...)
	sortTerms(l.Terms)
	return l
}

func (m Staff) image() Staff {
	m.External = ""
	return m
}

func (p Preference) image() Preference {
	p.At = p.At.UTC()
	return p
}

// placed is the image of a household and of a building: where they are, and what people call it.
type placed struct {
	Property hearth.PropertyID
	Name     string `json:",omitempty"`
}

// nameKey names the step about a source's name for one of ours.
func nameKey(kind, ext, source string) string { return kind + "\n" + source + "\n" + ext }

func splitName(key string) (kind, source, ext string) {
	kind, rest, _ := strings.Cut(key, "\n")
	source, ext, _ = strings.Cut(rest, "\n")
	return kind, source, ext
}

func preferenceKey(who hearth.ResidentID, name string) string { return string(who) + "/" + name }

// WeekOnCall notes when somebody was and is on call every week at a property.
func (t *Trail) WeekOnCall(property hearth.PropertyID, id hearth.StaffID, was, is []OnCall) {
	if was == nil {
		was = []OnCall{}
	}
	if is == nil {
		is = []OnCall{}
	}
	t.Changed(ThingOnCall, string(property)+"/"+string(id), was, is)
}
