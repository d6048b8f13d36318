package conversation

import (
	"context"
	"fmt"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

const updateSQL = `UPDATE conversations SET state = $1, assigned = $2, snooze_until = $3, snooze_event = $4, waits = $5, changed = $6, changed_by = $7
WHERE org = $8 AND id = $9`

// change reads a conversation for a change and writes what f made of it.
func (s *Store) change(ctx context.Context, tx *db.Tx, actor hearth.Actor, id string, f func(c *Conversation) error) (Conversation, error) {
	c, err := s.get(ctx, tx, getSQL+db.ForUpdate(tx.Dialect()), id)
	if err != nil {
		return c, err
	}
	before := c
	if err := f(&c); err != nil || c == before {
		return c, err
	}
	c.Changed, c.ChangedBy = tx.Now(), actor
	if _, err := tx.Exec(ctx, updateSQL, c.State, c.Assigned, c.SnoozeUntil, c.SnoozeEvent, c.Waits, c.Changed, actor.String(), tx.Org(), id); err != nil {
		return c, fmt.Errorf("change conversation %s: %w", id, err)
	}
	return c, nil
}

// Assign gives a conversation to somebody, or to nobody. The caller has looked that there is such a person.
func (s *Store) Assign(ctx context.Context, tx *db.Tx, actor hearth.Actor, id string, to hearth.StaffID) (Conversation, error) {
	return s.change(ctx, tx, actor, id, func(c *Conversation) error {
		c.Assigned = to
		return nil
	})
}

// mostAsleep is how many days a conversation may sleep.
const mostAsleep = 366

// Snooze lets a conversation sleep until a time, until an event of a type about the resident, or until whichever comes first.
// The resident's next word wakes it in any case. It fails with CodeInvalid without either, or for a time that is past or further than a year away.
func (s *Store) Snooze(ctx context.Context, tx *db.Tx, actor hearth.Actor, id string, until time.Time, event hearth.EventType) (Conversation, error) {
	switch {
	case until.IsZero() && event == "":
		return Conversation{}, hearth.FieldErrorf("until", "Say until when it sleeps: a time, or a type of event.")
	case !until.IsZero() && !until.After(tx.Now()):
		return Conversation{}, hearth.FieldErrorf("until", "That time is past; choose a later one.")
	case until.After(tx.Now().AddDate(0, 0, mostAsleep)):
		return Conversation{}, hearth.FieldErrorf("until", "A conversation sleeps for a year at most, so that none is lost by a wrong year; choose an earlier time.")
	}
	return s.change(ctx, tx, actor, id, func(c *Conversation) error {
		c.State, c.SnoozeUntil, c.SnoozeEvent = Snoozed, until.UTC(), event
		return nil
	})
}

// Finish ends a conversation until the resident writes again. Nobody owes a word any more.
func (s *Store) Finish(ctx context.Context, tx *db.Tx, actor hearth.Actor, id string) (Conversation, error) {
	return s.change(ctx, tx, actor, id, func(c *Conversation) error {
		c.State, c.Waits, c.SnoozeUntil, c.SnoozeEvent = Done, "", time.Time{}, ""
		return nil
	})
}

// Reopen opens it again. Where the resident had the last word, we owe the next.
func (s *Store) Reopen(ctx context.Context, tx *db.Tx, actor hearth.Actor, id string) (Conversation, error) {
	return s.change(ctx, tx, actor, id, func(c *Conversation) error {
		if c.State == Done && c.LastIn.After(c.LastOut) {
			c.Waits = WaitsForUs
		}
		c.State, c.SnoozeUntil, c.SnoozeEvent = Open, time.Time{}, ""
		return nil
	})
}

// maxNote bounds a note or a saved reply, in bytes.
const maxNote = 16 << 10

const (
	insertNoteSQL = `INSERT INTO conversation_notes (org, id, conversation, text, actor, at) VALUES ($1, $2, $3, $4, $5, $6)`
	notesSQL      = `SELECT id, text, actor, at FROM conversation_notes WHERE org = $1 AND conversation = $2 ORDER BY at, id`
)

// AddNote keeps a word among the team. Notes stand in a table of their own, which nothing that sends reads.
func (s *Store) AddNote(ctx context.Context, tx *db.Tx, actor hearth.Actor, id, text string) (Note, error) {
	text = strings.TrimSpace(text)
	if text == "" || len(text) > maxNote {
		return Note{}, hearth.FieldErrorf("text", "A note needs words, and at most %d KB of them.", maxNote>>10)
	}
	if _, err := s.Get(ctx, tx, id); err != nil {
		return Note{}, err
	}
	n := Note{Text: text, Actor: actor, At: tx.Now()}
	var err error
	if n.ID, err = s.newID(tx, "not_"); err != nil {
		return n, fmt.Errorf("note on conversation %s: %w", id, err)
	}
	if _, err := tx.Exec(ctx, insertNoteSQL, tx.Org(), n.ID, id, text, actor.String(), n.At); err != nil {
		return n, fmt.Errorf("note on conversation %s: %w", id, err)
	}
	return n, nil
}

// Notes gives a conversation's notes, the oldest first.
func (s *Store) Notes(ctx context.Context, tx *db.Tx, id string) ([]Note, error) {
	rows, err := tx.Query(ctx, notesSQL, tx.Org(), id)
	if err != nil {
		return nil, fmt.Errorf("read notes of conversation %s: %w", id, err)
	}
	defer rows.Close()
	var out []Note
	for rows.Next() {
		var n Note
		var by string
		if err := rows.Scan(&n.ID, &n.Text, &by, &n.At); err != nil {
			return nil, err
		}
		n.Actor = hearth.ParseActor(by)
		out = append(out, n)
	}
	return out, rows.Err()
}

const (
	wakeTimeSQL  = `UPDATE conversations SET state = 'open', snooze_until = 0, snooze_event = '', changed = $1, changed_by = $2 WHERE org = $3 AND state = 'snoozed' AND snooze_until > 0 AND snooze_until <= $4`
	wakeEventSQL = `UPDATE conversations SET state = 'open', snooze_until = 0, snooze_event = '', changed = $1, changed_by = $2
WHERE org = $3 AND state = 'snoozed' AND snooze_event = $4 AND resident = $5`
	sleepersSQL = `SELECT DISTINCT snooze_event FROM conversations WHERE org = $1 AND state = 'snoozed' AND snooze_event <> ''`
)

// WakeDue opens what slept until a time that has come, and tells how many.
func (s *Store) WakeDue(ctx context.Context, tx *db.Tx) (int64, error) {
	n, err := tx.Exec(ctx, wakeTimeSQL, tx.Now(), hearth.System("inbox").String(), tx.Org(), tx.Now())
	if err != nil {
		return 0, fmt.Errorf("wake conversations: %w", err)
	}
	return n, nil
}

// Sleepers gives the types of events for which conversations sleep.
func (s *Store) Sleepers(ctx context.Context, tx *db.Tx) (map[hearth.EventType]bool, error) {
	rows, err := tx.Query(ctx, sleepersSQL, tx.Org())
	if err != nil {
		return nil, fmt.Errorf("look for what conversations wait for: %w", err)
	}
	defer rows.Close()
	out := map[hearth.EventType]bool{}
	for rows.Next() {
		var t hearth.EventType
		if err := rows.Scan(&t); err != nil {
			return nil, err
		}
		out[t] = true
	}
	return out, rows.Err()
}

// WakeFor opens what slept until an event of a type about the resident.
func (s *Store) WakeFor(ctx context.Context, tx *db.Tx, t hearth.EventType, r hearth.ResidentID) error {
	if _, err := tx.Exec(ctx, wakeEventSQL, tx.Now(), hearth.System("inbox").String(), tx.Org(), string(t), r); err != nil {
		return fmt.Errorf("wake conversations of %s: %w", r, err)
	}
	return nil
}

const anyDueSQL = `SELECT COUNT(*) FROM conversations WHERE org = $1 AND state = 'snoozed' AND snooze_until > 0 AND snooze_until <= $2`

// AnyDue tells whether something slept until a time that has come.
func (s *Store) AnyDue(ctx context.Context, tx *db.Tx) (bool, error) {
	var n int64
	if err := tx.Row(ctx, anyDueSQL, tx.Org(), tx.Now()).Scan(&n); err != nil {
		return false, fmt.Errorf("look for conversations to wake: %w", err)
	}
	return n > 0, nil
}

const ofSQL = `SELECT DISTINCT resident FROM conversations WHERE org = $1 AND `

// Of tells which of the residents have a conversation.
func (s *Store) Of(ctx context.Context, tx *db.Tx, ids []hearth.ResidentID) (map[hearth.ResidentID]bool, error) {
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i] = string(id)
	}
	in, arg := tx.In("resident", 2, list)
	rows, err := tx.Query(ctx, ofSQL+in, tx.Org(), arg)
	if err != nil {
		return nil, fmt.Errorf("look who has conversations: %w", err)
	}
	defer rows.Close()
	out := map[hearth.ResidentID]bool{}
	for rows.Next() {
		var id hearth.ResidentID
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		out[id] = true
	}
	return out, rows.Err()
}
