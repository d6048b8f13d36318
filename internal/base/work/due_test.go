package work_test

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/base/work"
)

// do runs f in a transaction that must succeed.
func do(t testing.TB, d *db.DB, f func(ctx context.Context, tx *db.Tx) error) {
	t.Helper()
	ctx := context.Background()
	if err := d.Write(ctx, func(tx *db.Tx) error { return f(ctx, tx) }); err != nil {
		t.Fatal(err)
	}
}

func keys(due []work.Due) []string {
	out := []string{}
	for _, d := range due {
		out = append(out, d.Kind+"/"+d.Key)
	}
	return out
}

func TestTakeInOrderAndOnlyOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		now := clock.Now()
		do(t, d, func(ctx context.Context, tx *db.Tx) error {
			return work.Put(ctx, tx, []work.Due{
				{Lane: work.EngineLane, Kind: "run", Key: "late", Part: 3, At: now.Add(time.Minute)},
				{Lane: work.EngineLane, Kind: "run", Key: "b", Part: 3, At: now, Payload: "{}"},
				{Lane: work.EngineLane, Kind: "run", Key: "a", Part: 3, At: now},
				{Lane: work.EngineLane, Kind: "hold", Key: "z", Part: 3, At: now},
				{Lane: work.EngineLane, Kind: "run", Key: "first", Part: 3, At: now.Add(-time.Hour)},
				{Lane: work.EngineLane, Kind: "run", Key: "elsewhere", Part: 4, At: now},
				{Lane: "mail", Kind: "deliver", Key: "m", At: now},
			})
		})
		take := func(part, limit int) (got []work.Due) {
			do(t, d, func(ctx context.Context, tx *db.Tx) (err error) {
				got, err = work.Take(ctx, tx, work.EngineLane, part, now, limit)
				return err
			})
			return got
		}
		first := take(3, 2)
		if want := []string{"run/first", "hold/z"}; !reflect.DeepEqual(keys(first), want) {
			t.Errorf("took %v, want %v", keys(first), want)
		}
		rest := take(3, 10)
		if want := []string{"run/a", "run/b"}; !reflect.DeepEqual(keys(rest), want) {
			t.Errorf("then took %v, want %v", keys(rest), want)
		}
		if rest[1].Payload != "{}" || !rest[1].At.Equal(now) || rest[1].Part != 3 {
			t.Errorf("the row came back as %+v", rest[1])
		}
		if got := take(3, 10); len(got) != 0 {
			t.Errorf("took %v a second time", keys(got))
		}
		do(t, d, func(ctx context.Context, tx *db.Tx) error {
			at, ok, err := work.NextAt(ctx, tx, work.EngineLane, 3)
			if !ok || !at.Equal(now.Add(time.Minute)) {
				t.Errorf("the next is due at %v, %v", at, ok)
			}
			if _, ok, _ := work.NextAt(ctx, tx, work.EngineLane, 9); ok {
				t.Error("a partition without rows has a next one")
			}
			return err
		})
	})
}

func TestPutMovesAndDropRemoves(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		now := clock.Now()
		do(t, d, func(ctx context.Context, tx *db.Tx) error {
			row := work.Due{Lane: work.EngineLane, Kind: "run", Key: "a", At: now, Payload: "1"}
			moved := row
			moved.At, moved.Payload = now.Add(time.Hour), "2"
			// The later of two in one call counts, and so does the later call.
			if err := work.Put(ctx, tx, []work.Due{row, moved}); err != nil {
				return err
			}
			due, err := work.Take(ctx, tx, work.EngineLane, 0, now, 10)
			if len(due) != 0 || err != nil {
				t.Errorf("a row that was moved is due: %+v, %v", due, err)
			}
			if err := work.Put(ctx, tx, []work.Due{{Lane: work.EngineLane, Kind: "run", Key: "b", At: now}, {Lane: work.EngineLane, Kind: "other", Key: "b", At: now}}); err != nil {
				return err
			}
			if err := work.Drop(ctx, tx, "run", []string{"b", "missing"}); err != nil {
				return err
			}
			if due, err = work.Take(ctx, tx, work.EngineLane, 0, now.Add(time.Hour), 10); err != nil {
				return err
			}
			if got, want := keys(due), []string{"other/b", "run/a"}; !reflect.DeepEqual(got, want) || due[1].Payload != "2" {
				t.Errorf("took %+v, want %v, moved", due, want)
			}
			return work.Put(ctx, tx, nil)
		})
		err := d.Write(t.Context(), func(tx *db.Tx) error { return work.Put(t.Context(), tx, []work.Due{{Kind: "run", Key: "a"}}) })
		if err == nil {
			t.Error("a row without a lane was put")
		}
	})
}

func TestATakenRowIsPutBackForItsOwnTime(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		later := clock.Now().Add(time.Hour)
		do(t, d, func(ctx context.Context, tx *db.Tx) error {
			for range 3 { // moved, so that a number is left on it
				if err := work.Put(ctx, tx, []work.Due{{Lane: work.EngineLane, Kind: "run", Key: "a", Part: 3, At: clock.Now()}}); err != nil {
					return err
				}
			}
			taken, err := work.Take(ctx, tx, work.EngineLane, 3, clock.Now(), 1)
			if err != nil || len(taken) != 1 {
				return fmt.Errorf("took %d rows: %w", len(taken), err)
			}
			taken[0].At = later
			if err := work.Put(ctx, tx, taken); err != nil {
				return err
			}
			at, ok, err := work.NextAt(ctx, tx, work.EngineLane, 3)
			if err == nil && (!ok || !at.Equal(later)) {
				t.Errorf("put back for %s, it is due on %s", later, at)
			}
			return err
		})
	})
}

func TestClaimsRunOutAndStaleOnesWriteNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		now := clock.Now()
		until := now.Add(time.Minute)
		claim := func(node string) []work.Due {
			t.Helper()
			var got []work.Due
			do(t, d, func(ctx context.Context, tx *db.Tx) (err error) {
				got, err = work.Claim(ctx, tx, "mail", node, tx.Now(), tx.Now().Add(time.Minute), 10)
				return err
			})
			return got
		}
		do(t, d, func(ctx context.Context, tx *db.Tx) error {
			return work.Put(ctx, tx, []work.Due{
				{Lane: "mail", Kind: "deliver", Key: "a", At: now},
				{Lane: "mail", Kind: "deliver", Key: "born", At: now, Claim: 1, ClaimedUntil: until, Node: "n1", Part: 7},
			})
		})
		got := claim("n1")
		if len(got) != 1 || got[0].Key != "a" || got[0].Claim != 1 || got[0].Node != "n1" || !got[0].ClaimedUntil.Equal(until) {
			t.Fatalf("claimed %+v, want a", got)
		}
		if again := claim("n2"); len(again) != 0 {
			t.Errorf("claimed %+v while the claim holds", again)
		}
		clock.Set(until)
		got = claim("n2")
		if len(got) != 2 || got[0].Claim != 2 || got[1].Claim != 2 {
			t.Fatalf("after the claims ran out, claimed %+v", got)
		}
		do(t, d, func(ctx context.Context, tx *db.Tx) error {
			ok, err := work.Handing(ctx, tx, "deliver", []work.Mark{{Key: "born", Claim: 1}, {Key: "a", Claim: 1}, {Key: "none", Claim: 1}})
			if err != nil || slices.Contains(ok, true) {
				t.Errorf("a stale claim was marked: %v, %v", ok, err)
			}
			for what, f := range map[string]func() (bool, error){
				"finish": func() (bool, error) { return work.Finish(ctx, tx, "deliver", "a", 1) },
				"retry":  func() (bool, error) { return work.Retry(ctx, tx, "deliver", "a", 1, now, "") },
				"bury":   func() (bool, error) { return work.Bury(ctx, tx, "deliver", "a", 1, "") },
			} {
				if ok, err := f(); ok || err != nil {
					t.Errorf("%s with a stale claim: %v, %v", what, ok, err)
				}
			}
			ok, err = work.Handing(ctx, tx, "deliver", []work.Mark{{Key: "born", Claim: 2}})
			if err != nil || !ok[0] {
				t.Errorf("the claim that holds was not marked: %v, %v", ok, err)
			}
			ok, _ = work.Handing(ctx, tx, "deliver", []work.Mark{{Key: "born", Claim: 2}})
			if ok[0] {
				t.Error("one claim was marked twice")
			}
			return nil
		})
	})
}

func TestHandingOutlivesItsClaimAsUnknown(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		now := clock.Now()
		do(t, d, func(ctx context.Context, tx *db.Tx) error {
			if err := work.Put(ctx, tx, []work.Due{
				{Lane: "mail", Kind: "deliver", Key: "a", At: now, Claim: 1, ClaimedUntil: now.Add(time.Minute), Node: "n1"},
				{Lane: "mail", Kind: "deliver", Key: "late", At: now, Claim: 1, ClaimedUntil: now, Node: "n1"},
			}); err != nil {
				return err
			}
			ok, err := work.Handing(ctx, tx, "deliver", []work.Mark{{Key: "a", Claim: 1}, {Key: "late", Claim: 1}})
			if want := []bool{true, false}; !reflect.DeepEqual(ok, want) {
				t.Errorf("marked %v, want %v: a claim that has run out hands nothing over", ok, want)
			}
			return err
		})
		clock.Advance(time.Hour)
		do(t, d, func(ctx context.Context, tx *db.Tx) error {
			// Neither a new claim nor a repeated Put may lead to a second attempt.
			if err := work.Put(ctx, tx, []work.Due{{Lane: "mail", Kind: "deliver", Key: "a", At: now}}); err != nil {
				return err
			}
			claimed, err := work.Claim(ctx, tx, "mail", "n2", tx.Now(), tx.Now().Add(time.Minute), 10)
			if got := keys(claimed); !reflect.DeepEqual(got, []string{"deliver/late"}) {
				t.Errorf("claimed %v, want only what was never handed over", got)
			}
			if err != nil {
				return err
			}
			expired, err := work.Expired(ctx, tx, "mail", tx.Now(), 10)
			if got := keys(expired); !reflect.DeepEqual(got, []string{"deliver/a"}) || expired[0].Claim != 1 {
				t.Errorf("expired %+v, want a", expired)
			}
			if err != nil {
				return err
			}
			ok, err := work.Finish(ctx, tx, "deliver", "a", -1)
			if !ok {
				t.Error("the row was not removed")
			}
			return err
		})
	})
}

func TestRetryBuryRevive(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		now := clock.Now()
		do(t, d, func(ctx context.Context, tx *db.Tx) error {
			must := func(ok bool, err error) {
				t.Helper()
				if !ok || err != nil {
					t.Errorf("%v, %v", ok, err)
				}
			}
			claim := func(at time.Time) []work.Due {
				t.Helper()
				got, err := work.Claim(ctx, tx, "mail", "n", at, at.Add(time.Second), 10)
				if err != nil {
					t.Fatal(err)
				}
				return got
			}
			if err := work.Put(ctx, tx, []work.Due{{Lane: "mail", Kind: "deliver", Key: "a", At: now, Payload: "p"}}); err != nil {
				return err
			}
			claim(now)
			must(work.Retry(ctx, tx, "deliver", "a", 1, now.Add(time.Minute), "busy"))
			if got := claim(now.Add(59 * time.Second)); len(got) != 0 {
				t.Errorf("claimed %+v before its time", got)
			}
			got := claim(now.Add(time.Minute))
			if len(got) != 1 || got[0].Attempts != 1 || got[0].LastError != "busy" || got[0].Claim != 2 || got[0].Payload != "p" {
				t.Errorf("after a retry claimed %+v", got)
			}
			must(work.Bury(ctx, tx, "deliver", "a", 2, "no such address"))
			if got := claim(now.Add(1000 * time.Hour)); len(got) != 0 {
				t.Errorf("claimed a buried row: %+v", got)
			}
			dead, err := work.Dead(ctx, tx, "mail", 10)
			if err != nil || len(dead) != 1 || dead[0].LastError != "no such address" || !dead[0].At.Equal(now) {
				t.Errorf("buried: %+v, %v", dead, err)
			}
			must(work.Revive(ctx, tx, "deliver", "a", now))
			if ok, _ := work.Revive(ctx, tx, "deliver", "a", now); ok {
				t.Error("a row that waits was revived")
			}
			if got := claim(now); len(got) != 1 || got[0].Claim != 4 {
				t.Errorf("after reviving claimed %+v", got)
			}
			return nil
		})
	})
}

func TestNodesClaimDifferentRows(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		now := clock.Now()
		var rows []work.Due
		for i := range 200 {
			rows = append(rows, work.Due{Lane: "mail", Kind: "deliver", Key: fmt.Sprintf("%03d", i), At: now})
		}
		do(t, d, func(ctx context.Context, tx *db.Tx) error { return work.Put(ctx, tx, rows) })
		var mu sync.Mutex
		seen := map[string]int{}
		var wg sync.WaitGroup
		for node := range 4 {
			wg.Go(func() {
				for {
					var got []work.Due
					err := d.Write(context.Background(), func(tx *db.Tx) (err error) {
						got, err = work.Claim(context.Background(), tx, "mail", fmt.Sprint(node), now, now.Add(time.Minute), 7)
						return err
					})
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					for _, g := range got {
						seen[g.Key]++
					}
					enough := len(seen) == len(rows)
					mu.Unlock()
					if enough {
						return
					}
				}
			})
		}
		wg.Wait()
		for k, n := range seen {
			if n != 1 {
				t.Errorf("%s was claimed %d times", k, n)
			}
		}
	})
}

// model is the due table as it should behave, written without looking at the table: what each key is in.
type model struct {
	state   string // waiting, handing, dead
	at      time.Time
	claim   int64
	holds   bool // somebody's claim, until at
	retries int
}

// TestDueTableModel plays random work of several nodes, some of which die, against the model: nothing is ever lost or
// in two hands, and a stale claim number writes nothing.
func TestDueTableModel(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		round := 0
		rapid.Check(t, func(rt *rapid.T) {
			round++
			kind := fmt.Sprint("kind", round) // so that rounds do not meet
			m := &machine{d: d, clock: clock, kind: kind, lane: "lane " + kind, rows: map[string]*model{}, stale: map[string]int64{}}
			rt.Repeat(map[string]func(*rapid.T){
				"put": m.put, "claim": m.claim, "hand": m.hand, "finish": m.finish, "retry": m.retry, "bury": m.bury,
				"revive": m.revive, "expire": m.expire, "drop": m.drop, "time": m.pass, "": m.check,
			})
		})
	})
}

type machine struct {
	d          *db.DB
	clock      *hearth.VirtualClock
	kind, lane string
	rows       map[string]*model
	stale      map[string]int64 // a claim number that was valid once
}

func (m *machine) do(t *rapid.T, f func(ctx context.Context, tx *db.Tx) error) {
	ctx := context.Background()
	if err := m.d.Write(ctx, func(tx *db.Tx) error { return f(ctx, tx) }); err != nil {
		t.Fatal(err)
	}
}

func (m *machine) key(t *rapid.T) string {
	return rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(t, "key")
}

// number draws a claim number: the right one, or one that is stale or was never given.
func (m *machine) number(t *rapid.T, key string) int64 {
	if r := m.rows[key]; r != nil && rapid.IntRange(0, 2).Draw(t, "right") > 0 {
		return r.claim
	}
	if rapid.Bool().Draw(t, "stale") {
		return m.stale[key]
	}
	return 1000
}

func (m *machine) pass(t *rapid.T) {
	m.clock.Advance(time.Duration(rapid.IntRange(1, 90).Draw(t, "seconds")) * time.Second)
}

func (m *machine) put(t *rapid.T) {
	key, now := m.key(t), m.clock.Now()
	due := work.Due{Lane: m.lane, Kind: m.kind, Key: key, At: now.Add(time.Duration(rapid.IntRange(-60, 60).Draw(t, "in")) * time.Second)}
	born := rapid.Bool().Draw(t, "born claimed")
	if born {
		due.Claim, due.ClaimedUntil, due.Node = 1, now.Add(30*time.Second), "n"
	}
	m.do(t, func(ctx context.Context, tx *db.Tx) error { return work.Put(ctx, tx, []work.Due{due}) })
	r := m.rows[key]
	if r != nil && r.state == "handing" {
		return
	}
	next := &model{state: "waiting", at: due.At, claim: due.Claim, holds: born}
	if born {
		next.at = due.ClaimedUntil
	}
	if r != nil {
		m.stale[key] = r.claim
		next.claim = r.claim + 1
	}
	m.rows[key] = next
}

func (m *machine) claim(t *rapid.T) {
	now := m.clock.Now()
	limit := rapid.IntRange(1, 5).Draw(t, "limit")
	var got []work.Due
	m.do(t, func(ctx context.Context, tx *db.Tx) (err error) {
		got, err = work.Claim(ctx, tx, m.lane, "n", now, now.Add(30*time.Second), limit)
		return err
	})
	due := 0
	for _, r := range m.rows {
		if r.state == "waiting" && !r.at.After(now) {
			due++
		}
	}
	if len(got) != min(limit, due) {
		t.Fatalf("claimed %v; %d are due", keys(got), due)
	}
	for _, g := range got {
		r := m.rows[g.Key]
		if r == nil || r.state != "waiting" || r.at.After(now) {
			t.Fatalf("claimed %+v, which is %+v", g, r)
		}
		m.stale[g.Key] = r.claim
		r.claim++
		r.holds, r.at = true, now.Add(30*time.Second)
		if g.Claim != r.claim || g.Attempts != r.retries {
			t.Fatalf("claimed %+v, want claim %d after %d retries", g, r.claim, r.retries)
		}
	}
}

func (m *machine) hand(t *rapid.T) {
	key := m.key(t)
	n := m.number(t, key)
	var ok []bool
	m.do(t, func(ctx context.Context, tx *db.Tx) (err error) {
		ok, err = work.Handing(ctx, tx, m.kind, []work.Mark{{Key: key, Claim: n}})
		return err
	})
	r := m.rows[key]
	want := r != nil && r.state == "waiting" && r.holds && r.claim == n && r.at.After(m.clock.Now())
	if ok[0] != want {
		t.Fatalf("handing %s with claim %d: %v; it is %+v", key, n, ok[0], r)
	}
	if want {
		r.state = "handing"
	}
}

// settle runs one of the calls that end a claim and holds its answer against the model.
func (m *machine) settle(t *rapid.T, what string, alive bool, f func(ctx context.Context, tx *db.Tx, key string, n int64) (bool, error)) (*model, string) {
	key := m.key(t)
	n := m.number(t, key)
	var ok bool
	m.do(t, func(ctx context.Context, tx *db.Tx) (err error) { ok, err = f(ctx, tx, key, n); return err })
	r := m.rows[key]
	want := r != nil && r.claim == n && (!alive || r.state != "dead")
	if ok != want {
		t.Fatalf("%s %s with claim %d: %v; it is %+v", what, key, n, ok, r)
	}
	if !want {
		return nil, ""
	}
	return r, key
}

func (m *machine) finish(t *rapid.T) {
	if r, key := m.settle(t, "finish", false, func(ctx context.Context, tx *db.Tx, key string, n int64) (bool, error) {
		return work.Finish(ctx, tx, m.kind, key, n)
	}); r != nil {
		m.stale[key] = r.claim
		delete(m.rows, key)
	}
}

func (m *machine) retry(t *rapid.T) {
	at := m.clock.Now().Add(20 * time.Second)
	if r, _ := m.settle(t, "retry", true, func(ctx context.Context, tx *db.Tx, key string, n int64) (bool, error) {
		return work.Retry(ctx, tx, m.kind, key, n, at, "later")
	}); r != nil {
		r.state, r.at, r.holds, r.retries = "waiting", at, false, r.retries+1
	}
}

func (m *machine) bury(t *rapid.T) {
	if r, _ := m.settle(t, "bury", true, func(ctx context.Context, tx *db.Tx, key string, n int64) (bool, error) {
		return work.Bury(ctx, tx, m.kind, key, n, "gone")
	}); r != nil {
		r.state = "dead"
	}
}

func (m *machine) revive(t *rapid.T) {
	key, now := m.key(t), m.clock.Now()
	var ok bool
	m.do(t, func(ctx context.Context, tx *db.Tx) (err error) {
		ok, err = work.Revive(ctx, tx, m.kind, key, now)
		return err
	})
	r := m.rows[key]
	if want := r != nil && r.state == "dead"; ok != want {
		t.Fatalf("revive %s: %v; it is %+v", key, ok, r)
	}
	if ok {
		m.stale[key] = r.claim
		*r = model{state: "waiting", at: now, claim: r.claim + 1}
	}
}

func (m *machine) drop(t *rapid.T) {
	key := m.key(t)
	m.do(t, func(ctx context.Context, tx *db.Tx) error { return work.Drop(ctx, tx, m.kind, []string{key}) })
	delete(m.rows, key)
}

func (m *machine) expire(t *rapid.T) {
	now := m.clock.Now()
	var got []work.Due
	m.do(t, func(ctx context.Context, tx *db.Tx) (err error) {
		got, err = work.Expired(ctx, tx, m.lane, now, 10)
		return err
	})
	want := []string{}
	for key, r := range m.rows {
		if r.state == "handing" && !r.at.After(now) {
			want = append(want, m.kind+"/"+key)
		}
	}
	slices.Sort(want)
	have := keys(got)
	slices.Sort(have)
	if !reflect.DeepEqual(have, want) {
		t.Fatalf("expired %v, want %v", have, want)
	}
}

// check counts the rows: none may get lost, none may appear.
func (m *machine) check(t *rapid.T) {
	stored := map[string]string{}
	err := m.d.Read(context.Background(), func(tx *db.Tx) error {
		rows, err := tx.Query(context.Background(), "SELECT key, state FROM due WHERE org = $1 AND kind = $2", tx.Org(), m.kind)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var key, state string
			if err := rows.Scan(&key, &state); err != nil {
				return err
			}
			stored[key] = state
		}
		return rows.Err()
	})
	want := map[string]string{}
	for key, r := range m.rows {
		want[key] = r.state
	}
	if err != nil || !maps.Equal(stored, want) {
		t.Fatalf("stored %v, %v; want %v", stored, err, want)
	}
}
