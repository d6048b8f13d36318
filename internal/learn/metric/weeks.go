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

const dirtySQL = `SELECT property, figure, week, dirty FROM figure_weeks WHERE org = $1 AND dirty > 0 ORDER BY week DESC, property, figure LIMIT $2`

// What came while a week was counted bears a later mark, so that the week stays to be counted.
const putWeek = `ON CONFLICT (org, property, figure, week) DO UPDATE SET n = excluded.n, people = excluded.people, living = excluded.living, value = excluded.value, dirty = 0
WHERE figure_weeks.dirty = excluded.dirty`

// count counts the weeks to which something came, the newest first. All that is read for it, everybody who lives at a property
// above all, is read without a lock: only the few rows that come of it are written.
func (s *Store) count(ctx context.Context) (more bool, err error) {
	c, err := s.recount(ctx)
	if err != nil || len(c.rows)+len(c.old) == 0 {
		return false, err
	}
	return c.more, s.DB.WriteAside(ctx, func(tx *db.Tx) error { return c.keep(ctx, tx) })
}

// recounting is weeks that were counted and are not kept yet.
type recounting struct {
	rows [][]any
	old  []weekKey // to be forgotten
	more bool
}

func (s *Store) recount(ctx context.Context) (c recounting, err error) {
	err = s.DB.Read(ctx, func(tx *db.Tx) error {
		keys, err := weekKeys(ctx, tx, dirtySQL, tx.Org(), maxCounted)
		if err != nil {
			return err
		}
		if c.rows, err = s.counted(ctx, tx, keys); err != nil {
			return err
		}
		c.more = len(keys) == maxCounted
		c.old, err = oldWeeks(ctx, tx)
		return err
	})
	return c, err
}

func (c recounting) keep(ctx context.Context, tx *db.Tx) error {
	if _, err := tx.Bulk(ctx, db.Bulk{Table: "figure_weeks", Cols: weekCols(), Rows: c.rows, OnConflict: putWeek}); err != nil {
		return fmt.Errorf("keep %d weeks of figures: %w", len(c.rows), err)
	}
	return forget(ctx, tx, c.old)
}

// counted makes the rows of weeks, each with the mark under which it was counted.
func (s *Store) counted(ctx context.Context, tx *db.Tx, keys []weekKey) (rows [][]any, err error) {
	stays := map[hearth.PropertyID][]record.Stay{}
	for _, k := range keys {
		w, err := s.countWeek(ctx, tx, k, stays)
		if err != nil {
			return nil, err
		}
		rows = append(rows, []any{tx.Org(), k.property, k.figure, k.week, w.N, w.People, w.Of, w.Value, k.mark})
	}
	return rows, nil
}

type weekKey struct {
	property hearth.PropertyID
	figure   Figure
	week     hearth.Day
	mark     int64 // the place in the log up to which something came to it; 0: nothing since it was counted
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
		if err := rows.Scan(&k.property, &k.figure, &k.week, &k.mark); err != nil {
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

const oldSQL = `SELECT property, figure, week, dirty FROM figure_weeks WHERE org = $1 AND week < $2 ORDER BY property, figure, week LIMIT 2`

// What was never answered or ended goes with the weeks beside it.
const forgetRowsSQL = `DELETE FROM figure_rows WHERE org = $1 AND property = $2 AND figure = $3 AND (week = $4 OR week = 0 AND at < $5)`

const forgetWeekSQL = `DELETE FROM figure_weeks WHERE org = $1 AND property = $2 AND figure = $3 AND week = $4`

func forgetBefore(tx *db.Tx) time.Time { return tx.Now().AddDate(0, 0, -7*keepWeeks) }

// oldWeeks gives weeks that nobody looks at any more, a few at a time: many rows may stand behind each.
func oldWeeks(ctx context.Context, tx *db.Tx) ([]weekKey, error) {
	return weekKeys(ctx, tx, oldSQL, tx.Org(), hearth.DayOf(forgetBefore(tx), time.UTC))
}

// forget lets weeks go, and what stands behind them.
func forget(ctx context.Context, tx *db.Tx, old []weekKey) error {
	for _, k := range old {
		if _, err := tx.Exec(ctx, forgetRowsSQL, tx.Org(), string(k.property), string(k.figure), k.week, forgetBefore(tx)); err != nil {
			return fmt.Errorf("let old rows behind figures go: %w", err)
		}
		if _, err := tx.Exec(ctx, forgetWeekSQL, tx.Org(), string(k.property), string(k.figure), k.week); err != nil {
			return fmt.Errorf("let an old week of figures go: %w", err)
		}
	}
	return nil
}
