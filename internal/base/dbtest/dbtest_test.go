package dbtest_test

import (
	"testing"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
)

func TestEachDatabaseIsFresh(t *testing.T) {
	for range 2 {
		dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
			ctx := t.Context()
			put := func(tx *db.Tx) error {
				_, err := tx.Exec(ctx, "INSERT INTO settings (org, name, value) VALUES ($1, $2, $3)", tx.Org(), "a", "b")
				return err
			}
			if err := d.Write(ctx, put); err != nil {
				t.Fatal(err)
			}
			if err := d.Write(ctx, put); !db.IsUnique(err) {
				t.Errorf("second insert: %v, want a unique violation", err)
			}
			d = dbtest.Reopen(t, d)
			var v string
			err := d.Read(ctx, func(tx *db.Tx) error {
				if !tx.Now().Equal(clock.Now()) {
					t.Errorf("now is %v, want %v", tx.Now(), clock.Now())
				}
				return tx.Row(ctx, "SELECT value FROM settings WHERE org = $1 AND name = $2", tx.Org(), "a").Scan(&v)
			})
			if err != nil || v != "b" {
				t.Errorf("after opening again: %q, %v", v, err)
			}
		})
	}
}
