package db_test

import (
	"context"
	"fmt"
	"testing"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
)

// fillSettings writes rows of one table, as an import would.
func fillSettings(t *testing.T, d *db.DB, from, n int) {
	t.Helper()
	rows := make([][]any, n)
	for i := range rows {
		rows[i] = []any{"main", fmt.Sprintf("name-%07d", from+i), "value"}
	}
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Bulk(t.Context(), db.Bulk{Table: "settings", Cols: []db.Col{{Name: "org"}, {Name: "name"}, {Name: "value"}}, Rows: rows})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestTendMeasuresWhatHasGrown(t *testing.T) {
	url := dbtest.PostgresURL(t)
	d := dbtest.Open(t, db.Config{URL: url, Clock: hearth.NewVirtualClock(dbtest.Start())})
	c := connect(t, url)
	figures := func() (rows float64, pages int) {
		t.Helper()
		if err := c.QueryRow(context.Background(), "SELECT reltuples, relpages FROM pg_class WHERE oid = 'settings'::regclass").Scan(&rows, &pages); err != nil {
			t.Fatal(err)
		}
		return rows, pages
	}
	// The server measures by itself too; here it must not, or the test shows nothing.
	if _, err := c.Exec(t.Context(), "ALTER TABLE settings SET (autovacuum_enabled = false)"); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		add  int
		want float64
		why  string
	}{
		{100, -1, "few rows are not worth a measure"},
		{2900, 3000, "the first measure"},
		{1000, 3000, "not doubled since"},
		{6000, 10000, "doubled"},
	} {
		before, _ := figures()
		fillSettings(t, d, int(max(0, before))+step.add*10_000, step.add)
		d.Tend(t.Context())
		if rows, _ := figures(); rows != step.want {
			t.Fatalf("after %d more rows the server knows of %v, want %v: %s", step.add, rows, step.want, step.why)
		}
	}
}

// TestTendDoesNotWait holds a table as another measure would; nobody waits for it.
func TestTendDoesNotWait(t *testing.T) {
	url := dbtest.PostgresURL(t)
	d := dbtest.Open(t, db.Config{URL: url, Clock: hearth.NewVirtualClock(dbtest.Start())})
	c := connect(t, url)
	fillSettings(t, d, 0, 3000)
	tx, err := c.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(context.Background()) //nolint:errcheck // only ends the transaction
	if _, err := tx.Exec(t.Context(), "LOCK TABLE settings IN SHARE UPDATE EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
	d.Tend(t.Context())
	fillSettings(t, d, 10_000, 10) // and the pool's connections still work
	var rows float64
	if err := tx.QueryRow(t.Context(), "SELECT reltuples FROM pg_class WHERE oid = 'settings'::regclass").Scan(&rows); err != nil || rows >= 0 {
		t.Errorf("the held table was measured at %v rows, %v; want none", rows, err)
	}
}
