package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

const (
	insertHomeSession = `INSERT INTO home_sessions (org, hash, resident, started, ends) VALUES ($1, $2, $3, $4, $5)`
	selectHomeSession = `SELECT resident, started, ends FROM home_sessions WHERE org = $1 AND hash = $2`
	deleteHomeSession = `DELETE FROM home_sessions WHERE org = $1 AND hash = $2`
	endHomeSessions   = `DELETE FROM home_sessions WHERE org = $1 AND resident = $2`
)

// StartHome signs a resident in on one device, for ResidentMost, and gives the secret that its browser keeps. It asks nothing: the caller
// has seen that it is them.
func (p *People) StartHome(ctx context.Context, tx *db.Tx, who hearth.ResidentID) (string, error) {
	secret, err := p.secret()
	if err != nil {
		return "", err
	}
	now := tx.Now()
	if _, err := tx.Exec(ctx, insertHomeSession, tx.Org(), hashOf(secret), string(who), hearth.Millis(now), hearth.Millis(now.Add(ResidentMost))); err != nil {
		return "", fmt.Errorf("sign %s in: %w", who, err)
	}
	return secret, nil
}

// HomeSession is a resident's being signed in on one device.
type HomeSession struct {
	Resident hearth.ResidentID
	Started  time.Time // when they showed who they are
}

// Fresh tells whether they showed just now who they are.
func (s HomeSession) Fresh(now time.Time) bool {
	age := now.Sub(s.Started)
	return s.Resident != "" && age >= 0 && age <= StepUpWithin
}

// AtHome gives the session of a secret. CodeForbidden if nobody is signed in with it, or not any more. Whether the resident may still come in
// is for the caller to see.
func (p *People) AtHome(ctx context.Context, tx *db.Tx, secret string) (HomeSession, error) {
	var s HomeSession
	var started, ends int64
	err := tx.Row(ctx, selectHomeSession, tx.Org(), hashOf(secret)).Scan(&s.Resident, &started, &ends)
	now := hearth.Millis(tx.Now())
	if errors.Is(err, db.ErrNotFound) || err == nil && (now < started || now >= ends) {
		return HomeSession{}, errSignedOut()
	}
	if err != nil {
		return HomeSession{}, fmt.Errorf("read who is signed in: %w", err)
	}
	s.Started = hearth.FromMillis(started)
	return s, nil
}

// LeaveHome ends the session of a secret. Leaving twice is a no-op.
func (p *People) LeaveHome(ctx context.Context, tx *db.Tx, secret string) error {
	if _, err := tx.Exec(ctx, deleteHomeSession, tx.Org(), hashOf(secret)); err != nil {
		return fmt.Errorf("sign out: %w", err)
	}
	return nil
}

// LeaveAllHome ends every session of residents, and the links to their pages: of one person all under whom they are known.
func (p *People) LeaveAllHome(ctx context.Context, tx *db.Tx, person []hearth.ResidentID) error {
	for _, who := range person {
		if _, err := tx.Exec(ctx, endHomeSessions, tx.Org(), string(who)); err != nil {
			return fmt.Errorf("sign %s out: %w", who, err)
		}
		if err := p.endLinks(ctx, tx, who); err != nil {
			return err
		}
	}
	return nil
}

// sweepHome forgets comings in and residents' sessions that are over.
func sweepHome(ctx context.Context, tx *db.Tx, now int64) error {
	for _, q := range []string{`DELETE FROM home_entries WHERE org = $1 AND ends < $2`, `DELETE FROM home_sessions WHERE org = $1 AND ends < $2`} {
		if _, err := tx.Exec(ctx, q, tx.Org(), now); err != nil {
			return fmt.Errorf("sweep residents' sign-ins: %w", err)
		}
	}
	const orphans = `DELETE FROM home_entrants WHERE org = $1 AND hash NOT IN (SELECT hash FROM home_entries WHERE org = $2)`
	if _, err := tx.Exec(ctx, orphans, tx.Org(), tx.Org()); err != nil {
		return fmt.Errorf("sweep residents' sign-ins: %w", err)
	}
	return nil
}
