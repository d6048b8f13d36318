package assign

import (
	"cmp"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/fact/record"
)

func TestChoose(t *testing.T) {
	ny := zone(t, "America/New_York")
	const oak = hearth.PropertyID("prp_oak")
	member := func(id, name string, change func(*record.Staff)) record.Staff {
		m := record.Staff{ID: hearth.StaffID(id), Name: name, MinutesADay: 100,
			Roles: []record.StaffRole{{Property: oak, Role: hearth.RoleLeasing}}}
		if change != nil {
			change(&m)
		}
		return m
	}
	monday := hearth.MakeDay(2026, 3, 2)
	due := at(t, ny, "Mon 2026-03-02 15:00")
	away := func(m *record.Staff) { m.Absences = []record.Absence{{From: monday, To: monday, Reason: "On holiday"}} }
	gone := func(m *record.Staff) {
		m.Absences = []record.Absence{{From: monday, To: monday + 9, Reason: "On holiday"}}
	}
	night := at(t, ny, "Mon 2026-03-02 02:00")
	nine := at(t, ny, "Mon 2026-03-02 09:00")
	manager := func(m *record.Staff) { m.Roles[0].Role = hearth.RoleManager }
	assistant := func(m *record.Staff) { m.Roles[0].Role = hearth.RoleAssistant }
	both := func(a, b func(*record.Staff)) func(*record.Staff) { return func(m *record.Staff) { a(m); b(m) } }
	backup := func(id hearth.StaffID) func(*record.Staff) { return func(m *record.Staff) { m.Backup = id } }
	hours := func(day time.Weekday, from, to int) func(*record.Staff) {
		return func(m *record.Staff) { m.Hours = append(m.Hours, record.Hours{Weekday: day, From: from, To: to}) }
	}
	full := map[hearth.Day]map[hearth.StaffID]int{monday: {"stf_1": 95, "stf_2": 95}}
	for _, c := range []struct {
		name    string
		team    []record.Staff
		load    map[hearth.Day]map[hearth.StaffID]int
		ask     Ask
		want    hearth.StaffID
		due     string
		over    bool
		because string
		light   bool
		now     time.Time
		rota    []record.OnCall
		dueAt   string
		notify  string
	}{
		{name: "the only one", team: []record.Staff{member("stf_1", "Ana", nil)}, want: "stf_1", because: "the only leasing"},
		{name: "the least loaded", team: []record.Staff{member("stf_1", "Ana", nil), member("stf_2", "Bo", nil)},
			load: map[hearth.Day]map[hearth.StaffID]int{monday: {"stf_1": 30, "stf_2": 10}}, want: "stf_2", because: "10 of 100 minutes"},
		{name: "least by share of the own day", team: []record.Staff{member("stf_1", "Ana", func(m *record.Staff) { m.MinutesADay = 400 }), member("stf_2", "Bo", nil)},
			load: map[hearth.Day]map[hearth.StaffID]int{monday: {"stf_1": 40, "stf_2": 20}}, want: "stf_1"},
		{name: "equal load: the first id", team: []record.Staff{member("stf_2", "Bo", nil), member("stf_1", "Ana", nil)}, want: "stf_1"},
		{name: "not who is away", team: []record.Staff{member("stf_1", "Ana", away), member("stf_2", "Bo", nil)}, want: "stf_2"},
		{name: "not who has left", team: []record.Staff{member("stf_1", "Ana", func(m *record.Staff) { m.Inactive = true }), member("stf_2", "Bo", nil)}, want: "stf_2"},
		{name: "not who is off that day", team: []record.Staff{member("stf_1", "Ana", func(m *record.Staff) {
			m.Hours = []record.Hours{{Weekday: time.Tuesday, From: 540, To: 1020}}
		}), member("stf_2", "Bo", nil)}, want: "stf_2"},
		{name: "not in another property", team: []record.Staff{member("stf_1", "Ana", func(m *record.Staff) { m.Roles[0].Property = "prp_elm" })},
			because: "no leasing works at this property"},
		{name: "not who gave it back", team: []record.Staff{member("stf_1", "Ana", nil)}, ask: Ask{Except: "stf_1"}, because: "no other leasing"},
		{name: "nobody at all", because: "no leasing works at this property"},
		{name: "everybody away for long", team: []record.Staff{member("stf_1", "Ana", gone)}, because: "Ana is on holiday on Monday 2 March"},
		{name: "everybody away today", team: []record.Staff{member("stf_1", "Ana", away)}, want: "stf_1", due: "Tue 2026-03-03 15:00",
			because: "Ana, once on duty on Tuesday 3 March: Ana is on holiday on Monday 2 March"},
		{name: "everybody away, and a backup", team: []record.Staff{member("stf_1", "Ana", both(gone, backup("stf_2"))), member("stf_2", "Bo", manager)},
			want: "stf_2", because: "Bo stands in for Ana"},
		{name: "moved within the slack", team: []record.Staff{member("stf_1", "Ana", nil)}, ask: Ask{Slack: 48 * time.Hour},
			load: map[hearth.Day]map[hearth.StaffID]int{monday: {"stf_1": 95}}, want: "stf_1", due: "Tue 2026-03-03 15:00", because: "instead of Monday 2 March"},
		{name: "levelled: a nearly full day yields to an emptier one", team: []record.Staff{member("stf_1", "Ana", nil), member("stf_2", "Bo", nil)}, ask: Ask{Slack: 48 * time.Hour},
			load: map[hearth.Day]map[hearth.StaffID]int{monday: {"stf_1": 95, "stf_2": 70}}, want: "stf_1",
			due: "Tue 2026-03-03 15:00", because: "that day is less full"},
		{name: "a day with room is kept", team: []record.Staff{member("stf_1", "Ana", nil), member("stf_2", "Bo", nil)}, ask: Ask{Slack: 48 * time.Hour},
			load: map[hearth.Day]map[hearth.StaffID]int{monday: {"stf_1": 95, "stf_2": 60}}, want: "stf_2"},
		{name: "room only today, and slack", team: []record.Staff{member("stf_1", "Ana", nil), member("stf_2", "Bo", nil)}, ask: Ask{Slack: 24 * time.Hour},
			load: map[hearth.Day]map[hearth.StaffID]int{monday: {"stf_1": 95, "stf_2": 80}, monday + 1: {"stf_1": 100, "stf_2": 95}}, want: "stf_2"},
		{name: "an earlier day where the due day is full", team: []record.Staff{member("stf_1", "Ana", nil)}, dueAt: "Tue 2026-03-03 15:00", now: nine,
			load: map[hearth.Day]map[hearth.StaffID]int{monday + 1: {"stf_1": 95}}, want: "stf_1", due: "Mon 2026-03-02 15:00", because: "on Monday 2 March already: nobody has 20 minutes left on Tuesday 3 March."},
		{name: "the lighter variant", team: []record.Staff{member("stf_1", "Ana", nil)}, load: full, ask: Ask{HasLight: true, Light: 5}, want: "stf_1", light: true,
			because: "The lighter variant of 5 minutes"},
		{name: "a lighter variant without a task", team: []record.Staff{member("stf_1", "Ana", nil)}, load: full, ask: Ask{HasLight: true}, light: true,
			because: "the lighter way"},
		{name: "no lighter variant while there is room", team: []record.Staff{member("stf_1", "Ana", nil)}, ask: Ask{HasLight: true, Light: 5}, want: "stf_1"},
		{name: "neither the whole nor the lighter one fits", team: []record.Staff{member("stf_1", "Ana", nil)}, load: full, ask: Ask{HasLight: true, Light: 6},
			want: "stf_1", over: true},
		{name: "in the night it waits for the shift", team: []record.Staff{member("stf_1", "Ana", nil)}, now: night, want: "stf_1", notify: "Mon 2026-03-02 09:00"},
		{name: "due in the night: once on duty", team: []record.Staff{member("stf_1", "Ana", nil)}, now: night, dueAt: "Mon 2026-03-02 04:00", want: "stf_1",
			due: "Mon 2026-03-02 09:20", notify: "Mon 2026-03-02 09:00", because: "once on duty on Monday"},
		{name: "due on a Sunday: before it", team: []record.Staff{member("stf_1", "Ana", nil)}, now: at(t, ny, "Fri 2026-02-27 12:00"), dueAt: "Sun 2026-03-01 12:00",
			want: "stf_1", due: "Sat 2026-02-28 12:00", because: "already: nobody works on Sunday 1 March."},
		{name: "the afternoon's people have it by their hours", team: []record.Staff{member("stf_1", "Ana", hours(time.Monday, 13*60, 17*60))}, now: nine, want: "stf_1",
			dueAt: "Mon 2026-03-02 10:00", due: "Mon 2026-03-02 13:20", notify: "Mon 2026-03-02 13:00"},
		{name: "a split shift: due in the gap is due behind it", team: []record.Staff{member("stf_1", "Ana", both(hours(time.Monday, 8*60, 12*60), hours(time.Monday, 14*60, 18*60)))},
			now: at(t, ny, "Mon 2026-03-02 11:50"), dueAt: "Mon 2026-03-02 13:00", want: "stf_1", due: "Mon 2026-03-02 14:10"},
		{name: "half a day off leaves half the minutes", team: []record.Staff{member("stf_1", "Ana", func(m *record.Staff) {
			m.Absences = []record.Absence{{From: monday, To: monday, FromMin: 9 * 60, ToMin: 13*60 + 30}}
		})}, load: map[hearth.Day]map[hearth.StaffID]int{monday: {"stf_1": 40}}, want: "stf_1", over: true, because: "past the 50 minutes"},
		{name: "urgent in the night: on call", team: []record.Staff{member("stf_1", "Ana", nil), member("stf_2", "Bo", manager)}, now: night, ask: Ask{Urgent: true},
			rota: []record.OnCall{{Weekday: time.Sunday, From: 18 * 60, To: 32 * 60, Staff: "stf_2"}}, want: "stf_2", notify: "Mon 2026-03-02 02:00", because: "Bo is on call"},
		{name: "urgent in the night: a single day goes before the week", team: []record.Staff{member("stf_1", "Ana", nil), member("stf_2", "Bo", manager)}, now: night,
			ask: Ask{Urgent: true}, rota: []record.OnCall{{Day: monday - 1, From: 18 * 60, To: 32 * 60, Staff: "stf_1"}, {Weekday: time.Sunday, From: 18 * 60, To: 32 * 60, Staff: "stf_2"}},
			want: "stf_1", notify: "Mon 2026-03-02 02:00"},
		{name: "urgent, and who is on call is away: the backup", team: []record.Staff{member("stf_1", "Ana", nil), member("stf_2", "Bo", both(gone, backup("stf_1")))}, now: night,
			ask: Ask{Urgent: true}, rota: []record.OnCall{{Weekday: time.Monday, From: 0, To: 8 * 60, Staff: "stf_2"}}, want: "stf_1", notify: "Mon 2026-03-02 02:00",
			because: "stands in for Bo"},
		{name: "urgent, and the rota has a gap", team: []record.Staff{member("stf_1", "Ana", nil)}, now: night, ask: Ask{Urgent: true},
			rota: []record.OnCall{{Weekday: time.Monday, From: 3 * 60, To: 8 * 60, Staff: "stf_1"}}, want: "stf_1", notify: "Mon 2026-03-02 09:00", because: "nobody is on call now"},
		{name: "urgent by day: on duty, however full", team: []record.Staff{member("stf_1", "Ana", nil), member("stf_2", "Bo", manager)}, now: nine, ask: Ask{Urgent: true},
			load: full, rota: []record.OnCall{{Weekday: time.Monday, From: 0, To: 24 * 60, Staff: "stf_2"}}, want: "stf_1", over: true, notify: "Mon 2026-03-02 09:00"},
		{name: "not urgent: nobody on call hears of it", team: []record.Staff{member("stf_1", "Ana", nil), member("stf_2", "Bo", manager)}, now: night,
			rota: []record.OnCall{{Weekday: time.Monday, From: 0, To: 8 * 60, Staff: "stf_2"}}, want: "stf_1", notify: "Mon 2026-03-02 09:00"},
		{name: "best: who knows them, whatever the role", team: []record.Staff{member("stf_1", "Ana", nil), member("stf_2", "Bo", manager)},
			ask: Ask{Best: true, Known: []Known{{"stf_2", 3, monday - 30}}}, load: map[hearth.Day]map[hearth.StaffID]int{monday: {"stf_2": 55}}, want: "stf_2",
			because: "Bo has talked with them three times in the last year and has 45 minutes left on Monday 2 March."},
		{name: "best: without room the next who knows them", team: []record.Staff{member("stf_1", "Ana", nil), member("stf_2", "Bo", manager), member("stf_3", "Cy", manager)},
			ask: Ask{Best: true, Known: []Known{{"stf_2", 3, 1}, {"stf_3", 1, 1}}}, load: full, want: "stf_3", because: "Cy has talked with them once"},
		{name: "best: else by role, and it says so", team: []record.Staff{member("stf_1", "Ana", nil), member("stf_2", "Bo", both(gone, manager))},
			ask: Ask{Best: true, Known: []Known{{"stf_2", 3, 1}}}, want: "stf_1", because: "Bo knows them, but"},
		{name: "best: not somebody who only audits", team: []record.Staff{member("stf_1", "Ana", nil), member("stf_2", "Bo", func(m *record.Staff) { m.Roles[0].Role = hearth.RoleAuditor })},
			ask: Ask{Best: true, Known: []Known{{"stf_2", 9, 1}}}, want: "stf_1"},
		{name: "no room and no slack", team: []record.Staff{member("stf_1", "Ana", nil)},
			load: map[hearth.Day]map[hearth.StaffID]int{monday: {"stf_1": 95}}, want: "stf_1", over: true, because: "past the 100 minutes"},
		{name: "a full manager: an assistant with room", team: []record.Staff{member("stf_1", "Ana", manager), member("stf_3", "Cy", assistant)}, load: full,
			ask: Ask{Role: hearth.RoleManager, HasLight: true, Light: 5}, want: "stf_3", because: "Cy, who helps out: no property manager has 20 minutes left by then. Cy is the only assistant manager on duty on Monday 2 March."},
		{name: "a manager with room within the slack is not helped", team: []record.Staff{member("stf_1", "Ana", manager), member("stf_3", "Cy", assistant)}, load: full,
			ask: Ask{Role: hearth.RoleManager, Slack: 24 * time.Hour}, want: "stf_1", due: "Tue 2026-03-03 15:00"},
		{name: "a manager who is away, and an assistant", team: []record.Staff{member("stf_1", "Ana", both(gone, manager)), member("stf_3", "Cy", assistant)},
			ask: Ask{Role: hearth.RoleManager}, want: "stf_3", because: "Cy, who helps out: Ana is on holiday on Monday 2 March."},
		{name: "a manager who is away: the backup before an assistant", team: []record.Staff{member("stf_1", "Ana", both(both(gone, manager), backup("stf_4"))),
			member("stf_3", "Cy", assistant), member("stf_4", "Dee", nil)}, ask: Ask{Role: hearth.RoleManager}, want: "stf_4", because: "Dee stands in for Ana"},
		{name: "a full manager and a full assistant", team: []record.Staff{member("stf_1", "Ana", manager), member("stf_2", "Cy", assistant)}, load: full,
			ask: Ask{Role: hearth.RoleManager}, want: "stf_1", over: true, because: "past the 100 minutes"},
		{name: "what is the manager's own", team: []record.Staff{member("stf_1", "Ana", manager), member("stf_3", "Cy", assistant)}, load: full,
			ask: Ask{Role: hearth.RoleManager, Own: true}, want: "stf_1", over: true},
		{name: "not who gave it back, as an assistant", team: []record.Staff{member("stf_1", "Ana", manager), member("stf_3", "Cy", assistant)}, load: full,
			ask: Ask{Role: hearth.RoleManager, Except: "stf_3"}, want: "stf_1", over: true},
		{name: "nobody helps leasing", team: []record.Staff{member("stf_1", "Ana", nil), member("stf_3", "Cy", assistant)}, load: full, want: "stf_1", over: true},
		{name: "the backup before the lighter variant", team: []record.Staff{member("stf_1", "Ana", both(gone, backup("stf_3"))), member("stf_3", "Cy", manager)},
			ask: Ask{HasLight: true, Light: 5}, want: "stf_3", because: "Cy stands in for Ana"},
		{name: "away today, back within the slack", team: []record.Staff{member("stf_1", "Ana", away)}, ask: Ask{Slack: 24 * time.Hour},
			want: "stf_1", due: "Tue 2026-03-03 15:00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := situation{settings: record.DefaultSettings(), zone: ny, team: c.team, load: c.load, now: c.now, rota: c.rota}
			a := c.ask
			a.Property, a.Role, a.Minutes, a.Due = oak, cmp.Or(a.Role, hearth.RoleLeasing), 20, due
			if c.dueAt != "" {
				a.Due = at(t, ny, c.dueAt)
			}
			got := s.choose(a)
			wantDue := a.Due
			if c.due != "" {
				wantDue = at(t, ny, c.due)
			}
			if got.Staff != c.want || got.Over != c.over || got.Light != c.light || !got.Due.Equal(wantDue) {
				t.Errorf("choice %+v, want %q over=%v due %s", got, c.want, c.over, wantDue)
			}
			if c.notify != "" && !got.Notify.Equal(at(t, ny, c.notify)) {
				t.Errorf("reaches them at %s, want %s", got.Notify.In(ny).Format(layout), c.notify)
			}
			if got.Reason == "" || !strings.Contains(got.Reason, c.because) {
				t.Errorf("reason %q lacks %q", got.Reason, c.because)
			}
		})
	}
}
