package message

import (
	"context"
	"fmt"
	"slices"

	"hearth"
	"hearth/internal/base/channel"
	"hearth/internal/base/db"
)

// Text is what is kept beside a message by SMS.
type Text struct {
	Message hearth.MessageID
	Units   int    // segments as we counted them
	UCS2    bool   // it needed the longer alphabet
	Ref     string // the provider's number for it; "" until it took it
	Told    int    // segments as the provider counted them; 0: not told
}

func textCols() []db.Col {
	return []db.Col{{Name: "org"}, {Name: "id"}, {Name: "address_key"}, {Name: "units", Type: db.Int}, {Name: "ucs2", Type: db.Int},
		{Name: "ref"}, {Name: "told", Type: db.Int}}
}

// keepTexts counts what queued messages by SMS cost. Others take no statement.
func keepTexts(ctx context.Context, tx *db.Tx, msgs []*Message) error {
	var rows [][]any
	for _, m := range msgs {
		if m.Channel != hearth.ChannelSMS {
			continue
		}
		n := channel.CountSegments(m.Body)
		rows = append(rows, []any{tx.Org(), m.ID, m.AddressKey, n.Count, n.UCS2, "", 0})
	}
	if len(rows) == 0 {
		return nil
	}
	err := tx.BulkLater(ctx, db.Bulk{Table: "text_messages", Cols: textCols(), Rows: rows,
		OnConflict: "ON CONFLICT (org, id) DO UPDATE SET address_key = excluded.address_key, units = excluded.units, ucs2 = excluded.ucs2"})
	if err != nil {
		return fmt.Errorf("count %d text messages: %w", len(rows), err)
	}
	return nil
}

const noteTextSQL = `UPDATE text_messages SET ref = CASE WHEN $1 = '' THEN ref ELSE $2 END, told = CASE WHEN $3 = 0 THEN told ELSE $4 END
WHERE org = $5 AND id = $6`

// noteText keeps the provider's number of a text and what it charges.
func (s *Store) noteText(ctx context.Context, tx *db.Tx, m *Message, ref string, units int) error {
	if m.Channel != hearth.ChannelSMS || ref == "" && units == 0 {
		return nil
	}
	if _, err := tx.Exec(ctx, noteTextSQL, ref, ref, units, units, tx.Org(), m.ID); err != nil {
		return fmt.Errorf("keep the provider's number of message %s: %w", m.ID, err)
	}
	return nil
}

// noteRefs keeps what the provider said of the texts that it took.
func (s *Store) noteRefs(ctx context.Context, tx *db.Tx, outs map[hearth.MessageID]*outcome) error {
	ids := make([]hearth.MessageID, 0, len(outs))
	for id, o := range outs {
		if o.ref != "" || o.units != 0 {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids) // rows are locked in one order
	for _, id := range ids {
		if err := s.noteText(ctx, tx, &outs[id].p.msg, outs[id].ref, outs[id].units); err != nil {
			return err
		}
	}
	return nil
}

const textColumns = `id, units, ucs2, ref, told`

func scanText(r *db.Rows) (Text, error) {
	var t Text
	var ucs2 int64
	err := r.Scan(&t.Message, &t.Units, &ucs2, &t.Ref, &t.Told)
	t.UCS2 = ucs2 != 0
	return t, err
}

const textSQL = `SELECT ` + textColumns + ` FROM text_messages WHERE org = $1 AND id = $2`

// Text gives what is kept beside a message by SMS. It fails with CodeNotFound for any other.
func (s *Store) Text(ctx context.Context, tx *db.Tx, id hearth.MessageID) (Text, error) {
	return s.oneText(ctx, tx, string(id), textSQL, tx.Org(), id)
}

const textByRefSQL = `SELECT ` + textColumns + ` FROM text_messages WHERE org = $1 AND ref = $2`

// TextByRef finds the text that a provider has given a number. It fails with CodeNotFound when it is none of ours.
func (s *Store) TextByRef(ctx context.Context, tx *db.Tx, ref string) (Text, error) {
	if ref == "" {
		return Text{}, hearth.Errorf(hearth.CodeNotFound, "A text message without a number cannot be found.")
	}
	return s.oneText(ctx, tx, ref, textByRefSQL, tx.Org(), ref)
}

func (s *Store) oneText(ctx context.Context, tx *db.Tx, what, q string, args ...any) (Text, error) {
	rows, err := tx.Query(ctx, q, args...)
	if err != nil {
		return Text{}, fmt.Errorf("read the text message %s: %w", what, err)
	}
	defer rows.Close()
	if rows.Next() {
		return scanText(rows)
	}
	if err := rows.Err(); err != nil {
		return Text{}, fmt.Errorf("read the text message %s: %w", what, err)
	}
	return Text{}, hearth.Errorf(hearth.CodeNotFound, "There is no text message %s.", what)
}
