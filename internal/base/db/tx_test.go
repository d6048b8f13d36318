package db_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
)

func TestTextsThatAreRefused(t *testing.T) {
	tests := []struct {
		text   string
		params int
		wrong  string // part of the error; "" for none
	}{
		{"SELECT a FROM t WHERE org = $1 AND b = $2 AND c = $1", 2, ""},
		{"SELECT a FROM t WHERE org = $1", 1, ""},
		{"SELECT a FROM t WHERE b = $2 AND org = $1", 0, "$2 appears before $1"},
		{"SELECT a FROM t WHERE org = $1 AND b = $3", 0, "$3 appears before $2"},
		{"SELECT a FROM t WHERE org = $1 AND b = '$9' AND c = $2", 2, ""},
		{`SELECT a FROM t WHERE org = $1 AND "b$9" = $2 -- $8` + "\n AND d = $3", 3, ""},
		{"SELECT a /* $7 */ FROM t WHERE org = $1", 1, ""},
		{"SELECT a FROM t WHERE org = $0", 0, "$0"},
		{"SELECT a FROM t WHERE b = $1", 0, "does not name org"},
		{"SELECT 'org' FROM t -- org", 0, "does not name org"},
		{"SELECT organization FROM t", 0, "does not name org"},
		{"SELECT a FROM t WHERE t.org = $1 AND b = 'it''s $5'", 1, ""},
		{"SELECT a FROM t WHERE org = $1 AND $2 < $10", 0, "$10 appears before $3"},
	}
	for _, tt := range tests {
		n, err := db.ReadText(tt.text)
		switch {
		case tt.wrong == "" && (err != nil || n != tt.params):
			t.Errorf("%s: %d, %v; want %d", tt.text, n, err, tt.params)
		case tt.wrong != "" && (err == nil || !strings.Contains(err.Error(), tt.wrong)):
			t.Errorf("%s: %v, want an error with %q", tt.text, err, tt.wrong)
		}
	}
}

func TestTransactionRefusesWrongTexts(t *testing.T) {
	dbtest.Every(t, func(t *testing.T, d *db.DB, _ *hearth.VirtualClock) {
		ctx := t.Context()
		for _, q := range []string{"SELECT value FROM settings WHERE name = $2 AND org = $1", "SELECT value FROM settings WHERE name = $1 OR name = $2",
			"SELECT value FROM settings WHERE org = $1"} {
			err := d.Read(ctx, func(tx *db.Tx) error {
				var v string
				return tx.Row(ctx, q, tx.Org(), "x").Scan(&v)
			})
			if err == nil || errors.Is(err, db.ErrNotFound) {
				t.Errorf("%s: %v, want a refusal", q, err)
			}
		}
	})
}

func TestValuesComeBack(t *testing.T) {
	type kind string
	dbtest.Every(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		ctx := t.Context()
		at := clock.Now().Add(1234567 * time.Nanosecond)
		err := d.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO idempotency (org, token, key, request, status, content_type, body, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, tx.Org(), kind("tök"), "k", json.RawMessage(`{"a":1}`), true, "", []byte{0, 1, 255}, at)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		var token kind
		var raw json.RawMessage
		var yes bool
		var empty string
		var body []byte
		var when time.Time
		err = d.Read(ctx, func(tx *db.Tx) error {
			return tx.Row(ctx, "SELECT token, request, status, content_type, body, at FROM idempotency WHERE org = $1", tx.Org()).
				Scan(&token, &raw, &yes, &empty, &body, &when)
		})
		if err != nil {
			t.Fatal(err)
		}
		if token != "tök" || string(raw) != `{"a":1}` || !yes || empty != "" || !reflect.DeepEqual(body, []byte{0, 1, 255}) {
			t.Errorf("came back as %q %s %v %q %v", token, raw, yes, empty, body)
		}
		if want := at.Truncate(time.Millisecond); !when.Equal(want) || when.Location() != time.UTC {
			t.Errorf("the time came back as %v, want %v", when, want)
		}
	})
}

func TestTextsThatOneDatabaseCannotHold(t *testing.T) {
	dbtest.Every(t, func(t *testing.T, d *db.DB, _ *hearth.VirtualClock) {
		ctx := t.Context()
		for _, bad := range []string{"a\x00b", "a\xffb"} {
			err := d.Write(ctx, func(tx *db.Tx) error { return put(ctx, tx, "x", bad) })
			wantCode(t, err, hearth.CodeInvalid)
			err = d.Write(ctx, func(tx *db.Tx) error {
				_, err := tx.Bulk(ctx, settings("", []any{tx.Org(), "x", bad}))
				return err
			})
			wantCode(t, err, hearth.CodeInvalid)
		}
	})
}

func TestIn(t *testing.T) {
	dbtest.Every(t, func(t *testing.T, d *db.DB, _ *hearth.VirtualClock) {
		ctx := t.Context()
		for _, n := range []string{"a", `b"c`, "d"} {
			mustPut(t, d, n, "")
		}
		count := func(vals []string) (n int) {
			t.Helper()
			err := d.Read(ctx, func(tx *db.Tx) error {
				in, arg := tx.In("name", 2, vals)
				return tx.Row(ctx, "SELECT count(*) FROM settings WHERE org = $1 AND "+in, tx.Org(), arg).Scan(&n)
			})
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		for want, vals := range map[int][]string{2: {"a", `b"c`, "z"}, 0: nil, 3: {"a", "d", `b"c`, "a"}} {
			if got := count(vals); got != want {
				t.Errorf("%d rows are in %q, want %d", got, vals, want)
			}
		}
	})
}

func TestMissingRowAndUniqueKey(t *testing.T) {
	dbtest.Every(t, func(t *testing.T, d *db.DB, _ *hearth.VirtualClock) {
		ctx := t.Context()
		mustPut(t, d, "a", "1")
		err := d.Read(ctx, func(tx *db.Tx) error {
			var v string
			return tx.Row(ctx, "SELECT value FROM settings WHERE org = $1 AND name = $2", tx.Org(), "b").Scan(&v)
		})
		if !errors.Is(err, db.ErrNotFound) {
			t.Errorf("no row gives %v, want ErrNotFound", err)
		}
		err = d.Write(ctx, func(tx *db.Tx) error { return put(ctx, tx, "a", "2") })
		if !db.IsUnique(err) {
			t.Errorf("the second row with a key gives %v, want a unique violation", err)
		}
		if db.IsUnique(errOurs) || db.IsUnique(nil) {
			t.Error("any error counts as a unique violation")
		}
	})
}

// TestFailedStatementEndsTheTransaction holds SQLite to what PostgreSQL does.
func TestFailedStatementEndsTheTransaction(t *testing.T) {
	dbtest.Every(t, func(t *testing.T, d *db.DB, _ *hearth.VirtualClock) {
		ctx := t.Context()
		mustPut(t, d, "a", "1")
		err := d.Write(ctx, func(tx *db.Tx) error {
			if err := put(ctx, tx, "b", ""); err != nil {
				return err
			}
			_ = put(ctx, tx, "a", "2") // fails, and is not reported
			if err := put(ctx, tx, "c", ""); err == nil {
				t.Error("a statement ran after one that failed")
			}
			return nil
		})
		if !db.IsUnique(err) {
			t.Errorf("the transaction gave %v, want the error that was passed over", err)
		}
		if got := names(t, d); !reflect.DeepEqual(got, []string{"a"}) {
			t.Errorf("stored %v, want only a", got)
		}
	})
}

func TestOneQueryAtATime(t *testing.T) {
	dbtest.Every(t, func(t *testing.T, d *db.DB, _ *hearth.VirtualClock) {
		ctx := t.Context()
		mustPut(t, d, "a", "1")
		mustPut(t, d, "b", "1")
		var kept *db.Tx
		err := d.Read(ctx, func(tx *db.Tx) error {
			kept = tx
			rows, err := tx.Query(ctx, "SELECT name FROM settings WHERE org = $1", tx.Org())
			if err != nil {
				return err
			}
			rows.Next()
			if _, err := namesIn(tx); err == nil {
				t.Error("a statement ran while rows were open")
			}
			rows.Close()
			rows.Close()
			_, err = namesIn(tx)
			// Left open on purpose: the end of the transaction closes it.
			if _, qerr := tx.Query(ctx, "SELECT name FROM settings WHERE org = $1", tx.Org()); qerr != nil {
				return qerr
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := namesIn(kept); err == nil {
			t.Error("a transaction worked after its end")
		}
		if got := names(t, d); len(got) != 2 {
			t.Errorf("afterwards there are %v", got)
		}
	})
}

func TestReadIsASnapshotAndWritesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *hearth.VirtualClock) {
		ctx := t.Context()
		mustPut(t, d, "a", "")
		err := d.Read(ctx, func(tx *db.Tx) error {
			before, err := namesIn(tx)
			if err != nil {
				return err
			}
			mustPut(t, d, "b", "")
			after, err := namesIn(tx)
			if !reflect.DeepEqual(before, after) {
				t.Errorf("a snapshot showed %v, then %v", before, after)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Read(ctx, func(tx *db.Tx) error { return put(ctx, tx, "c", "") }); err == nil {
			t.Error("a read wrote")
		}
		if got := names(t, d); len(got) != 2 {
			t.Errorf("stored %v, want a and b", got)
		}
	})
}

func TestNowIsFixed(t *testing.T) {
	dbtest.Every(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		clock.Advance(1500 * time.Microsecond)
		want := clock.Now().Truncate(time.Millisecond)
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			clock.Advance(time.Hour)
			if !tx.Now().Equal(want) || tx.Now().Location() != time.UTC {
				t.Errorf("now is %v, want %v", tx.Now(), want)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestHooks(t *testing.T) {
	dbtest.Every(t, func(t *testing.T, d *db.DB, _ *hearth.VirtualClock) {
		ctx := t.Context()
		var said []string
		say := func(s string) func() { return func() { said = append(said, s) } }
		work := func(name string, fail error) error {
			return d.Write(ctx, func(tx *db.Tx) error {
				tx.AfterCommit(say(name + " done"))
				tx.AfterCommit(say(name + " told"))
				tx.AfterRollback(say(name + " undone"))
				if err := put(ctx, tx, name, ""); err != nil {
					return err
				}
				return fail
			})
		}
		if err := work("a", nil); err != nil {
			t.Fatal(err)
		}
		if err := work("b", errOurs); !errors.Is(err, errOurs) {
			t.Errorf("the caller's error came back as %v", err)
		}
		if err := work("a", nil); err == nil {
			t.Error("the same key was written twice")
		}
		if want := []string{"a done", "a told", "b undone", "a undone"}; !reflect.DeepEqual(said, want) {
			t.Errorf("hooks ran as %v, want %v", said, want)
		}
		if got := names(t, d); !reflect.DeepEqual(got, []string{"a"}) {
			t.Errorf("stored %v, want a", got)
		}
	})
}

func TestPanicAndGoexitAreOneCallersOwn(t *testing.T) {
	dbtest.Every(t, func(t *testing.T, d *db.DB, _ *hearth.VirtualClock) {
		ctx := t.Context()
		err := d.Write(ctx, func(tx *db.Tx) error {
			if err := put(ctx, tx, "a", ""); err != nil {
				return err
			}
			panic("broken")
		})
		if err == nil || !strings.Contains(err.Error(), "broken") {
			t.Errorf("a panic came back as %v", err)
		}
		err = d.Read(ctx, func(*db.Tx) error { panic("broken") })
		if err == nil {
			t.Error("a panic in a read went unnoticed")
		}
		undone := make(chan bool, 1)
		go d.Write(ctx, func(tx *db.Tx) error {
			tx.AfterRollback(func() { undone <- true })
			put(ctx, tx, "b", "")
			runtime.Goexit()
			return nil
		})
		<-undone
		mustPut(t, d, "c", "")
		if got := names(t, d); !reflect.DeepEqual(got, []string{"c"}) {
			t.Errorf("stored %v, want c", got)
		}
	})
}

func TestCloseIsFinal(t *testing.T) {
	dbtest.Every(t, func(t *testing.T, d *db.DB, _ *hearth.VirtualClock) {
		ctx := t.Context()
		for range 2 {
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
		}
		none := func(*db.Tx) error { t.Error("work ran on a closed store"); return nil }
		wantCode(t, d.Write(ctx, none), hearth.CodeUnavailable)
		wantCode(t, d.Read(ctx, none), hearth.CodeUnavailable)
	})
}

func TestCancelledWorkIsNotBegun(t *testing.T) {
	dbtest.Every(t, func(t *testing.T, d *db.DB, _ *hearth.VirtualClock) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		err := d.Write(ctx, func(tx *db.Tx) error { return put(ctx, tx, "a", "") })
		if !errors.Is(err, context.Canceled) {
			t.Errorf("gave %v, want cancelled", err)
		}
		if got := names(t, d); len(got) != 0 {
			t.Errorf("stored %v", got)
		}
	})
}

// settings is a bulk insert of (org, name, value).
func settings(conflict string, rows ...[]any) db.Bulk {
	return db.Bulk{Table: "settings", Cols: []db.Col{{Name: "org"}, {Name: "name"}, {Name: "value"}}, OnConflict: conflict, Rows: rows}
}

func TestBulk(t *testing.T) {
	const nothing, update = "ON CONFLICT (org, name) DO NOTHING", "ON CONFLICT (org, name) DO UPDATE SET value = excluded.value"
	dbtest.Every(t, func(t *testing.T, d *db.DB, _ *hearth.VirtualClock) {
		ctx := t.Context()
		bulk := func(conflict string, from, to int) (n int64, back []string, err error) {
			err = d.Write(ctx, func(tx *db.Tx) error {
				var rows [][]any
				for i := from; i < to; i++ {
					rows = append(rows, []any{tx.Org(), fmt.Sprintf("%03d", i), conflict})
				}
				b := settings(conflict, rows...)
				b.Returning = "name"
				var err error
				n, err = tx.BulkEach(ctx, b, func(r *db.Rows) error {
					var name string
					err := r.Scan(&name)
					back = append(back, name)
					return err
				})
				return err
			})
			return n, back, err
		}
		for _, tt := range []struct {
			conflict string
			from, to int
			want     int64
		}{{"", 0, 1, 1}, {"", 1, 8, 7}, {"", 8, 49, 41}, {nothing, 0, 100, 51}, {nothing, 0, 100, 0}, {update, 90, 130, 40}, {"", 130, 130, 0}} {
			n, back, err := bulk(tt.conflict, tt.from, tt.to)
			if err != nil || n != tt.want || len(back) != int(tt.want) {
				t.Errorf("%q %d to %d: %d rows, %d back, %v; want %d", tt.conflict, tt.from, tt.to, n, len(back), err, tt.want)
			}
		}
		if _, _, err := bulk("", 129, 140); !db.IsUnique(err) {
			t.Errorf("a repeated key gives %v, want a unique violation", err)
		}
		if got := len(names(t, d)); got != 130 {
			t.Errorf("%d rows are stored, want 130", got)
		}
	})
}

func TestBulkRefusals(t *testing.T) {
	dbtest.Every(t, func(t *testing.T, d *db.DB, _ *hearth.VirtualClock) {
		ctx := t.Context()
		const update = "ON CONFLICT (org, name) DO UPDATE SET value = excluded.value"
		for name, b := range map[string]db.Bulk{
			"two rows with the same key": settings(update, []any{"main", "a", "1"}, []any{"main", "b", "2"}, []any{"main", "a", "3"}),
			"has 2 values for 3 columns": settings("", []any{"main", "a"}),
			"no column org":              {Table: "settings", Cols: []db.Col{{Name: "name"}}, Rows: [][]any{{"a"}}},
			"is not among the columns":   settings("ON CONFLICT (org, nme) DO UPDATE SET value = excluded.value", []any{"main", "a", "1"}),
			"cannot be stored":           settings("", []any{"main", "a", struct{}{}}),
		} {
			err := d.Write(ctx, func(tx *db.Tx) error { _, err := tx.Bulk(ctx, b); return err })
			if err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("gave %v, want an error with %q", err, name)
			}
		}
	})
}
