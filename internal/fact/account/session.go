package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

// How long a session lasts: without a sign of life, and at most.
const (
	StaffIdle    = time.Hour
	StaffMost    = 24 * time.Hour
	ResidentMost = 30 * 24 * time.Hour
)

// touchEvery is how exactly a sign of life is kept; a session may end that much before its idle time is over.
const touchEvery = time.Minute

// Session is somebody's being signed in on one device.
type Session struct {
	ID      string // names it in lists; it opens nothing
	Account string
	Started time.Time // when the first way in was shown
	Proved  time.Time // when they last proved who they are
	Seen    time.Time
	Ends    time.Time // at the latest
	Device  string    // in words: "Firefox on Linux"
	Address string    // where it came from

	hash string
	idle time.Duration // 0: no end but Ends
}

// Fresh tells whether the sign-in was just now.
func (s Session) Fresh(now time.Time) bool {
	age := now.Sub(s.Proved)
	return !s.Proved.IsZero() && age >= 0 && age <= StepUpWithin
}

// over tells whether the session has ended. A clock that was set back ends it too: time never prolongs a session.
func (s Session) over(now time.Time) bool {
	return now.Before(s.Started) || !now.Before(s.Ends) || s.idle > 0 && now.Sub(s.Seen) >= s.idle
}

// From is where somebody signs in.
type From struct {
	Device  string // in words
	Address string // of the network
}

const insertSession = `INSERT INTO sessions (org, hash, id, account, started, proved, seen, ends, idle, device, address)
 VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8, $9, $10)`

// start opens a session and gives its secret, which is stored nowhere.
func (p *People) start(ctx context.Context, tx *db.Tx, who Person, from From) (string, error) {
	most, idle := StaffMost, StaffIdle
	if who.Resident != "" {
		most, idle = ResidentMost, 0
	}
	now := tx.Now()
	s := Session{Account: who.ID, Started: now, Ends: now.Add(most), idle: idle, Device: clip(from.Device), Address: clip(from.Address)}
	if _, err := tx.Exec(ctx, `UPDATE accounts SET last_in = $1 WHERE org = $2 AND id = $3`, hearth.Millis(now), tx.Org(), who.ID); err != nil {
		return "", fmt.Errorf("note a sign-in: %w", err)
	}
	return p.put(ctx, tx, s)
}

// put writes a session that was proved just now, under a new secret and name.
func (p *People) put(ctx context.Context, tx *db.Tx, s Session) (string, error) {
	secret, err := p.secret()
	if err != nil {
		return "", err
	}
	if s.ID == "" {
		if s.ID, err = p.newID("ses_"); err != nil {
			return "", err
		}
	}
	_, err = tx.Exec(ctx, insertSession, tx.Org(), hashOf(secret), s.ID, s.Account, hearth.Millis(s.Started), hearth.Millis(tx.Now()), hearth.Millis(s.Ends),
		s.idle.Milliseconds(), s.Device, s.Address)
	if err != nil {
		return "", fmt.Errorf("write session: %w", err)
	}
	return secret, nil
}

func clip(s string) string {
	if r := []rune(s); len(r) > 80 {
		return string(r[:80])
	}
	return s
}

const (
	sessionColumns = `hash, id, account, started, proved, seen, ends, idle, device, address`
	selectSession  = `SELECT ` + sessionColumns + ` FROM sessions WHERE org = $1 AND hash = $2`
	selectSessions = `SELECT ` + sessionColumns + ` FROM sessions WHERE org = $1 AND account = $2 ORDER BY started, id`
)

func scanSession(r interface{ Scan(dest ...any) error }) (Session, error) {
	var s Session
	var started, proved, seen, ends, idle int64
	err := r.Scan(&s.hash, &s.ID, &s.Account, &started, &proved, &seen, &ends, &idle, &s.Device, &s.Address)
	s.Started, s.Proved, s.Seen, s.Ends = hearth.FromMillis(started), hearth.FromMillis(proved), hearth.FromMillis(seen), hearth.FromMillis(ends)
	s.idle = time.Duration(idle) * time.Millisecond
	return s, err
}

// ErrSignedOut says that a secret opens no session, or none any more.
func errSignedOut() error {
	return hearth.Errorf(hearth.CodeForbidden, "You are not signed in, or not any more. Sign in again.")
}

// Who gives who holds a session's secret, as of now: everything is read anew, so that whoever leaves the team or loses a role does so at
// once. CodeForbidden if the secret opens nothing. tired tells that Touch is due.
func (p *People) Who(ctx context.Context, tx *db.Tx, secret string) (v Viewer, tired bool, err error) {
	s, err := scanSession(tx.Row(ctx, selectSession, tx.Org(), hashOf(secret)))
	if errors.Is(err, db.ErrNotFound) || err == nil && s.over(tx.Now()) {
		return Viewer{}, false, errSignedOut()
	}
	if err != nil {
		return Viewer{}, false, fmt.Errorf("read session: %w", err)
	}
	who, err := p.Get(ctx, tx, s.Account)
	if err != nil {
		return Viewer{}, false, err
	}
	if !who.Closed.IsZero() {
		return Viewer{}, false, errSignedOut()
	}
	v, err = p.viewer(ctx, tx, who, s)
	return v, tx.Now().Sub(s.Seen) >= touchEvery, err
}

// viewer gives the person behind an account. CodeForbidden if they have left.
func (p *People) viewer(ctx context.Context, tx *db.Tx, who Person, s Session) (Viewer, error) {
	if who.Staff != "" {
		m, err := p.records.Staff(ctx, tx, who.Staff)
		if hearth.CodeOf(err) == hearth.CodeNotFound || err == nil && m.Inactive {
			return Viewer{}, errSignedOut()
		}
		v := p.policy.StaffViewer(m, s, tx.Now())
		v.Wide, v.NoKeys = who.Wide, who.NoKeys
		return v, err
	}
	r, err := p.records.Resident(ctx, tx, who.Resident)
	if hearth.CodeOf(err) == hearth.CodeNotFound {
		return Viewer{}, errSignedOut()
	}
	return p.policy.ResidentViewer(who.Resident, r.Name(), s, tx.Now()), err
}

// Touch notes a sign of life.
func (p *People) Touch(ctx context.Context, tx *db.Tx, s Session) error {
	_, err := tx.Exec(ctx, `UPDATE sessions SET seen = $1 WHERE org = $2 AND hash = $3`, hearth.Millis(tx.Now()), tx.Org(), s.hash)
	return err
}

// Sessions lists where somebody is signed in, without what has ended.
func (p *People) Sessions(ctx context.Context, tx *db.Tx, account string) ([]Session, error) {
	rows, err := tx.Query(ctx, selectSessions, tx.Org(), account)
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	defer rows.Close()
	var out []Session
	for rows.Next() {
		s, err := scanSession(rows)
		if err != nil {
			return nil, fmt.Errorf("list sessions: %w", err)
		}
		if !s.over(tx.Now()) {
			out = append(out, s)
		}
	}
	return out, rows.Err()
}

// SignOut ends the session of a secret. Signing out twice is a no-op.
func (p *People) SignOut(ctx context.Context, tx *db.Tx, secret string) error {
	_, err := tx.Exec(ctx, `DELETE FROM sessions WHERE org = $1 AND hash = $2`, tx.Org(), hashOf(secret))
	return err
}

// End ends one session of an account, by its name.
func (p *People) End(ctx context.Context, tx *db.Tx, account, id string) error {
	_, err := tx.Exec(ctx, `DELETE FROM sessions WHERE org = $1 AND account = $2 AND id = $3`, tx.Org(), account, id)
	return err
}

// EndAll ends all sessions of an account but one; none is kept if keep is "".
func (p *People) EndAll(ctx context.Context, tx *db.Tx, account, keep string) error {
	_, err := tx.Exec(ctx, `DELETE FROM sessions WHERE org = $1 AND account = $2 AND id <> $3`, tx.Org(), account, keep)
	return err
}

// renew gives a session a new secret, proved just now: the old one opens nothing any more. Its end stays.
func (p *People) renew(ctx context.Context, tx *db.Tx, s Session) (string, error) {
	if _, err := tx.Exec(ctx, `DELETE FROM sessions WHERE org = $1 AND hash = $2`, tx.Org(), s.hash); err != nil {
		return "", fmt.Errorf("renew session: %w", err)
	}
	return p.put(ctx, tx, s)
}

// Sweep forgets sessions, links and counts that are over; more tells whether there may be others.
func (p *People) Sweep(ctx context.Context, tx *db.Tx) error {
	now := hearth.Millis(tx.Now())
	for _, q := range []string{`DELETE FROM sessions WHERE org = $1 AND ends < $2`, `DELETE FROM openings WHERE org = $1 AND ends < $2`} {
		if _, err := tx.Exec(ctx, q, tx.Org(), now); err != nil {
			return fmt.Errorf("sweep sign-ins: %w", err)
		}
	}
	if err := sweepHome(ctx, tx, now); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM sign_in_tries WHERE org = $1 AND since < $2`, tx.Org(), now-(2*loginWindow).Milliseconds()); err != nil {
		return fmt.Errorf("sweep sign-ins: %w", err)
	}
	return nil
}
