package eventlog_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/fact/eventlog"
)

// TestPlainSequenceWouldLoseEvents shows the trap on PostgreSQL, without our log: the number is taken when a row is
// inserted, the row is seen when its transaction commits, and a follower that saw the higher number walks past the lower.
func TestPlainSequenceWouldLoseEvents(t *testing.T) {
	ctx, url := t.Context(), dbtest.PostgresURL(t)
	connect := func() *pgx.Conn {
		c, err := pgx.Connect(ctx, url)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close(context.Background()) })
		return c
	}
	exec := func(c interface {
		Exec(context.Context, string, ...any) (pgconn.CommandTag, error)
	}, q string) {
		t.Helper()
		if _, err := c.Exec(ctx, q); err != nil {
			t.Fatal(err)
		}
	}
	first, second, reader := connect(), connect(), connect()
	exec(reader, "CREATE TABLE plain (seq BIGSERIAL PRIMARY KEY, id TEXT)")
	position := 0
	var seen []string
	follow := func() {
		rows, err := reader.Query(ctx, "SELECT seq, id FROM plain WHERE seq > $1 ORDER BY seq", position)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var id string
			if err := rows.Scan(&position, &id); err != nil {
				t.Fatal(err)
			}
			seen = append(seen, id)
		}
	}
	exec(first, "BEGIN; INSERT INTO plain (id) VALUES ('slow')")
	exec(second, "INSERT INTO plain (id) VALUES ('quick')")
	follow()
	exec(first, "COMMIT")
	follow()
	if want := []string{"quick"}; !reflect.DeepEqual(seen, want) {
		t.Errorf("the follower saw %v; the trap, which would show %v, is gone", seen, want)
	}
}

// TestSlowCommitLosesNothing is the same script with our log: the second append waits for the first one's commit, and
// only where both go into one partition.
func TestSlowCommitLosesNothing(t *testing.T) {
	d, clock := dbtest.Postgres(t)
	ctx, l, now := t.Context(), open(t, d), clock.Now()
	holds, release := make(chan bool), make(chan bool)
	var wg sync.WaitGroup
	write := func(id string, part int, before func()) {
		wg.Go(func() {
			err := d.Write(ctx, func(tx *db.Tx) error {
				_, err := l.Append(ctx, tx, event(id, property(part), now))
				before()
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	var quick, elsewhere atomic.Bool
	write("slow", 1, func() { close(holds); <-release })
	<-holds
	write("quick", 1, func() { quick.Store(true) })
	write("elsewhere", 2, func() { elsewhere.Store(true) })
	position := int64(0)
	var seen []string
	follow := func() {
		for _, ev := range read(t, d, l, 1, position, 100) {
			position, seen = ev.Seq, append(seen, ev.ID)
		}
	}
	deadline := time.Now().Add(20 * time.Second)
	for !elsewhere.Load() || len(read(t, d, l, 2, 0, 10)) == 0 {
		follow()
		if time.Now().After(deadline) {
			t.Fatal("an append to another partition waits")
		}
	}
	waiting := false
	for !waiting && time.Now().Before(deadline) { // until the second append stands before the first one's lock
		waiting = dbtest.Waiting(t, d) > 0
		follow()
	}
	if quick.Load() || len(seen) != 0 {
		t.Errorf("before the first commit the second append has passed (%v), and the follower saw %v", quick.Load(), seen)
	}
	close(release)
	wg.Wait()
	follow()
	if want := []string{"slow", "quick"}; !reflect.DeepEqual(seen, want) {
		t.Errorf("the follower saw %v, want %v", seen, want)
	}
}

// node is one process that works the log: a store and a log of its own over the same database.
type node struct {
	name string
	d    *db.DB
	l    *eventlog.Log
}

// work does one batch of one partition: for each event a row that may exist only once, and the position, in one
// transaction. It tells how many events it worked.
func (n *node) work(ctx context.Context, part, limit int) (int, error) {
	worked := 0
	err := n.d.Write(ctx, func(tx *db.Tx) error {
		worked = 0
		p, ok, err := n.l.Lock(ctx, tx, "test", part)
		if err != nil || !ok {
			return err
		}
		evs, ok := n.l.Tail(part, p.Seq, limit)
		if !ok {
			if evs, err = n.l.Read(ctx, tx, part, p.Seq, limit); err != nil {
				return err
			}
		}
		if len(evs) == 0 {
			return nil
		}
		for _, ev := range evs {
			_, err := tx.Exec(ctx, "INSERT INTO settings (org, name, value) VALUES ($1, $2, $3)", tx.Org(), ev.ID, fmt.Sprintf("%02d %09d", part, ev.Seq))
			if err != nil {
				return err
			}
		}
		worked = len(evs)
		return n.l.Move(ctx, tx, "test", part, eventlog.Position{Seq: evs[len(evs)-1].Seq, Node: n.name, Epoch: p.Epoch + 1})
	})
	return worked, err
}

// TestNodesShareTheLog has several nodes write, with repeats and rollbacks, and work the log at the same time. Each
// event must be worked exactly once, whoever wrote it.
func TestNodesShareTheLog(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		seed := rand.Uint64()
		t.Log("seed", seed)
		nodes := []*node{{name: "n1", d: d, l: open(t, d)}}
		other := dbtest.Open(t, d.Config())
		nodes = append(nodes, &node{name: "n2", d: other, l: open(t, other)})
		const calls, parts = 60, 3
		want := map[string]bool{}
		var mu sync.Mutex
		var writers, workers sync.WaitGroup
		for w := range 6 {
			n := nodes[w%2]
			r := rand.New(rand.NewPCG(seed, uint64(w)))
			writers.Go(func() {
				for range calls {
					var evs []*hearth.Event
					for range 1 + r.IntN(8) {
						// A small range of ids: most are sent more than once, by several writers.
						evs = append(evs, event(fmt.Sprint(r.IntN(600)), property(r.IntN(parts)), clock.Now()))
					}
					fail := r.IntN(5) == 0
					err := n.d.Write(context.Background(), func(tx *db.Tx) error {
						_, err := n.l.Append(context.Background(), tx, evs...)
						if err == nil && fail {
							return context.Canceled
						}
						return err
					})
					if err != nil && !fail {
						t.Error(err)
					}
					if err == nil {
						mu.Lock()
						for _, ev := range evs {
							want[ev.ID] = true
						}
						mu.Unlock()
					}
				}
			})
		}
		var written atomic.Bool
		for i := range 4 {
			n := nodes[i%2]
			workers.Go(func() {
				for {
					last := written.Load() // asked before looking: what was written by then is seen
					worked := 0
					for part := range parts {
						k, err := n.work(context.Background(), part, 20)
						if err != nil {
							t.Errorf("%s: %v", n.name, err)
							return
						}
						worked += k
					}
					if last && worked == 0 {
						return
					}
				}
			})
		}
		writers.Wait()
		written.Store(true)
		workers.Wait()
		// A worker may have left while another still held a partition.
		for part := range parts {
			for k := 1; k > 0; {
				var err error
				if k, err = nodes[0].work(context.Background(), part, 100); err != nil {
					t.Fatal(err)
				}
			}
		}
		got := map[string]bool{}
		for _, n := range effects(t, d) {
			got[n] = true
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%d events were worked, %d were acknowledged", len(got), len(want))
		}
	})
}

func effects(t testing.TB, d *db.DB) []string {
	t.Helper()
	ctx := context.Background()
	var out []string
	err := d.Read(ctx, func(tx *db.Tx) error {
		rows, err := tx.Query(ctx, "SELECT name FROM settings WHERE org = $1 ORDER BY value", tx.Org())
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var n string
			if err := rows.Scan(&n); err != nil {
				return err
			}
			out = append(out, n)
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestFrozenNodeLosesItsBatch: a node stands still in the middle of a batch. After the limit for idle transactions
// another takes the batch, and what the first does when it wakes up goes nowhere.
func TestFrozenNodeLosesItsBatch(t *testing.T) {
	t.Parallel() // it waits for PostgreSQL's limit of five seconds
	d, clock := dbtest.Postgres(t)
	other := dbtest.Open(t, d.Config())
	frozen, live := &node{name: "frozen", d: d, l: open(t, d)}, &node{name: "live", d: other, l: open(t, other)}
	appendAll(t, d, frozen.l, event("a", property(0), clock.Now()), event("b", property(0), clock.Now()))
	ctx := t.Context()
	holds, wake, done := make(chan bool), make(chan bool), make(chan error, 1)
	wakeUp := sync.OnceFunc(func() { close(wake) })
	defer wakeUp() // else a failure here would leave it asleep
	go func() {
		done <- d.Write(ctx, func(tx *db.Tx) error {
			p, ok, err := frozen.l.Lock(ctx, tx, "test", 0)
			if err != nil || !ok {
				t.Errorf("lock: %v, %v", ok, err)
			}
			close(holds)
			<-wake
			if _, err := tx.Exec(ctx, "INSERT INTO settings (org, name, value) VALUES ($1, 'frozen', '')", tx.Org()); err != nil {
				return err
			}
			return frozen.l.Move(ctx, tx, "test", 0, eventlog.Position{Seq: 2, Node: "frozen", Epoch: p.Epoch + 1})
		})
	}()
	<-holds
	if k, err := live.work(ctx, 0, 10); k != 0 || err != nil {
		t.Errorf("while the batch is held, another node worked %d events, %v", k, err)
	}
	start := time.Now()
	for k := 0; k == 0; {
		var err error
		if k, err = live.work(ctx, 0, 10); err != nil {
			t.Fatal(err)
		}
		if time.Since(start) > 20*time.Second {
			t.Fatal("the batch of the frozen node was not freed")
		}
		time.Sleep(50 * time.Millisecond)
	}
	wakeUp()
	if err := <-done; hearth.CodeOf(err) != hearth.CodeUnavailable {
		t.Errorf("the frozen node's transaction gave %v, want that its connection was ended", err)
	}
	if got, want := effects(t, d), []string{"a", "b"}; !reflect.DeepEqual(got, want) {
		t.Errorf("worked %v, want %v", got, want)
	}
}

func TestPositions(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *hearth.VirtualClock) {
		ctx, l := t.Context(), open(t, d)
		for _, follower := range []string{"decide", "metric"} {
			err := d.Write(ctx, func(tx *db.Tx) error {
				for part := range 3 {
					p, ok, err := l.Lock(ctx, tx, follower, part)
					if err != nil || !ok || p != (eventlog.Position{}) {
						t.Errorf("a new position is %+v, %v, %v", p, ok, err)
					}
				}
				if follower == "metric" {
					return nil
				}
				return errors.Join(l.Move(ctx, tx, follower, 1, eventlog.Position{Seq: 7, Node: "n1", Epoch: 3}))
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		err := d.Write(ctx, func(tx *db.Tx) error {
			p, ok, err := l.Lock(ctx, tx, "decide", 1)
			if want := (eventlog.Position{Seq: 7, Node: "n1", Epoch: 3}); p != want || !ok {
				t.Errorf("the position is %+v, %v; want %+v", p, ok, want)
			}
			all, err2 := l.Positions(ctx, tx, "decide")
			if want := map[int]int64{0: 0, 1: 7, 2: 0}; !reflect.DeepEqual(all, want) {
				t.Errorf("positions are %v, want %v", all, want)
			}
			return errors.Join(err, err2)
		})
		if err != nil {
			t.Fatal(err)
		}
		err = d.Write(ctx, func(tx *db.Tx) error { return l.Move(ctx, tx, "nobody", 1, eventlog.Position{Seq: 1}) })
		if err == nil || !strings.Contains(err.Error(), "not locked") {
			t.Errorf("moving an unknown position gave %v", err)
		}
	})
}

func TestHeads(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		l := open(t, d)
		appendAll(t, d, l, event("a", property(4), clock.Now()), event("b", property(4), clock.Now()), event("c", property(5), clock.Now()))
		appendAll(t, d, l, event("a", property(6), clock.Now())) // a repeat: nothing new there
		err := d.Read(t.Context(), func(tx *db.Tx) error {
			got, err := l.Heads(t.Context(), tx)
			if want := map[int]int64{4: 2, 5: 1, 6: 0}; !reflect.DeepEqual(got, want) {
				t.Errorf("heads are %v, want %v", got, want)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
