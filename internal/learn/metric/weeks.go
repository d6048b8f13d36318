package metric

import (
	"context"
	"fmt"
	"slices"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/record"
)

// Week is a figure in one week.
type Week struct {
	Figure Figure
	Week   hearth.Day // its Monday
	N      int        // rows that count
	People int        // residents behind them
	Of     int        // of acts and contacts who lived there at the week's end; of promises all that fell due
	Value  float64    // the median, the share or the mean; see Figure
}

// Told tells whether enough people stand behind the figure to say it.
func (w Week) Told() bool { return w.People >= FewestPeople }

func weekCols() []db.Col {
	return []db.Col{{Name: "org"}, {Name: "property"}, {Name: "figure"}, {Name: "week", Type: db.Int}, {Name: "n", Type: db.Int}, {Name: "people", Type: db.Int},
		{Name: "living", Type: db.Int}, {Name: "value", Type: db.Real}, {Name: "dirty", Type: db.Int}}
}

const dirtySQL = `SELECT property, figure, week FROM figure_weeks WHERE org = $1 AND dirty = 1 ORDER BY week DESC, property, figure LIMIT $2`

// count counts the weeks to which something came, the newest first.
func (s *Store) count(ctx context.Context) (more bool, err error) {
	var found bool
	err = s.DB.Read(ctx, func(tx *db.Tx) error {
		keys, err := dirtyWeeks(ctx, tx, 1)
		found = len(keys) > 0
		return err
	})
	if err != nil || !found {
		return false, err
	}
	err = s.DB.WriteAside(ctx, func(tx *db.Tx) error {
		keys, err := dirtyWeeks(ctx, tx, maxCounted)
		if err != nil {
			return err
		}
		more = len(keys) == maxCounted
		stays := map[hearth.PropertyID][]record.Stay{}
		var rows [][]any
		for _, k := range keys {
			w, err := s.countWeek(ctx, tx, k, stays)
			if err != nil {
				return err
			}
			rows = append(rows, []any{tx.Org(), k.property, k.figure, k.week, w.N, w.People, w.Of, w.Value, 0})
		}
		_, err = tx.Bulk(ctx, db.Bulk{Table: "figure_weeks", Cols: weekCols(), Rows: rows, OnConflict: `ON CONFLICT (org, property, figure, week)
DO UPDATE SET n = excluded.n, people = excluded.people, living = excluded.living, value = excluded.value, dirty = 0`})
		if err != nil {
			return fmt.Errorf("keep %d weeks of figures: %w", len(rows), err)
		}
		return forget(ctx, tx)
	})
	return more && err == nil, err
}

type weekKey struct {
	property hearth.PropertyID
	figure   Figure
	week     hearth.Day
}

func dirtyWeeks(ctx context.Context, tx *db.Tx, limit int) ([]weekKey, error) {
	return weekKeys(ctx, tx, dirtySQL, tx.Org(), limit)
}

func weekKeys(ctx context.Context, tx *db.Tx, q string, args ...any) ([]weekKey, error) {
	rows, err := tx.Query(ctx, q, args...)
	if err != nil {
		return nil, fmt.Errorf("read weeks of figures: %w", err)
	}
	defer rows.Close()
	var out []weekKey
	for rows.Next() {
		var k weekKey
		if err := rows.Scan(&k.property, &k.figure, &k.week); err != nil {
			return nil, fmt.Errorf("read the weeks to count: %w", err)
		}
		out = append(out, k)
	}
	return out, rows.Err()
}

const behindSQL = `SELECT resident, value, weight FROM figure_rows WHERE org = $1 AND property = $2 AND figure = $3 AND week = $4`

func (s *Store) countWeek(ctx context.Context, tx *db.Tx, k weekKey, stays map[hearth.PropertyID][]record.Stay) (Week, error) {
	w := Week{Figure: k.figure, Week: k.week}
	rows, err := tx.Query(ctx, behindSQL, tx.Org(), string(k.property), string(k.figure), k.week)
	if err != nil {
		return w, fmt.Errorf("read the rows behind %s: %w", k.figure, err)
	}
	defer rows.Close()
	people := map[hearth.ResidentID]bool{}
	var values, weights []float64
	due := 0
	for rows.Next() {
		var id hearth.ResidentID
		var v, weight float64
		if err := rows.Scan(&id, &v, &weight); err != nil {
			return w, fmt.Errorf("read the rows behind %s: %w", k.figure, err)
		}
		if due++; k.figure == Promise && weight == 0 {
			continue
		}
		if id != "" { // what nobody is named with is nobody more
			people[id] = true
		}
		values, weights = append(values, v), append(weights, weight)
	}
	if err := rows.Err(); err != nil {
		return w, fmt.Errorf("read the rows behind %s: %w", k.figure, err)
	}
	w.N, w.People = len(values), len(people)
	if k.figure == Promise {
		w.Of = due
	}
	if k.figure == Act || k.figure == Contact {
		if stays[k.property] == nil {
			all, err := s.Records.Stays(ctx, tx, k.property)
			if err != nil {
				return w, err
			}
			stays[k.property] = all
		}
		w.Of = living(stays[k.property], k.week+6)
	}
	w.Value = w.sum(values, weights)
	return w, nil
}

// living counts who lived there on a day.
func living(stays []record.Stay, day hearth.Day) int {
	seen := map[hearth.ResidentID]bool{}
	for _, st := range stays {
		if st.Covers(day) {
			seen[st.Resident] = true
		}
	}
	return len(seen)
}

// sum makes one number of a week's rows.
func (w Week) sum(values, weights []float64) float64 {
	switch w.Figure {
	case Answer, Repair:
		return Median(values)
	case Act, Contact:
		if w.Of == 0 {
			return 0
		}
		return min(1, float64(w.People)/float64(w.Of))
	case Promise, Tone:
		var sum, of float64
		for i, v := range values {
			sum += v * weights[i]
			of += weights[i]
		}
		if of == 0 {
			return 0
		}
		return sum / of
	}
	return 0
}

// Median gives the middle of values, 0 for none. It sorts them in place.
func Median(values []float64) float64 {
	slices.Sort(values)
	n := len(values)
	switch {
	case n == 0:
		return 0
	case n%2 == 1:
		return values[n/2]
	}
	return (values[n/2-1] + values[n/2]) / 2
}

const oldSQL = `SELECT property, figure, week FROM figure_weeks WHERE org = $1 AND week < $2 ORDER BY property, figure, week LIMIT 50`

// What was never answered or ended goes with the weeks beside it.
const forgetRowsSQL = `DELETE FROM figure_rows WHERE org = $1 AND property = $2 AND figure = $3 AND (week = $4 OR week = 0 AND at < $5)`

const forgetWeekSQL = `DELETE FROM figure_weeks WHERE org = $1 AND property = $2 AND figure = $3 AND week = $4`

// forget lets weeks go that nobody looks at any more.
func forget(ctx context.Context, tx *db.Tx) error {
	before := tx.Now().AddDate(0, 0, -7*keepWeeks)
	keys, err := weekKeys(ctx, tx, oldSQL, tx.Org(), hearth.DayOf(before, time.UTC))
	if err != nil {
		return err
	}
	for _, k := range keys {
		if _, err := tx.Exec(ctx, forgetRowsSQL, tx.Org(), string(k.property), string(k.figure), k.week, before); err != nil {
			return fmt.Errorf("let old rows behind figures go: %w", err)
		}
		if _, err := tx.Exec(ctx, forgetWeekSQL, tx.Org(), string(k.property), string(k.figure), k.week); err != nil {
			return fmt.Errorf("let an old week of figures go: %w", err)
		}
	}
	return nil
}
