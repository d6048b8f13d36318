package record

import (
	"context"

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
	return s.once(ctx, tx, all)
}
