package db_test

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
)

// faulty opens a SQLite store whose steps fail with whatever the returned setter says.
func faulty(t *testing.T, step string) (*db.DB, func(error)) {
	var now atomic.Pointer[error]
	d := dbtest.Open(t, db.Config{Dir: t.TempDir(), Clock: hearth.NewVirtualClock(dbtest.Start()), Fault: func(s string) error {
		if e := now.Load(); e != nil && (s == step || s == "probe") {
			return *e
		}
		return nil
	}})
	return d, func(err error) {
		if err == nil {
			now.Store(nil)
			return
		}
		now.Store(&err)
	}
}

func TestFullDiskRefusesThenRecovers(t *testing.T) {
	d, fail := faulty(t, "commit")
	ctx := t.Context()
	mustPut(t, d, "before", "")
	fail(coded(13))
	undone := false
	err := d.Write(ctx, func(tx *db.Tx) error {
		tx.AfterRollback(func() { undone = true })
		return put(ctx, tx, "lost", "")
	})
	wantCode(t, err, hearth.CodeUnavailable)
	if !strings.Contains(hearth.MessageOf(err), "disk is full") {
		t.Errorf("the sentence is %q", hearth.MessageOf(err))
	}
	if !undone {
		t.Error("the caller's hook for a rollback did not run")
	}
	wantCode(t, d.Failed(), hearth.CodeUnavailable)
	err = d.Write(ctx, func(*db.Tx) error { t.Error("work ran on a full disk"); return nil })
	wantCode(t, err, hearth.CodeUnavailable)
	if got := names(t, d); !reflect.DeepEqual(got, []string{"before"}) {
		t.Errorf("reads gave %v, want what was there before", got)
	}
	fail(nil)
	until(t, "recovery", func() bool { return d.Failed() == nil })
	mustPut(t, d, "after", "")
	if got := names(t, dbtest.Reopen(t, d)); !reflect.DeepEqual(got, []string{"after", "before"}) {
		t.Errorf("stored %v, want before and after", got)
	}
}

// TestFullDatabaseFile has SQLite itself run out of room, in the middle of a group of callers.
func TestFullDatabaseFile(t *testing.T) {
	d, _ := dbtest.SQLite(t)
	ctx := t.Context()
	if err := db.LimitPages(ctx, d, 8); err != nil {
		t.Fatal(err)
	}
	big := strings.Repeat("x", 6000)
	acked := []string{}
	var err error
	for i := 0; err == nil && i < 1000; i++ {
		name := fmt.Sprintf("%03d", i)
		if err = d.Write(ctx, func(tx *db.Tx) error { return put(ctx, tx, name, big) }); err == nil {
			acked = append(acked, name)
		}
	}
	wantCode(t, err, hearth.CodeUnavailable)
	wantCode(t, d.Failed(), hearth.CodeUnavailable)
	if len(acked) == 0 || len(acked) > 20 {
		t.Fatalf("%d rows fitted", len(acked))
	}
	if got := names(t, d); !reflect.DeepEqual(got, acked) {
		t.Errorf("stored %v, want the acknowledged %v", got, acked)
	}
	if err := db.LiftPages(ctx, d); err != nil {
		t.Fatal(err)
	}
	until(t, "recovery", func() bool { return d.Failed() == nil })
	mustPut(t, d, "zzz", big)
	if got := names(t, dbtest.Reopen(t, d)); !reflect.DeepEqual(got, append(acked, "zzz")) {
		t.Errorf("stored %v", got)
	}
}

// A sync can fail while the log is folded in, beside the commits, and is told of there alone; a full disk there is not the end.
func TestASyncThatFailsWhileFolding(t *testing.T) {
	const ioErrFsync = 10 | 4<<8
	for _, c := range []struct {
		code int
		ends bool
	}{{ioErrFsync, true}, {13, false}} {
		var folds atomic.Int64
		d := dbtest.Open(t, db.Config{Dir: t.TempDir(), Clock: hearth.NewVirtualClock(dbtest.Start()), Fault: func(step string) error {
			if step != "fold" {
				return nil
			}
			folds.Add(1)
			return coded(c.code)
		}})
		for i := 0; folds.Load() < 3 && i < 1000; i++ {
			if err := d.Write(t.Context(), func(tx *db.Tx) error { return put(t.Context(), tx, fmt.Sprintf("%06d", i), "") }); err != nil {
				wantCode(t, err, hearth.CodeUnavailable)
				break
			}
		}
		if folds.Load() == 0 {
			t.Fatal("the log was never looked at")
		}
		if got := d.Failed() != nil; got != c.ends {
			t.Errorf("code %d: writes refused: %t, want %t", c.code, got, c.ends)
		}
	}
}

func TestFailedSyncNeedsARestart(t *testing.T) {
	d, fail := faulty(t, "commit")
	ctx := t.Context()
	mustPut(t, d, "before", "")
	const ioErrFsync = 10 | 4<<8
	fail(coded(ioErrFsync))
	err := d.Write(ctx, func(tx *db.Tx) error { return put(ctx, tx, "lost", "") })
	wantCode(t, err, hearth.CodeUnavailable)
	fail(nil)
	for range 3 {
		err = d.Write(ctx, func(*db.Tx) error { t.Error("work ran after a failed sync"); return nil })
		wantCode(t, err, hearth.CodeUnavailable)
		db.Probe(d)
	}
	if msg := hearth.MessageOf(d.Failed()); !strings.Contains(msg, "restart") {
		t.Errorf("the sentence is %q", msg)
	}
	d = dbtest.Reopen(t, d)
	mustPut(t, d, "after", "")
	if got := names(t, d); !reflect.DeepEqual(got, []string{"after", "before"}) {
		t.Errorf("stored %v, want before and after", got)
	}
}

// TestFaultInAGroup: an error that is not the disk's loses the group, tells everybody, and nothing else.
func TestFaultInAGroup(t *testing.T) {
	d, fail := faulty(t, "commit")
	fail(coded(1))
	err := d.Write(t.Context(), func(tx *db.Tx) error { return put(context.Background(), tx, "lost", "") })
	wantCode(t, err, hearth.CodeUnavailable)
	fail(nil)
	if d.Failed() != nil {
		t.Errorf("the store takes no writes: %v", d.Failed())
	}
	mustPut(t, d, "after", "")
	if got := names(t, d); !reflect.DeepEqual(got, []string{"after"}) {
		t.Errorf("stored %v", got)
	}
}
