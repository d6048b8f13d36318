package task

import (
	"context"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

// LookFor is how long somebody is taken to have a task open after they were last seen there.
const LookFor = time.Minute

const (
	lookSQL = `INSERT INTO task_looks (org, task, staff, at) VALUES ($1, $2, $3, $4)
ON CONFLICT (org, task, staff) DO UPDATE SET at = excluded.at`
	endLooksSQL = `DELETE FROM task_looks WHERE org = $1 AND at < $2` // of all tasks: nobody looks again at one that is done
	looksSQL    = `SELECT staff FROM task_looks WHERE org = $1 AND task = $2 AND at >= $3 ORDER BY at DESC, staff`
)

// Saw notes that somebody has a task open now. It fails with CodeNotFound if there is none.
func (s *Store) Saw(ctx context.Context, tx *db.Tx, id hearth.TaskID, who hearth.StaffID) error {
	if _, err := s.Get(ctx, tx, id); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, endLooksSQL, tx.Org(), tx.Now().Add(-LookFor)); err != nil {
		return fmt.Errorf("note who has task %s open: %w", id, err)
	}
	if _, err := tx.Exec(ctx, lookSQL, tx.Org(), string(id), string(who), tx.Now()); err != nil {
		return fmt.Errorf("note who has task %s open: %w", id, err)
	}
	return nil
}

// Looking gives who has a task open, the one seen last first.
func (s *Store) Looking(ctx context.Context, tx *db.Tx, id hearth.TaskID) ([]hearth.StaffID, error) {
	rows, err := tx.Query(ctx, looksSQL, tx.Org(), string(id), tx.Now().Add(-LookFor))
	if err != nil {
		return nil, fmt.Errorf("read who has task %s open: %w", id, err)
	}
	defer rows.Close()
	var out []hearth.StaffID
	for rows.Next() {
		var who hearth.StaffID
		if err := rows.Scan(&who); err != nil {
			return nil, fmt.Errorf("read who has task %s open: %w", id, err)
		}
		out = append(out, who)
	}
	return out, rows.Err()
}
