package eventlog

import (
	"context"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

// Brief is an event as far as it matters whose it is: nothing of what it says.
type Brief struct {
	Resident hearth.ResidentID
	Source   string
	Type     hearth.EventType
	Recorded time.Time
}

const (
	briefOwnSQL  = `SELECT e.resident, e.source, e.type, e.recorded FROM events e WHERE e.org = $1 AND e.recorded >= $2 AND `
	briefAlsoSQL = `SELECT a.resident, e.source, e.type, e.recorded FROM event_also a
JOIN events e ON e.org = a.org AND e.part = a.part AND e.seq = a.seq WHERE a.org = $1 AND e.recorded >= $2 AND `
)

// Briefs gives what was recorded of residents since a time, in no order, with two queries for all.
func (l *Log) Briefs(ctx context.Context, tx *db.Tx, residents []string, since time.Time) ([]Brief, error) {
	var out []Brief
	for _, q := range []struct{ text, column string }{{briefOwnSQL, "e.resident"}, {briefAlsoSQL, "a.resident"}} {
		in, arg := tx.In(q.column, 3, residents)
		rows, err := tx.Query(ctx, q.text+in, tx.Org(), hearth.Millis(since), arg)
		if err != nil {
			return nil, fmt.Errorf("read what was recorded of %d residents: %w", len(residents), err)
		}
		for rows.Next() {
			var b Brief
			var at int64
			if err := rows.Scan(&b.Resident, &b.Source, &b.Type, &at); err != nil {
				rows.Close()
				return nil, fmt.Errorf("read what was recorded: %w", err)
			}
			b.Recorded = hearth.FromMillis(at)
			out = append(out, b)
		}
		if err := rows.Err(); err != nil {
			return nil, err
		}
		rows.Close()
	}
	return out, nil
}
