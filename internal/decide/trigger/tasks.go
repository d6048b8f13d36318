package trigger

import (
	"context"
	"fmt"
	"slices"
	"time"

	"hearth"
	"hearth/internal/act/task"
	"hearth/internal/base/work"
	"hearth/internal/decide/assign"
	"hearth/internal/decide/desk"
	"hearth/internal/decide/packet"
	"hearth/internal/decide/playbook"
	"hearth/internal/fact/decision"
	"hearth/internal/fact/record"
	"hearth/internal/sense/signal"
)

// taskWish is a task that a run asks for, or a message that becomes one.
type taskWish struct {
	en   *entry
	p    *playbook.Program
	run  *playbook.Run
	key  string
	step *playbook.TaskStep
	send *desk.Intent // a message for a person to say
	kind string       // of the task; "playbook" when empty
}

// wish takes what a run asks for into the batch.
func (b *batch) wish(en *entry, p *playbook.Program, w playbook.Wish) {
	if b.cancelled(en, w) {
		return
	}
	switch {
	case w.Escalate != nil:
		w.Run.Facts.Role = w.Escalate.Role
		b.escalations = append(b.escalations, escalation{en: en, p: p, run: w.Run, key: w.Key, step: w.Escalate, asked: len(b.tasks)})
		return
	case w.Task != nil:
		w.Run.Facts.Role = w.Task.Role
		b.tasks = append(b.tasks, taskWish{en: en, p: p, run: w.Run, key: w.Key, step: w.Task})
		return
	}
	in := b.intent(en, p, w.Run, w.Key)
	in.Class, in.Purpose, in.Template = w.Send.Class, w.Send.Purpose, w.Send.Template
	in.Channel, in.Topic, in.About = w.Send.Channel, w.Send.Topic, w.Run.About()
	if in.Class == hearth.ClassAnswer {
		// It answers what happened then, not what we decide now; told late, the desk makes it a plain message.
		in.Made = earliest(w.Run.Began(), b.now)
		in.Expires = b.now.Add(answerKept)
	}
	human := b.act.moments.Depth(p.Def, en.property) == hearth.DepthHuman
	if human && in.Class == hearth.ClassPromise {
		b.promise(en, p, w, in)
		return
	}
	if human && in.Class.Capped() {
		b.tasks = append(b.tasks, taskWish{en: en, p: p, run: w.Run, key: w.Key, step: draftStep(w.Run, b.titleOf(in.Template)), send: &in})
		return
	}
	b.intents = append(b.intents, in)
}

// promise takes news about a promise, in a moment for people, as a draft for a person. It waits no longer than the promise
// allows: before that slips, it goes by itself. When nothing says when the promise is due, it goes at once.
func (b *batch) promise(en *entry, p *playbook.Program, w playbook.Wish, in desk.Intent) {
	due, ok := promiseAt(w.Run, en.zone)
	if !ok || !due.Add(-promiseLead).After(b.now) {
		b.intents = append(b.intents, in)
		return
	}
	in.ID = promiseMessage(taskID(w.Run, w.Key))
	in.About, in.NotBefore, in.Expires = due, due.Add(-promiseLead), due
	b.intents = append(b.intents, in)
	step := draftStep(w.Run, b.titleOf(in.Template))
	step.Why = fmt.Sprintf("This is a moment for a person, and a promise is due on %s. Tell them yourself; if nobody has by %s, the draft goes out by itself.",
		hearth.MomentWords(due, en.zone), hearth.MomentWords(in.NotBefore, en.zone))
	b.tasks = append(b.tasks, taskWish{en: en, p: p, run: w.Run, key: w.Key, step: step, send: &in, kind: promiseTask})
}

// taskID names the task of a run's step.
func taskID(r *playbook.Run, key string) hearth.TaskID {
	return hearth.TaskID(hearth.DeriveIDAt("tsk_", r.Started, r.Name(), key))
}

// answerKept is how long it is still of use to be told that one's words arrived.
const answerKept = 24 * time.Hour

// draftStep is the task in which a person says a message of a human moment: whoever was asked last in this run, else
// leasing.
func draftStep(r *playbook.Run, title string) *playbook.TaskStep {
	role, above := r.Facts.Role, hearth.RoleManager
	if role == "" {
		role = hearth.RoleLeasing
	}
	if role == hearth.RoleManager {
		above = hearth.RoleRegional
	}
	r.Facts.Role = role
	return &playbook.TaskStep{Title: "Say it yourself: " + title, Role: role, Minutes: 10,
		Why: "This is a moment for a person, so nothing goes out by itself. The draft is what could be said; change it, " +
			"call instead, or leave it.",
		Due:       playbook.Span{N: 1, Unit: playbook.UnitDay, Business: true},
		Checklist: []string{"Read what is known and what was said already.", "Say it in your own words, by the way that suits them."},
		Asks:      []playbook.Ask{{Fact: "contact", Question: "How did you reach them? Write no if you did not.", Kind: "contact"}},
		Escalate:  []playbook.Rung{{After: playbook.Span{N: 1, Unit: playbook.UnitDay, Business: true}, Role: above}}}
}

func (b *batch) titleOf(template string) string {
	if t, ok := b.Desk.Templates.Get(template); ok && t.Title != "" {
		return t.Title
	}
	return template
}

// intent is what every message of a run has in common. Its id comes from run and step, so that a step speaks once.
func (b *batch) intent(en *entry, p *playbook.Program, r *playbook.Run, key string) desk.Intent {
	event := r.EventFacts()
	if _, told := event["date"]; !told && r.Facts.EventTime != 0 {
		event["date"] = hearth.DayOf(r.Began(), en.zone).String() // so that two packages on two days are two pieces of news
	}
	return desk.Intent{ID: hearth.MessageID(hearth.DeriveIDAt("msg_", r.Started, r.Name(), key)), Part: b.part, Property: en.property,
		Resident: en.resident, Facts: map[string]any{"event": event}, Playbook: r.Playbook, Version: r.Version, Run: r.ID,
		Why: fmt.Sprintf("%s: %s", p.Def.Title, r.Facts.Because), Made: b.now}
}

// sendTasks gives the batch's tasks to people.
func (b *batch) sendTasks(ctx context.Context) error {
	if len(b.tasks) == 0 {
		return nil
	}
	if err := b.feelings(ctx); err != nil {
		return err
	}
	views := map[hearth.ResidentID]signal.View{}
	for _, w := range b.tasks {
		if !w.en.site() {
			views[w.en.resident] = w.en.view(b.now)
		}
	}
	packets, err := b.Packer.ForResidents(ctx, b.tx, views)
	if err != nil {
		return err
	}
	acquainted, err := b.acquaintances(ctx)
	if err != nil {
		return err
	}
	tasks := make([]task.Task, 0, len(b.tasks))
	open := map[hearth.TaskID]bool{}
	for _, w := range b.tasks {
		if w.send != nil && w.kind == "" {
			told, err := b.told(ctx, w, open)
			if err != nil {
				return err
			}
			if told {
				continue
			}
		}
		known := packets[w.en.resident]
		if w.en.site() {
			if known.Context, err = b.sitePacket(ctx, w); err != nil {
				return err
			}
		}
		t, made, err := b.makeTask(ctx, w, acquainted, known)
		if err != nil {
			return fmt.Errorf("task %s of run %s: %w", w.key, w.run.ID, err)
		}
		if made {
			tasks, open[t.ID] = append(tasks, t), true
		}
	}
	return b.Tasks.Insert(ctx, b.tx, tasks)
}

// feelings leaves to the desk the drafts for residents who are frustrated: what belongs to one feeling comes together in
// one task.
func (b *batch) feelings(ctx context.Context) error {
	kept := b.tasks[:0]
	for _, w := range b.tasks {
		if w.send != nil && w.kind == "" {
			limits, err := b.careLimits(ctx, w.en.property)
			if err != nil {
				return err
			}
			if level, _ := w.en.view(b.now).Float("frustration.level"); level >= limits.Frustration {
				in := *w.send
				in.Human = true
				b.intents = append(b.intents, in)
				continue
			}
		}
		kept = append(kept, w)
	}
	b.tasks = kept
	return nil
}

// careLimits gives from where on automation yields at a property, asked once a batch.
func (b *batch) careLimits(ctx context.Context, id hearth.PropertyID) (record.Care, error) {
	if x, ok := b.limits[id]; ok {
		return x, nil
	}
	p, err := b.Records.Property(ctx, b.tx, id)
	if err != nil {
		return record.Care{}, err
	}
	b.limits[id] = p.Settings.Care.OrDefault()
	return b.limits[id], nil
}

// told tells whether a person has a message of this run as an open draft already: then nobody is asked a second time,
// and the decision says so. open holds the tasks that this batch makes.
func (b *batch) told(ctx context.Context, w taskWish, open map[hearth.TaskID]bool) (bool, error) {
	id := w.run.Facts.Draft
	if id == "" {
		return false, nil
	}
	if !open[id] {
		t, err := b.Tasks.Get(ctx, b.tx, id)
		switch {
		case hearth.CodeOf(err) == hearth.CodeNotFound:
			return false, nil
		case err != nil:
			return false, err
		case t.State.Closed():
			return false, nil
		}
	}
	b.handOver(w, id, "This is a moment for a person, and somebody has a draft for them already; nothing is added to that.")
	return true, nil
}

// handOver puts on record that a message went to a person.
func (b *batch) handOver(w taskWish, id hearth.TaskID, why string) {
	b.decide(w.en, decision.Decision{Stage: "run", Outcome: desk.HandedOver, Reason: why, Playbook: w.run.Playbook, Version: w.run.Version,
		Run: w.run.ID, Object: string(id), Facts: map[string]any{"class": string(w.send.Class), "purpose": w.send.Purpose,
			"template": w.send.Template}}, string(w.run.ID), w.key, "draft")
}

// makeTask gives a task its owner and its context; false when its lighter variant needs none.
func (b *batch) makeTask(ctx context.Context, w taskWish, acquainted map[hearth.ResidentID][]assign.Known, known packet.Packet) (task.Task, bool, error) {
	cal, err := b.owners().Calendar(ctx, b.tx, w.en.property)
	if err != nil {
		return task.Task{}, false, err
	}
	choice, err := b.owners().Choose(ctx, b.tx, b.ask(w, dueAt(cal, w.step.Due, b.now, w.en.zone), acquainted))
	if err != nil {
		return task.Task{}, false, err
	}
	if choice.Light && !b.lightly(&w, choice) {
		return task.Task{}, false, nil
	}
	t := task.Task{ID: taskID(w.run, w.key), Part: b.part, Property: w.en.property,
		Resident: w.en.who(), Kind: "playbook", Title: w.step.Title, Why: w.step.Why, Checklist: w.step.Checklist,
		Role: w.step.Role, Owner: choice.Staff, State: task.Open, Minutes: w.step.Minutes, DueAt: choice.Due,
		NotifyAt: choice.Notify, Playbook: w.run.Playbook, Run: w.run.ID, Made: b.now, Context: known.Context}
	if w.kind != "" {
		t.Kind = w.kind
	}
	t.Context.Facts = append(desk.Careful(b.care, w.en.resident, b.now, w.en.zone), t.Context.Facts...)
	t.Context.Notes = append(t.Context.Notes, w.p.Def.Title+": "+w.run.Facts.Because, choice.Reason)
	for _, a := range w.step.Asks {
		t.Asks = append(t.Asks, task.Ask{Fact: a.Fact, Question: a.Question, Kind: a.Kind, Optional: a.Optional})
	}
	t.Asks = withClosing(t.Asks, known.Ask)
	for _, r := range w.step.Escalate {
		t.Escalation = append(t.Escalation, rung(r))
	}
	if t.Draft, err = b.draft(ctx, w, choice); err != nil {
		return task.Task{}, false, err
	}
	if w.send != nil {
		w.run.Facts.Draft = t.ID
		b.handOver(w, t.ID, "This is a moment for a person, so the message became a draft in a task.")
	}
	owner := choice.Name
	if owner == "" {
		owner = "the property's queue"
	}
	b.decide(w.en, decision.Decision{Stage: "assign", Outcome: "given to " + owner, Reason: choice.Reason, Playbook: w.run.Playbook,
		Version: w.run.Version, Run: w.run.ID, Object: string(t.ID)}, string(t.ID), "assigned")
	return t, true, nil
}

// withClosing adds the closing question, unless its fact is asked for already.
func withClosing(asks []task.Ask, closing *task.Ask) []task.Ask {
	if closing == nil || slices.ContainsFunc(asks, func(a task.Ask) bool { return a.Kind == closing.Kind || a.Fact == closing.Fact }) {
		return asks
	}
	return append(asks, *closing)
}

// draft writes what the task's owner could say, signed by them.
func (b *batch) draft(ctx context.Context, w taskWish, by assign.Choice) (string, error) {
	if w.send == nil && w.step.Draft == "" {
		return "", nil
	}
	in := b.intent(w.en, w.p, w.run, w.key)
	in.Template = w.step.Draft
	if w.send != nil {
		in = *w.send
	}
	if by.Name != "" {
		in.Facts["staff"] = map[string]any{"name": by.Name, "role": string(w.step.Role)}
	}
	return b.desk.Draft(ctx, b.tx, in, b.view)
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
	all, err := b.owners().Wake(ctx, b.tx, []work.Due{d})
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
			ID:       hearth.DecisionID(hearth.DeriveIDAt("dec_", b.now, string(t.ID), "late", b.now.String())),
			Resident: t.Resident, Property: t.Property, At: b.now, Stage: "assign", Outcome: "handed over", Reason: o.Choice.Reason,
			Playbook: t.Playbook, Run: t.Run, Object: string(t.ID)})
	}
	return nil
}
