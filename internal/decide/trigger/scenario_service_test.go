package trigger_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/db"
	"hearth/internal/fact/record"
)

const (
	giveTime  = "Give a time for their first request"
	sayStands = "Tell them where their first request stands"
	cameBack  = "Their first request came back"
)

func TestFirstServiceDoneWell(t *testing.T) {
	play(t, "first-service", func(r *rig) {
		ana := r.lease("4B", -30, 335, "Ana").Members[0].ID
		r.until(r.today(), 23) // an answer is not held over the night
		order := r.repair(ana, "The kitchen tap drips", "plumbing")
		m := r.message(ana, "service-received", "Hello Ana", "The kitchen tap drips", "your plumbing request")
		if m.State != message.Queued || m.Class != hearth.ClassAnswer {
			r.Errorf("the answer is %s of class %s, want it queued at once", m.State, m.Class)
		}
		k := r.task(ana, giveTime)
		if got := k.DueAt.In(r.zone).Format("Mon 15:04"); got != "Tue 13:00" || r.owner(k) != "Sam Field" {
			r.Errorf("%s is to give a time by %s, want the supervisor by Tuesday 13:00, four business hours on", r.owner(k), got)
		}
		r.until(r.today()+1, 10)
		r.do(ana, giveTime, map[string]string{"promise": (r.today() + 1).String() + " repair the tap"})
		r.pass(day)
		r.completed(order, "New cartridge in the tap")
		r.pass(19 * time.Hour)
		if got := r.said(ana); got != "service-received queued" {
			r.Errorf("before it has settled there was said %q", got)
		}
		r.pass(10 * time.Hour)
		r.message(ana, "service-closed", "New cartridge in the tap", "The kitchen tap drips")
		r.ended(ana, "ended", "they heard what was done")
		second := r.repair(ana, "The window sticks", "windows")
		r.pass(day)
		r.completed(second, "Planed it")
		r.pass(5 * day)
		if got := r.said(ana); got != "service-received queued; service-closed queued" || r.starts(ana) != 1 {
			r.Errorf("only the first request is the first: said %q, started %d times", got, r.starts(ana))
		}
	})
}

func TestFirstServiceThatTakesLong(t *testing.T) {
	play(t, "first-service", func(r *rig) {
		ana := r.lease("4B", -30, 335, "Ana").Members[0].ID
		order := r.repair(ana, "The kitchen tap drips", "plumbing")
		r.pass(3*day - time.Hour)
		if got := titles(r, ana); got != giveTime {
			r.Errorf("before three days are over somebody is to do %q", got)
		}
		r.pass(time.Hour)
		k := r.task(ana, sayStands)
		if !strings.Contains(k.Draft, "3 days") || !strings.Contains(k.Draft, "Sam Field") {
			r.Errorf("the draft does not say how long, or who: %s", k.Draft)
		}
		r.do(ana, sayStands, map[string]string{"contact": "call"})
		r.pass(2 * day)
		r.completed(order, "The part came; tap replaced")
		r.pass(2 * day)
		r.message(ana, "service-closed", "The part came; tap replaced")
		r.ended(ana, "ended", "they heard what was done")
	})
}

func TestFirstServiceThatComesBack(t *testing.T) {
	play(t, "first-service", func(r *rig) {
		ana := r.lease("4B", -30, 335, "Ana").Members[0].ID
		order := r.repair(ana, "The kitchen tap drips", "plumbing")
		r.pass(day)
		r.completed(order, "Tightened it")
		r.pass(5 * time.Hour)
		r.told(func(ctx context.Context, tx *db.Tx, n record.News) error {
			_, err := r.orders.Reopen(ctx, tx, n, order, "It drips again")
			return err
		})
		if got := r.owner(r.task(ana, cameBack)); got != "Sam Field" {
			r.Errorf("%s takes it over, want the supervisor", got)
		}
		r.pass(3 * day)
		if got := r.said(ana); got != "service-received queued" {
			r.Errorf("it came back, and yet there was said %q", got)
		}
		r.ended(ana, "ended", "a person took it over")
	})
}

func TestFirstServiceFollowsItsOwnRequest(t *testing.T) {
	play(t, "first-service", func(r *rig) {
		ana := r.lease("4B", -30, 335, "Ana").Members[0].ID
		first := r.repair(ana, "The kitchen tap drips", "plumbing")
		r.pass(time.Hour)
		other := r.repair(ana, "The lamp in the hall is out", "electrical")
		r.pass(time.Hour)
		r.completed(other, "New bulb")
		r.pass(day)
		twice := r.repair(ana, "The same lamp again", "electrical")
		r.told(func(ctx context.Context, tx *db.Tx, n record.News) error {
			_, err := r.orders.Cancel(ctx, tx, n, twice, "Asked twice")
			return err
		})
		r.pass(day / 2)
		if got := r.outcomes(ana, "run"); len(got) != 0 {
			r.Fatalf("what happened to other requests ended the run: %+v", got)
		}
		r.completed(first, "New washer in the tap")
		r.pass(day + 12*time.Hour)
		r.message(ana, "service-closed", "New washer in the tap")
	})
}

func TestFirstServiceEndsWhenTheRequestIsCancelled(t *testing.T) {
	play(t, "first-service", func(r *rig) {
		res := r.lease("4B", -30, 335, "Ana", "Ben")
		ana, ben := res.Members[0].ID, res.Members[1].ID
		order := r.repair(ben, "The kitchen tap drips", "plumbing")
		r.message(ben, "service-received", "Hello Ben")
		r.task(ben, giveTime)
		r.told(func(ctx context.Context, tx *db.Tx, n record.News) error {
			_, err := r.orders.Cancel(ctx, tx, n, order, "It stopped by itself")
			return err
		})
		r.ended(ben, "left", "The request was cancelled.")
		r.pass(20 * day)
		if got := r.said(ben) + titles(r, ben); got != "service-received queued" {
			r.Errorf("after the cancellation there is %q", got)
		}
		r.untouched(ana) // they live in the same home and did not ask
	})
}

func TestFirstServiceLearnedLateIsNoAnswer(t *testing.T) {
	play(t, "first-service", func(r *rig) {
		ana := r.lease("4B", -30, 335, "Ana").Members[0].ID
		r.until(r.today(), 20)
		r.event(&hearth.Event{Type: "workorder.opened", Residents: []hearth.ResidentID{ana}, Subject: hearth.Subject{Kind: "workorder", ID: "wo_late"},
			Time: r.clock.Now().Add(-10 * time.Hour)}, map[string]any{"description": "The kitchen tap drips", "workorder": "wo_late"})
		r.drain()
		m := r.message(ana, "service-received", "The kitchen tap drips")
		if m.Class != hearth.ClassService {
			r.Errorf("ten hours later it is of class %s, want a plain service message", m.Class)
		}
		r.task(ana, giveTime)
	})
}
