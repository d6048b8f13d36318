package model

import (
	"time"

	"hearth"
)

// The states of a run.
const (
	Active = "active"
	Ended  = "ended"
	Left   = "left"
)

// Run is one person's passage through a playbook, as it must have been.
type Run struct {
	Playbook, Resident string
	ID                 string // as the engine names it, so that runs that go on together keep an order
	State              string
	Started, Over      time.Time
	Wakes              time.Time // while active: when its wait is over
	WaitsFor           string
	Wishes             []Wish
	Reviewed           []Review // the looks of a person that it waited for
	HeldOut            bool     // it does nothing, and lasts as long as its goal may be reached

	pb     *Playbook
	began  time.Time // when that happened which it is about
	matter string
	event  Event
	step   int
	waited string
	at     where
}

// where is what a run waits by.
type where int

const (
	byTimer where = iota
	byPause       // a pause holds it
	byLook        // it comes too late, and a person looks at it first
)

// Wish is an effect that a run asked for.
type Wish struct {
	Step string
	Task string // its title
	Send *Send
	At   time.Time
	Skip bool // a person left it out
}

// Review is a step that came too late.
type Review struct {
	WasDue, Made time.Time
	State        string // "open", "go", "skip", "void"
}

// advance carries a run on to its next wait or its end, and gives what it wishes on the way.
func (r *Run) advance(p *person, now time.Time) []Wish {
	var wishes []Wish
	r.Wakes, r.WaitsFor, r.at = time.Time{}, "", byTimer
	if r.HeldOut {
		r.State, r.Over = Ended, now
		return nil
	}
	today := hearth.DayOf(now, p.zone)
	for {
		s := r.pb.Steps[r.step]
		r.step++
		switch {
		case s.Task != "", s.Send != nil:
			wishes = append(wishes, Wish{Step: s.ID, Task: s.Task, Send: s.Send, At: now})
		case s.Wait != nil:
			if r.wait(s.Wait, p, now); r.Wakes.After(now) {
				return wishes
			}
		case s.End:
			r.State, r.Over = Ended, now
			r.Wakes, r.WaitsFor = time.Time{}, ""
			return wishes
		case s.Unless == nil || !s.Unless(r, p, today):
			r.step += s.Skip
		}
	}
}

func (r *Run) wait(w *Wait, p *person, now time.Time) {
	today := hearth.DayOf(now, p.zone)
	switch {
	case w.Event != "":
		r.WaitsFor, r.Wakes = w.Event, later(now, w.Days, w.Hours, p.zone)
	case w.BeforeEnd != 0:
		if p.leaseEnd >= today { // else the end is not known any more, and there is nothing to wait for
			r.Wakes = (p.leaseEnd - hearth.Day(w.BeforeEnd)).At(w.Until, p.zone).UTC()
		}
	case w.Until != 0:
		r.Wakes = today.At(w.Until, p.zone).UTC()
		if !r.Wakes.After(now) {
			r.Wakes = (today + 1).At(w.Until, p.zone).UTC()
		}
	default:
		r.Wakes = later(now, w.Days, w.Hours, p.zone)
	}
}

// timeOut ends a wait by its time.
func (r *Run) timeOut() {
	if r.WaitsFor != "" {
		r.waited = "timeout"
	}
	r.WaitsFor = ""
}

// touchedBy tells whether an event can wake or end the run: it is about the same work order, if both are about one, and
// did not happen long before the run began. A lease says what holds, whenever we learn of it.
func (r *Run) touchedBy(e Event) bool {
	if r.matter != "" && e.Matter != "" && r.matter != e.Matter {
		return false
	}
	return isLease(e.Type) || !e.Time.Before(r.began.Add(-r.pb.Fresh))
}

func isLease(t string) bool { return len(t) > 6 && t[:6] == "lease." }
