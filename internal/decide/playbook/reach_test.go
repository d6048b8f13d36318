package playbook

import (
	"context"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
)

func TestReachAndWhoIsUnderWay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		now := clock.Now()
		run := func(id, property string, state RunState, ago int, arm Group) *Run {
			return &Run{ID: hearth.RunID(id), Property: hearth.PropertyID(property), Resident: "res_" + hearth.ResidentID(id), Playbook: "hello", Version: 1, StartKey: id, State: state,
				Started: now.AddDate(0, 0, -ago), Arm: arm}
		}
		ctx := t.Context()
		err := d.Write(ctx, func(tx *db.Tx) error {
			return SaveRuns(ctx, tx, []*Run{run("a", "prp_a", RunActive, 3, ""), run("b", "prp_a", RunActive, 90, ""), run("c", "prp_a", RunEnded, 10, ""), run("d", "prp_b", RunLeft, 1, ""),
				run("e", "prp_a", RunActive, 2, GroupHeldOut)})
		})
		if err != nil {
			t.Fatal(err)
		}
		err = d.Read(ctx, func(tx *db.Tx) error {
			for property, want := range map[hearth.PropertyID]Reach{"prp_a": {3, 3}, "prp_b": {0, 1}, "": {3, 4}} {
				got, err := Reached(ctx, tx, property, now.AddDate(0, 0, -30))
				if err != nil {
					return err
				}
				if got["hello"] != want {
					t.Errorf("at %q it reaches %+v, want %+v", property, got["hello"], want)
				}
			}
			runs, err := UnderWay(ctx, tx, "hello", "prp_a", 10)
			if err != nil {
				return err
			}
			if len(runs) != 2 || runs[0].ID != "a" || runs[1].ID != "b" {
				t.Errorf("under way are %v", runs)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestDrafts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		who := hearth.Actor{Kind: "staff", ID: "stf_a"}
		write := func(f func(ctx context.Context, tx *db.Tx) error) error {
			return d.Write(t.Context(), func(tx *db.Tx) error { return f(t.Context(), tx) })
		}
		for _, text := range []string{"half a", "half a text"} {
			clock.Advance(time.Minute)
			if err := write(func(ctx context.Context, tx *db.Tx) error { return PutDraft(ctx, tx, who, "hello", text) }); err != nil {
				t.Fatal(err)
			}
		}
		err := write(func(ctx context.Context, tx *db.Tx) error {
			got, ok, err := DraftOf(ctx, tx, "hello")
			if err != nil || !ok || got.Text != "half a text" || got.By.ID != "stf_a" || !got.Saved.Equal(clock.Now()) {
				t.Errorf("the draft is %+v, %v, %v", got, ok, err)
			}
			if all, err := Drafts(ctx, tx); err != nil || len(all) != 1 || !all["hello"].Equal(clock.Now()) {
				t.Errorf("drafts are %v, %v", all, err)
			}
			if err := DropDraft(ctx, tx, "hello"); err != nil {
				return err
			}
			_, ok, err = DraftOf(ctx, tx, "hello")
			if ok {
				t.Error("the draft is still there")
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := write(func(ctx context.Context, tx *db.Tx) error { return PutDraft(ctx, tx, who, "../x", "y") }); hearth.CodeOf(err) != hearth.CodeInvalid {
			t.Errorf("a wrong id: %v", err)
		}
	})
}
