package conversation

import (
	"context"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

// LookFor is how long somebody is taken to look at a conversation after they were last seen there.
const LookFor = time.Minute

// Look is somebody of the team at a conversation.
type Look struct {
	Staff hearth.StaffID
	At    time.Time // when they were last seen there
}

const (
	lookSQL = `INSERT INTO conversation_looks (org, conversation, staff, at) VALUES ($1, $2, $3, $4)
ON CONFLICT (org, conversation, staff) DO UPDATE SET at = excluded.at`
	endLooksSQL = `DELETE FROM conversation_looks WHERE org = $1 AND conversation = $2 AND at < $3`
	looksSQL    = `SELECT staff, at FROM conversation_looks WHERE org = $1 AND conversation = $2 AND at >= $3 ORDER BY at DESC, staff`
)

// Saw notes that somebody looks at a conversation now. It fails with CodeNotFound if there is none.
func (s *Store) Saw(ctx context.Context, tx *db.Tx, id string, who hearth.StaffID) error {
	if _, err := s.Get(ctx, tx, id); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, endLooksSQL, tx.Org(), id, tx.Now().Add(-LookFor)); err != nil {
		return fmt.Errorf("note who looks at conversation %s: %w", id, err)
	}
	if _, err := tx.Exec(ctx, lookSQL, tx.Org(), id, string(who), tx.Now()); err != nil {
		return fmt.Errorf("note who looks at conversation %s: %w", id, err)
	}
	return nil
}

// Looking gives who looks at a conversation, the one seen last first.
func (s *Store) Looking(ctx context.Context, tx *db.Tx, id string) ([]Look, error) {
	rows, err := tx.Query(ctx, looksSQL, tx.Org(), id, tx.Now().Add(-LookFor))
	if err != nil {
		return nil, fmt.Errorf("read who looks at conversation %s: %w", id, err)
	}
	defer rows.Close()
	var out []Look
	for rows.Next() {
		var l Look
		if err := rows.Scan(&l.Staff, &l.At); err != nil {
			return nil, fmt.Errorf("read who looks at conversation %s: %w", id, err)
		}
		out = append(out, l)
	}
	return out, rows.Err()
}

const (
	replySQL   = `INSERT INTO conversation_replies (org, message, conversation, actor, at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (org, message) DO NOTHING`
	repliesSQL = `SELECT message, actor FROM conversation_replies WHERE org = $1 AND conversation = $2`
)

// Wrote notes who of the team wrote a message of a conversation. The first who is told stays.
func (s *Store) Wrote(ctx context.Context, tx *db.Tx, actor hearth.Actor, id string, m hearth.MessageID) error {
	if _, err := tx.Exec(ctx, replySQL, tx.Org(), string(m), id, actor.String(), tx.Now()); err != nil {
		return fmt.Errorf("note who wrote in conversation %s: %w", id, err)
	}
	return nil
}

const (
	helpedSQL  = `UPDATE conversation_replies SET helped = $1 WHERE org = $2 AND message = $3`
	helpersSQL = `SELECT message, helped FROM conversation_replies WHERE org = $1 AND conversation = $2 AND helped <> ''`
)

// Helped notes which model helped whoever wrote a message.
func (s *Store) Helped(ctx context.Context, tx *db.Tx, m hearth.MessageID, model string) error {
	if _, err := tx.Exec(ctx, helpedSQL, model, tx.Org(), string(m)); err != nil {
		return fmt.Errorf("note what helped with message %s: %w", m, err)
	}
	return nil
}

// Helpers gives which model helped with which message of a conversation.
func (s *Store) Helpers(ctx context.Context, tx *db.Tx, id string) (map[hearth.MessageID]string, error) {
	rows, err := tx.Query(ctx, helpersSQL, tx.Org(), id)
	if err != nil {
		return nil, fmt.Errorf("read what helped in conversation %s: %w", id, err)
	}
	defer rows.Close()
	out := map[hearth.MessageID]string{}
	for rows.Next() {
		var m hearth.MessageID
		var model string
		if err := rows.Scan(&m, &model); err != nil {
			return nil, fmt.Errorf("read what helped in conversation %s: %w", id, err)
		}
		out[m] = model
	}
	return out, rows.Err()
}

// Writers gives who of the team wrote which message of a conversation.
func (s *Store) Writers(ctx context.Context, tx *db.Tx, id string) (map[hearth.MessageID]hearth.Actor, error) {
	rows, err := tx.Query(ctx, repliesSQL, tx.Org(), id)
	if err != nil {
		return nil, fmt.Errorf("read who wrote in conversation %s: %w", id, err)
	}
	defer rows.Close()
	out := map[hearth.MessageID]hearth.Actor{}
	for rows.Next() {
		var m hearth.MessageID
		var by string
		if err := rows.Scan(&m, &by); err != nil {
			return nil, fmt.Errorf("read who wrote in conversation %s: %w", id, err)
		}
		out[m] = hearth.ParseActor(by)
	}
	return out, rows.Err()
}
