package record

import (
	"context"
	"fmt"
	"strings"

	"hearth"
	"hearth/internal/base/db"
)

// PutDetail records what a member of the team was told of how to reach or address a resident: name is "email", "phone",
// "preferred_name" or "language". It appends resident.changed, which says that there is one and not which. It fails with
// CodeInvalid for what is no address, number, name or language, and with CodeNotFound for a resident that there is not.
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
	case "preferred_name":
		same, r.Preferred = r.Preferred == value, value
	case "language":
		same, r.Language = r.Language == value, value
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

// maxCalled bounds a name by which somebody likes to be called, in bytes.
const maxCalled = 100

// DetailValue checks a detail and gives it in the spelling that is kept. It fails with CodeInvalid for what is none.
func DetailValue(name, value string) (string, error) {
	switch {
	case name == "email" && EmailKey(value) == "":
		return "", hearth.FieldErrorf("value", "That is no e-mail address; it looks like name@example.com.")
	case name == "phone" && PhoneKey(value) == "":
		return "", hearth.FieldErrorf("value", "That is no telephone number; it has at least ten digits.")
	case name == "preferred_name" && (strings.TrimSpace(value) == "" || len(value) > maxCalled):
		return "", hearth.FieldErrorf("value", "A name to be called by has up to %d letters.", maxCalled)
	case name == "preferred_name":
		return strings.TrimSpace(value), nil
	case name == "language" && value != "":
		return PreferenceValue(name, value)
	case name != "email" && name != "phone":
		return "", hearth.FieldErrorf("value", "Only an email, a phone, a name to be called by or a language is recorded like this.")
	}
	return value, nil
}
