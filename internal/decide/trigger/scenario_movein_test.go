package trigger_test

import (
	"context"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/db"
	"hearth/internal/fact/record"
)

const (
	prepare = "Prepare the move and ask how they like to be dealt with"
	notFine = "Something in the new home is still not right"
	stopBy  = "Stop by or call, two weeks after the move"
)

func TestMoveInAllSmooth(t *testing.T) {
	play(t, "move-in", func(r *rig) {
		move := r.today() + 10 // Thursday, 12 March; clocks go forward on the 8th
		ana := r.lease("4B", 10, 375, "Ana").Members[0].ID
		r.until(move-7, 0)
		if got := r.owner(r.task(ana, prepare)); got != "Maria Lopez" {
			r.Errorf("%s prepares the move, want leasing", got)
		}
		if m := r.message(ana, "movein-before"); m.State != message.Held {
			r.Errorf("at midnight the first message is %s, want held over the quiet hours", m.State)
		}
		r.until(move-7, 8)
		if m := r.message(ana, "movein-before", "Hello Ana", "Thursday, March 12", "home 4B"); m.State != message.Queued {
			r.Errorf("at eight the first message is %s, want queued: %s", m.State, m.Reason)
		}
		r.do(ana, prepare, map[string]string{"channel": "email", "matters": "quiet mornings"})
		r.until(move, 8)
		if got := r.said(ana); got != "movein-before queued" {
			r.Errorf("an hour before the welcome there is %q", got)
		}
		r.until(move, 9)
		r.message(ana, "movein-welcome", "Hello Ana", "Home 4B is ready", "Thursday, March 12")
		r.pass(2 * day)
		r.happen("portal.visited", ana, map[string]any{})
		r.pass(14 * day)
		if got := r.said(ana); got != "movein-before queued; movein-welcome queued" {
			r.Errorf("all was smooth, and yet there was said %q", got)
		}
		if got := titles(r, ana); got != "" {
			r.Errorf("all was smooth, and yet somebody was asked for %q", got)
		}
		r.ended(ana, "ended", "All is smooth")
		if n := r.starts(ana); n != 1 {
			r.Errorf("it started %d times, want once", n)
		}
	})
}

func TestMoveInWithTroubleThatStays(t *testing.T) {
	play(t, "move-in", func(r *rig) {
		move := r.today() + 10
		ana := r.lease("4B", 10, 375, "Ana").Members[0].ID
		r.until(move+1, 12)
		order := r.repair(ana, "The heating stays cold", "heating")
		r.pass(4*day - time.Hour)
		if got := r.openTasks(ana); len(got) != 1 {
			r.Errorf("after less than four days there is %q, want only the preparation", titles(r, ana))
		}
		r.pass(time.Hour)
		k := r.task(ana, notFine)
		if got := r.owner(k); got != "Sam Field" || k.Draft == "" {
			r.Errorf("%s has it with the draft %q, want the supervisor with one", got, k.Draft)
		}
		r.completed(order, "Bled the radiators")
		r.pass(14 * day)
		if got := r.said(ana); got != "movein-before queued; movein-welcome queued" {
			r.Errorf("a person took over, and yet there was said %q", got)
		}
		r.ended(ana, "ended", "it was looked after")
	})
}

func TestMoveInWithoutAnySign(t *testing.T) {
	play(t, "move-in", func(r *rig) {
		move := r.today() + 10
		ana := r.lease("4B", 10, 375, "Ana").Members[0].ID
		ben := r.lease("5A", 10, 375, "Ben").Members[0].ID
		r.until(move+6, 9)
		r.message(ana, "movein-checkin", "Hello Ana", "Thursday, March 12")
		r.message(ben, "movein-checkin")
		r.says(ben, "All is well here, thank you.")
		r.until(move+11, 9)
		if got := r.owner(r.task(ana, stopBy)); got != "Maria Lopez" {
			r.Errorf("%s stops by, want leasing", got)
		}
		for _, k := range r.openTasks(ben) {
			if k.Title == stopBy {
				r.Error("Ben answered, and yet somebody is to stop by")
			}
		}
		r.ended(ben, "ended", "The first two weeks are over.")
	})
}

func TestMoveInFollowsTheDateWhenItMoves(t *testing.T) {
	play(t, "move-in", func(r *rig) {
		start, end := r.today()+5, r.today()+370
		res := r.homeTold(record.News{}, "4B", record.HomeLease{Start: start, End: end, MoveIn: start}, "Ana")
		ana := res.Members[0].ID
		r.pass(day)
		r.homeTold(record.News{}, "4B", record.HomeLease{Start: start, End: end, MoveIn: start + 4}, "Ana")
		r.until(start+1, 12)
		if got := r.said(ana); got != "movein-before queued" {
			r.Errorf("the move was put off, and yet on the old day there was said %q", got)
		}
		r.until(start+4, 9)
		r.message(ana, "movein-welcome", "Wednesday, March 11")
		if n := r.starts(ana); n != 1 {
			r.Errorf("it started %d times, want once per tenancy", n)
		}
	})
}

func TestMoveInEndsWhenTheLeaseIsCancelled(t *testing.T) {
	play(t, "move-in", func(r *rig) {
		move := r.today() + 10
		res := r.lease("4B", 10, 375, "Ana")
		ana := res.Members[0].ID
		r.until(move-7, 1) // the first message is held over the night
		r.told(func(ctx context.Context, tx *db.Tx, n record.News) error {
			_, err := r.records.CancelLease(ctx, tx, n, res.Lease)
			return err
		})
		r.ended(ana, "left", "The lease was cancelled.")
		if got := titles(r, ana); got != "" {
			r.Errorf("after the cancellation somebody still is to do %q", got)
		}
		r.pass(20 * day)
		m := r.message(ana, "movein-before")
		if m.State != message.Dropped || len(r.messagesTo(ana)) != 1 {
			r.Errorf("after the cancellation there is %q: %s; want nothing said", r.said(ana), m.Reason)
		}
	})
}

func TestMoveInOfAHouseholdIsOneRun(t *testing.T) {
	play(t, "move-in", func(r *rig) {
		move := r.today() + 10
		res := r.lease("4B", 10, 375, "Ana", "Ben", "Leo:minor", "Gus:guarantor")
		r.until(move+7, 12)
		var ids []hearth.ResidentID
		for _, m := range res.Members {
			ids = append(ids, m.ID)
		}
		if n := r.starts(ids[0]); n != 1 || r.said(ids[0]) == "" {
			r.Errorf("it started %d times for who speaks for the home and said %q, want once", n, r.said(ids[0]))
		}
		r.untouched(ids[1:]...)
	})
}
