package assign

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"hearth"
	"hearth/internal/fact/record"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func weekdays(from, to int) []record.Hours {
	var out []record.Hours
	for d := time.Monday; d <= time.Friday; d++ {
		out = append(out, record.Hours{Weekday: d, From: from, To: to})
	}
	return out
}

const layout = "Mon 2006-01-02 15:04"

func at(t testing.TB, z *time.Location, s string) time.Time {
	t.Helper()
	v, err := time.ParseInLocation(layout, s, z)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestAdd(t *testing.T) {
	ny := zone(t, "America/New_York")
	office := Calendar{Hours: weekdays(9*60, 17*60), Zone: ny}
	split := Calendar{Hours: append(weekdays(8*60, 12*60), weekdays(13*60, 17*60)...), Zone: ny}
	xmas := office
	xmas.Holidays = []record.Holiday{{Date: "2026-12-25", Name: "Christmas"}}
	night := Calendar{Hours: []record.Hours{{Weekday: time.Saturday, From: 22 * 60, To: 24 * 60}, {Weekday: time.Sunday, From: 0, To: 6 * 60}}, Zone: ny}
	never := Calendar{Zone: ny}
	early := Calendar{Hours: weekdays(8*60, 17*60), Zone: ny}
	shifts := Calendar{Hours: append(weekdays(8*60, 12*60), weekdays(14*60, 18*60)...), Zone: ny}
	dentist := early
	dentist.Absences = []record.Absence{{From: hearth.MakeDay(2026, 3, 2), To: hearth.MakeDay(2026, 3, 2), FromMin: 10 * 60, ToMin: 12 * 60}}
	for _, c := range []struct {
		name string
		cal  Calendar
		from string
		d    time.Duration
		want string
	}{
		{"within the day", office, "Fri 2026-03-06 10:00", 2 * time.Hour, "Fri 2026-03-06 12:00"},
		{"over the weekend", office, "Fri 2026-03-06 16:30", time.Hour, "Mon 2026-03-09 09:30"},
		{"up to closing time", office, "Fri 2026-03-06 16:00", time.Hour, "Fri 2026-03-06 17:00"},
		{"from before opening", office, "Mon 2026-03-02 06:00", time.Hour, "Mon 2026-03-02 10:00"},
		{"from the weekend", office, "Sun 2026-03-08 12:00", time.Hour, "Mon 2026-03-09 10:00"},
		{"more than a day", office, "Mon 2026-03-02 09:00", 20 * time.Hour, "Wed 2026-03-04 13:00"},
		{"nothing: the next opening", office, "Sat 2026-03-07 12:00", 0, "Mon 2026-03-09 09:00"},
		{"nothing, while open", office, "Mon 2026-03-02 11:11", 0, "Mon 2026-03-02 11:11"},
		{"over lunch", split, "Mon 2026-03-02 11:30", time.Hour, "Mon 2026-03-02 13:30"},
		{"over a holiday", xmas, "Thu 2026-12-24 16:00", 2 * time.Hour, "Mon 2026-12-28 10:00"},
		{"the clocks go forward at night", night, "Sat 2026-03-07 23:00", 4 * time.Hour, "Sun 2026-03-08 04:00"},
		{"the clocks go back at night", night, "Sat 2026-10-31 23:00", 4 * time.Hour, "Sun 2026-11-01 02:00"},
		{"Friday 16:30 and one business hour", early, "Fri 2026-03-06 16:30", time.Hour, "Mon 2026-03-09 08:30"},
		{"due on a holiday", xmas, "Fri 2026-12-25 10:00", time.Hour, "Mon 2026-12-28 10:00"},
		{"a split shift: over the gap", shifts, "Mon 2026-03-02 11:00", 3 * time.Hour, "Mon 2026-03-02 16:00"},
		{"a split shift: in the gap", shifts, "Mon 2026-03-02 13:00", time.Hour, "Mon 2026-03-02 15:00"},
		{"a split shift: to the end of the first", shifts, "Mon 2026-03-02 11:00", time.Hour, "Mon 2026-03-02 12:00"},
		{"over an absence of hours", dentist, "Mon 2026-03-02 09:30", time.Hour, "Mon 2026-03-02 12:30"},
		{"nobody ever works", never, "Mon 2026-03-02 09:00", time.Hour, "Mon 2026-03-02 10:00"},
	} {
		got := c.cal.Add(at(t, ny, c.from), c.d)
		if want := at(t, ny, c.want); !got.Equal(want) {
			t.Errorf("%s: %s and %s is %s, want %s", c.name, c.from, c.d, got.In(ny).Format(layout), c.want)
		}
	}
}

func TestAddDays(t *testing.T) {
	ny := zone(t, "America/New_York")
	office := Calendar{Hours: weekdays(9*60, 17*60), Zone: ny}
	short := Calendar{Hours: append(weekdays(9*60, 17*60), record.Hours{Weekday: time.Saturday, From: 10 * 60, To: 12 * 60}), Zone: ny}
	long := office
	long.Holidays = []record.Holiday{{Date: "2026-09-07", Name: "Labor Day"}}
	away := office
	away.Absences = []record.Absence{{From: hearth.MakeDay(2026, 3, 3), To: hearth.MakeDay(2026, 3, 4)}}
	for _, c := range []struct {
		name string
		cal  Calendar
		from string
		n    int
		want string
	}{
		{"the next day", office, "Mon 2026-03-02 14:00", 1, "Tue 2026-03-03 14:00"},
		{"over the weekend", office, "Fri 2026-03-06 16:30", 1, "Mon 2026-03-09 16:30"},
		{"two days from a Sunday", office, "Sun 2026-03-08 12:00", 2, "Wed 2026-03-11 09:00"},
		{"after closing", office, "Mon 2026-03-02 20:00", 1, "Tue 2026-03-03 17:00"},
		{"into a short day", short, "Fri 2026-03-06 16:30", 1, "Sat 2026-03-07 12:00"},
		{"before a late opening", short, "Fri 2026-03-06 09:15", 1, "Sat 2026-03-07 10:00"},
		{"over an absence", away, "Mon 2026-03-02 10:00", 1, "Thu 2026-03-05 10:00"},
		{"over the change of clocks", office, "Fri 2026-03-06 10:00", 1, "Mon 2026-03-09 10:00"},
		{"two days over a long weekend", long, "Fri 2026-09-04 15:00", 2, "Wed 2026-09-09 15:00"},
		{"a day from a holiday", long, "Mon 2026-09-07 11:00", 1, "Wed 2026-09-09 09:00"},
		{"no days at all", office, "Mon 2026-03-02 10:00", 0, "Mon 2026-03-02 10:00"},
	} {
		got := c.cal.AddDays(at(t, ny, c.from), c.n)
		if want := at(t, ny, c.want); !got.Equal(want) {
			t.Errorf("%s: %s and %d days is %s, want %s", c.name, c.from, c.n, got.In(ny).Format(layout), c.want)
		}
	}
}

// drawCalendar makes up a calendar: up to two stretches a day, holidays, whole and part days off, anywhere in the world.
func drawCalendar(rt *rapid.T, zones []*time.Location, around hearth.Day) Calendar {
	c := Calendar{Zone: rapid.SampledFrom(zones).Draw(rt, "zone")}
	open := rapid.IntRange(0, 10).Draw(rt, "opens") * 60
	length := rapid.IntRange(1, 6).Draw(rt, "hours") * 60
	c.Hours = weekdays(open, open+length)
	if rapid.Bool().Draw(rt, "split") {
		c.Hours = append(c.Hours, weekdays(open+length+60, open+length+120)...)
	}
	for range rapid.IntRange(0, 3).Draw(rt, "off") {
		day := around + hearth.Day(rapid.IntRange(-5, 20).Draw(rt, "day"))
		switch rapid.IntRange(0, 2).Draw(rt, "kind") {
		case 0:
			c.Holidays = append(c.Holidays, record.Holiday{Date: day.String()})
		case 1:
			c.Absences = append(c.Absences, record.Absence{From: day, To: day + hearth.Day(rapid.IntRange(0, 4).Draw(rt, "more"))})
		default:
			from := rapid.IntRange(0, 20).Draw(rt, "part") * 60
			c.Absences = append(c.Absences, record.Absence{From: day, To: day, FromMin: from, ToMin: from + 90})
		}
	}
	return c
}

// allZones gives a sample of the world: whole, half and quarter hours, both hemispheres, rules that changed of late.
func allZones(t *testing.T) []*time.Location {
	t.Helper()
	names := []string{"America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Los_Angeles", "America/Anchorage",
		"Pacific/Honolulu", "America/Puerto_Rico", "America/St_Johns", "America/Santiago", "America/Sao_Paulo", "America/Havana", "Europe/London",
		"Europe/Berlin", "Europe/Dublin", "Africa/Casablanca", "Africa/Cairo", "Africa/Monrovia", "Asia/Beirut", "Asia/Gaza", "Asia/Tehran", "Asia/Kolkata",
		"Asia/Kathmandu", "Asia/Tokyo", "Australia/Adelaide", "Australia/Lord_Howe", "Australia/Eucla", "Pacific/Auckland", "Pacific/Chatham",
		"Pacific/Kiritimati", "Pacific/Apia", "Pacific/Marquesas", "Antarctica/Troll", "Atlantic/Azores", "America/Scoresbysund", "UTC"}
	out := make([]*time.Location, len(names))
	for i, name := range names {
		out[i] = zone(t, name)
	}
	return out
}

// Business time adds up, in every zone: it never runs backwards, is monotone, ends in working time, two steps are one,
// and the working time between the ends is what was added.
func TestBusinessTimeProperties(t *testing.T) {
	zones := allZones(t)
	rapid.Check(t, func(rt *rapid.T) {
		from := time.Unix(rapid.Int64Range(1_700_000_000, 1_900_000_000).Draw(rt, "from"), 0).UTC()
		c := drawCalendar(rt, zones, hearth.DayOf(from, time.UTC))
		a := time.Duration(rapid.IntRange(1, 5000).Draw(rt, "a")) * time.Minute
		b := time.Duration(rapid.IntRange(1, 5000).Draw(rt, "b")) * time.Minute
		one, two := c.Add(from, a+b), c.Add(c.Add(from, a), b)
		if !one.Equal(two) {
			rt.Fatalf("%s + %s + %s is %s in one step and %s in two", from, a, b, one, two)
		}
		if one.Sub(from) < a+b {
			rt.Fatalf("%s of business time after %s is already %s", a+b, from, one)
		}
		if c.Add(from, a).After(one) || c.Add(from.Add(-b), a).After(c.Add(from, a)) {
			rt.Fatalf("more time, or a later start, ends earlier: %s", one)
		}
		if !c.Open(one.Add(-time.Second)) {
			rt.Fatalf("%s is not the end of working time", one.In(c.Zone))
		}
		if got := c.Between(from, one); got != a+b {
			rt.Fatalf("from %s to %s there are %s of working time, not %s", from, one, got, a+b)
		}
		open, ok := c.Opening(from)
		if !ok || open.Before(from) || !c.Open(open) || c.Between(from, open) != 0 || !open.Equal(c.Add(from, 0)) {
			rt.Fatalf("the opening after %s is %s", from, open)
		}
		if n := rapid.IntRange(0, 10).Draw(rt, "days"); c.AddDays(from, n).Before(from.Add(-24 * time.Hour)) {
			rt.Fatalf("%d business days after %s lie before it", n, from)
		}
	})
}

// On the days of the change of clocks a shift is as long as the clock on the wall says.
func TestDaysOfTheChange(t *testing.T) {
	ny := zone(t, "America/New_York")
	sunday := Calendar{Hours: []record.Hours{{Weekday: time.Sunday, From: 0, To: 8 * 60}}, Zone: ny}
	for _, c := range []struct {
		day  hearth.Day
		want time.Duration
	}{{hearth.MakeDay(2026, 3, 1), 8 * time.Hour}, {hearth.MakeDay(2026, 3, 8), 7 * time.Hour}, {hearth.MakeDay(2026, 11, 1), 9 * time.Hour}} {
		if got := length(sunday.spans(c.day)); got != c.want {
			t.Errorf("%s has %s of working time, want %s", c.day, got, c.want)
		}
	}
	oncall := record.OnCall{Weekday: time.Saturday, From: 18 * 60, To: 32 * 60}
	for _, c := range []struct {
		at   string
		want bool
	}{
		{"Sat 2026-03-07 17:59", false}, {"Sat 2026-03-07 18:00", true}, {"Sun 2026-03-08 03:30", true}, {"Sun 2026-03-08 07:59", true}, {"Sun 2026-03-08 08:00", false},
		{"Sun 2026-11-01 01:30", true}, {"Fri 2026-03-06 20:00", false}, {"Sun 2026-03-08 20:00", false},
	} {
		if got := oncall.Covers(at(t, ny, c.at), ny); got != c.want {
			t.Errorf("on call at %s: %v", c.at, got)
		}
	}
}

func TestCalendarOf(t *testing.T) {
	ny := zone(t, "America/New_York")
	s := record.DefaultSettings()
	own := record.Staff{Hours: []record.Hours{{Weekday: time.Sunday, From: 600, To: 720}}}
	sunday := hearth.MakeDay(2026, 3, 8)
	if CalendarOf(s, nil, ny).Works(sunday) || !CalendarOf(s, &own, ny).Works(sunday) || CalendarOf(s, &record.Staff{}, ny).Works(sunday) {
		t.Error("own hours go before the property's, and only where there are any")
	}
	from := at(t, ny, "Sat 2026-03-07 15:30")
	if got, want := BusinessDue(s, nil, ny, from, time.Hour), at(t, ny, "Mon 2026-03-09 09:30"); !got.Equal(want) {
		t.Errorf("an hour from %s is due %s, want %s", from, got, want)
	}
	if got, want := BusinessDays(s, own.Hours, ny, from, 1), at(t, ny, "Sun 2026-03-15 10:00"); !got.Equal(want) {
		t.Errorf("one of the own days from %s is due %s, want %s", from, got.In(ny), want)
	}
}
