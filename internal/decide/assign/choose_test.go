package assign

import (
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
	for _, c := range []struct {
		name    string
		team    []record.Staff
		load    map[hearth.Day]map[hearth.StaffID]int
		ask     Ask
		want    hearth.StaffID
		due     string
		over    bool
		because string
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
		{name: "everybody away", team: []record.Staff{member("stf_1", "Ana", away)}, because: "Ana is on holiday on 2026-03-02"},
		{name: "moved within the slack", team: []record.Staff{member("stf_1", "Ana", nil)}, ask: Ask{Slack: 48 * time.Hour},
			load: map[hearth.Day]map[hearth.StaffID]int{monday: {"stf_1": 95}}, want: "stf_1", due: "Tue 2026-03-03 15:00", because: "instead of 2026-03-02"},
		{name: "somebody with room today goes before moving", team: []record.Staff{member("stf_1", "Ana", nil), member("stf_2", "Bo", nil)}, ask: Ask{Slack: 48 * time.Hour},
			load: map[hearth.Day]map[hearth.StaffID]int{monday: {"stf_1": 95, "stf_2": 80}}, want: "stf_2"},
		{name: "no room and no slack", team: []record.Staff{member("stf_1", "Ana", nil)},
			load: map[hearth.Day]map[hearth.StaffID]int{monday: {"stf_1": 95}}, want: "stf_1", over: true, because: "past the 100 minutes"},
		{name: "away today, back within the slack", team: []record.Staff{member("stf_1", "Ana", away)}, ask: Ask{Slack: 24 * time.Hour},
			want: "stf_1", due: "Tue 2026-03-03 15:00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := situation{settings: record.DefaultSettings(), zone: ny, team: c.team, load: c.load}
			a := c.ask
			a.Property, a.Role, a.Minutes, a.Due = oak, hearth.RoleLeasing, 20, due
			got := s.choose(a)
			wantDue := due
			if c.due != "" {
				wantDue = at(t, ny, c.due)
			}
			if got.Staff != c.want || got.Over != c.over || !got.Due.Equal(wantDue) {
				t.Errorf("choice %+v, want %q over=%v due %s", got, c.want, c.over, wantDue)
			}
			if got.Reason == "" || !strings.Contains(got.Reason, c.because) {
				t.Errorf("reason %q lacks %q", got.Reason, c.because)
			}
		})
	}
}
