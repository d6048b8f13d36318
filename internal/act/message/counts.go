package message

import (
	"context"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

// Count is how many messages of a channel are in a state.
type Count struct {
	Channel hearth.Channel
	State   State
	N       int
}

const countSQL = `SELECT channel, state, COUNT(*) FROM messages WHERE org = $1 AND made >= $2 GROUP BY channel, state ORDER BY channel, state`

// CountsSince counts the messages made since a time, by channel and state.
func (s *Store) CountsSince(ctx context.Context, tx *db.Tx, since time.Time) ([]Count, error) {
	rows, err := tx.Query(ctx, countSQL, tx.Org(), hearth.Millis(since))
	if err != nil {
		return nil, fmt.Errorf("count messages: %w", err)
	}
	defer rows.Close()
	var out []Count
	for rows.Next() {
		var c Count
		var n int64
		if err := rows.Scan(&c.Channel, &c.State, &n); err != nil {
			return nil, fmt.Errorf("count messages: %w", err)
		}
		c.N = int(n)
		out = append(out, c)
	}
	return out, rows.Err()
}
