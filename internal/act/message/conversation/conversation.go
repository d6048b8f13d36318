// Package conversation keeps what the team does about the messages with a resident on a topic: who answers, until when it
// sleeps, who owes the next word, and notes among the team, which nothing ever sends. The messages themselves stand in
// act/message.
//
// It does not send (decide/inbox hands a reply to the desk) and hears of messages only by what it is told (Heard).
package conversation

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

// State is where a conversation stands.
type State string

// The states.
const (
	Open    State = "open"
	Snoozed State = "snoozed" // until a time, an event of a type, or the resident's next word
	Done    State = "done"    // until the resident's next word
)

// Who owes the next word.
const (
	WaitsForUs   = "us"
	WaitsForThem = "them"
)

// Conversation is one resident and one topic.
type Conversation struct {
	ID          string
	Property    hearth.PropertyID
	Resident    hearth.ResidentID
	Topic       string // "" is what belongs to no topic
	State       State
	Assigned    hearth.StaffID // "" for nobody
	SnoozeUntil time.Time
	SnoozeEvent hearth.EventType
	LastIn      time.Time
	LastOut     time.Time
	Waits       string // WaitsForUs, WaitsForThem or ""
	Made        time.Time
	Changed     time.Time
	ChangedBy   hearth.Actor
}

// Note is a word among the team.
type Note struct {
	ID    string
	Text  string
	Actor hearth.Actor
	At    time.Time
}

// Store keeps conversations. It is safe for concurrent use.
type Store struct {
	randomMu sync.Mutex // guards random
	random   io.Reader
}

// New makes a store that takes identities of notes and saved replies from random.
func New(random io.Reader) *Store { return &Store{random: random} }

func (s *Store) newID(tx *db.Tx, prefix string) (string, error) {
	s.randomMu.Lock()
	defer s.randomMu.Unlock()
	return hearth.NewIDAt(s.random, tx.Now(), prefix)
}

// ID names the conversation with a resident on a topic.
func ID(r hearth.ResidentID, topic string) string { return hearth.DeriveID("cnv_", string(r), topic) }

// Heard is one message as the log tells of it.
type Heard struct {
	Property hearth.PropertyID
	Resident hearth.ResidentID // under whom the person is seen
	Topic    string
	At       time.Time
	Out      bool // it went out
	// Person says of a message that went out that somebody of the team wrote it: only then is nobody waiting any more.
	Person bool
}

func cols() []db.Col {
	return []db.Col{{Name: "org"}, {Name: "id"}, {Name: "property"}, {Name: "resident"}, {Name: "topic"}, {Name: "state"}, {Name: "assigned"},
		{Name: "snooze_until", Type: db.Int}, {Name: "snooze_event"}, {Name: "last_in", Type: db.Int}, {Name: "last_out", Type: db.Int}, {Name: "waits"},
		{Name: "made", Type: db.Int}, {Name: "changed", Type: db.Int}, {Name: "changed_by"}}
}

// What a resident writes opens a conversation again, whatever it was.
const heardIn = `ON CONFLICT (org, id) DO UPDATE SET last_in = excluded.last_in, waits = 'us', state = 'open', property = excluded.property,
snooze_until = 0, snooze_event = '', changed = excluded.changed, changed_by = excluded.changed_by
WHERE conversations.last_in < excluded.last_in`

const (
	heardOut    = `UPDATE conversations SET last_out = $1 WHERE org = $2 AND last_out < $3 AND id = $4`
	heardAnswer = `UPDATE conversations SET last_out = $1, waits = CASE WHEN last_in <= $2 THEN 'them' ELSE waits END WHERE org = $3 AND last_out <= $4 AND id = $5`
)

// Take brings conversations up to what was heard. What a resident writes begins a conversation; what goes out belongs to one
// only if it is there. In whatever order the messages come, the result is the same.
func (s *Store) Take(ctx context.Context, tx *db.Tx, heard []Heard) error {
	latest := map[string]Heard{}
	var order []string
	for _, h := range heard {
		if h.Out {
			continue
		}
		id := ID(h.Resident, h.Topic)
		have, ok := latest[id]
		if !ok {
			order = append(order, id)
		}
		if !ok || have.At.Before(h.At) {
			latest[id] = h
		}
	}
	rows := make([][]any, 0, len(order))
	for _, id := range order {
		h := latest[id]
		rows = append(rows, []any{tx.Org(), id, h.Property, h.Resident, h.Topic, Open, "", 0, "", h.At, 0, WaitsForUs, h.At, tx.Now(), hearth.System("inbox").String()})
	}
	if err := tx.BulkLater(ctx, db.Bulk{Table: "conversations", Cols: cols(), OnConflict: heardIn, Rows: rows}); err != nil {
		return fmt.Errorf("keep %d conversations: %w", len(rows), err)
	}
	for _, h := range heard {
		var err error
		switch {
		case !h.Out:
		case h.Person:
			_, err = tx.Exec(ctx, heardAnswer, h.At, h.At, tx.Org(), h.At, ID(h.Resident, h.Topic))
		default:
			_, err = tx.Exec(ctx, heardOut, h.At, tx.Org(), h.At, ID(h.Resident, h.Topic))
		}
		if err != nil {
			return fmt.Errorf("keep conversations: %w", err)
		}
	}
	return nil
}

const columns = `id, property, resident, topic, state, assigned, snooze_until, snooze_event, last_in, last_out, waits, made, changed, changed_by`

func collect(rows *db.Rows, err error) ([]Conversation, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Conversation
	for rows.Next() {
		var c Conversation
		var until, in, sent, made, changed int64
		var by string
		if err := rows.Scan(&c.ID, &c.Property, &c.Resident, &c.Topic, &c.State, &c.Assigned, &until, &c.SnoozeEvent, &in, &sent, &c.Waits, &made, &changed, &by); err != nil {
			return nil, err
		}
		c.SnoozeUntil, c.LastIn, c.LastOut = hearth.FromMillis(until), hearth.FromMillis(in), hearth.FromMillis(sent)
		c.Made, c.Changed, c.ChangedBy = hearth.FromMillis(made), hearth.FromMillis(changed), hearth.ParseActor(by)
		out = append(out, c)
	}
	return out, rows.Err()
}

const getSQL = `SELECT ` + columns + ` FROM conversations WHERE org = $1 AND id = $2`

// Get gives one conversation. It fails with CodeNotFound if there is none.
func (s *Store) Get(ctx context.Context, tx *db.Tx, id string) (Conversation, error) {
	return s.get(ctx, tx, getSQL, id)
}

func (s *Store) get(ctx context.Context, tx *db.Tx, q, id string) (Conversation, error) {
	all, err := collect(tx.Query(ctx, q, tx.Org(), id))
	if err == nil && len(all) == 0 {
		err = hearth.Errorf(hearth.CodeNotFound, "There is no conversation %s.", id)
	}
	if err != nil {
		return Conversation{}, fmt.Errorf("read conversation %s: %w", id, err)
	}
	return all[0], nil
}

// Filter selects conversations for List; empty fields select all.
type Filter struct {
	Property hearth.PropertyID
	Resident hearth.ResidentID
	Topic    *string
	States   []State
	Assigned *hearth.StaffID // "" is nobody's
	Waits    string
}

// maxPage bounds one page of List.
const maxPage = 200

// List gives conversations, the one that changed last first, and the cursor of the next page, "" at the end.
func (s *Store) List(ctx context.Context, tx *db.Tx, f Filter, cursor string, limit int) ([]Conversation, string, error) {
	limit = max(1, min(limit, maxPage))
	q, args := `SELECT `+columns+` FROM conversations WHERE org = $1`, []any{tx.Org()}
	add := func(clause string, v any) {
		args = append(args, v)
		q += " AND " + clause + " $" + strconv.Itoa(len(args))
	}
	if len(f.States) > 0 {
		list := make([]string, len(f.States))
		for i, st := range f.States {
			list[i] = string(st)
		}
		in, arg := tx.In("state", len(args)+1, list)
		q, args = q+" AND "+in, append(args, arg)
	}
	if f.Property != "" {
		add("property =", f.Property)
	}
	if f.Resident != "" {
		add("resident =", f.Resident)
	}
	if f.Topic != nil {
		add("topic =", *f.Topic)
	}
	if f.Assigned != nil {
		add("assigned =", *f.Assigned)
	}
	if f.Waits != "" {
		add("waits =", f.Waits)
	}
	if cursor != "" {
		ms, id, ok := strings.Cut(cursor, ".")
		at, err := strconv.ParseInt(ms, 10, 64)
		if !ok || err != nil || id == "" {
			return nil, "", hearth.FieldErrorf("cursor", "The cursor is not one that a list gave; start without it.")
		}
		args = append(args, at, id)
		q += fmt.Sprintf(" AND (changed, id) < ($%d, $%d)", len(args)-1, len(args))
	}
	args = append(args, limit+1)
	all, err := collect(tx.Query(ctx, q+" ORDER BY changed DESC, id DESC LIMIT $"+strconv.Itoa(len(args)), args...))
	if err != nil {
		return nil, "", fmt.Errorf("list conversations: %w", err)
	}
	if len(all) <= limit {
		return all, "", nil
	}
	last := all[limit-1]
	return all[:limit], strconv.FormatInt(hearth.Millis(last.Changed), 10) + "." + last.ID, nil
}
