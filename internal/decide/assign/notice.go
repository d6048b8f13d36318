package assign

import (
	"context"
	"errors"
	"fmt"
	"sort"

	"hearth"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/fact/record"
)

// The kinds of task with which too much work is told.
const (
	CapacityKind = "capacity" // to a property's manager, at most once a day
	OverloadKind = "overload" // of one person for days: to their supervisor, at most once in two weeks
)

// noticeMinutes is how long it takes to read a notice and decide.
const noticeMinutes = 5

// restDays is for how long somebody's lasting overload is not told again.
const restDays = 14

// Notices gives the tasks that tell what this round gave past somebody's minutes: one a day to the property's manager,
// and one to the supervisor of whoever has been past them for three working days in a row. The caller inserts them with
// the rest; they are given once.
func (r *Round) Notices() []task.Task {
	out := r.notices
	r.notices = nil
	return out
}

// tell notes that a choice went past somebody's minutes. It counts as of this choice and not of the round's end, so that
// the numbers are the same wherever rounds end.
func (r *Round) tell(ctx context.Context, tx *db.Tx, property hearth.PropertyID, sit *site, c Choice) error {
	if !c.Over {
		return nil
	}
	if !r.told[property] {
		r.told[property] = true
		if err := r.exceeded(ctx, tx, property, sit); err != nil {
			return fmt.Errorf("tell that capacity is exceeded at %s: %w", property, err)
		}
	}
	if err := r.overloaded(ctx, tx, property, sit, sit.member(c.Staff)); err != nil {
		return fmt.Errorf("tell who is overloaded at %s: %w", property, err)
	}
	return nil
}

// exceeded makes the manager's notice of the day, unless they have it.
func (r *Round) exceeded(ctx context.Context, tx *db.Tx, property hearth.PropertyID, sit *site) error {
	day := hearth.DayOf(sit.now, sit.zone)
	id := hearth.TaskID(hearth.DeriveID("tsk_", CapacityKind, string(property), day.String()))
	if _, err := r.s.tasks.Get(ctx, tx, id); hearth.CodeOf(err) != hearth.CodeNotFound {
		return err
	}
	facts, most := sit.fullDays(day)
	t := task.Task{ID: id, Property: property, Kind: CapacityKind, Title: fmt.Sprintf("More work than minutes at %s", sit.name),
		Why: fmt.Sprintf("On %s the team has %d minutes of tasks more than it has minutes for. The tasks stand with whoever is least loaded; nothing was left out. "+
			"This is told once a day.", dayName(most.day), most.past),
		Context:   task.Context{Facts: facts},
		Checklist: []string{"Look at the load of the coming days.", "Move, lighten or drop what can wait, or find more hands."},
		Role:      hearth.RoleManager, Minutes: noticeMinutes, Made: sit.now}
	return r.notice(ctx, tx, sit, t, "")
}

// notice gives a notice its owner: to when they are on the team and not away, else somebody of the role.
func (r *Round) notice(ctx context.Context, tx *db.Tx, sit *site, t task.Task, to hearth.StaffID) error {
	due := CalendarOf(sit.settings, nil, sit.zone).AddDays(sit.now, 1)
	a := Ask{Property: t.Property, Role: t.Role, Minutes: t.Minutes, Due: due, Own: true}
	if _, err := r.ready(ctx, tx, a); err != nil {
		return err
	}
	c := sit.choose(a)
	if day, ok := sit.on(to, hearth.DayOf(due, sit.zone), due, a); ok {
		c = sit.chosen(day, a, 1)
		c.Notify = sit.notify(to)
	}
	sit.give(c, t.Minutes, false) // and is no reason for another notice
	t.Owner, t.DueAt, t.NotifyAt = c.Staff, c.Due, c.Notify
	t.Context.Notes = append(t.Context.Notes, c.Reason)
	r.notices = append(r.notices, t)
	return nil
}

// past is by how many minutes a day is past what somebody, or the team, has.
type past struct {
	day  hearth.Day
	past int
}

// maxFull bounds the lines of a notice.
const maxFull = 12

// fullDays lists who is past their minutes on which day from today on, and the day with the most.
func (s *situation) fullDays(today hearth.Day) (facts []task.Fact, most past) {
	days := make([]hearth.Day, 0, len(s.load))
	for d := range s.load {
		if d >= today {
			days = append(days, d)
		}
	}
	sort.Slice(days, func(i, j int) bool { return days[i] < days[j] })
	for _, d := range days {
		sum := 0
		for i := range s.team {
			m := &s.team[i]
			given, has := s.load[d][m.ID], s.capacity(m, CalendarOf(s.settings, m, s.zone), d)
			if m.Inactive || given <= has {
				continue
			}
			sum += given - has
			if len(facts) < maxFull {
				facts = append(facts, task.Fact{Name: m.Name + ", " + dayName(d), Value: fmt.Sprintf("%d minutes given, %d to give", given, has)})
			}
		}
		if sum > most.past {
			most = past{d, sum}
		}
	}
	return facts, most
}

// overloaded makes the notice of somebody who has been past their minutes for days, unless it was told of late.
func (r *Round) overloaded(ctx context.Context, tx *db.Tx, property hearth.PropertyID, sit *site, m *record.Staff) error {
	if m == nil {
		return nil
	}
	days := sit.streak(m)
	if len(days) < lasting {
		return nil
	}
	today := hearth.DayOf(sit.now, sit.zone)
	var told hearth.Day
	err := tx.Row(ctx, selectTold, tx.Org(), string(m.ID)).Scan(&told)
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		return err
	}
	if told >= today {
		return nil
	}
	if _, err := tx.Exec(ctx, upsertTold, tx.Org(), string(m.ID), int64(today+restDays)); err != nil {
		return err
	}
	return r.notice(ctx, tx, sit, sit.overload(property, m, days), m.Supervisor)
}

func (s *situation) overload(property hearth.PropertyID, m *record.Staff, days []hearth.Day) task.Task {
	var facts []task.Fact
	for _, d := range days {
		facts = append(facts, task.Fact{Name: dayName(d), Value: fmt.Sprintf("%d minutes given, %d to give", s.load[d][m.ID],
			s.capacity(m, CalendarOf(s.settings, m, s.zone), d))})
	}
	return task.Task{ID: hearth.TaskID(hearth.DeriveID("tsk_", OverloadKind, string(m.ID), hearth.DayOf(s.now, s.zone).String())),
		Property: property, Kind: OverloadKind, Title: fmt.Sprintf("%s has had too much for %d days in a row", m.Name, len(days)),
		Why: fmt.Sprintf("Each working day from %s to %s holds more tasks for %s than minutes. It is told once in two weeks.", dayName(days[0]),
			dayName(days[len(days)-1]), m.Name),
		Context:   task.Context{Facts: facts},
		Checklist: []string{"Talk with " + m.Name + ".", "Take something off them, or say what may wait."},
		Role:      hearth.RoleManager, Minutes: noticeMinutes, Made: s.now}
}

// streak gives the longest row of somebody's working days past their minutes that reaches to today or later; days
// without work neither count nor break it.
func (s *site) streak(m *record.Staff) []hearth.Day {
	cal, today := CalendarOf(s.settings, m, s.zone), hearth.DayOf(s.now, s.zone)
	var row, best []hearth.Day
	for d := s.from; d < s.to; d++ {
		has := s.capacity(m, cal, d)
		switch given := s.load[d][m.ID]; {
		case has == 0 && given == 0:
		case given > has:
			if row = append(row, d); d >= today && len(row) > len(best) {
				best = append([]hearth.Day(nil), row...)
			}
		default:
			row = nil
		}
	}
	return best
}

const (
	selectTold = `SELECT told FROM overloads WHERE org = $1 AND staff = $2`
	upsertTold = `INSERT INTO overloads (org, staff, told) VALUES ($1, $2, $3) ON CONFLICT (org, staff) DO UPDATE SET told = excluded.told`
)
