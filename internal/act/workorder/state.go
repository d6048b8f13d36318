// Package workorder keeps maintenance requests: their states, appointments, waiting and resolution, and what happened
// in a home before. It suggests a category and a priority from the words of the request.
//
// It does not assign technicians or decide who is told what (decide does), and it makes no promise: an appointment's
// window becomes one where it is told.
package workorder

import "hearth"

// State is where a work order stands; docs/states.md draws the machine.
type State string

// The states.
const (
	Submitted  State = "submitted"
	Triaged    State = "triaged"
	Assigned   State = "assigned"
	Scheduled  State = "scheduled"
	EnRoute    State = "en_route"
	InProgress State = "in_progress"
	Waiting    State = "waiting"   // for parts, access, a vendor, the resident
	Complete   State = "complete"  // the technician says so
	Confirmed  State = "confirmed" // the resident says so
	Returned   State = "returned"  // was complete and is not
	Cancelled  State = "cancelled"
)

// States gives all states.
func States() []State {
	return []State{Submitted, Triaged, Assigned, Scheduled, EnRoute, InProgress, Waiting, Complete, Confirmed, Returned, Cancelled}
}

// Unfinished tells whether work is still to be done.
func (s State) Unfinished() bool {
	switch s {
	case Complete, Confirmed, Cancelled, "":
		return false
	}
	return true
}

// Valid tells whether s is one of the states.
func (s State) Valid() bool {
	for _, k := range States() {
		if k == s {
			return true
		}
	}
	return false
}

// reach gives the states from which a state can be reached. What is unfinished may be scheduled, wait, be completed or
// cancelled at any point, because sources skip steps; only what was complete can be confirmed or come back.
func reach(to State) []State {
	unfinished := []State{Submitted, Triaged, Assigned, Scheduled, EnRoute, InProgress, Waiting, Returned}
	switch to {
	case Triaged:
		return []State{Submitted, Returned, Triaged}
	case Assigned:
		return []State{Submitted, Triaged, Assigned, Waiting, Returned}
	case Scheduled, Waiting, Complete, Cancelled:
		return unfinished
	case EnRoute:
		return []State{Triaged, Assigned, Scheduled, Waiting, Submitted, Returned}
	case InProgress:
		return []State{Triaged, Assigned, Scheduled, EnRoute, Waiting, Submitted, Returned}
	case Confirmed:
		return []State{Complete}
	case Returned:
		return []State{Complete, Confirmed}
	}
	return nil
}

// can tells whether a work order may go from one state to another.
func can(from, to State) bool {
	for _, s := range reach(to) {
		if s == from {
			return true
		}
	}
	return false
}

// refuse says why a step is not possible and what is.
func refuse(from, to State) error {
	switch {
	case to == Returned:
		return hearth.Errorf(hearth.CodeConflict, "This work order is %s; only a completed one can be reopened.", words(from))
	case from == Complete || from == Confirmed:
		return hearth.Errorf(hearth.CodeConflict, "This work order is complete. Reopen it first.")
	case from == Cancelled:
		return hearth.Errorf(hearth.CodeConflict, "This work order is cancelled. Open a new one.")
	}
	return hearth.Errorf(hearth.CodeConflict, "A work order that is %s cannot become %s.", words(from), words(to))
}

func words(s State) string {
	switch s {
	case EnRoute:
		return "on the way"
	case InProgress:
		return "in progress"
	}
	return string(s)
}
