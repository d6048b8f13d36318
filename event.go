package hearth

import (
	"encoding/json"
	"strings"
	"time"
)

// EventType names what happened: "workorder.opened". The catalog of types is in fact/eventlog.
type EventType string

// Subject is what an event is about, as written in the CloudEvents attribute: "resident/res_…", "unit/4B",
// "workorder/123". The id is Hearth's own, or one that the source uses.
type Subject struct {
	Kind string // "resident", "unit", "workorder", "lease", "property", "staff", "message"
	ID   string
}

// ParseSubject reads "kind/id". An id may itself contain slashes.
func ParseSubject(s string) (Subject, bool) {
	kind, id, ok := strings.Cut(s, "/")
	if !ok || kind == "" || id == "" {
		return Subject{}, false
	}
	return Subject{Kind: kind, ID: id}, true
}

// String gives "kind/id", or "" for no subject.
func (s Subject) String() string {
	if s.Kind == "" {
		return ""
	}
	return s.Kind + "/" + s.ID
}

// Event is one fact that happened at one time to one subject. It is append-only: nothing ever changes a stored
// event. (Source, ID) is its identity within an organization; the second event with the same identity is a
// duplicate and happens once.
type Event struct {
	Part int   // the partition that the event lives in, by property
	Seq  int64 // its place in the partition's order; gaps are normal

	ID      string
	Source  string // who says so: a URI reference such as "yardi/oak-court" or "hearth/act/task"
	Type    EventType
	Subject Subject

	Property  PropertyID
	Residents []ResidentID // whom it concerns, the primary one first: a lease event concerns the household
	Actor     Actor        // who did it, when a person did

	Time     time.Time // when it happened
	Recorded time.Time // when we learned it
	// AsOf is the moment from which the event's age counts: Recorded for most, the previous import of the same
	// source for what an import found changed. A fresh limit compares AsOf with Time.
	AsOf time.Time
	// History marks what a source's first import tells: it updates signals, starts nothing and counts as no edge.
	History bool

	Data json.RawMessage // a JSON object that fits the type's schema; nil means {}
}

// Age is how old the news was when it reached us: zero for what happened after AsOf.
func (e *Event) Age() time.Duration {
	if e.AsOf.Before(e.Time) {
		return 0
	}
	return e.AsOf.Sub(e.Time)
}

// Primary gives the resident that the event is chiefly about, or "".
func (e *Event) Primary() ResidentID {
	if len(e.Residents) == 0 {
		return ""
	}
	return e.Residents[0]
}

// Actor is who does something: a staff member, a resident, a program with a token, or Hearth itself.
type Actor struct {
	Kind string // "system", "staff", "resident", "token"
	ID   string
	Name string
}

// System gives the actor for what Hearth does by itself; part names the piece of it ("desk").
func System(part string) Actor { return Actor{Kind: "system", ID: part, Name: "Hearth"} }

// String gives "kind/id", the form that is stored.
func (a Actor) String() string {
	if a.Kind == "" {
		return ""
	}
	return a.Kind + "/" + a.ID
}

// ParseActor is the reverse of Actor.String; the name is not stored.
func ParseActor(s string) Actor {
	kind, id, _ := strings.Cut(s, "/")
	return Actor{Kind: kind, ID: id}
}
