package trigger_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/base/work"
	"hearth/internal/decide/trigger"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
)

const monthly = `
id: monthly
title: A look at the leases
depth: playbook
why: To see who needs a word.
for: household
trigger: {at: {every: month, weekday: first monday, time: "09:30"}, if: lease.status == "current"}
audience: lease.days_to_end >= 30
steps:
  - task: {title: Look, why: It is time, role: leasing, minutes: 5, due: 2 business days}
`

// startTimes gives when the resident's runs started, in the property's zone.
func (r *rig) startTimes(who hearth.ResidentID) string {
	r.Helper()
	var out []string
	for _, d := range r.outcomes(who, "trigger") {
		if d.Outcome == "started" {
			out = append(out, d.At.In(r.zone).Format("Jan 2 15:04"))
		}
	}
	return strings.Join(out, ", ")
}

func TestACalendarStartsAtItsTimeForThoseItMeans(t *testing.T) {
	each(t, func(r *rig) {
		// The clock stands at Monday, 2 March 2026, 9:00.
		r.activate(monthly, 0)
		both := r.homeTold(old, "4B", r.dates(-100, 300), "Ana", "Eva")
		ana, eva := both.Members[0].ID, both.Members[1].ID
		ending, gone := r.home("5A", "Ben", -300, 20, old), r.home("6A", "Cleo", -500, 400, old)
		r.told(func(ctx context.Context, tx *db.Tx, n record.News) error {
			l, err := r.records.LeaseOf(ctx, tx, gone)
			if err != nil {
				return err
			}
			_, err = r.records.MoveOut(ctx, tx, n, l.ID, r.today())
			return err
		})
		r.pass(31 * time.Minute)
		if got := r.startTimes(ana); got != "Mar 2 09:30" {
			r.Fatalf("for Ana it started %q", got)
		}
		if d := r.outcomes(ana, "trigger")[0]; d.Reason != "The calendar says so: every month on the first Monday at 09:30, on 2 March 2026." {
			r.Errorf("the reason is %q", d.Reason)
		}
		r.pass(60 * day)
		if got := r.startTimes(ana); got != "Mar 2 09:30, Apr 6 09:30" {
			r.Errorf("for Ana it started %q, want once a month", got)
		}
		for _, who := range []hearth.ResidentID{eva, ending, gone} {
			if d := r.outcomes(who, "trigger"); len(d) != 0 {
				r.Errorf("whom it does not mean has the decisions %+v", d)
			}
		}
	})
}

func TestCalendarsOverDaylightSaving(t *testing.T) {
	for _, tt := range []struct{ name, at, from, want string }{
		{"an hour that is left out", "02:30", "2026-03-07T12:00:00Z", "Mar 8 03:00, Mar 9 02:30"},
		{"an hour that comes twice", "01:30", "2026-10-31T12:00:00Z", "Nov 1 01:30, Nov 2 01:30"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
				at, err := time.Parse(time.RFC3339, tt.from)
				if err != nil {
					t.Fatal(err)
				}
				clock.Set(at)
				r := newRig(t, d, clock)
				ana := r.home("4B", "Ana", -100, 300, old)
				r.drain()
				r.activate(strings.Replace(monthly, `{every: month, weekday: first monday, time: "09:30"}`, `{every: day, time: "`+tt.at+`"}`, 1), 0)
				r.pass(2 * day)
				if got := r.startTimes(ana); got != tt.want {
					r.Errorf("it started %q, want %q", got, tt.want)
				}
			})
		})
	}
}

func TestACalendarForThePropertyStartsOnce(t *testing.T) {
	each(t, func(r *rig) {
		r.home("4B", "Ana", -100, 300, old)
		r.home("5A", "Ben", -100, 300, old)
		r.drain()
		r.activate(`
id: council
title: The council meets
depth: human
why: It meets on the first Monday.
for: property
trigger: {at: {every: week, weekday: [tuesday, friday], time: "08:00"}}
steps:
  - task: {title: Prepare the council, why: It meets, role: property_manager, minutes: 30, due: 4 business hours}
`, 0)
		r.pass(5 * day)
		got := r.siteTasks("council")
		if len(got) != 2 || r.owner(got[0]) != "Ruth Ames" || got[0].Resident != "" || len(got[0].Context.Facts) == 0 ||
			got[0].Made.In(r.zone).Format("Jan 2 15:04") != "Mar 3 08:00" || got[1].Made.In(r.zone).Format("Jan 2 15:04") != "Mar 6 08:00" {
			r.Errorf("got %+v, want two tasks of the manager", got)
		}
	})
}

// After a long stop the newest occurrence starts, if it is news still; those before it are left out.
func TestACalendarThatSleptDoesNotFlood(t *testing.T) {
	for _, tt := range []struct {
		rule string
		want string
	}{
		{`{every: day, time: "08:00"}`, "Mar 12 09:00"},
		{`{every: week, weekday: monday, time: "10:00"}`, ""},
	} {
		each(t, func(r *rig) {
			ana := r.home("4B", "Ana", -100, 300, old)
			r.drain()
			r.activate(strings.Replace(monthly, `{every: month, weekday: first monday, time: "09:30"}`, tt.rule, 1), 0)
			r.clock.Set((r.today() + 10).At(9*60, r.zone))
			r.drain()
			if got := r.startTimes(ana); got != tt.want {
				r.Errorf("%s: after ten days' stop it started %q, want %q", tt.rule, got, tt.want)
			}
		})
	}
}

func TestACalendarIsSpreadByItsLimits(t *testing.T) {
	each(t, func(r *rig) {
		var ids []hearth.ResidentID
		for i := range 5 {
			ids = append(ids, r.home(fmt.Sprintf("%dA", i), fmt.Sprintf("P%c", 'a'+i), -100, 300, old))
		}
		r.drain()
		r.activate(strings.Replace(monthly, "steps:\n", "limits: {at_once: 2}\nsteps:\n  - wait: 3d\n", 1), 0)
		count := func() (n int) {
			for _, id := range ids {
				n += r.starts(id)
			}
			return n
		}
		r.pass(day)
		if got := count(); got != 2 {
			r.Fatalf("on the first day %d started, want 2", got)
		}
		r.pass(9 * day)
		if got := count(); got != 5 {
			r.Errorf("within ten days %d started, want all 5, each when there was room", got)
		}
		r.pass(20 * day)
		if got := count(); got != 5 {
			r.Errorf("before the next month %d started, want 5: once for each occurrence", got)
		}
	})
}

// A calendar looks at nobody between its times.
func TestACalendarSleepsBetween(t *testing.T) {
	each(t, func(r *rig) {
		r.home("4B", "Ana", -100, 300, old)
		r.drain()
		r.activate(monthly, 0)
		r.pass(time.Hour)
		r.read(func(ctx context.Context, tx *db.Tx) error {
			at, ok, err := work.NextAt(ctx, tx, trigger.Lane, eventlog.PartOf(r.property))
			if ok && at.Sub(r.clock.Now()) < 23*time.Hour {
				r.Errorf("it wakes again at %s, want at most once a day", at)
			}
			return err
		})
	})
}
