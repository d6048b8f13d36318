package portal

import (
	"context"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/fact/eventlog"
)

// Who uses the portal is heard of, once a sitting; a link, which programs follow too, and a page that is refused say nothing.
func TestVisitsAreToldOncePerSitting(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newRig(t, d, clock)
		visits := func(who hearth.ResidentID) int {
			t.Helper()
			var evs []*hearth.Event
			r.write(func(ctx context.Context, tx *db.Tx) (err error) {
				evs, err = r.Log.Timelines(ctx, tx, []hearth.ResidentID{who}, []hearth.EventType{"portal.visited"}, eventlog.Cursor{}, 100)
				return err
			})
			for _, ev := range evs {
				if ev.Actor.Kind != "resident" || ev.Actor.ID != string(who) || ev.Property != r.place {
					t.Errorf("told as %+v at %s", ev.Actor, ev.Property)
				}
			}
			return len(evs)
		}
		r.byLinkOf(r.ana).get("/home")
		if n := visits(r.ana); n != 0 {
			t.Errorf("a link that was followed is %d visits", n)
		}
		ana := r.as(r.ana)
		for range 3 {
			ana.must("/home", nil)
			ana.get("/home/repair/wko_none")
		}
		ana.must("/home/messages", nil)
		if n := visits(r.ana); n != 1 {
			t.Errorf("one sitting is %d visits", n)
		}
		clock.Advance(3 * time.Hour)
		ana.must("/home", nil)
		if n := visits(r.ana); n != 2 {
			t.Errorf("two sittings are %d visits", n)
		}
	})
}
