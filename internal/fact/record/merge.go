package record

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

// Merge says that two residents are one person, seen under Kept. The rows of both stay as they are: what sources tell of
// either goes on to its own row, and taking the merge back leaves both as they would have been without it.
type Merge struct {
	Resident hearth.ResidentID // the one seen under Kept from now on
	Kept     hearth.ResidentID
	Evidence string // in words
	Actor    hearth.Actor
	At       time.Time
}

const (
	selectMerges = `SELECT resident, kept, evidence, actor, at FROM merges WHERE org = $1 AND `
	selectUnder  = `SELECT resident, kept FROM merges WHERE org = $1 AND kept <> ''`
	insertMerge  = `INSERT INTO merges (org, resident, kept, evidence, actor, at) VALUES ($1, $2, $3, $4, $5, $6)`
	deleteMerge  = `DELETE FROM merges WHERE org = $1 AND resident = $2`
)

func scanMerge(r scanner) (Merge, error) {
	var m Merge
	var actor string
	var at int64
	err := r.Scan(&m.Resident, &m.Kept, &m.Evidence, &actor, &at)
	m.Actor, m.At = hearth.ParseActor(actor), hearth.FromMillis(at)
	return m, err
}

// MergeOf gives under whom a resident is seen; ok is false for one who stands alone.
func (s *Store) MergeOf(ctx context.Context, tx *db.Tx, id hearth.ResidentID) (m Merge, ok bool, err error) {
	m, err = scanMerge(tx.Row(ctx, selectMerges+"resident = $2", tx.Org(), string(id)))
	if errors.Is(err, db.ErrNotFound) {
		return Merge{}, false, nil
	}
	if err != nil {
		return Merge{}, false, fmt.Errorf("read the merge of %s: %w", id, err)
	}
	return m, true, nil
}

// MergedInto lists who is seen under a resident, by id.
func (s *Store) MergedInto(ctx context.Context, tx *db.Tx, kept hearth.ResidentID) ([]Merge, error) {
	return collect(ctx, tx, "read who is seen under "+string(kept), scanMerge, selectMerges+"kept = $2 ORDER BY resident", tx.Org(), string(kept))
}

// Merged gives everybody who is seen under another resident, with whom.
func (s *Store) Merged(ctx context.Context, tx *db.Tx) (map[hearth.ResidentID]hearth.ResidentID, error) {
	rows, err := tx.Query(ctx, selectUnder, tx.Org())
	if err != nil {
		return nil, fmt.Errorf("read who is one person: %w", err)
	}
	defer rows.Close()
	under := map[hearth.ResidentID]hearth.ResidentID{}
	for rows.Next() {
		var id, kept hearth.ResidentID
		if err := rows.Scan(&id, &kept); err != nil {
			return nil, fmt.Errorf("read who is one person: %w", err)
		}
		under[id] = kept
	}
	return under, rows.Err()
}

// PersonOf gives all residents who are the person that id belongs to: the one they are seen under first.
func (s *Store) PersonOf(ctx context.Context, tx *db.Tx, id hearth.ResidentID) ([]hearth.ResidentID, error) {
	if m, ok, err := s.MergeOf(ctx, tx, id); err != nil {
		return nil, err
	} else if ok {
		id = m.Kept
	}
	all, err := s.MergedInto(ctx, tx, id)
	out := []hearth.ResidentID{id}
	for _, m := range all {
		out = append(out, m.Resident)
	}
	return out, err
}

// MergeResidents has other seen under kept from now on and appends resident.merged. It fails with CodeConflict where
// either is merged already in a way that would make a chain, or where their histories are kept apart.
func (s *Store) MergeResidents(ctx context.Context, tx *db.Tx, n News, kept, other hearth.ResidentID, evidence string) error {
	k, err := s.Resident(ctx, tx, kept)
	if err != nil {
		return err
	}
	o, err := s.Resident(ctx, tx, other)
	if err != nil {
		return err
	}
	if err := s.mergeable(ctx, tx, k, o); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, insertMerge, tx.Org(), string(other), string(kept), evidence, n.Actor.String(), hearth.Millis(tx.Now())); err != nil {
		return fmt.Errorf("merge %s into %s: %w", other, kept, err)
	}
	return s.tellMerge(ctx, tx, n, "resident.merged", k.Property, kept, other)
}

func (s *Store) mergeable(ctx context.Context, tx *db.Tx, k, o Resident) error {
	if k.ID == o.ID {
		return hearth.Errorf(hearth.CodeInvalid, "A resident cannot be brought together with themselves.")
	}
	if k.Property != o.Property {
		return hearth.Errorf(hearth.CodeConflict,
			"%s and %s are listed at two properties, whose histories are kept apart. Bring them together once both are listed at one.", k.Name(), o.Name())
	}
	for _, r := range []Resident{k, o} {
		events, err := s.log.All(ctx, tx, r.ID)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(events, func(ev *hearth.Event) bool { return ev.Property != "" && ev.Property != r.Property }) {
			return hearth.Errorf(hearth.CodeConflict,
				"%s (%s) has lived at another property before, and the histories of two properties are kept apart: they cannot be brought together.", r.Name(), r.ID)
		}
		if m, ok, err := s.MergeOf(ctx, tx, r.ID); err != nil {
			return err
		} else if ok {
			return hearth.Errorf(hearth.CodeConflict, "%s (%s) is seen under %s already; unmerge them first.", r.Name(), r.ID, m.Kept)
		}
	}
	under, err := s.MergedInto(ctx, tx, o.ID)
	if err == nil && len(under) > 0 {
		err = hearth.Errorf(hearth.CodeConflict, "Others are seen under %s (%s): keep that one, or unmerge them first.", o.Name(), o.ID)
	}
	return err
}

// UnmergeResident has a resident stand alone again and appends resident.unmerged. It fails with CodeNotFound for one who
// does.
func (s *Store) UnmergeResident(ctx context.Context, tx *db.Tx, n News, id hearth.ResidentID) (Merge, error) {
	m, ok, err := s.MergeOf(ctx, tx, id)
	if err != nil {
		return Merge{}, err
	}
	if !ok {
		return Merge{}, hearth.Errorf(hearth.CodeNotFound, "%s is not merged into anybody.", id)
	}
	k, err := s.Resident(ctx, tx, m.Kept)
	if err != nil {
		return Merge{}, err
	}
	if _, err := tx.Exec(ctx, deleteMerge, tx.Org(), string(id)); err != nil {
		return Merge{}, fmt.Errorf("unmerge %s: %w", id, err)
	}
	return m, s.tellMerge(ctx, tx, n, "resident.unmerged", k.Property, m.Kept, id)
}

func (s *Store) tellMerge(ctx context.Context, tx *db.Tx, n News, kind hearth.EventType, property hearth.PropertyID, kept, other hearth.ResidentID) error {
	_, err := s.emit(ctx, tx, n, fact{kind: kind, subject: hearth.Subject{Kind: "resident", ID: string(kept)}, property: property,
		residents: []hearth.ResidentID{kept, other}, data: map[string]any{"kept": string(kept), "merged": string(other)}})
	return err
}

// partOnMove takes back the merges of one who moves to another property, in the order of the one they leave.
func (s *Store) partOnMove(ctx context.Context, tx *db.Tx, h *homing, r Resident, from hearth.PropertyID) error {
	pairs, err := s.MergedInto(ctx, tx, r.ID)
	if err != nil {
		return err
	}
	if m, ok, err := s.MergeOf(ctx, tx, r.ID); err != nil {
		return err
	} else if ok {
		pairs = append(pairs, m)
	}
	for _, m := range pairs {
		if _, err := tx.Exec(ctx, deleteMerge, tx.Org(), string(m.Resident)); err != nil {
			return fmt.Errorf("unmerge %s: %w", m.Resident, err)
		}
		if err := s.hold(tx, h, fact{kind: "resident.unmerged", subject: hearth.Subject{Kind: "resident", ID: string(m.Kept)}, property: from,
			residents: []hearth.ResidentID{m.Kept, m.Resident}, since: millis(tx.Now()),
			data: map[string]any{"kept": string(m.Kept), "merged": string(m.Resident)}}); err != nil {
			return err
		}
	}
	return nil
}

// PersonPreferences lists what a person would like over all residents that they are, by name; of two that differ the
// one learned last.
func (s *Store) PersonPreferences(ctx context.Context, tx *db.Tx, person []hearth.ResidentID) ([]Preference, error) {
	var out []Preference
	for _, id := range person {
		prefs, err := s.Preferences(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		for _, p := range prefs {
			i := slices.IndexFunc(out, func(o Preference) bool { return o.Name == p.Name })
			switch {
			case i < 0:
				out = append(out, p)
			case p.At.After(out[i].At):
				out[i] = p
			}
		}
	}
	slices.SortFunc(out, func(a, b Preference) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return out, nil
}
