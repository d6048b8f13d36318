package playbook

import (
	"iter"
	"regexp"

	"hearth"
	"hearth/internal/fact/eventlog"
)

// ClosedWords is all that is told of what a closed playbook decided to those to whom it is not open.
const ClosedWords = "Somebody cares for them. What for is told only to those to whom it is open."

// Trait is what that a playbook started for somebody would say of them.
type Trait struct {
	Closed bool // what is told only to some: that somebody is worried about them
	Owed   bool // that they owe, or paid late
}

// and gives what either of two says.
func (t Trait) and(o Trait) Trait { return Trait{Closed: t.Closed || o.Closed, Owed: t.Owed || o.Owed} }

// Closed tells whether that a playbook started, waits or ended for somebody would say what is told only to some: whether it
// names an event that is closed anywhere.
func (d *Definition) Closed() bool {
	for t := range d.named() {
		if eventlog.Closed(t) {
			return true
		}
	}
	return false
}

// owesForm is how a condition names what is known of payments.
const owesForm = `\bpayments\b`

// Owed tells whether that a playbook started, waits or ended for somebody would say what they owe.
func (d *Definition) Owed() bool {
	for t := range d.named() {
		if tellsOwed(t) {
			return true
		}
	}
	form := regexp.MustCompile(owesForm)
	for cond := range d.asked() {
		if form.MatchString(cond) {
			return true
		}
	}
	return false
}

// Trait gives what the definition would say of somebody for whom it starts.
func (d *Definition) Trait() Trait { return Trait{Closed: d.Closed(), Owed: d.Owed()} }

// TraitOf gives what a text would say. One that can't be read says all: nothing is told of what is not known.
func TraitOf(text []byte) Trait {
	d, err := Parse(text)
	if err != nil {
		return Trait{Closed: true, Owed: true}
	}
	return d.Trait()
}

// ClosedAmong gives the closed playbooks among stored versions: of one that is closed in any version nothing is told. Pages
// ask Traits, which remembers.
func ClosedAmong(stored []Stored) map[hearth.PlaybookID]bool {
	out := map[hearth.PlaybookID]bool{}
	for _, s := range stored {
		if !out[s.ID] && TraitOf([]byte(s.Text)).Closed {
			out[s.ID] = true
		}
	}
	return out
}

// named gives every type of event that the definition names; some may be empty.
func (d *Definition) named() iter.Seq[hearth.EventType] {
	return func(yield func(hearth.EventType) bool) {
		all := []hearth.EventType{d.Trigger.On, d.Trigger.Absence}
		if d.Trigger.Repeat != nil {
			all = append(all, d.Trigger.Repeat.Event)
		}
		if d.Goal != nil {
			all = append(all, d.Goal.Event)
		}
		for _, x := range d.Exits {
			all = append(all, x.On)
		}
		walkSteps(d.Steps, func(s *Step) {
			if s.Wait != nil {
				all = append(append(all, s.Wait.Event), s.Wait.Events...)
			}
		})
		for _, t := range all {
			if !yield(t) {
				return
			}
		}
	}
}

// asked gives every condition of the definition, and every signal that a step notes; some may be empty.
func (d *Definition) asked() iter.Seq[string] {
	return func(yield func(string) bool) {
		all := []string{d.Trigger.If, d.Trigger.When, d.Audience}
		if d.Trigger.Repeat != nil {
			all = append(all, d.Trigger.Repeat.Where)
		}
		if d.Goal != nil {
			all = append(all, d.Goal.If)
		}
		for _, x := range d.Exits {
			all = append(all, x.If, x.When)
		}
		walkSteps(d.Steps, func(s *Step) {
			if s.Wait != nil {
				all = append(all, s.Wait.If)
			}
			for _, a := range s.Branch {
				all = append(all, a.If)
			}
			for _, x := range s.Set {
				all = append(all, x.Signal)
			}
		})
		for _, c := range all {
			if !yield(c) {
				return
			}
		}
	}
}
