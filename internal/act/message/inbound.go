package message

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
)

// Inbound is what a resident wrote or said.
type Inbound struct {
	Property hearth.PropertyID
	Resident hearth.ResidentID
	// Subject is what the event is about when that is not the resident.
	Subject hearth.Subject
	Channel hearth.Channel
	Text    string
	Topic   string
	Address string // where it came from, if that is known
	Title   string // a mail's subject line
	// Answers is the message of ours that it answers, if that is known.
	Answers hearth.MessageID
	// Automatic says that a machine wrote it in their name: it is kept and marked, and nobody is told, so that nothing
	// follows from it. Why is a sentence for the team.
	Automatic bool
	Why       string
}

// PurposeAutomatic marks messages that a machine wrote in a resident's name.
const PurposeAutomatic = "automatic"

// MaxText bounds what one inbound message keeps, in bytes; a log entry takes no more either.
const MaxText = 32 << 10

// Receive stores a message from a resident and appends message.received. The same news twice is one message. It fails
// with CodeInvalid for an empty or very long text.
func (s *Store) Receive(ctx context.Context, tx *db.Tx, n record.News, in Inbound) (hearth.MessageID, error) {
	switch {
	case in.Resident == "" || in.Property == "":
		return "", hearth.FieldErrorf("subject", "A message needs the resident whom it is from.")
	case in.Channel == "":
		return "", hearth.FieldErrorf("data.channel", "Say over which channel the message came.")
	case in.Text == "":
		return "", hearth.FieldErrorf("data.text", "The message has no text.")
	case len(in.Text) > MaxText:
		return "", hearth.FieldErrorf("data.text", "The message is longer than %d KB.", MaxText>>10)
	}
	m := Message{Property: in.Property, Resident: in.Resident, Direction: In, State: Received, Topic: in.Topic,
		Channel: in.Channel, Address: in.Address, Subject: in.Title, Body: in.Text, Reason: in.Why, Made: n.Time, At: tx.Now()}
	if in.Automatic {
		m.Purpose = PurposeAutomatic
	}
	if m.Made.IsZero() {
		m.Made = tx.Now()
	}
	m.ID = inboundID(n, &m)
	if !in.Automatic {
		ev, err := receivedEvent(n, in, &m)
		if err != nil {
			return "", err
		}
		res, err := s.log.Append(ctx, tx, ev)
		if err != nil {
			return "", fmt.Errorf("receive message %s: %w", m.ID, err)
		}
		if res[0].Duplicate {
			return m.ID, nil
		}
	}
	_, err := tx.Bulk(ctx, db.Bulk{Table: "messages", Cols: bulkCols(), OnConflict: "ON CONFLICT (org, id) DO NOTHING", Rows: [][]any{m.row(tx.Org())}})
	if err != nil {
		return "", fmt.Errorf("receive message %s: %w", m.ID, err)
	}
	return m.ID, nil
}

// Word stores a word of a resident about messages themselves (STOP, START, HELP) in their conversation. It is no
// message.received: it answers nothing and asks for nothing but what is done at once. A STOP appends message.unsubscribed.
// The same news twice is one.
func (s *Store) Word(ctx context.Context, tx *db.Tx, n record.News, in Inbound, stops bool) (hearth.MessageID, error) {
	m := Message{Property: in.Property, Resident: in.Resident, Direction: In, State: Received, Topic: in.Topic, Channel: in.Channel,
		Address: in.Address, Body: in.Text, Made: n.Time, At: tx.Now()}
	if m.Made.IsZero() {
		m.Made = tx.Now()
	}
	m.ID = inboundID(n, &m)
	if _, err := tx.Bulk(ctx, db.Bulk{Table: "messages", Cols: bulkCols(), OnConflict: "ON CONFLICT (org, id) DO NOTHING", Rows: [][]any{m.row(tx.Org())}}); err != nil {
		return "", fmt.Errorf("keep message %s: %w", m.ID, err)
	}
	if !stops {
		return m.ID, nil
	}
	ev := newEvent(&m, "message.unsubscribed", 0, m.Made, n.Actor, map[string]any{"message": string(m.ID), "channel": string(m.Channel)})
	if _, err := s.log.Append(ctx, tx, ev); err != nil {
		return "", fmt.Errorf("keep message %s: %w", m.ID, err)
	}
	return m.ID, nil
}

// inboundID names the message after the news that brought it.
func inboundID(n record.News, m *Message) hearth.MessageID {
	parts := []string{"in", n.Source, n.EventID}
	if n.EventID == "" {
		parts = append(parts, n.Cause, string(m.Resident), string(m.Channel), strconv.FormatInt(hearth.Millis(m.Made), 10), m.Body)
	}
	return hearth.MessageID(hearth.DeriveID("msg_", parts...))
}

func receivedEvent(n record.News, in Inbound, m *Message) (*hearth.Event, error) {
	data := map[string]any{}
	if len(n.Data) > 0 {
		if err := json.Unmarshal(n.Data, &data); err != nil {
			return nil, hearth.FieldErrorf("data", "The event's data is not a JSON object.")
		}
	}
	data["channel"], data["message"] = string(in.Channel), string(m.ID)
	if in.Topic != "" {
		data["topic"] = in.Topic
	}
	if in.Answers != "" {
		data["answers"] = string(in.Answers)
	}
	body, err := fitting(data, in.Text)
	if err != nil {
		return nil, fmt.Errorf("encode message.received: %w", err)
	}
	ev := &hearth.Event{ID: n.EventID, Source: n.Source, Type: "message.received", Subject: in.Subject, Property: in.Property,
		Residents: []hearth.ResidentID{in.Resident}, Actor: n.Actor, Time: m.Made, AsOf: n.AsOf, History: n.History, Data: body}
	if ev.Source == "" {
		ev.Source = source
	}
	if ev.ID == "" {
		ev.ID = hearth.DeriveID("evt_", string(m.ID), "received")
	}
	if ev.Subject.Kind == "" {
		ev.Subject = hearth.Subject{Kind: "resident", ID: string(in.Resident)}
	}
	return ev, nil
}

// fitting encodes an event's data with as much of the text as an event holds: quotes and control characters are longer in
// JSON than they are. The message keeps all of it.
func fitting(data map[string]any, text string) ([]byte, error) {
	for {
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		data["text"] = text
		if err := enc.Encode(data); err != nil {
			return nil, err
		}
		body := bytes.TrimSuffix(b.Bytes(), []byte("\n"))
		over := len(body) - eventlog.MaxData
		if over <= 0 || text == "" {
			return body, nil
		}
		text = strings.ToValidUTF8(text[:max(len(text)-max(over/6, 1), 0)], "") // a byte is at most six
	}
}

// ElsewherePrefix begins the content key of what another system sent; its name follows. No text of ours has such a key.
const ElsewherePrefix = "elsewhere/"

// PurposeElsewhere is the purpose of what another system sent without saying what for.
const PurposeElsewhere = "elsewhere"

// Elsewhere gives the name of the system that sent a message, by its content key; false for Hearth's own.
func Elsewhere(contentKey string) (system string, ok bool) {
	return strings.CutPrefix(contentKey, ElsewherePrefix)
}

// SentElsewhere records a message that another system, which is named, has sent to a resident: it counts as said, for repetitions and for
// the budget, from when it was sent. The message's id says which one it is; the same twice is one, of which nothing new is told. The event is
// the source's own where it told one.
func (s *Store) SentElsewhere(ctx context.Context, tx *db.Tx, n record.News, system string, m Message) (fresh bool, err error) {
	if m.ID == "" || m.Property == "" || m.Resident == "" || !m.Class.Valid() || system == "" {
		return false, hearth.FieldErrorf("message", "A message that was sent elsewhere needs an id, a property, a resident, a class and who sent it.")
	}
	m.Direction, m.State, m.ContentKey = Out, Sent, ElsewherePrefix+system
	if m.Made.IsZero() || m.Made.After(tx.Now()) {
		m.Made = tx.Now()
	}
	m.At, m.Subject, m.Body = m.Made, within(m.Subject, maxTitle), within(m.Body, MaxText)
	ev := sentEvent(&m, 0, m.Made, hearth.System("message"))
	if n.EventID != "" {
		ev.ID, ev.Source, ev.Actor, ev.AsOf, ev.History = n.EventID, n.Source, n.Actor, n.AsOf, n.History
	}
	res, err := s.log.Append(ctx, tx, ev)
	if err != nil {
		return false, fmt.Errorf("record message %s, which another system sent: %w", m.ID, err)
	}
	if _, err := tx.Bulk(ctx, db.Bulk{Table: "messages", Cols: bulkCols(), OnConflict: "ON CONFLICT (org, id) DO NOTHING", Rows: [][]any{m.row(tx.Org())}}); err != nil {
		return false, fmt.Errorf("record message %s, which another system sent: %w", m.ID, err)
	}
	return !res[0].Duplicate, nil
}

// maxTitle bounds what is kept of a title, in bytes.
const maxTitle = 500

// within cuts a text to so many bytes, at the end of a letter.
func within(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}
