package eventlog

import (
	"context"
	"errors"
	"fmt"

	"hearth/internal/base/db"
)

const selectKnown = `SELECT 1 FROM events WHERE org = $1 AND ident = $2`

// Known tells whether an event with this source and id is in the log. A door asks before it changes a record, because
// the record's own call appends the event and would not say that it was there.
func (l *Log) Known(ctx context.Context, tx *db.Tx, source, id string) (bool, error) {
	var one int64
	err := tx.Row(ctx, selectKnown, tx.Org(), Ident(source, id)).Scan(&one)
	if errors.Is(err, db.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for event %s of %s: %w", id, source, err)
	}
	return true, nil
}
