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
// in its place is taken back if it has not left, and so is what others were told who share the address: they have heard it there.
func (s *Store) afterAll(ctx context.Context, tx *db.Tx, m *Message) error {
	if err := work.Drop(ctx, tx, AgainKind, []string{string(m.ID)}); err != nil {
		return err
	}
	instead := []hearth.MessageID{AgainID(m.ID)}
	if _, err := s.TakeBack(ctx, tx, instead, "The message in whose place it stands arrived after all."); err != nil {
		return err
	}
	shared, err := s.leftOutFor(ctx, tx, m)
	if err != nil || len(shared) == 0 {
		return err
	}
	for i, id := range shared {
		shared[i] = AgainID(id)
	}
	_, err = s.TakeBack(ctx, tx, shared, "What was said at the address that they share arrived after all.")
	return err
}

// leftOutForSQL walks the messages since one was made, and is asked only for the few that arrive after they were given up.
const leftOutForSQL = `SELECT id FROM messages WHERE org = $1 AND made >= $2 AND state = 'dropped' AND channel = $3 AND address_key = $4
AND content_key = $5 AND resident <> $6`

// leftOutFor gives the messages to others that were dropped because m says the same at their address.
func (s *Store) leftOutFor(ctx context.Context, tx *db.Tx, m *Message) ([]hearth.MessageID, error) {
	if m.AddressKey == "" || m.ContentKey == "" {
		return nil, nil
	}
	rows, err := tx.Query(ctx, leftOutForSQL, tx.Org(), m.Made, m.Channel, m.AddressKey, m.ContentKey, m.Resident)
	if err != nil {
		return nil, fmt.Errorf("find whom message %s was for as well: %w", m.ID, err)
	}
	defer rows.Close()
	var out []hearth.MessageID
	for rows.Next() {
		var id hearth.MessageID
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		out = append(out, id)
	}
	return out, rows.Err()
}

const explainSQL = `UPDATE messages SET reason = $1 WHERE org = $2 AND id = $3 AND state IN ('bounced', 'failed')`

// Explain says of a message that was not delivered what followed from it, as a whole sentence for the team.
func (s *Store) Explain(ctx context.Context, tx *db.Tx, id hearth.MessageID, because string) error {
	if _, err := tx.Exec(ctx, explainSQL, because, tx.Org(), id); err != nil {
		return fmt.Errorf("say what followed from message %s: %w", id, err)
	}
	return nil
}
