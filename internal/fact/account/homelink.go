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
	putLinksEnded    = `INSERT INTO home_links (org, resident, ended) VALUES ($1, $2, $3) ON CONFLICT (org, resident) DO UPDATE SET ended = excluded.ended`
	selectLinksEnded = `SELECT ended FROM home_links WHERE org = $1 AND resident = $2`
)

// endLinks ends the links to a resident's pages that were made so far. Links carry their own proof and are kept nowhere, so that this
// is what remains to be known of them.
func (p *People) endLinks(ctx context.Context, tx *db.Tx, who hearth.ResidentID) error {
	if _, err := tx.Exec(ctx, putLinksEnded, tx.Org(), string(who), hearth.Millis(tx.Now())); err != nil {
		return fmt.Errorf("end the links of %s: %w", who, err)
	}
	return nil
}

// LinkEnded tells whether a link to a resident's pages that was made at a time was ended since.
func (p *People) LinkEnded(ctx context.Context, tx *db.Tx, who hearth.ResidentID, made time.Time) (bool, error) {
	var ended int64
	err := tx.Row(ctx, selectLinksEnded, tx.Org(), string(who)).Scan(&ended)
	if errors.Is(err, db.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("see whether a link of %s was ended: %w", who, err)
	}
	return hearth.Millis(made) <= ended, nil
}

// TryShort has the code of a slip looked up, which right does and answers with CodeForbidden where there is none. Wrong codes count like those
// that were sent: a network has so many in a quarter of an hour, and then CodeBusy. ok is false for a wrong code, which must be committed all the same.
func (p *People) TryShort(ctx context.Context, tx *db.Tx, address string, right func() error) (ok bool, err error) {
	guesses := homeGuesses(address)
	if err := p.admit(ctx, tx, guesses); err != nil {
		if hearth.CodeOf(err) == hearth.CodeBusy {
			return false, hearth.Errorf(hearth.CodeBusy, "This was wrong too often in a short time. Wait a little and try again.")
		}
		return false, err
	}
	err = right()
	if hearth.CodeOf(err) == hearth.CodeForbidden {
		return false, p.failed(ctx, tx, guesses)
	}
	return err == nil, err
}
