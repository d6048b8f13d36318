package playbook

import (
	"context"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

// Waiting is how many runs of a version wait at a step until a quarter of an hour.
type Waiting struct {
	Playbook hearth.PlaybookID
	Version  int
	Step     int
	At       time.Time // its beginning
	Runs     int
}

const (
	waitingSQL = `SELECT playbook, version, step, wake_at / 900000, COUNT(*) FROM runs WHERE org = $1 AND state = 'active' AND `
	waitingEnd = ` AND property = $3 AND wake_at >= $4 AND wake_at < $5
  GROUP BY playbook, version, step, wake_at / 900000 ORDER BY 1, 2, 3, 4`
)

// WaitingRuns counts the runs of some playbooks at a property whose wait ends in a stretch of time; one that waits for
// an event counts by its time-out.
func WaitingRuns(ctx context.Context, tx *db.Tx, playbooks []hearth.PlaybookID, property hearth.PropertyID, from, to time.Time) ([]Waiting, error) {
	if len(playbooks) == 0 {
		return nil, nil
	}
	ids := make([]string, len(playbooks))
	for i, id := range playbooks {
		ids[i] = string(id)
	}
	in, arg := tx.In("playbook", 2, ids)
	rows, err := tx.Query(ctx, waitingSQL+in+waitingEnd, tx.Org(), arg, string(property), hearth.Millis(from), hearth.Millis(to))
	if err != nil {
		return nil, fmt.Errorf("count waiting runs at %s: %w", property, err)
	}
	defer rows.Close()
	var out []Waiting
	for rows.Next() {
		var w Waiting
		var version, step, at, runs int64
		if err := rows.Scan(&w.Playbook, &version, &step, &at, &runs); err != nil {
			return nil, fmt.Errorf("count waiting runs at %s: %w", property, err)
		}
		w.Version, w.Step, w.Runs, w.At = int(version), int(step), int(runs), hearth.FromMillis(at*15*60*1000)
		out = append(out, w)
	}
	return out, rows.Err()
}
