package playbook

import (
	"context"
	"fmt"
	"slices"

	"hearth"
	"hearth/internal/base/db"
)

// A draft has its writers: whoever changed it since it began. Who wrote any of it is no second person for it, whoever changed it last.

const (
	forgetWritersSQL = `DELETE FROM playbook_draft_writers WHERE org = $1 AND id = $2`
	addWriterSQL     = `INSERT INTO playbook_draft_writers (org, id, writer) VALUES ($1, $2, $3) ON CONFLICT (org, id, writer) DO NOTHING`
	writersSQL       = `SELECT writer FROM playbook_draft_writers WHERE org = $1 AND id = $2 ORDER BY writer`
)

// keepWriter keeps that somebody wrote a draft; where it begins, those of the one before are forgotten.
func keepWriter(ctx context.Context, tx *db.Tx, actor hearth.Actor, id hearth.PlaybookID, begins bool) error {
	if begins {
		if _, err := tx.Exec(ctx, forgetWritersSQL, tx.Org(), string(id)); err != nil {
			return fmt.Errorf("forget who wrote the last draft of %s: %w", id, err)
		}
	}
	if _, err := tx.Exec(ctx, addWriterSQL, tx.Org(), string(id), actor.String()); err != nil {
		return fmt.Errorf("keep who wrote a draft of %s: %w", id, err)
	}
	return nil
}

// Writers gives everybody who wrote the draft of a playbook since it began.
func Writers(ctx context.Context, tx *db.Tx, id hearth.PlaybookID) ([]hearth.Actor, error) {
	rows, err := tx.Query(ctx, writersSQL, tx.Org(), string(id))
	if err != nil {
		return nil, fmt.Errorf("read who wrote a draft of %s: %w", id, err)
	}
	defer rows.Close()
	var out []hearth.Actor
	for rows.Next() {
		var by string
		if err := rows.Scan(&by); err != nil {
			return nil, fmt.Errorf("read who wrote a draft of %s: %w", id, err)
		}
		out = append(out, hearth.ParseActor(by))
	}
	return out, rows.Err()
}

// Wrote tells whether somebody wrote any of the draft of a playbook.
func Wrote(ctx context.Context, tx *db.Tx, actor hearth.Actor, id hearth.PlaybookID) (bool, error) {
	all, err := Writers(ctx, tx, id)
	return slices.ContainsFunc(all, func(a hearth.Actor) bool { return a.Kind == actor.Kind && a.ID == actor.ID }), err
}
