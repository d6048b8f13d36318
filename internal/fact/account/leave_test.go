package account

import (
	"context"
	"fmt"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/fact/record"
)

// Whoever leaves the team, or whose account is closed, has nothing left that opens: at once, with no memory in between.
func TestALeaverHasNothingLeft(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		ctx := t.Context()
		for name, leave := range map[string]func(ctx context.Context, tx *db.Tx, v Viewer) error{
			"told as inactive": func(ctx context.Context, tx *db.Tx, v Viewer) error {
				_, _, err := b.records.PutStaff(ctx, tx, record.News{Source: "hr"}, record.Staff{ID: v.Staff, Inactive: true})
				return err
			},
			"the account closed": func(ctx context.Context, tx *db.Tx, v Viewer) error { return b.Close(ctx, tx, v.Session.Account) },
		} {
			login := fmt.Sprintf("%d@oak.example", len(name))
			var link, invite string
			b.write(func(ctx context.Context, tx *db.Tx) error {
				m, _, err := b.records.PutStaff(ctx, tx, record.News{Source: "hr"}, record.Staff{Name: "Lee " + name, Email: login})
				if err != nil {
					return err
				}
				who, err := b.Create(ctx, tx, hearth.System("test"), Person{Staff: m.ID, Login: login, Wide: []hearth.Role{hearth.RoleManager}})
				if err == nil {
					link, err = b.Invite(ctx, tx, who.ID)
				}
				return err
			})
			first, _, err := b.Accept(ctx, link, Choice{Password: phrase}, From{})
			if err != nil {
				t.Fatal(err)
			}
			second, err := b.SignIn(ctx, login, phrase, From{})
			if err != nil {
				t.Fatal(err)
			}
			v, err := b.who(first)
			if err != nil || !v.May(TodayRead, "") {
				t.Fatal(v, err)
			}
			b.write(func(ctx context.Context, tx *db.Tx) (err error) {
				invite, err = b.Invite(ctx, tx, v.Session.Account)
				return err
			})
			b.write(func(ctx context.Context, tx *db.Tx) error { return leave(ctx, tx, v) })
			working := 0
			for _, s := range []string{first, second.Session} {
				if _, err := b.who(s); hearth.CodeOf(err) != hearth.CodeForbidden {
					working++
				}
			}
			if _, err := b.SignIn(ctx, login, phrase, From{}); hearth.CodeOf(err) != hearth.CodeForbidden {
				working++
			}
			if s, _, err := b.Accept(ctx, invite, Choice{Password: another}, From{}); err == nil {
				if _, err := b.who(s); err == nil {
					working++
				}
			}
			if _, err := b.StepUp(ctx, v.Session, phrase, "", ""); err == nil {
				working++
			}
			if working != 0 {
				t.Errorf("%s: %d credentials still work", name, working)
			}
		}
	})
}

// Ten thousand guesses: few are looked at, and the owner comes in from elsewhere all the same.
func TestGuessing(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := newBench(t, d, clock)
	b.first()
	looked := 0
	for i := range 10000 {
		clock.Advance(100 * time.Millisecond)
		_, err := b.SignIn(t.Context(), "dana@oak.example", fmt.Sprint("guess ", i), From{Address: "203.0.113.9"})
		switch hearth.CodeOf(err) {
		case hearth.CodeForbidden:
			looked++
		case hearth.CodeBusy:
		default:
			t.Fatal(err)
		}
	}
	if looked == 0 || looked > 2*pairMost {
		t.Errorf("%d of 10000 guesses in a quarter of an hour were looked at, want %d", looked, 2*pairMost)
	}
	if in, err := b.SignIn(t.Context(), "dana@oak.example", phrase, From{Address: "192.0.2.1"}); err != nil || in.Session == "" {
		t.Errorf("a guesser locked the owner out: %v", err)
	}
	for i := range netMost {
		_, err := b.SignIn(t.Context(), fmt.Sprintf("%d@oak.example", i), phrase, From{Address: "198.51.100.4"})
		if hearth.CodeOf(err) != hearth.CodeForbidden {
			t.Fatal(i, err)
		}
	}
	if _, err := b.SignIn(t.Context(), "one-more@oak.example", phrase, From{Address: "198.51.100.4"}); hearth.CodeOf(err) != hearth.CodeBusy {
		t.Errorf("an address may try all names: %v", err)
	}
}

func TestNetworksOfIPv6(t *testing.T) {
	a, b, c := meters("x@y.example", "2001:db8:1:2:3::4"), meters("x@y.example", "2001:db8:1:2:ffff::1"), meters("x@y.example", "2001:db8:1:3::1")
	if a[1].key != b[1].key || a[1].key == c[1].key {
		t.Error("a network of IPv6 is not counted by its 64 bits")
	}
}

// Unknown addresses take as long as wrong passwords: both make one hash of the same cost.
func TestEqualWork(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := newBench(t, d, clock)
	if c := (Cost{KiB: 64, Rounds: 1}); c.outdated(b.nobody) {
		t.Errorf("where there is no account %q is compared", b.nobody)
	}
	ok, err := b.compare(t.Context(), "", phrase)
	if ok || err != nil {
		t.Error(ok, err)
	}
}
