package db_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
)

const laterSQL = "INSERT INTO settings (org, name, value) VALUES ($1, $2, $3)"

// What nobody waits for happens in its order among the rest, is seen by what follows, and is there after the commit.
func TestLaterIsInItsPlace(t *testing.T) {
	dbtest.Every(t, func(t *testing.T, d *db.DB, _ *hearth.VirtualClock) {
		ctx := t.Context()
		var within, value []string
		err := d.Write(ctx, func(tx *db.Tx) error {
			for i := range 40 { // more than wait at once
				if err := tx.ExecLater(ctx, laterSQL, tx.Org(), fmt.Sprintf("n%02d", i), "first"); err != nil {
					return err
				}
			}
			if err := tx.BulkLater(ctx, settings("ON CONFLICT (org, name) DO UPDATE SET value = excluded.value", []any{tx.Org(), "n39", "second"}, []any{tx.Org(), "n40", "second"})); err != nil {
				return err
			}
			all, err := namesIn(tx)
			if err != nil {
				return err
			}
			within = all
			if _, err := tx.Exec(ctx, "UPDATE settings SET value = $1 WHERE org = $2 AND name = $3 AND value = $4", "third", tx.Org(), "n39", "second"); err != nil {
				return err
			}
			return tx.ExecLater(ctx, "DELETE FROM settings WHERE org = $1 AND name = $2", tx.Org(), "n00")
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(within) != 41 || len(names(t, d)) != 40 {
			t.Errorf("within %d, afterwards %d", len(within), len(names(t, d)))
		}
		err = d.Read(ctx, func(tx *db.Tx) error {
			var v string
			err := tx.Row(ctx, "SELECT value FROM settings WHERE org = $1 AND name = $2", tx.Org(), "n39").Scan(&v)
			value = append(value, v)
			return err
		})
		if err != nil || !reflect.DeepEqual(value, []string{"third"}) {
			t.Errorf("the last is %v, %v", value, err)
		}
	})
}

// Where it fails, nothing of the transaction stays, whether something else was waited for behind it or only the commit.
func TestLaterThatFailsTakesAllBack(t *testing.T) {
	for _, then := range []string{"a statement", "rows", "the commit"} {
		t.Run(then, func(t *testing.T) {
			dbtest.Every(t, func(t *testing.T, d *db.DB, _ *hearth.VirtualClock) {
				ctx := t.Context()
				mustPut(t, d, "there", "")
				back, through := false, false
				err := d.Write(ctx, func(tx *db.Tx) error {
					tx.AfterRollback(func() { back = true })
					tx.AfterCommit(func() { through = true })
					if err := put(ctx, tx, "before", ""); err != nil {
						return err
					}
					if err := tx.ExecLater(ctx, laterSQL, tx.Org(), "there", "again"); err != nil {
						return err
					}
					switch then {
					case "a statement":
						return put(ctx, tx, "behind", "")
					case "rows":
						_, err := namesIn(tx)
						return err
					}
					return nil
				})
				var pg *pgconn.PgError
				if err == nil || d.Dialect() == db.Postgres && (!errors.As(err, &pg) || pg.Code != "23505") {
					t.Errorf("the error is %v", err)
				}
				if got := names(t, d); !reflect.DeepEqual(got, []string{"there"}) || !back || through {
					t.Errorf("left are %v; rolled back %v, committed %v", got, back, through)
				}
				mustPut(t, d, "afterwards", "") // the connection is good
			})
		})
	}
}

// A transaction that asks nothing costs nothing, and one that reads may not write later either.
func TestLaterWhereNothingIsToBeDone(t *testing.T) {
	dbtest.Every(t, func(t *testing.T, d *db.DB, _ *hearth.VirtualClock) {
		ctx := t.Context()
		done := false
		err := d.Write(ctx, func(tx *db.Tx) error { tx.AfterCommit(func() { done = true }); return nil })
		if err != nil || !done {
			t.Errorf("an empty one: %v, committed %v", err, done)
		}
		err = d.Read(ctx, func(tx *db.Tx) error { return tx.ExecLater(ctx, laterSQL, tx.Org(), "x", "") })
		if err == nil {
			err = errors.New("it wrote")
		}
		if got := names(t, d); len(got) != 0 || strings.Contains(err.Error(), "it wrote") {
			t.Errorf("a reader wrote %v: %v", got, err)
		}
	})
}
