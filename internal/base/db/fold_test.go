package db

import (
	"context"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"hearth"
)

// The log begins anew under writing that never pauses, with readers beside it: its file does not grow with what is written.
func TestTheLogIsFoldedBesideWriting(t *testing.T) {
	clock := hearth.NewVirtualClock(time.Date(2026, time.March, 2, 14, 0, 0, 0, time.UTC))
	d, err := Open(t.Context(), Config{Dir: t.TempDir(), Clock: clock, Relaxed: true})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	const q = `INSERT INTO settings (org, name, value) VALUES ($1, $2, $3) ON CONFLICT (org, name) DO UPDATE SET value = excluded.value`
	written := int64(0)
	for i := range 2000 {
		value := pages25(i)
		err := d.Write(t.Context(), func(tx *Tx) error {
			_, err := tx.Exec(context.Background(), q, tx.Org(), "key"+string(rune('a'+i%7)), value)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		written += int64(len(value))
		if i%50 == 0 {
			if err := d.Read(t.Context(), func(tx *Tx) error {
				var n int64
				return tx.Row(context.Background(), `SELECT count(*) FROM settings WHERE org = $1`, tx.Org()).Scan(&n)
			}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if size := d.Stats().WALBytes; size == 0 || size > written/3 {
		t.Errorf("the log has %d bytes after %d were written", size, written)
	}
}

// The log also begins anew where somebody is always reading: each page that is read keeps the log from it, and a busy office has one open at
// any time.
func TestTheLogBeginsAnewThoughSomebodyAlwaysReads(t *testing.T) {
	clock := hearth.NewVirtualClock(time.Date(2026, time.March, 2, 14, 0, 0, 0, time.UTC))
	d, err := Open(t.Context(), Config{Dir: t.TempDir(), Clock: clock, Relaxed: true})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for i := range 4 { // each reads for 3 to 6 ms, again and again
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if err := d.Read(t.Context(), func(tx *Tx) error {
					var n int64
					err := tx.Row(context.Background(), `SELECT count(*) FROM settings WHERE org = $1`, tx.Org()).Scan(&n)
					time.Sleep(time.Duration(3+i) * time.Millisecond)
					return err
				}); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	const q = `INSERT INTO settings (org, name, value) VALUES ($1, $2, $3) ON CONFLICT (org, name) DO UPDATE SET value = excluded.value`
	var most int64
	for i := range 8000 {
		value := pages25(i)
		err := d.Write(t.Context(), func(tx *Tx) error {
			_, err := tx.Exec(context.Background(), q, tx.Org(), "key"+string(rune('a'+i%7)), value)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		most = max(most, d.Stats().WALBytes)
	}
	close(stop)
	readers.Wait()
	t.Logf("the log had %d MB at most", most>>20)
	if written := int64(8000 * 100_000); most > written/3 {
		t.Errorf("the log had %d bytes after %d were written", most, written)
	}
}

// What was committed and never folded is there after the folder's end and a reopening.
func TestFoldingLosesNothing(t *testing.T) {
	dir := t.TempDir()
	clock := hearth.NewVirtualClock(time.Date(2026, time.March, 2, 14, 0, 0, 0, time.UTC))
	for round := range 3 {
		d, err := Open(t.Context(), Config{Dir: dir, Clock: clock})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 40 {
			if err := d.Write(t.Context(), func(tx *Tx) error {
				_, err := tx.Exec(context.Background(), `INSERT INTO settings (org, name, value) VALUES ($1, $2, $3)`, tx.Org(),
					string(rune('a'+round))+string(rune('a'+i)), strings.Repeat("x", 50_000))
				return err
			}); err != nil {
				t.Fatal(err)
			}
			if i%10 == 0 {
				if _, err := d.engine.(*sqliteEngine).writer.foldRest(0, nil); err != nil {
					t.Fatal(err)
				}
			}
		}
		var n int
		if err := d.Read(t.Context(), func(tx *Tx) error {
			return tx.Row(context.Background(), `SELECT count(*) FROM settings WHERE org = $1`, tx.Org()).Scan(&n)
		}); err != nil {
			t.Fatal(err)
		}
		if want := 40 * (round + 1); n != want {
			t.Errorf("%d rows, want %d", n, want)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(dir + "/hearth.db-wal"); err == nil && info.Size() > 0 {
			t.Errorf("the log has %d bytes after closing", info.Size())
		}
	}
}

// pages25 is a value of 25 pages that differs from the one before: SQLite writes no page that stays as it is.
func pages25(i int) string { return strings.Repeat(string(rune('a'+i%23)), 100_000) }
