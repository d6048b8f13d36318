package db_test

import (
	"sync"
	"testing"

	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
)

// TestATransactionIsOneGoroutines: a second goroutine is refused while rows are read, instead of damaging SQLite's memory.
func TestATransactionIsOneGoroutines(t *testing.T) {
	d, _ := dbtest.SQLite(t)
	mustPut(t, d, "a", "1")
	err := d.Read(t.Context(), func(tx *db.Tx) error {
		other := db.Twin(tx)
		rows, err := tx.Query(t.Context(), "SELECT name FROM settings WHERE org = $1", tx.Org())
		if err != nil {
			return err
		}
		var wg sync.WaitGroup
		wg.Go(func() {
			var n int
			if err := other.Row(t.Context(), "SELECT COUNT(*) FROM settings WHERE org = $1", tx.Org()).Scan(&n); err == nil {
				t.Error("a second statement ran beside the first")
			}
		})
		wg.Wait()
		if err := rows.Close(); err != nil {
			return err
		}
		var n int
		return tx.Row(t.Context(), "SELECT COUNT(*) FROM settings WHERE org = $1", tx.Org()).Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
}
