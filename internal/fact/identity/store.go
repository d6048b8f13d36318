package identity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
)

// State is where a proposal stands.
type State string

// The states. A decision holds until what was compared changes.
const (
	Open      State = "open"
	Same      State = "same"
	Different State = "different"
	Gone      State = "gone" // what was alike is so no longer
)

// Proposal is a pair of residents who may be one person, for a person to decide on.
type Proposal struct {
	ID          string
	A, B        hearth.ResidentID // A became known first
	Probability float64
	Else        string // what else they may be
	Evidence    []Evidence
	State       State
	Made        time.Time
	Decided     time.Time
	Actor       hearth.Actor
	digest      string
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
	scorer *Scorer

	randomMu sync.Mutex // guards Random
}

// NewStore makes a store.
func NewStore(d Deps) *Store { return &Store{Deps: d, scorer: New()} }

const proposalSelect = `SELECT id, a, b, probability, other, evidence, digest, state, made, decided, actor FROM identity_proposals
WHERE org = $1 AND `

type scanner interface{ Scan(dest ...any) error }

func scanProposal(r scanner) (Proposal, error) {
	var p Proposal
	var evidence, actor string
	var made, decided int64
	if err := r.Scan(&p.ID, &p.A, &p.B, &p.Probability, &p.Else, &evidence, &p.digest, &p.State, &made, &decided, &actor); err != nil {
		return p, err
	}
	p.Made, p.Decided = hearth.FromMillis(made), hearth.FromMillis(decided)
	if actor != "" {
		p.Actor = hearth.ParseActor(actor)
	}
	if err := json.Unmarshal([]byte(evidence), &p.Evidence); err != nil {
		return p, fmt.Errorf("read evidence: %w", err)
	}
	return p, nil
}

// List gives up to limit proposals of a state behind one, by id.
func (s *Store) List(ctx context.Context, tx *db.Tx, state State, after string, limit int) ([]Proposal, error) {
	return s.query(ctx, tx, "state = $2 AND id > $3 ORDER BY id LIMIT $4", string(state), after, limit)
}

// Waiting counts the proposals that wait for a person.
func (s *Store) Waiting(ctx context.Context, tx *db.Tx) (n int, err error) {
	err = tx.Row(ctx, `SELECT count(*) FROM identity_proposals WHERE org = $1 AND state = 'open'`, tx.Org()).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count proposals: %w", err)
	}
	return n, nil
}

func (s *Store) query(ctx context.Context, tx *db.Tx, where string, args ...any) ([]Proposal, error) {
	rows, err := tx.Query(ctx, proposalSelect+where, append([]any{tx.Org()}, args...)...)
	if err != nil {
		return nil, fmt.Errorf("read proposals: %w", err)
	}
	defer rows.Close()
	var out []Proposal
	for rows.Next() {
		p, err := scanProposal(rows)
		if err != nil {
			return nil, fmt.Errorf("read proposals: %w", err)
		}
		out = append(out, p)
	}
	return out, rows.Err()
}

// Proposal reads one. It fails with CodeNotFound if there is none.
func (s *Store) Proposal(ctx context.Context, tx *db.Tx, id string) (Proposal, error) {
	p, err := scanProposal(tx.Row(ctx, proposalSelect+"id = $2", tx.Org(), id))
	if errors.Is(err, db.ErrNotFound) {
		return p, hearth.Errorf(hearth.CodeNotFound, "There is no proposal %s.", id)
	}
	if err != nil {
		return p, fmt.Errorf("read proposal %s: %w", id, err)
	}
	return p, nil
}

const (
	settleSQL = `UPDATE identity_proposals SET state = $1, decided = $2, actor = $3 WHERE org = $4 AND id = $5`
	pairSQL   = `UPDATE identity_proposals SET state = $1, decided = $2, actor = $3 WHERE org = $4 AND a = $5 AND b = $6`
	apartSQL  = `UPDATE identity_proposals SET state = 'different', decided = $1, actor = $2 WHERE org = $3 AND state = 'same' AND (a = $4 OR b = $4)`
)

// Decide settles an open proposal: same merges the later known resident into the earlier, different keeps them apart and
// is not asked again unless what was compared changes. It fails with CodeConflict for one that was settled otherwise.
func (s *Store) Decide(ctx context.Context, tx *db.Tx, actor hearth.Actor, id string, decision State) (Proposal, error) {
	p, err := s.Proposal(ctx, tx, id)
	if err != nil {
		return p, err
	}
	switch {
	case decision != Same && decision != Different:
		return p, hearth.FieldErrorf("decision", "A proposal is decided as same or as different.")
	case p.State == decision:
		return p, nil
	case p.State != Open:
		return p, hearth.Errorf(hearth.CodeConflict, "This proposal was settled as %q; unmerge the resident to take a merge back.", p.State)
	}
	if decision == Same {
		if err := s.Records.MergeResidents(ctx, tx, record.News{Actor: actor}, p.A, p.B, Sentence(p.Evidence)); err != nil {
			return p, err
		}
		if err := s.settleWithin(ctx, tx, actor, p); err != nil {
			return p, err
		}
	}
	p.State, p.Decided, p.Actor = decision, tx.Now(), actor
	if _, err := tx.Exec(ctx, settleSQL, string(decision), hearth.Millis(tx.Now()), actor.String(), tx.Org(), id); err != nil {
		return p, fmt.Errorf("settle proposal %s: %w", id, err)
	}
	return p, nil
}

// settleWithin settles what was still open between residents who are one person by now.
func (s *Store) settleWithin(ctx context.Context, tx *db.Tx, actor hearth.Actor, merged Proposal) error {
	person, err := s.Records.PersonOf(ctx, tx, merged.A)
	if err != nil {
		return err
	}
	in, arg := tx.In("a", 2, ids(person))
	open, err := s.query(ctx, tx, in+" AND state = 'open' ORDER BY id", arg)
	if err != nil {
		return err
	}
	for _, p := range open {
		if p.ID == merged.ID || !slices.Contains(person, p.B) {
			continue
		}
		if _, err := tx.Exec(ctx, settleSQL, string(Same), hearth.Millis(tx.Now()), actor.String(), tx.Org(), p.ID); err != nil {
			return fmt.Errorf("settle proposal %s: %w", p.ID, err)
		}
	}
	return nil
}

func ids(person []hearth.ResidentID) []string {
	out := make([]string, len(person))
	for i, id := range person {
		out[i] = string(id)
	}
	return out
}

// Unmerge has a resident stand alone again. That they are two people is remembered, so that they are not proposed again.
func (s *Store) Unmerge(ctx context.Context, tx *db.Tx, actor hearth.Actor, id hearth.ResidentID) (record.Merge, error) {
	m, err := s.Records.UnmergeResident(ctx, tx, record.News{Actor: actor}, id)
	if err != nil {
		return m, err
	}
	for _, pair := range [][2]hearth.ResidentID{{m.Kept, id}, {id, m.Kept}} {
		if _, err := tx.Exec(ctx, pairSQL, string(Different), hearth.Millis(tx.Now()), actor.String(), tx.Org(), string(pair[0]), string(pair[1])); err != nil {
			return m, fmt.Errorf("settle the proposal of %s: %w", id, err)
		}
	}
	// What was the same person while they were merged is not so any more.
	if _, err := tx.Exec(ctx, apartSQL, hearth.Millis(tx.Now()), actor.String(), tx.Org(), string(id)); err != nil {
		return m, fmt.Errorf("settle the proposals of %s: %w", id, err)
	}
	return m, nil
}

const putSQL = `INSERT INTO identity_proposals (org, id, a, b, probability, other, evidence, digest, state, made, decided, actor)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, '')
ON CONFLICT (org, a, b) DO UPDATE SET probability = excluded.probability, other = excluded.other, evidence = excluded.evidence,
  digest = excluded.digest, state = excluded.state, made = excluded.made, decided = 0, actor = ''`

// put writes a proposal unless the pair's evidence is what it was. fresh tells that nobody has decided on the pair yet.
func (s *Store) put(ctx context.Context, tx *db.Tx, p Proposal) (id string, fresh bool, err error) {
	have, err := s.query(ctx, tx, "a = $2 AND b = $3", string(p.A), string(p.B))
	if err != nil {
		return "", false, err
	}
	fresh = true
	if len(have) > 0 {
		h := have[0]
		if h.digest == p.digest && (h.State == Open || h.State == Different) {
			return "", false, nil
		}
		p.ID, fresh = h.ID, h.State == Open || h.State == Gone
	} else if p.ID, err = s.newID(); err != nil {
		return "", false, err
	}
	evidence, err := json.Marshal(p.Evidence)
	if err != nil {
		return "", false, fmt.Errorf("write evidence: %w", err)
	}
	_, err = tx.Exec(ctx, putSQL, tx.Org(), p.ID, string(p.A), string(p.B), p.Probability, p.Else, string(evidence), p.digest,
		string(Open), hearth.Millis(tx.Now()))
	if err != nil {
		return "", false, fmt.Errorf("propose %s and %s: %w", p.A, p.B, err)
	}
	return p.ID, fresh, nil
}

func (s *Store) newID() (string, error) {
	s.randomMu.Lock()
	defer s.randomMu.Unlock()
	id, err := hearth.NewID(s.Random, "idp_")
	if err != nil {
		return "", fmt.Errorf("new identity: %w", err)
	}
	return id, nil
}
