package playbook

import (
	"context"
	"fmt"

	"hearth"
	"hearth/internal/base/db"
)

const startsSQL = `SELECT playbook, start_key, started FROM runs WHERE org = $1 AND resident = $2 ORDER BY started, id`

// StartsOf gives the newest start of each playbook for a resident, in any partition: its Playbook, StartKey and Started.
func StartsOf(ctx context.Context, tx *db.Tx, resident hearth.ResidentID) ([]Run, error) {
	rows, err := tx.Query(ctx, startsSQL, tx.Org(), string(resident))
	if err != nil {
		return nil, fmt.Errorf("read the starts for %s: %w", resident, err)
	}
	defer rows.Close()
	var out []Run
	at := map[hearth.PlaybookID]int{}
	for rows.Next() {
		r := Run{Resident: resident}
		if err := rows.Scan(&r.Playbook, &r.StartKey, &r.Started); err != nil {
			return nil, fmt.Errorf("read the starts for %s: %w", resident, err)
		}
		i, ok := at[r.Playbook]
		if !ok {
			i = len(out)
			at[r.Playbook] = i
			out = append(out, Run{})
		}
		out[i] = r
	}
	return out, rows.Err()
}
