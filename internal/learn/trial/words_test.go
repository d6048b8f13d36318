package trial

import (
	"strings"
	"testing"
	"time"

	"hearth"
)

// Equal reasons are counted as one, whatever day, hour or person they speak of.
func TestReasonsAreCountedAsOne(t *testing.T) {
	w := newWording()
	for _, c := range []struct{ reason, name, want string }{
		{"It starts once per 30 days and last did on 2025-12-19.", "", "It starts once per 30 days."},
		{"It starts once per term for this home and did on 2026-01-02.", "", "It starts once per term for this home."},
		{"It rests for 30 days after a start, and last started on 2026-01-02.", "", "It rests for 30 days after a start."},
		{"It starts once per 30 days and last did on 19 December 2025.", "", "It starts once per 30 days."},
		{"Nobody has the 40 minutes by Monday 2 March, so the lighter way is taken.", "", "Nobody has the 40 minutes by a certain time, so the lighter way is taken."},
		{"There is a situation set by a person until 9 March 2026.", "", "There is a situation set by a person until a certain time."},
		{"Held until tomorrow 08:00: quiet hours at Elm Terrace (21:00 to 08:00).", "", "Quiet hours at Elm Terrace (21:00 to 08:00)."},
		{"There are signs of frustration, so a person speaks with Eric Quinn instead.", "Eric Quinn", "There are signs of frustration, so a person speaks with the resident instead."},
		{"Nobody is there until 2026-03-04 17:00.", "", "Nobody is there until a certain time."},
		{"Something for the same purpose (survey) was said Tue Aug 4 15:07; it is not repeated within 30 days.", "", "Something for the same purpose (survey) was said before; it is not repeated within 30 days."},
		{"The same was decided yesterday 08:00.", "", "The same was decided before."},
		{"It is about tomorrow 07:30, so it is said before quiet hours.", "", "It is about a certain time, so it is said before quiet hours."},
		{"", "", ""},
	} {
		if got := w.general(c.reason, c.name); got != c.want {
			t.Errorf("general(%q) = %q, want %q", c.reason, got, c.want)
		}
	}
}

func TestDifferencesInWords(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{list(more(-212, "message"), more(9, "task"), moreTime(-75), more(0, "start")), "212 fewer messages, 9 more tasks and 1 h 15 min less of the team's time"},
		{list(more(1, "message"), more(-1, "task")), "1 more message and 1 fewer task"},
		{list(more(1234, "start")), "1,234 more starts"},
		{span(1) + ", " + span(59) + ", " + span(60) + ", " + span(6005), "1 minute, 59 minutes, 1 h, 100 h 05 min"},
		{thousands(0) + " " + thousands(999) + " " + thousands(1000) + " " + thousands(1234567), "0 999 1,000 1,234,567"},
		{plural(1, "day", "days") + ", " + plural(2, "day", "days"), "1 day, 2 days"},
		{withoutName("Find a way to reach Ana Ruiz (4B)", "Ana Ruiz") + "|" + withoutName("Call them", "Ana Ruiz") + "|" + withoutName("Call them", ""),
			"Find a way to reach …|Call them|Call them"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}

// Weeks begin on Monday, in the property's zone, and hold what falls into them to the minute.
func TestWeeks(t *testing.T) {
	zone, err := time.LoadLocation("America/Chicago")
	if err != nil {
		t.Fatal(err)
	}
	from, to := hearth.MakeDay(2026, time.March, 1).Start(zone), hearth.MakeDay(2026, time.March, 10).Start(zone) // a Sunday, over the change of the clock
	w := weeksOf(from, to, zone)
	w.of(time.Date(2026, time.March, 1, 23, 59, 0, 0, zone)).Tasks++
	w.of(time.Date(2026, time.March, 2, 0, 0, 0, 0, zone)).Tasks++
	w.of(time.Date(2026, time.March, 8, 23, 59, 0, 0, zone)).Tasks++
	w.of(time.Date(2027, time.March, 8, 0, 0, 0, 0, zone)).Tasks++ // outside
	var got []string
	for _, x := range w.list {
		got = append(got, x.Monday+strings.Repeat("+", x.Tasks))
	}
	if want := "2026-02-23+ 2026-03-02++ 2026-03-09"; strings.Join(got, " ") != want {
		t.Errorf("weeks %v, want %s", got, want)
	}
}

// Days, months and empty reports read as they should.
func TestPageOfAnEmptyReport(t *testing.T) {
	r := &Report{Playbook: "pest", Title: "Pests", Property: "Oak Court", From: "2026-03-01", To: "2026-03-02", Days: 2,
		Events: Events{First: "2026-04-01", Last: "2026-05-01"}}
	r.nothing()
	var b strings.Builder
	if err := r.Write(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Pests (pest), tried at Oak Court from 2026-03-01 to 2026-03-02: 2 days, 0 recorded events.", "reaches from 2026-04-01 to 2026-05-01"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the page lacks %q:\n%s", want, &b)
		}
	}
	if strings.Contains(b.String(), "What it would do") {
		t.Errorf("an empty report tells of outcomes:\n%s", &b)
	}
}
