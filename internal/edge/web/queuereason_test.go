package web

import (
	"net/http/httptest"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/task"
	"hearth/internal/decide/assign"
)

// Each kind of row says in one line why it is here, for whom it is about.
func TestARowSaysWhyInOneLine(t *testing.T) {
	now := time.Date(2026, 11, 30, 18, 0, 0, 0, time.UTC)
	title := "A playbook"
	q := &request{Request: httptest.NewRequest("GET", "/", nil), web: &Web{Deps: Deps{Titles: map[hearth.PlaybookID]string{"pb": title}}}, now: now, zone: time.UTC}
	q.staff = "stf_d"
	row := func(because string, facts ...task.Fact) task.Task {
		return task.Task{ID: "tsk_a", Kind: "playbook", Playbook: "pb", Resident: "res_a", Owner: "stf_d", Made: now.Add(-time.Hour), Why: "In general it matters. There is more to say.",
			Context: task.Context{Facts: facts, Notes: []string{title + ": " + because, "Dana is on duty."}, History: []string{"29 Nov 2026: Ants in the kitchen again, a line from the window. Stands at: submitted", "1 Nov 2026: The tap drips"}}}
	}
	d := queueData{told: map[hearth.ResidentID]time.Time{}, leaves: map[hearth.ResidentID]hearth.Day{"res_a": hearth.DayOf(now, time.UTC) + 14}}
	open := task.Fact{Name: "Open requests", Value: "1 request"}
	talked := task.Fact{Name: "Last spoken with", Value: "44 days ago"}
	for want, x := range map[string]task.Task{
		"3rd appliance repair in 90 days in this home, no update sent, last talked with them 44 days ago.": row("Somebody asked for a repair for the 3rd time in this home within 90 days, with the same category (appliance): on 4 October 2026, 13 October 2026 and 28 November 2026.", open, talked),
		"Promised until 28 Nov and not kept, no update sent, 5 requests in 90 days.":                       row("A promise was not kept in time, on 28 November 2026.", task.Fact{Name: "Requests in 90 days", Value: "5 requests"}),
		"Asked for a repair on 29 Nov, “Ants in the kitchen again, a line from the window”.":               row("Somebody asked for a repair, on 29 November 2026."),
		"Asked for a repair on 15 Nov.": row("Somebody asked for a repair, on 15 November 2026."),
		"A repair is open for 42 days.": row("It still holds that the oldest open repair has waited for at least 6 days and the lease is current, and the playbook may start again.", task.Fact{Name: "Waiting for", Value: "42 days"}),
		"Moves out in 14 days, on 14 Dec, nobody of the team has talked with them yet.": row("The time has come: they move out in at most 14 days (now 14).", task.Fact{Name: "Last spoken with", Value: "no conversation on record"}),
		"The lease ends in 60 days, on 29 Jan.":                                         row("The time has come: the lease ends in at most 60 days (now 60).", task.Fact{Name: "Lease ends in", Value: "60 days"}),
		"Nobody has talked with them for 60 days.":                                      row("The time has come: the last real contact was at least 60 days ago (now 60), and they have lived here for at least 60 days (now 60).", talked),
		"Gave notice on 23 Nov 2025.":                                                   row("A household gave notice to move out, on 23 November 2025."),
		"Something that only tomorrow's engine says.":                                   row("Something that only tomorrow's engine says."),
		"It came in on Friday.":                                                         {ID: "tsk_b", Why: "It came in on Friday. And there is more."},
		"Signs of frustration, so nothing went out by itself: a repair was finished on 2 Sep.": {Kind: "desk.feeling", Resident: "res_a", Made: now, Why: "There are signs of frustration.",
			Context: task.Context{Facts: []task.Fact{{Name: "Why", Value: "Was it resolved properly?: A repair was finished, on 2 September 2026."}}}},
	} {
		if got := q.reasonLine(x, d); got != want {
			t.Errorf("says %q\nwant %q", got, want)
		}
	}
	told := queueData{told: map[hearth.ResidentID]time.Time{"res_a": now}}
	if got := q.reasonLine(row("A promise was not kept in time, on 28 November 2026."), told); got != "Promised until 28 Nov and not kept, last told 30 Nov." {
		t.Errorf("whoever was told: %q", got)
	}
	if got := q.reasonLine(row("A promise was not kept in time, on 28 November 2026."), queueData{}); got != "Promised until 28 Nov and not kept." {
		t.Errorf("who may not know what was written: %q", got)
	}
}

// On a day that holds more than there is time for it says what can wait, and why; what is late, promised or of today can't.
func TestWhatCanWaitOnAFullDay(t *testing.T) {
	now := time.Date(2026, 11, 30, 10, 0, 0, 0, time.UTC)
	q := &request{Request: httptest.NewRequest("GET", "/", nil), web: &Web{}, now: now, zone: time.UTC}
	q.staff = "stf_d"
	at := func(h int) time.Time { return now.Add(time.Duration(h) * time.Hour) }
	of := func(id hearth.TaskID, resident hearth.ResidentID, made, due time.Time) task.Task {
		return task.Task{ID: id, Title: "Do it", Owner: "stf_d", Resident: resident, Minutes: 30, Made: made, DueAt: due}
	}
	d := queueData{load: dayOf("stf_d", 150, 120), tasks: []task.Task{of("nobody", "", at(-1), at(6)), of("ahead", "res_a", at(-100), at(6)), of("fresh", "res_a", at(-1), at(6)), of("late", "", at(-9), at(-2))}}
	o := q.overDay(d, "mine")
	if o == nil || len(o.Rows) != 2 || o.why("nobody") != "no resident waits for it." || o.why("ahead") != "no time was promised, and it was planned 4 days ahead." || o.why("fresh") != "" || o.why("late") != "" {
		t.Fatalf("says %+v", o)
	}
	if o.Words != "Your day holds 2 h 30, and you have 2 h." || o.Choose != "/?chosen=nobody&chosen=ahead&open=nobody&whose=mine" {
		t.Errorf("words %q, chooses %q", o.Words, o.Choose)
	}
	d.asides = map[hearth.TaskID]task.Aside{"nobody": {Kind: task.Asleep, Until: at(30)}}
	if o := q.overDay(d, "mine"); o != nil {
		t.Errorf("what was put off still fills the day: %+v", o)
	}
	d.load, d.asides = dayOf("stf_d", 100, 120), nil
	if o := q.overDay(d, "mine"); o != nil || o.why("nobody") != "" {
		t.Errorf("a day with room says %+v", o)
	}
}

// Who has room is named among those who may do the viewer's work: a service coordinator does not do the office's.
func TestWhoHasRoomMayDoIt(t *testing.T) {
	q := &request{Request: httptest.NewRequest("GET", "/", nil), web: &Web{}}
	q.staff = "stf_d"
	person := func(id hearth.StaffID, name string, left int, role hearth.Role) assign.PersonLoad {
		return assign.PersonLoad{Staff: id, Name: name, Roles: []hearth.Role{role}, Days: []assign.DayLoad{{Minutes: left}}}
	}
	dana, cora := person("stf_d", "Dana", 0, hearth.RoleManager), person("stf_c", "Cora", 180, hearth.RoleCoordinator)
	for want, people := range map[string][]assign.PersonLoad{
		" Nobody else has room today either.": {dana, cora},
		" Mel has 30 min free today.":         {dana, cora, person("stf_m", "Mel", 30, hearth.RoleAssistant)},
		" Max has 40 min free today.":         {dana, cora, person("stf_m", "Mel", 30, hearth.RoleAssistant), person("stf_x", "Max", 40, hearth.RoleManager)},
	} {
		if got := q.roomWords(queueData{load: &assign.Forecast{People: people}}); got != want {
			t.Errorf("says %q, want %q", got, want)
		}
	}
}

// dayOf is a forecast of one day of one person.
func dayOf(who hearth.StaffID, given, minutes int) *assign.Forecast {
	return &assign.Forecast{People: []assign.PersonLoad{{Staff: who, Days: []assign.DayLoad{{Given: given, Minutes: minutes}}}}}
}
