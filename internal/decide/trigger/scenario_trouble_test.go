package trigger_test

import (
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/message"
)

const (
	lookAround = "Look at the home and the homes around it"
	notTreated = "The pest is not treated after ten days"
	lookAgain  = "Look again two weeks after the treatment"
	tellStands = "Tell them where their request stands"
	changes    = "Decide what changes about a request of two weeks"
	newDate    = "Say that the date was missed, and give a new one"
	ourWord    = "Say that we did not keep our word, and when we will"
	manyMissed = "Speak with them about promises that were not kept"
	onePlan    = "Make one plan for this home"
	notAllDone = "Several requests, and not all of them are done"
)

func TestPest(t *testing.T) {
	play(t, "pest", func(r *rig) {
		ana := r.lives("4B", 300, "Ana").Members[0].ID
		ben := r.lives("5A", 300, "Ben").Members[0].ID
		cid := r.lives("6C", 300, "Cid").Members[0].ID
		dan := r.lives("7D", 300, "Dan").Members[0].ID
		order := r.repair(ana, "There are roaches under the sink", "pest")
		m := r.message(ana, "pest-prepare", "roaches under the sink", "please do not spray")
		if m.State != message.Queued || m.Class != hearth.ClassService {
			r.Errorf("what helps is %s of class %s, want it queued as service", m.State, m.Class)
		}
		r.asks(ana, lookAround, "Sam Field")
		r.repair(ben, "The tap drips", "plumbing")
		called := r.repair(cid, "I saw a mouse", "pest")
		r.cancelled(called)
		r.ended(cid, "left", "The request was cancelled.")
		r.repair(dan, "Ants in the hall", "pest")
		r.pass(2 * day)
		r.do(ana, lookAround, map[string]string{"found": "Kitchen: 6 live", "treatment": r.today().String() + " first treatment"})
		r.completed(order, "Gel in kitchen and bath")
		r.pass(8*day + time.Hour)
		r.asks(dan, notTreated, "Ruth Ames")
		r.pass(5*day - 2*time.Hour)
		if got := titles(r, ana); got != "" {
			r.Errorf("before two weeks are over somebody is to do %q", got)
		}
		r.pass(day + time.Hour)
		r.asks(ana, lookAgain, "Sam Field")
		r.do(ana, lookAgain, map[string]string{"left": "nothing"})
		r.pass(30 * day)
		if got := r.said(ana) + titles(r, ana); got != "pest-prepare queued" {
			r.Errorf("it is gone, and yet there is %q", got)
		}
		r.untouched(ben)
	})
}

func TestLongWait(t *testing.T) {
	play(t, "long-wait", func(r *rig) {
		start := r.today()
		ana := r.lives("4B", 300, "Ana").Members[0].ID
		ben := r.lives("5A", 300, "Ben").Members[0].ID
		cid := r.lives("6C", 300, "Cid").Members[0].ID
		dan := r.lives("7D", 300, "Dan")
		r.repair(ana, "The tap drips", "plumbing")
		r.repair(ben, "The door sticks", "doors")
		quick := r.repair(cid, "The lamp is out", "electrical")
		r.repair(dan.Members[0].ID, "The bell is dead", "electrical")
		r.pass(day)
		r.happen("promise.made", ben, map[string]any{"promise": "prm_1", "due": (start + 20).At(12*60, r.zone).UTC().Format(time.RFC3339)})
		r.completed(quick, "New bulb")
		r.until(start+5, 23)
		r.nothing(ana, ben)
		r.until(start+6, 0)
		r.asks(ana, tellStands, "Sam Field")
		r.drafted(ana, tellStands, "6 days")
		r.ended(ben, "ended", "it still stands")
		r.until(start+7, 12)
		r.do(ana, tellStands, map[string]string{"contact": "call", "promise": (start + 12).String() + " new cartridge"})
		r.leave(dan.Lease)
		r.ended(dan.Members[0].ID, "left", "They have moved out.")
		r.until(start+14, 1)
		r.asks(ana, changes, "Ruth Ames")
		if got := r.said(ana); got != "" {
			r.Errorf("a person tells it, and yet there was said %q", got)
		}
		r.untouched(cid)
		if got := titles(r, ben) + titles(r, dan.Members[0].ID); got != "" {
			r.Errorf("nobody needs to do anything for them, and yet there is %q", got)
		}
	})
}

func TestLongWaitEndsWithTheWork(t *testing.T) {
	play(t, "long-wait", func(r *rig) {
		start := r.today()
		ana := r.lives("4B", 300, "Ana").Members[0].ID
		order := r.repair(ana, "The tap drips", "plumbing")
		r.until(start+7, 12)
		r.completed(order, "New cartridge")
		r.ended(ana, "left", "Nothing is open any more.")
		r.pass(20 * day)
		r.nothing(ana)
	})
}

func TestBrokenPromise(t *testing.T) {
	play(t, "broken-promise", func(r *rig) {
		ana := r.lives("4B", 300, "Ana").Members[0].ID
		ben := r.lives("5A", 300, "Ben").Members[0].ID
		cid := r.lives("6C", 300, "Cid")
		dan := r.lives("7D", 300, "Dan").Members[0].ID
		order := r.repair(ana, "The door sticks", "doors")
		missed := func(who hearth.ResidentID, id string) {
			r.happen("promise.missed", who, map[string]any{"promise": id})
		}
		missed(ana, "prm_a")
		r.asks(ana, newDate, "Sam Field")
		r.drafted(ana, newDate, "Hello Ana", "Your request is still with us", "Sam Field")
		missed(ben, "prm_b")
		r.asks(ben, ourWord, "Maria Lopez")
		missed(cid.Members[0].ID, "prm_c")
		r.leave(cid.Lease)
		r.ended(cid.Members[0].ID, "left", "They have moved out.")
		r.event(&hearth.Event{Type: "promise.missed", Residents: []hearth.ResidentID{dan}, History: true, Time: r.clock.Now().Add(-time.Hour)},
			map[string]any{"promise": "prm_d"})
		r.drain()
		r.pass(2 * time.Hour)
		r.do(ana, newDate, map[string]string{"contact": "call", "promise": (r.today() + 2).String() + " new hinge"})
		r.ended(ana, "left", "Somebody spoke with them.")
		r.completed(order, "New hinge")
		r.pass(day)
		missed(ben, "prm_b2") // the second within three months goes to the manager
		r.asks(ben, manyMissed, "Ruth Ames")
		r.nothing(ana)
		if got := r.said(ana) + r.said(ben); got != "" {
			r.Errorf("this is said by people, and yet there was said %q", got)
		}
		r.untouched(dan)
	})
}

func TestSeveralIssues(t *testing.T) {
	play(t, "several-issues", func(r *rig) {
		ana := r.lives("4B", 300, "Ana").Members[0].ID
		ben := r.lives("5A", 300, "Ben").Members[0].ID
		cid := r.lives("6C", 5, "Cid").Members[0].ID
		dan := r.lives("7D", 300, "Dan")
		eve := r.lives("8E", 300, "Eve").Members[0].ID
		ask := func(who hearth.ResidentID, n int) (all []hearth.WorkOrderID) {
			for _, words := range []string{"The tap drips", "The door sticks", "The lamp is out"}[:n] {
				all = append(all, r.repair(who, words, ""))
			}
			return all
		}
		orders := ask(ana, 3)
		ask(ben, 2)
		ask(cid, 3) // in the first days that is another playbook's
		ask(dan.Members[0].ID, 3)
		ask(eve, 3)
		r.asks(ana, onePlan, "Sam Field")
		r.drafted(ana, onePlan, "3 requests", "Sam Field")
		r.leave(dan.Lease)
		r.ended(dan.Members[0].ID, "left", "They have moved out.")
		r.pass(2 * day)
		r.do(ana, onePlan, map[string]string{"contact": "visit", "plan": "All on Friday"})
		r.untouched(ben, cid)
		for _, id := range orders {
			r.completed(id, "Done")
		}
		r.pass(9 * day)
		r.ended(ana, "ended", "All of it is done")
		r.asks(eve, notAllDone, "Ruth Ames")
		r.nothing(ana, ben)
		if got := titles(r, dan.Members[0].ID); got != "" {
			r.Errorf("they have left, and yet somebody is to do %q", got)
		}
	})
}
