package trigger_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
	"hearth/internal/decide/trigger"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
)

// dead gives the errors of the engine's due rows that were put aside, by kind.
func (r *rig) dead() map[string]string {
	r.Helper()
	out := map[string]string{}
	r.read(func(ctx context.Context, tx *db.Tx) error {
		rows, err := tx.Query(ctx, "SELECT kind, last_error FROM due WHERE org = $1 AND lane = $2 AND state = 'dead'", tx.Org(), trigger.Lane)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var kind, why string
			if err := rows.Scan(&kind, &why); err != nil {
				return err
			}
			out[kind] = why
		}
		return rows.Err()
	})
	return out
}

func (r *rig) put(d work.Due) {
	r.Helper()
	d.Lane, d.Part, d.At = trigger.Lane, eventlog.PartOf(r.property), r.clock.Now()
	r.write(func(ctx context.Context, tx *db.Tx) error { return work.Put(ctx, tx, []work.Due{d}) })
}

func TestADamagedDueRowIsPutAsideAndTheRestGoesOn(t *testing.T) {
	each(t, func(r *rig) {
		ana := r.home("4B", "Ana", -100, 200, old)
		r.drain()
		r.activate(onOrder, 0)
		r.put(work.Due{Kind: "include", Key: "on-order/" + string(ana), Payload: "{"})
		r.put(work.Due{Kind: "desk.hold", Key: "msg_1", Payload: "nothing"})
		r.put(work.Due{Kind: "activate", Key: "x@1/1", Payload: "["})
		r.put(work.Due{Kind: "no such kind", Key: "x"})
		r.put(work.Due{Kind: "run", Key: "run_unknown", Payload: ""})
		r.put(work.Due{Kind: "clock", Key: "res_unknown/3"})
		r.put(work.Due{Kind: "task.due", Key: "tsk_unknown"})
		r.order(ana, "wo_1", "routine")
		if got := titles(r, ana); got != "Look at it" {
			r.Errorf("beside damaged rows an event gave %q, want the task", got)
		}
		dead := r.dead()
		for _, kind := range []string{"include", "desk.hold", "activate", "no such kind"} {
			if dead[kind] == "" {
				r.Errorf("the damaged row %q was not put aside with its error; put aside are %v", kind, dead)
			}
		}
		if len(dead) != 4 {
			r.Errorf("put aside are %v, want only the damaged ones", dead)
		}
		r.pass(50 * time.Hour)
		if got := titles(r, ana); !strings.Contains(got, "Look again") {
			r.Errorf("two days later there is %q, want the run to have gone on", got)
		}
		v, err := r.engine.Verify(r.Context(), nil)
		r.must(err)
		if len(v.Different) != 0 || v.Residents != 1 {
			r.Errorf("rows about nobody made states: %+v", v)
		}
	})
}

func TestAnEventThatCannotBeDecidedIsPutAsideAndCanBeRevived(t *testing.T) {
	each(t, func(r *rig) {
		ana := r.home("4B", "Ana", -100, 200, old)
		r.drain()
		r.activate(onOrder, 0)
		broken := true
		r.engine.SetFault(func(orders []string) error {
			for _, o := range orders {
				if broken && o == "wo_bad" {
					return errors.New("this order breaks us")
				}
			}
			return nil
		})
		r.order(ana, "wo_bad", "routine")
		r.pass(time.Minute)
		r.order(ana, "wo_good", "routine")
		if got := titles(r, ana); got != "Look at it" {
			r.Errorf("behind an event that fails there is %q, want the one task of the good one", got)
		}
		if why := r.dead()["event"]; !strings.Contains(why, "breaks us") {
			r.Errorf("the event was put aside with %q, want its error", why)
		}
		if d := r.outcomes(ana, "trigger"); d[0].Outcome != "put aside" {
			r.Errorf("got %+v first, want it on record that the event was put aside", d[0])
		}
		v, err := r.engine.Verify(r.Context(), nil)
		r.must(err)
		if len(v.Different) != 0 {
			r.Errorf("the signals lack the event that was put aside: %+v", v)
		}
		broken = false
		r.happen("workorder.completed", ana, map[string]any{"resolution": "Done", "workorder": "wo_good"})
		r.write(func(ctx context.Context, tx *db.Tx) error {
			var key string
			if err := tx.Row(ctx, "SELECT key FROM due WHERE org = $1 AND kind = 'event'", tx.Org()).Scan(&key); err != nil {
				return err
			}
			_, err := work.Revive(ctx, tx, "event", key, tx.Now())
			return err
		})
		r.drain()
		if got := titles(r, ana); got != "Look at it" {
			r.Errorf("the revived event gave %q, want its task; put aside are %v, decided was %+v", got, r.dead(), r.outcomes(ana, "trigger"))
		}
		if v, err = r.engine.Verify(r.Context(), nil); err != nil || len(v.Different) != 0 {
			r.Errorf("after it was revived the signals differ from the log: %+v, %v", v, err)
		}
	})
}

func TestABatchThatFailsAfterFoldingLeavesNothingBehind(t *testing.T) {
	each(t, func(r *rig) {
		ana := r.home("4B", "Ana", -100, 200, old)
		r.drain()
		r.activate(onOrder, 0)
		fails := 2
		r.engine.SetFault(func([]string) error {
			if fails--; fails >= 0 {
				return errors.New("the disk was busy")
			}
			return nil
		})
		r.order(ana, "wo_1", "routine")
		r.order(ana, "wo_2", "routine")
		if fails >= 0 {
			r.Fatal("the fault did not strike")
		}
		// Had the first try left its fold in memory, two orders would count as four.
		r.read(func(ctx context.Context, tx *db.Tx) error {
			v, err := r.engine.Signals(ctx, tx, ana)
			if n, _ := v.Int("service.total"); n != 2 {
				r.Errorf("after a failed batch %d orders are counted, want 2", n)
			}
			return err
		})
		v, err := r.engine.Verify(r.Context(), nil)
		r.must(err)
		if len(v.Different) != 0 || len(r.tasksOf(ana)) != 1 {
			r.Errorf("after a failed batch %d tasks and %+v", len(r.tasksOf(ana)), v)
		}
	})
}

func TestATransactionThatRunsTwiceDecidesOnce(t *testing.T) {
	each(t, func(r *rig) {
		ana := r.home("4B", "Ana", -100, 200, old)
		r.drain()
		r.activate(onOrder, 0)
		// PostgreSQL runs a transaction again after a deadlock; the error stands for one.
		again := true
		r.engine.SetFault(func([]string) error {
			if again {
				again = false
				return &pgconn.PgError{Code: "40P01"}
			}
			return nil
		})
		r.order(ana, "wo_1", "routine")
		if n := len(r.tasksOf(ana)); again || n != 1 {
			r.Errorf("a transaction that ran twice gave %d tasks, want one", n)
		}
		v, err := r.engine.Verify(r.Context(), nil)
		r.must(err)
		if len(v.Different) != 0 {
			r.Errorf("the states differ from the log: %+v", v)
		}
	})
}

func TestAStoredVersionThatNoLongerCompilesRestsAlone(t *testing.T) {
	each(t, func(r *rig) {
		ana := r.home("4B", "Ana", -100, 200, old)
		r.drain()
		r.activate(onOrder, 0)
		r.activate(strings.Replace(onOrder, "on-order", "other-order", 1), 0)
		r.order(ana, "wo_1", "routine")
		r.write(func(ctx context.Context, tx *db.Tx) error {
			if _, err := tx.Exec(ctx, "UPDATE playbooks SET body = 'id: [' WHERE org = $1 AND id = 'on-order'", tx.Org()); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, "UPDATE settings SET value = '77' WHERE org = $1 AND name = 'playbooks.epoch'", tx.Org())
			return err
		})
		before := len(r.tasksOf(ana))
		r.pass(50 * time.Hour)
		if got := len(r.tasksOf(ana)); got != before+1 {
			r.Errorf("the other playbook gave %d further tasks, want one", got-before)
		}
		ends := map[string]string{}
		for _, d := range r.outcomes(ana, "run") {
			ends[d.Outcome] = d.Reason
		}
		if !strings.Contains(ends["left"], "can no longer be read") || ends["ended"] != "All steps are done." {
			r.Errorf("the runs ended in the words %v, want one lost and one done", ends)
		}
		r.order(ana, "wo_2", "routine")
		if got := len(r.dead()); got != 0 {
			r.Errorf("%d rows were put aside, want none", got)
		}
	})
}

const owedAsk = `
id: owed
title: What is owed
depth: human
why: Help exists.
trigger: {on: arrears.changed, if: event.amount > 100.0}
steps:
  - wait: 2d
  - task: {title: Offer help, why: They owe, role: property_manager, minutes: 5, due: 2 business days}
`

// What was switched on before a rule came that refuses it goes on, old versions with their runs too, and is named with what to change.
// Asked anew it is refused.
func TestWhatWasAcceptedOnceGoesOn(t *testing.T) {
	each(t, func(r *rig) {
		ana, ben := r.home("4B", "Ana", -100, 200, old), r.home("5A", "Ben", -100, 200, old)
		r.drain()
		r.activate(owedAsk, 0)
		r.happen("arrears.changed", ana, map[string]any{"amount": 200.0})
		r.activate(strings.Replace(owedAsk, "They owe", "They owe rent", 1), 0)
		r.write(func(ctx context.Context, tx *db.Tx) error {
			if _, err := tx.Exec(ctx, "UPDATE playbooks SET body = REPLACE(body, 'property_manager', 'leasing') WHERE org = $1", tx.Org()); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, "UPDATE settings SET value = '77' WHERE org = $1 AND name = 'playbooks.epoch'", tx.Org())
			return err
		})
		r.happen("arrears.changed", ben, map[string]any{"amount": 200.0})
		r.pass(3 * day)
		for _, who := range []hearth.ResidentID{ana, ben} {
			if got := r.openTasks(who); len(got) != 1 || got[0].Role != hearth.RoleLeasing {
				r.Errorf("got the tasks %+v, want the one of the version that it began in", got)
			}
		}
		r.read(func(ctx context.Context, tx *db.Tx) error {
			hints, err := r.engine.Hints(ctx, tx, nil)
			if err != nil {
				return err
			}
			if len(hints) == 0 {
				r.Fatal("nothing is said of it")
			}
			if h := hints[0]; h.Playbook != "owed" || h.Where == "" || !strings.Contains(h.Text, "a newer rule refuses it") || !strings.Contains(h.Text, "not for the leasing") {
				r.Errorf("the first hint is %+v, want what to change", h)
			}
			return nil
		})
		if _, err := r.engine.Activate(r.Context(), []byte(strings.Replace(owedAsk, "property_manager", "leasing", 1)), 0); hearth.CodeOf(err) != hearth.CodeInvalid {
			r.Errorf("switched on anew: %v, want a refusal", err)
		}
	})
}

func TestWhoMovesToAnotherPropertyIsDecidedThere(t *testing.T) {
	each(t, func(r *rig) {
		ana := r.home("4B", "Ana", -100, 200, old)
		r.drain()
		r.activate(onOrder, 0)
		r.activate(nearEnd, 0)
		r.order(ana, "wo_1", "routine")
		elm := r.elsewhere()
		today := r.today()
		r.told(func(ctx context.Context, tx *db.Tx, n record.News) error {
			_, err := r.records.PutHome(ctx, tx, n, record.Home{Property: elm, Unit: record.Unit{Label: "9"},
				Lease:   record.HomeLease{Start: today, End: today + 122, MoveIn: today, RentCents: 160000},
				Members: []record.Member{{Resident: record.Resident{First: "Ana", Last: "Example", Email: "Ana@home.example"}, External: "t-4B"}}})
			return err
		})
		r.ended(ana, "left", "They have moved to another property.")
		if got := titles(r, ana); got != "" {
			r.Errorf("after the move the old team is still to do %q", got)
		}
		// News about her old home comes late, and things go on in the new one.
		r.happen("workorder.completed", ana, map[string]any{"resolution": "Done", "workorder": "wo_1"})
		r.pass(3 * day)
		if got := titles(r, ana); got != "Talk" {
			r.Errorf("at 120 days of the new lease there is %q, want the talk", got)
		}
		if p := r.openTasks(ana)[0].Property; p != elm {
			r.Errorf("the talk is given at %s, want the new property", p)
		}
		r.pass(200 * day)
		if n := r.starts(ana); n != 2 {
			r.Errorf("it started %d times, want the order and the one talk: the old lease decides nothing", n)
		}
		r.read(func(ctx context.Context, tx *db.Tx) error {
			v, err := r.engine.Signals(ctx, tx, ana)
			if n, ok := v.Int("service.total"); err == nil && (!ok || n != 1) {
				r.Errorf("her signals count %d orders, want the one of the old home: she took it along", n)
			}
			if n, ok := v.Int("service.open"); err == nil && (!ok || n != 0) {
				r.Errorf("her signals count %d open orders, want none: that it was done came late, and was forwarded", n)
			}
			return err
		})
		v, err := r.engine.Verify(r.Context(), nil)
		r.must(err)
		if len(v.Different) != 0 || v.Residents != 2 {
			r.Errorf("got %+v, want both states rebuilt alike", v)
		}
	})
}

// elsewhere makes a property whose events live in another partition.
func (r *rig) elsewhere() hearth.PropertyID {
	r.Helper()
	for n := range 20 {
		var p record.Property
		r.write(func(ctx context.Context, tx *db.Tx) error {
			var err error
			p, _, err = r.records.PutProperty(ctx, tx, record.News{Source: "test"}, record.Property{Name: "Elm House " + strings.Repeat("I", n+1),
				City: "Denver", State: "CO", Zip: "80202", Zone: "America/Denver", ZoneConfirmed: true})
			return err
		})
		if eventlog.PartOf(p.ID) == eventlog.PartOf(r.property) {
			continue
		}
		r.write(func(ctx context.Context, tx *db.Tx) error {
			_, _, err := r.records.PutStaff(ctx, tx, record.News{Source: "test"}, record.Staff{Name: "Dee Moss",
				Roles: []record.StaffRole{{Property: p.ID, Role: hearth.RoleLeasing}}})
			return err
		})
		return p.ID
	}
	r.Fatal("twenty properties live in one partition")
	return ""
}
