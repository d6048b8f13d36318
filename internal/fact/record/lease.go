package record

import (
	"context"
	"errors"
	"fmt"
	"sort"

	"hearth"
	"hearth/internal/base/db"
)

const leaseColumns = `id, property, unit, household, rent_cents, move_in, move_out, notice_on, applied, approved,
  cancelled, month_to_month, under_eviction, evicted, offer_out, changed`

const selectLease = `SELECT ` + leaseColumns + ` FROM leases WHERE org = $1 AND id = $2`

// Lease reads one lease with its terms. It fails with CodeNotFound if there is none.
func (s *Store) Lease(ctx context.Context, tx *db.Tx, id hearth.LeaseID) (Lease, error) {
	l, err := scanLease(tx.Row(ctx, selectLease, tx.Org(), string(id)))
	if errors.Is(err, db.ErrNotFound) {
		return Lease{}, hearth.Errorf(hearth.CodeNotFound, "There is no lease %s.", id)
	}
	if err != nil {
		return Lease{}, fmt.Errorf("read lease %s: %w", id, err)
	}
	all, err := withTerms(ctx, tx, []Lease{l})
	if err != nil {
		return Lease{}, err
	}
	return all[0], nil
}

func scanLease(r scanner) (Lease, error) {
	var l Lease
	var monthly, eviction, evicted, offer, changed int64
	err := r.Scan(&l.ID, &l.Property, &l.Unit, &l.Household, &l.RentCents, &l.MoveIn, &l.MoveOut, &l.NoticeOn, &l.Applied,
		&l.Approved, &l.Cancelled, &monthly, &eviction, &evicted, &offer, &changed)
	l.MonthToMonth, l.UnderEviction, l.Evicted, l.OfferOut = monthly != 0, eviction != 0, evicted != 0, offer != 0
	l.Changed = hearth.FromMillis(changed)
	return l, err
}

const selectUnitLeases = `SELECT ` + leaseColumns + ` FROM leases WHERE org = $1 AND unit = $2 ORDER BY created, id`

// UnitLeases reads all leases of a unit with their terms.
func (s *Store) UnitLeases(ctx context.Context, tx *db.Tx, unit hearth.UnitID) ([]Lease, error) {
	all, err := collect(ctx, tx, "read leases of unit "+string(unit), scanLease, selectUnitLeases, tx.Org(), string(unit))
	if err != nil {
		return nil, err
	}
	return withTerms(ctx, tx, all)
}

const selectHouseholdLeases = `SELECT ` + leaseColumns + ` FROM leases WHERE org = $1 AND `

// LeasesOf reads all leases of the households with their terms, by household.
func (s *Store) LeasesOf(ctx context.Context, tx *db.Tx, households []hearth.HouseholdID) (map[hearth.HouseholdID][]Lease, error) {
	if len(households) == 0 {
		return nil, nil
	}
	clause, arg := tx.In("household", 2, texts(households))
	all, err := collect(ctx, tx, "read leases of households", scanLease, selectHouseholdLeases+clause+` ORDER BY created, id`,
		tx.Org(), arg)
	if err != nil {
		return nil, err
	}
	if all, err = withTerms(ctx, tx, all); err != nil {
		return nil, err
	}
	out := map[hearth.HouseholdID][]Lease{}
	for _, l := range all {
		out[l.Household] = append(out[l.Household], l)
	}
	return out, nil
}

// LeaseOf gives the lease that speaks for a resident today: see Pick. It fails with CodeNotFound if the resident's
// household has none.
func (s *Store) LeaseOf(ctx context.Context, tx *db.Tx, id hearth.ResidentID) (Lease, error) {
	r, err := s.Resident(ctx, tx, id)
	if err != nil {
		return Lease{}, err
	}
	zone, err := s.Zone(ctx, tx, r.Property)
	if err != nil {
		return Lease{}, err
	}
	all, err := s.LeasesOf(ctx, tx, []hearth.HouseholdID{r.Household})
	if err != nil {
		return Lease{}, err
	}
	l, ok := Pick(all[r.Household], hearth.DayOf(tx.Now(), zone))
	if !ok {
		return Lease{}, hearth.Errorf(hearth.CodeNotFound, "%s has no lease.", r.Name())
	}
	return l, nil
}

const selectTerms = `SELECT lease, n, starts, ends, rent_cents FROM terms WHERE org = $1 AND `

type leaseTerm struct {
	lease hearth.LeaseID
	term  Term
}

// withTerms adds the terms, by start, with one query for all leases.
func withTerms(ctx context.Context, tx *db.Tx, leases []Lease) ([]Lease, error) {
	if len(leases) == 0 {
		return leases, nil
	}
	at := make(map[hearth.LeaseID]int, len(leases))
	ids := make([]string, len(leases))
	for i, l := range leases {
		at[l.ID], ids[i] = i, string(l.ID)
	}
	clause, arg := tx.In("lease", 2, ids)
	rows, err := collect(ctx, tx, "read terms", scanTerm, selectTerms+clause+` ORDER BY lease, starts, n`, tx.Org(), arg)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		l := &leases[at[r.lease]]
		l.Terms = append(l.Terms, r.term)
	}
	return leases, nil
}

func scanTerm(r scanner) (leaseTerm, error) {
	var t leaseTerm
	err := r.Scan(&t.lease, &t.term.N, &t.term.Starts, &t.term.Ends, &t.term.RentCents)
	return t, err
}

func leaseCols() []db.Col {
	return columns("org id property unit household #rent_cents #move_in #move_out #notice_on #applied #approved #cancelled " +
		"#month_to_month #under_eviction #evicted #offer_out #created #changed")
}

func leaseRow(tx *db.Tx, l Lease) []any {
	now := hearth.Millis(tx.Now())
	return []any{tx.Org(), string(l.ID), string(l.Property), string(l.Unit), string(l.Household), l.RentCents, int64(l.MoveIn),
		int64(l.MoveOut), int64(l.NoticeOn), int64(l.Applied), int64(l.Approved), int64(l.Cancelled), flag(l.MonthToMonth),
		flag(l.UnderEviction), flag(l.Evicted), flag(l.OfferOut), now, now}
}

func termCols() []db.Col { return columns("org lease #n #starts #ends #rent_cents") }

func termRow(tx *db.Tx, lease hearth.LeaseID, t Term) []any {
	return []any{tx.Org(), string(lease), int64(t.N), int64(t.Starts), int64(t.Ends), t.RentCents}
}

const updateLease = `UPDATE leases SET rent_cents = $1, move_in = $2, move_out = $3, notice_on = $4, applied = $5,
  approved = $6, cancelled = $7, month_to_month = $8, under_eviction = $9, evicted = $10, offer_out = $11, changed = $12
  WHERE org = $13 AND id = $14`

const termConflict = `ON CONFLICT (org, lease, n) DO UPDATE SET starts = excluded.starts, ends = excluded.ends,
  rent_cents = excluded.rent_cents`

// writeLease stores a lease and those of its terms that differ from had. Property, unit and household of a stored
// lease never change: another home is another lease.
func writeLease(ctx context.Context, tx *db.Tx, l Lease, had []Term, added bool) error {
	var err error
	if added {
		_, err = tx.Bulk(ctx, db.Bulk{Table: "leases", Cols: leaseCols(), Rows: [][]any{leaseRow(tx, l)}})
	} else {
		_, err = tx.Exec(ctx, updateLease, l.RentCents, int64(l.MoveIn), int64(l.MoveOut), int64(l.NoticeOn),
			int64(l.Applied), int64(l.Approved), int64(l.Cancelled), flag(l.MonthToMonth), flag(l.UnderEviction),
			flag(l.Evicted), flag(l.OfferOut), hearth.Millis(tx.Now()), tx.Org(), string(l.ID))
	}
	if err != nil {
		return fmt.Errorf("write lease %s: %w", l.ID, err)
	}
	stored := make(map[int]Term, len(had))
	for _, t := range had {
		stored[t.N] = t
	}
	b := db.Bulk{Table: "terms", Cols: termCols(), OnConflict: termConflict}
	for _, t := range l.Terms {
		if stored[t.N] != t {
			b.Rows = append(b.Rows, termRow(tx, l.ID, t))
		}
	}
	if _, err := tx.Bulk(ctx, b); err != nil {
		return fmt.Errorf("write terms of lease %s: %w", l.ID, err)
	}
	return nil
}

// sortTerms puts terms in the order of time.
func sortTerms(terms []Term) {
	sort.SliceStable(terms, func(i, j int) bool {
		if terms[i].Starts != terms[j].Starts {
			return terms[i].Starts < terms[j].Starts
		}
		return terms[i].N < terms[j].N
	})
}
