package work_test

import (
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/base/work"
)

func TestQueues(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		ctx, now := t.Context(), clock.Now()
		err := d.Write(ctx, func(tx *db.Tx) error {
			if err := work.Put(ctx, tx, []work.Due{{Lane: "mail", Kind: "m", Key: "a", At: now.Add(-time.Hour)}, {Lane: "mail", Kind: "m", Key: "b", At: now.Add(-time.Minute)},
				{Lane: "mail", Kind: "m", Key: "c", At: now.Add(time.Hour)}, {Lane: "hook", Kind: "h", Key: "d", At: now.Add(-2 * time.Hour)}}); err != nil {
				return err
			}
			if _, err := work.Claim(ctx, tx, "hook", "node", now, now.Add(time.Minute), 1); err != nil {
				return err
			}
			_, err := work.Bury(ctx, tx, "h", "d", 1, "gone")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		var got []work.Queue
		var bytes int64
		if err := d.Read(ctx, func(tx *db.Tx) (err error) {
			if got, err = work.Queues(ctx, tx); err == nil {
				bytes, err = tx.Size(ctx)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		want := []work.Queue{{Lane: "hook", Dead: 1}, {Lane: "mail", Waiting: 1, Late: 2, Oldest: now.Add(-time.Hour)}}
		if len(got) != 2 || got[0] != want[0] || got[1].Waiting != want[1].Waiting || got[1].Late != 2 || !got[1].Oldest.Equal(want[1].Oldest.Truncate(time.Millisecond)) {
			t.Errorf("queues: %+v, want %+v", got, want)
		}
		if bytes < 10_000 {
			t.Errorf("the database takes %d bytes", bytes)
		}
	})
}
