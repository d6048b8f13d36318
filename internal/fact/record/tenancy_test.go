package record

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
)

func TestExplicitChangesOfALease(t *testing.T) {
	type step = func(ctx context.Context, tx *db.Tx, b *bundle, n News, id hearth.LeaseID) (Change, error)
	notice := func(out string) step {
		return func(ctx context.Context, tx *db.Tx, b *bundle, n News, id hearth.LeaseID) (Change, error) {
			return b.store.GiveNotice(ctx, tx, n, id, day(out))
		}
	}
	withdraw := func(ctx context.Context, tx *db.Tx, b *bundle, n News, id hearth.LeaseID) (Change, error) {
		return b.store.WithdrawNotice(ctx, tx, n, id)
	}
	renew := func(start, end string) step {
		return func(ctx context.Context, tx *db.Tx, b *bundle, n News, id hearth.LeaseID) (Change, error) {
			return b.store.Renew(ctx, tx, n, id, day(start), day(end), 160000)
		}
	}
	in := func(on string) step {
		return func(ctx context.Context, tx *db.Tx, b *bundle, n News, id hearth.LeaseID) (Change, error) {
			return b.store.MoveIn(ctx, tx, n, id, day(on))
		}
	}
	out := func(on string) step {
		return func(ctx context.Context, tx *db.Tx, b *bundle, n News, id hearth.LeaseID) (Change, error) {
			return b.store.MoveOut(ctx, tx, n, id, day(on))
		}
	}
	cancel := func(ctx context.Context, tx *db.Tx, b *bundle, n News, id hearth.LeaseID) (Change, error) {
		return b.store.CancelLease(ctx, tx, n, id)
	}
	now := lived("2025-06-01", "2026-05-31")
	future := HomeLease{Start: day("2026-05-01"), End: day("2027-04-30"), Status: StatusFuture}
	for _, c := range []struct {
		name  string
		lease HomeLease
		steps []step
		want  string      // the events that the steps make
		code  hearth.Code // of the last step
		check func(Lease) bool
	}{
		{"notice", now, []step{notice("2026-04-30")}, "lease.notice_given", "", func(l Lease) bool { return l.MoveOut == day("2026-04-30") && l.NoticeOn == day("2026-03-02") }},
		{"the same notice again", now, []step{notice("2026-04-30"), notice("2026-04-30")}, "lease.notice_given", "", nil},
		{"notice moved", now, []step{notice("2026-04-30"), notice("2026-05-15")}, "lease.notice_given lease.notice_given", "", func(l Lease) bool { return l.MoveOut == day("2026-05-15") }},
		{"notice withdrawn", now, []step{notice("2026-04-30"), withdraw}, "lease.notice_given lease.notice_withdrawn", "", func(l Lease) bool { return l.MoveOut == 0 && l.NoticeOn == 0 }},
		{"nothing to withdraw", now, []step{withdraw}, "", "", nil},
		{"notice without a day", now, []step{notice("")}, "", hearth.CodeInvalid, nil},
		{"notice before the lease", now, []step{notice("2025-01-01")}, "", hearth.CodeInvalid, nil},
		{"notice after moving out", now, []step{out("2026-02-01"), notice("2026-04-30")}, "lease.moved_out", hearth.CodeConflict, nil},
		{"a renewal voids the notice", now, []step{notice("2026-04-30"), renew("2026-06-01", "2027-05-31")}, "lease.notice_given lease.renewed", "",
			func(l Lease) bool { return len(l.Terms) == 2 && l.NoticeOn == 0 && l.RentCents == 160000 }},
		{"the same renewal again", now, []step{renew("2026-06-01", "2027-05-31"), renew("2026-06-01", "2027-05-31")}, "lease.renewed", "", nil},
		{"a renewal without an end", now, []step{renew("2026-06-01", "")}, "", hearth.CodeInvalid, nil},
		{"a renewal into the past", now, []step{renew("2025-06-01", "2027-05-31")}, "", hearth.CodeInvalid, nil},
		{"renewing what is over", now, []step{out("2026-02-01"), renew("2026-06-01", "2027-05-31")}, "lease.moved_out", hearth.CodeConflict, nil},
		{"moved in", future, []step{in("2026-03-01")}, "lease.moved_in", "", func(l Lease) bool { return l.On(day("2026-03-02")).Status == StatusCurrent }},
		{"an applicant moved in", HomeLease{Status: StatusApplicant}, []step{in("2026-03-01")}, "lease.moved_in", "", func(l Lease) bool { return l.Approved != 0 }},
		{"cancelled", future, []step{cancel, cancel}, "lease.cancelled", "", nil},
		{"cancelling a home that is lived in", now, []step{cancel}, "", hearth.CodeConflict, nil},
		{"moving in under a cancelled lease", future, []step{cancel, in("2026-05-01")}, "lease.cancelled", hearth.CodeConflict, nil},
		{"moving out before moving in", now, []step{out("2025-01-01")}, "", hearth.CodeInvalid, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, clock := dbtest.SQLite(t)
			b := setup(t, d, clock)
			res, _ := b.put(News{}, roll("4B", c.lease, person("Ana Ruiz", "", "")))
			seen := len(b.events())
			var err error
			for _, s := range c.steps {
				clock.Advance(time.Second)
				err = b.try(func(ctx context.Context, tx *db.Tx) error {
					_, err := s(ctx, tx, b, News{}, res.Lease)
					return err
				})
			}
			if hearth.CodeOf(err) != c.code {
				t.Errorf("last step: %v, want %q", err, c.code)
			}
			evs := b.events()[seen:]
			if got := types(evs); got != c.want {
				t.Errorf("events %q, want %q", got, c.want)
			}
			for _, e := range evs {
				if len(e.Residents) != 1 || e.Subject.ID != string(res.Lease) {
					t.Errorf("%s concerns %v about %s", e.Type, e.Residents, e.Subject)
				}
			}
			if l := b.lease(res.Lease); c.check != nil && !c.check(l) {
				t.Errorf("lease %+v", l)
			}
		})
	}
}

// A source's own event keeps its identity and its words, and happens once, even when the world has moved on since.
func TestEventsOfASourceHappenOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := setup(t, d, clock)
		res, _ := b.put(News{}, roll("4B", lived("2025-06-01", "2026-05-31"), person("Ana Ruiz", "", "")))
		seen := len(b.events())
		n := News{Source: "portal", EventID: "e1", Time: clock.Now().Add(-48 * time.Hour), Data: json.RawMessage(`{"move_out":"wrong","reason":"a new job"}`)}
		give := func(n News) Change {
			clock.Advance(time.Second)
			var c Change
			b.write(func(ctx context.Context, tx *db.Tx) (err error) {
				c, err = b.store.GiveNotice(ctx, tx, n, res.Lease, day("2026-04-30"))
				return err
			})
			return c
		}
		if c := give(n); !c.Changed {
			t.Errorf("first: %+v", c)
		}
		ev := b.events()[seen]
		if m := data(t, ev); ev.ID != "e1" || ev.Source != "portal" || m["reason"] != "a new job" || m["move_out"] != "2026-04-30" {
			t.Errorf("event %s of %s with %v", ev.ID, ev.Source, m)
		}
		if got := b.lease(res.Lease).NoticeOn; got != day("2026-02-28") {
			t.Errorf("notice on %s, want the day of the event", got)
		}
		clock.Advance(time.Second)
		b.write(func(ctx context.Context, tx *db.Tx) error {
			_, err := b.store.WithdrawNotice(ctx, tx, News{}, res.Lease)
			return err
		})
		if c := give(n); !c.None() || b.lease(res.Lease).NoticeOn != 0 {
			t.Errorf("the event told again gave notice again: %+v", c)
		}
		n.EventID = "e2"
		give(n)
		n.EventID = "e3" // a fact of its own, though nothing changes
		if c := give(n); !c.None() {
			t.Errorf("third: %+v", c)
		}
		if got, want := types(b.events()[seen:]), "lease.notice_given lease.notice_withdrawn lease.notice_given lease.notice_given"; got != want {
			t.Errorf("events %s, want %s", got, want)
		}
	})
}

func TestCauseMakesEventsRepeatable(t *testing.T) {
	ids := func() []string {
		d, clock := dbtest.SQLite(t)
		b := setup(t, d, clock)
		_, evs := b.put(News{Source: "yardi", Cause: "imp_1/row_1", History: true, AsOf: clock.Now()},
			roll("4B", lived("2025-06-01", "2026-05-31"), person("Ana Ruiz", "", "")))
		var out []string
		for _, e := range evs {
			if !e.History {
				t.Errorf("%s is no history", e.Type)
			}
			out = append(out, e.ID)
		}
		return out
	}
	if a, b := ids(), ids(); !equalTexts(a, b) || len(a) != 3 {
		t.Errorf("the same cause gave %v and %v", a, b)
	}
}

func TestMoveInFromAnotherProperty(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := setup(t, d, clock)
	elm := b.property("Elm House", "CA", "90001")
	ana := person("Ana Ruiz", "ana@example.com", "")
	ana.External = "t1"
	old, _ := b.put(News{}, roll("4B", lived("2025-06-01", "2026-05-31"), ana))
	h := roll("9", HomeLease{Start: day("2026-06-01"), End: day("2027-05-31"), Status: StatusFuture}, ana)
	h.Property = elm.ID
	next, evs := b.put(News{}, h)
	if got := b.household(old.Household).Property; got != b.oak.ID || next.Household != old.Household || evs[len(evs)-1].Property != b.oak.ID {
		t.Fatalf("a home to come moved the household to %s", got)
	}
	clock.Advance(time.Second)
	seen := len(b.events())
	b.write(func(ctx context.Context, tx *db.Tx) error {
		_, err := b.store.MoveIn(ctx, tx, News{Source: "portal", EventID: "e1"}, next.Lease, day("2026-03-01"))
		return err
	})
	if got := b.household(old.Household); got.Property != elm.ID || got.Members[0].Property != elm.ID {
		t.Errorf("after the move-in they live at %s", got.Property)
	}
	moved := b.events()[seen:]
	if in := only(t, moved, "lease.moved_in"); in.Property != elm.ID || in.ID != "e1" {
		t.Errorf("moved in at %s", in.Property)
	}
	if gone := only(t, moved, "resident.changed"); gone.Property != b.oak.ID {
		t.Errorf("gone from %s", gone.Property)
	}
}
