package message

import (
	"context"
	"fmt"

	"hearth/internal/base/db"
)

const hadSQL = `SELECT DISTINCT resident FROM messages WHERE org = $1 AND `

// Had gives those of the residents with whom there is any message, sent, waiting or received.
func (s *Store) Had(ctx context.Context, tx *db.Tx, residents []string) (map[string]bool, error) {
	in, arg := tx.In("resident", 2, residents)
	rows, err := tx.Query(ctx, hadSQL+in, tx.Org(), arg)
	if err != nil {
		return nil, fmt.Errorf("look for messages with %d residents: %w", len(residents), err)
	}
	defer rows.Close()
	out := map[string]bool{}
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("look for messages: %w", err)
		}
		out[id] = true
	}
	return out, rows.Err()
}
