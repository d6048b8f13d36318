package record

import (
	"context"
	"fmt"

	"hearth"
	"hearth/internal/base/db"
)

// Stay is a resident's time in a home, as the lease tells it, with where the home is.
type Stay struct {
	Resident hearth.ResidentID
	Role     string // of the household
	Unit     hearth.UnitID
	Building string // its name, "" where buildings have none
	Floor    string
	Kind     string     // the unit's, in the source's words
	From     hearth.Day // 0: since always
	To       hearth.Day // the last day, 0: no end is known
}

// Covers tells whether the resident lives there on the day.
func (s Stay) Covers(day hearth.Day) bool { return s.From <= day && (s.To == 0 || day <= s.To) }

// Applicants live nowhere, and leases that came to nothing are none.
const selectStays = `SELECT r.id, r.role, l.unit, COALESCE(b.name, ''), u.floor, u.kind,
COALESCE(NULLIF(l.move_in, 0), (SELECT MIN(t.starts) FROM terms t WHERE t.org = l.org AND t.lease = l.id AND t.starts > 0), 0), l.move_out
FROM residents r
JOIN leases l ON l.org = r.org AND l.household = r.household AND l.property = r.property
JOIN units u ON u.org = l.org AND u.id = l.unit
LEFT JOIN buildings b ON b.org = u.org AND b.id = u.building
WHERE r.org = $1 AND r.property = $2 AND l.cancelled = 0 AND (l.applied = 0 OR l.approved <> 0)
ORDER BY r.id, l.id`

// Stays gives all stays of residents at a property who may be written to, past ones too, with one statement. Somebody who
// lived in two homes has two.
func (s *Store) Stays(ctx context.Context, tx *db.Tx, property hearth.PropertyID) ([]Stay, error) {
	return readStays(tx.Query(ctx, selectStays, tx.Org(), string(property)))
}

// The same of some homes, from the leases of each on: a page of homes costs the same however large the property is. What stands of the home itself is
// left out, as whoever asks has it.
const selectStaysIn = `SELECT r.id, r.role, l.unit, '', '', '',
COALESCE(NULLIF(l.move_in, 0), (SELECT MIN(t.starts) FROM terms t WHERE t.org = l.org AND t.lease = l.id AND t.starts > 0), 0), l.move_out
FROM leases l
JOIN residents r ON r.org = l.org AND r.household = l.household AND r.property = l.property
WHERE l.org = $1 AND l.cancelled = 0 AND (l.applied = 0 OR l.approved <> 0) AND `

// StaysIn gives the stays in some homes, as Stays does.
func (s *Store) StaysIn(ctx context.Context, tx *db.Tx, homes []hearth.UnitID) ([]Stay, error) {
	if len(homes) == 0 {
		return nil, nil
	}
	in, arg := tx.In("l.unit", 2, texts(homes))
	return readStays(tx.Query(ctx, selectStaysIn+in+" ORDER BY r.id, l.id", tx.Org(), arg))
}

func readStays(rows *db.Rows, err error) ([]Stay, error) {
	if err != nil {
		return nil, fmt.Errorf("read who lived where: %w", err)
	}
	defer rows.Close()
	var out []Stay
	for rows.Next() {
		var st Stay
		if err := rows.Scan(&st.Resident, &st.Role, &st.Unit, &st.Building, &st.Floor, &st.Kind, &st.From, &st.To); err != nil {
			return nil, fmt.Errorf("read who lived where: %w", err)
		}
		if hearth.HouseholdRole(st.Role).Addressable() {
			out = append(out, st)
		}
	}
	return out, rows.Err()
}
