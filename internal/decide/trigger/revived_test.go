package trigger_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
)

// What was put aside and is revived does all that it would have done: it reaches goals, and what is told of one row of a person happens to
// the person. Their signals have it from the beginning.
func TestWhatIsRevivedIsWhole(t *testing.T) {
	each(t, func(r *rig) {
		ana, twice := r.home("4B", "Ana", -100, 200, old), r.home("5A", "Anna", -10, 355, old)
		r.drain()
		r.activate(strings.Replace(onOrder, "exits:", "goal: {event: workorder.completed, within: 9d}\nexits:", 1), 0)
		r.merge(ana, twice)
		var bad hearth.EventType
		r.engine.SetFaultOf(func(of hearth.EventType) error {
			if of == bad {
				return errors.New("this breaks us")
			}
			return nil
		})
		revive := func() {
			bad = ""
			r.write(func(ctx context.Context, tx *db.Tx) error {
				var key string
				if err := tx.Row(ctx, "SELECT key FROM due WHERE org = $1 AND kind = 'event'", tx.Org()).Scan(&key); err != nil {
					return err
				}
				_, err := work.Revive(ctx, tx, "event", key, tx.Now())
				return err
			})
			r.drain()
		}
		bad = "workorder.opened"
		r.order(twice, "wo_1", "routine")
		r.sound("with an order put aside that was told of the row under the other")
		revive()
		if n := r.runsOf(ana); n != 1 {
			r.Fatalf("%d runs of the person, want the one of the revived order", n)
		}
		r.pass(time.Hour)
		bad = "workorder.completed"
		r.happen("workorder.completed", twice, map[string]any{"resolution": "Done", "workorder": "wo_1"})
		if e := r.effects("on-order"); e[0].Treated.Reached != 0 {
			r.Fatalf("what is put aside has reached a goal: %+v", e)
		}
		revive()
		if n := r.runsOf(ana); n != 0 {
			r.Errorf("%d runs go on, want none: it is done", n)
		}
		r.pass(10 * day)
		if e := r.effects("on-order"); e[0].Treated.Reached != 1 {
			r.Errorf("the effect is %+v, want the goal reached by the revived event", e)
		}
		bad = "resident.unmerged"
		r.unmerge(twice)
		r.sound("with the end of a merge put aside")
		bad = ""
		r.order(twice, "wo_2", "routine")
		if r.runsOf(twice) != 1 || r.runsOf(ana) != 0 {
			r.Errorf("%d and %d runs, want one of the row that stands alone again", r.runsOf(twice), r.runsOf(ana))
		}
		r.sound("at the end")
	})
}
