package db_test

import (
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"

	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
)

// Whoever waits goes before work that was set aside, in a commit of their own.
func TestWhoWaitsGoesBeforeWhatIsSetAside(t *testing.T) {
	d, _ := dbtest.SQLite(t)
	ctx := t.Context()
	held, release := make(chan bool), make(chan bool)
	var wg sync.WaitGroup
	var order []string // written by the writer's goroutine alone
	write := func(f func(name string, before func()) error, name string, before func()) {
		wg.Go(func() {
			if err := f(name, before); err != nil {
				t.Error(err)
			}
		})
	}
	put1 := func(name string, before func()) func(tx *db.Tx) error {
		return func(tx *db.Tx) error {
			order = append(order, name)
			before()
			return put(ctx, tx, name, "")
		}
	}
	aside := func(name string, before func()) error { return d.WriteAside(ctx, put1(name, before)) }
	waits := func(name string, before func()) error { return d.Write(ctx, put1(name, before)) }
	nothing := func() {}
	write(aside, "aside 1", func() { close(held); <-release })
	<-held
	write(aside, "aside 2", nothing)
	const callers = 5
	for range callers {
		before := db.Queued(d)
		write(waits, fmt.Sprint("waits ", before), nothing)
		until(t, "queueing", func() bool { return db.Queued(d) == before+1 })
	}
	commits := d.Stats().Commits
	close(release)
	wg.Wait()
	want := []string{"aside 1", "waits 0", "waits 1", "waits 2", "waits 3", "waits 4", "aside 2"}
	if !reflect.DeepEqual(order, want) {
		t.Errorf("worked %v, want %v", order, want)
	}
	if got := d.Stats().Commits - commits; got != 3 {
		t.Errorf("%d commits, want one for each set aside and one for those who waited", got)
	}
}

// A busy day does not put off for ever what was set aside, and nothing of either kind is lost.
func TestWhatIsSetAsideHasItsTurn(t *testing.T) {
	d, _ := dbtest.SQLite(t)
	ctx := t.Context()
	var n atomic.Int64
	var done atomic.Bool
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for !done.Load() && n.Load() < 20_000 {
				if err := d.Write(ctx, func(tx *db.Tx) error { return put(ctx, tx, fmt.Sprintf("n%05d", n.Add(1)), "") }); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	const lots = 10
	for i := range lots {
		if err := d.WriteAside(ctx, func(tx *db.Tx) error { return put(ctx, tx, fmt.Sprint("aside ", i), "") }); err != nil {
			t.Error(err)
		}
	}
	if n.Load() >= 20_000 {
		t.Errorf("what was set aside waited for %d writes", n.Load())
	}
	done.Store(true)
	wg.Wait()
	if got, want := int64(len(names(t, d))), n.Load()+lots; got != want {
		t.Errorf("%d rows, want %d", got, want)
	}
}
