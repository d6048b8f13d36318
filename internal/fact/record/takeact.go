package record

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"hearth"
	"hearth/internal/base/db"
)

const (
	deleteUnit         = `DELETE FROM units WHERE org = $1 AND id = $2`
	deleteUnitCodes    = `DELETE FROM unit_codes WHERE org = $1 AND unit = $2`
	deleteBuilding     = `DELETE FROM buildings WHERE org = $1 AND id = $2`
	deleteHousehold    = `DELETE FROM households WHERE org = $1 AND id = $2`
	deleteResident     = `DELETE FROM residents WHERE org = $1 AND id = $2`
	deletePreferences  = `DELETE FROM preferences WHERE org = $1 AND resident = $2`
	deleteLease        = `DELETE FROM leases WHERE org = $1 AND id = $2`
	deleteTerms        = `DELETE FROM terms WHERE org = $1 AND lease = $2`
	deleteName         = `DELETE FROM external_ids WHERE org = $1 AND kind = $2 AND ext = $3 AND source = $4`
	deleteStaff        = `DELETE FROM staff WHERE org = $1 AND id = $2`
	deleteRoles        = `DELETE FROM staff_roles WHERE org = $1 AND staff = $2`
	deleteAbsences     = `DELETE FROM absences WHERE org = $1 AND staff = $2`
	deleteAbsenceParts = `DELETE FROM absence_parts WHERE org = $1 AND staff = $2`
	deleteOnCallOf     = `DELETE FROM on_call WHERE org = $1 AND staff = $2`
)

// remove takes away what steps made, and tells it.
func (s *Store) remove(ctx context.Context, tx *db.Tx, n News, st Step) error {
	switch st.Thing {
	case ThingBuilding:
		return deleteOf(ctx, tx, st.ID, deleteBuilding)
	case ThingHousehold:
		return deleteOf(ctx, tx, st.ID, deleteHousehold)
	case ThingUnit:
		return s.removeUnit(ctx, tx, n, hearth.UnitID(st.ID))
	case ThingResident:
		return s.removeResident(ctx, tx, n, hearth.ResidentID(st.ID))
	case ThingLease:
		return s.removeLease(ctx, tx, n, hearth.LeaseID(st.ID))
	case ThingStaff:
		return s.removeStaff(ctx, tx, n, hearth.StaffID(st.ID))
	case ThingPreference:
		return s.givePreference(ctx, tx, n, st.ID, Preference{})
	case ThingName:
		kind, source, ext := splitName(st.ID)
		_, err := tx.Exec(ctx, deleteName, tx.Org(), kind, ext, source)
		return err
	}
	return fmt.Errorf("nobody knows how to take a %s away", st.Thing)
}

func deleteOf(ctx context.Context, tx *db.Tx, id string, statements ...string) error {
	for _, q := range statements {
		if _, err := tx.Exec(ctx, q, tx.Org(), id); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) removeUnit(ctx context.Context, tx *db.Tx, n News, id hearth.UnitID) error {
	u, err := s.Unit(ctx, tx, id)
	if err != nil {
		return err
	}
	if err := deleteOf(ctx, tx, string(id), deleteUnit, deleteUnitCodes); err != nil {
		return err
	}
	_, err = s.emit(ctx, tx, n, fact{kind: "unit.taken_back", subject: hearth.Subject{Kind: "unit", ID: string(id)}, property: u.Property, data: map[string]any{"label": u.Label}})
	return err
}

func (s *Store) removeResident(ctx context.Context, tx *db.Tx, n News, id hearth.ResidentID) error {
	r, err := s.Resident(ctx, tx, id)
	if err != nil {
		return err
	}
	if err := deleteOf(ctx, tx, string(id), deleteResident, deletePreferences); err != nil {
		return err
	}
	_, err = s.emit(ctx, tx, n, residentFact("resident.taken_back", r, map[string]any{}, r.Property, millis(r.Changed)))
	return err
}

func (s *Store) removeLease(ctx context.Context, tx *db.Tx, n News, id hearth.LeaseID) error {
	c, err := s.leaseBack(ctx, tx, id)
	if err != nil {
		return err
	}
	if err := deleteOf(ctx, tx, string(id), deleteLease, deleteTerms); err != nil {
		return err
	}
	_, err = s.emit(ctx, tx, n, c.fact("lease.taken_back", tx.Now(), map[string]any{}))
	return err
}

// leaseBack reads what the events about a lease that is taken back need.
func (s *Store) leaseBack(ctx context.Context, tx *db.Tx, id hearth.LeaseID) (leaseNews, error) {
	l, err := s.Lease(ctx, tx, id)
	if err != nil {
		return leaseNews{}, err
	}
	zone, err := s.Zone(ctx, tx, l.Property)
	if err != nil {
		return leaseNews{}, err
	}
	home, err := s.household(ctx, tx, l.Household, l.Property)
	if err != nil {
		return leaseNews{}, err
	}
	unit, err := s.Unit(ctx, tx, l.Unit)
	return leaseNews{before: l, after: l, home: home, unit: unit, day: hearth.DayOf(tx.Now(), zone), zone: zone}, err
}

func (s *Store) removeStaff(ctx context.Context, tx *db.Tx, n News, id hearth.StaffID) error {
	m, err := s.Staff(ctx, tx, id)
	if err != nil {
		return err
	}
	if err := deleteOf(ctx, tx, string(id), deleteStaff, deleteRoles, deleteHours, deleteAbsences, deleteAbsenceParts, deleteOnCallOf); err != nil {
		return err
	}
	if err := s.teamChanged(ctx, tx); err != nil {
		return err
	}
	if len(m.Roles) == 0 {
		return nil
	}
	_, err = s.emit(ctx, tx, n, fact{kind: "staff.taken_back", subject: hearth.Subject{Kind: "staff", ID: string(id)}, property: m.Roles[0].Property,
		data: map[string]any{"name": m.Name}})
	return err
}

// giveBack writes a record as it was, and tells it.
func (s *Store) giveBack(ctx context.Context, tx *db.Tx, n News, st Step, had, image json.RawMessage, fields []string) error {
	switch st.Thing {
	case ThingProperty:
		return give(image, func(p Property) error {
			now, err := s.Property(ctx, tx, p.ID)
			if err != nil {
				return err
			}
			p.Settings = now.Settings
			return s.writeProperty(ctx, tx, p, false)
		})
	case ThingUnit:
		return give(image, func(u Unit) error { return writeUnit(ctx, tx, u, false) })
	case ThingHousehold:
		return give(image, func(p placed) error {
			_, err := tx.Exec(ctx, updateHousehold, string(p.Property), tx.Org(), st.ID)
			return err
		})
	case ThingResident:
		return give(image, func(r Resident) error { return s.giveResident(ctx, tx, n, r, fields) })
	case ThingLease:
		return give(image, func(l Lease) error { return s.giveLease(ctx, tx, n, l) })
	case ThingStaff:
		return give(image, func(m Staff) error { return s.giveStaff(ctx, tx, m, fields) })
	case ThingOnCall:
		return give(image, func(week []OnCall) error {
			property, id, _ := strings.Cut(st.ID, "/")
			return s.SetWeekOnCall(ctx, tx, hearth.PropertyID(property), hearth.StaffID(id), week)
		})
	case ThingPreference:
		return give(image, func(p Preference) error { return s.givePreference(ctx, tx, n, st.ID, p) })
	case ThingName:
		return give(image, func(id string) error {
			kind, source, ext := splitName(st.ID)
			return s.name(ctx, tx, kind, ext, source, id)
		})
	}
	return fmt.Errorf("nobody knows how to give a %s back", st.Thing)
}

func give[T any](image json.RawMessage, write func(v T) error) error {
	var v T
	if err := json.Unmarshal(image, &v); err != nil {
		return fmt.Errorf("read what was kept: %w", err)
	}
	return write(v)
}

func (s *Store) giveResident(ctx context.Context, tx *db.Tx, n News, r Resident, fields []string) error {
	now, err := s.Resident(ctx, tx, r.ID)
	if err != nil {
		return err
	}
	r.Created, r.Changed = now.Created, tx.Now()
	if err := writeResident(ctx, tx, r, false); err != nil {
		return err
	}
	if now.Property != r.Property {
		h := &homing{news: n}
		h.news.Trail = nil
		if err := s.cross(ctx, tx, h, r, now.Property); err != nil {
			return err
		}
		return s.release(ctx, tx, h)
	}
	data := r.facts()
	data["fields"] = fields
	_, err = s.emit(ctx, tx, n, residentFact("resident.changed", r, data, r.Property, millis(now.Changed)))
	return err
}

// giveLease writes a lease as it was. What events told of it since is taken back as a whole, and it is told as it is again.
func (s *Store) giveLease(ctx context.Context, tx *db.Tx, n News, l Lease) error {
	c, err := s.leaseBack(ctx, tx, l.ID)
	if err != nil {
		return err
	}
	if err := deleteOf(ctx, tx, string(l.ID), deleteTerms); err != nil {
		return err
	}
	if err := writeLease(ctx, tx, l, nil, false); err != nil {
		return err
	}
	if _, err := s.emit(ctx, tx, n, c.fact("lease.taken_back", tx.Now(), map[string]any{})); err != nil {
		return err
	}
	c.after, c.added = l, true
	for _, f := range c.facts(tx) {
		if _, err := s.emit(ctx, tx, n, f); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) giveStaff(ctx context.Context, tx *db.Tx, m Staff, fields []string) error {
	if err := deleteOf(ctx, tx, string(m.ID), deleteRoles, deleteHours, deleteAbsences, deleteAbsenceParts); err != nil {
		return err
	}
	if err := s.writeStaff(ctx, tx, m, Staff{}, false); err != nil {
		return err
	}
	if contains(fields, "inactive") {
		fields = append(fields, "active")
	}
	return s.staffTold(ctx, tx, nil, m, m, Change{Changed: true, Fields: fields})
}

// givePreference puts a wish back, with where and when it was learned; a blank one takes it away.
func (s *Store) givePreference(ctx context.Context, tx *db.Tx, n News, key string, p Preference) error {
	who, name, _ := strings.Cut(key, "/")
	r, err := s.Resident(ctx, tx, hearth.ResidentID(who))
	if err != nil {
		return err
	}
	if p.Value == "" {
		_, err = tx.Exec(ctx, deletePreference, tx.Org(), who, name)
	} else {
		_, err = tx.Exec(ctx, upsertPreference, tx.Org(), who, name, p.Value, p.Source, hearth.Millis(p.At))
	}
	if err != nil {
		return fmt.Errorf("write preference %s of %s: %w", name, who, err)
	}
	_, err = s.emit(ctx, tx, n, fact{kind: "preference.changed", subject: hearth.Subject{Kind: "resident", ID: who}, property: r.Property,
		residents: []hearth.ResidentID{r.ID}, data: map[string]any{"name": name, "value": p.Value}})
	return err
}
