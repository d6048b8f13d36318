package assign

import (
	"context"
	"fmt"
	"strings"
	"time"

	"hearth"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
	"hearth/internal/fact/record"
)

// Assigner chooses owners. It is safe for concurrent use.
type Assigner struct {
	records *record.Store
	tasks   *task.Store
}

// New makes an assigner.
func New(records *record.Store, tasks *task.Store) *Assigner {
	return &Assigner{records: records, tasks: tasks}
}

// Choose names the owner for a task and the time that it is due. For several in one transaction take a Round.
func (s *Assigner) Choose(ctx context.Context, tx *db.Tx, a Ask) (Choice, error) {
	return s.Round().Choose(ctx, tx, a)
}

// Calendar gives a property's business calendar, for due times.
func (s *Assigner) Calendar(ctx context.Context, tx *db.Tx, property hearth.PropertyID) (Calendar, error) {
	return s.Round().Calendar(ctx, tx, property)
}

// Overdue is what became of a task whose due row fired.
type Overdue struct {
	Task   hearth.TaskID
	Action string // "closed": nothing to do; "waits": the next rung is not due yet; "handed over"; "stays": no rung left
	Choice Choice
	Until  time.Time // for "waits"
}

// Wake handles the due rows of tasks (task.DueKind): a declined task finds another owner at once; a late one goes to
// the next rung of its escalation once that rung's business time after the due time has passed; without a rung left it
// stays where it is. A task is never without a queue.
func (s *Assigner) Wake(ctx context.Context, tx *db.Tx, due []work.Due) ([]Overdue, error) {
	out := make([]Overdue, 0, len(due))
	for _, d := range due {
		if d.Kind != task.DueKind {
			continue
		}
		o, err := s.wake(ctx, tx, d)
		if err != nil {
			return nil, fmt.Errorf("due task %s: %w", d.Key, err)
		}
		out = append(out, o)
	}
	return out, nil
}

func (s *Assigner) wake(ctx context.Context, tx *db.Tx, d work.Due) (Overdue, error) {
	t, err := s.tasks.Get(ctx, tx, hearth.TaskID(d.Key))
	if hearth.CodeOf(err) == hearth.CodeNotFound {
		return Overdue{Task: hearth.TaskID(d.Key), Action: "closed"}, nil
	}
	if err != nil {
		return Overdue{}, err
	}
	if t.State.Closed() {
		return Overdue{Task: t.ID, Action: "closed"}, nil
	}
	cal, err := s.Calendar(ctx, tx, t.Property)
	if err != nil {
		return Overdue{}, err
	}
	if from, declined := strings.CutPrefix(d.Payload, "declined:"); declined {
		return s.redistribute(ctx, tx, cal, t, hearth.StaffID(from))
	}
	rung, ok := t.NextRung()
	if !ok {
		return Overdue{Task: t.ID, Action: "stays"}, nil
	}
	if at := RungAt(cal, t.DueAt, rung); at.After(tx.Now()) {
		return Overdue{Task: t.ID, Action: "waits", Until: at}, s.tasks.Watch(ctx, tx, t, at)
	}
	return s.climb(ctx, tx, cal, t, rung)
}

// RungAt gives the time at which a rung of the escalation takes over from a task that was due.
func RungAt(cal Calendar, due time.Time, r task.Rung) time.Time {
	at := due
	if r.AfterBusinessDays > 0 {
		at = cal.AddDays(at, r.AfterBusinessDays)
	}
	if r.AfterBusinessHours > 0 {
		at = cal.Add(at, time.Duration(r.AfterBusinessHours*float64(time.Hour)))
	}
	return at
}

// redistribute finds another owner in the same role for a declined task, else climbs the escalation, else leaves it in
// the queue.
func (s *Assigner) redistribute(ctx context.Context, tx *db.Tx, cal Calendar, t task.Task, from hearth.StaffID) (Overdue, error) {
	c, err := s.Choose(ctx, tx, Ask{Property: t.Property, Role: t.Role, Resident: t.Resident, Minutes: t.Minutes,
		Due: latest(t.DueAt, tx.Now()), Except: from})
	if err != nil {
		return Overdue{}, err
	}
	if rung, ok := t.NextRung(); c.Staff == "" && ok {
		return s.climb(ctx, tx, cal, t, rung)
	}
	err = s.tasks.Escalate(ctx, tx, t.ID, task.Handover{Role: t.Role, Staff: c.Staff, Reason: "Given back. " + c.Reason,
		Next: s.next(cal, t, t.DueAt, t.Escalated)})
	return Overdue{Task: t.ID, Action: "handed over", Choice: c}, err
}

// climb hands a task to the next rung. The new owner gets the day on which they have it, because what was due is past.
func (s *Assigner) climb(ctx context.Context, tx *db.Tx, cal Calendar, t task.Task, rung task.Rung) (Overdue, error) {
	due := latest(t.DueAt, cal.Add(tx.Now(), time.Hour))
	c, err := s.Choose(ctx, tx, Ask{Property: t.Property, Role: rung.Role, Resident: t.Resident, Minutes: t.Minutes, Due: due, Except: t.Owner})
	if err != nil {
		return Overdue{}, err
	}
	reason := fmt.Sprintf("Not done when it was due. %s", c.Reason)
	err = s.tasks.Escalate(ctx, tx, t.ID, task.Handover{Role: rung.Role, Staff: c.Staff, DueAt: c.Due, Reason: reason, Rung: true,
		Next: s.next(cal, t, c.Due, t.Escalated+1)})
	return Overdue{Task: t.ID, Action: "handed over", Choice: c}, err
}

// next is when the rung after a handover would take over; zero, so the due time, when there is none.
func (s *Assigner) next(cal Calendar, t task.Task, due time.Time, used int) time.Time {
	t.Escalated = used
	if rung, ok := t.NextRung(); ok {
		return RungAt(cal, due, rung)
	}
	return time.Time{}
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
