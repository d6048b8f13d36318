package record

import (
	"context"
	"math"
	"slices"

	"hearth"
	"hearth/internal/base/db"
)

const selectByContact = `SELECT ` + residentColumns + ` FROM residents WHERE org = $1 AND name_key = $2
  AND (email_key <> '' AND email_key = $3 OR phone_key <> '' AND phone_key = $4) ORDER BY id`

// byContact finds a person of this name with this e-mail or phone who lived elsewhere before: somebody who moves. More
// than one is nobody, except that one in the same property goes before others elsewhere. Fathers and sons share names,
// phones and offices, so whoever can be somebody else as well is somebody else, and noted for a person to look at.
func (s *Store) byContact(ctx context.Context, tx *db.Tx, h *homing, b *homeBody, m *matching) (Resident, bool, error) {
	mail, phone := EmailKey(b.told.Email), PhoneKey(b.told.Phone)
	if mail == "" && phone == "" || b.key() == "" {
		return Resident{}, false, nil
	}
	all, err := collect(ctx, tx, "find resident by contact", scanResident, selectByContact, tx.Org(), b.key(), mail, phone)
	if err != nil || len(all) == 0 {
		return Resident{}, false, err
	}
	homes := make([]hearth.HouseholdID, len(all))
	for i, r := range all {
		homes[i] = r.Household
	}
	leases, err := s.LeasesOf(ctx, tx, homes)
	if err != nil {
		return Resident{}, false, err
	}
	var near, far []Resident
	for _, r := range all {
		switch {
		case !m.free(b, r):
		case contradicts(r, b.told.Resident), h.toldTogether(r), !h.movesFrom(r, leases[r.Household]):
			if !slices.Contains(h.result.Alike, r.ID) {
				h.result.Alike = append(h.result.Alike, r.ID)
			}
		case r.Property == h.told.Property:
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

// contradicts tells whether two people are each known to be reached where the other is not.
func contradicts(a, b Resident) bool {
	apart := func(x, y string) bool { return x != "" && y != "" && x != y }
	return apart(EmailKey(a.Email), EmailKey(b.Email)) || apart(PhoneKey(a.Phone), PhoneKey(b.Phone))
}

// toldTogether tells whether the import that tells of this home was the first to tell of the person as well: two rows
// of one list with different homes are two people, unless the source's own id says otherwise.
func (h *homing) toldTogether(r Resident) bool {
	return !h.news.Began.IsZero() && hearth.Millis(r.Created) >= hearth.Millis(h.news.Began)
}

// movesFrom tells whether the person can have moved from the homes known into the one told: nobody lives in two at a
// time, and a list of another property is believed only once the home before is left.
func (h *homing) movesFrom(r Resident, leases []Lease) bool {
	var wish Lease
	wish.take(&diff{}, h.told.Lease, h.day, h.told.clears)
	left := false
	for _, l := range leases {
		st := l.statusOn(h.day)
		if st == StatusCancelled {
			continue
		}
		if l.Property != h.told.Property && st != StatusPast || l.overlaps(wish, h.day) {
			return false
		}
		left = left || st == StatusPast
	}
	return r.Property == h.told.Property || left
}

// overlaps tells whether two leases are lived in at the same time. The day of a move belongs to both homes.
func (l Lease) overlaps(o Lease, day hearth.Day) bool {
	if l.statusOn(day) == StatusCancelled || o.statusOn(day) == StatusCancelled {
		return false
	}
	from, to := l.stay(day)
	from2, to2 := o.stay(day)
	return from < to2 && from2 < to
}

// stay gives the first and last day in the home, as far as they are known or planned.
func (l Lease) stay(day hearth.Day) (from, to hearth.Day) {
	from, to = l.Begins(), l.MoveOut
	switch {
	case to != 0:
	case l.statusOn(day) == StatusPast:
		to = day
	case l.Ends() >= day:
		to = l.Ends()
	default: // from month to month, or longer than was agreed
		to = math.MaxInt32
	}
	if from == 0 {
		from = math.MinInt32
	}
	return from, to
}
