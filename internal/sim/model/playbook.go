package model

import (
	"time"

	"hearth"
)

// Playbook is a playbook twice: as its text, which the engine reads, and as what the text means, in the model's own terms.
type Playbook struct {
	ID, Text string

	On      string             // the type of the event that starts it; "" for a standing condition
	If      func(e Event) bool // which of these; nil: all
	When    condition          // a standing condition; nil with On and Silence
	Silence string             // the type of event that has to be missing
	For     int                // for how many days
	Repeat  *Repeat            // what has to happen again and again
	// Calendar says that the property's calendar starts it, for those for whom When holds then.
	Calendar *Calendar
	Feeds    []string                  // the events that may change a standing condition
	Clock    func(*person) []time.Time // when time alone may change When; nil: never

	Audience condition
	Fresh    time.Duration
	Again    Again
	Days     int // with PerDays
	Rest     int // days from a start to the next
	AtOnce   int
	Holdout  int // of a hundred people, how many it does nothing for
	GoalDays int // with Holdout: for so long their run lasts
	Steps    []Step
	Exits    []Exit
}

// standing tells whether a condition starts it, and not an event or the calendar.
func (p *Playbook) standing() bool { return p.On == "" && p.Repeat == nil && p.Calendar == nil }

// Again is how often a playbook may start for somebody.
type Again string

// The values of Again.
const (
	Each    Again = "each"
	PerTerm Again = "term"
	PerDays Again = "days"
)

// condition is asked of a person on a day of the property's calendar.
type condition func(p *person, today hearth.Day) bool

// Step is one step. Exactly one of its kinds is set.
type Step struct {
	ID   string
	Task string // the title of a task
	Send *Send
	Wait *Wait
	// Unless skips steps when it does not hold, Skip of them; without Unless, Skip always skips.
	Unless func(r *Run, p *person, today hearth.Day) bool
	Skip   int
	End    bool
}

// Send is a wish to tell somebody something.
type Send struct {
	Template, Purpose string
	Class             hearth.Class
}

// Wait is a wait: for a time, until a time of day, until a day before the end of the lease, or for an event.
type Wait struct {
	Days, Hours int
	Until       int // minutes after local midnight
	Event       string
	BeforeEnd   int // days before the lease ends, at Until
}

// Exit ends a run.
type Exit struct {
	On   string
	When condition
}

// Event is one fact as it was told.
type Event struct {
	ID, Source, Type, Resident string
	Matter                     string // the work order that it is about
	Time                       time.Time
	Recorded                   time.Time // when it was told
	Urgent                     bool
	Hall                       bool       // of amenity.booked
	Start                      time.Time  // of amenity.booked
	LeaseEnd                   hearth.Day // of lease.renewed
	Allowed                    bool       // of consent.changed
}
