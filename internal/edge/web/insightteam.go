package web

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"hearth"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/base/page/ui"
	"hearth/internal/decide/assign"
	"hearth/internal/fact/account"
	"hearth/internal/fact/record"
)

// teamDays is how many days of the team are shown.
const teamDays = 7

// crewView is the team's coming days, ready to be drawn.
type crewView struct {
	Lead   string
	Days   []string
	People []crewRow
	Queue  []crewRow
	Relief []reliefRow
	Full   bool // somebody has more than their minutes on some day
	Away   []awayRow
}

type crewRow struct {
	Name, Roles string
	Days        []crewDay
}

// crewDay is one person's day.
type crewDay struct {
	Day     string
	Words   string
	Percent int
	Shade   ui.Shade
	Off     bool
	Free    bool // nothing is planned
	Away    string
}

type reliefRow struct{ What, Words, Href string }

type awayRow struct{ Name, Words string }

func (q *request) insightTeam() (templ.Component, error) {
	v := crewView{Lead: "Planned minutes against what each has, for the next seven days."}
	if q.web.Assign == nil || q.place.ID == "" {
		return insightTeamPage(q.frame("Insight", "/insight"), v), nil
	}
	var f *assign.Forecast
	var tasks []task.Task
	var team []record.Staff
	var closed map[hearth.PlaybookID]bool
	var hidden []task.Share
	err := q.read(func(ctx context.Context, tx *db.Tx) (err error) {
		if f, err = q.web.Assign.Forecast(ctx, tx, q.place.ID, teamDays); err != nil {
			return err
		}
		if tasks, _, err = q.web.Tasks.List(ctx, tx, task.Filter{Property: q.place.ID}, "", 500); err != nil {
			return err
		}
		if team, err = q.web.Records.StaffAt(ctx, tx, q.place.ID); err != nil {
			return err
		}
		if closed, err = q.closedPlaybooks(ctx, tx); err != nil {
			return err
		}
		hidden, err = q.web.Tasks.GivenBy(ctx, tx, slices.Sorted(maps.Keys(closed)), q.place.ID, f.From.Start(f.Zone), (f.From + hearth.Day(f.Days)).Start(f.Zone))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the team's days: %w", err)
	}
	lighten(f, hidden)
	for d := range teamDays {
		v.Days = append(v.Days, dayName(f.From+hearth.Day(d), f.From))
	}
	for _, p := range f.People {
		v.People = append(v.People, crewOf(p, v.Days, &v.Full))
	}
	for _, queue := range f.Queue {
		v.Queue = append(v.Queue, queueOf(queue, v.Days))
	}
	v.relieve(q, f, tasks, closed)
	v.absences(team, f.From)
	return insightTeamPage(q.frame("Insight", "/insight"), v), nil
}

// lighten takes tasks of which the viewer is told nothing out of the load: how full somebody is would say that there are some.
func lighten(f *assign.Forecast, hidden []task.Share) {
	for _, t := range hidden {
		d := int(hearth.DayOf(t.At, f.Zone) - f.From)
		if d < 0 || d >= f.Days {
			continue
		}
		for i := range f.People {
			if f.People[i].Staff == t.Owner {
				f.People[i].Days[d].Given = max(0, f.People[i].Days[d].Given-t.Minutes)
			}
		}
		for i := range f.Queue {
			if t.Owner == "" && f.Queue[i].Role == t.Role {
				f.Queue[i].Minutes[d] = max(0, f.Queue[i].Minutes[d]-t.Minutes)
			}
		}
	}
	f.Queue = slices.DeleteFunc(f.Queue, func(l assign.QueueLoad) bool { return slices.Max(l.Minutes) == 0 })
}

func dayName(d, today hearth.Day) string {
	switch d - today {
	case 0:
		return "Today"
	case 1:
		return "Tomorrow"
	}
	_, _, day := d.Date()
	return d.Weekday().String()[:3] + " " + strconv.Itoa(day)
}

func crewOf(p assign.PersonLoad, days []string, full *bool) crewRow {
	r := crewRow{Name: p.Name}
	for i, role := range p.Roles {
		if i > 0 {
			r.Roles += ", "
		}
		r.Roles += roleWords(role)
	}
	for i, d := range p.Days {
		c := crewDay{Day: days[i], Away: d.Away}
		switch {
		case d.Minutes == 0 && d.Given == 0:
			c.Off, c.Words = true, "off"
		case d.Minutes == 0:
			c.Words, c.Percent, c.Shade, *full = minutesWords(d.Given)+" due, and nobody there", 100, ui.Now, true
		case d.Given == 0:
			c.Words, c.Free = minutesWords(d.Minutes)+" free", true
		default:
			c.Words, c.Percent = minutesWords(d.Given)+" of "+minutesWords(d.Minutes), min(100, 100*d.Given/d.Minutes)
			if d.Given > d.Minutes {
				c.Shade, *full = ui.Now, true
				c.Words += ", " + minutesWords(d.Given-d.Minutes) + " too much"
			}
		}
		r.Days = append(r.Days, c)
	}
	return r
}

func queueOf(queue assign.QueueLoad, days []string) crewRow {
	r := crewRow{Name: "Nobody yet", Roles: roleWords(queue.Role)}
	for i, m := range queue.Minutes {
		c := crewDay{Day: days[i], Off: m == 0, Words: "–"}
		if m > 0 {
			c.Words = minutesWords(m)
		}
		r.Days = append(r.Days, c)
	}
	return r
}

// relieve says what could be given or could wait. Tasks of which the viewer is told nothing are no proposals.
func (v *crewView) relieve(q *request, f *assign.Forecast, tasks []task.Task, closed map[hearth.PlaybookID]bool) {
	var planned []assign.Planned
	titles := map[hearth.TaskID]task.Task{}
	for _, t := range tasks {
		if closed[t.Playbook] || t.Owner == "" {
			continue
		}
		titles[t.ID] = t
		planned = append(planned, assign.Planned{Task: t.ID, Role: t.Role, Owner: t.Owner, Day: hearth.DayOf(t.DueAt, f.Zone), Minutes: t.Minutes, Begun: t.State == task.Taken})
	}
	names := map[hearth.StaffID]string{}
	for _, p := range f.People {
		names[p.Staff] = p.Name
	}
	for _, r := range f.Relieve(planned) {
		row := reliefRow{What: titles[r.Task].Title, Words: names[r.Owner] + " could let it wait until " + dayIn(r.On, f.From) + ", " + minutesWords(r.Minutes) + " less " + dayIn(r.Day, f.From) + "."}
		if r.To != "" {
			row.Words = names[r.To] + " has room for it " + dayIn(r.Day, f.From) + ": " + minutesWords(r.Minutes) + " less for " + names[r.Owner] + "."
		}
		if q.may(account.TodayRead) {
			row.Href = "/?whose=all&open=" + string(r.Task)
		}
		v.Relief = append(v.Relief, row)
	}
}

func dayIn(d, today hearth.Day) string {
	switch d - today {
	case 0:
		return "today"
	case 1:
		return "tomorrow"
	}
	return d.Weekday().String()
}

// absences lists who is away in the next four weeks. Why they are is theirs.
func (v *crewView) absences(team []record.Staff, today hearth.Day) {
	type away struct {
		from hearth.Day
		row  awayRow
	}
	var all []away
	for _, m := range team {
		for _, a := range m.Absences {
			if m.Inactive || a.To < today || a.From > today+28 {
				continue
			}
			words := "from " + longDay(a.From) + " to " + longDay(a.To)
			if a.From == a.To {
				words = "on " + longDay(a.From)
			}
			if a.From <= today {
				words = "away now, back after " + longDay(a.To)
			}
			all = append(all, away{a.From, awayRow{m.Name, words}})
		}
	}
	slices.SortStableFunc(all, func(a, b away) int { return int(a.from - b.from) })
	for _, a := range all {
		v.Away = append(v.Away, a.row)
	}
}
