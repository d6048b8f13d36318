package trigger

import (
	"context"
	"fmt"

	"hearth"
	"hearth/internal/act/task"
	"hearth/internal/decide/assign"
	"hearth/internal/decide/playbook"
	"hearth/internal/fact/decision"
)

// escalation is a run's wish that its task goes to somebody else.
type escalation struct {
	en    *entry
	p     *playbook.Program
	run   *playbook.Run
	key   string
	step  *playbook.EscalateStep
	asked int // how many tasks the batch had to make before
}

// escalateAll hands the runs' open tasks over, and turns into new tasks what finds none. It comes before the batch's
// tasks are made.
func (b *batch) escalateAll(ctx context.Context) error {
	round := b.owners()
	for _, x := range b.escalations {
		if b.overtake(x) {
			continue
		}
		t, found, err := b.openTaskOf(ctx, x.run)
		if err != nil {
			return err
		}
		if !found {
			b.tasks = append(b.tasks, taskWish{en: x.en, p: x.p, run: x.run, key: x.key, step: x.step.Task(x.p.Def.Title)})
			continue
		}
		if err := b.escalateTask(ctx, round, x, t); err != nil {
			return fmt.Errorf("hand over task %s of run %s: %w", t.ID, x.run.ID, err)
		}
	}
	return nil
}

// overtake gives a task that this very batch makes for the run to the other role at once.
func (b *batch) overtake(x escalation) bool {
	for i := x.asked - 1; i >= 0; i-- {
		if w := &b.tasks[i]; w.run == x.run && w.send == nil {
			step := *w.step
			step.Role, step.Why, step.Best = x.step.Role, step.Why+" "+x.step.Reason, false
			w.step = &step
			return true
		}
	}
	return false
}

// openTaskOf gives the newest task of a run that is not closed.
func (b *batch) openTaskOf(ctx context.Context, r *playbook.Run) (newest task.Task, found bool, err error) {
	f := task.Filter{Playbook: r.Playbook, Property: r.Property, States: []task.State{task.Open, task.Taken}}
	if r.Resident != siteID(r.Property) {
		f.Resident = r.Resident
	}
	all, _, err := b.Tasks.List(ctx, b.tx, f, "", 0)
	if err != nil {
		return newest, false, fmt.Errorf("tasks of run %s: %w", r.ID, err)
	}
	for _, t := range all {
		if t.Run == r.ID && (!found || t.Made.After(newest.Made)) {
			newest, found = t, true
		}
	}
	return newest, found, nil
}

func (b *batch) escalateTask(ctx context.Context, round *assign.Round, x escalation, t task.Task) error {
	cal, err := round.Calendar(ctx, b.tx, t.Property)
	if err != nil {
		return err
	}
	due := dueAt(cal, x.step.Due, b.now, x.en.zone)
	choice, err := round.Choose(ctx, b.tx, assign.Ask{Property: t.Property, Role: x.step.Role, Resident: x.en.who(), Minutes: t.Minutes, Due: due,
		Own: true, Stored: true})
	if err != nil {
		return err
	}
	reason := x.step.Reason + " " + choice.Reason
	if err := b.Tasks.Escalate(ctx, b.tx, t.ID, task.Handover{Role: x.step.Role, Staff: choice.Staff, DueAt: choice.Due,
		NotifyAt: choice.Notify, Reason: reason}); err != nil {
		return err
	}
	b.decide(x.en, decision.Decision{Stage: "assign", Outcome: "handed over", Reason: reason, Playbook: x.run.Playbook, Version: x.run.Version,
		Run: x.run.ID, Object: string(t.ID), Facts: map[string]any{"role": string(x.step.Role)}}, string(x.run.ID), x.key, "escalated")
	return nil
}

// addressed gives the entry of whom an event's playbook is for: the property, whoever speaks for the home, or the
// resident whom the event is chiefly about. Nil when there is nobody.
func (b *batch) addressed(ctx context.Context, p *playbook.Program, ev *hearth.Event) (*entry, error) {
	if p.Def.For == "property" {
		if ev.Property == "" {
			return nil, nil
		}
		return b.entry(ctx, siteID(ev.Property), ev.Property)
	}
	id := b.addressee(p, ev)
	if id == "" {
		return nil, nil
	}
	if en := b.cache.entries[id]; en != nil && b.isIn[id] {
		return en, nil // nearly always: the event was just folded into it
	}
	return b.knownEntry(ctx, id)
}
