package trigger_test

import (
	"context"
	"testing"
	"time"

	"hearth/internal/base/db"
	"hearth/internal/fact/record"
)

const (
	walkHome   = "Walk through the home before they move in"
	missing    = "Is what was missing in the home done?"
	keysTask   = "Hand over the keys and try the home with them"
	firstDay   = "Something does not work on their first day"
	oneVisit   = "Make one visit of what they found in the first week"
	listOpen   = "The list of the first week is not done"
	answerThem = "Answer what they asked in their first week"
)

func TestBeforeMoveIn(t *testing.T) {
	play(t, "before-move-in", func(r *rig) {
		move := r.today() + 10
		ana := r.lease("4B", 10, 375, "Ana").Members[0].ID
		ben := r.lease("5A", 10, 375, "Ben").Members[0].ID
		cid := r.lease("6C", 10, 375, "Cid")
		dan := r.lives("7D", 300, "Dan").Members[0].ID
		r.until(move-7, 0)
		r.asks(ana, walkHome, "Sam Field")
		r.until(move-6, 12)
		r.do(ana, walkHome, map[string]string{"missing": (move - 3).String() + " paint the bedroom"})
		r.do(ben, walkHome, map[string]string{"missing": "no"})
		r.told(func(ctx context.Context, tx *db.Tx, n record.News) error {
			_, err := r.records.CancelLease(ctx, tx, n, cid.Lease)
			return err
		})
		r.ended(cid.Members[0].ID, "left", "The lease was cancelled.")
		r.until(move-2, 8)
		r.nothing(ana, ben, cid.Members[0].ID)
		r.until(move-2, 9)
		r.asks(ana, missing, "Sam Field")
		r.ended(ben, "ended", "Nothing is missing")
		r.pass(20 * day)
		r.untouched(dan)
		r.nothing(ben, cid.Members[0].ID)
		if got := r.said(ana); got != "" {
			r.Errorf("this is work of the team, and yet there was said %q", got)
		}
	})
}

func TestDayOne(t *testing.T) {
	play(t, "day-one", func(r *rig) {
		move := r.today() + 3 // a Thursday
		ana := r.lease("4B", 3, 368, "Ana").Members[0].ID
		ben := r.lease("5A", 3, 368, "Ben").Members[0].ID
		cid := r.lease("6C", 3, 368, "Cid")
		dan := r.lives("7D", 3, "Dan").Members[0].ID
		r.until(move, 8)
		r.nothing(ana, ben)
		r.until(move, 9)
		r.asks(ana, keysTask, "Maria Lopez")
		r.until(move, 12)
		r.do(ben, keysTask, map[string]string{"contact": "visit"})
		r.repair(ana, "The stove does not light", "appliances")
		r.asks(ana, firstDay, "Sam Field")
		r.ended(ana, "ended", "it went before other work")
		r.leave(cid.Lease)
		r.ended(cid.Members[0].ID, "left", "They have moved out.")
		r.pass(2 * day)
		r.ended(ben, "ended", "without trouble")
		r.repair(ben, "The lamp in the hall is out", "electrical") // no first day any more
		r.pass(10 * day)
		r.nothing(ben, cid.Members[0].ID)
		r.untouched(dan)
	})
}

func TestFirstWeekByBehaviour(t *testing.T) {
	play(t, "first-week", func(r *rig) {
		move := r.today() + 2
		ana := r.lease("4B", 2, 367, "Ana").Members[0].ID
		ben := r.lease("5A", 2, 367, "Ben").Members[0].ID
		cid := r.lease("6C", 2, 367, "Cid").Members[0].ID
		dan := r.lives("7D", 20, "Dan").Members[0].ID
		eve := r.lease("8E", 2, 367, "Eve")
		r.until(move+1, 12)
		r.repair(ana, "The heating stays cold", "heating")
		second := r.repair(ana, "A window sticks", "windows")
		r.says(ben, "Where do I put the trash?")
		for _, words := range []string{"The tap drips", "The bell is dead"} {
			r.repair(eve.Members[0].ID, words, "plumbing")
		}
		r.until(move+2, 23)
		r.nothing(ana, ben, cid)
		r.until(move+3, 0)
		r.asks(ana, oneVisit, "Sam Field")
		r.asks(ben, answerThem, "Maria Lopez")
		r.ended(cid, "ended", "Nothing in the first week asks for us")
		r.until(move+4, 12)
		r.do(ana, oneVisit, map[string]string{"promise": (move + 5).String() + " all of it", "contact": "call"})
		r.completed(second, "Planed it")
		r.leave(eve.Lease)
		r.ended(eve.Members[0].ID, "left", "They have moved out.")
		r.until(move+7, 1)
		r.asks(ana, listOpen, "Ruth Ames") // the heating still is cold
		r.pass(10 * day)
		r.nothing(cid)
		r.untouched(dan)
		if got := titles(r, eve.Members[0].ID); got != "" {
			r.Errorf("they have left, and yet somebody is to do %q", got)
		}
	})
}

const (
	firstMonth = "Put right what went wrong in their first month"
	byName     = "Be somebody they know by name"
	wholeHome  = "Look at this home as a whole"
)

func TestFirstNinetyDays(t *testing.T) {
	play(t, "first-ninety-days", func(r *rig) {
		start := r.today()
		ana := r.lives("4B", 28, "Ana").Members[0].ID
		ben := r.lives("5A", 28, "Ben").Members[0].ID
		cid := r.lives("6C", 28, "Cid").Members[0].ID
		dan := r.lives("7D", 120, "Dan").Members[0].ID
		order := r.repair(ben, "The tap drips", "plumbing")
		r.completed(order, "Tightened it")
		r.reopened(order)
		r.happen("contact.personal", cid, map[string]any{"staff": "stf_1", "kind": "visit"})
		r.until(start+2, 0)
		r.asks(ana, byName, "Maria Lopez")
		r.asks(ben, firstMonth, "Ruth Ames")
		r.nothing(cid)
		r.until(start+2, 12)
		r.do(ana, byName, map[string]string{"contact": "call"})
		r.do(ben, firstMonth, map[string]string{"contact": "visit", "promise": "no"})
		r.completed(order, "New cartridge")
		r.until(start+10, 12)
		r.homeTold(record.News{}, "6C", record.HomeLease{NoticeOn: r.today(), MoveOut: r.today() + 60}, "Cid")
		r.ended(cid, "left", "They gave notice")
		for _, words := range []string{"The bell is dead", "A socket is loose", "The stove does not light"} {
			r.completed(r.repair(ben, words, "electrical"), "Repaired")
		}
		r.until(start+56, 12)
		r.nothing(ana)
		r.until(start+57, 12)
		r.asks(ben, wholeHome, "Sam Field")
		r.ended(ana, "ended", "nothing more is needed")
		r.pass(30 * day)
		r.nothing(ana, cid)
		r.untouched(dan)
	})
}

func TestFirstNinetyDaysOfSomebodyWhoMovesOut(t *testing.T) {
	play(t, "first-ninety-days", func(r *rig) {
		home := r.lives("4B", 29, "Ana")
		ana := home.Members[0].ID
		r.pass(day)
		r.task(ana, byName)
		r.pass(time.Hour)
		r.leave(home.Lease)
		r.ended(ana, "left", "They have moved out.")
		r.pass(70 * day)
		r.nothing(ana)
	})
}
