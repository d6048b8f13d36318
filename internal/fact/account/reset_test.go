package account

import (
	"context"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
)

// Codes of the second factor can't be tried out on the page of an invitation either.
func TestCodesOfAnInvitationAreCounted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		v, _ := b.who(b.first())
		var app, pending, link string
		b.write(func(ctx context.Context, tx *db.Tx) (err error) {
			app, pending, err = b.OfferApp(ctx, tx, v)
			return err
		})
		b.write(func(ctx context.Context, tx *db.Tx) (err error) {
			_, err = b.ConfirmApp(ctx, tx, v, pending, CodeNow(app, clock.Now()))
			return err
		})
		b.write(func(ctx context.Context, tx *db.Tx) (err error) {
			link, err = b.Invite(ctx, tx, v.Session.Account)
			return err
		})
		busy := 0
		for range 12 {
			_, _, err := b.Accept(t.Context(), link, Choice{Password: another, Code: "000000"}, From{Address: "192.0.2.9"})
			switch hearth.CodeOf(err) {
			case hearth.CodeBusy:
				busy++
			case hearth.CodeInvalid:
			default:
				t.Fatalf("a wrong code: %v", err)
			}
		}
		if busy != 12-pairMost {
			t.Errorf("of 12 wrong codes %d met the brake", busy)
		}
		clock.Advance(pairWindow + time.Minute)
		if _, _, err := b.Accept(t.Context(), link, Choice{Password: another, Code: CodeNow(app, clock.Now())}, From{Address: "192.0.2.9"}); err != nil {
			t.Errorf("the right one, later: %v", err)
		}
	})
}

// Whoever chooses anew ends the ways in that somebody else may have learned: a new password ends passkeys.
func TestAResetEndsPasskeys(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		v, _ := b.who(b.first())
		var link string
		b.write(func(ctx context.Context, tx *db.Tx) (err error) {
			if _, err := tx.Exec(ctx, insertPasskey, tx.Org(), "key", v.Session.Account, "Somebody's", `{}`, hearth.Millis(tx.Now())); err != nil {
				return err
			}
			link, err = b.Invite(ctx, tx, v.Session.Account)
			return err
		})
		if _, _, err := b.Accept(t.Context(), link, Choice{Password: another}, From{}); err != nil {
			t.Fatal(err)
		}
		b.write(func(ctx context.Context, tx *db.Tx) error {
			left, err := b.Passkeys(ctx, tx, v.Session.Account)
			if len(left) != 0 {
				t.Errorf("%d passkeys open the account still", len(left))
			}
			return err
		})
	})
}
