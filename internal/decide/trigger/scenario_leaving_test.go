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
	askWhy   = "Ask why they go"
	whichDay = "Ask on which day they move out"
	offerTo  = "Offer to walk through the home with them"
	takeKeys = "Take the keys and say goodbye"
	toStay   = "Find out what would have to change for them to stay"
	yearWas  = "Ask how the year has been"
)

// gives tells that a household gave notice today for a day.
func (r *rig) gives(unit, name string, moveOut hearth.Day) {
	r.Helper()
	r.homeTold(record.News{}, unit, record.HomeLease{NoticeOn: r.today(), MoveOut: moveOut}, name)
}

// stays tells that a household took its notice back.
func (r *rig) stays(lease hearth.LeaseID) {
	r.Helper()
	r.told(func(ctx context.Context, tx *db.Tx, n record.News) error {
		_, err := r.records.WithdrawNotice(ctx, tx, n, lease)
		return err
	})
}

func TestNoticeGiven(t *testing.T) {
	play(t, "notice-given", func(r *rig) {
		out := r.today() + 60 // Friday, 1 May
		ana := r.lives("4B", 300, "Ana").Members[0].ID
		ben := r.lives("5A", 300, "Ben")
		cid := r.lives("6C", 300, "Cid").Members[0].ID
		dan := r.homeTold(old, "7D", record.HomeLease{Start: r.today() - 300, End: r.today() + 65, MoveIn: r.today() - 300, NoticeOn: r.today() - 10,
			MoveOut: out}, "Dan").Members[0].ID
		r.gives("4B", "Ana", out)
		if m := r.message(ana, "notice-received", "Hello Ana", "Friday, May 1"); m.State != message.Queued {
			r.Errorf("the confirmation is %s, want queued: %s", m.State, m.Reason)
		}
		r.gives("5A", "Ben", out)
		r.gives("6C", "Cid", 0)
		r.asks(cid, whichDay, "Maria Lopez")
		if got := r.said(cid); got != "" {
			r.Errorf("the day is only assumed, and yet there was said %q", got)
		}
		r.pass(day)
		r.stays(ben.Lease)
		r.ended(ben.Members[0].ID, "left", "They took the notice back.")
		r.pass(day + time.Hour)
		r.asks(ana, askWhy, "Maria Lopez")
		r.do(ana, askWhy, map[string]string{"contact": "call", "reason": "moving away"})
		r.pass(20 * day)
		if got := r.said(ana) + titles(r, ana); got != "notice-received queued" {
			r.Errorf("after the question there is %q", got)
		}
		if got := titles(r, ben.Members[0].ID); got != "" {
			r.Errorf("they stay, and yet somebody is to do %q", got)
		}
		r.untouched(dan)
	})
}

func TestMoveOut(t *testing.T) {
	play(t, "move-out", func(r *rig) {
		out := r.today() + 18 // Friday, 20 March
		ana := r.lives("4B", 300, "Ana").Members[0].ID
		ben := r.lives("5A", 300, "Ben")
		cid := r.lives("6C", 300, "Cid").Members[0].ID
		dan := r.lives("7D", 300, "Dan")
		r.gives("4B", "Ana", out)
		r.gives("5A", "Ben", out)
		r.gives("7D", "Dan", out)
		r.until(out-15, 12)
		r.nothing(ana, ben.Members[0].ID)
		r.until(out-14, 8)
		if m := r.message(ana, "moveout-before", "Hello Ana", "Friday, March 20", "home 4B"); m.State != message.Queued {
			r.Errorf("what is to be done is %s, want queued: %s", m.State, m.Reason)
		}
		r.asks(ana, offerTo, "Sam Field")
		r.until(out-10, 12)
		r.do(ana, offerTo, map[string]string{"agreed": "Wednesday at ten"})
		r.stays(ben.Lease)
		r.ended(ben.Members[0].ID, "left", "They took the notice back.")
		r.leave(dan.Lease)
		r.ended(dan.Members[0].ID, "left", "They have moved out.")
		r.until(out, 9)
		r.asks(ana, takeKeys, "Maria Lopez")
		r.until(out, 12)
		r.do(ana, takeKeys, map[string]string{"keys": "3", "left": "yes"})
		r.pass(30 * day)
		r.ended(ana, "ended", "All steps are done.")
		if got := r.said(ana) + r.said(ben.Members[0].ID); got != "moveout-before queuedmoveout-before queued" {
			r.Errorf("there was said %q, want one message to each", got)
		}
		if got := titles(r, ana) + titles(r, ben.Members[0].ID) + titles(r, dan.Members[0].ID); got != "" {
			r.Errorf("all have left or stay, and yet somebody is to do %q", got)
		}
		r.untouched(cid)
	})
}

func TestRenewalEarlyByRisk(t *testing.T) {
	play(t, "renewal-early", func(r *rig) {
		home := func(unit, name string, end int) hearth.ResidentID {
			return r.homeTold(old, unit, r.dates(end-365, end), name).Members[0].ID
		}
		ana, ben, cid, dan := home("4B", "Ana", 170), home("5A", "Ben", 170), home("6C", "Cid", 170), home("7D", "Dan", 300)
		risk := func(who hearth.ResidentID, band string) {
			r.happen("risk.changed", who, map[string]any{"band": band, "before": "middle"})
		}
		risk(ana, "high")
		risk(ben, "middle")
		risk(cid, "low")
		risk(dan, "high") // too early to speak of
		r.asks(ana, toStay, "Ruth Ames")
		r.asks(ben, yearWas, "Maria Lopez")
		r.pass(3 * day)
		r.do(ana, toStay, map[string]string{"contact": "visit", "matters": "The window", "promise": (r.today() + 9).String() + " new window"})
		risk(ben, "low")
		r.ended(ben, "left", "Nothing speaks for their leaving any more.")
		r.pass(27*day + time.Hour)
		r.asks(ana, "A month later something is still open", "Ruth Ames")
		if got := r.said(ana) + r.said(ben); got != "" {
			r.Errorf("this is a moment for people, and yet there was said %q", got)
		}
		if got := titles(r, ben); got != "" {
			r.Errorf("nothing speaks for their leaving, and yet somebody is to do %q", got)
		}
		r.untouched(cid, dan)
	})
}
