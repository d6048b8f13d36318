package db_test

import (
	"errors"
	"maps"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
)

// TestTheLogTakesAnyCommit: whatever a transaction writes, taken back or not, small or large, with a cache that holds it or not, every
// reader sees what was committed, and so does who opens the file again.
func TestTheLogTakesAnyCommit(t *testing.T) {
	d := dbtest.Open(t, db.Config{Dir: t.TempDir(), Clock: hearth.NewVirtualClock(dbtest.Start())})
	rapid.Check(t, func(rt *rapid.T) {
		ctx, want := t.Context(), map[string]string{}
		if err := d.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, "DELETE FROM settings WHERE org = $1", tx.Org())
			return err
		}); err != nil {
			rt.Fatal(err)
		}
		if rapid.Bool().Draw(rt, "spills") {
			db.Pragma(t, d, "cache_size = 10")
		}
		for range rapid.IntRange(1, 12).Draw(rt, "transactions") {
			next, back := maps.Clone(want), rapid.IntRange(0, 3).Draw(rt, "taken back") == 0
			err := d.Write(ctx, func(tx *db.Tx) error {
				for range rapid.IntRange(1, 4).Draw(rt, "rows") {
					name := strconv.Itoa(rapid.IntRange(0, 9).Draw(rt, "name"))
					value := strings.Repeat(rapid.StringMatching("[a-z]").Draw(rt, "letter"), rapid.IntRange(0, 300_000).Draw(rt, "bytes"))
					next[name] = value
					if _, err := tx.Exec(ctx, `INSERT INTO settings (org, name, value) VALUES ($1, $2, $3)
ON CONFLICT (org, name) DO UPDATE SET value = excluded.value`, tx.Org(), name, value); err != nil {
						return err
					}
				}
				if back {
					return errOurs
				}
				return nil
			})
			if back != errors.Is(err, errOurs) || !back && err != nil {
				rt.Fatalf("the transaction gives %v", err)
			}
			if !back {
				want = next
			}
			if rapid.IntRange(0, 4).Draw(rt, "opened again") == 0 {
				d = dbtest.Reopen(t, d)
			}
			if got := rowsOf(t, d); !maps.Equal(got, want) {
				rt.Fatalf("%d settings are read, and not the %d that were written", len(got), len(want))
			}
		}
		if said := db.Pragma(t, d, "integrity_check"); said != "ok" {
			rt.Fatalf("the file is not sound: %s", said)
		}
	})
}

func rowsOf(t *testing.T, d *db.DB) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := d.Read(t.Context(), func(tx *db.Tx) error {
		rows, err := tx.Query(t.Context(), "SELECT name, value FROM settings WHERE org = $1", tx.Org())
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var name, value string
			if err := rows.Scan(&name, &value); err != nil {
				return err
			}
			out[name] = value
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
