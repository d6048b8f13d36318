package record

import (
	"context"
	"errors"
	"fmt"

	"hearth"
	"hearth/internal/base/db"
)

// homeBody is one told person and whom we know it to be.
type homeBody struct {
	told  Member
	index []int // the places in Home.Members that tell of this person
	have  Resident
	found bool
	from  hearth.HouseholdID // the household that a found person was in
}

func (b *homeBody) key() string { return PersonKey(b.told.First, b.told.Last) }

// match finds out who the told members are. The keys, strongest first: our own id; the source's name for the person;
// the unit with the name (and, where several bear it, the e-mail or phone); the name with the e-mail or phone
// anywhere. An e-mail or phone without the name proves nothing: couples, parents and carers share them. Nobody is
// found twice for one home, and whoever the source itself tells apart in one unit stays apart.
func (s *Store) match(ctx context.Context, tx *db.Tx, h *homing) error {
	if err := h.gather(); err != nil {
		return err
	}
	here, err := s.livedAt(ctx, tx, h.unit.ID)
	if err != nil {
		return err
	}
	taken := map[hearth.ResidentID]bool{}
	take := func(b *homeBody, r Resident) {
		b.have, b.found, b.from, taken[r.ID] = r, true, r.Household, true
	}
	for _, b := range h.people {
		r, ok, err := s.byIdentity(ctx, tx, h.news.Source, b.told)
		if err != nil {
			return err
		}
		if ok && !taken[r.ID] {
			take(b, r)
		}
	}
	other, err := s.toldApart(ctx, tx, h, here)
	if err != nil {
		return err
	}
	for _, alike := range []func(a, b Resident) bool{reachedSame, reachedAlike, anyhow} {
		for _, b := range h.people {
			for _, r := range here {
				if b.found || taken[r.ID] || other[r.ID] && b.told.External != "" || PersonKey(r.First, r.Last) != b.key() {
					continue
				}
				if alike(r, b.told.Resident) {
					take(b, r)
				}
			}
		}
	}
	for _, b := range h.people {
		if b.found {
			continue
		}
		r, ok, err := s.byContact(ctx, tx, h.told.Property, b, func(r Resident) bool {
			return taken[r.ID] || other[r.ID] && b.told.External != ""
		})
		if err != nil {
			return err
		}
		if ok {
			take(b, r)
		}
	}
	return nil
}

// gather lists the told people, joining exact repetitions.
func (h *homing) gather() error {
	for i, m := range h.told.Members {
		if PersonKey(m.First, m.Last) == "" && m.ID == "" && m.External == "" {
			return hearth.FieldErrorf("name", "A resident needs a name.")
		}
		if m.Role != "" && !validRole(m.Role) {
			return hearth.FieldErrorf("role", "%q is not a role in a household.", m.Role)
		}
		repeated := false
		for _, b := range h.people {
			if b.repeats(m) {
				b.fill(m)
				b.index = append(b.index, i)
				repeated = true
				break
			}
		}
		if !repeated {
			h.people = append(h.people, &homeBody{told: m, index: []int{i}})
		}
	}
	h.result.Members = make([]MemberResult, len(h.told.Members))
	return nil
}

// repeats tells whether a line tells of the same person once more: under the same name in the source, or with
// everything equal.
func (b *homeBody) repeats(m Member) bool {
	o := b.told
	if m.ID != "" && m.ID == o.ID || m.External != "" && m.External == o.External {
		return true
	}
	return b.key() == PersonKey(m.First, m.Last) && o.External == m.External && o.ID == m.ID &&
		EmailKey(o.Email) == EmailKey(m.Email) && PhoneKey(o.Phone) == PhoneKey(m.Phone)
}

// fill takes over from a repeated line what the first one left open.
func (b *homeBody) fill(m Member) {
	for _, f := range []struct{ have, told *string }{{&b.told.Email, &m.Email}, {&b.told.Phone, &m.Phone},
		{&b.told.Preferred, &m.Preferred}, {&b.told.Language, &m.Language}} {
		if *f.have == "" {
			*f.have = *f.told
		}
	}
	if b.told.Role == "" {
		b.told.Role = m.Role
	}
}

func validRole(r hearth.HouseholdRole) bool {
	switch r {
	case hearth.MemberLeaseholder, hearth.MemberOccupant, hearth.MemberMinor, hearth.MemberGuarantor,
		hearth.MemberRepresentative, hearth.MemberEmergency:
		return true
	}
	return false
}

// reachedSame tells whether two people are reached at all the same addresses.
func reachedSame(a, b Resident) bool {
	return EmailKey(a.Email) == EmailKey(b.Email) && PhoneKey(a.Phone) == PhoneKey(b.Phone)
}

func anyhow(Resident, Resident) bool { return true }

// reachedAlike tells whether two people share an address that both have.
func reachedAlike(a, b Resident) bool {
	mail, phone := EmailKey(a.Email), PhoneKey(a.Phone)
	return mail != "" && mail == EmailKey(b.Email) || phone != "" && phone == PhoneKey(b.Phone)
}

const selectLivedAt = `SELECT ` + residentColumns + ` FROM residents WHERE org = $1 AND household IN
  (SELECT household FROM leases WHERE org = $2 AND unit = $3) ORDER BY created, id`

// livedAt gives everyone whose household has, will have or had a lease of the unit.
func (s *Store) livedAt(ctx context.Context, tx *db.Tx, unit hearth.UnitID) ([]Resident, error) {
	return collect(ctx, tx, "read residents of unit "+string(unit), scanResident, selectLivedAt, tx.Org(), tx.Org(), string(unit))
}

// byIdentity finds a person by our id or the source's.
func (s *Store) byIdentity(ctx context.Context, tx *db.Tx, source string, m Member) (Resident, bool, error) {
	id := string(m.ID)
	if id == "" && m.External != "" {
		var err error
		if id, err = s.named(ctx, tx, "resident", m.External, source); err != nil {
			return Resident{}, false, err
		}
	}
	if id == "" {
		return Resident{}, false, nil
	}
	r, err := scanResident(tx.Row(ctx, selectResident, tx.Org(), id))
	if errors.Is(err, db.ErrNotFound) {
		if m.ID != "" {
			return Resident{}, false, hearth.FieldErrorf("resident", "There is no resident %s.", id)
		}
		return Resident{}, false, nil
	}
	if err != nil {
		return Resident{}, false, fmt.Errorf("read resident %s: %w", id, err)
	}
	return r, true, nil
}

const selectOtherNames = `SELECT DISTINCT id FROM external_ids WHERE org = $1 AND kind = 'resident' AND source = $2 AND `

// toldApart lists those in the unit whom this source knows by a name of its own. A told person with another name of
// the same source is somebody else, even with the same name and address: a father and his son.
func (s *Store) toldApart(ctx context.Context, tx *db.Tx, h *homing, here []Resident) (map[hearth.ResidentID]bool, error) {
	out := map[hearth.ResidentID]bool{}
	named := false
	for _, b := range h.people {
		named = named || b.told.External != "" && !b.found
	}
	if !named || len(here) == 0 {
		return out, nil
	}
	ids := make([]string, len(here))
	for i, r := range here {
		ids[i] = string(r.ID)
	}
	clause, arg := tx.In("id", 3, ids)
	found, err := collect(ctx, tx, "read the source's names", scanText, selectOtherNames+clause, tx.Org(), h.news.Source, arg)
	for _, id := range found {
		out[hearth.ResidentID(id)] = true
	}
	return out, err
}

const selectByContact = `SELECT ` + residentColumns + ` FROM residents WHERE org = $1 AND name_key = $2
  AND (email_key <> '' AND email_key = $3 OR phone_key <> '' AND phone_key = $4) ORDER BY id`

// byContact finds a person of this name with this e-mail or phone wherever they live; more than one is nobody, except
// that one in the same property goes before others elsewhere.
func (s *Store) byContact(ctx context.Context, tx *db.Tx, property hearth.PropertyID, b *homeBody, skip func(Resident) bool) (Resident, bool, error) {
	mail, phone := EmailKey(b.told.Email), PhoneKey(b.told.Phone)
	if mail == "" && phone == "" || b.key() == "" {
		return Resident{}, false, nil
	}
	all, err := collect(ctx, tx, "find resident by contact", scanResident, selectByContact, tx.Org(), b.key(), mail, phone)
	if err != nil {
		return Resident{}, false, err
	}
	var near, far []Resident
	for _, r := range all {
		switch {
		case skip(r):
		case r.Property == property:
			near = append(near, r)
		default:
			far = append(far, r)
		}
	}
	switch {
	case len(near) == 1:
		return near[0], true, nil
	case len(near) == 0 && len(far) == 1:
		return far[0], true, nil
	}
	return Resident{}, false, nil
}
