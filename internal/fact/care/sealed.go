package care

import (
	"context"
	"fmt"

	"hearth"
	"hearth/internal/base/db"
)

const sealedSQL = `SELECT s.kind, r.reason FROM situations AS s LEFT JOIN situation_reasons AS r ON r.org = s.org AND r.situation = s.id
  WHERE s.org = $1 AND `

// Sealed gives the words of all situations that were ever set for a person, kinds and reasons, so that a program can keep them from
// leaving the house. They are never shown, told or stored: Reason is for people, and leaves a trace.
func (s *Store) Sealed(ctx context.Context, tx *db.Tx, id hearth.ResidentID) ([]string, error) {
	ids, err := s.personOf(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	in, arg := tx.In("s.resident", 2, ids)
	rows, err := tx.Query(ctx, sealedSQL+in, tx.Org(), arg)
	if err != nil {
		return nil, fmt.Errorf("read what is sealed: %w", err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var kind string
		var reason *string
		if err := rows.Scan(&kind, &reason); err != nil {
			return nil, fmt.Errorf("read what is sealed: %w", err)
		}
		out = append(out, kind)
		if reason != nil && *reason != "" {
			out = append(out, *reason)
		}
	}
	return out, rows.Err()
}
