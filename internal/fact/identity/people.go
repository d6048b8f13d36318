package identity

import (
	"context"
	"fmt"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/record"
)

// known is a resident with the form in which they are compared.
type known struct {
	record.Resident
	person  Person
	sources map[string]bool // whose own names they bear
}

const (
	// Whoever shares a number, an address, a name in either order, or a home with one who is looked at.
	alikeSQL = `SELECT id FROM residents WHERE org = $1 AND %s ORDER BY id LIMIT 400`
	crowdSQL = `SELECT last_key, count(*) FROM residents WHERE org = $1 AND %s GROUP BY last_key`
	sizeSQL  = `SELECT count(*) FROM residents WHERE org = $1`
	homesSQL = `SELECT l.household, l.unit, l.move_in, l.move_out, COALESCE(MIN(t.starts), 0), COALESCE(MAX(t.ends), 0) FROM leases l
LEFT JOIN terms t ON t.org = l.org AND t.lease = l.id WHERE l.org = $1 AND l.cancelled = 0 AND %s
GROUP BY l.household, l.unit, l.id, l.move_in, l.move_out ORDER BY l.id`
	namesSQL = `SELECT id, source FROM external_ids WHERE org = $1 AND kind = 'resident' AND %s`
	// One step after the other, and not as a join: PostgreSQL takes 0.7 s for that in a new database, of which it has no statistics yet.
	unitsSQL      = `SELECT unit FROM leases WHERE org = $1 AND %s`
	householdsSQL = `SELECT household FROM leases WHERE org = $1 AND %s`
)

// each runs a query over a list and scans its rows; an empty list has none.
func each(ctx context.Context, tx *db.Tx, format, column string, list []string, f func(*db.Rows) error) error {
	if len(list) == 0 {
		return nil
	}
	in, arg := tx.In(column, 2, list)
	rows, err := tx.Query(ctx, fmt.Sprintf(format, in), tx.Org(), arg)
	if err != nil {
		return fmt.Errorf("read residents to compare: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(rows); err != nil {
			return fmt.Errorf("read residents to compare: %w", err)
		}
	}
	return rows.Err()
}

// alike gives the ids of all who share something with those looked at.
func alike(ctx context.Context, tx *db.Tx, looked []record.Resident) (map[hearth.ResidentID]bool, error) {
	var mails, phones, names, homes []string
	for _, r := range looked {
		mails = appendKey(mails, record.EmailKey(r.Email))
		phones = appendKey(phones, record.PhoneKey(r.Phone))
		names = appendKey(appendKey(names, record.PersonKey(r.First, r.Last)), record.PersonKey(r.Last, r.First))
		homes = appendKey(homes, string(r.Household))
	}
	out := map[hearth.ResidentID]bool{}
	take := func(rows *db.Rows) error {
		var id hearth.ResidentID
		err := rows.Scan(&id)
		out[id] = true
		return err
	}
	others, err := sameUnits(ctx, tx, homes)
	if err != nil {
		return nil, err
	}
	for _, q := range []struct {
		column string
		list   []string
	}{{"email_key", mails}, {"phone_key", phones}, {"name_key", names}, {"household", homes}, {"household", others}} {
		if err := each(ctx, tx, alikeSQL, q.column, q.list, take); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// sameUnits gives the households that have, or had, a unit in which one of these lives or lived.
func sameUnits(ctx context.Context, tx *db.Tx, households []string) ([]string, error) {
	var units, out []string
	into := func(list *[]string) func(*db.Rows) error {
		return func(rows *db.Rows) error {
			var id string
			err := rows.Scan(&id)
			*list = appendKey(*list, id)
			return err
		}
	}
	if err := each(ctx, tx, unitsSQL, "household", households, into(&units)); err != nil {
		return nil, err
	}
	err := each(ctx, tx, householdsSQL, "unit", units, into(&out))
	return out, err
}

func appendKey(list []string, key string) []string {
	if key == "" {
		return list
	}
	return append(list, key)
}

// people reads residents in the form in which they are compared.
func (s *Store) people(ctx context.Context, tx *db.Tx, ids []hearth.ResidentID) ([]*known, error) {
	contacts, err := s.Records.Contacts(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	var out []*known
	byHome, byID := map[string][]*known{}, map[string]*known{}
	var homes, names []string
	for _, id := range ids {
		c, ok := contacts[id]
		if !ok {
			continue
		}
		k := &known{Resident: c.Resident, sources: map[string]bool{}, person: Person{ID: string(id), First: c.First, Last: c.Last,
			Emails: appendKey(nil, c.Email), Phones: appendKey(nil, c.Phone), Property: string(c.Property), Unit: string(c.Unit)}}
		out = append(out, k)
		byID[string(id)] = k
		names = append(names, string(id))
		if byHome[string(c.Household)] == nil {
			homes = append(homes, string(c.Household))
		}
		byHome[string(c.Household)] = append(byHome[string(c.Household)], k)
	}
	err = each(ctx, tx, homesSQL, "l.household", homes, func(rows *db.Rows) error {
		var household string
		var stay Stay
		var starts, ends hearth.Day
		err := rows.Scan(&household, &stay.Unit, &stay.From, &stay.To, &starts, &ends)
		if stay.From == 0 {
			stay.From = starts
		}
		if stay.To == 0 {
			stay.To = ends
		}
		for _, k := range byHome[household] {
			k.person.Homes = append(k.person.Homes, stay)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, each(ctx, tx, namesSQL, "id", names, func(rows *db.Rows) error {
		var id, source string
		err := rows.Scan(&id, &source)
		byID[id].sources[source] = true
		return err
	})
}

// crowd counts among whom the residents are compared.
func (s *Store) crowd(ctx context.Context, tx *db.Tx, all []*known) (*Crowd, error) {
	c := &Crowd{}
	if err := tx.Row(ctx, sizeSQL, tx.Org()).Scan(&c.N); err != nil {
		return nil, fmt.Errorf("count residents: %w", err)
	}
	var last []string
	joined := map[string]string{}
	for _, k := range all {
		key := record.NameKey(k.Last)
		last = appendKey(last, key)
		joined[key] = s.scorer.prepare(k.person).lastAll
	}
	return c, each(ctx, tx, crowdSQL, "last_key", last, func(rows *db.Rows) error {
		var key string
		var n int
		err := rows.Scan(&key, &n)
		c.count(kindLast, joined[key], n)
		return err
	})
}
