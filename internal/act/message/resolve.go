package message

import (
	"context"
	"fmt"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
)

// Resolution is what a person decides about a message in doubt.
type Resolution string

// The resolutions.
const (
	Resend  Resolution = "resend"  // send it again, knowing that it may arrive twice
	Settled Resolution = "settled" // it arrived, or need not
)

// Resolve ends the doubt about an unknown message by a person's word. It fails with CodeForbidden for residents and for
// the system itself, which never sends a doubtful mail again, and with CodeConflict if the message is not in doubt any
// more.
func (s *Store) Resolve(ctx context.Context, tx *db.Tx, actor hearth.Actor, id hearth.MessageID, how Resolution) error {
	if actor.Kind != "staff" && actor.Kind != "token" {
		return hearth.Errorf(hearth.CodeForbidden, "Only a member of the team can decide about a message in doubt.")
	}
	m, err := s.Get(ctx, tx, id)
	if err != nil {
		return err
	}
	if m.State != Unknown {
		return hearth.Errorf(hearth.CodeConflict, "This message is not in doubt any more: it is %s.", m.State)
	}
	switch how {
	case Resend:
		return s.resend(ctx, tx, actor, &m)
	case Settled:
		return s.settleByHand(ctx, tx, actor, &m)
	}
	return hearth.FieldErrorf("resolution", "A message in doubt is either sent again (resend) or settled.")
}

const resolveSQL = `UPDATE messages SET state = $1, at = $2, reason = $3, error = '' WHERE org = $4 AND id = $5 AND state = 'unknown'`

func (s *Store) resend(ctx context.Context, tx *db.Tx, actor hearth.Actor, m *Message) error {
	reason := fmt.Sprintf("%s had it sent again.", nameOf(actor))
	if _, err := tx.Exec(ctx, resolveSQL, Queued, tx.Now(), reason, tx.Org(), m.ID); err != nil {
		return fmt.Errorf("send message %s again: %w", m.ID, err)
	}
	revived := false
	if m.Channel == hearth.ChannelSMS { // its row may still say that the provider is to be asked
		if err := work.Drop(ctx, tx, Kind, []string{string(m.ID)}); err != nil {
			return err
		}
	} else {
		var err error
		if revived, err = work.Revive(ctx, tx, Kind, string(m.ID), tx.Now()); err != nil {
			return err
		}
	}
	if !revived { // somebody cleared the buried row away
		d := work.Due{Lane: laneOf(m.Channel), Kind: Kind, Key: string(m.ID), At: tx.Now(), Payload: queuedAt(tx.Now())}
		if err := work.Put(ctx, tx, []work.Due{d}); err != nil {
			return fmt.Errorf("send message %s again: %w", m.ID, err)
		}
	}
	tx.AfterCommit(s.outOf(m.Channel).more.Ring)
	return nil
}

func (s *Store) settleByHand(ctx context.Context, tx *db.Tx, actor hearth.Actor, m *Message) error {
	reason := fmt.Sprintf("%s said that it arrived.", nameOf(actor))
	if _, err := tx.Exec(ctx, resolveSQL, Sent, tx.Now(), reason, tx.Org(), m.ID); err != nil {
		return fmt.Errorf("settle message %s: %w", m.ID, err)
	}
	if _, err := work.Finish(ctx, tx, Kind, string(m.ID), -1); err != nil {
		return err
	}
	if _, err := s.log.Append(ctx, tx, sentEvent(m, 0, tx.Now(), actor)); err != nil {
		return fmt.Errorf("settle message %s: %w", m.ID, err)
	}
	return nil
}

func nameOf(a hearth.Actor) string {
	if a.Name != "" {
		return a.Name
	}
	return a.ID
}
