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
)

// Overdue is what became of a task whose due row fired.
type Overdue struct {
	Task   hearth.TaskID
	Action string // "closed": nothing to do; "waits": the next rung is not due yet; "handed over"; "stays": no rung left
	Choice Choice
	Until  time.Time // for "waits"
}

// Wake handles the due rows of tasks (task.DueKind): a declined task finds another owner at once; a late one goes to
// the next rung of its escalation once that rung's business time after the due time has passed and somebody of it is on
// duty; without a rung left it stays where it is. A task is never without a queue.
func (r *Round) Wake(ctx context.Context, tx *db.Tx, due []work.Due) ([]Overdue, error) {
	out := make([]Overdue, 0, len(due))
	for _, d := range due {
		if d.Kind != task.DueKind {
			continue
		}
		o, err := r.wake(ctx, tx, d)
		if err != nil {
			return nil, fmt.Errorf("due task %s: %w", d.Key, err)
		}
		out = append(out, o)
	}
	return out, nil
}

func (r *Round) wake(ctx context.Context, tx *db.Tx, d work.Due) (Overdue, error) {
	t, err := r.s.tasks.Get(ctx, tx, hearth.TaskID(d.Key))
	if hearth.CodeOf(err) == hearth.CodeNotFound {
		return Overdue{Task: hearth.TaskID(d.Key), Action: "closed"}, nil
	}
	if err != nil {
		return Overdue{}, err
	}
	if t.State.Closed() {
		return Overdue{Task: t.ID, Action: "closed"}, nil
	}
	cal, err := r.Calendar(ctx, tx, t.Property)
	if err != nil {
		return Overdue{}, err
	}
	if from, declined := strings.CutPrefix(d.Payload, "declined:"); declined {
		return r.redistribute(ctx, tx, cal, t, hearth.StaffID(from))
	}
	rung, ok := t.NextRung()
	if !ok {
		return Overdue{Task: t.ID, Action: "stays"}, nil
	}
	if at := RungAt(cal, t.DueAt, rung); at.After(tx.Now()) {
		return Overdue{Task: t.ID, Action: "waits", Until: at}, r.s.tasks.Watch(ctx, tx, t, at)
	}
	return r.climb(ctx, tx, cal, t)
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
func (r *Round) redistribute(ctx context.Context, tx *db.Tx, cal Calendar, t task.Task, from hearth.StaffID) (Overdue, error) {
	c, err := r.Choose(ctx, tx, Ask{Property: t.Property, Role: t.Role, Resident: t.Resident, Minutes: t.Minutes,
		Due: latest(t.DueAt, tx.Now()), Except: from, Stored: true})
	if err != nil {
		return Overdue{}, err
	}
	if _, ok := t.NextRung(); c.Staff == "" && ok {
		return r.climb(ctx, tx, cal, t)
	}
	h := task.Handover{Role: t.Role, Staff: c.Staff, NotifyAt: c.Notify, Reason: "Given back. " + c.Reason, Next: next(cal, t, t.DueAt, t.Escalated)}
	if c.Staff != "" {
		h.DueAt = c.Due
	}
	return Overdue{Task: t.ID, Action: "handed over", Choice: c}, r.s.tasks.Escalate(ctx, tx, t.ID, h)
}

// climb hands a task to the next rung that has somebody on duty; while none has, it waits for the first one to be. The
// new owner gets the day on which they have it, because what was due is past.
func (r *Round) climb(ctx context.Context, tx *db.Tx, cal Calendar, t task.Task) (Overdue, error) {
	sit, err := r.site(ctx, tx, t.Property)
	if err != nil {
		return Overdue{}, err
	}
	rungs, at := sit.rung(t)
	if at.After(tx.Now()) {
		return Overdue{Task: t.ID, Action: "waits", Until: at}, r.s.tasks.Watch(ctx, tx, t, at)
	}
	role := t.Escalation[t.Escalated+rungs-1].Role
	c, err := r.Choose(ctx, tx, Ask{Property: t.Property, Role: role, Resident: t.Resident, Minutes: t.Minutes,
		Due: sit.until(t.DueAt), Except: t.Owner, Own: true, Stored: true})
	if err != nil {
		return Overdue{}, err
	}
	reason := fmt.Sprintf("Not done when it was due. %s", c.Reason)
	err = r.s.tasks.Escalate(ctx, tx, t.ID, task.Handover{Role: role, Staff: c.Staff, DueAt: c.Due, NotifyAt: c.Notify, Reason: reason, Rungs: rungs,
		Next: next(cal, t, c.Due, t.Escalated+rungs)})
	return Overdue{Task: t.ID, Action: "handed over", Choice: c}, err
}

// rung gives how many steps of the escalation to take, at least one, and when: to the first that has somebody on duty,
// which for most is now. A role that nobody has is passed over while one above it has people, and else gets its queue.
func (s *situation) rung(t task.Task) (steps int, at time.Time) {
	steps, at = 1, s.now
	found := false
	for i := t.Escalated; i < len(t.Escalation); i++ {
		opens, ok := s.opening(t.Escalation[i].Role, t.Property, t.Owner)
		if !ok {
			continue
		}
		if !found || opens.Before(at) {
			steps, at, found = i-t.Escalated+1, opens, true
		}
		if !at.After(s.now) {
			break
		}
	}
	return steps, at
}

// opening gives when somebody of the role is on duty, from now on; false when nobody ever is.
func (s *situation) opening(role hearth.Role, property hearth.PropertyID, except hearth.StaffID) (first time.Time, ok bool) {
	for i := range s.team {
		m := &s.team[i]
		if m.Inactive || m.ID == except || !m.HasRole(property, role) {
			continue
		}
		at, works := CalendarOf(s.settings, m, s.zone).Opening(s.now)
		if works && (!ok || at.Before(first)) {
			first, ok = at, true
		}
	}
	return first, ok
}

// next is when the rung after a handover would take over; zero, so the due time, when there is none.
func next(cal Calendar, t task.Task, due time.Time, used int) time.Time {
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
