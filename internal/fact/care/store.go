package care

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
)

// Store keeps situations and pauses. It is safe for concurrent use.
type Store struct {
	log     *eventlog.Log
	records *record.Store
	cached  atomic.Pointer[Now]
	changes atomic.Int64
}

// New makes a store that appends to l and asks records about residents and the team.
func New(l *eventlog.Log, records *record.Store) *Store { return &Store{log: l, records: records} }

// epochName is the setting that counts changes. It is read once a batch; what is in force is read again only when it rose.
const epochName = "care.epoch"

const bumpSQL = `INSERT INTO settings (org, name, value) VALUES ($1, $2, '1')
ON CONFLICT (org, name) DO UPDATE SET value = CAST(CAST(settings.value AS BIGINT) + 1 AS TEXT)`

func (s *Store) bump(ctx context.Context, tx *db.Tx) error {
	if _, err := tx.Exec(ctx, bumpSQL, tx.Org(), epochName); err != nil {
		return fmt.Errorf("count a change of pauses and situations: %w", err)
	}
	tx.AfterCommit(func() { s.changes.Add(1) })
	return nil
}

// Changes counts the changes that this process has committed: whoever keeps what is in force for a moment looks again
// when it has risen.
func (s *Store) Changes() int64 { return s.changes.Load() }

const epochSQL = `SELECT value FROM settings WHERE org = $1 AND name = $2`

func epoch(ctx context.Context, tx *db.Tx) (int64, error) {
	var value string
	err := tx.Row(ctx, epochSQL, tx.Org(), epochName).Scan(&value)
	if errors.Is(err, db.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read whether pauses or situations changed: %w", err)
	}
	return strconv.ParseInt(value, 10, 64)
}

// Now is what is in force, as one transaction saw it. It is immutable; what ends by its own date is asked with a time.
type Now struct {
	epoch      int64
	situations map[hearth.ResidentID][]Situation // by person
	pauses     []Pause
	under      map[hearth.ResidentID]hearth.ResidentID // who is one person with another, and seen under them
	words      map[string]PlanWord
}

// Now gives what is in force: one small query, and more only after a change.
func (s *Store) Now(ctx context.Context, tx *db.Tx) (*Now, error) {
	at, err := epoch(ctx, tx)
	if err != nil {
		return nil, err
	}
	if have := s.cached.Load(); have != nil && have.epoch == at {
		return have, nil
	}
	n := &Now{epoch: at, situations: map[hearth.ResidentID][]Situation{}}
	if at > 0 {
		all, err := readSituations(ctx, tx, situationsSQL+" AND ended = 0 ORDER BY set_at, id", tx.Org())
		if err != nil {
			return nil, err
		}
		if n.under, err = s.records.Merged(ctx, tx); err != nil {
			return nil, err
		}
		for _, x := range all {
			n.situations[n.person(x.Resident)] = append(n.situations[n.person(x.Resident)], x)
		}
		if n.pauses, err = s.Pauses(ctx, tx); err != nil {
			return nil, err
		}
		if n.words, err = readWords(ctx, tx); err != nil {
			return nil, err
		}
	}
	// Kept only once it is certain: a change that is rolled back leaves its number to another one.
	tx.AfterCommit(func() { s.cached.Store(n) })
	return n, nil
}

// person gives under whom a resident is seen: what is in force for one whom two lists know as two is in force for both.
func (n *Now) person(id hearth.ResidentID) hearth.ResidentID {
	if kept := n.under[id]; kept != "" {
		return kept
	}
	return id
}

// covers tells whether a pause stops a thing, for whichever of a person's rows it was set.
func (n *Now) covers(p Pause, t Thing) bool {
	if p.What == Resident {
		p.Target = string(n.person(hearth.ResidentID(p.Target)))
	}
	return p.Covers(t)
}

// PauseOf tells whether a pause is of the person that a resident belongs to.
func (n *Now) PauseOf(p Pause, id hearth.ResidentID) bool {
	return p.What == Resident && n.person(hearth.ResidentID(p.Target)) == n.person(id)
}

// Concerns tells whether a situation, or a pause of residents, is of the person that any of these belongs to.
func (n *Now) Concerns(ids ...hearth.ResidentID) bool {
	for _, id := range ids {
		if len(n.situations[n.person(id)]) > 0 || slices.ContainsFunc(n.pauses, func(p Pause) bool { return n.PauseOf(p, id) }) {
			return true
		}
	}
	return false
}

// Regrouped notes that two residents have become one person, or two again. The caller is in a transaction of its own.
func (s *Store) Regrouped(ctx context.Context, tx *db.Tx) error { return s.bump(ctx, tx) }

// Quiet tells whether nothing at all is in force, so that nobody need ask further.
func (n *Now) Quiet() bool { return len(n.situations) == 0 && len(n.pauses) == 0 }

// Situation gives the one of a resident that lasts longest, a death before all others; false: there is none.
func (n *Now) Situation(id hearth.ResidentID, now time.Time) (Situation, bool) {
	var best Situation
	found := false
	for _, x := range n.situations[n.person(id)] {
		switch {
		case x.Over(now):
		case x.Kind == Death:
			return x, true
		case !found || x.Until.After(best.Until):
			best, found = x, true
		}
	}
	return best, found
}

// Dead tells whether everything has to stop for a resident.
func (n *Now) Dead(id hearth.ResidentID, now time.Time) bool {
	x, ok := n.Situation(id, now)
	return ok && x.Kind == Death
}

// HoldsEntry tells whether a visit to the resident's home at a time falls into a time away, and until when.
func (n *Now) HoldsEntry(id hearth.ResidentID, at time.Time) (until time.Time, holds bool) {
	for _, x := range n.situations[n.person(id)] {
		if x.Kind == Away && !x.Over(at) && x.Until.After(until) {
			until, holds = x.Until, true
		}
	}
	return until, holds
}

// Paused gives the pause that covers a thing now; false: nothing does. Of several it is the one that lasts longest.
func (n *Now) Paused(t Thing, now time.Time) (Pause, bool) {
	var best Pause
	found := false
	t.Resident = n.person(t.Resident)
	for _, p := range n.pauses {
		switch {
		case p.Over(now) || !n.covers(p, t):
		case p.Until.IsZero():
			return p, true
		case !found || p.Until.After(best.Until):
			best, found = p, true
		}
	}
	return best, found
}

// Pauses gives what is paused now, oldest first.
func (n *Now) Pauses(now time.Time) []Pause {
	var out []Pause
	for _, p := range n.pauses {
		if !p.Over(now) {
			out = append(out, p)
		}
	}
	return out
}
