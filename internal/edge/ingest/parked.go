package ingest

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

// ParkedEvent is an event that waits, as people are shown it.
type ParkedEvent struct {
	ID, Source string
	Type       hearth.EventType
	Subject    string // as the sender wrote it: "resident/t0012"
	Since      time.Time
	Refused    bool // its subject appeared and the record refused the event: a person should look
}

// Those that wait for their subject come first, the oldest of them on top, then those that were refused: the order of
// the index, so that a long queue costs no more than a short one.
const selectOldest = `SELECT event, recorded, ready FROM parked WHERE org = $1 ORDER BY ready, n LIMIT $2`

// Parked gives up to n parked events, those that wait longest first.
func (d *Door) Parked(ctx context.Context, tx *db.Tx, n int) ([]ParkedEvent, error) {
	rows, err := tx.Query(ctx, selectOldest, tx.Org(), int64(n))
	if err != nil {
		return nil, fmt.Errorf("list parked events: %w", err)
	}
	defer rows.Close()
	var out []ParkedEvent
	for rows.Next() {
		var body string
		var recorded, ready int64
		if err := rows.Scan(&body, &recorded, &ready); err != nil {
			return nil, fmt.Errorf("list parked events: %w", err)
		}
		var p parkedEvent
		if err := json.Unmarshal([]byte(body), &p); err != nil {
			return nil, fmt.Errorf("list parked events: %w", err)
		}
		out = append(out, ParkedEvent{ID: p.ID, Source: p.Source, Type: hearth.EventType(p.Type), Subject: p.Subject,
			Since: hearth.FromMillis(recorded), Refused: ready == 2})
	}
	return out, rows.Err()
}
