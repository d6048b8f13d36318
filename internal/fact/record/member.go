package record

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

func householdCols() []db.Col { return columns("org id property #created") }

func (s *Store) newHousehold(ctx context.Context, tx *db.Tx, n News, property hearth.PropertyID) (Household, error) {
	id, err := s.newID(tx, "hhd_")
	if err != nil {
		return Household{}, err
	}
	home := Household{ID: hearth.HouseholdID(id), Property: property}
	b := db.Bulk{Table: "households", Cols: householdCols(), Rows: [][]any{householdRow(tx, home)}}
	if _, err := tx.Bulk(ctx, b); err != nil {
		return Household{}, fmt.Errorf("write household: %w", err)
	}
	n.Trail.Made(ThingHousehold, string(home.ID), placed{Property: property})
	return home, nil
}

func householdRow(tx *db.Tx, h Household) []any {
	return []any{tx.Org(), string(h.ID), string(h.Property), hearth.Millis(tx.Now())}
}

const selectHousehold = `SELECT property FROM households WHERE org = $1 AND id = $2`

// household reads a household, empty ones as well.
func (s *Store) household(ctx context.Context, tx *db.Tx, id hearth.HouseholdID, property hearth.PropertyID) (Household, error) {
	h := Household{ID: id, Property: property}
	err := tx.Row(ctx, selectHousehold, tx.Org(), string(id)).Scan(&h.Property)
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		return Household{}, fmt.Errorf("read household %s: %w", id, err)
	}
	h.Members, err = collect(ctx, tx, "read household "+string(id), scanResident, selectMembers, tx.Org(), string(id))
	return h, err
}

// moveIn brings the told people into the household of the lease, changes what differs about them, and settles who
// speaks for the home. home is brought up to date.
func (s *Store) moveIn(ctx context.Context, tx *db.Tx, h *homing, home *Household, lease Lease) error {
	if err := s.relocate(ctx, tx, h, home, lease); err != nil {
		return err
	}
	at := map[hearth.ResidentID]int{}
	for i, m := range home.Members {
		at[m.ID] = i
	}
	changes := make([]diff, len(home.Members), len(home.Members)+len(h.people))
	for _, b := range h.people {
		if b.found {
			joins, err := s.joins(ctx, tx, h, b.have, home.ID, lease)
			if err != nil {
				return err
			}
			if !joins {
				if err := s.changeAway(ctx, tx, h, b); err != nil {
					return err
				}
				continue
			}
		}
		i, ok := at[b.have.ID]
		if !b.found || !ok {
			r, err := s.newMember(ctx, tx, h, b, *home)
			if err != nil {
				return err
			}
			if !b.found { // the order in which a home is told stays its order
				r.Created = r.Created.Add(time.Duration(len(home.Members)) * time.Millisecond)
			}
			i = len(home.Members)
			home.Members = append(home.Members, r)
			changes = append(changes, diff{})
			at[r.ID] = i
			if b.found {
				changes[i].note("household")
				h.moved[b.have.Household] = true
			}
		}
		home.Members[i].take(&changes[i], b.told.Resident, h.told.clears)
		b.have.ID = home.Members[i].ID
	}
	home.choosePrimary(h, changes)
	if err := s.writeMembers(ctx, tx, h, *home, changes); err != nil {
		return err
	}
	return s.leftBehind(ctx, tx, h)
}

// newMember is somebody who comes into the household: a new person, or a known one from another household.
func (s *Store) newMember(ctx context.Context, tx *db.Tx, h *homing, b *homeBody, home Household) (Resident, error) {
	r := b.have
	r.Property, r.Household = home.Property, home.ID
	if b.found {
		r.Primary = false
		if b.have.Property != home.Property {
			return r, s.cross(ctx, tx, h, r, b.have.Property)
		}
		return r, nil
	}
	id, err := s.newID(tx, "res_")
	if err != nil {
		return Resident{}, err
	}
	r.ID, r.Role, r.Created = hearth.ResidentID(id), b.told.Role, tx.Now()
	if r.Role == "" {
		r.Role = hearth.MemberLeaseholder
	}
	return r, nil
}

// take takes over what was told of a person. A name that is only written differently is no news.
func (r *Resident) take(d *diff, told Resident, clears func(string) bool) {
	if key := PersonKey(told.First, told.Last); key != "" && key != PersonKey(r.First, r.Last) {
		r.First, r.Last = told.First, told.Last
		d.note("name")
	}
	d.text("preferred_name", &r.Preferred, told.Preferred)
	d.text("language", &r.Language, told.Language)
	if told.Role != "" && told.Role != r.Role {
		r.Role = told.Role
		d.note("role")
	}
	address := func(name string, have *string, told string, key func(string) string) {
		if told == "" && *have != "" && clears(name) || told != "" && (key(told) != key(*have) || *have == "") {
			*have = told
			d.note(name)
		}
	}
	address("email", &r.Email, told.Email, EmailKey)
	address("phone", &r.Phone, told.Phone, PhoneKey)
	if told.Preferred == "" && r.Preferred != "" && clears("preferred_name") {
		r.Preferred = ""
		d.note("preferred_name")
	}
}

// joins tells whether a found person belongs into the household now. Who lives elsewhere moves only for a lease that
// goes before the one there, whichever of the two a source tells first: so two homes of one person do not pull.
func (s *Store) joins(ctx context.Context, tx *db.Tx, h *homing, r Resident, household hearth.HouseholdID, lease Lease) (bool, error) {
	if r.Household == household {
		return true, nil
	}
	all, err := s.LeasesOf(ctx, tx, []hearth.HouseholdID{r.Household})
	if err != nil {
		return false, err
	}
	theirs, ok := Pick(all[r.Household], h.day)
	return !ok || ahead(lease, theirs, h.day), nil
}

// relocate moves a whole household to the property of a lease that goes before its other ones: a transfer. The
// events of it stand in both properties' order.
func (s *Store) relocate(ctx context.Context, tx *db.Tx, h *homing, home *Household, lease Lease) error {
	if home.Property == lease.Property || len(home.Members) == 0 {
		home.Property = lease.Property
		return nil
	}
	all, err := s.LeasesOf(ctx, tx, []hearth.HouseholdID{home.ID})
	if err != nil {
		return err
	}
	var others []Lease
	for _, l := range all[home.ID] {
		if l.ID != lease.ID {
			others = append(others, l)
		}
	}
	if theirs, ok := Pick(others, h.day); ok && !ahead(lease, theirs, h.day) {
		return nil
	}
	return s.transfer(ctx, tx, h, home, lease.Property)
}

const updateHousehold = `UPDATE households SET property = $1 WHERE org = $2 AND id = $3`

func (s *Store) transfer(ctx context.Context, tx *db.Tx, h *homing, home *Household, to hearth.PropertyID) error {
	from := home.Property
	if _, err := tx.Exec(ctx, updateHousehold, string(to), tx.Org(), string(home.ID)); err != nil {
		return fmt.Errorf("move household %s: %w", home.ID, err)
	}
	home.Property = to
	h.news.Trail.Changed(ThingHousehold, string(home.ID), placed{Property: from}, placed{Property: to})
	for i := range home.Members {
		m := &home.Members[i]
		before := *m
		m.Property, m.Changed = to, tx.Now()
		if err := writeResident(ctx, tx, *m, false); err != nil {
			return err
		}
		h.news.Trail.Changed(ThingResident, string(m.ID), before.image(), m.image())
		if err := s.cross(ctx, tx, h, *m, from); err != nil {
			return err
		}
	}
	return nil
}

// cross tells in both properties' order that somebody moved from one to the other. The second event names the first, so
// that who follows the new property's order knows how much of the old one's belongs to the resident. Whoever was one
// person with another stands alone from then on: their histories are two properties' now.
func (s *Store) cross(ctx context.Context, tx *db.Tx, h *homing, r Resident, from hearth.PropertyID) error {
	if err := s.partOnMove(ctx, tx, h, r, from); err != nil {
		return err
	}
	since := millis(tx.Now())
	gone, come := r.facts(), r.facts()
	gone["moved_to"], come["moved_from"] = string(r.Property), string(from)
	if err := s.hold(tx, h, residentFact("resident.changed", r, gone, from, since)); err != nil {
		return err
	}
	left := h.events[len(h.events)-1]
	come["left"], come["left_source"] = left.ID, left.Source
	return s.hold(tx, h, residentFact("resident.added", r, come, r.Property, since))
}

func residentFact(kind hearth.EventType, r Resident, data map[string]any, property hearth.PropertyID, since string) fact {
	return fact{kind: kind, subject: hearth.Subject{Kind: "resident", ID: string(r.ID)}, property: property,
		residents: []hearth.ResidentID{r.ID}, data: data, since: since}
}

// choosePrimary sees to it that exactly one member who can be addressed speaks for the home: whoever did so, else the
// first leaseholder told, else the first known, else the first occupant likewise.
func (home *Household) choosePrimary(h *homing, changes []diff) {
	best := -1
	better := func(i int) bool {
		m := home.Members[i]
		if !m.Role.Addressable() {
			return false
		}
		if best < 0 {
			return true
		}
		o := home.Members[best]
		if a, b := m.Role == hearth.MemberLeaseholder, o.Role == hearth.MemberLeaseholder; a != b {
			return a
		}
		return m.Primary && !o.Primary
	}
	for _, i := range home.inOrder(h) {
		if better(i) {
			best = i
		}
	}
	for i := range home.Members {
		if m := &home.Members[i]; m.Primary != (i == best) {
			m.Primary = i == best
			changes[i].note("primary")
		}
	}
}

// inOrder gives the members' places: those told first, in the order told, then the others, oldest first.
func (home *Household) inOrder(h *homing) []int {
	var order []int
	seen := map[int]bool{}
	put := func(i int) {
		if !seen[i] {
			seen[i] = true
			order = append(order, i)
		}
	}
	if h != nil {
		for _, b := range h.people {
			for i, m := range home.Members {
				if m.ID == b.have.ID {
					put(i)
				}
			}
		}
	}
	for i := range home.Members {
		put(i)
	}
	return order
}

// writeMembers stores who is new or changed, with their events, and the source's names for the told people.
func (s *Store) writeMembers(ctx context.Context, tx *db.Tx, h *homing, home Household, changes []diff) error {
	for i, m := range home.Members {
		if err := s.writeMember(ctx, tx, h, m, changes[i]); err != nil {
			return err
		}
	}
	for _, b := range h.people {
		if err := s.nameOf(ctx, tx, h.news, "resident", b.told.External, string(b.have.ID)); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) writeMember(ctx context.Context, tx *db.Tx, h *homing, m Resident, d diff) error {
	change := d.change()
	added := m.Changed.IsZero()
	if added {
		change = Change{Added: true, Fields: change.Fields}
	}
	h.note(m.ID, change)
	if change.None() {
		return nil
	}
	since := millis(m.Changed)
	m.Changed = tx.Now()
	if err := s.trailMember(ctx, tx, h.news.Trail, m, added); err != nil {
		return err
	}
	if h.pile != nil && added {
		h.pile.residents = append(h.pile.residents, residentRow(tx, m))
	} else if err := writeResident(ctx, tx, m, added); err != nil {
		return err
	}
	kind, data := hearth.EventType("resident.changed"), m.facts()
	if added {
		kind = "resident.added"
	} else {
		data["fields"] = change.Fields
	}
	return s.hold(tx, h, residentFact(kind, m, data, m.Property, since))
}

// note puts what became of a person into the result.
func (h *homing) note(id hearth.ResidentID, c Change) {
	for _, b := range h.people {
		if b.have.ID != id {
			continue
		}
		for _, i := range b.index {
			h.result.Members[i] = MemberResult{ID: id, Change: c}
		}
	}
}

// changeAway changes what differs about somebody who is told here but lives elsewhere.
func (s *Store) changeAway(ctx context.Context, tx *db.Tx, h *homing, b *homeBody) error {
	var d diff
	r := b.have
	told := b.told.Resident
	told.Role = "" // the role is the one in their own household
	r.take(&d, told, h.told.clears)
	return s.writeMember(ctx, tx, h, r, d)
}

// leftBehind settles who speaks for the households that somebody left.
func (s *Store) leftBehind(ctx context.Context, tx *db.Tx, h *homing) error {
	for _, b := range h.people {
		id := b.from
		if id == "" || !h.moved[id] {
			continue
		}
		delete(h.moved, id)
		home, err := s.household(ctx, tx, id, h.told.Property)
		if err != nil {
			return err
		}
		changes := make([]diff, len(home.Members))
		home.choosePrimary(nil, changes)
		for i, m := range home.Members {
			if err := s.writeMember(ctx, tx, h, m, changes[i]); err != nil {
				return err
			}
		}
	}
	return nil
}
