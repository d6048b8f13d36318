package trigger_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/base/work"
	"hearth/internal/fact/care"
	"hearth/internal/fact/record"
)

// What a pause of one row held for the person goes on when the two are taken apart, though the pause goes on.
func TestAnUnmergeReleasesWhatThePauseHeld(t *testing.T) {
	each(t, func(r *rig) {
		ana, twice := r.twoRows()
		r.activate(sends("hello", "relation", plain, "test.hello"), 0)
		r.order(ana, "wo_1", "routine")
		r.happen("portal.visited", ana, map[string]any{})
		r.pause(care.Pause{What: care.Resident, Target: string(twice)})
		r.merge(ana, twice)
		r.pass(50 * time.Hour) // both waits are over
		if open := titles(r, ana); len(r.mail(ana, message.Queued)) != 0 || open != "Look at it" {
			r.Fatalf("in a pause of the person there are %q and mail %+v", open, r.mail(ana, message.Queued))
		}
		r.unmerge(twice)
		r.pass(3 * day)
		if n := len(r.tasksOf(ana)); n != 2 {
			r.Errorf("%d tasks of the one who is not paused any more, want also the one after the wait: %q", n, titles(r, ana))
		}
		if n := r.runsOf(ana); n != 0 {
			r.Errorf("%d runs have not ended", n)
		}
	})
}

// toldBefore puts a death on record as an earlier version of the program left it: of one row, with nothing stopped for the other.
func (r *rig) toldBefore(who hearth.ResidentID) {
	r.Helper()
	r.write(func(ctx context.Context, tx *db.Tx) error {
		return r.engine.Care.Restore(ctx, tx, care.Situation{ID: "sit_old", Resident: who, Kind: care.Death, SetBy: hearth.System("test"), Set: tx.Now()}, r.property)
	})
}

const asksBack = `
id: asks-back
title: Asks back
depth: playbook
why: A test.
trigger: {on: portal.visited}
limits: {again: each time}
steps:
  - wait: {event: message.received, at_most: 9d}
  - task: {title: Read it, why: They wrote, role: leasing, minutes: 5, due: 1 business day}
`

// A death that was told of the row under another stops the person's runs at their next step, by time or by an event.
func TestADeathToldBeforeStopsRunsAtTheirNextStep(t *testing.T) {
	each(t, func(r *rig) {
		ana, twice := r.twoRows()
		r.activate(asksBack, 0)
		r.merge(ana, twice)
		r.order(ana, "wo_1", "routine")
		r.happen("portal.visited", ana, map[string]any{})
		if n := r.runsOf(ana); n != 2 {
			r.Fatalf("%d runs began, want two", n)
		}
		r.toldBefore(twice)
		r.happen("message.received", ana, map[string]any{"channel": "email", "text": "Thank you."})
		if n, open := r.runsOf(ana), titles(r, ana); n != 1 || open != "Look at it" {
			r.Errorf("after an event %d runs go on with %q, want the one that waits for its time", n, open)
		}
		r.pass(3 * day)
		if n := r.runsOf(ana); n != 0 || len(r.tasksOf(ana)) != 1 {
			r.Errorf("after its time %d runs go on, with the tasks %q", n, titles(r, ana))
		}
	})
}

// What was on its way when two become one person is taken back where everything has to stop, or is paused, for either.
func TestAMergeTakesBackWhatWaitsForDelivery(t *testing.T) {
	for _, dead := range []bool{true, false} {
		careRig(t, func(r *rig) {
			ana, twice := r.twoRows()
			r.activate(sends("hello", "relation", plain, "test.hello"), 0)
			r.happen("portal.visited", ana, map[string]any{})
			r.pass(25 * time.Hour)
			if n := len(r.mail(ana, message.Queued)); n != 1 {
				r.Fatalf("%d messages wait for delivery, want one", n)
			}
			if dead {
				r.situation(twice, care.Death, 0, "told by the family")
			} else {
				r.pause(care.Pause{What: care.Resident, Target: string(twice)})
			}
			r.merge(ana, twice)
			if n := len(r.mail(ana, message.Queued)); n != 0 {
				r.Errorf("dead %v: %d still wait for delivery, want none", dead, n)
			}
		})
	}
}

// Merges of whom nothing is in force for have nobody read everything anew: it would cost each of many merges the more, the more there are.
func TestMergesOfWhomNothingConcernsReadNothingAnew(t *testing.T) {
	each(t, func(r *rig) {
		ana, twice := r.twoRows()
		eve, again := r.home("6A", "Eve", -100, 200, old), r.home("7A", "Eva", -10, 355, old)
		r.situation(eve, care.Hospital, 20*day, "x")
		changes := func(a, b hearth.ResidentID) int64 {
			before := r.engine.Care.Changes()
			r.merge(a, b)
			return r.engine.Care.Changes() - before
		}
		if n := changes(ana, twice); n != 0 {
			r.Errorf("%d changes of what is in force, want none", n)
		}
		if n := changes(eve, again); n != 1 {
			r.Errorf("%d changes where one asks for care, want one", n)
		}
		r.situation(twice, care.Hospital, 20*day, "x") // it is still of the person
		var now *care.Now
		r.read(func(ctx context.Context, tx *db.Tx) (err error) { now, err = r.engine.Care.Now(ctx, tx); return err })
		for _, id := range []hearth.ResidentID{ana, again} {
			if _, ok := now.Situation(id, r.clock.Now()); !ok {
				r.Errorf("what asks for care with a person is not known of their row %s", id)
			}
		}
	})
}

// A merge that the database keeps from being learned stays what is to be done, with what was wrong; put aside and revived it is whole.
func TestAMergeThatCannotBeLearnedIsNotPassedOver(t *testing.T) {
	d, clock := dbtest.SQLite(t) // in PostgreSQL a test may not change tables
	r := newRig(t, d, clock)
	ana, twice := r.twoRows()
	r.pause(care.Pause{What: care.Resident, Target: string(twice)})
	rename := func(from, to string) {
		r.write(func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, "ALTER TABLE plan_words RENAME COLUMN "+from+" TO "+to)
			return err
		})
	}
	rename("org", "away") // so that what is in force cannot be read
	r.write(func(ctx context.Context, tx *db.Tx) error {
		return r.records.MergeResidents(ctx, tx, record.News{}, ana, twice, "the same name and phone")
	})
	var err error
	for range 8 { // it is put aside, or would be
		err = r.engine.Drain(r.Context())
	}
	rename("away", "org")
	aside := func() (n int) {
		r.read(func(ctx context.Context, tx *db.Tx) error {
			return tx.Row(ctx, "SELECT count(*) FROM due WHERE org = $1 AND kind = 'event'", tx.Org()).Scan(&n)
		})
		return n
	}
	if aside() != 0 || err == nil || strings.Contains(err.Error(), "has failed before") {
		r.Errorf("it must stay what is to be done, and tell what failed: %v", err)
	}
	r.drain()
	r.sound("once the database is whole again")
	if aside() != 1 {
		r.Fatal("what has failed so often is not put aside")
	}
	r.write(func(ctx context.Context, tx *db.Tx) error {
		var key string
		if err := tx.Row(ctx, "SELECT key FROM due WHERE org = $1 AND kind = 'event'", tx.Org()).Scan(&key); err != nil {
			return err
		}
		_, err := work.Revive(ctx, tx, "event", key, tx.Now())
		return err
	})
	r.drain()
	r.sound("revived")
	r.order(twice, "wo_1", "routine")
	if n := r.runsOf(ana) + r.runsOf(twice); n != 0 || aside() != 0 {
		r.Errorf("%d runs began in a pause of the person", n)
	}
}

// A visit is not to be held any more when it was already.
func TestAPastVisitIsNotHeld(t *testing.T) {
	careRig(t, func(r *rig) {
		ana := r.homes(1)[0]
		r.situation(ana, care.Away, 7*day, "In Lisbon.")
		start := r.clock.Now().Add(-time.Hour)
		r.happen("workorder.scheduled", ana, map[string]any{"start": start.Format(time.RFC3339), "end": start.Add(time.Hour).Format(time.RFC3339)})
		if got := r.careTasks(ana); len(got) != 0 {
			r.Errorf("a visit that was before left %q", got)
		}
	})
}
