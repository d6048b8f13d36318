package eventlog

import (
	"context"
	"fmt"
	"sort"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

const typedSQL = eventSelect + `WHERE e.org = $1 AND e.part = $2 AND e.seq > $3 AND e.seq <= $4 AND e.type = $5 ORDER BY e.seq LIMIT $6`

// ReadType gives up to limit events of one type behind a place of a partition and up to another, in order. It reads over
// everything between the two places, so keep them near each other.
func (l *Log) ReadType(ctx context.Context, tx *db.Tx, part int, t hearth.EventType, after, to int64, limit int) ([]*hearth.Event, error) {
	evs, err := collect(tx.Query(ctx, typedSQL, tx.Org(), part, after, to, string(t), limit))
	if err != nil {
		return nil, fmt.Errorf("read %s of the log's partition %d: %w", t, part, err)
	}
	return evs, nil
}

const recordedSQL = `SELECT recorded FROM events WHERE org = $1 AND part = $2 AND seq > $3 ORDER BY seq LIMIT 1`

// PlaceAt gives a place of a partition before which everything was recorded before t, but for what concurrent
// transactions mixed within moments. It costs a few look-ups, however long the log is.
func (l *Log) PlaceAt(ctx context.Context, tx *db.Tx, part int, t time.Time) (int64, error) {
	heads, err := l.Heads(ctx, tx)
	if err != nil {
		return 0, err
	}
	var failed error
	n := sort.Search(int(heads[part]), func(i int) bool {
		if failed != nil {
			return true
		}
		rows, err := tx.Query(ctx, recordedSQL, tx.Org(), part, int64(i))
		if err != nil {
			failed = err
			return true
		}
		defer rows.Close()
		if !rows.Next() {
			failed = rows.Err()
			return true
		}
		var at int64
		failed = rows.Scan(&at)
		return failed != nil || at >= hearth.Millis(t)
	})
	if failed != nil {
		return 0, fmt.Errorf("find %s in the log's partition %d: %w", t.Format(time.RFC3339), part, failed)
	}
	return int64(n), nil
}
