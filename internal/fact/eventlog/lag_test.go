package eventlog_test

import (
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/fact/eventlog"
)

func TestLagCountsFromTheFirstEventThatWaits(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		l := open(t, d)
		lag := func() (got eventlog.Lag) {
			t.Helper()
			if err := d.Read(t.Context(), func(tx *db.Tx) (err error) {
				got, err = l.Lag(t.Context(), tx, "reader")
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return got
		}
		move := func(part int, seq int64) {
			t.Helper()
			if err := d.Write(t.Context(), func(tx *db.Tx) error {
				if _, _, err := l.Lock(t.Context(), tx, "reader", part); err != nil {
					return err
				}
				return l.Move(t.Context(), tx, "reader", part, eventlog.Position{Seq: seq})
			}); err != nil {
				t.Fatal(err)
			}
		}
		if got := lag(); got != (eventlog.Lag{}) {
			t.Errorf("an empty log lags %+v", got)
		}
		began := clock.Now().UTC()
		appendAll(t, d, l, event("a", property(4), clock.Now()))
		clock.Advance(time.Minute)
		appendAll(t, d, l, event("b", property(4), clock.Now()), event("c", property(5), clock.Now()))
		for _, step := range []struct {
			part  int
			seq   int64
			count int64
			since time.Time
		}{{5, 0, 3, began}, {4, 1, 2, began.Add(time.Minute)}, {5, 1, 1, began.Add(time.Minute)}, {4, 2, 0, time.Time{}}} {
			move(step.part, step.seq)
			if got := lag(); got.Events != step.count || !got.Since.Equal(step.since) {
				t.Errorf("with partition %d at %d: %+v, want %d since %s", step.part, step.seq, got, step.count, step.since)
			}
		}
	})
}
