package replay

import (
	"context"
	"fmt"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
)

// begin claims a key in its own transaction, as a request does.
func begin(t *testing.T, d *db.DB, token, key, digest string) (*Answer, error) {
	t.Helper()
	var kept *Answer
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		var err error
		kept, err = Begin(t.Context(), tx, token, key, digest)
		return err
	})
	return kept, err
}

func do(t *testing.T, d *db.DB, fn func(ctx context.Context, tx *db.Tx) error) {
	t.Helper()
	if err := d.Write(t.Context(), func(tx *db.Tx) error { return fn(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
}

// Each step acts at a time after the start, and says what Begin answers then.
func TestLife(t *testing.T) {
	finish := func(ctx context.Context, tx *db.Tx) error {
		return Finish(ctx, tx, "t", "k", Answer{Status: 202, ContentType: "application/json", Body: []byte(`{}`)})
	}
	forget := func(ctx context.Context, tx *db.Tx) error { return Forget(ctx, tx, "t", "k") }
	type step struct {
		at     time.Duration
		act    func(ctx context.Context, tx *db.Tx) error // before Begin
		token  string
		digest string
		want   string // work, answer, or an error code
	}
	for _, tt := range []struct {
		name  string
		steps []step
	}{
		{"answered again", []step{{0, nil, "t", "a", "work"}, {time.Second, finish, "t", "a", "answer"}, {Kept - time.Second, nil, "t", "a", "answer"}}},
		{"in flight", []step{{0, nil, "t", "a", "work"}, {time.Second, nil, "t", "a", "conflict"}}},
		{"other request", []step{{0, nil, "t", "a", "work"}, {time.Second, finish, "t", "b", "invalid"}}},
		{"other request in flight", []step{{0, nil, "t", "a", "work"}, {time.Second, nil, "t", "b", "invalid"}}},
		{"other token", []step{{0, nil, "t", "a", "work"}, {time.Second, finish, "u", "b", "work"}}},
		{"failed for now", []step{{0, nil, "t", "a", "work"}, {time.Second, forget, "t", "a", "work"}}},
		{"an answer is not forgotten", []step{{0, nil, "t", "a", "work"}, {1, finish, "t", "a", "answer"}, {2, forget, "t", "a", "answer"}}},
		{"abandoned by a crash", []step{{0, nil, "t", "a", "work"}, {abandoned, nil, "t", "a", "work"}, {abandoned + 1e9, nil, "t", "a", "conflict"}}},
		{"too old", []step{{0, nil, "t", "a", "work"}, {1, finish, "t", "a", "answer"}, {Kept, nil, "t", "b", "work"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
				start := clock.Now()
				for i, s := range tt.steps {
					clock.Set(start.Add(s.at))
					if s.act != nil {
						do(t, d, s.act)
					}
					kept, err := begin(t, d, s.token, "k", s.digest)
					got := string(hearth.CodeOf(err))
					if err == nil && kept == nil {
						got = "work"
					}
					if kept != nil {
						got = "answer"
						if kept.Status != 202 || kept.ContentType != "application/json" || string(kept.Body) != "{}" {
							t.Errorf("step %d: kept answer is %+v", i, kept)
						}
					}
					if got != s.want {
						t.Errorf("step %d: got %s (%v), want %s", i, got, err, s.want)
					}
				}
			})
		})
	}
}

func TestSweep(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		for i := range 3 {
			if _, err := begin(t, d, "t", fmt.Sprint(i), "a"); err != nil {
				t.Fatal(err)
			}
			clock.Advance(time.Hour)
		}
		clock.Advance(Kept - 2*time.Hour) // the first two are too old now
		do(t, d, func(ctx context.Context, tx *db.Tx) error {
			more, err := Sweep(ctx, tx)
			if more {
				t.Error("more is left after three")
			}
			return err
		})
		var left int64
		if err := d.Read(t.Context(), func(tx *db.Tx) error {
			return tx.Row(t.Context(), `SELECT count(*) FROM idempotency WHERE org = $1`, tx.Org()).Scan(&left)
		}); err != nil {
			t.Fatal(err)
		}
		if left != 1 {
			t.Errorf("%d keys are left, want 1", left)
		}
	})
}
