package identity

import (
	"context"
	"fmt"
	"slices"

	"hearth"
	"hearth/internal/base/db"
)

// Verified is what looking at the proposals anew gave.
type Verified struct {
	Proposals int      // looked at
	Wrong     []string // the ids of those whose state is not what the records give, by id
	// Stale counts the open ones that would be judged on other evidence now: what is known of a home changed, or somebody was
	// not looked at since they changed.
	Stale int
}

// verifyPage is how many proposals are looked at in one snapshot.
const verifyPage = 200

// Verify compares every proposal with the records: whether the two are one person is what its state says, and an open one
// rests on what comparing the two gives now. It changes nothing.
func (s *Store) Verify(ctx context.Context) (Verified, error) {
	var out Verified
	after := ""
	for {
		n := 0
		err := s.DB.Read(ctx, func(tx *db.Tx) error {
			page, err := s.query(ctx, tx, "id > $2 ORDER BY id LIMIT $3", after, verifyPage)
			if err != nil || len(page) == 0 {
				return err
			}
			n, after = len(page), page[len(page)-1].ID
			return s.verify(ctx, tx, page, &out)
		})
		if err != nil || n == 0 {
			return out, err
		}
	}
}

func (s *Store) verify(ctx context.Context, tx *db.Tx, page []Proposal, out *Verified) error {
	var ids []hearth.ResidentID
	for _, p := range page {
		ids = append(ids, p.A, p.B)
	}
	slices.Sort(ids)
	people, err := s.people(ctx, tx, slices.Compact(ids))
	if err != nil {
		return err
	}
	crowd, err := s.crowd(ctx, tx, people)
	if err != nil {
		return err
	}
	by := map[hearth.ResidentID]*known{}
	for _, k := range people {
		by[k.ID] = k
	}
	for _, p := range page {
		person, err := s.Records.PersonOf(ctx, tx, p.A)
		if err != nil {
			return fmt.Errorf("verify proposal %s: %w", p.ID, err)
		}
		out.Proposals++
		switch a, b := by[p.A], by[p.B]; {
		case !right(p, a, b, slices.Contains(person, p.B)):
			out.Wrong = append(out.Wrong, p.ID)
		case p.State == Open && s.stale(p, a, b, crowd):
			out.Stale++
		}
	}
	return nil
}

// right tells whether a proposal's state is what the records give. one: the two are one person.
func right(p Proposal, a, b *known, one bool) bool {
	switch {
	case a == nil || b == nil:
		return p.State == Gone
	case p.State == Same:
		return one || a.Property != b.Property // a merge ends with a move
	}
	return !one
}

// stale tells whether the two would be judged on other evidence now.
func (s *Store) stale(p Proposal, a, b *known, crowd *Crowd) bool {
	pa, pb := told(a, b)
	return digestOf(s.scorer.Compare(pa, pb, crowd).Evidence) != p.digest
}
