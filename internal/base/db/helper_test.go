package db_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

// put writes one row of settings, the smallest table there is.
func put(ctx context.Context, tx *db.Tx, name, value string) error {
	_, err := tx.Exec(ctx, "INSERT INTO settings (org, name, value) VALUES ($1, $2, $3)", tx.Org(), name, value)
	return err
}

func mustPut(t testing.TB, d *db.DB, name, value string) {
	t.Helper()
	ctx := context.Background()
	if err := d.Write(ctx, func(tx *db.Tx) error { return put(ctx, tx, name, value) }); err != nil {
		t.Fatalf("put %s: %v", name, err)
	}
}

// names lists the rows that put wrote.
func names(t testing.TB, d *db.DB) []string {
	t.Helper()
	var out []string
	err := d.Read(context.Background(), func(tx *db.Tx) error {
		var err error
		out, err = namesIn(tx)
		return err
	})
	if err != nil {
		t.Fatalf("list: %v", err)
	}
	return out
}

func namesIn(tx *db.Tx) ([]string, error) {
	ctx := context.Background()
	rows, err := tx.Query(ctx, "SELECT name FROM settings WHERE org = $1 ORDER BY name", tx.Org())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := []string{}
	for rows.Next() {
		var n string
		if err := rows.Scan(&n); err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, rows.Err()
}

func wantCode(t testing.TB, err error, code hearth.Code) {
	t.Helper()
	if got := hearth.CodeOf(err); got != code {
		t.Errorf("error %v has code %q, want %q", err, got, code)
	}
}

// until waits for something that another goroutine brings about.
func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("%s did not happen in 20 s", what)
		}
		time.Sleep(time.Millisecond)
	}
}

// coded is an error with a result code of SQLite's.
type coded int

func (c coded) Error() string { return "injected" }
func (c coded) Code() int     { return int(c) }

var errOurs = errors.New("ours")
