package decision

import (
	"context"
	"fmt"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
)

func TestInsertAndList(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		s := New()
		write := func(f func(ctx context.Context, tx *db.Tx) error) {
			t.Helper()
			if err := d.Write(t.Context(), func(tx *db.Tx) error { return f(t.Context(), tx) }); err != nil {
				t.Fatal(err)
			}
		}
		var all []Decision
		for i := range 5 {
			all = append(all, Decision{ID: hearth.DecisionID(fmt.Sprintf("dec_%d", i)), Resident: hearth.ResidentID(fmt.Sprintf("res_%d", i%2)),
				At: clock.Now().Add(time.Duration(i/2) * time.Minute), Stage: "desk", Outcome: "held", Reason: "Quiet hours.", Playbook: "move-in",
				Version: 2, Run: "run_1", Object: "msg_1", Facts: map[string]any{"until": "08:00", "n": 3.0}})
		}
		write(func(ctx context.Context, tx *db.Tx) error { return s.Insert(ctx, tx, all) })
		changed := all[0]
		changed.Outcome = "sent"
		write(func(ctx context.Context, tx *db.Tx) error { return s.Insert(ctx, tx, []Decision{changed}) })
		write(func(ctx context.Context, tx *db.Tx) error { return s.Insert(ctx, tx, nil) })
		list := func(f Filter, limit int) (ids string, last Decision) {
			for cursor, page := "", 0; page < 10; page++ {
				write(func(ctx context.Context, tx *db.Tx) error {
					items, next, err := s.List(ctx, tx, f, cursor, limit)
					for _, d := range items {
						ids += string(d.ID) + " "
						last = d
					}
					cursor = next
					return err
				})
				if cursor == "" {
					break
				}
			}
			return ids, last
		}
		got, last := list(Filter{}, 2)
		if got != "dec_4 dec_3 dec_2 dec_1 dec_0 " {
			t.Errorf("newest first: %s", got)
		}
		if last.Outcome != "held" || last.Facts["until"] != "08:00" || last.Facts["n"] != 3.0 || last.Version != 2 || last.Object != "msg_1" {
			t.Errorf("the first decision is %+v", last)
		}
		if got, _ := list(Filter{Resident: "res_1"}, 0); got != "dec_3 dec_1 " {
			t.Errorf("of one resident: %s", got)
		}
		if got, _ := list(Filter{Playbook: "other"}, 0); got != "" {
			t.Errorf("of another playbook: %s", got)
		}
		if got, _ := list(Filter{Stage: "desk", Playbook: "move-in"}, 3); got != "dec_4 dec_3 dec_2 dec_1 dec_0 " {
			t.Errorf("of the desk: %s", got)
		}
		err := d.Read(t.Context(), func(tx *db.Tx) error {
			_, _, err := s.List(t.Context(), tx, Filter{}, "nonsense", 1)
			return err
		})
		if hearth.CodeOf(err) != hearth.CodeInvalid {
			t.Errorf("a foreign cursor: %v", err)
		}
	})
}
