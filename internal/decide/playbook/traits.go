package playbook

import (
	"context"
	"fmt"
	"sync"

	"hearth"
	"hearth/internal/base/db"
)

// mostTraits bounds what Traits remembers: some hundred bytes each, and far more texts than an organization has.
const mostTraits = 4096

// Traits remembers what texts of playbooks would say of residents, so that a text is read once and not with every page. It
// may be used by several at a time.
type Traits struct {
	mu    sync.Mutex
	known map[string]Trait // by digest
}

// NewTraits gives one that knows nothing yet.
func NewTraits() *Traits { return &Traits{known: map[string]Trait{}} }

// Of gives the trait of a text.
func (t *Traits) Of(text string) Trait {
	digest := Digest([]byte(text))
	if have, ok := t.get(digest); ok {
		return have
	}
	return t.learn(digest, text)
}

const (
	digestsSQL = `SELECT id, version, digest FROM playbooks WHERE org = $1 ORDER BY id, version`
	bodySQL    = `SELECT body FROM playbooks WHERE org = $1 AND id = $2 AND version = $3`
	// What a segment meant stands beside the version that names it.
	owedSegmentsSQL = `SELECT DISTINCT playbook FROM playbook_segments WHERE org = $1 AND cond LIKE '%payments%'`
)

// Among gives the traits of all playbooks that were ever switched on: what any version of one would say.
func (t *Traits) Among(ctx context.Context, tx *db.Tx) (map[hearth.PlaybookID]Trait, error) {
	out := map[hearth.PlaybookID]Trait{}
	unread, err := t.remembered(ctx, tx, out)
	if err != nil {
		return nil, err
	}
	for _, s := range unread {
		if err := tx.Row(ctx, bodySQL, tx.Org(), string(s.ID), s.Version).Scan(&s.Text); err != nil {
			return nil, fmt.Errorf("read version %d of %s: %w", s.Version, s.ID, err)
		}
		out[s.ID] = out[s.ID].and(t.learn(s.Digest, s.Text))
	}
	rows, err := tx.Query(ctx, owedSegmentsSQL, tx.Org())
	if err != nil {
		return nil, fmt.Errorf("read the segments of playbooks: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id hearth.PlaybookID
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("read the segments of playbooks: %w", err)
		}
		out[id] = out[id].and(Trait{Owed: true})
	}
	return out, rows.Err()
}

// remembered fills in what is known by digest, and gives the versions that are not.
func (t *Traits) remembered(ctx context.Context, tx *db.Tx, out map[hearth.PlaybookID]Trait) ([]Stored, error) {
	rows, err := tx.Query(ctx, digestsSQL, tx.Org())
	if err != nil {
		return nil, fmt.Errorf("list playbook versions: %w", err)
	}
	defer rows.Close()
	var unread []Stored
	for rows.Next() {
		var s Stored
		if err := rows.Scan(&s.ID, &s.Version, &s.Digest); err != nil {
			return nil, fmt.Errorf("list playbook versions: %w", err)
		}
		if have, ok := t.get(s.Digest); ok {
			out[s.ID] = out[s.ID].and(have)
		} else {
			unread = append(unread, s)
		}
	}
	return unread, rows.Err()
}

func (t *Traits) get(digest string) (Trait, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	have, ok := t.known[digest]
	return have, ok
}

// learn reads a text and remembers what it would say.
func (t *Traits) learn(digest, text string) Trait {
	trait := TraitOf([]byte(text))
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.known) >= mostTraits {
		clear(t.known)
	}
	t.known[digest] = trait
	return trait
}
