package conversation

import (
	"context"
	"fmt"

	"hearth"
	"hearth/internal/base/db"
)

const beginSQL = `INSERT INTO conversations (org, id, property, resident, topic, state, assigned, snooze_until, snooze_event, last_in, last_out, waits, made, changed, changed_by)
VALUES ($1, $2, $3, $4, $5, 'open', '', 0, '', 0, 0, '', $6, $6, $7) ON CONFLICT (org, id) DO NOTHING`

// Begin opens the conversation with a resident on a topic that the team begins, and gives it; one that is there stays as
// it is.
func (s *Store) Begin(ctx context.Context, tx *db.Tx, actor hearth.Actor, p hearth.PropertyID, r hearth.ResidentID, topic string) (Conversation, error) {
	id := ID(r, topic)
	if _, err := tx.Exec(ctx, beginSQL, tx.Org(), id, string(p), string(r), topic, tx.Now(), actor.String()); err != nil {
		return Conversation{}, fmt.Errorf("begin a conversation with %s: %w", r, err)
	}
	return s.Get(ctx, tx, id)
}
