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
