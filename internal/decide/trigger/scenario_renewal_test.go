package trigger_test

import (
	"context"
	"strings"
	"testing"

	"hearth"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/fact/record"
)

const (
	putRight    = "Settle what is open before speaking of renewal"
	beginTalk   = "Begin the renewal talk"
	managerTalk = "Speak with them before they decide"
	lastWord    = "Get a clear answer about the lease"
	sayReminder = "Say it yourself: The date by which to decide"
)

func TestRenewalTalkThatSucceeds(t *testing.T) {
	play(t, "renewal-window", func(r *rig) {
		end := r.today() + 125
		res := r.lease("4B", -240, 125, "Ana", "Ben")
		ana, ben := res.Members[0].ID, res.Members[1].ID
		r.until(end-120, 0)
		k := r.task(ana, beginTalk)
		if r.owner(k) != "Maria Lopez" || !strings.Contains(k.Draft, "Your lease runs until Sunday, July 5") || !strings.Contains(k.Draft, "Maria Lopez") {
			r.Errorf("%s begins it with the draft %q", r.owner(k), k.Draft)
		}
		r.pass(2 * day)
		r.told(func(ctx context.Context, tx *db.Tx, n record.News) error {
			_, err := r.records.Renew(ctx, tx, n, res.Lease, end+1, end+365, 0)
			return err
		})
		r.ended(ana, "left", "They renewed.")
		if got := titles(r, ana); got != "" {
			r.Errorf("they renewed, and yet somebody is to do %q", got)
		}
		r.until(end-30, 12)
		if got := r.said(ana); got != "" || len(r.tasksOf(ana)) != 1 {
			r.Errorf("they renewed, and yet there was said %q and asked %d times", got, len(r.tasksOf(ana)))
		}
		// The new term has a window of its own.
		r.until(end+365-120, 1)
		if n := r.starts(ana); n != 2 {
			r.Errorf("in the second term it had started %d times, want twice", n)
		}
		r.untouched(ben)
	})
}

func TestRenewalWithoutAnAnswer(t *testing.T) {
	play(t, "renewal-window", func(r *rig) {
		end := r.today() + 125
		res := r.lease("4B", -240, 125, "Ana")
		ana := res.Members[0].ID
		r.until(end-119, 12)
		r.happen("portal.visited", ana, map[string]any{})
		r.do(ana, beginTalk, map[string]string{"intent": "not sure yet", "matters": "the rent", "contact": "call"})
		r.until(end-60, 9)
		if got := titles(r, ana); got != "" {
			r.Errorf("an hour before the reminder somebody is to do %q", got)
		}
		r.until(end-60, 10)
		k := r.task(ana, sayReminder)
		if r.owner(k) != "Maria Lopez" || !strings.Contains(k.Draft, "60 days until Sunday, July 5") || k.Asks[0].Kind != "contact" {
			r.Errorf("%s has the draft %q, want leasing, who was asked last, with the reminder", r.owner(k), k.Draft)
		}
		if got := r.said(ana); got != "" {
			r.Errorf("in a moment for people there was said %q by itself", got)
		}
		if d := r.outcomes(ana, "run"); len(d) != 1 || d[0].Outcome != "handed over" || d[0].Object != string(k.ID) {
			r.Errorf("got %+v, want the hand-over on record with its task", d)
		}
		r.until(end-30, 10)
		if got := r.owner(r.task(ana, lastWord)); got != "Ruth Ames" {
			r.Errorf("%s gets the answer, want the manager", got)
		}
		r.told(func(ctx context.Context, tx *db.Tx, n record.News) error {
			_, err := r.records.GiveNotice(ctx, tx, n, res.Lease, end)
			return err
		})
		r.pass(10 * day)
		if n := r.starts(ana); n != 1 {
			r.Errorf("it started %d times in one term", n)
		}
	})
}

func TestRenewalSettlesFirstWhatIsOpen(t *testing.T) {
	play(t, "renewal-window", func(r *rig) {
		end := r.today() + 125
		ana := r.lease("4B", -240, 125, "Ana").Members[0].ID
		order := r.repair(ana, "The kitchen tap drips", "plumbing")
		r.until(end-120, 1)
		if got := r.owner(r.task(ana, putRight)); got != "Ruth Ames" || titles(r, ana) != putRight {
			r.Errorf("%s is to settle it, and all there is to do is %q", got, titles(r, ana))
		}
		r.pass(3 * day)
		r.completed(order, "New tap")
		r.task(ana, beginTalk)
	})
}

func TestRenewalWithSignsOfFrustrationIsForTheManager(t *testing.T) {
	play(t, "renewal-window", func(r *rig) {
		end := r.today() + 125
		ana := r.lease("4B", -240, 125, "Ana").Members[0].ID
		r.until(end-64, 12)
		for range 3 {
			order := r.repair(ana, "The heating stays cold", "heating")
			r.pass(day)
			r.completed(order, "Restarted it")
			r.told(func(ctx context.Context, tx *db.Tx, n record.News) error {
				_, err := r.orders.Reopen(ctx, tx, n, order, "Cold again")
				return err
			})
		}
		r.until(end-60, 10)
		if got := r.owner(r.task(ana, managerTalk)); got != "Ruth Ames" {
			r.Errorf("%s speaks with them, want the manager", got)
		}
		for _, k := range r.openTasks(ana) {
			if k.Title == sayReminder {
				r.Error("there are signs of frustration, and yet the reminder is prepared")
			}
		}
	})
}

func TestRenewalBegunLateDoesNotAskAndRemindInOneBreath(t *testing.T) {
	play(t, "renewal-window", func(r *rig) {
		ana := r.lease("4B", -330, 35, "Ana").Members[0].ID
		if got := titles(r, ana); got != beginTalk {
			r.Fatalf("with 35 days left there is to do %q, want the talk alone", got)
		}
		r.pass(13 * day)
		if got := titles(r, ana); got != beginTalk {
			r.Errorf("13 days after the talk began there is to do %q", got)
		}
		r.pass(2 * day)
		r.task(ana, sayReminder)
	})
}

func TestRenewalStopsWithNoticeAndWithMonthToMonth(t *testing.T) {
	play(t, "renewal-window", func(r *rig) {
		end := r.today() + 125
		leaving := r.lease("4B", -240, 125, "Ana")
		staying := r.lease("5A", -240, 125, "Ben")
		ana, ben := leaving.Members[0].ID, staying.Members[0].ID
		r.until(end-120, 12)
		r.task(ana, beginTalk)
		r.told(func(ctx context.Context, tx *db.Tx, n record.News) error {
			_, err := r.records.GiveNotice(ctx, tx, n, leaving.Lease, end)
			return err
		})
		r.ended(ana, "left", "They gave notice.")
		r.homeTold(record.News{}, "5A", record.HomeLease{MonthToMonth: true}, "Ben")
		r.ended(ben, "left", "from month to month")
		for _, who := range []hearth.ResidentID{ana, ben} {
			for _, k := range r.tasksOf(who) {
				if k.State != task.Cancelled || !strings.Contains(strings.Join(k.Context.Notes, " "), "Cancelled: ") {
					r.Errorf("%q is %s, want cancelled with the reason: %q", k.Title, k.State, k.Context.Notes)
				}
			}
		}
	})
}
