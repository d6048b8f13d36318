package trigger_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"sort"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/decide/trigger"
)

// answering speaks at once; the desk decides on an answer by itself, whatever else is said in the same batch.
const answering = `
id: answering
title: Answer
depth: playbook
why: They asked.
trigger: {on: workorder.opened}
limits: {again: once per 2 days, at_once: 2}
steps:
  - send: {template: service-received, class: answer, purpose: service.received}
  - wait: {event: workorder.completed, at_most: 3d}
  - branch:
      - if: run.waited == "timeout"
        steps:
          - task: {title: Say where it stands, why: It takes long, role: maintenance_supervisor, minutes: 5, due: 4 business hours}
exits:
  - {on: workorder.cancelled, because: It was cancelled.}
`

// move is one thing that happens in a case: an event, or time that passes.
type move struct {
	pass    time.Duration // not zero: time passes, and everything is decided on the way
	stop    time.Duration // not zero: time passes, and nothing is decided until the next pass
	typ     hearth.EventType
	who     int           // index of the resident
	order   int           // which work order
	late    time.Duration // how long ago it happened
	history bool
	again   bool // the event before is told once more
}

func moves() *rapid.Generator[[]move] {
	one := rapid.Custom(func(t *rapid.T) move {
		switch rapid.IntRange(0, 6).Draw(t, "kind") {
		case 0:
			return move{stop: time.Duration(rapid.SampledFrom([]int{1, 30, 30, 80}).Draw(t, "hours")) * time.Hour}
		case 1, 2:
			return move{pass: time.Duration(rapid.SampledFrom([]int{1, 1, 5, 26, 50, 24 * 15, 24 * 40}).Draw(t, "hours")) * time.Hour}
		}
		return move{
			// What starts, wakes and ends comes often, so that cases meet.
			typ: rapid.SampledFrom([]hearth.EventType{"workorder.opened", "workorder.opened", "workorder.completed", "workorder.completed",
				"message.received", "message.received", "message.received", "portal.visited", "portal.visited", "workorder.reopened",
				"workorder.cancelled", "contact.personal", "lease.renewed", "lease.notice_given"}).Draw(t, "type"),
			who:     rapid.SampledFrom([]int{0, 0, 1, 2}).Draw(t, "who"),
			order:   rapid.IntRange(1, 3).Draw(t, "order"),
			late:    time.Duration(rapid.SampledFrom([]int{0, 0, 0, 0, 0, 0, 3, 24 * 4, 24 * 100}).Draw(t, "late")) * time.Hour,
			history: rapid.IntRange(0, 11).Draw(t, "history") == 0,
			again:   rapid.IntRange(0, 7).Draw(t, "again") == 0,
		}
	})
	return rapid.SliceOfN(one, 1, 40)
}

// way is one way to decide the same case.
type way struct {
	name    string
	batch   int
	engines int
}

func ways() []way {
	return []way{{"in batches of 256", 256, 1}, {"one by one", 1, 1}, {"in batches of 7", 7, 1}, {"by two engines in turn", 3, 2}}
}

// TestTheSameEventsGiveTheSameDecisions plays random cases in several ways, which must all come to the same, and holds
// each against what must always be true.
func TestTheSameEventsGiveTheSameDecisions(t *testing.T) {
	checks(t, 15)
	dir := t.TempDir()
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		all := moves().Draw(rt, "moves")
		var first map[string][]string
		for _, w := range ways() {
			n++
			got := playCase(rt, filepath.Join(dir, strconv.Itoa(n)), w, all)
			if first == nil {
				first = got
			}
			for table := range first {
				if !reflect.DeepEqual(got[table], first[table]) {
					rt.Errorf("%s, %s differ:\n%s", w.name, table, difference(first[table], got[table]))
				}
			}
		}
	})
}

// checks bounds how many cases a property gets in this test; each plays several databases.
func checks(t *testing.T, n int) {
	f := flag.Lookup("rapid.checks")
	before := f.Value.String()
	if before != f.DefValue {
		return // somebody asked for another number
	}
	if err := f.Value.Set(strconv.Itoa(n)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Value.Set(before); err != nil {
			t.Error(err)
		}
	})
}

func playCase(rt *rapid.T, dir string, w way, all []move) map[string][]string {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		rt.Fatal(err)
	}
	clock := hearth.NewVirtualClock(dbtest.Start())
	d, err := db.Open(context.Background(), db.Config{Dir: dir, Clock: clock, Relaxed: true, Readers: 1})
	if err != nil {
		rt.Fatal(err)
	}
	defer d.Close()
	r := newRigWith(rt, d, clock, rand.NewChaCha8([32]byte{1}))
	engines := []*trigger.Engine{r.engine}
	for len(engines) < w.engines {
		engines = append(engines, r.newEngine(fmt.Sprintf("node-%d", len(engines)+1)))
	}
	for _, e := range engines {
		e.SetBatch(w.batch)
	}
	var who []hearth.ResidentID
	for i, name := range []string{"Ana", "Ben", "Cleo"} {
		who = append(who, r.home(strconv.Itoa(i+1), name, -200, 100+20*i, old))
	}
	r.drain()
	for _, text := range []string{answering, onOrder, nearEnd, quiet, resting, waitReply} {
		r.activate(text, 0)
	}
	turn := 0
	for _, m := range append(all, move{pass: time.Minute}) {
		if m.pass == 0 && m.stop == 0 {
			r.make(m, who)
			continue
		}
		if r.clock.Advance(m.stop); m.pass == 0 {
			continue
		}
		// All that has gathered is decided at one time, and then all that falls due on the way.
		turn++
		r.engine = engines[turn%len(engines)]
		r.drain()
		r.pass(m.pass)
		v, err := r.engine.Verify(r.Context(), nil)
		r.must(err)
		if len(v.Different) != 0 {
			rt.Errorf("%s, the signals of %v are not what the log gives", w.name, v.Different)
		}
	}
	return r.all()
}

// make appends the event of a move.
func (r *rig) make(m move, who []hearth.ResidentID) {
	r.Helper()
	order := fmt.Sprintf("wo_%d", m.order)
	data := map[hearth.EventType]map[string]any{
		// No category: a text tells of repeats as of the end of its batch, which is meant so and differs between ways.
		"workorder.opened":    {"description": "The tap drips", "priority": "routine", "workorder": order},
		"workorder.completed": {"resolution": "Done", "workorder": order},
		"workorder.reopened":  {"workorder": order},
		"workorder.cancelled": {"workorder": order},
		"message.received":    {"channel": "email", "text": "Nobody came again, this is not okay"},
		"contact.personal":    {"staff": "stf_1", "kind": "visit"},
		"lease.renewed":       {"start": (r.today() + 30).String(), "end": (r.today() + 30 + 365).String()},
		"lease.notice_given":  {"move_out": (r.today() + 30).String()},
	}[m.typ]
	if data == nil {
		data = map[string]any{}
	}
	ev := &hearth.Event{Type: m.typ, Residents: []hearth.ResidentID{who[m.who]}, History: m.history, Time: r.clock.Now().Add(-m.late)}
	if data["workorder"] != nil {
		ev.Subject = hearth.Subject{Kind: "workorder", ID: order}
	}
	if m.again {
		twin := *ev
		r.event(&twin, data)
		r.n-- // the same identity once more
	}
	r.event(ev, data)
}

// all gives what was decided and done, in words, table by table; and holds it against what must always be true.
func (r *rig) all() map[string][]string {
	r.Helper()
	out := map[string][]string{}
	query := func(table, q string, width int) [][]string {
		var found [][]string
		r.read(func(ctx context.Context, tx *db.Tx) error {
			rows, err := tx.Query(ctx, q, tx.Org())
			if err != nil {
				return err
			}
			defer rows.Close()
			for rows.Next() {
				cells, into := make([]string, width), make([]any, width)
				for i := range cells {
					into[i] = &cells[i]
				}
				if err := rows.Scan(into...); err != nil {
					return err
				}
				found = append(found, cells)
				out[table] = append(out[table], fmt.Sprint(cells))
			}
			return rows.Err()
		})
		sort.Strings(out[table])
		return found
	}
	for _, k := range query("tasks", "SELECT id, title, owner, role, state, CAST(due_at AS TEXT), run FROM tasks WHERE org = $1", 7) {
		if k[2] == "" && k[3] == "" {
			r.Errorf("the task %q has neither owner nor queue", k[1])
		}
	}
	query("messages", "SELECT id, template, state, class, reason, subject, body FROM messages WHERE org = $1", 7)
	query("decisions", "SELECT id, resident, stage, outcome, reason, object FROM decisions WHERE org = $1", 6)
	starts := map[string]bool{}
	for _, k := range query("runs", `SELECT id, playbook, resident, start_key, state, ending, CAST(step AS TEXT), CAST(wake_at AS TEXT),
waits_for, CAST(started AS TEXT) FROM runs WHERE org = $1`, 10) {
		name := k[1] + " " + k[2] + " " + k[3]
		if starts[name] {
			r.Errorf("two runs of %s", name)
		}
		starts[name] = true
	}
	r.noHistory()
	if dead := r.dead(); len(dead) > 0 {
		r.Errorf("put aside: %v", dead)
	}
	return out
}

// noHistory wants that no history started anything.
func (r *rig) noHistory() {
	r.Helper()
	r.read(func(ctx context.Context, tx *db.Tx) error {
		var n int
		err := tx.Row(ctx, `SELECT count(*) FROM runs r WHERE r.org = $1 AND EXISTS (SELECT 1 FROM events e WHERE e.org = r.org
AND e.history = 1 AND r.start_key = 'event:' || e.source || '/' || e.id)`, tx.Org()).Scan(&n)
		if n != 0 {
			r.Errorf("history started %d runs", n)
		}
		return err
	})
}

// difference gives the lines that only one of two lists has.
func difference(a, b []string) string {
	count := map[string]int{}
	for _, s := range a {
		count[s]++
	}
	for _, s := range b {
		count[s]--
	}
	var out string
	for s, n := range count {
		switch {
		case n > 0:
			out += "- " + s + "\n"
		case n < 0:
			out += "+ " + s + "\n"
		}
	}
	return out
}
