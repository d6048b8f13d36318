package message

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/eventlog"
)

// Store keeps messages. It is safe for concurrent use.
type Store struct {
	log     *eventlog.Log
	consent *consent.Store
	out     *outbox // the mails that this process has in hand; closed until a Sender opens it
	texts   *outbox // likewise the text messages
	pushes  *outbox // likewise the notifications
	hands   *outbox // always closed: people deliver by hand

	recorded atomic.Int64 // transactions that recorded what was sent

	flights flights // text messages whose request may be on its way

	key atomic.Pointer[[]byte] // of the unsubscribe links, once it was read

	randomMu sync.Mutex // guards random
	random   io.Reader
}

// New makes a store. random is where the key of the unsubscribe links comes from, once per organization.
func New(l *eventlog.Log, c *consent.Store, random io.Reader) *Store {
	return &Store{log: l, consent: c, random: random, out: newOutbox(), texts: newOutbox(), pushes: newOutbox(), hands: newOutbox()}
}

// Recorded tells how many transactions of this process recorded what became of messages by db.Write, for want of room to remember
// it until a turn aside: nobody waits for them.
func (s *Store) Recorded() int64 { return s.recorded.Load() }

const columns = `id, property, resident, direction, state, class, purpose, topic, channel, address, address_key, subject, body,
template, content_key, playbook, version, run, reason, made, at, error, expires, template_version, instead_of, short`

func bulkCols() []db.Col {
	return []db.Col{{Name: "org"}, {Name: "id"}, {Name: "part", Type: db.Int}, {Name: "property"}, {Name: "resident"},
		{Name: "direction"}, {Name: "state"}, {Name: "class"}, {Name: "purpose"}, {Name: "topic"}, {Name: "channel"},
		{Name: "address"}, {Name: "address_key"}, {Name: "subject"}, {Name: "body"}, {Name: "template"},
		{Name: "content_key"}, {Name: "playbook"}, {Name: "version", Type: db.Int}, {Name: "run"}, {Name: "reason"},
		{Name: "made", Type: db.Int}, {Name: "at", Type: db.Int}, {Name: "error"}, {Name: "expires", Type: db.Int}, {Name: "template_version", Type: db.Int},
		{Name: "instead_of"}, {Name: "short"}}
}

func (m *Message) row(org string) []any {
	return []any{org, m.ID, eventlog.PartOf(m.Property), m.Property, m.Resident, m.Direction, m.State, m.Class, m.Purpose, m.Topic,
		m.Channel, m.Address, m.AddressKey, m.Subject, m.Body, m.Template, m.ContentKey, m.Playbook, m.Version, m.Run,
		m.Reason, m.Made, m.At, m.Error, m.Expires, m.TemplateVersion, m.Instead, m.Short}
}

func scan(r *db.Rows) (Message, error) {
	var m Message
	err := r.Scan(&m.ID, &m.Property, &m.Resident, &m.Direction, &m.State, &m.Class, &m.Purpose, &m.Topic, &m.Channel,
		&m.Address, &m.AddressKey, &m.Subject, &m.Body, &m.Template, &m.ContentKey, &m.Playbook, &m.Version, &m.Run,
		&m.Reason, &m.Made, &m.At, &m.Error, &m.Expires, &m.TemplateVersion, &m.Instead, &m.Short)
	return m, err
}

func collect(rows *db.Rows, err error) ([]Message, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Message
	for rows.Next() {
		m, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, rows.Err()
}

// A held message is an open question: the next answer replaces it. Every other state stays, whoever asks again.
const insertConflict = `ON CONFLICT (org, id) DO UPDATE SET state = excluded.state, class = excluded.class, purpose = excluded.purpose,
topic = excluded.topic, channel = excluded.channel, address = excluded.address, address_key = excluded.address_key,
subject = excluded.subject, body = excluded.body, template = excluded.template, content_key = excluded.content_key,
reason = excluded.reason, at = excluded.at, error = excluded.error,
short = excluded.short, expires = excluded.expires, template_version = excluded.template_version WHERE messages.state = 'held'`

// Insert stores messages that were decided about: held, queued, dropped or merged. The id says which message it is: one
// that is there already stays as it is, unless it is held, for then this is the answer that it waited for.
//
// A queued e-mail, text message or notification gets its due row in the same transaction, and goes out from memory after the commit when
// this process sends and has room. A queued message for the portal is sent by being there. A letter or a call waits for a person (package round)
// and fails with CodeInvalid without an address. A discretionary message to somebody who ended these by a link is dropped instead.
func (s *Store) Insert(ctx context.Context, tx *db.Tx, msgs []Message) error {
	if len(msgs) == 0 {
		return nil
	}
	byID := make(map[hearth.MessageID]*Message, len(msgs))
	ordered := make([]*Message, 0, len(msgs))
	for i := range msgs {
		m := msgs[i] // the caller's stay as they are
		if err := m.prepare(tx.Now()); err != nil {
			return fmt.Errorf("insert message %s: %w", m.ID, err)
		}
		if byID[m.ID] == nil {
			byID[m.ID] = &m
			ordered = append(ordered, &m)
		}
	}
	if err := s.heedOptouts(ctx, tx, ordered); err != nil {
		return err
	}
	rows := make([][]any, len(ordered))
	for i, m := range ordered {
		rows[i] = m.row(tx.Org())
	}
	var queued, posted []*Message
	_, err := tx.BulkEach(ctx, db.Bulk{Table: "messages", Cols: bulkCols(), OnConflict: insertConflict, Returning: "id, state", Rows: rows},
		func(r *db.Rows) error {
			var id hearth.MessageID
			var state State
			if err := r.Scan(&id, &state); err != nil {
				return err
			}
			switch state {
			case Queued:
				queued = append(queued, byID[id])
			case Sent:
				posted = append(posted, byID[id])
			}
			return nil
		})
	if err != nil {
		return fmt.Errorf("insert %d messages: %w", len(rows), err)
	}
	evs := make([]*hearth.Event, 0, len(posted))
	for _, m := range posted {
		evs = append(evs, sentEvent(m, 0, tx.Now(), hearth.System("message")))
	}
	if err := s.log.AppendLast(ctx, tx, nil, evs...); err != nil {
		return fmt.Errorf("insert %d messages: %w", len(rows), err)
	}
	return s.launchAll(ctx, tx, queued)
}

// launchAll launches queued messages by the way that each takes.
func (s *Store) launchAll(ctx context.Context, tx *db.Tx, queued []*Message) error {
	mails := queued[:0:0]
	var texts, pushes, hands []*Message
	for _, m := range queued {
		switch m.Channel {
		case hearth.ChannelSMS:
			texts = append(texts, m)
		case hearth.ChannelPush:
			pushes = append(pushes, m)
		case hearth.ChannelLetter, hearth.ChannelCall:
			hands = append(hands, m)
		default:
			mails = append(mails, m)
		}
	}
	if err := s.launch(ctx, tx, s.pushes, PushLane, pushes); err != nil {
		return err
	}
	if err := s.launch(ctx, tx, s.hands, HandLane, hands); err != nil {
		return err
	}
	if len(texts) > 0 {
		if err := keepTexts(ctx, tx, texts); err != nil {
			return err
		}
		if err := s.launch(ctx, tx, s.texts, TextLane, texts); err != nil {
			return err
		}
	}
	return s.launch(ctx, tx, s.out, Lane, mails)
}

// prepare fills what the caller may leave out and refuses what could not be delivered.
func (m *Message) prepare(now time.Time) error {
	if m.ID == "" || m.State == Queued && m.Property == "" {
		return hearth.FieldErrorf("message", "A message needs an id, and a property to be sent for.")
	}
	if m.Direction == "" {
		m.Direction = Out
	}
	if m.Made.IsZero() {
		m.Made = now
	}
	m.At = now
	switch m.State {
	case Held, Dropped, Merged:
		return nil
	case Queued:
	default:
		return hearth.FieldErrorf("state", "A message cannot begin as %q.", m.State)
	}
	switch m.Channel {
	case hearth.ChannelEmail:
		if m.Address == "" {
			return hearth.FieldErrorf("address", "An e-mail needs an address.")
		}
	case hearth.ChannelSMS:
		if m.AddressKey == "" {
			return hearth.FieldErrorf("address", "A text message needs a telephone number with its country code.")
		}
	case hearth.ChannelPush:
		if m.Resident == "" {
			return hearth.FieldErrorf("resident", "A notification needs a resident, whose devices show it.")
		}
	case hearth.ChannelLetter, hearth.ChannelCall:
		if m.Address == "" {
			return hearth.FieldErrorf("address", "A letter needs a postal address, and a call a telephone number.")
		}
	case hearth.ChannelPortal:
		m.State = Sent
	default:
		return hearth.FieldErrorf("channel", "There is no way to send by %s yet.", m.Channel)
	}
	return nil
}

// launch puts the due rows of queued messages: as many as there is room for in memory are born claimed by this process.
func (s *Store) launch(ctx context.Context, tx *db.Tx, out *outbox, lane string, msgs []*Message) error {
	if len(msgs) == 0 {
		return nil
	}
	now, heeded := tx.Now(), s.consent.Changes()
	room, claim := out.reserve(len(msgs))
	tx.AfterRollback(func() { out.release(room) })
	due := make([]work.Due, len(msgs))
	parcels := make([]parcel, 0, room)
	for i, m := range msgs {
		due[i] = work.Due{Lane: lane, Kind: Kind, Key: string(m.ID), At: now, Payload: queuedAt(now)}
		if i < room {
			due[i].Claim, due[i].Node, due[i].ClaimedUntil = 1, claim.node, claim.until(now)
			parcels = append(parcels, parcel{msg: *m, claim: 1, until: due[i].ClaimedUntil, queued: now, heeded: heeded})
		}
	}
	if err := work.Put(ctx, tx, due); err != nil {
		return fmt.Errorf("queue %d messages: %w", len(due), err)
	}
	tx.AfterCommit(func() { out.put(parcels, len(msgs) > room) })
	return nil
}

// A delivery's due row carries when the message was queued, because its attempts end a fixed time after that.
func queuedAt(t time.Time) string { return strconv.FormatInt(hearth.Millis(t), 10) }

func parseQueued(payload string, otherwise time.Time) time.Time {
	first, _, _ := strings.Cut(payload, askMark)
	ms, err := strconv.ParseInt(first, 10, 64)
	if err != nil {
		return otherwise
	}
	return hearth.FromMillis(ms)
}

const getSQL = `SELECT ` + columns + ` FROM messages WHERE org = $1 AND id = $2`

// Get reads one message. It fails with CodeNotFound if there is none.
func (s *Store) Get(ctx context.Context, tx *db.Tx, id hearth.MessageID) (Message, error) {
	msgs, err := collect(tx.Query(ctx, getSQL, tx.Org(), id))
	if err == nil && len(msgs) == 0 {
		err = hearth.Errorf(hearth.CodeNotFound, "There is no message %s.", id)
	}
	if err != nil {
		return Message{}, fmt.Errorf("read message %s: %w", id, err)
	}
	return msgs[0], nil
}

const loadSQL = `SELECT ` + columns + ` FROM messages WHERE org = $1 AND `

// Load reads messages by id; missing ones are left out.
func (s *Store) Load(ctx context.Context, tx *db.Tx, ids []hearth.MessageID) (map[hearth.MessageID]Message, error) {
	keys := make([]string, len(ids))
	for i, id := range ids {
		keys[i] = string(id)
	}
	return load(ctx, tx, keys)
}

// load reads messages by id; missing ones are left out.
func load(ctx context.Context, tx *db.Tx, ids []string) (map[hearth.MessageID]Message, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	in, arg := tx.In("id", 2, ids)
	msgs, err := collect(tx.Query(ctx, loadSQL+in, tx.Org(), arg))
	if err != nil {
		return nil, fmt.Errorf("read %d messages: %w", len(ids), err)
	}
	out := make(map[hearth.MessageID]Message, len(msgs))
	for _, m := range msgs {
		out[m.ID] = m
	}
	return out, nil
}
