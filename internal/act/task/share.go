package task

import (
	"context"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

// Share is what playbooks put on somebody, or into the queue of a role, for a quarter of an hour.
type Share struct {
	Owner   hearth.StaffID // "": it lies in the property's queue
	Role    hearth.Role    // of what lies in the queue
	At      time.Time      // the beginning of the quarter
	Minutes int
}

const (
	selectShares = `SELECT owner, CASE WHEN owner = '' THEN role ELSE '' END AS queue, due_at / 900000, SUM(minutes) FROM tasks WHERE org = $1 AND `
	sharesWithin = ` AND due_at >= $3 AND due_at < $4 AND (state IN ('open', 'taken') OR state = 'done' AND owner <> '')
  AND (owner <> '' OR property = $5) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`
)

// GivenBy gives the minutes that come from some playbooks, counted as Given and Queued count all: of whom they are given to at
// every property, of queues at one.
func (s *Store) GivenBy(ctx context.Context, tx *db.Tx, from []hearth.PlaybookID, property hearth.PropertyID, since, until time.Time) ([]Share, error) {
	if len(from) == 0 {
		return nil, nil
	}
	ids := make([]string, len(from))
	for i, id := range from {
		ids[i] = string(id)
	}
	in, arg := tx.In("playbook", 2, ids)
	rows, err := tx.Query(ctx, selectShares+in+sharesWithin, tx.Org(), arg, hearth.Millis(since), hearth.Millis(until), string(property))
	if err != nil {
		return nil, fmt.Errorf("read what %d playbooks gave: %w", len(from), err)
	}
	defer rows.Close()
	var out []Share
	for rows.Next() {
		var x Share
		var at, minutes int64
		if err := rows.Scan(&x.Owner, &x.Role, &at, &minutes); err != nil {
			return nil, fmt.Errorf("read what %d playbooks gave: %w", len(from), err)
		}
		x.At, x.Minutes = hearth.FromMillis(at*quarter), int(minutes)
		out = append(out, x)
	}
	return out, rows.Err()
}
