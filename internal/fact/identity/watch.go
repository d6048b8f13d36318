package identity

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
)

// Follower is the name under which the look-out keeps its positions. Following the log costs the door nothing, and no
// import waits for it.
const Follower = "identity"

// The bounds of one run: how many events are passed, and how many residents are looked at.
const (
	maxEvents = 2000
	maxLooked = 100
)

// Loop gives the loop that looks at residents who became known or changed. It works one bounded piece at a time.
func (s *Store) Loop() work.Loop {
	return work.Loop{Name: "identity", Every: 3 * time.Second, Run: s.RunOnce}
}

// RunOnce looks at the next residents of each partition, and tells whether more are waiting. Comparing needs no lock: only
// what came of it is written, if the position is still where the look began.
func (s *Store) RunOnce(ctx context.Context) (more bool, err error) {
	for part := range eventlog.Parts {
		again, err := s.runPart(ctx, part)
		if err != nil {
			return false, fmt.Errorf("look for one person in two records, partition %d: %w", part, err)
		}
		more = more || again
	}
	return more, nil
}

// look is what one run found.
type look struct {
	from, to  int64
	more      bool
	proposals []Proposal
	sure      []Proposal
	before    []Proposal // open ones about those looked at: what is not found again is over
}

func (s *Store) runPart(ctx context.Context, part int) (more bool, err error) {
	var l look
	if err := s.DB.Read(ctx, func(tx *db.Tx) (err error) { l, err = s.look(ctx, tx, part); return err }); err != nil {
		return false, err
	}
	if l.to == l.from {
		return false, nil
	}
	err = s.DB.WriteAside(ctx, func(tx *db.Tx) error {
		pos, ok, err := s.Log.Lock(ctx, tx, Follower, part)
		if err != nil || !ok || pos.Seq != l.from {
			return err // another node did it
		}
		if err := s.settle(ctx, tx, l); err != nil {
			return err
		}
		return s.Log.Move(ctx, tx, Follower, part, eventlog.Position{Seq: l.to, Node: s.Node, Epoch: pos.Epoch + 1})
	})
	return l.more, err
}

const changedSQL = `SELECT seq, type, resident FROM events WHERE org = $1 AND part = $2 AND seq > $3 AND seq <= $4 ORDER BY seq`

// look reads who became known or changed behind the position and compares them with those who share something.
func (s *Store) look(ctx context.Context, tx *db.Tx, part int) (look, error) {
	positions, err := s.Log.Positions(ctx, tx, Follower)
	if err != nil {
		return look{}, err
	}
	heads, err := s.Log.Heads(ctx, tx)
	if err != nil {
		return look{}, err
	}
	l := look{from: positions[part], to: min(heads[part], positions[part]+maxEvents)}
	if l.to == l.from {
		return l, nil
	}
	ids, err := l.changed(ctx, tx, part)
	l.more = l.to < heads[part]
	if err != nil || len(ids) == 0 {
		return l, err
	}
	if l.before, err = s.openOf(ctx, tx, ids); err != nil {
		return l, err
	}
	return l, s.compareAll(ctx, tx, ids, &l)
}

// changed gives the residents to look at, and ends the stretch early where they are many.
func (l *look) changed(ctx context.Context, tx *db.Tx, part int) ([]hearth.ResidentID, error) {
	rows, err := tx.Query(ctx, changedSQL, tx.Org(), part, l.from, l.to)
	if err != nil {
		return nil, fmt.Errorf("read who changed: %w", err)
	}
	defer rows.Close()
	var ids []hearth.ResidentID
	for rows.Next() {
		var seq int64
		var kind hearth.EventType
		var id hearth.ResidentID
		if err := rows.Scan(&seq, &kind, &id); err != nil {
			return nil, fmt.Errorf("read who changed: %w", err)
		}
		if kind != "resident.added" && kind != "resident.changed" || id == "" || slices.Contains(ids, id) {
			continue
		}
		if ids = append(ids, id); len(ids) == maxLooked {
			l.to = seq
			break
		}
	}
	return ids, rows.Err()
}

const openSQL = `SELECT id, a, b FROM identity_proposals WHERE org = $1 AND state = 'open'`

// openOf gives the open proposals of any of these residents, read once for all of them and before anything is written:
// where thousands are called alike there are many, and whoever reads them while writing keeps everybody waiting.
func (s *Store) openOf(ctx context.Context, tx *db.Tx, ids []hearth.ResidentID) ([]Proposal, error) {
	looked := make(map[hearth.ResidentID]bool, len(ids))
	for _, id := range ids {
		looked[id] = true
	}
	rows, err := tx.Query(ctx, openSQL, tx.Org())
	if err != nil {
		return nil, fmt.Errorf("read open proposals: %w", err)
	}
	defer rows.Close()
	var out []Proposal
	for rows.Next() {
		var p Proposal
		if err := rows.Scan(&p.ID, &p.A, &p.B); err != nil {
			return nil, fmt.Errorf("read open proposals: %w", err)
		}
		if looked[p.A] || looked[p.B] {
			out = append(out, p)
		}
	}
	return out, rows.Err()
}

// compareAll compares those looked at with all who share something with them.
func (s *Store) compareAll(ctx context.Context, tx *db.Tx, ids []hearth.ResidentID, l *look) error {
	contacts, err := s.Records.Contacts(ctx, tx, ids)
	if err != nil {
		return err
	}
	looked := make([]record.Resident, 0, len(contacts))
	for _, id := range ids {
		if c, ok := contacts[id]; ok {
			looked = append(looked, c.Resident)
		}
	}
	others, err := alike(ctx, tx, looked)
	if err != nil {
		return err
	}
	for _, r := range looked {
		others[r.ID] = true
	}
	all := make([]hearth.ResidentID, 0, len(others))
	for id := range others {
		all = append(all, id)
	}
	slices.Sort(all)
	people, err := s.people(ctx, tx, all)
	if err != nil {
		return err
	}
	crowd, err := s.crowd(ctx, tx, people)
	if err != nil {
		return err
	}
	entries := make([]*entry, len(people))
	for i, k := range people {
		entries[i] = s.scorer.prepare(k.person)
	}
	candidates(entries, func(i, j int32) {
		a, b := people[i], people[j]
		if !slices.Contains(ids, a.ID) && !slices.Contains(ids, b.ID) || a.Property != b.Property {
			return
		}
		if a.Created.After(b.Created) || a.Created.Equal(b.Created) && a.ID > b.ID {
			a, b = b, a
		}
		l.judge(s.scorer, a, b, crowd)
	})
	return nil
}

// judge compares one pair and keeps what is worth a decision.
func (l *look) judge(sc *Scorer, a, b *known, crowd *Crowd) {
	pa, pb := told(a, b)
	score := sc.Compare(pa, pb, crowd)
	if score.Probability < ProposalAt {
		return
	}
	p := Proposal{A: a.ID, B: b.ID, Probability: score.Probability, Else: score.Else, Evidence: score.Evidence, digest: digestOf(score.Evidence)}
	if score.Sure && pa.Source == "" {
		l.sure = append(l.sure, p)
		return
	}
	l.proposals = append(l.proposals, p)
}

// told gives two residents as they are compared: a list that has both tells them apart.
func told(a, b *known) (pa, pb Person) {
	pa, pb = a.person, b.person
	for source := range a.sources {
		if b.sources[source] {
			pa.Source, pb.Source = source, source
		}
	}
	return pa, pb
}

// digestOf names what was found, in words and not in weights: a decision outlives a change of the crowd.
func digestOf(evidence []Evidence) string {
	words := make([]string, len(evidence))
	for i, e := range evidence {
		words[i] = e.Words
	}
	slices.Sort(words)
	sum := sha256.Sum256([]byte(strings.Join(words, "\n")))
	return hex.EncodeToString(sum[:8])
}

const goneSQL = `UPDATE identity_proposals SET state = 'gone', decided = $1 WHERE org = $2 AND id = $3 AND state = 'open'`

// settle writes what a look found: sure pairs become one, others are proposed, and what is alike no longer is gone.
func (s *Store) settle(ctx context.Context, tx *db.Tx, l look) error {
	still := map[string]bool{}
	for _, p := range append(slices.Clone(l.sure), l.proposals...) {
		still[string(p.A)+" "+string(p.B)] = true
		person, err := s.Records.PersonOf(ctx, tx, p.B)
		if err != nil {
			return err
		}
		if slices.Contains(person, p.A) {
			continue
		}
		id, fresh, err := s.put(ctx, tx, p)
		if err != nil {
			return err
		}
		if !fresh || !slices.ContainsFunc(l.sure, func(o Proposal) bool { return o.A == p.A && o.B == p.B }) {
			continue
		}
		_, err = s.Decide(ctx, tx, hearth.System("fact/identity"), id, Same)
		if err != nil && hearth.CodeOf(err) != hearth.CodeConflict {
			return err // what cannot be merged by itself stays a proposal
		}
	}
	for _, p := range l.before {
		if still[string(p.A)+" "+string(p.B)] {
			continue
		}
		if _, err := tx.Exec(ctx, goneSQL, hearth.Millis(tx.Now()), tx.Org(), p.ID); err != nil {
			return fmt.Errorf("end proposal %s: %w", p.ID, err)
		}
	}
	return nil
}
