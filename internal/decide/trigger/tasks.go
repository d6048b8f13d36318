package trigger

import (
	"context"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/act/task"
	"hearth/internal/base/work"
	"hearth/internal/decide/assign"
	"hearth/internal/decide/desk"
	"hearth/internal/decide/playbook"
	"hearth/internal/fact/decision"
	"hearth/internal/sense/signal"
)

// taskWish is a task that a run asks for.
type taskWish struct {
	en   *entry
	p    *playbook.Program
	run  *playbook.Run
	key  string
	step *playbook.TaskStep
}

// wish takes what a run asks for into the batch.
func (b *batch) wish(en *entry, p *playbook.Program, w playbook.Wish) {
	if w.Task != nil {
		b.tasks = append(b.tasks, taskWish{en: en, p: p, run: w.Run, key: w.Key, step: w.Task})
		return
	}
	in := b.intent(en, p, w.Run, w.Key)
	in.Class, in.Purpose, in.Template = w.Send.Class, w.Send.Purpose, w.Send.Template
	in.Channel, in.Topic = w.Send.Channel, w.Send.Topic
	b.intents = append(b.intents, in)
}

// intent is what every message of a run has in common. Its id comes from run and step, so that a step speaks once.
func (b *batch) intent(en *entry, p *playbook.Program, r *playbook.Run, key string) desk.Intent {
	return desk.Intent{ID: hearth.MessageID(hearth.DeriveID("msg_", string(r.ID), key)), Part: b.part, Property: en.property,
		Resident: en.resident, Facts: map[string]any{"event": r.Facts.Event}, Playbook: r.Playbook, Version: r.Version, Run: r.ID,
		Why: fmt.Sprintf("%s: %s", p.Def.Title, r.Facts.Because), Made: b.now}
}

// sendTasks gives the batch's tasks to people.
func (b *batch) sendTasks(ctx context.Context) error {
	if len(b.tasks) == 0 {
		return nil
	}
	views := map[hearth.ResidentID]signal.View{}
	for _, w := range b.tasks {
		views[w.en.resident] = w.en.view(b.now)
	}
	packets, err := b.Packer.ForResidents(ctx, b.tx, views)
	if err != nil {
		return err
	}
	round := b.Assign.Round()
	tasks := make([]task.Task, 0, len(b.tasks))
	for _, w := range b.tasks {
		t, err := b.makeTask(ctx, round, w, packets[w.en.resident])
		if err != nil {
			return fmt.Errorf("task %s of run %s: %w", w.key, w.run.ID, err)
		}
		tasks = append(tasks, t)
	}
	return b.Tasks.Insert(ctx, b.tx, tasks)
}

func (b *batch) makeTask(ctx context.Context, round *assign.Round, w taskWish, packet task.Context) (task.Task, error) {
	cal, err := round.Calendar(ctx, b.tx, w.en.property)
	if err != nil {
		return task.Task{}, err
	}
	due := dueAt(cal, w.step.Due, b.now, w.en.zone)
	choice, err := round.Choose(ctx, b.tx, assign.Ask{Property: w.en.property, Role: w.step.Role, Resident: w.en.resident,
		Minutes: w.step.Minutes, Due: due, Slack: slack(w.step.Due)})
	if err != nil {
		return task.Task{}, err
	}
	t := task.Task{ID: hearth.TaskID(hearth.DeriveID("tsk_", string(w.run.ID), w.key)), Part: b.part, Property: w.en.property,
		Resident: w.en.resident, Kind: "playbook", Title: w.step.Title, Why: w.step.Why, Checklist: w.step.Checklist,
		Role: w.step.Role, Owner: choice.Staff, State: task.Open, Minutes: w.step.Minutes, DueAt: choice.Due,
		Playbook: w.run.Playbook, Run: w.run.ID, Made: b.now, Context: packet}
	t.Context.Notes = append(t.Context.Notes, w.p.Def.Title+": "+w.run.Facts.Because, choice.Reason)
	for _, a := range w.step.Asks {
		t.Asks = append(t.Asks, task.Ask{Fact: a.Fact, Question: a.Question, Kind: a.Kind, Optional: a.Optional})
	}
	for _, r := range w.step.Escalate {
		t.Escalation = append(t.Escalation, rung(r))
	}
	if w.step.Draft != "" {
		in := b.intent(w.en, w.p, w.run, w.key)
		in.Template = w.step.Draft
		if t.Draft, err = b.Desk.Draft(ctx, b.tx, in, b.view); err != nil {
			return task.Task{}, err
		}
	}
	owner := choice.Name
	if owner == "" {
		owner = "the property's queue"
	}
	b.decide(w.en, decision.Decision{Stage: "assign", Outcome: "given to " + owner, Reason: choice.Reason, Playbook: w.run.Playbook,
		Version: w.run.Version, Run: w.run.ID, Object: string(t.ID)}, string(t.ID), "assigned")
	return t, nil
}

// dueAt counts a task's due time in business time where its author said so.
func dueAt(cal assign.Calendar, s playbook.Span, now time.Time, zone *time.Location) time.Time {
	switch {
	case s.Business && s.Unit == playbook.UnitDay:
		return cal.AddDays(now, s.N)
	case s.Business:
		return cal.Add(now, s.Plain())
	default:
		return s.After(now, zone)
	}
}

// slack is how much later a task may be done where that finds somebody with room: a day for tasks of days, nothing for
// tasks of hours, whose author meant today.
func slack(s playbook.Span) time.Duration {
	if s.Unit == playbook.UnitDay && s.N > 1 {
		return 24 * time.Hour
	}
	return 0
}

func rung(r playbook.Rung) task.Rung {
	if r.After.Unit == playbook.UnitDay {
		return task.Rung{AfterBusinessDays: r.After.N, Role: r.Role}
	}
	return task.Rung{AfterBusinessHours: r.After.Plain().Hours(), Role: r.Role}
}

// taskDue hands a late or declined task on, and puts on record what was decided.
func (b *batch) taskDue(ctx context.Context, d work.Due) error {
	all, err := b.Assign.Wake(ctx, b.tx, []work.Due{d})
	if err != nil {
		return err
	}
	for _, o := range all {
		if o.Action != "handed over" {
			continue
		}
		t, err := b.Tasks.Get(ctx, b.tx, o.Task)
		if err != nil {
			return err
		}
		b.decisions = append(b.decisions, decision.Decision{
			ID:       hearth.DecisionID(hearth.DeriveID("dec_", string(t.ID), "late", b.now.String())),
			Resident: t.Resident, Property: t.Property, At: b.now, Stage: "assign", Outcome: "handed over", Reason: o.Choice.Reason,
			Playbook: t.Playbook, Run: t.Run, Object: string(t.ID)})
	}
	return nil
}
