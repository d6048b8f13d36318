package trigger_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hearth"
)

const weekly = `
id: weekly
title: A look each week
depth: playbook
why: To see who waits.
trigger: {at: {every: week, weekday: monday, time: "09:00"}, if: lease.status == "current"}
limits: {LIMITS}
steps:
  - task: {title: Look, why: It is time, role: leasing, minutes: 5, due: 2 business days}
`

// Days are the property's calendar days: where the clocks change, a week after Monday at nine is Monday at nine, and what was held back
// by a rule of days is a calendar's on its own days alone.
func TestRulesOfDaysFollowTheCalendar(t *testing.T) {
	for limits, want := range map[string]string{
		"again: once per 7 days":         "Feb 23 09:00, Mar 2 09:00, Mar 9 09:00, Mar 16 09:00, Mar 23 09:00",
		"again: each time, cooldown: 1w": "Feb 23 09:00, Mar 2 09:00, Mar 9 09:00, Mar 16 09:00, Mar 23 09:00",
		"again: once per 10 days":        "Feb 23 09:00, Mar 9 09:00, Mar 23 09:00",
		// The same in hours, which the clocks make one too few or too many.
		"again: each time, cooldown: 168h": "Feb 23 09:00, Mar 2 09:00, Mar 9 09:00, Mar 16 09:00, Mar 23 09:00",
		"again: each time, cooldown: 200h": "Feb 23 09:00, Mar 9 09:00, Mar 23 09:00",
	} {
		t.Run(limits, func(t *testing.T) {
			each(t, func(r *rig) {
				r.clock.Set(time.Date(2026, 2, 20, 12, 0, 0, 0, time.UTC))
				ana := r.home("4B", "Ana", -100, 300, old)
				r.drain()
				r.activate(strings.Replace(weekly, "LIMITS", limits, 1), 0)
				r.pass(32 * day)
				if got := r.startTimes(ana); got != want {
					r.Errorf("it started %s, want %s", got, want)
				}
			})
		})
	}
}

// A start of last week that came late, because the program stood still, does not keep this week's from coming at its time.
func TestALateStartDelaysNoOther(t *testing.T) {
	each(t, func(r *rig) {
		ana := r.home("4B", "Ana", -100, 300, old)
		r.drain()
		r.activate(strings.Replace(weekly, "LIMITS", "again: once per 7 days", 1), 0)
		r.pass(6 * day)
		r.clock.Set(time.Date(2026, 3, 9, 15, 0, 0, 0, time.UTC)) // 11 in the morning
		r.drain()
		r.pass(8 * day)
		if got, want := r.startTimes(ana), "Mar 9 11:00, Mar 16 09:00"; got != want {
			r.Errorf("it started %s, want %s", got, want)
		}
	})
}

// A start that came late, by some moments, over midnight or because a limit put it off, belongs to its occurrence and costs nobody the next.
func TestALateStartCostsNoOccurrence(t *testing.T) {
	for _, tt := range []struct{ at, limits, late, want string }{
		{`{every: day, time: "09:00"}`, "again: each time, cooldown: 24h", "09:00:03", "Mar 9 09:00, Mar 10 09:00, Mar 11 09:00"},
		{`{every: day, time: "23:00"}`, "again: once per 1 days", "24:30:00", "Mar 10 00:30, Mar 10 23:00, Mar 11 23:00"},
		{`{every: week, weekday: [monday, wednesday], time: "23:00"}`, "again: once per 2 days", "25:00:00", "Mar 10 01:00, Mar 11 23:00"},
	} {
		t.Run(tt.at, func(t *testing.T) {
			each(t, func(r *rig) {
				ana := r.home("4B", "Ana", -100, 300, old)
				r.drain()
				r.activate(strings.NewReplacer("LIMITS", tt.limits, `{every: week, weekday: monday, time: "09:00"}`, tt.at).Replace(weekly), 0)
				r.clock.Set(time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)) // Monday, 8 in the morning
				r.drain()
				before := r.startTimes(ana)
				var h, m, s int
				if _, err := fmt.Sscanf(tt.late, "%d:%d:%d", &h, &m, &s); err != nil {
					t.Fatal(err)
				}
				r.clock.Set(hearth.DayOf(r.clock.Now(), r.zone).Start(r.zone).Add(time.Duration(h*3600+m*60+s) * time.Second))
				r.drain()
				r.pass(70 * time.Hour)
				if got := strings.TrimPrefix(strings.TrimPrefix(r.startTimes(ana), before), ", "); got != tt.want {
					r.Errorf("it started %s, want %s", got, tt.want)
				}
			})
		})
	}
}

// Whom a day's limit gives the next day has their week from the calendar's day all the same: both start each week.
func TestADaysLimitCostsNoWeek(t *testing.T) {
	each(t, func(r *rig) {
		ana, ben := r.home("4B", "Ana", -100, 300, old), r.home("5A", "Ben", -100, 300, old)
		r.drain()
		r.activate(strings.Replace(weekly, "LIMITS", "again: once per 7 days, a_day: 1", 1), 0)
		r.pass(24 * day)
		got := []string{r.startTimes(ana), r.startTimes(ben)}
		slices.Sort(got)
		if want := []string{"Mar 10 09:00, Mar 17 09:00, Mar 24 09:00", "Mar 9 09:00, Mar 16 09:00, Mar 23 09:00"}; !slices.Equal(got, want) {
			r.Errorf("they started %q, want %q", got, want)
		}
	})
}

// A standing condition that may come back after so many days comes back at its hour, also where the clocks change.
func TestAStandingConditionComesBackAtItsHour(t *testing.T) {
	each(t, func(r *rig) {
		r.clock.Set(time.Date(2026, 3, 2, 15, 0, 0, 0, time.UTC)) // 10 in the morning
		ana := r.home("4B", "Ana", -100, 300, old)
		r.drain()
		r.activate(strings.Replace(repairs, "once per 30 days", "once per 7 days", 1), 0)
		r.event(&hearth.Event{Type: "workorder.opened", Residents: []hearth.ResidentID{ana}}, map[string]any{"description": "The tap drips", "workorder": "wo_1"})
		r.drain()
		r.pass(15 * day)
		if got, want := r.startTimes(ana), "Mar 2 10:00, Mar 9 10:00, Mar 16 10:00"; got != want {
			r.Errorf("it started %s, want %s", got, want)
		}
	})
}
