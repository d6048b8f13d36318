package trigger_test

import (
	"context"
	"fmt"
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

// What other nodes have written between this node's own events is read with them, so that the batch is whole.
func TestABatchTakesWhatOthersWroteBetween(t *testing.T) {
	each(t, func(r *rig) {
		if r.d.Dialect() != db.Postgres {
			return // the embedded store has one process
		}
		ana := r.home("4B", "Ana", -100, 200, old)
		r.drain()
		other, err := eventlog.New(r.d)
		r.must(err)
		for i := range 20 {
			r.event(&hearth.Event{Type: "portal.visited", Residents: []hearth.ResidentID{ana}}, map[string]any{})
			r.write(func(ctx context.Context, tx *db.Tx) error {
				_, err := other.Append(ctx, tx, &hearth.Event{ID: fmt.Sprint("other-", i), Source: "other", Type: "portal.visited", Residents: []hearth.ResidentID{ana},
					Subject: hearth.Subject{Kind: "resident", ID: string(ana)}, Property: r.property, Time: r.clock.Now()})
				return err
			})
		}
		n, err := r.engine.RunBatch(r.Context(), eventlog.PartOf(r.property))
		r.must(err)
		if n != 40 {
			r.Errorf("the batch took %d of 40 events", n)
		}
	})
}

// A node works first what it worked last, and the longer another node is found at a partition, the longer it leaves it to that one.
func TestNodesKeepWhatTheyHave(t *testing.T) {
	each(t, func(r *rig) {
		if r.d.Dialect() != db.Postgres {
			return // the embedded store has one process
		}
		ana := r.home("4B", "Ana", -100, 200, old)
		r.drain()
		part := eventlog.PartOf(r.property)
		all := make([]int, eventlog.Parts)
		for i := range all {
			all[i] = i
		}
		r.engine.Order(all)
		if all[0] != part {
			r.Errorf("its own partition is %d, and it begins with %v", part, all)
		}
		r.event(&hearth.Event{Type: "portal.visited", Residents: []hearth.ResidentID{ana}}, map[string]any{})
		decided := r.engine.Decided()
		r.write(func(ctx context.Context, tx *db.Tx) error {
			_, _, err := r.log.Lock(ctx, tx, "decide", part)
			for range 12 { // 100, 200, 400 and then 800 ms
				r.clock.Advance(900 * time.Millisecond)
				if _, err := r.engine.RunOnce(r.Context()); err != nil {
					return err
				}
			}
			return err
		})
		if r.engine.Order(all); all[0] == part {
			r.Errorf("another node has partition %d, and it begins with %v", part, all)
		}
		for _, step := range []struct {
			after time.Duration
			want  int64
		}{{700 * time.Millisecond, 0}, {200 * time.Millisecond, 1}} {
			r.clock.Advance(step.after)
			_, err := r.engine.RunOnce(r.Context())
			r.must(err)
			if n := r.engine.Decided() - decided; n != step.want {
				r.Errorf("%s later %d events were decided, want %d", step.after, n, step.want)
			}
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
