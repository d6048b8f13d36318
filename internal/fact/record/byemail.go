package record

import (
	"context"

	"hearth"
	"hearth/internal/base/db"
)

const selectByEmail = `SELECT ` + residentColumns + ` FROM residents WHERE org = $1 AND email_key = $2 ORDER BY id LIMIT 20`

// ResidentsByEmail gives the residents who have an e-mail address, given as its key (EmailKey), by id. Of those that are
// seen as one person only the one under whom they are seen is given.
func (s *Store) ResidentsByEmail(ctx context.Context, tx *db.Tx, key string) ([]Resident, error) {
	if key == "" {
		return nil, nil
	}
	all, err := collect(ctx, tx, "find residents by address", scanResident, selectByEmail, tx.Org(), key)
	if err != nil {
		return nil, err
	}
	return s.once(ctx, tx, all)
}

// once gives each person of records once: of those that are seen as one, the one under whom they are seen.
func (s *Store) once(ctx context.Context, tx *db.Tx, all []Resident) ([]Resident, error) {
	seen := map[hearth.ResidentID]bool{}
	var out []Resident
	for _, r := range all {
		person, err := s.PersonOf(ctx, tx, r.ID)
		if err != nil {
			return nil, err
		}
		if len(person) == 0 || seen[person[0]] {
			continue
		}
		seen[person[0]] = true
		if r.ID != person[0] {
			if r, err = s.Resident(ctx, tx, person[0]); err != nil {
				return nil, err
			}
		}
		out = append(out, r)
	}
	return out, nil
}
