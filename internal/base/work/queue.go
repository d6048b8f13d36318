package work

import (
	"context"
	"fmt"
	"math"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

// Queue is how a lane stands.
type Queue struct {
	Lane    string
	Waiting int       // for a time that has not come
	Late    int       // whose time has come, and that nobody has finished
	Oldest  time.Time // since when the oldest of the late ones is due; zero: none is late
	Dead    int       // given up; each waits for a person
}

const queuesSQL = `SELECT lane, SUM(CASE WHEN state <> 'dead' AND due_at > $1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN state <> 'dead' AND due_at <= $1 THEN 1 ELSE 0 END),
  MIN(CASE WHEN state <> 'dead' THEN due_at ELSE $2 END),
  SUM(CASE WHEN state = 'dead' THEN 1 ELSE 0 END) FROM due WHERE org = $3 GROUP BY lane ORDER BY lane`

// Queues tells how each lane stands, by name. It reads all due rows: for a page, not for a loop.
func Queues(ctx context.Context, tx *db.Tx) ([]Queue, error) {
	now := hearth.Millis(tx.Now())
	rows, err := tx.Query(ctx, queuesSQL, now, int64(math.MaxInt64), tx.Org())
	if err != nil {
		return nil, fmt.Errorf("read queues: %w", err)
	}
	defer rows.Close()
	var out []Queue
	for rows.Next() {
		var q Queue
		var waiting, late, oldest, dead int64
		if err := rows.Scan(&q.Lane, &waiting, &late, &oldest, &dead); err != nil {
			return nil, fmt.Errorf("read queues: %w", err)
		}
		q.Waiting, q.Late, q.Dead = int(waiting), int(late), int(dead)
		if late > 0 {
			q.Oldest = hearth.FromMillis(oldest)
		}
		out = append(out, q)
	}
	return out, rows.Err()
}
