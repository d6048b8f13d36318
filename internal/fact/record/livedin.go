package record

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"hearth"
	"hearth/internal/base/db"
)

// Tenancy is a household's time in one home, with everybody who belongs to it.
type Tenancy struct {
	Lease
	Standing Standing // as of today
	People   []Resident
}

const selectTogether = `SELECT ` + residentColumns + ` FROM residents WHERE org = $1 AND ` + standsAlone + ` AND `

// Tenancies gives who lives in a home, is about to, and lived there, in this order, the latest first of each. Applicants live nowhere, and
// leases that came to nothing are none; who is seen under another resident is left out.
func (s *Store) Tenancies(ctx context.Context, tx *db.Tx, u Unit) ([]Tenancy, error) {
	zone, err := s.Zone(ctx, tx, u.Property)
	if err != nil {
		return nil, err
	}
	leases, err := s.UnitLeases(ctx, tx, u.ID)
	if err != nil {
		return nil, err
	}
	day := hearth.DayOf(tx.Now(), zone)
	var out []Tenancy
	var households []string
	for _, l := range leases {
		if st := l.On(day); st.Status == StatusCurrent || st.Status == StatusFuture || st.Status == StatusPast {
			out = append(out, Tenancy{Lease: l, Standing: st})
			households = append(households, string(l.Household))
		}
	}
	if len(out) == 0 {
		return nil, nil
	}
	clause, arg := tx.In("household", 2, households)
	people, err := collect(ctx, tx, "read who lives in unit "+string(u.ID), scanResident, selectTogether+clause+" ORDER BY created, id", tx.Org(), arg)
	if err != nil {
		return nil, err
	}
	for i := range out {
		for _, r := range people {
			if r.Household == out[i].Household {
				out[i].People = append(out[i].People, r)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Tenancy) int {
		if a.Standing.Status != b.Standing.Status {
			return rank(a.Standing.Status) - rank(b.Standing.Status)
		}
		return int(b.Begins() - a.Begins())
	})
	return out, nil
}

// FindUnits finds homes by the beginning of their label, ordered by it, among some properties; nil: among all. An empty q finds none.
func (s *Store) FindUnits(ctx context.Context, tx *db.Tx, at []hearth.PropertyID, q string, limit int) ([]Unit, error) {
	label := LabelKey(strings.TrimSpace(q))
	if label == "" {
		return nil, nil
	}
	clause, bound := begins(tx.Dialect(), "label_key", label, 2)
	args := append([]any{tx.Org()}, bound...)
	if at != nil {
		in, arg := tx.In("property", len(args)+1, texts(at))
		clause, args = clause+" AND "+in, append(args, arg)
	}
	args = append(args, int64(limit))
	stmt := fmt.Sprintf(`SELECT %s FROM units WHERE org = $1 AND %s ORDER BY label_key, id LIMIT $%d`, unitColumns, clause, len(args))
	return collect(ctx, tx, "find units", scanUnit, stmt, args...)
}
