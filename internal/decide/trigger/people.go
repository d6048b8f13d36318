package trigger

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/work"
	"hearth/internal/decide/assign"
	"hearth/internal/decide/playbook"
	"hearth/internal/fact/decision"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
)

// The kinds of due rows with which somebody's leave begins and ends; fact/record puts them.
const (
	dueLeave  = record.LeaveKind
	dueReturn = record.ReturnKind
)

// owners chooses for the whole batch, so that each property's team and load are read once.
func (b *batch) owners() *assign.Round {
	if b.round == nil {
		b.round = b.Assign.Round()
	}
	return b.round
}

// leaveDue hands on what somebody who goes on leave cannot do in time, or gives back what nobody has begun.
func (b *batch) leaveDue(ctx context.Context, d work.Due) error {
	moved, err := b.owners().Leave(ctx, b.tx, d)
	if err != nil {
		return err
	}
	for _, m := range moved {
		t, to := m.Task, m.Choice.Name
		if to == "" {
			to = "the property's queue"
		}
		b.decisions = append(b.decisions, decision.Decision{
			ID:       hearth.DecisionID(hearth.DeriveID("dec_", string(t.ID), d.Kind, b.now.String())),
			Resident: t.Resident, Property: t.Property, At: b.now, Stage: "assign", Outcome: "handed to " + to, Reason: m.Choice.Reason,
			Playbook: t.Playbook, Run: t.Run, Object: string(t.ID)})
	}
	return nil
}

// yearBack is how long a personal contact tells who knows a resident.
const yearBack = 365 * 24 * time.Hour

// acquaintances tells who knows the residents of those tasks that are for whoever knows them, with one query for all,
// and none when there is no such task.
func (b *batch) acquaintances(ctx context.Context) (map[hearth.ResidentID][]assign.Known, error) {
	var residents []hearth.ResidentID
	for _, w := range b.tasks {
		if w.step.Best && !w.en.site() && !slices.Contains(residents, w.en.resident) {
			residents = append(residents, w.en.resident)
		}
	}
	if len(residents) == 0 {
		return nil, nil
	}
	contacts, err := b.Log.Contacts(ctx, b.tx, residents, b.now.Add(-yearBack))
	if err != nil {
		return nil, err
	}
	zone := func(id hearth.ResidentID) *time.Location {
		if en := b.cache.entries[id]; en != nil && en.zone != nil {
			return en.zone
		}
		return time.UTC
	}
	return knowing(contacts, zone), nil
}

// knowing counts contacts by person: who talked with them most comes first, then who did last.
func knowing(contacts []eventlog.Contact, zone func(hearth.ResidentID) *time.Location) map[hearth.ResidentID][]assign.Known {
	out := map[hearth.ResidentID][]assign.Known{}
	for _, c := range contacts {
		all := out[c.Resident]
		i := slices.IndexFunc(all, func(k assign.Known) bool { return k.Staff == c.Staff })
		if i < 0 {
			i, all = len(all), append(all, assign.Known{Staff: c.Staff})
		}
		all[i].Times++
		all[i].Last = max(all[i].Last, hearth.DayOf(c.At, zone(c.Resident)))
		out[c.Resident] = all
	}
	for _, all := range out {
		slices.SortFunc(all, func(a, b assign.Known) int {
			return cmp.Or(cmp.Compare(b.Times, a.Times), cmp.Compare(b.Last, a.Last), strings.Compare(string(a.Staff), string(b.Staff)))
		})
	}
	return out
}

// ask is the wish for an owner of a run's task.
func (b *batch) ask(w taskWish, due time.Time, known map[hearth.ResidentID][]assign.Known) assign.Ask {
	a := assign.Ask{Property: w.en.property, Role: w.step.Role, Resident: w.en.who(), Minutes: w.step.Minutes, Due: due,
		Slack: slack(w.step.Due), Urgent: w.urgent()}
	if w.step.Best {
		a.Best, a.Known = true, known[w.en.resident]
	}
	if a.HasLight = w.step.Lighter != nil && !b.forPeople(w, w.step.Lighter.Send); a.HasLight {
		a.Light = w.step.Lighter.Minutes
	}
	return a
}

// forPeople tells whether a message in place of a task is none here: where the property's map keeps the moment for people, nothing of
// what would have to be a draft goes out because nobody has the time for it.
func (b *batch) forPeople(w taskWish, s *playbook.SendStep) bool {
	return s != nil && (s.Class.Capped() || s.Class == hearth.ClassPromise) && b.act.moments.Depth(w.p.Def, w.en.property) == hearth.DepthHuman
}

// urgent tells what does not wait for the next shift: what an emergency began, and what is said for safety.
func (w taskWish) urgent() bool {
	if w.send != nil && w.send.Class == hearth.ClassSafety {
		return true
	}
	return w.run.Facts.Event["priority"] == "emergency" || w.run.Facts.Latest["priority"] == "emergency"
}

// lightly takes the lighter variant of a task for which nobody has the minutes: a shorter one; else a message in its
// place, or nothing, and false.
func (b *batch) lightly(w *taskWish, c assign.Choice) bool {
	if light, ok := w.step.Light(); ok {
		w.step = light
		return true
	}
	outcome := "left out"
	if s := w.step.Lighter.Send; s != nil {
		outcome = "sent instead of given"
		in := b.intent(w.en, w.p, w.run, w.key)
		in.Class, in.Purpose, in.Template, in.Channel, in.Topic = s.Class, s.Purpose, s.Template, s.Channel, s.Topic
		b.intents = append(b.intents, in)
	}
	b.decide(w.en, decision.Decision{Stage: "assign", Outcome: outcome, Reason: c.Reason, Playbook: w.run.Playbook, Version: w.run.Version,
		Run: w.run.ID, Facts: map[string]any{"task": w.step.Title, "minutes": w.step.Minutes}}, string(w.run.ID), w.key, "lighter")
	return false
}
