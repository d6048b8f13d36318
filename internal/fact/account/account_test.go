package account

import (
	"context"
	"math/rand/v2"
	"strings"
	"testing"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
)

func TestTokens(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		s, other := New(rand.NewChaCha8([32]byte{6})), New(rand.NewChaCha8([32]byte{7}))
		write := func(f func(ctx context.Context, tx *db.Tx) error) {
			t.Helper()
			if err := d.Write(t.Context(), func(tx *db.Tx) error { return f(t.Context(), tx) }); err != nil {
				t.Fatal(err)
			}
		}
		authenticate := func(s *Store, secret string) (tok Token, err error) {
			errTx := d.Read(t.Context(), func(tx *db.Tx) error {
				tok, err = s.Authenticate(t.Context(), tx, secret)
				return nil
			})
			if errTx != nil {
				t.Fatal(errTx)
			}
			return tok, err
		}
		var secret string
		write(func(ctx context.Context, tx *db.Tx) (err error) {
			secret, err = s.CreateToken(ctx, tx, "import", []Scope{ScopeRead, ScopeEvents, ScopeRead})
			return err
		})
		if !strings.HasPrefix(secret, "hearth_") || len(secret) != len("hearth_")+43 {
			t.Errorf("secret %q", secret)
		}
		tok, err := authenticate(s, secret)
		if err != nil || tok.Name != "import" || !tok.Has(ScopeEvents) || !tok.Has(ScopeRead) || tok.Has(ScopeTasks) || tok.Has(ScopeAdmin) {
			t.Fatalf("token %+v, %v", tok, err)
		}
		if tok.Actor().Kind != "token" || strings.Contains(tok.Hash, secret) {
			t.Errorf("token %+v", tok)
		}
		for _, wrong := range []string{"", secret + "x", strings.ToUpper(secret), tok.Hash} {
			if _, err := authenticate(s, wrong); hearth.CodeOf(err) != hearth.CodeForbidden {
				t.Errorf("%q: %v", wrong, err)
			}
		}
		if _, err := authenticate(other, secret); err != nil {
			t.Fatal(err)
		}
		write(func(ctx context.Context, tx *db.Tx) error { return s.Revoke(ctx, tx, tok.Hash) })
		if _, err := authenticate(s, secret); hearth.CodeOf(err) != hearth.CodeForbidden {
			t.Errorf("revoked here, and yet %v", err)
		}
		clock.Advance(cacheFor) // another node believes its memory for seconds
		if _, err := authenticate(other, secret); hearth.CodeOf(err) != hearth.CodeForbidden {
			t.Errorf("revoked elsewhere, and yet %v", err)
		}
		write(func(ctx context.Context, tx *db.Tx) error {
			if err := s.Revoke(ctx, tx, tok.Hash); err != nil {
				t.Errorf("revoked twice: %v", err)
			}
			if err := s.Revoke(ctx, tx, "none"); hearth.CodeOf(err) != hearth.CodeNotFound {
				t.Errorf("revoking nothing: %v", err)
			}
			all, err := s.List(ctx, tx)
			if len(all) != 1 || all[0].Revoked.IsZero() {
				t.Errorf("list %+v", all)
			}
			return err
		})
	})
}

func TestTokenRules(t *testing.T) {
	if !(Token{Scopes: []Scope{ScopeAdmin}}).Has(ScopeTasks) {
		t.Error("admin does not imply the rest")
	}
	d, _ := dbtest.SQLite(t)
	s := New(rand.NewChaCha8([32]byte{6}))
	for _, c := range []struct {
		name   string
		scopes []Scope
	}{{"", []Scope{ScopeRead}}, {"x", nil}, {"x", []Scope{"root"}}} {
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := s.CreateToken(t.Context(), tx, c.name, c.scopes)
			return err
		})
		if hearth.CodeOf(err) != hearth.CodeInvalid {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
