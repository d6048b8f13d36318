package trigger_test

import (
	"context"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/eventlog"
)

// A partition at which another node is found is left alone for a moment, and not asked for again and again; then it is worked.
func TestAPartitionThatAnotherNodeHasIsLeftForAMoment(t *testing.T) {
	each(t, func(r *rig) {
		if r.d.Dialect() != db.Postgres {
			return // the embedded store has one process
		}
		ana := r.home("4B", "Ana", -100, 200, old)
		r.drain()
		r.event(&hearth.Event{Type: "portal.visited", Residents: []hearth.ResidentID{ana}}, map[string]any{})
		decided := r.engine.Decided()
		once := func() int64 {
			t.Helper()
			_, err := r.engine.RunOnce(r.Context())
			r.must(err)
			return r.engine.Decided() - decided
		}
		r.write(func(ctx context.Context, tx *db.Tx) error {
			_, ok, err := r.log.Lock(ctx, tx, "decide", eventlog.PartOf(r.property))
			if n := once(); !ok || n != 0 {
				r.Errorf("locked %v, and %d events were decided beside the other node", ok, n)
			}
			return err
		})
		if n := once(); n != 0 {
			r.Errorf("%d events were decided at once", n)
		}
		r.clock.Advance(150 * time.Millisecond)
		if n := once(); n != 1 {
			r.Errorf("%d events were decided a moment later, want 1", n)
		}
	})
}

// What an import tells of the past is taken in short batches where everybody waits for the one writer, and in whole ones where nobody does.
func TestBatchesAreWholeWhereNobodyWaits(t *testing.T) {
	each(t, func(r *rig) {
		ana := r.home("4B", "Ana", -100, 200, old)
		r.drain()
		for range 150 {
			r.event(&hearth.Event{Type: "portal.visited", Residents: []hearth.ResidentID{ana}, History: true, Time: r.clock.Now().Add(-time.Hour)}, map[string]any{})
		}
		n, err := r.engine.RunBatch(r.Context(), eventlog.PartOf(r.property))
		r.must(err)
		if whole := n == 150; whole != (r.d.Dialect() == db.Postgres) {
			r.Errorf("the batch took %d of 150", n)
		}
	})
}
