package playbook

import (
	"time"

	"hearth/internal/sense/signal"
)

// At gives the id of the step that an active run waits at; "" when that step has none, so that it can't be found again
// in another version.
func (p *Program) At(r *Run) string {
	if o := p.waiting(r); o != nil {
		return o.step.ID
	}
	return ""
}

// MoveTo puts a run that waits in p onto the step of the same id in another version, and tells whether there is one. It
// changes nothing if there is none. The new wait counts from when the old one began.
func (p *Program) MoveTo(next *Program, r *Run, v signal.View) bool {
	old, id := p.waiting(r), p.At(r)
	if id == "" || r.Arm == GroupHeldOut {
		return false
	}
	for i := range next.code {
		o := &next.code[i]
		if o.kind != opWait || o.step.ID != id {
			continue
		}
		began := old.began(r, v)
		r.Version, r.Step = next.Version, i+1
		r.WaitsFor = joinTypes(o.step.Wait.Awaited())
		if again := old.step.Wait.same(o.step.Wait); !again {
			r.WakeAt = o.wakes(began, v)
		}
		return true
	}
	return false
}

// same tells whether two waits are for the same time, so that a run need not begin anew.
func (w *WaitStep) same(o *WaitStep) bool {
	return w.For == o.For && w.AtMost == o.AtMost && w.Until == o.Until && w.At == o.At && w.Days == o.Days && w.DaysBefore == o.DaysBefore &&
		w.DaysAfter == o.DaysAfter
}

// began gives when the run began to wait, as far as that can be told from when it is to wake: never after now.
func (o *op) began(r *Run, v signal.View) time.Time {
	w, since := o.step.Wait, v.Now
	switch {
	case !w.For.IsZero():
		since = w.For.back().After(r.WakeAt, v.Zone)
	case len(w.Awaited()) > 0:
		since = w.AtMost.back().After(r.WakeAt, v.Zone)
	}
	if since.After(v.Now) {
		return v.Now
	}
	return since
}

// back is the same length of time into the past.
func (s Span) back() Span {
	s.N = -s.N
	return s
}

// wakes gives when a wait that began then ends; one that is over already ends now.
func (o *op) wakes(began time.Time, v signal.View) time.Time {
	w := o.step.Wait
	at := v.Now
	switch {
	case len(w.Awaited()) > 0:
		at = w.AtMost.After(began, v.Zone)
	case w.Until != "":
		at = nextLocal(w.Until, v)
	case !w.For.IsZero():
		at = w.For.After(began, v.Zone)
	default:
		if when, ok := anchored(w, v); ok {
			at = when
		}
	}
	if at.Before(v.Now) {
		return v.Now
	}
	return at
}

// HasWait tells whether the program has a waiting step of that id.
func (p *Program) HasWait(id string) bool {
	for i := range p.code {
		if p.code[i].kind == opWait && p.code[i].step.ID == id {
			return true
		}
	}
	return false
}
