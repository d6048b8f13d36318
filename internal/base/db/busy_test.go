package db_test

import (
	"context"
	"database/sql"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

// TestOpenWaits opens a file whose lock somebody else holds for a moment, as a command does beside a program that writes
// without rest.
func TestOpenWaits(t *testing.T) {
	dir := t.TempDir()
	open := func() (*db.DB, error) {
		return db.Open(t.Context(), db.Config{Dir: dir, Clock: hearth.NewVirtualClock(time.UnixMilli(0))})
	}
	first, err := open()
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	other, err := sql.Open("sqlite", "file:"+dir+"/"+db.FileName+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	tx, err := other.BeginTx(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	released := make(chan error, 1)
	time.AfterFunc(400*time.Millisecond, func() { released <- tx.Rollback() })
	second, err := open()
	if err != nil {
		t.Fatalf("opened while somebody else writes: %v", err)
	}
	if err := second.Close(); err != nil {
		t.Error(err)
	}
	if err := <-released; err != nil {
		t.Error(err)
	}
}
