package trigger_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/decide/desk"
	"hearth/internal/fact/record"
)

// Of whom nothing is known hears what can wait when the others at the property usually answer: counted once a day, in words, and not for what may
// not wait so long.
func TestWhatCanWaitGoesByTheOthersHour(t *testing.T) {
	each(t, func(r *rig) {
		for i := range 13 {
			who := r.home(fmt.Sprint(100+i), fmt.Sprint("Neighbour", i), -100, 300, old)
			y, m, d := r.clock.Now().In(r.zone).AddDate(0, 0, -2).Date()
			r.event(&hearth.Event{Type: "portal.visited", Residents: []hearth.ResidentID{who}, Time: time.Date(y, m, d, 18, 20, 0, 0, r.zone)}, map[string]any{})
		}
		ana := r.home("4B", "Ana", -100, 300, old)
		r.drain()
		for want := true; ; want = false { // the one property, once a day
			more, err := r.engine.LearnHours(r.Context())
			r.must(err)
			if more != want {
				r.Fatalf("counted %v, want %v", more, want)
			}
			if !more {
				break
			}
		}
		r.read(func(ctx context.Context, tx *db.Tx) error {
			o, err := desk.HoursOf(ctx, tx, r.property)
			if !o.Clear || o.Habit.Hour != 18 || o.Habit.In != 13 || o.Habit.Of != 13 {
				r.Errorf("counted %+v", o)
			}
			return err
		})
		y, m, d := r.clock.Now().In(r.zone).Date()
		r.clock.Set(time.Date(y, m, d+1, 12, 0, 0, 0, r.zone).UTC())
		r.activate(strings.Replace(askTwice, "class: service", "class: relation", 1), 0)
		r.happen("lease.notice_withdrawn", ana, map[string]any{})
		said := r.outcomes(ana, "desk")
		if len(said) != 1 || said[0].Outcome != desk.Held ||
			said[0].Reason != "Held until today 18:00: their own hour is not known yet, and this is when others at Oak Court usually answer (13 of 13 residents in the last 90 days)." {
			r.Fatalf("the desk says %+v", said)
		}
		if f := said[0].Facts; f["hour_of"] != "others" || f["hour_counts"] != "13 of 13" {
			r.Errorf("facts %v", f)
		}
		// A week without a count, and it is forgotten; a day later it is counted anew.
		r.clock.Advance(8 * day)
		ben := r.home("5A", "Ben", -100, 300, record.News{})
		r.drain()
		r.happen("lease.notice_withdrawn", ben, map[string]any{})
		if said := r.outcomes(ben, "desk"); len(said) == 0 || strings.Contains(said[0].Reason, "others at") {
			r.Errorf("after a week the desk says %+v", said)
		}
		if more, err := r.engine.LearnHours(r.Context()); err != nil || !more {
			r.Errorf("counted anew: %v, %v", more, err)
		}
	})
}
