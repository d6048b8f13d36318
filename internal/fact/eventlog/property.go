package eventlog

import (
	"context"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

const ofPropertySQL = eventSelect + `WHERE e.org = $1 AND e.part = $2 AND e.seq > $3 AND e.property = $4 ORDER BY e.seq LIMIT $5`

// ReadProperty gives up to limit events of one property behind a place of its partition, in order. It reads over what
// other properties of the partition recorded between them.
func (l *Log) ReadProperty(ctx context.Context, tx *db.Tx, property hearth.PropertyID, after int64, limit int) ([]*hearth.Event, error) {
	evs, err := collect(tx.Query(ctx, ofPropertySQL, tx.Org(), PartOf(property), after, string(property), limit))
	if err != nil {
		return nil, fmt.Errorf("read the log of %s: %w", property, err)
	}
	return evs, nil
}

const reachSQL = `SELECT COALESCE(MIN(recorded), 0), COALESCE(MAX(recorded), 0) FROM events WHERE org = $1 AND part = $2 AND property = $3`

// Reach gives when the first and the last event of a property were recorded; zero times when there is none. It reads over
// the property's whole log.
func (l *Log) Reach(ctx context.Context, tx *db.Tx, property hearth.PropertyID) (first, last time.Time, err error) {
	err = tx.Row(ctx, reachSQL, tx.Org(), PartOf(property), string(property)).Scan(&first, &last)
	if err != nil {
		return first, last, fmt.Errorf("see how far the log of %s reaches: %w", property, err)
	}
	return first, last, nil
}
