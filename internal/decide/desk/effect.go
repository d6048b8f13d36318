package desk

import (
	"context"
	"encoding/json"
	"fmt"
	"sort"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/task"
	"hearth/internal/base/work"
	"hearth/internal/decide/assign"
	"hearth/internal/fact/eventlog"
)

// one decides on one intent of the batch and notes what has to be written.
func (r *round) one(ctx context.Context, i int) (Verdict, error) {
	in := r.in[i]
	for _, s := range r.recent[in.Resident] {
		if s.ID == in.ID && !(r.waking && s.State == "held") {
			return Verdict{Message: in.ID, Outcome: outcomeOf(s.State), Reason: decidedAlready}, nil
		}
	}
	c, err := r.caseOf(ctx, i)
	if err != nil {
		return Verdict{}, err
	}
	v, a := decide(c)
	switch v.Outcome {
	case Sent:
		r.carry(c, i)
	case Merged:
		r.join(c)
	case Held:
		if err := r.hold(c, a); err != nil {
			return v, err
		}
	case HandedOver:
		if in.Many && !r.waking {
			break
		}
		if v.Task, err = r.handOver(ctx, c, a, i); err != nil {
			return v, err
		}
	}
	m := messageOf(c, v)
	v.Channel, v.Text = m.Channel, m.Body
	r.messages = append(r.messages, m)
	r.remember(Said{ID: in.ID, Class: in.Class, Purpose: in.Purpose, ContentKey: c.Text.ContentKey, State: string(m.State),
		At: r.now, Expires: in.Expires, AddressKey: m.AddressKey, Resident: in.Resident})
	r.decisions = append(r.decisions, decisionOf(c, v))
	return v, nil
}

// stateOf is the message's state after a verdict; a hand-over ends the message, the task goes on.
func stateOf(outcome string) message.State {
	switch outcome {
	case Sent:
		return message.Queued
	case Held:
		return message.Held
	case Merged:
		return message.Merged
	}
	return message.Dropped
}

// outcomeOf is the reverse, for a message that was decided before.
func outcomeOf(state string) string {
	switch state {
	case "held":
		return Held
	case "merged":
		return Merged
	case "dropped":
		return Dropped
	}
	return Sent
}

func messageOf(c *Case, v Verdict) message.Message {
	in, w := c.Intent, c.best()
	return message.Message{
		ID: in.ID, Property: in.Property, Resident: in.Resident, Direction: message.Out, State: stateOf(v.Outcome),
		Class: in.Class, Purpose: in.Purpose, Topic: in.Topic, Channel: w.Channel, Address: w.Address, AddressKey: w.AddressKey,
		Subject: c.Text.Subject, Body: c.Text.Body, Short: c.Text.shortFor(w.Channel), Template: in.Template, TemplateVersion: c.Text.Version, ContentKey: c.Text.ContentKey,
		Playbook: in.Playbook, Version: in.Version, Run: in.Run, Reason: v.Reason, Made: in.Made, At: c.Now, Expires: in.Expires, Instead: in.Instead,
	}
}

// hold writes the due row with which the message comes back.
func (r *round) hold(c *Case, a answer) error {
	in := c.Intent
	in.parked = a.parked
	row, err := holdRow(in, a.why, a.until)
	if err != nil {
		return err
	}
	r.holds = append(r.holds, row)
	return nil
}

// holdRow is the due row of a held message.
func holdRow(in Intent, why string, at time.Time) (work.Due, error) {
	payload, err := json.Marshal(held{Intent: in, LastHold: why, Parked: in.parked})
	if err != nil {
		return work.Due{}, fmt.Errorf("write held message: %w", err)
	}
	return work.Due{Lane: work.EngineLane, Kind: HoldKind, Key: string(in.ID), Part: eventlog.PartOf(in.Property),
		At: at, Payload: string(payload)}, nil
}

// handOver makes the task with which a person takes the message over.
func (r *round) handOver(ctx context.Context, c *Case, a answer, i int) (hearth.TaskID, error) {
	in, want := c.Intent, a.kind.ask(c.Intent.Class)
	if a.task != "" {
		if added, err := r.addDraft(ctx, a.task, c, i); added || err != nil {
			return a.task, err
		}
	}
	if in.Many {
		if id, err := r.addToMany(ctx, c, a); id != "" || err != nil {
			return id, err
		}
	}
	due, err := r.dueFor(ctx, c, a.kind)
	if err != nil {
		return "", err
	}
	choice, err := r.team().Choose(ctx, r.tx, assign.Ask{Property: in.Property, Role: want.role, Resident: in.Resident,
		Minutes: want.minutes, Due: due, Urgent: in.Class == hearth.ClassSafety, Stored: true})
	if err != nil {
		return "", fmt.Errorf("choose who takes it over: %w", err)
	}
	draft, err := r.draft(i)
	if err != nil {
		return "", err
	}
	id := hearth.TaskID(hearth.DeriveID("tsk_", "desk", string(in.ID)))
	if in.Many {
		if id, err = r.manyTask(ctx, in); err != nil {
			return "", err
		}
	}
	if a.kind == taskFeeling {
		var first bool
		if id, first, err = r.openEpisode(ctx, in.Resident); err != nil {
			return "", err
		}
		if !first {
			_, err := r.addDraft(ctx, id, c, i)
			return id, err
		}
	}
	t := task.Task{
		ID: id, Property: in.Property, Resident: in.Resident,
		Kind: string(a.kind), Title: titleFor(want, c.Person), Why: a.reason, Context: contextOf(c, choice.Reason),
		Checklist: want.checklist, Asks: want.asks, Draft: draft, Role: want.role, Owner: choice.Staff,
		Minutes: want.minutes, DueAt: choice.Due, NotifyAt: choice.Notify, Escalation: []task.Rung{{AfterBusinessDays: 1, Role: above(want.role)}},
		Playbook: in.Playbook, Run: in.Run,
	}
	if in.Many {
		asManys(&t, c, a)
	}
	if err := r.Tasks.Insert(ctx, r.tx, append(r.team().Notices(), t)); err != nil {
		return "", fmt.Errorf("write task: %w", err)
	}
	if a.kind == taskFeeling {
		r.feelingTasks[t.ID] = t
	}
	return t.ID, nil
}

// team chooses owners for the whole round.
func (r *round) team() *assign.Round {
	if r.owners == nil {
		r.owners = r.Assign.Round()
	}
	return r.owners
}

// addDraft puts a message into a task that somebody has already.
func (r *round) addDraft(ctx context.Context, to hearth.TaskID, c *Case, i int) (bool, error) {
	draft, err := r.draft(i)
	if err != nil {
		return false, err
	}
	in := c.Intent
	return r.Tasks.AddDraft(ctx, r.tx, to, draft, fmt.Sprintf("One more draft: %s (%s). %s", aClass(in.Class), hearth.PurposeWords(in.Purpose), in.Why))
}

func titleFor(want ask, p Person) string {
	title := want.title + " " + p.Name
	if p.Home != "" {
		title += " (" + p.Home + ")"
	}
	return title
}

// contextOf tells the person what is known: what it was to be, what the resident heard lately, and how the owner was
// found.
func contextOf(c *Case, chosen string) task.Context {
	in := c.Intent
	out := task.Context{Facts: careFacts(c)}
	out.Facts = append(out.Facts, []task.Fact{
		{Name: "What it was to be", Value: fmt.Sprintf("%s (%s)", aClass(in.Class), hearth.PurposeWords(in.Purpose))},
	}...)
	if in.Why != "" {
		out.Facts = append(out.Facts, task.Fact{Name: "Why", Value: in.Why})
	}
	said := append([]Said(nil), c.Said...)
	sort.SliceStable(said, func(i, j int) bool { return said[i].At.After(said[j].At) })
	for _, s := range said {
		if s.told() && s.Resident == in.Resident && len(out.Said) < 5 {
			out.Said = append(out.Said, fmt.Sprintf("%s: %s (%s)", whenWords(s.At, c.Now, c.Zone), hearth.PurposeWords(s.Purpose), classWords(s.Class)))
		}
	}
	if chosen != "" {
		out.Notes = []string{chosen}
	}
	return out
}

// above gives who hears of a hand-over that nobody took up.
func above(r hearth.Role) hearth.Role {
	if r == hearth.RoleManager {
		return hearth.RoleRegional
	}
	return hearth.RoleManager
}

// draft writes the text with brackets where facts are missing: the subject on the first line, then the body.
func (r *round) draft(i int) (string, error) {
	if ready := r.in[i].Ready; ready != nil {
		return ready.Subject + "\n\n" + ready.Body, nil
	}
	t, ok := r.Templates.Get(r.in[i].Template)
	if !ok {
		return "", nil
	}
	lang := languageFor(r.in[i], r.contacts[r.in[i].Resident])
	text, err := r.Templates.Draft(t.ID, lang, hearth.ChannelEmail, r.factsOf(t, i, lang))
	if err != nil {
		return "", err
	}
	return text.Subject + "\n\n" + text.Body, nil
}

// write puts everything of the round into the database with few statements.
func (r *round) write(ctx context.Context) error {
	if len(r.messages) > 0 {
		if err := r.Messages.Insert(ctx, r.tx, r.messages); err != nil {
			return fmt.Errorf("write messages: %w", err)
		}
	}
	if len(r.holds) > 0 {
		if err := work.Put(ctx, r.tx, r.holds); err != nil {
			return fmt.Errorf("write holds: %w", err)
		}
	}
	if err := r.Decisions.Insert(ctx, r.tx, r.decisions); err != nil {
		return fmt.Errorf("write decisions: %w", err)
	}
	return nil
}

// dueFor says by when a person should have taken a message over: in business time, unless it is about danger or was
// asked for this minute.
func (r *round) dueFor(ctx context.Context, c *Case, kind taskKind) (time.Time, error) {
	if c.Intent.Class == hearth.ClassSafety || c.Intent.Class == hearth.ClassAnswer {
		return r.now.Add(30 * time.Minute), nil
	}
	cal, err := r.team().Calendar(ctx, r.tx, c.Intent.Property)
	if err != nil {
		return time.Time{}, fmt.Errorf("find the due time: %w", err)
	}
	hours := 4
	switch {
	case kind == taskLate:
		hours = 2
	case kind != taskFeeling && c.Intent.Class.Discretionary():
		hours = 9 // about a working day
	}
	return cal.Add(r.now, time.Duration(hours)*time.Hour), nil
}
