package trigger_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"hearth/internal/decide/trigger"
)

// Why an event started nothing is asked of the event: now, and at a past time of the one that was the last then.
func TestWhyAsksTheLastEvent(t *testing.T) {
	each(t, func(r *rig) {
		ana := r.home("4B", "Ana", -100, 200, old)
		r.drain()
		r.activate(onOrder, 0)
		none := r.clock.Now()
		if w := r.why(ana, "on-order"); !strings.Contains(w.Verdict, "within the last 48 hours") {
			r.Errorf("without any order it says %q, want that there was none", w.Verdict)
		}
		r.pass(time.Hour)
		r.order(ana, "wo_1", "emergency")
		r.pass(time.Minute)
		first := r.clock.Now()
		const want = "because this does not hold: its priority is not emergency."
		says := func(x *trigger.Explanation) bool {
			return slices.ContainsFunc(x.Checks, func(c trigger.Check) bool {
				return slices.Equal(c.Values, []string{"event.priority is emergency"}) && c.Known && !c.Holds
			})
		}
		if w := r.why(ana, "on-order"); !strings.Contains(w.Verdict, want) || !says(w) {
			r.Errorf("of the emergency it says %q with %+v", w.Verdict, w.Checks)
		}
		r.pass(time.Hour)
		r.order(ana, "wo_2", "routine")
		r.pass(time.Hour)
		if w := r.why(ana, "on-order"); !strings.HasPrefix(w.Verdict, "It is running since") {
			r.Errorf("of the other it says %q", w.Verdict)
		}
		if w := r.whyAt(ana, "on-order", first); !strings.Contains(w.Verdict, strings.Replace(want, "does", "did", 1)) || !says(w) {
			r.Errorf("at that time it said %q with %+v", w.Verdict, w.Checks)
		}
		if w := r.whyAt(ana, "on-order", none); !strings.Contains(w.Verdict, "within the last 48 hours") {
			r.Errorf("before any order it said %q", w.Verdict)
		}
	})
}

// Of a calendar it is known when its time was, and when it is next.
func TestWhyKnowsTheCalendar(t *testing.T) {
	each(t, func(r *rig) {
		ana := r.home("4B", "Ana", -100, 300, old)
		r.drain()
		r.activate(monthly, 0)
		r.pass(10 * day)
		x := r.why(ana, "monthly")
		if x.Verdict != "It does not start now, because this does not hold: the calendar says so, every month on the first monday at 09:30." {
			r.Errorf("it says %q", x.Verdict)
		}
		if !slices.ContainsFunc(x.Checks, func(c trigger.Check) bool {
			return slices.Equal(c.Values, []string{"the last time was on 2 March 2026", "the next is on 6 April 2026"})
		}) {
			r.Errorf("and checked %+v", x.Checks)
		}
		if x := r.whyAt(ana, "monthly", r.clock.Now().Add(-9*day)); strings.Contains(x.Verdict, "calendar") {
			r.Errorf("on the day after it said %q", x.Verdict)
		}
	})
}
