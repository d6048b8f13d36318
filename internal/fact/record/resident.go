package record

import (
	"context"
	"errors"
	"fmt"

	"hearth"
	"hearth/internal/base/db"
)

const residentColumns = `id, property, household, role, is_primary, first_name, last_name, preferred_name, email,
  phone, language, created, changed`

const selectResident = `SELECT ` + residentColumns + ` FROM residents WHERE org = $1 AND id = $2`

// Resident reads one resident. It fails with CodeNotFound if there is none.
func (s *Store) Resident(ctx context.Context, tx *db.Tx, id hearth.ResidentID) (Resident, error) {
	r, err := scanResident(tx.Row(ctx, selectResident, tx.Org(), string(id)))
	if errors.Is(err, db.ErrNotFound) {
		return Resident{}, hearth.Errorf(hearth.CodeNotFound, "There is no resident %s.", id)
	}
	if err != nil {
		return Resident{}, fmt.Errorf("read resident %s: %w", id, err)
	}
	return r, nil
}

func scanResident(row scanner) (Resident, error) {
	var r Resident
	var primary, created, changed int64
	err := row.Scan(&r.ID, &r.Property, &r.Household, &r.Role, &primary, &r.First, &r.Last, &r.Preferred, &r.Email,
		&r.Phone, &r.Language, &created, &changed)
	r.Primary = primary != 0
	r.Created, r.Changed = hearth.FromMillis(created), hearth.FromMillis(changed)
	return r, err
}

const selectMembers = `SELECT ` + residentColumns + ` FROM residents WHERE org = $1 AND household = $2
  ORDER BY created, id`

// Household reads a household with its members. It fails with CodeNotFound if nobody is in it.
func (s *Store) Household(ctx context.Context, tx *db.Tx, id hearth.HouseholdID) (Household, error) {
	members, err := collect(ctx, tx, "read household "+string(id), scanResident, selectMembers, tx.Org(), string(id))
	if err != nil {
		return Household{}, err
	}
	if len(members) == 0 {
		return Household{}, hearth.Errorf(hearth.CodeNotFound, "There is no household %s.", id)
	}
	return Household{ID: id, Property: members[0].Property, Members: members}, nil
}

// HouseholdOf reads the household that a resident belongs to.
func (s *Store) HouseholdOf(ctx context.Context, tx *db.Tx, id hearth.ResidentID) (Household, error) {
	r, err := s.Resident(ctx, tx, id)
	if err != nil {
		return Household{}, err
	}
	return s.Household(ctx, tx, r.Household)
}

func residentCols() []db.Col {
	return columns("org id property household role #is_primary first_name last_name preferred_name name_key last_key email email_key " +
		"phone phone_key language #created #changed")
}

func residentRow(tx *db.Tx, r Resident) []any {
	return []any{tx.Org(), string(r.ID), string(r.Property), string(r.Household), string(r.Role), flag(r.Primary), r.First, r.Last,
		r.Preferred, PersonKey(r.First, r.Last), NameKey(r.Last), r.Email, EmailKey(r.Email), r.Phone, PhoneKey(r.Phone), r.Language,
		hearth.Millis(r.Created), hearth.Millis(r.Changed)}
}

const updateResident = `UPDATE residents SET property = $1, household = $2, role = $3, is_primary = $4, first_name = $5,
  last_name = $6, preferred_name = $7, name_key = $8, last_key = $9, email = $10, email_key = $11, phone = $12,
  phone_key = $13, language = $14, changed = $15 WHERE org = $16 AND id = $17`

func writeResident(ctx context.Context, tx *db.Tx, r Resident, added bool) error {
	var err error
	if added {
		_, err = tx.Bulk(ctx, db.Bulk{Table: "residents", Cols: residentCols(), Rows: [][]any{residentRow(tx, r)}})
	} else {
		_, err = tx.Exec(ctx, updateResident, string(r.Property), string(r.Household), string(r.Role), flag(r.Primary),
			r.First, r.Last, r.Preferred, PersonKey(r.First, r.Last), NameKey(r.Last), r.Email, EmailKey(r.Email), r.Phone,
			PhoneKey(r.Phone), r.Language, hearth.Millis(r.Changed), tx.Org(), string(r.ID))
	}
	if err != nil {
		return fmt.Errorf("write resident %s: %w", r.ID, err)
	}
	return nil
}

// facts is what an event tells of a resident: no names and no addresses, only whether there are any.
func (r Resident) facts() map[string]any {
	data := map[string]any{"role": string(r.Role), "primary": r.Primary, "email": EmailKey(r.Email) != "",
		"phone": PhoneKey(r.Phone) != ""}
	if r.Language != "" {
		data["language"] = r.Language
	}
	return data
}
