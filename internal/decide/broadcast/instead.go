package broadcast

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/db"
)

const stoppedSQL = `SELECT stopped_by FROM broadcasts WHERE org = $1 AND id = $2`

// Of tells whether a message is one of a broadcast, and whether that was stopped.
func Of(ctx context.Context, tx *db.Tx, m message.Message) (is, stopped bool, err error) {
	if !strings.HasPrefix(m.Topic, idPrefix) {
		return false, false, nil
	}
	by := ""
	err = tx.Row(ctx, stoppedSQL, tx.Org(), m.Topic).Scan(&by)
	if errors.Is(err, db.ErrNotFound) {
		return false, false, nil
	}
	if err != nil {
		return false, false, fmt.Errorf("read the broadcast of message %s: %w", m.ID, err)
	}
	return true, hearth.ParseActor(by).Kind != "", nil
}

const replaceSQL = `UPDATE broadcast_people SET message = $1 WHERE org = $2 AND broadcast = $3 AND message = $4`

// Replace puts the message that is said another way into the place of one that was not delivered: what became of the broadcast, and
// what stopping it takes back, goes by it.
func Replace(ctx context.Context, tx *db.Tx, lost message.Message, by hearth.MessageID) error {
	if _, err := tx.Exec(ctx, replaceSQL, string(by), tx.Org(), lost.Topic, string(lost.ID)); err != nil {
		return fmt.Errorf("put message %s into the place of %s: %w", by, lost.ID, err)
	}
	return nil
}
