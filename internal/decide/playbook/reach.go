package playbook

import (
	"context"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

// Reach is how far a playbook reaches at a property.
type Reach struct {
	Active  int // runs under way now, those held out left aside
	Started int // runs that began since a time
}

const reachSQL = `SELECT playbook, SUM(CASE WHEN state = 'active' THEN 1 ELSE 0 END), SUM(CASE WHEN started >= $1 THEN 1 ELSE 0 END)
FROM runs WHERE org = $2 AND (property = $3 OR $3 = '') GROUP BY playbook`

// Reached gives how far each playbook reaches at a property, or everywhere with property ""; starts are counted since a time.
func Reached(ctx context.Context, tx *db.Tx, property hearth.PropertyID, since time.Time) (map[hearth.PlaybookID]Reach, error) {
	rows, err := tx.Query(ctx, reachSQL, hearth.Millis(since), tx.Org(), string(property))
	if err != nil {
		return nil, fmt.Errorf("count the reach of playbooks: %w", err)
	}
	defer rows.Close()
	out := map[hearth.PlaybookID]Reach{}
	for rows.Next() {
		var id string
		var active, started int64
		if err := rows.Scan(&id, &active, &started); err != nil {
			return nil, fmt.Errorf("count the reach of playbooks: %w", err)
		}
		out[hearth.PlaybookID(id)] = Reach{Active: int(active), Started: int(started)}
	}
	return out, rows.Err()
}

const underWaySQL = runSelect + `playbook = $2 AND (property = $3 OR $3 = '') AND state = 'active' AND arm = '' ORDER BY started DESC, id LIMIT $4`

// UnderWay gives the active runs of a playbook at a property, or everywhere with property "", the newest first, at most
// limit of them. Those held out are left aside.
func UnderWay(ctx context.Context, tx *db.Tx, id hearth.PlaybookID, property hearth.PropertyID, limit int) ([]*Run, error) {
	return queryRuns(ctx, tx, underWaySQL, tx.Org(), string(id), string(property), limit)
}
