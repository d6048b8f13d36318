package identity_test

import (
	"context"
	"slices"
	"testing"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/fact/identity"
)

// Verify finds nothing wrong whatever people decide, and names each proposal whose state is not what the records give.
func TestVerify(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newRig(t, d, clock)
		check := func(when string, proposals, stale int, wrong ...string) {
			t.Helper()
			v, err := r.store.Verify(t.Context())
			if err != nil || v.Proposals != proposals || v.Stale != stale || !slices.Equal(v.Wrong, wrong) {
				t.Errorf("%s: %+v (%v), want %d proposals, %d stale, wrong %v", when, v, err, proposals, stale, wrong)
			}
		}
		check("with none", 0, 0)
		r.tell("yardi", "1A", "t1", "Bob", "Thornwick", "bt@example.com", "614-555-0134")
		robert := r.tell("portal", "7A", "p1", "Robert", "Thornwick", "bt@example.com", "614-555-0134")
		r.tell("leads", "9A", "l1", "Rob", "Thornwick", "bt@example.com", "614-555-0134")
		got := r.open()
		if len(got) != 3 {
			t.Fatalf("%d proposals, want three of three who may be one", len(got))
		}
		check("open", 3, 0)
		// Two of the three pairs decided: the third is the same person by then.
		first := slices.IndexFunc(got, func(p identity.Proposal) bool { return p.B == robert })
		if err := r.decide(got[first].ID, identity.Same); err != nil {
			t.Fatal(err)
		}
		check("one merged", 3, 0)
		rest := slices.DeleteFunc(slices.Clone(got), func(p identity.Proposal) bool { return p.A != got[first].A || p.B == robert })
		if err := r.decide(rest[0].ID, identity.Same); err != nil {
			t.Fatal(err)
		}
		check("all one", 3, 0)
		if open := r.open(); len(open) != 0 {
			t.Errorf("they are one person, and still proposed: %+v", open)
		}
		r.write(func(ctx context.Context, tx *db.Tx) error {
			_, err := r.store.Unmerge(ctx, tx, hearth.System("test"), robert)
			return err
		})
		check("taken apart", 3, 0)
		for _, tt := range []struct{ name, statement string }{
			{"a state that nobody set", "UPDATE identity_proposals SET state = 'different' WHERE org = $1 AND id = $2"},
			{"open though they are one", "UPDATE identity_proposals SET state = 'open' WHERE org = $1 AND id = $2"},
		} {
			r.write(func(ctx context.Context, tx *db.Tx) error {
				_, err := tx.Exec(ctx, tt.statement, tx.Org(), rest[0].ID)
				return err
			})
			v, err := r.store.Verify(t.Context())
			if err != nil || !slices.Contains(v.Wrong, rest[0].ID) {
				t.Errorf("%s: %+v (%v), want it named", tt.name, v, err)
			}
		}
	})
}
