package db_test

import (
	"errors"
	"reflect"
	"testing"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
)

// noteSet inserts settings with the commit, unless one of them is there already.
func noteSet(tx *db.Tx, t *testing.T, got *[]string, names ...string) error {
	t.Helper()
	set := db.Set{Cols: []db.Col{{Name: "name"}, {Name: "value"}}}
	for _, n := range names {
		set.Rows = append(set.Rows, []any{n, "x"})
	}
	q := `WITH added AS (INSERT INTO settings (org, name, value) SELECT $1, s.name, s.value FROM ` + set.Unnest(2) + ` AS s (name, value) ON CONFLICT (org, name) DO NOTHING RETURNING name)
SELECT name, 1 / (CASE WHEN (SELECT count(*) FROM added) = (SELECT count(*) FROM ` + set.Unnest(2) + ` AS s (name, value)) THEN 1 ELSE 0 END) FROM added`
	return tx.AtCommit(t.Context(), q, []db.Set{set}, func(r *db.Rows) error {
		var name string
		var one int64
		err := r.Scan(&name, &one)
		*got = append(*got, name)
		return err
	})
}

// A statement at the commit runs behind all others, is told before what waits for the commit, and refuses the whole by a division by zero:
// then the transaction runs again, knows it, and ends if it says the same again.
func TestAtCommit(t *testing.T) {
	dbtest.Every(t, func(t *testing.T, d *db.DB, _ *hearth.VirtualClock) {
		if d.Dialect() != db.Postgres {
			err := d.Write(t.Context(), func(tx *db.Tx) error { return noteSet(tx, t, new([]string), "a") })
			if err == nil {
				t.Error("the embedded store took it")
			}
			return
		}
		var got, order []string
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			tx.AfterCommit(func() { order = append(order, got...) })
			if err := noteSet(tx, t, &got, "a", "b"); err != nil {
				return err
			}
			return tx.ExecLater(t.Context(), laterSQL, tx.Org(), "c", "first")
		})
		if err != nil || len(order) != 2 || len(names(t, d)) != 3 {
			t.Errorf("%v: told %v, and there are %v", err, order, names(t, d))
		}
		runs := []bool{}
		err = d.Write(t.Context(), func(tx *db.Tx) error {
			runs = append(runs, tx.Careful())
			if tx.Careful() {
				return tx.ExecLater(t.Context(), laterSQL, tx.Org(), "d", "careful")
			}
			return noteSet(tx, t, &got, "d", "a")
		})
		if err != nil || !reflect.DeepEqual(runs, []bool{false, true}) || len(names(t, d)) != 4 {
			t.Errorf("%v: it ran %v, and there are %v", err, runs, names(t, d))
		}
		n := 0
		err = d.Write(t.Context(), func(tx *db.Tx) error { n++; return noteSet(tx, t, &got, "e", "a") })
		if err == nil || n != 2 || len(names(t, d)) != 4 {
			t.Errorf("%v after %d runs, and there are %v", err, n, names(t, d))
		}
		broken := errors.New("not today")
		err = d.Write(t.Context(), func(tx *db.Tx) error { return errors.Join(noteSet(tx, t, &got, "f"), broken) })
		if !errors.Is(err, broken) || len(names(t, d)) != 4 {
			t.Errorf("%v, and there are %v", err, names(t, d))
		}
		err = d.Read(t.Context(), func(tx *db.Tx) error { return noteSet(tx, t, &got, "g") })
		if err == nil {
			t.Error("a read took it")
		}
	})
}
