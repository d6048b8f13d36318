package record

import (
	"context"

	"hearth"
	"hearth/internal/base/db"
)

// needed tells why something that steps made must stay; "" if it need not.
func (s *Store) needed(ctx context.Context, tx *db.Tx, n News, u *Undoing, st Step, now standing, row []Step) (string, error) {
	if st.Thing == ThingProperty {
		return "a property is not taken away, since its settings and its team may hang on it", nil
	}
	if st.Thing == ThingName {
		return s.nameNeeded(ctx, tx, u, st, row)
	}
	if why, err := s.dependent(ctx, tx, n, u, st); err != nil || why != "" {
		return why, err
	}
	if Sum(now.image) != st.Sum {
		return "it was changed since", nil
	}
	return "", nil
}

// dependent tells what later depends on something that steps made.
func (s *Store) dependent(ctx context.Context, tx *db.Tx, n News, u *Undoing, st Step) (string, error) {
	switch st.Thing {
	case ThingResident:
		return s.residentNeeded(ctx, tx, u, hearth.ResidentID(st.ID))
	case ThingStaff:
		return u.held(ctx, tx, ThingStaff, st.ID)
	case ThingLease:
		return s.leaseNeeded(ctx, tx, n, u, hearth.LeaseID(st.ID))
	case ThingHousehold:
		return s.remaining(ctx, tx, u, map[Thing]string{ThingResident: selectMemberIDs, ThingLease: selectLeaseIDs}, st.ID, "somebody is still in it")
	case ThingUnit:
		if u.Used != nil {
			if why, err := u.Used(ctx, tx, hearth.UnitID(st.ID)); err != nil || why != "" {
				return why, err
			}
		}
		return s.remaining(ctx, tx, u, map[Thing]string{ThingLease: selectUnitLeaseIDs}, st.ID, "somebody still has a lease of it")
	case ThingBuilding:
		return s.remaining(ctx, tx, u, map[Thing]string{ThingUnit: selectUnitIDs}, st.ID, "there are still homes in it")
	}
	return "", nil
}

const (
	selectMemberIDs    = `SELECT id FROM residents WHERE org = $1 AND household = $2`
	selectLeaseIDs     = `SELECT id FROM leases WHERE org = $1 AND household = $2`
	selectUnitLeaseIDs = `SELECT id FROM leases WHERE org = $1 AND unit = $2`
	selectUnitIDs      = `SELECT id FROM units WHERE org = $1 AND building = $2`
)

// remaining gives why if anything is still there that would not be taken back as well.
func (s *Store) remaining(ctx context.Context, tx *db.Tx, u *Undoing, queries map[Thing]string, id, why string) (string, error) {
	for thing, q := range queries {
		ids, err := collect(ctx, tx, "look for what depends on "+id, scanText, q, tx.Org(), id)
		if err != nil {
			return "", err
		}
		for _, d := range ids {
			if !u.gone[string(thing)+"/"+d] {
				return why, nil
			}
		}
	}
	return "", nil
}

func (u *Undoing) held(ctx context.Context, tx *db.Tx, thing Thing, id string) (string, error) {
	if u.Held == nil {
		return "", nil
	}
	all, err := u.Held(ctx, tx, thing, []string{id})
	return all[id], err
}

// Gone tells whether a preview has found that a thing would be taken back.
func (u *Undoing) Gone(thing Thing, id string) bool { return u.gone[string(thing)+"/"+id] }

// Take notes that a preview of another store's has found that a thing would be taken back.
func (u *Undoing) Take(thing Thing, id string) {
	if u.gone == nil {
		u.gone = map[string]bool{}
	}
	u.gone[string(thing)+"/"+id] = true
}

func (s *Store) residentNeeded(ctx context.Context, tx *db.Tx, u *Undoing, id hearth.ResidentID) (string, error) {
	if why, err := u.held(ctx, tx, ThingResident, string(id)); err != nil || why != "" {
		return why, err
	}
	if _, merged, err := s.MergeOf(ctx, tx, id); err != nil || merged {
		return "they were found to be one person with another resident", err
	}
	if all, err := s.MergedInto(ctx, tx, id); err != nil || len(all) > 0 {
		return "they were found to be one person with another resident", err
	}
	names, err := s.Externals(ctx, tx, "resident", string(id))
	if err != nil {
		return "", err
	}
	for _, e := range names {
		if e.Source != u.Source {
			return e.Source + " knows them as well", nil
		}
	}
	return "", nil
}

// leaseNeeded keeps the lease under which somebody stays who came with the list, or after it.
func (s *Store) leaseNeeded(ctx context.Context, tx *db.Tx, n News, u *Undoing, id hearth.LeaseID) (string, error) {
	l, err := s.Lease(ctx, tx, id)
	if err != nil {
		return "", err
	}
	members, err := collect(ctx, tx, "read household "+string(l.Household), scanResident, selectMembers, tx.Org(), string(l.Household))
	if err != nil {
		return "", err
	}
	for _, m := range members {
		if !u.Gone(ThingResident, string(m.ID)) && hearth.Millis(m.Created) >= hearth.Millis(n.Began) {
			return "somebody of the household stays, and so does the lease", nil
		}
	}
	return "", nil
}

// nameNeeded keeps the name of what the same row made and what stays.
func (s *Store) nameNeeded(ctx context.Context, tx *db.Tx, u *Undoing, st Step, row []Step) (string, error) {
	kind, source, ext := splitName(st.ID)
	id, err := s.named(ctx, tx, kind, ext, source)
	if err != nil {
		return "", err
	}
	for _, o := range row {
		if string(o.Thing) == kind && o.ID == id && o.Made() && !u.Gone(o.Thing, o.ID) {
			if there, err := s.stands(ctx, tx, u, o); err != nil || !there {
				return "", err
			}
			return "what it names stays", nil
		}
	}
	return "", nil
}

// stands tells whether what a step made is still there.
func (s *Store) stands(ctx context.Context, tx *db.Tx, u *Undoing, st Step) (bool, error) {
	if st.Thing == ThingWorkOrder {
		return u.Order != nil && u.Order(ctx, tx, st.ID) == nil, nil
	}
	now, err := s.standing(ctx, tx, st)
	return now.image != nil, err
}
