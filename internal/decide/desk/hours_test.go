package desk

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"hearth"
)

func mustZone(t interface{ Fatal(...any) }, name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// zones gives places with every kind of clock: half and quarter hours, both hemispheres, midnight changes, a half-hour
// daylight saving, and one that left out a day.
func zones() []string {
	return []string{
		"America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Los_Angeles",
		"America/Anchorage", "Pacific/Honolulu", "America/Puerto_Rico", "America/St_Johns", "America/Havana",
		"America/Santiago", "America/Asuncion", "Europe/London", "Europe/Berlin", "Africa/Casablanca", "Africa/Cairo",
		"Asia/Beirut", "Asia/Tehran", "Asia/Kathmandu", "Asia/Kolkata", "Asia/Tokyo", "Australia/Lord_Howe",
		"Australia/Adelaide", "Pacific/Apia", "Pacific/Chatham", "Pacific/Kiritimati", "Antarctica/Troll", "UTC",
	}
}

func drawTime(t *rapid.T, label string) time.Time {
	// Two years in steps of five minutes, with 2011 for the day that Apia left out.
	base := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	if rapid.IntRange(0, 9).Draw(t, label+" decade") == 0 {
		base = time.Date(2011, 12, 20, 0, 0, 0, 0, time.UTC)
	}
	return base.Add(time.Duration(rapid.IntRange(0, 2*366*24*12).Draw(t, label)) * 5 * time.Minute)
}

func TestQuietHoursEndOutsideOfThemAndSoon(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		zone := mustZone(t, rapid.SampledFrom(zones()).Draw(t, "zone"))
		q := Quiet{From: 21 * 60, To: 8 * 60}
		if rapid.Bool().Draw(t, "other hours") {
			q = Quiet{From: rapid.IntRange(18, 23).Draw(t, "from") * 60, To: rapid.IntRange(0, 20).Draw(t, "to") * 30}
		}
		now := drawTime(t, "now")
		end := q.End(now, zone)
		if q.Holds(end, zone) {
			t.Fatalf("quiet hours %s from %s end at %s, which lies in them", q, now.In(zone), end.In(zone))
		}
		if end.Before(now) || end.Sub(now) > 40*time.Hour {
			t.Fatalf("quiet hours %s from %s end at %s", q, now.In(zone), end.In(zone))
		}
		if !q.Holds(now, zone) && !end.Equal(now) {
			t.Fatalf("%s is not quiet, and still the end is %s", now.In(zone), end.In(zone))
		}
		// Nothing between now and the end is allowed: it is the first instant.
		for at := now; at.Before(end); at = at.Add(5 * time.Minute) {
			if !q.Holds(at, zone) {
				t.Fatalf("%s would have been allowed before %s", at.In(zone), end.In(zone))
			}
		}
	})
}

func TestBeforeQuietHoursLiesBeforeThem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		zone := mustZone(t, rapid.SampledFrom(zones()).Draw(t, "zone"))
		q := Quiet{From: 21 * 60, To: 8 * 60}
		at := drawTime(t, "at")
		if !q.Holds(at, zone) {
			return
		}
		before := q.Before(at, zone)
		if q.Holds(before, zone) || !before.Before(at) || at.Sub(before) > 40*time.Hour {
			t.Fatalf("before quiet hours of %s is %s", at.In(zone), before.In(zone))
		}
	})
}

func TestQuietHoursOnTheNightsOfTheClock(t *testing.T) {
	tests := []struct {
		name, zone, now, want string
		q                     Quiet
	}{
		{"an evening", "America/New_York", "2026-11-20T22:00:00-05:00", "2026-11-21T08:00:00-05:00", Quiet{1260, 480}},
		{"the last quiet minute", "America/New_York", "2026-11-21T07:59:00-05:00", "2026-11-21T08:00:00-05:00", Quiet{1260, 480}},
		{"eight sharp is not quiet", "America/New_York", "2026-11-21T08:00:00-05:00", "2026-11-21T08:00:00-05:00", Quiet{1260, 480}},
		{"the short night", "America/New_York", "2026-03-07T23:00:00-05:00", "2026-03-08T08:00:00-04:00", Quiet{1260, 480}},
		{"the long night", "America/New_York", "2026-10-31T23:00:00-04:00", "2026-11-01T08:00:00-05:00", Quiet{1260, 480}},
		{"02:30 that does not exist", "America/New_York", "2026-03-08T01:00:00-05:00", "2026-03-08T03:00:00-04:00", Quiet{1260, 150}},
		{"01:30 that comes twice, the first", "America/New_York", "2026-11-01T00:30:00-04:00", "2026-11-01T01:30:00-04:00", Quiet{1260, 90}},
		{"01:30 that comes twice, between them", "America/New_York", "2026-11-01T01:10:00-05:00", "2026-11-01T01:30:00-05:00", Quiet{1260, 90}},
		{"midnight that does not exist", "America/Santiago", "2026-09-05T23:30:00-04:00", "2026-09-06T01:00:00-03:00", Quiet{1260, 0}},
		{"a half-hour change", "Australia/Lord_Howe", "2026-04-05T01:45:00+11:00", "2026-04-05T08:00:00+10:30", Quiet{1260, 480}},
		{"the day left out", "Pacific/Apia", "2011-12-29T22:00:00-10:00", "2011-12-31T08:00:00+14:00", Quiet{1260, 480}},
		{"no quiet hours", "UTC", "2026-11-20T03:00:00Z", "2026-11-20T03:00:00Z", Quiet{480, 480}},
		{"a siesta", "UTC", "2026-11-20T13:30:00Z", "2026-11-20T15:00:00Z", Quiet{780, 900}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			now, _ := time.Parse(time.RFC3339, tt.now)
			want, _ := time.Parse(time.RFC3339, tt.want)
			if got := tt.q.End(now, mustZone(t, tt.zone)); !got.Equal(want) {
				t.Errorf("got %s, want %s", got.In(want.Location()), want)
			}
		})
	}
}

// TestNothingLeavesInQuietHoursAndNothingStarves plays a case forward: each hold is asked again at its time, as the
// engine does, until the desk lets go of it.
func TestNothingLeavesInQuietHoursAndNothingStarves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		zone := mustZone(t, rapid.SampledFrom(zones()).Draw(t, "zone"))
		class := rapid.SampledFrom(hearth.Classes()).Draw(t, "class")
		now := drawTime(t, "now")
		c := plainCase(class, now, zone)
		for i := range rapid.IntRange(0, 8).Draw(t, "said") {
			c.Said = append(c.Said, Said{ID: hearth.MessageID(rune('a' + i)), State: "sent", Resident: "res_ana",
				Class: rapid.SampledFrom(hearth.Classes()).Draw(t, "said class"),
				At:    now.Add(-time.Duration(rapid.IntRange(0, 30*24).Draw(t, "hours ago")) * time.Hour)})
		}
		if rapid.Bool().Draw(t, "urgent") {
			c.Mood.UrgentOpen = 1
		}
		for n := 0; ; n++ {
			if n > 300 {
				t.Fatalf("a %s message from %s starves: asked %d times, now %s", class, now, n, c.Now)
			}
			v, a := decide(c)
			if v.Outcome != Held {
				quiet := c.Place.Quiet.Holds(c.Now, zone)
				if v.Outcome == Sent && quiet && class != hearth.ClassAnswer && class != hearth.ClassSafety {
					t.Fatalf("a %s message leaves at %s", class, c.Now.In(zone))
				}
				if c.Now.After(c.Intent.Expires) {
					t.Fatalf("a %s message is decided at %s, after its end %s", class, c.Now, c.Intent.Expires)
				}
				return
			}
			if !v.Until.After(c.Now) {
				t.Fatalf("held until %s, which is not after %s", v.Until, c.Now)
			}
			c.Now, c.Intent.lastHold = v.Until, a.why
		}
	})
}
