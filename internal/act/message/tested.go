package message

import (
	"context"
	"errors"
	"fmt"

	"hearth"
	"hearth/internal/base/db"
)

// TestPurpose is what messages are for that somebody of the team sends to themselves, to see whether a way works.
const TestPurpose = "channel.test"

const (
	rememberTest = `INSERT INTO settings (org, name, value) VALUES ($1, $2, $3) ON CONFLICT (org, name) DO UPDATE SET value = excluded.value`
	lastTest     = `SELECT value FROM settings WHERE org = $1 AND name = $2`
)

func testName(at hearth.PropertyID, ch hearth.Channel) string {
	return "tested." + string(at) + "." + string(ch)
}

// Test queues a message to somebody of the team and remembers it as the last test of its way at its property. It goes out
// like any other; its state says what came of it.
func (s *Store) Test(ctx context.Context, tx *db.Tx, m Message) error {
	m.Direction, m.State, m.Class, m.Purpose = Out, Queued, hearth.ClassAnswer, TestPurpose
	if err := s.Insert(ctx, tx, []Message{m}); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, rememberTest, tx.Org(), testName(m.Property, m.Channel), string(m.ID)); err != nil {
		return fmt.Errorf("remember a test of %s: %w", m.Channel, err)
	}
	return nil
}

// Tested gives the last test of a way at a property; ok is false when there was none.
func (s *Store) Tested(ctx context.Context, tx *db.Tx, at hearth.PropertyID, ch hearth.Channel) (m Message, ok bool, err error) {
	var id string
	err = tx.Row(ctx, lastTest, tx.Org(), testName(at, ch)).Scan(&id)
	if errors.Is(err, db.ErrNotFound) {
		return m, false, nil
	}
	if err != nil {
		return m, false, fmt.Errorf("read the last test of %s: %w", ch, err)
	}
	m, err = s.Get(ctx, tx, hearth.MessageID(id))
	return m, err == nil, err
}
