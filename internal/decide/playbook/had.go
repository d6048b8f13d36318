package playbook

import (
	"context"
	"fmt"

	"hearth"
	"hearth/internal/base/db"
)

const hadRunsSQL = `SELECT resident, MIN(playbook) FROM runs WHERE org = $1 AND `

// HadRuns gives those of the residents who have or had a run, each with one of its playbooks.
func HadRuns(ctx context.Context, tx *db.Tx, residents []string) (map[string]hearth.PlaybookID, error) {
	in, arg := tx.In("resident", 2, residents)
	rows, err := tx.Query(ctx, hadRunsSQL+in+" GROUP BY resident", tx.Org(), arg)
	if err != nil {
		return nil, fmt.Errorf("look for runs of %d residents: %w", len(residents), err)
	}
	defer rows.Close()
	out := map[string]hearth.PlaybookID{}
	for rows.Next() {
		var id string
		var p hearth.PlaybookID
		if err := rows.Scan(&id, &p); err != nil {
			return nil, fmt.Errorf("look for runs: %w", err)
		}
		out[id] = p
	}
	return out, rows.Err()
}
