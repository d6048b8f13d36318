package db_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"sync"
	"testing"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
)

func openAlone(t *testing.T, dir string, fault func(string) error) *db.DB {
	t.Helper()
	return dbtest.Open(t, db.Config{Dir: dir, Clock: hearth.NewVirtualClock(dbtest.Start()), Alone: true, Fault: fault})
}

// A process that is alone commits now and then; what it wrote is there for its own reads at once, and for everybody when
// it is closed.
func TestAloneKeepsWhatWasWritten(t *testing.T) {
	dir := t.TempDir()
	d := openAlone(t, dir, nil)
	var all sync.WaitGroup
	for who := range 4 {
		all.Go(func() {
			for i := range 1100 { // more than share a commit
				mustPut(t, d, strconv.Itoa(who*10_000+i), "")
			}
		})
	}
	all.Wait()
	if got := len(names(t, d)); got != 4400 {
		t.Errorf("its own reads see %d of 4400", got)
	}
	if s := d.Stats(); s.Commits != 1 || s.Callers != 4400 {
		t.Errorf("counted %+v", s)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	after := dbtest.Open(t, db.Config{Dir: dir, Clock: hearth.NewVirtualClock(dbtest.Start())})
	if got := len(names(t, after)); got != 4400 {
		t.Errorf("after it there are %d of 4400", got)
	}
}

func TestAloneReadsAndWritesNothing(t *testing.T) {
	d := openAlone(t, t.TempDir(), nil)
	ctx := t.Context()
	mustPut(t, d, "a", "")
	for what, write := range map[string]func(tx *db.Tx) error{
		"a statement": func(tx *db.Tx) error { return put(ctx, tx, "b", "") },
		"a list": func(tx *db.Tx) error {
			_, err := tx.Bulk(ctx, settings("", []any{tx.Org(), "c", ""}))
			return err
		},
	} {
		if err := d.Read(ctx, write); err == nil {
			t.Errorf("%s was written by a read", what)
		}
	}
	if got := names(t, d); !reflect.DeepEqual(got, []string{"a"}) {
		t.Errorf("stored %v, want a", got)
	}
}

// When a commit fails, what others take for written is gone: nothing more is taken, and it says why.
func TestAloneEndsWhenACommitFails(t *testing.T) {
	for name, tt := range map[string]struct {
		fault error
		words string
	}{
		"full disk": {coded(13), "The disk is full, so nothing can be saved. Free some space and begin anew."},
		"else":      {errOurs, "The database gave up what was written last. Begin anew."},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			d, err := db.Open(t.Context(), db.Config{Dir: dir, Clock: hearth.NewVirtualClock(dbtest.Start()), Alone: true, Fault: func(string) error { return tt.fault }})
			if err != nil {
				t.Fatal(err)
			}
			ctx := context.Background()
			for i := 0; err == nil && i < 10_000; i++ {
				err = d.Write(ctx, func(tx *db.Tx) error { return put(ctx, tx, strconv.Itoa(i), "") })
			}
			var said *hearth.Error
			if !errors.As(err, &said) || said.Message != tt.words {
				t.Errorf("the write that commits says %v, want %q", err, tt.words)
			}
			wantCode(t, d.Write(ctx, func(*db.Tx) error { return nil }), hearth.CodeUnavailable)
			wantCode(t, d.Read(ctx, func(*db.Tx) error { return nil }), hearth.CodeUnavailable)
			wantCode(t, d.Failed(), hearth.CodeUnavailable)
			if err := d.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
		})
	}
}

// Another program that writes to the file is waited for, as everywhere.
func TestAloneTakesTurns(t *testing.T) {
	dir := t.TempDir()
	d := openAlone(t, dir, nil)
	other := dbtest.Open(t, db.Config{Dir: dir, Clock: hearth.NewVirtualClock(dbtest.Start())})
	mustPut(t, other, "other", "")
	if got := names(t, d); !reflect.DeepEqual(got, []string{"other"}) {
		t.Errorf("it sees %v of what another program wrote", got)
	}
	if _, err := os.Stat(filepath.Join(dir, db.FileName)); err != nil {
		t.Error(err)
	}
}

// The value of a LIMIT is no reason to prepare a statement anew: the program that SQLite made for it takes the value from
// its variable each time.
func TestAStatementIsPreparedOnce(t *testing.T) {
	d, _ := dbtest.SQLite(t)
	ctx := t.Context()
	err := d.Read(ctx, func(tx *db.Tx) error {
		for limit := range 3 {
			steps, err := opcodes(ctx, tx, limit)
			if err != nil {
				return err
			}
			if steps["Variable"] != 2 {
				t.Errorf("with LIMIT %d the statement has %d variables, want org and the limit", limit, steps["Variable"])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// opcodes counts the steps of the program that SQLite makes of a statement.
func opcodes(ctx context.Context, tx *db.Tx, limit int) (map[string]int, error) {
	rows, err := tx.Query(ctx, "EXPLAIN SELECT name FROM settings WHERE org = $1 LIMIT $2", tx.Org(), limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]int{}
	for rows.Next() {
		var at, p1, p2, p3, p5 int64
		var op string
		var p4, comment *string
		if err := rows.Scan(&at, &op, &p1, &p2, &p3, &p4, &p5, &comment); err != nil {
			return nil, err
		}
		out[op]++
	}
	return out, rows.Err()
}
