package task

import (
	"crypto/rand"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
)

func TestTallies(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		l, err := eventlog.New(d)
		if err != nil {
			t.Fatal(err)
		}
		s := New(l, record.New(l, rand.Reader))
		ctx := t.Context()
		err = d.Write(ctx, func(tx *db.Tx) error {
			var all []Task
			for i, id := range []hearth.TaskID{"a", "b", "c"} {
				all = append(all, Task{ID: id, Property: "prp_a", Kind: "playbook", Title: "Call", Why: "So.", Role: hearth.RoleLeasing, Playbook: "hello", DueAt: tx.Now().Add(time.Duration(i+1) * time.Hour)})
			}
			all = append(all, Task{ID: "z", Property: "prp_b", Kind: "playbook", Title: "Call", Why: "So.", Role: hearth.RoleLeasing, Playbook: "hello", DueAt: tx.Now().Add(time.Hour)},
				Task{ID: "y", Property: "prp_a", Kind: "playbook", Title: "Call", Why: "So.", Role: hearth.RoleLeasing, Playbook: "other", DueAt: tx.Now().Add(time.Hour)})
			return s.Insert(ctx, tx, all)
		})
		if err != nil {
			t.Fatal(err)
		}
		began := clock.Now()
		clock.Advance(2 * time.Hour)
		err = d.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, "UPDATE tasks SET state = 'done', closed = $1 WHERE org = $2 AND id = 'a'", hearth.Millis(tx.Now()), tx.Org())
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		err = d.Read(ctx, func(tx *db.Tx) error {
			got, err := s.Tallies(ctx, tx, "hello", "prp_a", began)
			if want := (Tally{Given: 3, Done: 1, Median: 2 * time.Hour}); err == nil && got["Call"] != want {
				t.Errorf("came to %+v, want %+v", got["Call"], want)
			}
			if later, err := s.Tallies(ctx, tx, "hello", "", began.Add(time.Minute)); err != nil || len(later) != 0 {
				t.Errorf("later: %v, %v", later, err)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
