package record

import (
	"context"
	"strings"

	"hearth"
	"hearth/internal/base/db"
)

// known is what the records know of anything that homes are told of, read with a few queries.
type known struct {
	named   map[string]string // identities by "kind ext", as the source means them
	byID    map[hearth.UnitID]Unit
	byLabel map[string][]Unit
	leased  map[hearth.UnitID]bool // units that have or had a lease
	reached map[string]bool        // "name mail" and "name phone" of people
}

// knownOf reads what is known of the homes that are not nil.
func (s *Store) knownOf(ctx context.Context, tx *db.Tx, homes []*homing) (*known, error) {
	k := &known{named: map[string]string{}, byID: map[hearth.UnitID]Unit{}, byLabel: map[string][]Unit{}, leased: map[hearth.UnitID]bool{},
		reached: map[string]bool{}}
	var units, leases, people, labels, names []string
	var one *homing
	for _, h := range homes {
		if h == nil {
			continue
		}
		one = h
		labels = append(labels, LabelKey(h.told.Unit.Label))
		units, leases = addTold(units, h.told.Unit.External), addTold(leases, h.told.Lease.External)
		for _, b := range h.people {
			people, names = addTold(people, b.told.External), addTold(names, b.key())
		}
	}
	if one == nil {
		return k, nil
	}
	for kind, exts := range map[string][]string{"unit": units, "lease": leases, "resident": people} {
		if err := k.readNamed(ctx, tx, kind, exts, one.news.Source); err != nil {
			return nil, err
		}
	}
	if err := k.readUnits(ctx, tx, one.told.Property, labels); err != nil {
		return nil, err
	}
	return k, k.readPeople(ctx, tx, names)
}

func addTold(list []string, told string) []string {
	if told == "" {
		return list
	}
	return append(list, told)
}

const selectNamedAmong = `SELECT ext, id FROM external_ids WHERE org = $1 AND kind = $2 AND source = $3 AND `

func (k *known) readNamed(ctx context.Context, tx *db.Tx, kind string, exts []string, source string) error {
	if len(exts) == 0 {
		return nil
	}
	clause, arg := tx.In("ext", 4, exts)
	found, err := collect(ctx, tx, "look up names", scanPair, selectNamedAmong+clause, tx.Org(), kind, source, arg)
	for _, f := range found {
		k.named[kind+" "+f[0]] = f[1]
	}
	return err
}

func scanPair(r scanner) (v [2]string, err error) {
	err = r.Scan(&v[0], &v[1])
	return v, err
}

const (
	selectUnitsAmong  = `SELECT ` + unitColumns + ` FROM units WHERE org = $1 AND `
	selectLabelsAmong = `SELECT ` + unitColumns + ` FROM units WHERE org = $1 AND property = $2 AND `
	selectLeasedAmong = `SELECT DISTINCT unit FROM leases WHERE org = $1 AND `
)

// readUnits reads the units that the labels and names of the source can mean, and which of them have leases.
func (k *known) readUnits(ctx context.Context, tx *db.Tx, property hearth.PropertyID, labels []string) error {
	clause, arg := tx.In("label_key", 3, labels)
	all, err := collect(ctx, tx, "look up units", scanUnit, selectLabelsAmong+clause+" ORDER BY id", tx.Org(), string(property), arg)
	if err != nil {
		return err
	}
	for _, u := range all {
		k.byID[u.ID] = u
		k.byLabel[LabelKey(u.Label)] = append(k.byLabel[LabelKey(u.Label)], u)
	}
	var ids []string
	for key, id := range k.named {
		if _, ok := k.byID[hearth.UnitID(id)]; !ok && strings.HasPrefix(key, "unit ") {
			ids = append(ids, id)
		}
	}
	if len(ids) > 0 {
		clause, arg = tx.In("id", 2, ids)
		more, err := collect(ctx, tx, "look up units", scanUnit, selectUnitsAmong+clause, tx.Org(), arg)
		if err != nil {
			return err
		}
		for _, u := range more {
			k.byID[u.ID] = u
		}
	}
	if len(k.byID) == 0 {
		return nil
	}
	ids = ids[:0]
	for id := range k.byID {
		ids = append(ids, string(id))
	}
	clause, arg = tx.In("unit", 2, ids)
	leased, err := collect(ctx, tx, "look up leases", scanText, selectLeasedAmong+clause, tx.Org(), arg)
	for _, id := range leased {
		k.leased[hearth.UnitID(id)] = true
	}
	return err
}

const selectReachedAmong = `SELECT name_key, email_key, phone_key FROM residents WHERE org = $1 AND `

func (k *known) readPeople(ctx context.Context, tx *db.Tx, names []string) error {
	if len(names) == 0 {
		return nil
	}
	clause, arg := tx.In("name_key", 2, names)
	found, err := collect(ctx, tx, "look up people", scanReached, selectReachedAmong+clause, tx.Org(), arg)
	for _, f := range found {
		k.reached["mail "+f[0]+" "+f[1]] = f[1] != ""
		k.reached["phone "+f[0]+" "+f[2]] = f[2] != ""
	}
	return err
}

func scanReached(r scanner) (v [3]string, err error) {
	err = r.Scan(&v[0], &v[1], &v[2])
	return v, err
}

// any tells whether a lease or a person of the home is known.
func (k *known) any(h *homing) bool {
	for _, key := range h.told.keys() {
		if k.reached[key] || k.named[key] != "" && !strings.HasPrefix(key, "unit ") {
			return true
		}
	}
	return false
}

// unit finds the unit that is told, as PutUnit does. ok is false where it is not clear which one is meant.
func (k *known) unit(told Unit) (u Unit, found, ok bool) {
	if id := k.named["unit "+told.External]; id != "" && told.External != "" {
		if u, found = k.byID[hearth.UnitID(id)]; found && u.Property == told.Property {
			return u, true, true
		}
	}
	u, found, err := pickUnit(k.byLabel[LabelKey(told.Label)], told)
	return u, found, err == nil
}
