package trigger_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/decide/playbook"
	"hearth/internal/fact/record"
)

func (r *rig) merge(kept, other hearth.ResidentID) {
	r.Helper()
	r.write(func(ctx context.Context, tx *db.Tx) error {
		return r.records.MergeResidents(ctx, tx, record.News{Actor: hearth.System("test")}, kept, other, "the same name and phone")
	})
	r.drain()
}

func (r *rig) unmerge(other hearth.ResidentID) {
	r.Helper()
	r.write(func(ctx context.Context, tx *db.Tx) error {
		_, err := r.records.UnmergeResident(ctx, tx, record.News{Actor: hearth.System("test")}, other)
		return err
	})
	r.drain()
}

// sound tells that the log gives the stored signals, bit for bit.
func (r *rig) sound(when string) {
	r.Helper()
	v, err := r.engine.Verify(r.Context(), nil)
	if err != nil || len(v.Different) > 0 {
		r.Fatalf("%s: the log gives other signals for %v (%v)", when, v.Different, err)
	}
}

func (r *rig) runsOf(id hearth.ResidentID) (active int) {
	r.Helper()
	r.read(func(ctx context.Context, tx *db.Tx) error {
		return tx.Row(ctx, "SELECT count(*) FROM runs WHERE org = $1 AND resident = $2 AND state = $3", tx.Org(), string(id),
			string(playbook.RunActive)).Scan(&active)
	})
	return active
}

// Who is seen under another resident starts nothing; what is told of them happens to the one kept; taking it back
// leaves the signals of both as they would have been.
func TestTwoResidentsAreOnePerson(t *testing.T) {
	each(t, func(r *rig) {
		ana := r.home("4B", "Ana", -100, 200, old)
		twice := r.home("5A", "Anna", -10, 355, old)
		r.activate(onOrder, 0)
		r.order(twice, "wo_1", "routine")
		r.drain()
		if r.runsOf(ana) != 0 || r.runsOf(twice) != 1 {
			t.Fatalf("%d and %d runs before the merge, want 0 and 1", r.runsOf(ana), r.runsOf(twice))
		}
		before := r.bodies()
		r.merge(ana, twice)
		r.sound("after the merge")
		if r.runsOf(ana) != 0 || r.runsOf(twice) != 0 {
			t.Errorf("%d and %d runs after the merge: it starts none and ends those of the one merged", r.runsOf(ana), r.runsOf(twice))
		}
		if bytes.Equal(r.bodies()[ana], before[ana]) {
			t.Error("the merge did not bring the other's past into the signals of the one kept")
		}
		r.pass(time.Hour)
		r.order(twice, "wo_2", "routine")
		r.drain()
		r.sound("after an event of the one merged")
		if r.runsOf(ana) != 1 || r.runsOf(twice) != 0 {
			t.Errorf("%d and %d runs after an event of the one merged, want 1 and 0", r.runsOf(ana), r.runsOf(twice))
		}
		r.unmerge(twice)
		r.sound("after the merge is taken back")
		if got := r.bodies(); !bytes.Equal(got[ana], before[ana]) {
			t.Error("the signals of the one kept are not what they were before the merge")
		}
		if r.runsOf(twice) != 0 {
			t.Error("taking a merge back started a run")
		}
		r.pass(26 * time.Hour)
		r.order(twice, "wo_3", "routine")
		r.drain()
		r.sound("later")
		if r.runsOf(twice) != 1 {
			t.Errorf("%d runs of the one who stands alone again, want 1", r.runsOf(twice))
		}
	})
}

// Whatever order of events, merges and unmerges: the rebuild gives the running state, another process reads the same,
// and without any merge left every state is the fold of its own events.
func TestMergesNeverChangeWhatTheLogGives(t *testing.T) {
	checks(t, 25)
	rapid.Check(t, func(rt *rapid.T) {
		d, clock := dbtest.SQLite(t)
		r := newRigWith(rt, d, clock, rand.Reader)
		var people []hearth.ResidentID
		for i := range 4 {
			people = append(people, r.home(fmt.Sprint(i+1, "A"), fmt.Sprint("Ana", i), -100, 200, old))
		}
		pick := func(name string) hearth.ResidentID { return people[rapid.IntRange(0, 3).Draw(rt, name)] }
		for step := range rapid.IntRange(4, 14).Draw(rt, "steps") {
			switch rapid.IntRange(0, 3).Draw(rt, "what") {
			case 0, 1:
				a, b := pick("who"), pick("with")
				ev := &hearth.Event{Type: "message.received", Residents: []hearth.ResidentID{a}}
				if b != a {
					ev.Residents = append(ev.Residents, b)
				}
				r.event(ev, map[string]any{"channel": "email", "text": fmt.Sprint("No, this is not okay ", step)})
			case 2:
				r.try(func(ctx context.Context, tx *db.Tx) error {
					return r.records.MergeResidents(ctx, tx, record.News{}, pick("kept"), pick("other"), "test")
				})
			case 3:
				r.try(func(ctx context.Context, tx *db.Tx) error {
					_, err := r.records.UnmergeResident(ctx, tx, record.News{}, pick("other"))
					return err
				})
			}
			if rapid.Bool().Draw(rt, "decide now") {
				r.drain()
			}
			if rapid.Bool().Draw(rt, "as another process") {
				r.engine = r.newEngine(fmt.Sprint("node-", step+2))
			}
		}
		r.drain()
		r.sound("in the end")
	})
}

// try lets a refusal pass.
func (r *rig) try(f func(ctx context.Context, tx *db.Tx) error) {
	r.Helper()
	err := r.d.Write(r.Context(), func(tx *db.Tx) error { return f(r.Context(), tx) })
	switch hearth.CodeOf(err) {
	case "", hearth.CodeConflict, hearth.CodeNotFound, hearth.CodeInvalid:
	default:
		r.Fatal(err)
	}
}
