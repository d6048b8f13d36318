package task

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
)

// Take makes the actor the owner of an open task. Taking one's own again is a no-op. It fails with CodeForbidden for
// somebody without the task's role at the property, CodeConflict if somebody else is at it already.
func (s *Store) Take(ctx context.Context, tx *db.Tx, actor hearth.Actor, id hearth.TaskID) error {
	t, err := lock(ctx, tx, id)
	if err != nil {
		return fmt.Errorf("take task %s: %w", id, err)
	}
	if t.State.Closed() {
		return hearth.Errorf(hearth.CodeConflict, "This task is %s already.", t.State)
	}
	if t.State == Taken && actor.Kind == "staff" && string(t.Owner) == actor.ID {
		return nil
	}
	manager, err := s.may(ctx, tx, actor, t)
	if err != nil {
		return fmt.Errorf("take task %s: %w", id, err)
	}
	if t.State == Taken && t.Owner != "" && !manager {
		return hearth.Errorf(hearth.CodeConflict, "%s is at this task already.", s.nameOf(ctx, tx, t.Owner))
	}
	t.State = Taken
	if actor.Kind == "staff" {
		t.Owner = hearth.StaffID(actor.ID)
	}
	if err := update(ctx, tx, t); err != nil {
		return fmt.Errorf("take task %s: %w", id, err)
	}
	return nil
}

// Decline gives a task back: it goes to the property's queue, and its due row fires at once so that decide finds
// somebody else. It appends task.declined.
func (s *Store) Decline(ctx context.Context, tx *db.Tx, actor hearth.Actor, id hearth.TaskID, reason string) error {
	t, err := lock(ctx, tx, id)
	if err != nil {
		return fmt.Errorf("decline task %s: %w", id, err)
	}
	if t.State.Closed() {
		return hearth.Errorf(hearth.CodeConflict, "This task is %s already.", t.State)
	}
	manager, err := s.may(ctx, tx, actor, t)
	if err != nil {
		return fmt.Errorf("decline task %s: %w", id, err)
	}
	if !manager && t.Owner != "" && string(t.Owner) != actor.ID {
		return hearth.Errorf(hearth.CodeForbidden, "Only %s or a manager can give this task back.", s.nameOf(ctx, tx, t.Owner))
	}
	from := t.Owner
	t.State, t.Owner = Open, ""
	t.note(fmt.Sprintf("Given back by %s: %s", actorName(actor), orNoReason(reason)))
	if err := update(ctx, tx, t); err != nil {
		return fmt.Errorf("decline task %s: %w", id, err)
	}
	d := t.due()
	d.At = tx.Now()
	d.Payload = "declined:" + string(from)
	if err := work.Put(ctx, tx, []work.Due{d}); err != nil {
		return fmt.Errorf("decline task %s: %w", id, err)
	}
	return s.tell(ctx, tx, actor, t, "task.declined", map[string]any{"task": string(t.ID), "kind": t.Kind, "reason": reason},
		fmt.Sprintf("declined/%d", hearth.Millis(tx.Now())))
}

// Handover says who has a task from now on, and why in words. Staff "" is the property's queue.
type Handover struct {
	Role  hearth.Role
	Staff hearth.StaffID
	DueAt time.Time // the new due time; zero keeps the old one
	// NotifyAt is when it may reach the new owner; zero is now.
	NotifyAt time.Time
	Reason   string
	// Next is when the escalation looks at the task again; zero: at the due time. decide computes it in business time.
	Next  time.Time
	Rungs int // how many steps of the escalation were used
}

// Escalate hands a task over, because it is late or was declined, and appends task.escalated. A closed task is left
// alone. The choice is decide's.
func (s *Store) Escalate(ctx context.Context, tx *db.Tx, id hearth.TaskID, to Handover) error {
	t, err := lock(ctx, tx, id)
	if err != nil {
		return fmt.Errorf("hand over task %s: %w", id, err)
	}
	if t.State.Closed() {
		return nil
	}
	if !to.Role.Valid() {
		return hearth.FieldErrorf("role", "%q is not a role; a task is never without one.", to.Role)
	}
	t.Role, t.Owner, t.State = to.Role, to.Staff, Open
	if !to.DueAt.IsZero() {
		t.DueAt = to.DueAt
	}
	t.Escalated += to.Rungs
	t.StandsInFor = ""
	t.reach(to.NotifyAt, tx.Now())
	t.note(to.Reason)
	if err := update(ctx, tx, t); err != nil {
		return fmt.Errorf("hand over task %s: %w", id, err)
	}
	if err := s.Watch(ctx, tx, t, to.Next); err != nil {
		return err
	}
	return s.tell(ctx, tx, hearth.System("decide/assign"), t, "task.escalated",
		map[string]any{"task": string(t.ID), "to": string(to.Role), "staff": string(to.Staff), "reason": to.Reason},
		fmt.Sprintf("escalated/%d/%d", t.Escalated, hearth.Millis(tx.Now())))
}

// Watch has decide look at an open task again at a time; the zero time is the due time, and one that is past is now
// past for good: nothing is put.
func (s *Store) Watch(ctx context.Context, tx *db.Tx, t Task, at time.Time) error {
	d := t.due()
	if !at.IsZero() {
		d.At = at
	}
	if !d.At.After(tx.Now()) {
		return nil
	}
	if err := work.Put(ctx, tx, []work.Due{d}); err != nil {
		return fmt.Errorf("watch task %s: %w", t.ID, err)
	}
	return nil
}

// Cancel ends a task that is no longer needed, for example because its run has left. A closed one is left alone.
func (s *Store) Cancel(ctx context.Context, tx *db.Tx, actor hearth.Actor, id hearth.TaskID, reason string) error {
	t, err := lock(ctx, tx, id)
	if err != nil {
		return fmt.Errorf("cancel task %s: %w", id, err)
	}
	if t.State.Closed() {
		return nil
	}
	t.State, t.Closed, t.ClosedBy = Cancelled, tx.Now(), actor
	t.note("Cancelled: " + orNoReason(reason))
	if err := update(ctx, tx, t); err != nil {
		return fmt.Errorf("cancel task %s: %w", id, err)
	}
	return nil
}

// maxNotes bounds the remarks of a task that is handed round and round.
const maxNotes = 20

func (t *Task) note(line string) {
	if line == "" {
		return
	}
	t.Context.Notes = append(t.Context.Notes, line)
	if n := len(t.Context.Notes); n > maxNotes {
		t.Context.Notes = t.Context.Notes[n-maxNotes:]
	}
}

func orNoReason(reason string) string {
	if reason == "" {
		return "no reason given."
	}
	return reason
}

func actorName(a hearth.Actor) string {
	if a.Name != "" {
		return a.Name
	}
	return a.String()
}

// may tells whether the actor may work on the task, and whether with a manager's rights. Programs with a token and
// Hearth itself act for whoever owns it; a scope was checked at the door.
func (s *Store) may(ctx context.Context, tx *db.Tx, actor hearth.Actor, t Task) (manager bool, err error) {
	switch actor.Kind {
	case "system", "token":
		return true, nil
	case "staff":
	default:
		return false, hearth.Errorf(hearth.CodeForbidden, "Tasks are for the team.")
	}
	m, err := s.records.Staff(ctx, tx, hearth.StaffID(actor.ID))
	if err != nil {
		return false, err
	}
	if m.Inactive {
		return false, hearth.Errorf(hearth.CodeForbidden, "%s is no longer on the team.", m.Name)
	}
	for _, r := range m.Roles {
		if r.Property != t.Property {
			continue
		}
		switch r.Role {
		case hearth.RoleManager, hearth.RoleAssistant, hearth.RoleRegional, hearth.RoleAdmin:
			return true, nil
		}
	}
	if string(t.Owner) == actor.ID || m.HasRole(t.Property, t.Role) {
		return false, nil
	}
	return false, hearth.Errorf(hearth.CodeForbidden, "This task is for the role %s at this property.", t.Role)
}

// nameOf gives a name for a sentence; a reader is better served by the id than by an error.
func (s *Store) nameOf(ctx context.Context, tx *db.Tx, id hearth.StaffID) string {
	m, err := s.records.Staff(ctx, tx, id)
	if err != nil {
		return string(id)
	}
	return m.Name
}

// tell appends an event about a task.
func (s *Store) tell(ctx context.Context, tx *db.Tx, actor hearth.Actor, t Task, kind hearth.EventType, data map[string]any, once string) error {
	b, err := json.Marshal(data)
	if err != nil {
		return fmt.Errorf("encode %s: %w", kind, err)
	}
	ev := &hearth.Event{ID: hearth.DeriveID("evt_", "task", string(t.ID), string(kind), once), Source: "hearth/act/task",
		Type: kind, Subject: t.subject(), Property: t.Property, Actor: actor, Time: tx.Now(), Data: b}
	if t.Resident != "" {
		ev.Residents = []hearth.ResidentID{t.Resident}
	}
	if _, err := s.log.Append(ctx, tx, ev); err != nil {
		return fmt.Errorf("append %s of task %s: %w", kind, t.ID, err)
	}
	return nil
}

// subject is the resident whom the task is about, else the task itself.
func (t Task) subject() hearth.Subject {
	if t.Resident != "" {
		return hearth.Subject{Kind: "resident", ID: string(t.Resident)}
	}
	return hearth.Subject{Kind: "task", ID: string(t.ID)}
}
