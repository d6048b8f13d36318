package trigger_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/decide/trigger"
	"hearth/internal/fact/care"
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
		if x.Verdict != "It does not start now, because this does not hold: the calendar says so, every month on the first Monday at 09:30. "+
			"The last time was on 2 March 2026, and the next is on 6 April 2026." {
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
		ben := r.home("5B", "Ben", -100, 300, old)
		r.pass(25*day + 12*time.Hour) // the evening of its day: she has it, and somebody who came since has not
		ran := strings.Replace(monthly, "id: monthly", "id: monthly-two", 1)
		r.activate(ran, 0)
		r.pass(20 * time.Hour)
		if x := r.why(ben, "monthly-two"); x.Verdict != "Everything holds. The last time was on 6 April 2026, and the next is on 4 May 2026." {
			r.Errorf("on the day after its time it says %q", x.Verdict)
		}
	})
}

// What the condition asks of the event is asked of the one that would have started it: not of a later one that fits less, nor of one of
// somebody else in the home.
func TestWhyAsksTheEventThatWouldStartIt(t *testing.T) {
	each(t, func(r *rig) {
		both := r.homeTold(old, "4B", r.dates(-100, 200), "Ana", "Eva")
		ana, eva := both.Members[0].ID, both.Members[1].ID
		r.drain()
		r.activate(onOrder, 0)
		p := r.pause(care.Pause{What: care.Everything})
		r.order(ana, "wo_1", "routine")
		r.pass(time.Hour)
		r.order(ana, "wo_2", "emergency")
		r.resume(p.ID)
		if w := r.why(ana, "on-order"); !strings.HasPrefix(w.Verdict, "Everything holds; it starts with the next such event.") {
			r.Errorf("after the routine order and the emergency it says %q", w.Verdict)
		}
		if w := r.whyAt(ana, "on-order", r.clock.Now()); !strings.HasPrefix(w.Verdict, "Everything held") {
			r.Errorf("as of now it said %q", w.Verdict)
		}
		if w := r.why(eva, "on-order"); !strings.Contains(w.Verdict, "within the last 48 hours") {
			r.Errorf("of Eva, who asked for nothing, it says %q", w.Verdict)
		}
		r.pass(3 * day)
		r.event(&hearth.Event{Type: "workorder.opened", Residents: []hearth.ResidentID{ana}, Time: r.clock.Now().Add(-time.Hour), History: true},
			map[string]any{"description": "x", "priority": "routine", "workorder": "wo_3"})
		r.drain()
		if c := r.why(ana, "on-order").Checks[0]; c.Holds || len(c.Values) != 1 || !strings.Contains(c.Values[0], "told as history") {
			r.Errorf("of an order that was told as history it says %+v", c)
		}
	})
}

// Of what repeats it is said how often it happened, where, within what time, and what is lacking: now and at a past time.
func TestWhyCountsWhatRepeats(t *testing.T) {
	each(t, func(r *rig) {
		r.activate(thirdTime, 0)
		r.activate(strings.NewReplacer("third-time", "lift", "by: unit, same: category, times: 3", "by: equipment, times: 2").Replace(thirdTime), 0)
		r.activate(strings.NewReplacer("third-time", "visits", "workorder.opened, by: unit, same: category, times: 3", "portal.visited, by: household, times: 2").Replace(thirdTime), 0)
		ana, ben := r.home("4B", "Ana", -100, 300, old), r.home("5A", "Ben", -100, 300, old)
		r.drain()
		r.pass(day)
		says := func(who hearth.ResidentID, id hearth.PlaybookID, holds bool, want string) {
			r.Helper()
			now := r.clock.Now()
			for when, x := range map[string]*trigger.Explanation{"now": r.why(who, id), "then": r.whyAt(who, id, now)} {
				c := x.Checks[0]
				if c.What != "trigger" || !c.Known || c.Holds != holds || !slices.Equal(c.Values, []string{want}) {
					r.Errorf("%s %s says %+v, want %q", when, id, c, want)
				}
				if up := strings.ToUpper(want[:1]) + want[1:]; !holds && !strings.Contains(x.Verdict, up) {
					r.Errorf("%s the verdict on %s is %q", when, id, x.Verdict)
				}
			}
		}
		says(ana, "third-time", false, "within the last 60 days it did not happen in this home; 3 more are lacking")
		r.fault(ana, "Plumbing", nil)
		r.fault(ben, "plumbing", map[string]any{"equipment": "lift-1"})
		r.happen("portal.visited", ana, map[string]any{})
		one := r.clock.Now()
		r.pass(10 * day)
		r.fault(ana, "plumbing", map[string]any{"equipment": "lift-1"})
		says(ana, "third-time", false, "within the last 60 days it happened twice in this home (category plumbing): on 3 March 2026 and 13 March 2026; 1 more is lacking")
		says(ana, "lift", true, "within the last 60 days it happened twice of this piece of equipment (lift-1): on 3 March 2026 and 13 March 2026")
		says(ana, "visits", false, "within the last 60 days it happened once in this household: on 3 March 2026; 1 more is lacking")
		if x := r.whyAt(ana, "third-time", one); !strings.HasSuffix(x.Checks[0].Values[0], "it happened once in this home (category plumbing): on 3 March 2026; 2 more are lacking") {
			r.Errorf("after the first it said %+v", x.Checks[0])
		}
		r.pass(5 * day)
		r.fault(ana, "plumbing", nil)
		r.pass(5 * day)
		says(ana, "third-time", false, "within the last 60 days it happened 3 times in this home (category plumbing): on 3 March 2026, 13 March 2026 and 18 March 2026; "+
			"there were enough on 18 March 2026, and what comes on top is no news")
		r.pass(49 * day)
		says(ana, "third-time", false, "within the last 60 days it happened twice in this home (category plumbing): on 13 March 2026 and 18 March 2026; 1 more is lacking")
	})
}
