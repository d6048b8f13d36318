package db_test

import (
	"testing"

	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
)

// BenchmarkAFewRows reads a few rows with a limit, as most lists do.
func BenchmarkAFewRows(b *testing.B) {
	d, _ := dbtest.SQLite(b)
	mustPut(b, d, "a", "1")
	ctx := b.Context()
	for b.Loop() {
		err := d.Read(ctx, func(tx *db.Tx) error {
			rows, err := tx.Query(ctx, "SELECT name FROM settings WHERE org = $1 AND name > $2 ORDER BY name LIMIT $3", tx.Org(), "", 5)
			if err != nil {
				return err
			}
			for rows.Next() {
			}
			return rows.Close()
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
