package record

import (
	"context"

	"hearth"
	"hearth/internal/base/db"
)

// Contact is what one needs to reach a resident, in one piece.
type Contact struct {
	Resident
	EmailKey  string
	PhoneKey  string
	Lease     hearth.LeaseID // the lease that speaks for the household today, "" without one
	Standing  Standing
	Unit      hearth.UnitID
	UnitLabel string
	Building  hearth.BuildingID
	// BuildingName is "" where the property has no named buildings.
	BuildingName string
	Prefs        map[string]string
}

const selectContacts = `SELECT ` + residentColumns + ` FROM residents WHERE org = $1 AND `

// Contacts reads the contacts of many residents with a handful of statements, however many they are. Unknown ids are
// left out.
func (s *Store) Contacts(ctx context.Context, tx *db.Tx, ids []hearth.ResidentID) (map[hearth.ResidentID]Contact, error) {
	out, _, err := s.ContactsWithLeases(ctx, tx, ids)
	return out, err
}

// ContactsWithLeases is Contacts, with all leases of their households, which it reads anyway.
func (s *Store) ContactsWithLeases(ctx context.Context, tx *db.Tx, ids []hearth.ResidentID) (map[hearth.ResidentID]Contact, map[hearth.HouseholdID][]Lease, error) {
	out := make(map[hearth.ResidentID]Contact, len(ids))
	if len(ids) == 0 {
		return out, nil, nil
	}
	clause, arg := tx.In("id", 2, texts(ids))
	people, err := collect(ctx, tx, "read residents", scanResident, selectContacts+clause, tx.Org(), arg)
	if err != nil {
		return nil, nil, err
	}
	all, leases, err := s.withHomes(ctx, tx, people)
	if err != nil {
		return nil, nil, err
	}
	prefs, err := s.prefsOf(ctx, tx, texts(ids))
	if err != nil {
		return nil, nil, err
	}
	for _, c := range all {
		if c.Prefs = prefs[c.ID]; c.Prefs == nil {
			c.Prefs = map[string]string{}
		}
		out[c.ID] = c
	}
	return out, leases, nil
}

// Keys are what a resident's addresses are compared by; "" where there is none.
type Keys struct{ Email, Phone string }

const selectKeys = `SELECT id, email, phone FROM residents WHERE org = $1 AND `

// KeysOf reads only the addresses of residents, a fraction of Contacts.
func (s *Store) KeysOf(ctx context.Context, tx *db.Tx, ids []hearth.ResidentID) (map[hearth.ResidentID]Keys, error) {
	clause, arg := tx.In("id", 2, texts(ids))
	rows, err := collect(ctx, tx, "read addresses", scanAddresses, selectKeys+clause, tx.Org(), arg)
	if err != nil {
		return nil, err
	}
	out := make(map[hearth.ResidentID]Keys, len(rows))
	for _, r := range rows {
		out[r.ID] = Keys{Email: EmailKey(r.Email), Phone: PhoneKey(r.Phone)}
	}
	return out, nil
}

func scanAddresses(r scanner) (Resident, error) {
	var x Resident
	err := r.Scan(&x.ID, &x.Email, &x.Phone)
	return x, err
}

func (s *Store) prefsOf(ctx context.Context, tx *db.Tx, ids []string) (map[hearth.ResidentID]map[string]string, error) {
	clause, arg := tx.In("resident", 2, ids)
	rows, err := collect(ctx, tx, "read preferences", scanPreference, selectPreferences+clause, tx.Org(), arg)
	if err != nil {
		return nil, err
	}
	out := map[hearth.ResidentID]map[string]string{}
	for _, p := range rows {
		if out[p.Resident] == nil {
			out[p.Resident] = map[string]string{}
		}
		out[p.Resident][p.Name] = p.Value
	}
	return out, nil
}

type unitPlace struct {
	id           hearth.UnitID
	label        string
	building     hearth.BuildingID
	buildingName string
}

const selectPlaces = `SELECT u.id, u.label, u.building, COALESCE(b.name, '') FROM units u
  LEFT JOIN buildings b ON b.org = u.org AND b.id = u.building WHERE u.org = $1 AND `

// withHomes adds where people live, in the order given, and gives the leases that it read.
func (s *Store) withHomes(ctx context.Context, tx *db.Tx, people []Resident) ([]Contact, map[hearth.HouseholdID][]Lease, error) {
	households := make([]hearth.HouseholdID, 0, len(people))
	seen := map[hearth.HouseholdID]bool{}
	for _, r := range people {
		if !seen[r.Household] {
			seen[r.Household] = true
			households = append(households, r.Household)
		}
	}
	leases, err := s.LeasesOf(ctx, tx, households)
	if err != nil {
		return nil, nil, err
	}
	out := make([]Contact, len(people))
	var units []string
	for i, r := range people {
		out[i] = Contact{Resident: r, EmailKey: EmailKey(r.Email), PhoneKey: PhoneKey(r.Phone)}
		zone, err := s.Zone(ctx, tx, r.Property)
		if err != nil {
			return nil, nil, err
		}
		day := hearth.DayOf(tx.Now(), zone)
		if l, ok := Pick(leases[r.Household], day); ok {
			out[i].Lease, out[i].Unit, out[i].Standing = l.ID, l.Unit, l.On(day)
			units = append(units, string(l.Unit))
		}
	}
	if len(units) == 0 {
		return out, leases, nil
	}
	clause, arg := tx.In("u.id", 2, units)
	places, err := collect(ctx, tx, "read units", scanPlace, selectPlaces+clause, tx.Org(), arg)
	if err != nil {
		return nil, nil, err
	}
	at := map[hearth.UnitID]unitPlace{}
	for _, p := range places {
		at[p.id] = p
	}
	for i := range out {
		p := at[out[i].Unit]
		out[i].UnitLabel, out[i].Building, out[i].BuildingName = p.label, p.building, p.buildingName
	}
	return out, leases, nil
}

func scanPlace(r scanner) (unitPlace, error) {
	var p unitPlace
	err := r.Scan(&p.id, &p.label, &p.building, &p.buildingName)
	return p, err
}
