package record

import (
	"context"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

// Telling is a home and how it came to be known.
type Telling struct {
	News News
	Home Home
}

// PutNewHomes does what PutHome would do with each of the homes, for those of which nothing is known yet: they are written together,
// with few statements. done tells which ones it took; the others are left for PutHome: those that
// the records know something of, those that cannot be true, and those that share a unit, a person or a source's name with
// another of the list, because for them the order matters. All must be of one property and source.
func (s *Store) PutNewHomes(ctx context.Context, tx *db.Tx, list []Telling) (results []HomeResult, done []bool, err error) {
	results, done = make([]HomeResult, len(list)), make([]bool, len(list))
	if len(list) == 0 {
		return results, done, nil
	}
	zone, err := s.Zone(ctx, tx, list[0].Home.Property)
	if err != nil {
		return nil, nil, err
	}
	homes := separate(list)
	known, err := s.knownOf(ctx, tx, homes)
	if err != nil {
		return nil, nil, err
	}
	p := &pile{}
	buildings := map[string]hearth.BuildingID{}
	for i, h := range homes {
		if h == nil || known.any(h) {
			continue
		}
		h.zone, h.day, h.pile = zone, h.news.day(tx, zone), p
		if err := s.building(ctx, tx, h, buildings); err != nil {
			return nil, nil, err
		}
		fits, err := s.newUnitOf(tx, h, known)
		if err != nil {
			return nil, nil, err
		}
		if !fits {
			continue
		}
		if err := s.putNew(ctx, tx, h, known); err != nil {
			return nil, nil, err
		}
		results[i], done[i] = h.result, true
	}
	return results, done, s.write(ctx, tx, p)
}

// separate makes the homes ready that can be new and have nothing to do with each other; nil stands for the others.
func separate(list []Telling) []*homing {
	homes := make([]*homing, len(list))
	count := map[string]int{}
	for i, t := range list {
		for _, key := range append(t.Home.keys(), t.Home.Unit.place()...) {
			count[key]++
		}
		h := &homing{news: t.News, told: t.Home, moved: map[hearth.HouseholdID]bool{}}
		h.told.Unit.Property = t.Home.Property
		if h.plain() {
			homes[i] = h
		}
	}
	for i, t := range list {
		u := t.Home.Unit
		for _, key := range append(t.Home.keys(), u.place()[1]) {
			if count[key] > 1 {
				homes[i] = nil
			}
		}
		// A unit told without its building can be that of any building.
		if all := u.place()[0]; count[all] > 1 && count[all+"?"] > 0 {
			homes[i] = nil
		}
	}
	return homes
}

// place gives keys of the label, and of the label in its building, which is "?" where none is told.
func (u Unit) place() []string {
	label, in := "label "+LabelKey(u.Label)+" in ", "?"
	if u.BuildingName != "" {
		in = LabelKey(u.BuildingName) + "."
	}
	return []string{label, label + in}
}

// plain tells whether a home is well formed and named by keys alone. What is wrong with others PutHome says.
func (h *homing) plain() bool {
	u := h.told.Unit
	if u.ID != "" || u.Building != "" || LabelKey(u.Label) == "" || u.Property == "" || h.news.EventID != "" ||
		len(h.told.Members) == 0 || h.told.Lease.check() != nil || h.gather() != nil {
		return false
	}
	for _, b := range h.people {
		if b.told.ID != "" {
			return false
		}
	}
	return true
}

// keys lists all but the label by which another home could mean the same unit, lease or person, each once.
func (h Home) keys() []string {
	var keys []string
	seen := map[string]bool{}
	add := func(kind, key string) {
		if key != "" && !seen[kind+key] {
			seen[kind+key] = true
			keys = append(keys, kind+" "+key)
		}
	}
	add("unit", h.Unit.External)
	add("lease", h.Lease.External)
	for _, m := range h.Members {
		add("resident", m.External)
		name := PersonKey(m.First, m.Last)
		if mail := EmailKey(m.Email); mail != "" {
			add("mail", name+" "+mail)
		}
		if phone := PhoneKey(m.Phone); phone != "" {
			add("phone", name+" "+phone)
		}
	}
	return keys
}

// building finds or makes the building that a home is told in, each once.
func (s *Store) building(ctx context.Context, tx *db.Tx, h *homing, made map[string]hearth.BuildingID) error {
	name := h.told.Unit.BuildingName
	if name == "" {
		return nil
	}
	id, ok := made[name]
	if !ok {
		b, _, err := s.PutBuilding(ctx, tx, h.news, Building{Property: h.told.Property, Name: name})
		if err != nil {
			return err
		}
		id = b.ID
		made[name] = id
	}
	h.told.Unit.Building = id
	return nil
}

// newUnitOf settles the unit: one that is known and empty and of which nothing new is told, or a new one. false: the
// unit is for PutHome.
func (s *Store) newUnitOf(tx *db.Tx, h *homing, k *known) (bool, error) {
	told := h.told.Unit
	have, found, ok := k.unit(told)
	if !ok {
		return false, nil
	}
	if found {
		if k.leased[have.ID] || !have.take(told).None() {
			return false, nil
		}
		h.unit = have
	} else {
		u, err := s.newUnit(tx, told)
		if err != nil {
			return false, err
		}
		h.unit, h.result.UnitChange = u, Change{Added: true}
		h.pile.units = append(h.pile.units, unitRow(tx, u))
		h.news.Trail.Made(ThingUnit, string(u.ID), u.image())
		if err := s.hold(tx, h, u.added()); err != nil {
			return false, err
		}
	}
	h.nameNew(tx, k, "unit", told.External, string(h.unit.ID))
	h.result.Unit = h.unit.ID
	return true, nil
}

// putNew makes household, lease and people of a home.
func (s *Store) putNew(ctx context.Context, tx *db.Tx, h *homing, k *known) error {
	id, err := s.newID(tx, "hhd_")
	if err != nil {
		return err
	}
	home := Household{ID: hearth.HouseholdID(id), Property: h.told.Property}
	h.pile.households = append(h.pile.households, householdRow(tx, home))
	h.news.Trail.Made(ThingHousehold, string(home.ID), placed{Property: home.Property})
	var lease Lease
	if err := s.newLease(tx, h, &lease, home); err != nil {
		return err
	}
	var d diff
	lease.take(&d, h.told.Lease, h.day, h.told.clears)
	change := Change{Added: true, Fields: d.change().Fields}
	if err := s.peopleOf(ctx, tx, h, k, &home); err != nil {
		return err
	}
	h.pile.lease(tx, lease)
	h.news.Trail.lease(Lease{}, lease, true)
	c := leaseNews{after: lease, added: true, fields: d.fields, home: home, unit: h.unit, day: h.day, zone: h.zone}
	for _, f := range c.facts(tx) {
		if err := s.hold(tx, h, f); err != nil {
			return err
		}
	}
	h.pile.events = append(h.pile.events, h.events...)
	h.nameNew(tx, k, "lease", h.told.Lease.External, string(lease.ID))
	h.result.Household, h.result.Lease, h.result.LeaseChange = home.ID, lease.ID, change
	return nil
}

// peopleOf makes the people of a new home.
func (s *Store) peopleOf(ctx context.Context, tx *db.Tx, h *homing, k *known, home *Household) error {
	changes := make([]diff, len(h.people))
	for i, b := range h.people {
		r, err := s.newMember(ctx, tx, h, b, *home)
		if err != nil {
			return err
		}
		r.Created = r.Created.Add(time.Duration(i) * time.Millisecond) // the order in which a home is told stays its order
		r.take(&changes[i], b.told.Resident, h.told.clears)
		b.have.ID = r.ID
		home.Members = append(home.Members, r)
	}
	home.choosePrimary(h, changes)
	for i, m := range home.Members {
		if err := s.writeMember(ctx, tx, h, m, changes[i]); err != nil {
			return err
		}
	}
	for _, b := range h.people {
		h.nameNew(tx, k, "resident", b.told.External, string(b.have.ID))
	}
	return nil
}
