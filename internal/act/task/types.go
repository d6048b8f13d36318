// Package task keeps work for people: why it exists, who owns it, when it is due, and what was learned by doing it.
// What a task asks for when it is done becomes events in the same transaction: data capture is part of the work.
//
// It does not decide that a task is needed, who gets it or when it escalates (decide does), and it tells nobody.
package task

import (
	"time"

	"hearth"
)

// State is where a task stands; docs/states.md draws the machine.
type State string

// The states.
const (
	Open      State = "open"      // waits for its owner, or in the property's queue
	Taken     State = "taken"     // somebody is at it
	Done      State = "done"      // done, with its facts
	Declined  State = "declined"  // given up for good by a manager
	Cancelled State = "cancelled" // no longer needed
)

// Closed tells whether nothing more can happen to a task in this state.
func (s State) Closed() bool { return s == Done || s == Declined || s == Cancelled }

// Task is a piece of work for a person. Owner "" means that it lies in the property's queue, for whoever has the role.
type Task struct {
	ID       hearth.TaskID
	Part     int // the partition of the property: eventlog.PartOf
	Property hearth.PropertyID
	Resident hearth.ResidentID // "" when it is about no one person

	Kind      string // "playbook", "import question", "resolve message": what made it
	Title     string
	Why       string // a sentence for the person who does it
	Context   Context
	Checklist []string
	Asks      []Ask
	Draft     string // something to say, if there is

	Role    hearth.Role
	Owner   hearth.StaffID
	State   State
	Minutes int
	DueAt   time.Time
	// NotifyAt is when it may reach its owner: a task that comes in the night waits for the opening of their shift. Zero
	// becomes the time at which it was made.
	NotifyAt time.Time
	// StandsInFor is who had it before they went on leave: what nobody has begun goes back to them when they return.
	StandsInFor hearth.StaffID
	Escalation  []Rung
	Escalated   int // how many rungs were used

	Playbook hearth.PlaybookID
	Run      hearth.RunID

	Facts    map[string]string // what was learned
	Made     time.Time
	Closed   time.Time
	ClosedBy hearth.Actor
}

// Context is what is known when the task is made.
type Context struct {
	Facts   []Fact   `json:"facts,omitempty"`   // name and value, ready to show
	History []string `json:"history,omitempty"` // lines, newest first
	Said    []string `json:"said,omitempty"`    // what they were told already
	Notes   []string `json:"notes,omitempty"`   // how the owner was chosen, and other remarks
}

// Fact is one known thing, in words.
type Fact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Ask is a fact worth capturing when the task is done.
type Ask struct {
	Fact     string `json:"fact"`
	Question string `json:"question"`
	// Kind is "text" (the default), "yes_no", "number", "date" (2026-11-21), "choice:a|b|c"; or one that becomes an
	// event of its own: "contact" (how they were reached, or "no"), "preference:NAME", "detail:email" and "detail:phone" (or "no"), "promise" (2026-11-21 what).
	Kind     string `json:"kind,omitempty"`
	Optional bool   `json:"optional,omitempty"`
}

// Rung is a step of the escalation: who is next, this much business time after the due time before it.
type Rung struct {
	AfterBusinessHours float64     `json:"after_business_hours,omitempty"`
	AfterBusinessDays  int         `json:"after_business_days,omitempty"`
	Role               hearth.Role `json:"role"`
}

// NextRung gives the next step of the escalation, false at the top.
func (t Task) NextRung() (Rung, bool) {
	if t.Escalated < 0 || t.Escalated >= len(t.Escalation) {
		return Rung{}, false
	}
	return t.Escalation[t.Escalated], true
}

// Lane, kind and key of the due row that an open task has at its due time.
const (
	DueLane = "engine"
	DueKind = "task.due"
)
