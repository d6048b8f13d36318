package ingest

import (
	"context"
	"testing"
	"time"

	"hearth/internal/base/db"
	"hearth/internal/edge/ingest/column"
)

// Whoever asks sees the oldest parked events first, and those that the record refused, marked as such.
func TestParkedList(t *testing.T) {
	each(t, func(e *env) {
		ctx := context.Background()
		e.post(e.event("bad", "lease.notice_given", "resident/t1", map[string]any{"move_out": "1999-01-01"}))
		e.clock.Advance(time.Minute)
		first := e.clock.Now()
		e.post(e.event("w1", "portal.visited", "resident/nobody", nil))
		e.clock.Advance(time.Minute)
		e.post(e.event("w2", "portal.visited", "resident/noone", nil))
		e.bring(column.Residents, directory)
		if _, err := e.door.Unpark(ctx); err == nil {
			e.t.Fatal("the notice was not refused")
		}
		e.read(func(tx *db.Tx) error {
			all, err := e.door.Parked(ctx, tx, 10)
			if err != nil {
				return err
			}
			if len(all) != 3 || all[0].ID != "w1" || all[1].ID != "w2" || all[2].ID != "bad" {
				e.t.Fatalf("listed %+v", all)
			}
			if w := all[0]; w.Subject != "resident/nobody" || w.Type != "portal.visited" || w.Source == "" || w.Refused || !w.Since.Equal(first) {
				e.t.Errorf("the oldest is %+v", w)
			}
			if !all[2].Refused {
				e.t.Error("the refused one is not marked")
			}
			one, err := e.door.Parked(ctx, tx, 1)
			if len(one) != 1 || one[0].ID != "w1" {
				e.t.Errorf("one of them: %+v", one)
			}
			return err
		})
	})
}
