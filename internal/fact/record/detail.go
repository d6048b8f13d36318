package record

import (
	"context"
	"fmt"

	"hearth"
	"hearth/internal/base/db"
)

// PutDetail records a way to reach a resident that a member of the team was told: name is "email" or "phone". It appends
// resident.changed, which says that there is one and not which. It fails with CodeInvalid for what is no address or number,
// and with CodeNotFound for a resident that there is not.
func (s *Store) PutDetail(ctx context.Context, tx *db.Tx, n News, id hearth.ResidentID, name, value string) (Change, error) {
	value, err := DetailValue(name, value)
	if err != nil {
		return Change{}, err
	}
	r, err := s.Resident(ctx, tx, id)
	if err != nil {
		return Change{}, err
	}
	same := false
	switch name {
	case "email":
		same, r.Email = EmailKey(r.Email) == EmailKey(value), value
	case "phone":
		same, r.Phone = PhoneKey(r.Phone) == PhoneKey(value), value
	}
	if same {
		return Change{}, nil
	}
	since := millis(r.Changed)
	r.Changed = tx.Now()
	if err := writeResident(ctx, tx, r, false); err != nil {
		return Change{}, fmt.Errorf("record the %s of %s: %w", name, id, err)
	}
	data := r.facts()
	data["fields"] = []string{name}
	_, err = s.emit(ctx, tx, n, residentFact("resident.changed", r, data, r.Property, since))
	return Change{Changed: true, Fields: []string{name}}, err
}

// DetailValue checks a way to reach somebody. It fails with CodeInvalid for what is no address or number.
func DetailValue(name, value string) (string, error) {
	switch {
	case name == "email" && EmailKey(value) == "":
		return "", hearth.FieldErrorf("value", "That is no e-mail address; it looks like name@example.com.")
	case name == "phone" && PhoneKey(value) == "":
		return "", hearth.FieldErrorf("value", "That is no telephone number; it has at least ten digits.")
	case name != "email" && name != "phone":
		return "", hearth.FieldErrorf("value", "Only an email or a phone is recorded like this.")
	}
	return value, nil
}
