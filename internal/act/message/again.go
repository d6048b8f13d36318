package message

import (
	"context"
	"fmt"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/eventlog"
)

// AgainKind is the kind of the due rows, in the engine's lane, with which mails, text messages, letters and calls that were not
// delivered come before the desk: it may say them another way. The key is the message's id.
const AgainKind = "message.undelivered"

// AgainID names the message that stands in the place of one that was not delivered. There is one such name, so that it is said another way
// once, however often and in whatever order its end is told.
func AgainID(id hearth.MessageID) hearth.MessageID {
	return hearth.MessageID(hearth.DeriveID("msg_", "again", string(id)))
}

// askAgain has the desk look at what did not arrive. A code, and the answers to STOP and HELP, belong to their minute and to the
// address that asked; a test to the team is no resident's; and what was taken back before it left is wished by nobody.
func (s *Store) askAgain(ctx context.Context, tx *db.Tx, m *Message, was State) error {
	switch m.Channel {
	case hearth.ChannelEmail, hearth.ChannelSMS, hearth.ChannelLetter, hearth.ChannelCall:
	default:
		return nil
	}
	if m.Resident == "" || was == Dropped {
		return nil
	}
	switch m.Purpose {
	case consent.PurposeCode, consent.PurposeConfirmation, consent.PurposeHelp:
		return nil
	}
	row := work.Due{Lane: work.EngineLane, Kind: AgainKind, Key: string(m.ID), Part: eventlog.PartOf(m.Property), At: tx.Now()}
	if err := work.Put(ctx, tx, []work.Due{row}); err != nil {
		return fmt.Errorf("ask the desk about message %s, which was not delivered: %w", m.ID, err)
	}
	return nil
}

// afterAll ends the asking for another way: the message reached them after all, by a later word of whoever carried it. What stands
// in its place is taken back if it has not left.
func (s *Store) afterAll(ctx context.Context, tx *db.Tx, m *Message) error {
	if err := work.Drop(ctx, tx, AgainKind, []string{string(m.ID)}); err != nil {
		return err
	}
	_, err := s.TakeBack(ctx, tx, []hearth.MessageID{AgainID(m.ID)}, "The message in whose place it stands arrived after all.")
	return err
}

const explainSQL = `UPDATE messages SET reason = $1 WHERE org = $2 AND id = $3 AND state IN ('bounced', 'failed')`

// Explain says of a message that was not delivered what followed from it, as a whole sentence for the team.
func (s *Store) Explain(ctx context.Context, tx *db.Tx, id hearth.MessageID, because string) error {
	if _, err := tx.Exec(ctx, explainSQL, because, tx.Org(), id); err != nil {
		return fmt.Errorf("say what followed from message %s: %w", id, err)
	}
	return nil
}
