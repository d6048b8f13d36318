// Package proposal keeps what was heard from residents until a person decides: kept, it becomes a preference by the
// record's own call; declined, it is not proposed again. It follows the log by itself and stands in nobody's way. What is
// only proposed is read by nothing that decides.
package proposal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
	"hearth/internal/sense/heard"
)

// State is where a proposal stands.
type State string

// The states.
const (
	Open     State = "open"
	Kept     State = "kept"
	Declined State = "declined"
	Replaced State = "replaced" // something newer was said, or kept, before anybody decided
)

// Proposal is a fact that a resident was heard to say.
type Proposal struct {
	ID         string
	Resident   hearth.ResidentID // whose words they are, as the log tells it
	Kind       heard.Kind
	Value      string
	Ended      bool // it was said to be so no longer: keeping it takes the preference back
	Words      string
	Source     string // of the event that the words stand in
	Event      string
	Type       hearth.EventType
	Channel    string // how it was said, "" where no channel is told
	Said       time.Time
	Confidence float64
	Was        string // the preference when it was proposed, "" for none: with it, this is a change
	State      State
	Made       time.Time
	Decided    time.Time
	Actor      hearth.Actor
}

// Deps is what the store works with. All fields are required.
type Deps struct {
	DB      *db.DB
	Log     *eventlog.Log
	Records *record.Store
	Random  io.Reader
	Node    string
	Logger  *slog.Logger
}

// Store keeps proposals and makes them from what the log tells. It is safe for concurrent use.
type Store struct {
	Deps
	reader *heard.Reader

	randomMu sync.Mutex // guards Random
}

// NewStore makes a store.
func NewStore(d Deps) *Store { return &Store{Deps: d, reader: heard.New()} }

const selectFacts = `SELECT id, resident, kind, value, ended, words, source, event, type, channel, said, confidence, was, state, made, decided, actor
FROM heard_facts WHERE org = $1 AND `

func scanFact(r interface{ Scan(dest ...any) error }) (Proposal, error) {
	var p Proposal
	var ended, said, made, decided int64
	var actor string
	if err := r.Scan(&p.ID, &p.Resident, &p.Kind, &p.Value, &ended, &p.Words, &p.Source, &p.Event, &p.Type, &p.Channel, &said, &p.Confidence,
		&p.Was, &p.State, &made, &decided, &actor); err != nil {
		return p, err
	}
	p.Ended, p.Said, p.Made, p.Decided = ended != 0, hearth.FromMillis(said), hearth.FromMillis(made), hearth.FromMillis(decided)
	if actor != "" {
		p.Actor = hearth.ParseActor(actor)
	}
	return p, nil
}

func query(ctx context.Context, tx *db.Tx, where string, args ...any) ([]Proposal, error) {
	rows, err := tx.Query(ctx, selectFacts+where, append([]any{tx.Org()}, args...)...)
	if err != nil {
		return nil, fmt.Errorf("read what was heard: %w", err)
	}
	defer rows.Close()
	var out []Proposal
	for rows.Next() {
		p, err := scanFact(rows)
		if err != nil {
			return nil, fmt.Errorf("read what was heard: %w", err)
		}
		out = append(out, p)
	}
	return out, rows.Err()
}

// List gives up to limit proposals of a state behind one, by id; of one property alone if it is named.
func (s *Store) List(ctx context.Context, tx *db.Tx, state State, property hearth.PropertyID, after string, limit int) ([]Proposal, error) {
	if property == "" {
		return query(ctx, tx, "state = $2 AND id > $3 ORDER BY id LIMIT $4", string(state), after, limit)
	}
	return query(ctx, tx, "state = $2 AND id > $3 AND resident IN (SELECT id FROM residents WHERE org = $1 AND property = $4) ORDER BY id LIMIT $5",
		string(state), after, string(property), limit)
}

// Of gives everything that was heard from one person, who may be several residents, the newest words first.
func (s *Store) Of(ctx context.Context, tx *db.Tx, person []hearth.ResidentID) ([]Proposal, error) {
	in, arg := tx.In("resident", 2, texts(person))
	return query(ctx, tx, in+" ORDER BY said DESC, id", arg)
}

func texts(ids []hearth.ResidentID) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = string(id)
	}
	return out
}

// Waiting counts the proposals that wait for a person.
func (s *Store) Waiting(ctx context.Context, tx *db.Tx) (n int, err error) {
	if err = tx.Row(ctx, `SELECT count(*) FROM heard_facts WHERE org = $1 AND state = 'open'`, tx.Org()).Scan(&n); err != nil {
		return 0, fmt.Errorf("count what was heard: %w", err)
	}
	return n, nil
}

// Proposal reads one. It fails with CodeNotFound if there is none.
func (s *Store) Proposal(ctx context.Context, tx *db.Tx, id string) (Proposal, error) {
	p, err := scanFact(tx.Row(ctx, selectFacts+"id = $2", tx.Org(), id))
	if errors.Is(err, db.ErrNotFound) {
		return p, hearth.Errorf(hearth.CodeNotFound, "Nothing was heard under the id %s.", id)
	}
	if err != nil {
		return p, fmt.Errorf("read what was heard as %s: %w", id, err)
	}
	return p, nil
}

const settleSQL = `UPDATE heard_facts SET state = $1, decided = $2, actor = $3 WHERE org = $4 AND id = $5`

func settle(ctx context.Context, tx *db.Tx, p *Proposal, state State, actor hearth.Actor) error {
	p.State, p.Decided, p.Actor = state, tx.Now(), actor
	if _, err := tx.Exec(ctx, settleSQL, string(state), hearth.Millis(tx.Now()), actor.String(), tx.Org(), p.ID); err != nil {
		return fmt.Errorf("settle what was heard as %s: %w", p.ID, err)
	}
	return nil
}

const insertSQL = `INSERT INTO heard_facts (org, id, resident, kind, value, ended, words, source, event, type, channel, said, confidence, was, state, made, decided, actor)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 'open', $15, 0, '')
ON CONFLICT (org, resident, kind, value, ended) DO UPDATE SET words = excluded.words, source = excluded.source, event = excluded.event, type = excluded.type,
  channel = excluded.channel, said = excluded.said, confidence = excluded.confidence, was = excluded.was, state = 'open', made = excluded.made, decided = 0, actor = ''`

func (s *Store) insert(ctx context.Context, tx *db.Tx, p Proposal) error {
	s.randomMu.Lock()
	id, err := hearth.NewIDAt(s.Random, tx.Now(), "hrd_")
	s.randomMu.Unlock()
	if err != nil {
		return fmt.Errorf("new identity: %w", err)
	}
	ended := 0
	if p.Ended {
		ended = 1
	}
	_, err = tx.Exec(ctx, insertSQL, tx.Org(), id, string(p.Resident), string(p.Kind), p.Value, ended, p.Words, p.Source, p.Event, string(p.Type),
		p.Channel, hearth.Millis(p.Said), p.Confidence, p.Was, hearth.Millis(tx.Now()))
	if err != nil {
		return fmt.Errorf("propose what %s said: %w", p.Resident, err)
	}
	return nil
}
