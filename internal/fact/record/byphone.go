package record

import (
	"context"

	"hearth"
	"hearth/internal/base/db"
)

const selectByPhone = `SELECT ` + residentColumns + ` FROM residents WHERE org = $1 AND phone_key = $2 ORDER BY id`

// ByPhone gives everybody in the organization whose telephone number this is, by PhoneKey, each person once: of records
// that are seen as one person the one they are seen under.
func (s *Store) ByPhone(ctx context.Context, tx *db.Tx, phoneKey string) ([]Resident, error) {
	if phoneKey == "" {
		return nil, nil
	}
	all, err := collect(ctx, tx, "look up a telephone number", scanResident, selectByPhone, tx.Org(), phoneKey)
	if err != nil {
		return nil, err
	}
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
		if person[0] != r.ID {
			if r, err = s.Resident(ctx, tx, person[0]); err != nil {
				return nil, err
			}
		}
		out = append(out, r)
	}
	return out, nil
}
