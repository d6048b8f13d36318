package metric

import (
	"context"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

const weeksSQL = `SELECT figure, week, n, people, living, value FROM figure_weeks
WHERE org = $1 AND property = $2 AND week >= $3 AND week <= $4 AND (n > 0 OR living > 0) ORDER BY figure, week`

// Weeks gives the figures of a property by week, from one Monday to another, both included. Weeks without a row are missing.
func (s *Store) Weeks(ctx context.Context, tx *db.Tx, property hearth.PropertyID, from, to hearth.Day) (map[Figure][]Week, error) {
	rows, err := tx.Query(ctx, weeksSQL, tx.Org(), string(property), from, to)
	if err != nil {
		return nil, fmt.Errorf("read figures: %w", err)
	}
	defer rows.Close()
	out := map[Figure][]Week{}
	for rows.Next() {
		var w Week
		if err := rows.Scan(&w.Figure, &w.Week, &w.N, &w.People, &w.Of, &w.Value); err != nil {
			return nil, fmt.Errorf("read figures: %w", err)
		}
		out[w.Figure] = append(out[w.Figure], w)
	}
	return out, rows.Err()
}

// Row is one of what stands behind a figure.
type Row struct {
	ID       string
	Resident hearth.ResidentID // "" for nobody in particular
	Week     hearth.Day        // 0: it is still open
	At       time.Time
	Ended    time.Time // zero: it is still open
	Value    float64   // see Figure
	Ref      string    // the message, the work order or the promise
	Note     string
}

const rowsSQL = `SELECT id, resident, week, at, ended, value, weight, ref, note FROM figure_rows
WHERE org = $1 AND property = $2 AND figure = $3 AND week >= $4 AND week <= $5`

// Rows gives what stands behind a figure from one week to another: what took longest, sounds worst or was missed first.
func (s *Store) Rows(ctx context.Context, tx *db.Tx, property hearth.PropertyID, figure Figure, from, to hearth.Day, offset, limit int) ([]Row, error) {
	order := " ORDER BY value DESC, at DESC, id LIMIT $6 OFFSET $7"
	if figure == Promise || figure == Tone {
		order = " ORDER BY value, at DESC, id LIMIT $6 OFFSET $7"
	}
	return readRows(ctx, tx, rowsSQL+order, tx.Org(), string(property), string(figure), from, to, limit, offset)
}

const openSQL = `SELECT id, resident, week, at, ended, value, weight, ref, note FROM figure_rows
WHERE org = $1 AND property = $2 AND figure = $3 AND week = 0 AND ended = 0 AND at >= $4 ORDER BY at, id LIMIT $5`

// Open gives what still waits, since longest first: for an answer or the end of a repair.
func (s *Store) Open(ctx context.Context, tx *db.Tx, property hearth.PropertyID, figure Figure, limit int) ([]Row, error) {
	return readRows(ctx, tx, openSQL, tx.Org(), string(property), string(figure), openSince(tx, figure), limit)
}

func readRows(ctx context.Context, tx *db.Tx, q string, args ...any) ([]Row, error) {
	rows, err := tx.Query(ctx, q, args...)
	if err != nil {
		return nil, fmt.Errorf("read the rows behind a figure: %w", err)
	}
	defer rows.Close()
	var out []Row
	for rows.Next() {
		var l line
		if err := scanLine(rows, &l); err != nil {
			return nil, fmt.Errorf("read the rows behind a figure: %w", err)
		}
		out = append(out, Row{ID: l.id, Resident: l.resident, Week: l.week, At: l.at, Ended: l.ended, Value: l.value, Ref: l.ref, Note: l.note})
	}
	return out, rows.Err()
}

// Sum is what stands behind a figure about one resident.
type Sum struct {
	N      int
	Weight float64 // of answers and repairs the sum of log(1 + hours)
}

const sumsSQL = `SELECT resident, COUNT(*), SUM(weight) FROM figure_rows
WHERE org = $1 AND property = $2 AND figure = $3 AND week >= $4 AND week <= $5 AND resident <> '' GROUP BY resident`

// PerResident sums the rows behind a figure by resident, from one week to another. It is for comparing groups of homes; nobody
// is shown by it.
func (s *Store) PerResident(ctx context.Context, tx *db.Tx, property hearth.PropertyID, figure Figure, from, to hearth.Day) (map[hearth.ResidentID]Sum, error) {
	rows, err := tx.Query(ctx, sumsSQL, tx.Org(), string(property), string(figure), from, to)
	if err != nil {
		return nil, fmt.Errorf("sum %s by resident: %w", figure, err)
	}
	defer rows.Close()
	out := map[hearth.ResidentID]Sum{}
	for rows.Next() {
		var id hearth.ResidentID
		var s Sum
		if err := rows.Scan(&id, &s.N, &s.Weight); err != nil {
			return nil, fmt.Errorf("sum %s by resident: %w", figure, err)
		}
		out[id] = s
	}
	return out, rows.Err()
}

const waitingSQL = `SELECT COUNT(*) FROM figure_rows WHERE org = $1 AND property = $2 AND figure = $3 AND week = 0 AND ended = 0 AND at >= $4`

// Waiting counts what Open lists.
func (s *Store) Waiting(ctx context.Context, tx *db.Tx, property hearth.PropertyID, figure Figure) (int, error) {
	var n int
	err := tx.Row(ctx, waitingSQL, tx.Org(), string(property), string(figure), openSince(tx, figure)).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count what waits: %w", err)
	}
	return n, nil
}

// openSince is since when what is open waits: what nobody answered in two weeks wants no answer any more.
func openSince(tx *db.Tx, figure Figure) time.Time {
	if figure == Answer {
		return tx.Now().Add(-answerFor)
	}
	return time.UnixMilli(1)
}
