package world

import (
	"math"
	"testing"
	"time"

	"hearth"
)

// Streams are told apart by all of their names and the seed, and nothing else.
func TestStreams(t *testing.T) {
	first := func(seed uint64, names ...string) uint64 { return stream(seed, names...).Uint64() }
	same := first(1, "home", "U1")
	if first(1, "home", "U1") != same {
		t.Error("the same names gave another stream")
	}
	for what, other := range map[string]uint64{
		"another seed": first(2, "home", "U1"), "another name": first(1, "home", "U2"),
		"names cut elsewhere": first(1, "homeU", "1"), "one name of both": first(1, "homeU1"), "swapped": first(1, "U1", "home"),
	} {
		if other == same {
			t.Errorf("%s gave the same stream", what)
		}
	}
}

func TestDraws(t *testing.T) {
	r := stream(1, "draws")
	const n = 20_000
	var days, three, yes float64
	low, high := math.MaxInt, 0
	for range n {
		days += float64(daysUntil(r, 10))
		if weighted(r, []float64{1, 0, 2, 1}) == 2 {
			three++
		}
		if chance(r, 0.3) {
			yes++
		}
		k := between(r, 3, 7)
		low, high = min(low, k), max(high, k)
	}
	for _, row := range []struct {
		what            string
		got, want, room float64
	}{
		{"days until something that happens ten times a year", days / n, 37, 1.5},
		{"a weight of a half", three / n, 0.5, 0.02},
		{"a chance of three in ten", yes / n, 0.3, 0.02},
		{"lowest of 3 to 7", float64(low), 3, 0},
		{"highest of 3 to 7", float64(high), 7, 0},
		{"between one and the same", float64(between(r, 5, 5)), 5, 0},
		{"between a high and a low", float64(between(r, 5, 2)), 5, 0},
		{"never", float64(daysUntil(r, 0)), 4 * 365, 0},
	} {
		if math.Abs(row.got-row.want) > row.room {
			t.Errorf("%s: %.3f, want %.3f", row.what, row.got, row.want)
		}
	}
	for range 1000 {
		if weighted(r, []float64{1, 0, 1}) == 1 {
			t.Fatal("drew what has no weight")
		}
	}
}

func TestCalendar(t *testing.T) {
	day := func(y int, m time.Month, d int) hearth.Day { return hearth.MakeDay(y, m, d) }
	for _, row := range []struct {
		from   hearth.Day
		months int
		want   hearth.Day
	}{
		{day(2025, 1, 15), 1, day(2025, 2, 15)}, {day(2025, 1, 31), 1, day(2025, 2, 28)}, {day(2024, 1, 31), 1, day(2024, 2, 29)},
		{day(2025, 3, 31), -1, day(2025, 2, 28)}, {day(2025, 11, 30), 15, day(2027, 2, 28)}, {day(2025, 5, 1), -12, day(2024, 5, 1)},
	} {
		if got := addMonths(row.from, row.months); got != row.want {
			t.Errorf("%s and %d months: %s, want %s", row.from, row.months, got, row.want)
		}
	}
	for from, want := range map[hearth.Day]hearth.Day{day(2025, 1, 1): day(2025, 2, 1), day(2025, 12, 31): day(2026, 1, 1)} {
		if got := nextMonth(from); got != want {
			t.Errorf("the first after %s: %s, want %s", from, got, want)
		}
	}
}

// Technicians work from eight to six, Monday to Saturday; what falls outside waits for the next such hour, through the
// night in which the clocks change too.
func TestWorkTime(t *testing.T) {
	zone, err := time.LoadLocation("America/Chicago")
	if err != nil {
		t.Fatal(err)
	}
	w := community(t, Config{Units: 1, Zone: zone})
	for _, row := range []struct{ at, day string }{
		{"2025-01-06 09:30", "2025-01-06"}, {"2025-01-06 03:00", "2025-01-06"}, {"2025-01-06 18:00", "2025-01-07"},
		{"2025-01-11 17:59", "2025-01-11"}, {"2025-01-11 18:30", "2025-01-13"}, {"2025-01-12 12:00", "2025-01-13"},
		{"2025-03-08 23:00", "2025-03-10"}, {"2025-03-09 03:30", "2025-03-10"},
	} {
		at, err := time.ParseInLocation("2006-01-02 15:04", row.at, zone)
		if err != nil {
			t.Fatal(err)
		}
		got := w.workTime(at)
		if got.Before(at) || hearth.DayOf(got, zone).String() != row.day || got.In(zone).Hour() < 8 || got.In(zone).Hour() >= 18 {
			t.Errorf("work at %s is done at %s, want on %s", row.at, got, row.day)
		}
		if again := w.workTime(got); !again.Equal(got) {
			t.Errorf("%s within working hours became %s", got, again)
		}
	}
}
