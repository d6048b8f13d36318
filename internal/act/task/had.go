package task

import (
	"context"
	"fmt"

	"hearth/internal/base/db"
)

const (
	aboutSQL = `SELECT resident, MIN(title) FROM tasks WHERE org = $1 AND kind <> $2 AND state <> 'cancelled' AND `
	ownedSQL = `SELECT owner, MIN(title) FROM tasks WHERE org = $1 AND kind <> $2 AND state <> 'cancelled' AND `
)

// About gives those of the residents of whom there is a task of another kind than one, done or not, each with the title
// of one.
func (s *Store) About(ctx context.Context, tx *db.Tx, residents []string, butKind string) (map[string]string, error) {
	return titles(ctx, tx, aboutSQL, "resident", residents, butKind)
}

// Owned is About for members of the team who have or had a task.
func (s *Store) Owned(ctx context.Context, tx *db.Tx, staff []string, butKind string) (map[string]string, error) {
	return titles(ctx, tx, ownedSQL, "owner", staff, butKind)
}

func titles(ctx context.Context, tx *db.Tx, q, column string, ids []string, butKind string) (map[string]string, error) {
	in, arg := tx.In(column, 3, ids)
	rows, err := tx.Query(ctx, q+in+" GROUP BY "+column, tx.Org(), butKind, arg)
	if err != nil {
		return nil, fmt.Errorf("look for tasks by %s: %w", column, err)
	}
	defer rows.Close()
	out := map[string]string{}
	for rows.Next() {
		var id, title string
		if err := rows.Scan(&id, &title); err != nil {
			return nil, fmt.Errorf("look for tasks by %s: %w", column, err)
		}
		out[id] = title
	}
	return out, rows.Err()
}
