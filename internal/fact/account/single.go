package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

// Single sign-on (OpenID Connect): somebody else's word for who comes in. edge/web/single talks to the provider; here it is decided whose account that opens.

// Subject is who came back from a provider.
type Subject struct {
	Issuer   string
	ID       string // never changes, never given to anybody else
	Email    string
	Verified bool      // the provider made sure that the address is theirs
	At       time.Time // when they proved it there; zero if the provider does not say
}

// Departure is what waits for the way back from a provider.
type Departure struct {
	Nonce    string
	Verifier string
	Next     string
}

// Depart keeps what waits for the way back, and gives the secret that names it. address is where a stranger asks from.
func (p *People) Depart(ctx context.Context, tx *db.Tx, account string, d Departure, address string) (string, error) {
	if account == "" {
		if err := p.ask(ctx, tx, address); err != nil {
			return "", err
		}
	}
	return p.open(ctx, tx, OpenSingle, account, d, 2*shortFor)
}

// Return takes what waited. CodeForbidden if it is over, or was taken.
func (p *People) Return(ctx context.Context, tx *db.Tx, secret string) (d Departure, account string, err error) {
	o, err := p.Peek(ctx, tx, OpenSingle, secret)
	if err != nil {
		return d, "", err
	}
	if err := o.Into(&d); err != nil {
		return d, "", fmt.Errorf("read a way back: %w", err)
	}
	return d, o.Account, p.use(ctx, tx, o)
}

// SignInBySubject opens a session for whom a provider names. Whoever comes for the first time gets the account of their address, if the provider made sure
// of it. CodeForbidden if nobody here is meant.
func (p *People) SignInBySubject(ctx context.Context, s Subject, from From) (session string, err error) {
	err = p.db.Write(ctx, func(tx *db.Tx) error {
		session = ""
		who, err := p.bySubject(ctx, tx, s)
		if err != nil {
			return err
		}
		session, err = p.start(ctx, tx, who, from)
		return err
	})
	return session, err
}

func (p *People) bySubject(ctx context.Context, tx *db.Tx, s Subject) (Person, error) {
	var account string
	err := tx.Row(ctx, `SELECT account FROM account_subjects WHERE org = $1 AND issuer = $2 AND subject = $3`, tx.Org(), s.Issuer, s.ID).Scan(&account)
	if err == nil {
		who, err := p.entrant(ctx, tx, account)
		if hearth.CodeOf(err) == hearth.CodeForbidden {
			err = errUnknown(s)
		}
		return who, err
	}
	if !errors.Is(err, db.ErrNotFound) {
		return Person{}, fmt.Errorf("read who %s names: %w", s.Issuer, err)
	}
	if s.Email == "" || !s.Verified {
		return Person{}, hearth.Errorf(hearth.CodeForbidden, "Your organization's sign-in did not say an address that it has checked, so nobody here could be found. Whoever looks after it can change that.")
	}
	who, err := p.ByLogin(ctx, tx, s.Email)
	if err == nil {
		who, err = p.entrant(ctx, tx, who.ID)
	}
	switch code := hearth.CodeOf(err); {
	case code == hearth.CodeNotFound || code == hearth.CodeForbidden:
		return Person{}, errUnknown(s)
	case err != nil:
		return Person{}, err
	case who.Staff == "":
		return Person{}, errUnknown(s)
	}
	if _, err := tx.Exec(ctx, `INSERT INTO account_subjects (org, issuer, subject, account) VALUES ($1, $2, $3, $4)`, tx.Org(), s.Issuer, s.ID, who.ID); err != nil {
		return Person{}, fmt.Errorf("remember who %s names: %w", s.Issuer, err)
	}
	return who, nil
}

func errUnknown(s Subject) error {
	who := "Nobody"
	if s.Email != "" {
		who = "Nobody with the address " + s.Email
	}
	return hearth.Errorf(hearth.CodeForbidden, "%s can sign in here. Ask your manager to open a sign-in for you.", who)
}

// StepUpBySubject proves once more who holds a session, by a provider's word that is not older than the step-up holds. The session goes on under a
// new secret.
func (p *People) StepUpBySubject(ctx context.Context, sub Subject, s Session) (session string, err error) {
	err = p.db.Write(ctx, func(tx *db.Tx) error {
		session = ""
		who, err := p.bySubject(ctx, tx, sub)
		if err != nil {
			return err
		}
		age := tx.Now().Sub(sub.At)
		if who.ID != s.Account || sub.At.IsZero() || age > time.Minute || age < -time.Minute {
			return hearth.Errorf(hearth.CodeForbidden, "Your organization's sign-in did not ask you just now. Prove it here in another way.")
		}
		session, err = p.renew(ctx, tx, s)
		return err
	})
	return session, err
}

// SignsInSingly tells whether an account has come in through a provider.
func (p *People) SignsInSingly(ctx context.Context, tx *db.Tx, account string) (bool, error) {
	var n int64
	err := tx.Row(ctx, `SELECT COUNT(*) FROM account_subjects WHERE org = $1 AND account = $2`, tx.Org(), account).Scan(&n)
	return n > 0, err
}
