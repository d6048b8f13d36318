package workorder

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"hearth"
	"hearth/internal/base/db"
)

// Histories is History for many residents at once, each with their home ("" if they have none), in two queries at most.
func (s *Store) Histories(ctx context.Context, tx *db.Tx, homes map[hearth.ResidentID]hearth.UnitID, limit int) (map[hearth.ResidentID][]Order, error) {
	out := make(map[hearth.ResidentID][]Order, len(homes))
	if len(homes) == 1 {
		for who, unit := range homes {
			all, err := s.History(ctx, tx, unit, who, limit)
			out[who] = all
			return out, err
		}
	}
	var units, residents []string
	for who, unit := range homes {
		residents = append(residents, string(who))
		if unit != "" {
			units = append(units, string(unit))
		}
	}
	byUnit, err := latest(ctx, tx, "unit", units, limit)
	if err != nil {
		return nil, err
	}
	byResident, err := latest(ctx, tx, "resident", residents, limit)
	if err != nil {
		return nil, err
	}
	for who, unit := range homes {
		out[who] = newest(limit, byUnit[string(unit)], byResident[string(who)])
	}
	return out, nil
}

// latest gives the newest work orders, limit of them, for each value of a column: unit or resident.
func latest(ctx context.Context, tx *db.Tx, column string, values []string, limit int) (map[string][]Order, error) {
	if len(values) == 0 {
		return nil, nil
	}
	slices.Sort(values)
	clause, arg := tx.In(column, 2, slices.Compact(values))
	rows, err := tx.Query(ctx, `SELECT `+orderColumns+` FROM (
  SELECT `+orderColumns+`, ROW_NUMBER() OVER (PARTITION BY `+column+` ORDER BY opened DESC, id) AS place FROM workorders WHERE org = $1 AND `+clause+`) AS ranked
  WHERE place <= $3 ORDER BY opened DESC, id`, tx.Org(), arg, int64(limit))
	if err != nil {
		return nil, fmt.Errorf("read histories by %s: %w", column, err)
	}
	defer rows.Close()
	out := map[string][]Order{}
	for rows.Next() {
		o, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("read histories by %s: %w", column, err)
		}
		of := string(o.Resident)
		if column == "unit" {
			of = string(o.Unit)
		}
		out[of] = append(out[of], o)
	}
	return out, rows.Err()
}

// newest joins two histories and keeps the newest of both, each work order once.
func newest(limit int, a, b []Order) []Order {
	all := append(slices.Clone(a), b...)
	slices.SortFunc(all, func(x, y Order) int { return cmp.Or(y.Opened.Compare(x.Opened), cmp.Compare(x.ID, y.ID)) })
	all = slices.CompactFunc(all, func(x, y Order) bool { return x.ID == y.ID })
	return all[:min(limit, len(all))]
}
