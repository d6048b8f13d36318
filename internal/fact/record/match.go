package record

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"hearth"
	"hearth/internal/base/db"
)

// homeBody is one told person and whom we know it to be.
type homeBody struct {
	told  Member
	index []int // the places in Home.Members whose lines tell of this person
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
	m := &matching{taken: map[hearth.ResidentID]bool{}}
	var err error
	if m.here, err = s.livedAt(ctx, tx, h.unit.ID); err != nil {
		return err
	}
	if err := s.byIdentity(ctx, tx, h, m); err != nil {
		return err
	}
	if err := s.byName(ctx, tx, h, m); err != nil {
		return err
	}
	for _, b := range h.people {
		if b.found {
			continue
		}
		r, ok, err := s.byContact(ctx, tx, h, b, m)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		m.take(b, r)
		// Their housemates are in view from now on, and go before people of the same name elsewhere: told again, this home
		// would find them first.
		if err := s.byName(ctx, tx, h, m); err != nil {
			return err
		}
	}
	return nil
}

// matching is what is known while people are matched.
type matching struct {
	here  []Resident // who lives, lived or will live here, and the households of those found
	taken map[hearth.ResidentID]bool
	other map[hearth.ResidentID]bool // see toldApart
}

func (m *matching) take(b *homeBody, r Resident) {
	b.have, b.found, b.from = r, true, r.Household
	m.taken[r.ID] = true
}

// free tells whether a known person can be the told one.
func (m *matching) free(b *homeBody, r Resident) bool {
	return !m.taken[r.ID] && !(m.other[r.ID] && b.told.External != "")
}

// byName matches by name with those in view. Whoever is found brings their household into view, as if it lived here
// already: otherwise the same home told again could find other people than the first time.
func (s *Store) byName(ctx context.Context, tx *db.Tx, h *homing, m *matching) error {
	for {
		more, err := s.housemates(ctx, tx, h, m.here)
		if err != nil {
			return err
		}
		m.here = append(m.here, more...)
		slices.SortStableFunc(m.here, func(a, b Resident) int { // one order, however they came into view
			return cmp.Or(a.Created.Compare(b.Created), strings.Compare(string(a.ID), string(b.ID)))
		})
		if m.other, err = s.toldApart(ctx, tx, h, m.here); err != nil {
			return err
		}
		if !h.matchHere(m) {
			return nil
		}
	}
}

// matchHere matches by name among those in view, the likeliest first.
func (h *homing) matchHere(m *matching) (found bool) {
	for _, alike := range []func(have, told Resident) bool{sameInAll, reachedSame, reachedAlike, anyhow} {
		for _, b := range h.people {
			for _, r := range m.here {
				if !b.found && m.free(b, r) && PersonKey(r.First, r.Last) == b.key() && alike(r, b.told.Resident) {
					m.take(b, r)
					found = true
				}
			}
		}
	}
	return found
}

// housemates gives those of the found people's households who are not in view yet.
func (s *Store) housemates(ctx context.Context, tx *db.Tx, h *homing, here []Resident) ([]Resident, error) {
	seen := map[hearth.HouseholdID]bool{}
	for _, r := range here {
		seen[r.Household] = true
	}
	var out []Resident
	for _, b := range h.people {
		if !b.found || seen[b.have.Household] {
			continue
		}
		seen[b.have.Household] = true
		home, err := s.household(ctx, tx, b.have.Household, h.told.Property)
		if err != nil {
			return nil, err
		}
		out = append(out, home.Members...)
	}
	return out, nil
}

// gather lists the told people, each once.
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

// repeats tells whether a line tells of the same person once more. Name and unit are a key, so one name in one home is
// one person, unless the source itself tells two apart.
func (b *homeBody) repeats(m Member) bool {
	o := b.told
	if m.ID != "" && m.ID == o.ID || m.External != "" && m.External == o.External {
		return true
	}
	apart := m.ID != o.ID && m.ID != "" && o.ID != "" || m.External != o.External && m.External != "" && o.External != ""
	return !apart && b.key() == PersonKey(m.First, m.Last) && b.key() != ""
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
	if b.told.External == "" {
		b.told.External = m.External
	}
	if b.told.ID == "" {
		b.told.ID = m.ID
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

// sameInAll is reachedSame for people whose role is the one told as well.
func sameInAll(have, told Resident) bool {
	return reachedSame(have, told) && (told.Role == "" || told.Role == have.Role)
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

const (
	selectUnitHouseholds = `SELECT DISTINCT household FROM leases WHERE org = $1 AND unit = $2`
	selectLivedAt        = `SELECT ` + residentColumns + ` FROM residents WHERE org = $1 AND `
)

// livedAt gives everyone whose household has, will have or had a lease of the unit. It asks twice: in one statement,
// PostgreSQL without fresh statistics goes through all residents and, for each, through all leases.
func (s *Store) livedAt(ctx context.Context, tx *db.Tx, unit hearth.UnitID) ([]Resident, error) {
	what := "read residents of unit " + string(unit)
	households, err := collect(ctx, tx, what, scanText, selectUnitHouseholds, tx.Org(), string(unit))
	if err != nil || len(households) == 0 {
		return nil, err
	}
	clause, arg := tx.In("household", 2, households)
	return collect(ctx, tx, what, scanResident, selectLivedAt+clause+` ORDER BY created, id`, tx.Org(), arg)
}

// byIdentity finds people by our id or the source's.
func (s *Store) byIdentity(ctx context.Context, tx *db.Tx, h *homing, m *matching) error {
	for _, b := range h.people {
		id := string(b.told.ID)
		if id == "" && b.told.External != "" {
			var err error
			if id, err = s.named(ctx, tx, "resident", b.told.External, h.news.Source); err != nil {
				return err
			}
		}
		if id == "" || m.taken[hearth.ResidentID(id)] {
			continue
		}
		r, err := s.Resident(ctx, tx, hearth.ResidentID(id))
		switch {
		case hearth.CodeOf(err) == hearth.CodeNotFound && b.told.ID == "":
		case err != nil:
			return err
		default:
			m.take(b, r)
		}
	}
	return nil
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
