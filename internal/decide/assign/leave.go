package assign

import (
	"context"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
	"hearth/internal/fact/record"
)

// Moved is a task that changed hands because somebody went on leave or came back.
type Moved struct {
	Task   task.Task // as it was before
	Choice Choice
}

// maxMoved bounds the tasks that one due row moves; nobody has that many open.
const maxMoved = 1000

// Leave handles the due rows of people's leave (record.LeaveKind and ReturnKind). At the beginning, what they cannot do
// any more in time after their return goes to their backup, else to another of its role, else to their supervisor; at
// the end, what nobody has begun comes back to them.
func (r *Round) Leave(ctx context.Context, tx *db.Tx, d work.Due) ([]Moved, error) {
	id, property := record.LeaveOf(d.Key)
	sit, err := r.site(ctx, tx, property)
	if hearth.CodeOf(err) == hearth.CodeNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	m, err := r.staffOf(ctx, tx, sit, id)
	if hearth.CodeOf(err) == hearth.CodeNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	away := m.Inactive || awayAt(&m, sit.now, sit.zone)
	switch {
	case away && d.Kind == record.LeaveKind:
		return r.goes(ctx, tx, sit, property, &m)
	case !away && d.Kind == record.ReturnKind:
		return r.returns(ctx, tx, sit, property, &m)
	}
	return nil, nil // the leave was taken back, or another one follows it
}

func (r *Round) goes(ctx context.Context, tx *db.Tx, sit *site, property hearth.PropertyID, m *record.Staff) ([]Moved, error) {
	open, err := r.open(ctx, tx, task.Filter{Property: property, Owner: m.ID})
	if err != nil {
		return nil, err
	}
	var out []Moved
	for _, t := range open {
		if sit.manages(m, t) {
			continue
		}
		c, role, err := r.instead(ctx, tx, sit, m, t)
		if err != nil {
			return nil, err
		}
		if t.Role != role {
			c.Reason += " They have another role."
		}
		h := task.Handover{Role: t.Role, Staff: c.Staff, DueAt: c.Due, NotifyAt: c.Notify, Reason: c.Reason}
		if c.Staff == "" {
			h.DueAt = time.Time{}
		}
		if err := r.lend(ctx, tx, sit, t, m.ID, h); err != nil {
			return nil, err
		}
		out = append(out, Moved{t, c})
	}
	return out, nil
}

// manages tells whether somebody who is on leave can still do a task in time after it.
func (s *situation) manages(m *record.Staff, t task.Task) bool {
	if m.Inactive {
		return false
	}
	cal := CalendarOf(s.settings, m, s.zone)
	back, ok := cal.Opening(s.now)
	return ok && !cal.Add(back, time.Duration(t.Minutes)*time.Minute).After(t.DueAt)
}

// instead chooses who has a task while its owner is on leave: with room the backup, another of the role, the supervisor;
// without room the backup all the same, then the other; else the queue. role is the one that they have it in.
func (r *Round) instead(ctx context.Context, tx *db.Tx, sit *site, m *record.Staff, t task.Task) (c Choice, role hearth.Role, err error) {
	a := Ask{Property: t.Property, Role: t.Role, Resident: t.Resident, Minutes: t.Minutes, Due: sit.until(t.DueAt), Except: m.ID}
	if _, err := r.ready(ctx, tx, a); err != nil {
		return Choice{}, "", err
	}
	other := sit.choose(a)
	backup, hasBackup := sit.onOneDay(m.Backup, a)
	supervisor, hasSupervisor := sit.onOneDay(m.Supervisor, a)
	day := hearth.DayOf(a.Due, sit.zone)
	full, hasFull := sit.on(m.Backup, day, a.Due, a)
	switch {
	case hasBackup:
		c = sit.chosen(backup, a, 1)
		c.Reason = fmt.Sprintf("%s stands in for them.", backup.staff.Name)
	case other.Staff != "" && !other.Over:
		c = other
	case hasSupervisor:
		c = sit.chosen(supervisor, a, 1)
		c.Reason = fmt.Sprintf("%s is their supervisor, and nobody else has room.", supervisor.staff.Name)
	case hasFull:
		c = sit.over(full, a)
		c.Reason = fmt.Sprintf("%s stands in for them, though past the %d minutes of %s.", full.staff.Name, full.minutes, dayName(full.day))
	default:
		c = other
	}
	c.Notify = sit.notify(c.Staff)
	c.Reason = awayWords(m) + " " + c.Reason
	sit.give(c, t.Minutes, true)
	role = t.Role
	if who := sit.member(c.Staff); who != nil && !who.HasRole(t.Property, t.Role) {
		role = ""
	}
	return c, role, r.tell(ctx, tx, t.Property, sit, c)
}

func awayWords(m *record.Staff) string {
	if m.Inactive {
		return m.Name + " is no longer on the team."
	}
	return m.Name + " is on leave."
}

func (r *Round) returns(ctx context.Context, tx *db.Tx, sit *site, property hearth.PropertyID, m *record.Staff) ([]Moved, error) {
	lent, err := r.open(ctx, tx, task.Filter{Property: property, StandsInFor: m.ID, States: []task.State{task.Open}})
	if err != nil {
		return nil, err
	}
	var out []Moved
	for _, t := range lent {
		c, err := r.again(ctx, tx, sit, m, t)
		if err != nil {
			return nil, err
		}
		h := task.Handover{Role: t.Role, Staff: m.ID, DueAt: c.Due, NotifyAt: c.Notify, Reason: c.Reason}
		if err := r.lend(ctx, tx, sit, t, m.ID, h); err != nil {
			return nil, err
		}
		sit.give(c, t.Minutes, true)
		if err := r.tell(ctx, tx, property, sit, c); err != nil {
			return nil, err
		}
		out = append(out, Moved{t, c})
	}
	return out, nil
}

// again chooses when somebody who is back has a task once more: when it is due; else, as that is past or too soon, on the
// first day of the coming week with room for it, so that not everything of a long leave stands on their first day.
func (r *Round) again(ctx context.Context, tx *db.Tx, sit *site, m *record.Staff, t task.Task) (Choice, error) {
	first := CalendarOf(sit.settings, m, sit.zone).Add(sit.now, time.Duration(t.Minutes)*time.Minute)
	c := Choice{Staff: m.ID, Name: m.Name, Due: latest(t.DueAt, first), Notify: sit.notify(m.ID), Reason: m.Name + " is back, and nobody had begun it."}
	if !first.After(t.DueAt) {
		return c, nil
	}
	// What was meant for today is not put off by days, and the rest by no longer than it had at first.
	had := t.DueAt.Sub(t.Made)
	if had < 24*time.Hour {
		had = 0
	}
	a := Ask{Property: t.Property, Role: t.Role, Minutes: t.Minutes, Due: first, Slack: min(had, week*24*time.Hour)}
	if _, err := r.ready(ctx, tx, a); err != nil {
		return Choice{}, err
	}
	on, ok := sit.onOneDay(m.ID, a)
	if !ok {
		c.Over = true
		return c, nil
	}
	if today := hearth.DayOf(first, sit.zone); on.day != today {
		c.Due = on.due
		c.Reason += fmt.Sprintf(" %s is full, so it is for %s.", dayName(today), dayName(on.day))
	}
	return c, nil
}

// lend moves a task and keeps its escalation in step with its due time.
func (r *Round) lend(ctx context.Context, tx *db.Tx, sit *site, t task.Task, owner hearth.StaffID, h task.Handover) error {
	due := t.DueAt
	if !h.DueAt.IsZero() {
		due = h.DueAt
	}
	if !due.After(sit.now) {
		h.Next = next(CalendarOf(sit.settings, nil, sit.zone), t, due, t.Escalated)
	}
	return r.s.tasks.Lend(ctx, tx, t.ID, owner, h)
}

// open lists what is still to do, all pages.
func (r *Round) open(ctx context.Context, tx *db.Tx, f task.Filter) ([]task.Task, error) {
	var out []task.Task
	for cursor := ""; len(out) < maxMoved; {
		page, next, err := r.s.tasks.List(ctx, tx, f, cursor, 0)
		if err != nil {
			return nil, err
		}
		out, cursor = append(out, page...), next
		if next == "" {
			break
		}
	}
	return out, nil
}
