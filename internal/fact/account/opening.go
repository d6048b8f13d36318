package account

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

// OpeningKind says what an opening is for.
type OpeningKind string

// The openings.
const (
	OpenSetup  OpeningKind = "setup"  // the first account of an installation
	OpenInvite OpeningKind = "invite" // choose how to sign in, at first or anew
	OpenSecond OpeningKind = "second" // the password was right; the code is missing
	OpenLink   OpeningKind = "link"   // a link by mail, for a resident
	OpenKey    OpeningKind = "key"    // a question to a passkey that waits for its answer
	OpenHome   OpeningKind = "home"   // the same for a resident's
	OpenApp    OpeningKind = "app"    // an app that has not shown its first code yet
	OpenSingle OpeningKind = "single" // a way to single sign-on that waits for its way back
)

// For how long each is good.
const (
	setupFor  = 24 * time.Hour
	inviteFor = 72 * time.Hour
	secondFor = 5 * time.Minute
	linkFor   = 10 * time.Minute
	shortFor  = 5 * time.Minute
)

// Opening is something that opens once, for a while. Only a hash of its secret is kept.
type Opening struct {
	Kind    OpeningKind
	Account string
	Made    time.Time
	Ends    time.Time
	Tries   int

	hash string
	data string
}

// Into reads what was kept with the opening.
func (o Opening) Into(v any) error { return json.Unmarshal([]byte(o.data), v) }

const insertOpening = `INSERT INTO openings (org, hash, kind, account, data, made, ends, tries) VALUES ($1, $2, $3, $4, $5, $6, $7, 0)`

// open makes an opening and gives its secret.
func (p *People) open(ctx context.Context, tx *db.Tx, kind OpeningKind, account string, data any, good time.Duration) (string, error) {
	secret, err := p.secret()
	if err != nil {
		return "", err
	}
	raw, err := json.Marshal(data)
	if err != nil {
		return "", fmt.Errorf("write %s: %w", kind, err)
	}
	now := tx.Now()
	if _, err := tx.Exec(ctx, insertOpening, tx.Org(), hashOf(secret), string(kind), account, string(raw), hearth.Millis(now), hearth.Millis(now.Add(good))); err != nil {
		return "", fmt.Errorf("write %s: %w", kind, err)
	}
	return secret, nil
}

const selectOpening = `SELECT hash, kind, account, data, made, ends, tries FROM openings WHERE org = $1 AND hash = $2`

// Peek gives the opening of a secret without using it. CodeForbidden if it is none of the kind, was used, or is over.
func (p *People) Peek(ctx context.Context, tx *db.Tx, kind OpeningKind, secret string) (Opening, error) {
	var out Opening
	var made, ends int64
	err := tx.Row(ctx, selectOpening, tx.Org(), hashOf(secret)).Scan(&out.hash, &out.Kind, &out.Account, &out.data, &made, &ends, &out.Tries)
	out.Made, out.Ends = hearth.FromMillis(made), hearth.FromMillis(ends)
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		return Opening{}, fmt.Errorf("read %s: %w", kind, err)
	}
	if err != nil || out.Kind != kind || tx.Now().Before(out.Made) || !tx.Now().Before(out.Ends) {
		return Opening{}, hearth.Errorf(hearth.CodeForbidden, "This was used already, or its time is over. Start again.")
	}
	return out, nil
}

// use takes an opening: it is gone after. Of two who use it at the same time one fails.
func (p *People) use(ctx context.Context, tx *db.Tx, o Opening) error {
	n, err := tx.Exec(ctx, `DELETE FROM openings WHERE org = $1 AND hash = $2`, tx.Org(), o.hash)
	if err != nil {
		return fmt.Errorf("use %s: %w", o.Kind, err)
	}
	if n == 0 {
		return hearth.Errorf(hearth.CodeForbidden, "This was used already. Start again.")
	}
	return nil
}

// forgetOpenings takes back what was opened for an account, or of a kind that has no account yet.
func (p *People) forgetOpenings(ctx context.Context, tx *db.Tx, kind OpeningKind, account string) error {
	_, err := tx.Exec(ctx, `DELETE FROM openings WHERE org = $1 AND account = $2 AND kind = $3`, tx.Org(), account, string(kind))
	return err
}
