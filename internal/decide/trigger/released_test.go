package trigger_test

import (
	"context"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/care"
	"hearth/internal/fact/record"
)

// towardsTheEnd waits for a day of the lease and then asks for a talk.
const towardsTheEnd = `
id: towards-the-end
title: Towards the end
depth: playbook
why: A test.
trigger: {on: portal.visited}
limits: {again: each time}
steps:
  - wait: {days_before: lease_end, days: 30, at: "10:00"}
  - task: {title: Talk, why: The lease ends, role: leasing, minutes: 10, due: 2 business days}
`

// A step that waited for a day of the lease goes on at the time that the end of a pause gives it; it is not judged by the
// day that has passed.
func TestWhatAPauseReleasesIsNotJudgedByItsOldDay(t *testing.T) {
	careRig(t, func(r *rig) {
		ana := r.home("1", "Ana", -200, 32, record.News{History: true})
		ben := r.home("2", "Ben", -200, 32, record.News{History: true})
		r.drain()
		r.activate(towardsTheEnd, 1) // one a day goes on after a pause
		r.happen("portal.visited", ana, map[string]any{})
		r.happen("portal.visited", ben, map[string]any{})
		r.pass(day)
		p := r.pause(care.Pause{What: care.Everything})
		r.pass(day + 40*time.Hour) // the day has come, and 40 hours since
		r.resume(p.ID)
		r.pass(3 * day)
		if n := len(r.tasksOf(ana)) + len(r.tasksOf(ben)); n != 2 || len(r.reviews()) != 0 {
			t.Errorf("after the pause there are %d talks and %d steps for review, want two and none", n, len(r.reviews()))
		}
	})
}

// When two pauses end together, what both held goes on once: one a day, and on the first day too.
func TestTwoPausesThatEndTogetherReleaseOnce(t *testing.T) {
	careRig(t, func(r *rig) {
		ana := r.home("1", "Ana", -200, 200, record.News{History: true})
		ben := r.home("2", "Ben", -200, 200, record.News{History: true})
		r.drain()
		r.activate(`
id: a-talk
title: A talk
depth: playbook
why: A test.
trigger: {on: portal.visited}
limits: {again: each time}
steps:
  - wait: 1d
  - task: {title: Talk, why: They came, role: leasing, minutes: 10, due: 2 business days}
`, 1) // one a day goes on after a pause
		r.happen("portal.visited", ana, map[string]any{})
		r.happen("portal.visited", ben, map[string]any{})
		all, oak := r.pause(care.Pause{What: care.Everything}), r.pause(care.Pause{What: care.Property, Target: string(r.property)})
		r.pass(day + 2*time.Hour)
		r.write(func(ctx context.Context, tx *db.Tx) error {
			for _, id := range []string{all.ID, oak.ID} {
				if _, err := r.engine.Resume(ctx, tx, hearth.System("test"), id); err != nil {
					return err
				}
			}
			return nil
		})
		r.drain()
		for i, want := range []int{1, 2} {
			if n := len(r.tasksOf(ana)) + len(r.tasksOf(ben)); n != want {
				t.Errorf("on day %d there are %d talks, want %d", i, n, want)
			}
			r.pass(day)
		}
	})
}

// Somebody died in a pause that ends at the same moment: what had become stale meanwhile ends with them, and nobody is asked
// to look whether it still fits.
func TestWhatAPauseReleasesOfTheDeadEnds(t *testing.T) {
	careRig(t, func(r *rig) {
		ana, ben := r.home("1", "Ana", -200, 32, old), r.home("2", "Ben", -200, 32, old)
		r.drain()
		r.activate(towardsTheEnd, 0)
		r.happen("portal.visited", ana, map[string]any{})
		r.happen("portal.visited", ben, map[string]any{})
		r.pass(day)
		p := r.pause(care.Pause{What: care.Everything})
		r.pass(10 * day)
		r.write(func(ctx context.Context, tx *db.Tx) error {
			if _, err := r.engine.SetSituation(ctx, tx, hearth.System("test"), care.Told{Resident: ana, Kind: care.Death, Reason: "told"}); err != nil {
				return err
			}
			_, err := r.engine.Resume(ctx, tx, hearth.System("test"), p.ID)
			return err
		})
		r.drain()
		reviews := r.reviews()
		if len(reviews) != 1 || reviews[0].Resident != ben {
			t.Errorf("for review are %+v, want only the step of whom lives", reviews)
		}
		if n := r.runsOf(ana); n != 0 {
			t.Errorf("%d runs go on for whom died, want none", n)
		}
		for _, d := range r.outcomes(ana, "run") {
			if d.Outcome == "for review" {
				t.Errorf("a step of whom died was put to review: %q", d.Reason)
			}
		}
	})
}
