package eventlog

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

// Lag is how far a follower is behind the log.
type Lag struct {
	Events int64     // about how many events wait; gaps in the numbers count too
	Since  time.Time // when the first of them was recorded; zero if none waits
}

const firstAfterSQL = `SELECT recorded FROM events WHERE org = $1 AND part = $2 AND seq > $3 ORDER BY seq LIMIT 1`

// Lag tells how far a follower is behind, over all partitions. It reads one row for each partition that waits.
func (l *Log) Lag(ctx context.Context, tx *db.Tx, follower string) (Lag, error) {
	heads, err := l.Heads(ctx, tx)
	if err != nil {
		return Lag{}, err
	}
	positions, err := l.Positions(ctx, tx, follower)
	if err != nil {
		return Lag{}, err
	}
	var lag Lag
	for part, head := range heads {
		if head <= positions[part] {
			continue
		}
		var recorded int64
		err := tx.Row(ctx, firstAfterSQL, tx.Org(), part, positions[part]).Scan(&recorded)
		if errors.Is(err, db.ErrNotFound) {
			continue // a gap at the end: nothing waits
		}
		if err != nil {
			return Lag{}, fmt.Errorf("lag of %s in partition %d: %w", follower, part, err)
		}
		lag.Events += head - positions[part]
		if at := hearth.FromMillis(recorded); lag.Since.IsZero() || at.Before(lag.Since) {
			lag.Since = at
		}
	}
	return lag, nil
}
