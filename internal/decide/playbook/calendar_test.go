package playbook

import (
	"strings"
	"testing"
	"time"

	"hearth"
)

// scheduled reads a calendar rule as a playbook has it.
func scheduled(t *testing.T, rule string) (*Calendar, error) {
	t.Helper()
	d, err := Parse([]byte(strings.Replace(small, "{on: lease.moved_in}", "{at: "+rule+"}", 1)))
	if err != nil {
		return nil, err
	}
	return d.Trigger.At, nil
}

func TestCalendarsNameTheirDays(t *testing.T) {
	newYork := zoneOf(t, "America/New_York")
	tests := []struct{ name, rule, words, from, want string }{
		{"every day", `{every: day, time: "08:00"}`, "every day at 08:00", "2026-03-02T09:00", "2026-03-03T08:00 2026-03-04T08:00"},
		{"today is not over", `{every: day, time: "23:30"}`, "every day at 23:30", "2026-03-02T09:00", "2026-03-02T23:30"},
		{"one weekday", `{every: week, weekday: monday, time: "09:00"}`, "every week on Monday at 09:00", "2026-03-02T09:00", "2026-03-09T09:00 2026-03-16T09:00"},
		{"two weekdays", `{every: week, weekday: [monday, thursday], time: "09:00"}`, "every week on Monday and Thursday at 09:00", "2026-03-02T08:59",
			"2026-03-02T09:00 2026-03-05T09:00 2026-03-09T09:00"},
		{"first of the month", `{every: month, day: 1, time: "09:00"}`, "every month on day 1 at 09:00", "2026-03-02T09:00", "2026-04-01T09:00 2026-05-01T09:00"},
		{"a month that is too short", `{every: month, day: 31, time: "09:00"}`, "every month on day 31 at 09:00", "2026-02-01T00:00",
			"2026-02-28T09:00 2026-03-31T09:00 2026-04-30T09:00"},
		{"last day", `{every: month, day: last, time: "09:00"}`, "every month on its last day at 09:00", "2028-02-02T09:00", "2028-02-29T09:00"},
		{"first monday", `{every: month, weekday: first monday, time: "09:00"}`, "every month on the first Monday at 09:00", "2026-03-02T09:00",
			"2026-04-06T09:00 2026-05-04T09:00 2026-06-01T09:00"},
		{"last friday", `{every: month, weekday: last friday, time: "09:00"}`, "every month on the last Friday at 09:00", "2026-01-01T00:00",
			"2026-01-30T09:00 2026-02-27T09:00 2026-03-27T09:00"},
		{"a date", `{every: year, date: 11-15, time: "10:00"}`, "every year on November 15 at 10:00", "2026-11-15T10:00", "2027-11-15T10:00"},
		{"leap day", `{every: year, date: 02-29, time: "10:00"}`, "every year on February 29 at 10:00", "2026-03-01T00:00", "2027-02-28T10:00 2028-02-29T10:00"},
		{"fourth thursday of november", `{every: year, month: november, weekday: fourth thursday, time: "10:00"}`,
			"every year on the fourth Thursday of November at 10:00", "2026-01-01T00:00", "2026-11-26T10:00 2027-11-25T10:00"},
		// On 2026-03-08 clocks jump from 02:00 to 03:00, on 2026-11-01 they go back from 02:00 to 01:00.
		{"an hour that does not exist", `{every: day, time: "02:30"}`, "every day at 02:30", "2026-03-07T03:00", "2026-03-08T03:00 2026-03-09T02:30"},
		{"an hour that comes twice", `{every: day, time: "01:30"}`, "every day at 01:30", "2026-10-31T03:00", "2026-11-01T01:30 2026-11-02T01:30"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := scheduled(t, tt.rule)
			if err != nil {
				t.Fatal(err)
			}
			if c.String() != tt.words {
				t.Errorf("in words %q, want %q", c, tt.words)
			}
			at, err := time.ParseInLocation("2006-01-02T15:04", tt.from, newYork)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for range strings.Fields(tt.want) {
				next, day := c.Next(at, newYork)
				if day != hearth.DayOf(next, newYork) {
					t.Errorf("%s is said to be on %s", next, day)
				}
				if last, _ := c.Last(next, newYork); !last.Equal(next) {
					t.Errorf("the last at %s is %s", next, last)
				}
				if before, _ := c.Last(next.Add(-time.Second), newYork); !before.Before(next) {
					t.Errorf("a second before %s the last is %s", next, before)
				}
				got, at = append(got, next.In(newYork).Format("2006-01-02T15:04")), next
			}
			if s := strings.Join(got, " "); s != tt.want {
				t.Errorf("got %s, want %s", s, tt.want)
			}
		})
	}
}

func TestCalendarsInAllZonesComeOncePerDay(t *testing.T) {
	for _, name := range []string{"America/New_York", "America/Santiago", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Chatham", "Africa/Cairo", "UTC"} {
		zone := zoneOf(t, name)
		for _, hhmm := range []string{"00:00", "00:30", "01:30", "02:15", "02:30", "03:00", "23:45"} {
			c, err := scheduled(t, `{every: day, time: "`+hhmm+`"}`)
			if err != nil {
				t.Fatal(err)
			}
			at := time.Date(2026, 1, 1, 0, 0, 0, 0, zone).Add(-time.Minute)
			for n := range 365 {
				next, day := c.Next(at, zone)
				if want := hearth.MakeDay(2026, 1, 1) + hearth.Day(n); day != want || !next.After(at) {
					t.Fatalf("%s in %s: occurrence %d is on %s (%s), want %s", hhmm, name, n, day, next.In(zone), want)
				}
				at = next
			}
		}
	}
}

func TestCalendarsSayWhatIsWrong(t *testing.T) {
	tests := []struct{ rule, want string }{
		{`{every: month, day: 1}`, "not a time of day"},
		{`{every: monht, day: 1, time: "09:00"}`, "Did you mean month?"},
		{`{every: month, day: 32, time: "09:00"}`, "not a day of the month"},
		{`{every: month, time: "09:00"}`, "either a day"},
		{`{every: month, day: 1, weekday: first monday, time: "09:00"}`, "either a day"},
		{`{every: month, weekday: frist monday, time: "09:00"}`, "Did you mean first?"},
		{`{every: week, weekday: mondey, time: "09:00"}`, "Did you mean monday?"},
		{`{every: week, weekday: monday, day: 3, time: "09:00"}`, "day does not belong to every: week"},
		{`{every: week, time: "09:00"}`, "Say on which days"},
		{`{every: year, date: 13-01, time: "09:00"}`, "not a date like 11-15"},
		{`{every: year, month: novembre, weekday: first monday, time: "09:00"}`, "Did you mean november?"},
		{`{every: day, tiem: "09:00"}`, `no key "tiem" in an at`},
	}
	for _, tt := range tests {
		_, err := scheduled(t, tt.rule)
		if err == nil || !strings.Contains(hearth.MessageOf(err), tt.want) {
			t.Errorf("%s: got %v, want a sentence with %q", tt.rule, err, tt.want)
		}
	}
}

func zoneOf(t *testing.T, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}
