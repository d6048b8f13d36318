package message

import (
	"context"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

const tallySQL = `SELECT template, state, count(*) FROM messages
WHERE org = $1 AND made >= $2 AND direction = 'out' AND playbook = $3 AND (property = $4 OR $4 = '') GROUP BY template, state`

// Tallies counts the messages that a playbook wished since a time at a property, or everywhere with property "", by their
// template and state.
func (s *Store) Tallies(ctx context.Context, tx *db.Tx, id hearth.PlaybookID, property hearth.PropertyID, since time.Time) (map[string]map[State]int, error) {
	rows, err := tx.Query(ctx, tallySQL, tx.Org(), hearth.Millis(since), string(id), string(property))
	if err != nil {
		return nil, fmt.Errorf("count the messages of %s: %w", id, err)
	}
	defer rows.Close()
	out := map[string]map[State]int{}
	for rows.Next() {
		var template, state string
		var n int64
		if err := rows.Scan(&template, &state, &n); err != nil {
			return nil, fmt.Errorf("count the messages of %s: %w", id, err)
		}
		if out[template] == nil {
			out[template] = map[State]int{}
		}
		out[template][State(state)] = int(n)
	}
	return out, rows.Err()
}
