package trigger

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/task"
	"hearth/internal/base/work"
	"hearth/internal/decide/assign"
	"hearth/internal/decide/desk"
	"hearth/internal/decide/playbook"
	"hearth/internal/fact/care"
	"hearth/internal/fact/decision"
	"hearth/internal/fact/record"
)

// stoppedWords is what decisions say when everything automatic has to stop for a resident. It says no more than that.
const stoppedWords = "Handle with care: " + care.Words + " stops everything automatic for them."

// loadCare reads what is in force, for the batch and its desk.
func (b *batch) loadCare(ctx context.Context) error {
	var err error
	if b.care, err = b.Care.Now(ctx, b.tx); err != nil {
		return err
	}
	if b.Desk != nil {
		b.desk = b.Desk.With(b.care)
	}
	return nil
}

// pausedFor tells whether a pause stops a playbook for a resident now.
func (b *batch) pausedFor(en *entry, id hearth.PlaybookID) (care.Pause, bool) {
	return b.care.Paused(care.Thing{Playbook: id, Property: en.property, Resident: en.resident}, b.now)
}

// park lays a run aside until the pause ends. It keeps the time at which its step was due.
func (b *batch) park(r *playbook.Run) {
	b.keep(r)
	b.puts = append(b.puts, work.Due{Lane: Lane, Kind: dueRun, Key: string(r.ID), Part: b.part, At: desk.Parked(), Payload: string(r.Resident)})
}

// carefully follows the events of situations, and looks at visits that fall into a time away.
func (b *batch) carefully(ctx context.Context, en *entry, ev *hearth.Event) error {
	switch ev.Type {
	case "situation.set":
		// The event may be newer than what was read when the batch began.
		if err := b.loadCare(ctx); err != nil {
			return err
		}
		if b.care.Dead(en.resident, b.now) {
			return b.stopAll(ctx, en)
		}
	case "situation.ended":
		if err := b.loadCare(ctx); err != nil {
			return err
		}
		return b.lookAgain(ctx, en)
	case "workorder.scheduled":
		if en.edges.into != "" {
			return nil // it is looked at for the one they are seen under
		}
		return b.visit(ctx, en, ev)
	}
	return nil
}

// stopAll takes a resident out of everything automatic: all runs leave, what is held is taken back, and a person is
// told to handle with care.
func (b *batch) stopAll(ctx context.Context, en *entry) error {
	for _, r := range append([]*playbook.Run(nil), en.runs...) {
		b.leave(en, r, stoppedWords)
	}
	rows, err := b.heldRows(ctx, en.resident)
	if err != nil {
		return err
	}
	if _, err := b.desk.Withdraw(ctx, b.tx, rows, stoppedWords); err != nil {
		return fmt.Errorf("take back held messages: %w", err)
	}
	if err := dropRows(ctx, b, rows); err != nil {
		return err
	}
	if en.edges.into != "" {
		return nil // the one they are seen under is stopped too, and a person is told of that one
	}
	b.decide(en, decision.Decision{Stage: "care", Outcome: "stopped", Reason: stoppedWords}, "care", "stopped")
	return b.personal(ctx, en, personalTask{kind: "care.stop", title: "Handle with care", role: hearth.RoleManager,
		why:  "There is " + care.Words + ". Everything automatic has stopped for this resident and nothing will start again. Whoever has to be spoken with, a person speaks with them.",
		list: []string{"Ask whoever set it what is right now.", "Only people speak with the family."}, minutes: 30, about: "stopped"})
}

func dropRows(ctx context.Context, b *batch, rows []work.Due) error {
	keys := make([]string, len(rows))
	for i, d := range rows {
		keys[i] = d.Key
	}
	return work.Drop(ctx, b.tx, dueHold, keys)
}

// heldRows gives the due rows of the messages that the desk holds for a resident.
func (b *batch) heldRows(ctx context.Context, id hearth.ResidentID) ([]work.Due, error) {
	held, _, err := b.desk.Messages.List(ctx, b.tx, message.Filter{Resident: id, State: message.Held}, "", 500)
	if err != nil {
		return nil, err
	}
	keys := make([]string, len(held))
	for i, m := range held {
		keys[i] = string(m.ID)
	}
	return work.Find(ctx, b.tx, dueHold, keys)
}

// lookAgain has the desk look, one by one, at what it held for a resident whose situation is over.
func (b *batch) lookAgain(ctx context.Context, en *entry) error {
	if _, still := b.care.Situation(en.resident, b.now); still {
		return nil
	}
	rows, err := b.heldRows(ctx, en.resident)
	if err != nil {
		return err
	}
	at := b.now
	for _, row := range rows {
		item, err := desk.ReadHeld(row)
		if err != nil {
			return err
		}
		if item.Parked || !row.At.After(at) {
			continue // a pause holds it, or it comes soon anyway
		}
		row.At = at
		b.puts = append(b.puts, row)
		at = at.Add(time.Hour)
	}
	return nil
}

// visit hands over a visit that was planned into a time away: nobody enters then unless a person has settled it.
func (b *batch) visit(ctx context.Context, en *entry, ev *hearth.Event) error {
	var data struct {
		Start time.Time `json:"start"`
	}
	_ = json.Unmarshal(ev.Data, &data) // checked at the door; what cannot be read names no start
	if ev.History || !data.Start.After(b.now) {
		return nil // no start, or a visit that was already: the event may have been put aside for days
	}
	until, holds := b.care.HoldsEntry(en.resident, data.Start)
	if !holds {
		return nil
	}
	why := fmt.Sprintf("The visit on %s falls into a time in which nobody is to enter: there is %s until %s. Emergencies go on.",
		hearth.MomentWords(data.Start, en.zone), care.Words, hearth.DayWords(until, en.zone))
	b.decide(en, decision.Decision{Stage: "care", Outcome: "handed over", Reason: why, Object: ev.Subject.ID}, ev.ID, "visit")
	return b.personal(ctx, en, personalTask{kind: "care.visit", title: "Hold the visit, or settle it with them", role: hearth.RoleSupervisor,
		why: why, list: []string{"Move the visit behind that day, or get a clear word that somebody may enter."}, minutes: 10, about: ev.Source + "/" + ev.ID})
}

// personalTask is a task that care asks for.
type personalTask struct {
	kind, title, why string
	list             []string
	role             hearth.Role
	minutes          int
	about            string // what tells it from another one about the same resident
}

// personal gives a task about a resident to whoever has the role.
func (b *batch) personal(ctx context.Context, en *entry, x personalTask) error {
	cal, err := b.owners().Calendar(ctx, b.tx, en.property)
	if err != nil {
		return err
	}
	choice, err := b.owners().Choose(ctx, b.tx, assign.Ask{Property: en.property, Role: x.role, Resident: en.resident, Minutes: x.minutes,
		Due: cal.Add(b.now, 4*time.Hour), Own: true})
	if err != nil {
		return err
	}
	contacts, err := b.Records.Contacts(ctx, b.tx, []hearth.ResidentID{en.resident})
	if err != nil {
		return err
	}
	t := task.Task{ID: hearth.TaskID(hearth.DeriveID("tsk_", x.kind, string(en.resident), x.about)), Part: b.part, Property: en.property,
		Resident: en.resident, Kind: x.kind, Title: x.title + called(contacts[en.resident]), Why: x.why, Checklist: x.list, Role: x.role,
		Owner: choice.Staff, State: task.Open, Minutes: x.minutes, DueAt: choice.Due, NotifyAt: choice.Notify, Made: b.now,
		Context:    task.Context{Facts: desk.Careful(b.care, en.resident, b.now, en.zone), Notes: []string{choice.Reason}},
		Escalation: []task.Rung{{AfterBusinessDays: 1, Role: hearth.RoleManager}}}
	return b.Tasks.Insert(ctx, b.tx, []task.Task{t})
}

// called names a resident behind a title: ": Ana Ruiz (4B)".
func called(c record.Contact) string {
	name := c.Name()
	if name == "" {
		return ""
	}
	if c.UnitLabel != "" {
		name += " (" + c.UnitLabel + ")"
	}
	return ": " + name
}

// situationDue ends a situation by its own date.
func (b *batch) situationDue(ctx context.Context, d work.Due) error {
	_, err := b.Care.End(ctx, b.tx, hearth.System("trigger"), d.Key)
	if hearth.CodeOf(err) == hearth.CodeNotFound {
		return nil
	}
	return err
}

// calmDown ends the episodes of those whose frustration has fallen below the property's lower limit.
func (b *batch) calmDown(ctx context.Context) error {
	var calm []hearth.ResidentID
	for _, en := range b.touched {
		if !en.edges.upset {
			continue
		}
		limits, err := b.careLimits(ctx, en.property)
		if err != nil {
			return err
		}
		if level, _ := en.view(b.now).Float("frustration.level"); level < limits.Calm {
			en.edges.upset, en.changed = false, true
			calm = append(calm, en.resident)
		}
	}
	if len(calm) == 0 {
		return nil
	}
	return b.desk.Calm(ctx, b.tx, calm)
}

// felt remembers for whom a person was told, so that the fall of the level is seen whenever it comes.
func (b *batch) felt(verdicts []desk.Verdict) {
	for _, v := range verdicts {
		en := b.cache.entries[v.Resident]
		if v.Feeling && en != nil && !en.edges.upset {
			en.edges.upset, en.changed = true, true
		}
	}
}
