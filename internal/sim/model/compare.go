package model

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Found is what the engine left behind at a property.
type Found struct {
	Runs     []*FoundRun
	Messages []*Message
}

// FoundRun is a run as the engine left it.
type FoundRun struct {
	ID, Playbook, Resident, State string
	Started, Over, Wakes          time.Time
	WaitsFor                      string
	Arm                           string // "" or "held out"
	Why                           bool   // the record of why it started is complete
	Tasks                         []FoundTask
	Looks                         []Look // Made is when the step was due
}

// FoundTask is a task of a run.
type FoundTask struct {
	Title, State string
	Made         time.Time
}

// Report is what a comparison found.
type Report struct {
	Runs, Steps, Messages, Verdicts int // compared
	Wrong                           []string
}

func (r *Report) wrong(format string, args ...any) {
	r.Wrong = append(r.Wrong, fmt.Sprintf(format, args...))
}

// Compare holds what the engine left against what there must be. turns are the times at which it had its turn, in order.
func (m *Model) Compare(found Found, turns []time.Time) Report {
	var rep Report
	m.turns = turns
	byPerson := map[string][]*FoundRun{}
	for _, r := range found.Runs {
		byPerson[r.Resident] = append(byPerson[r.Resident], r)
	}
	messages := map[string][]*Message{}
	for _, x := range found.Messages {
		messages[x.Resident] = append(messages[x.Resident], x)
	}
	for _, id := range m.ids {
		m.comparePerson(&rep, m.people[id], byPerson[id], messages[id])
		delete(byPerson, id)
		delete(messages, id)
	}
	for id, runs := range byPerson {
		rep.wrong("%d runs for %s, whom nobody knows", len(runs), id)
	}
	for id, list := range messages {
		rep.wrong("%d messages for %s, whom nobody knows", len(list), id)
	}
	return rep
}

// match finds the run that the engine's is: by its name, else by playbook and start. A playbook may start twice in one
// instant, when its first run has left in between.
func match(want []*Run, got *FoundRun) int {
	if i := slices.IndexFunc(want, func(r *Run) bool { return r.ID == got.ID }); i >= 0 {
		return i
	}
	return slices.IndexFunc(want, func(r *Run) bool { return r.Playbook == got.Playbook && r.Started.Equal(got.Started) })
}

func (m *Model) comparePerson(rep *Report, p *person, runs []*FoundRun, messages []*Message) {
	want := slices.Clone(p.runs)
	byRun := map[string][]*Message{}
	for _, x := range messages {
		byRun[x.Run] = append(byRun[x.Run], x)
	}
	slices.SortFunc(runs, func(a, b *FoundRun) int {
		return cmp.Or(a.Started.Compare(b.Started), cmp.Compare(a.Playbook, b.Playbook))
	})
	for _, got := range runs {
		i := match(want, got)
		if i < 0 {
			rep.wrong("a run too many: %s for %s, begun %s", got.Playbook, p.id, stamp(got.Started))
			continue
		}
		rep.Runs++
		m.compareRun(rep, want[i], got, byRun[got.ID])
		want = slices.Delete(want, i, i+1)
		delete(byRun, got.ID)
	}
	for _, r := range want {
		rep.wrong("a run is missing: %s for %s, begun %s, %s", r.Playbook, p.id, stamp(r.Started), r.State)
	}
	for run, list := range byRun {
		rep.wrong("%d messages for %s of a run %q that must not be", len(list), p.id, run)
	}
	known := slices.DeleteFunc(slices.Clone(messages), func(x *Message) bool { return x.wish.Send == nil })
	rep.Messages += len(known)
	for _, x := range known {
		rep.Verdicts += len(x.Verdicts)
	}
	rep.Wrong = append(rep.Wrong, m.auditMessages(p, known)...)
}

func (m *Model) compareRun(rep *Report, r *Run, got *FoundRun, messages []*Message) {
	name := fmt.Sprintf("run %s of %s for %s, begun %s", got.ID, r.Playbook, r.Resident, stamp(r.Started))
	for _, x := range []struct{ what, want, got string }{
		{"start", stamp(r.Started), stamp(got.Started)},
		{"state", r.State, got.State},
		{"end", stamp(r.Over), stamp(got.Over)},
		{"next step", stamp(r.Wakes), stamp(got.Wakes)},
		{"event that it waits for", r.WaitsFor, got.WaitsFor},
		{"arm", arm(r.HeldOut), got.Arm},
		{"looks of a person", fmt.Sprint(looks(r)), fmt.Sprint(foundLooks(got))},
	} {
		if x.want != x.got {
			rep.wrong("%s: %s is %s, want %s", name, x.what, x.got, x.want)
		}
	}
	if !got.Why {
		rep.wrong("%s: nothing on record says completely why it started", name)
	}
	m.compareTasks(rep, name, r, got)
	m.compareWishes(rep, name, r, messages)
}

func arm(heldOut bool) string {
	if heldOut {
		return "held out"
	}
	return ""
}

func looks(r *Run) []string {
	var out []string
	for _, l := range r.Reviewed {
		out = append(out, stamp(l.WasDue)+" "+l.State)
	}
	return out
}

func foundLooks(got *FoundRun) []string {
	var out []string
	for _, l := range got.Looks {
		out = append(out, stamp(l.Made)+" "+l.State)
	}
	return out
}

func (m *Model) compareTasks(rep *Report, name string, r *Run, got *FoundRun) {
	want := map[string]int{}
	for _, w := range r.Wishes {
		rep.Steps++
		if w.Task != "" && !w.Skip {
			want[w.Task+" on "+stamp(w.At)]++
		}
	}
	for _, t := range got.Tasks {
		key := t.Title + " on " + stamp(t.Made)
		if want[key]--; want[key] < 0 {
			rep.wrong("%s: a task too many: %s", name, key)
		}
		if r.State == Left && t.State == "open" {
			rep.wrong("%s: it has left, and its task %q is still open", name, t.Title)
		}
		if r.State != Left && t.State == "cancelled" {
			rep.wrong("%s: its task %q was cancelled, and it has not left", name, t.Title)
		}
	}
	for key, n := range want {
		if n > 0 {
			rep.wrong("%s: a task is missing: %s", name, key)
		}
	}
}

func (m *Model) compareWishes(rep *Report, name string, r *Run, messages []*Message) {
	for _, w := range r.Wishes {
		if w.Send == nil || w.Skip {
			continue
		}
		i := slices.IndexFunc(messages, func(x *Message) bool { return x.wish.Send == nil && x.Purpose == w.Send.Purpose && x.Made.Equal(w.At) })
		if i < 0 {
			rep.wrong("%s: the message of step %s is missing, wished on %s", name, w.Step, stamp(w.At))
			continue
		}
		x := messages[i]
		x.wish, x.event, x.about = w, r.event.ID, r.event.Start
		if r.State == Left {
			x.left = r.Over
		}
		if x.Class != w.Send.Class || x.Playbook != r.Playbook {
			rep.wrong("%s: the message of step %s is of class %s", name, w.Step, x.Class)
		}
	}
	for _, x := range messages {
		if x.wish.Send == nil {
			rep.wrong("%s: a message too many: %s, made %s", name, x.Purpose, stamp(x.Made))
		}
	}
}
