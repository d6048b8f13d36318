package db_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
)

// TestOneCommitForManyCallers holds the writer with one caller while others queue: they share the next commit, and the
// failures among them stay their own. Who had gone well before the first of them runs once more, and its hooks tell so.
func TestOneCommitForManyCallers(t *testing.T) {
	d, _ := dbtest.SQLite(t)
	ctx := t.Context()
	held, release := make(chan bool), make(chan bool)
	var wg sync.WaitGroup
	wg.Go(func() {
		err := d.Write(ctx, func(tx *db.Tx) error { close(held); <-release; return put(ctx, tx, "first", "") })
		if err != nil {
			t.Error(err)
		}
	})
	<-held
	before := d.Stats()
	const callers = 100
	errs := make([]error, callers)
	var runs, done, undone [callers]int // counted on the writer's goroutine
	for i := range callers {
		wg.Go(func() {
			errs[i] = d.Write(ctx, func(tx *db.Tx) error {
				runs[i]++
				tx.AfterCommit(func() { done[i]++ })
				tx.AfterRollback(func() { undone[i]++ })
				if err := put(ctx, tx, fmt.Sprintf("%03d", i), ""); err != nil {
					return err
				}
				switch i % 10 {
				case 3:
					return errOurs
				case 5:
					return put(ctx, tx, fmt.Sprintf("%03d", i), "again")
				case 7:
					panic("broken")
				}
				return nil
			})
		})
	}
	until(t, "queueing of all callers", func() bool { return db.Queued(d) == callers })
	close(release)
	wg.Wait()
	after := d.Stats()
	if got := after.Commits - before.Commits; got != 2 {
		t.Errorf("%d commits, want the first caller's and one for all others", got)
	}
	if got := after.Callers - before.Callers; got != 1+callers*7/10 {
		t.Errorf("%d callers committed, want %d", got, 1+callers*7/10)
	}
	want := []string{}
	for i, err := range errs {
		bad := i%10 == 3 || i%10 == 5 || i%10 == 7
		if bad != (err != nil) {
			t.Errorf("caller %d got %v", i, err)
		}
		if i%10 == 3 && !errors.Is(err, errOurs) || i%10 == 5 && !db.IsUnique(err) {
			t.Errorf("caller %d got another's error: %v", i, err)
		}
		if !bad {
			want = append(want, fmt.Sprintf("%03d", i))
		}
	}
	want = append(want, "first")
	if got := names(t, d); !reflect.DeepEqual(got, want) {
		t.Errorf("stored %v, want %v", got, want)
	}
	again := 0
	for i, err := range errs {
		again += runs[i] - 1
		if err == nil && (done[i] != 1 || undone[i] != runs[i]-1) || err != nil && (done[i] != 0 || undone[i] != runs[i]) {
			t.Errorf("caller %d (%v) ran %d times, with %d hooks for done and %d for undone", i, err, runs[i], done[i], undone[i])
		}
		if runs[i] > 2 || runs[i] == 2 && err != nil {
			t.Errorf("caller %d (%v) ran %d times", i, err, runs[i])
		}
	}
	if again > callers/2 {
		t.Errorf("%d callers ran again; only those before the first failure should", again)
	}
}

func TestGroupsAreCapped(t *testing.T) {
	clock := hearth.NewVirtualClock(dbtest.Start())
	d := dbtest.Open(t, db.Config{Dir: t.TempDir(), Clock: clock, GroupMax: 8, Linger: time.Millisecond})
	ctx := t.Context()
	var wg sync.WaitGroup
	for i := range 100 {
		wg.Go(func() {
			if err := d.Write(ctx, func(tx *db.Tx) error { return put(ctx, tx, fmt.Sprint(i), "") }); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if s := d.Stats(); s.Callers != 100 || s.Commits < 100/8 {
		t.Errorf("%d callers in %d commits, want 100 in at least 13", s.Callers, s.Commits)
	}
}

// TestCloseFinishesTheQueue: what was accepted is committed or answered, never left waiting.
func TestCloseFinishesTheQueue(t *testing.T) {
	d, _ := dbtest.SQLite(t)
	ctx := t.Context()
	var wg sync.WaitGroup
	acked := make(chan string, 200)
	for i := range 200 {
		wg.Go(func() {
			name := fmt.Sprintf("%03d", i)
			err := d.Write(ctx, func(tx *db.Tx) error { return put(ctx, tx, name, "") })
			if err == nil {
				acked <- name
			} else if hearth.CodeOf(err) != hearth.CodeUnavailable {
				t.Error(err)
			}
		})
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	close(acked)
	got := map[string]bool{}
	for _, n := range names(t, dbtest.Reopen(t, d)) {
		got[n] = true
	}
	n := 0
	for name := range acked {
		n++
		if !got[name] {
			t.Errorf("%s was acknowledged and is missing", name)
		}
	}
	if n != len(got) {
		t.Errorf("%d acknowledged, %d stored", n, len(got))
	}
}

// TestTwoProcessesTakeTurns has one handle write without a pause and another, as a second process would, now and then.
func TestTwoProcessesTakeTurns(t *testing.T) {
	dir, clock := t.TempDir(), hearth.NewVirtualClock(dbtest.Start())
	busy := dbtest.Open(t, db.Config{Dir: dir, Clock: clock})
	other := dbtest.Open(t, db.Config{Dir: dir, Clock: clock})
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				err := busy.Write(context.Background(), func(tx *db.Tx) error {
					time.Sleep(2 * time.Millisecond) // it has the file nearly always
					return put(ctx, tx, fmt.Sprintf("busy %d %d", w, i), "")
				})
				if err != nil && ctx.Err() == nil {
					t.Error(err)
				}
			}
		})
	}
	until(t, "a first commit", func() bool { return busy.Stats().Commits > 5 })
	between := make([]int64, 50)
	for i := range between {
		before := busy.Stats().Commits
		mustPut(t, other, fmt.Sprint("other ", i), "")
		between[i] = busy.Stats().Commits - before
	}
	cancel()
	wg.Wait()
	// One that was under way, and one that may slip in before the other asks; and neither goes twice while the other waits. Now and
	// then somebody is not woken for a while on a busy machine. Without turns one of them was shut out for a hundred commits.
	slices.Sort(between)
	if usual, most := between[len(between)/2], between[len(between)-1]; usual < 1 || usual > 3 || most > 40 {
		t.Errorf("while the other waited for one commit, the busy process committed so often: %d", between)
	}
}

func TestFilesAreTheOwnersAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data # with ? odd % name")
	d := dbtest.Open(t, db.Config{Dir: dir, Clock: hearth.NewVirtualClock(dbtest.Start())})
	mustPut(t, d, "a", "")
	check := func(path string, want os.FileMode) {
		info, err := os.Stat(path)
		if err != nil {
			t.Error(err)
		} else if info.Mode().Perm() != want {
			t.Errorf("%s has mode %o, want %o", path, info.Mode().Perm(), want)
		}
	}
	check(dir, 0o700)
	files, err := os.ReadDir(dir)
	if err != nil || len(files) < 2 {
		t.Fatalf("the directory holds %v, %v", files, err)
	}
	for _, f := range files {
		check(filepath.Join(dir, f.Name()), 0o600)
	}
}

func TestVersionsCompare(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		less bool
	}{{"3.51.2", "3.51.3", true}, {"3.51.3", "3.51.3", false}, {"3.53.4", "3.51.3", false}, {"3.9.9", "3.51.3", true}, {"4.0", "3.51.3", false}, {"3.51", "3.51.3", true}} {
		if got := db.VersionLess(tt.a, tt.b); got != tt.less {
			t.Errorf("%s before %s: %v, want %v", tt.a, tt.b, got, tt.less)
		}
	}
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	clock := hearth.NewVirtualClock(dbtest.Start())
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		cfg  db.Config
		code hearth.Code
	}{
		"neither":      {db.Config{Clock: clock}, hearth.CodeInvalid},
		"both":         {db.Config{Clock: clock, Dir: "x", URL: "postgres://y"}, hearth.CodeInvalid},
		"no clock":     {db.Config{Dir: t.TempDir()}, hearth.CodeInternal},
		"not a dir":    {db.Config{Clock: clock, Dir: file}, hearth.CodeUnavailable},
		"bad address":  {db.Config{Clock: clock, URL: "postgres://u:secret@h:port/x"}, hearth.CodeInvalid},
		"nobody there": {db.Config{Clock: clock, URL: "postgres://u@127.0.0.1:1/x"}, hearth.CodeUnavailable},
		"not a dbfile": {db.Config{Clock: clock, Dir: garbage(t)}, hearth.CodeUnavailable},
	} {
		_, err := db.Open(t.Context(), tt.cfg)
		if hearth.CodeOf(err) != tt.code {
			t.Errorf("%s: %v, want code %s", name, err, tt.code)
		}
	}
}

// garbage gives a data directory whose database file is something else.
func garbage(t *testing.T) string {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, db.FileName), []byte("This is not a database, but a letter that somebody saved here by mistake."), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestSyncIsFullUnlessRelaxed(t *testing.T) {
	clock := hearth.NewVirtualClock(dbtest.Start())
	for relaxed, want := range map[bool]string{false: "2", true: "0"} {
		d := dbtest.Open(t, db.Config{Dir: t.TempDir(), Clock: clock, Relaxed: relaxed})
		if got := db.Pragma(t, d, "synchronous"); got != want {
			t.Errorf("relaxed %v: synchronous is %s, want %s", relaxed, got, want)
		}
		if got := db.Pragma(t, d, "journal_mode"); got != "wal" {
			t.Errorf("the journal mode is %s, want wal", got)
		}
	}
}

// TestARefusalBeforeAnyChangeTroublesNobody: most failures are found by reading, and then the others need not run again.
func TestARefusalBeforeAnyChangeTroublesNobody(t *testing.T) {
	d, _ := dbtest.SQLite(t)
	ctx := t.Context()
	held, release := make(chan bool), make(chan bool)
	var wg sync.WaitGroup
	wg.Go(func() {
		_ = d.Write(ctx, func(*db.Tx) error { close(held); <-release; return errOurs })
	})
	<-held
	runs := 0
	for i := range 20 {
		wg.Go(func() {
			err := d.Write(ctx, func(tx *db.Tx) error {
				runs++
				if i%2 == 0 {
					return put(ctx, tx, fmt.Sprint(i), "")
				}
				if err := tx.Row(ctx, "SELECT 1 FROM settings WHERE org = $1", tx.Org()).Scan(new(int)); err != nil && !errors.Is(err, db.ErrNotFound) {
					return err
				}
				return errOurs
			})
			if (i%2 == 0) != (err == nil) {
				t.Errorf("caller %d got %v", i, err)
			}
		})
	}
	until(t, "queueing of all callers", func() bool { return db.Queued(d) == 20 })
	close(release)
	wg.Wait()
	if runs != 20 {
		t.Errorf("20 callers ran %d times", runs)
	}
	if got := len(names(t, d)); got != 10 {
		t.Errorf("%d stored, want 10", got)
	}
}
