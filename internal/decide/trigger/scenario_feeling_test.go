package trigger_test

import (
	"testing"
	"time"

	"hearth"
)

const (
	putOff    = "See whether something of ours put them off"
	sayHello  = "Say hello to somebody who has gone quiet"
	readWords = "Read their words, and speak with them"
	offerHelp = "Offer help before it becomes more"
)

func TestEngagementDrop(t *testing.T) {
	play(t, "engagement-drop", func(r *rig) {
		ana := r.settled("4B", "Ana")[0]
		ben := r.settled("5A", "Ben")[0]
		cid := r.settled("6C", "Cid")[0]
		dan := r.settled("7D", "Dan")[0]
		for range 20 {
			r.pass(10 * day)
			for _, who := range []hearth.ResidentID{ana, ben, cid, dan} {
				r.happen("portal.visited", who, map[string]any{})
			}
		}
		r.untouched(ana, ben, cid, dan)
		r.happen("promise.missed", ben, map[string]any{"promise": "prm_1"})
		for range 9 { // cid goes on as before, the others fall silent
			r.pass(10 * day)
			r.happen("portal.visited", cid, map[string]any{})
		}
		r.untouched(cid)
		if r.starts(ana) != 1 || r.starts(ben) != 1 || r.starts(dan) != 1 {
			r.Fatalf("it started %d, %d and %d times, want once each", r.starts(ana), r.starts(ben), r.starts(dan))
		}
		for who, title := range map[hearth.ResidentID]string{ana: sayHello, ben: putOff} {
			var asked bool
			for _, k := range r.tasksOf(who) {
				asked = asked || k.Title == title
			}
			if !asked {
				r.Errorf("nobody was asked %q, but %q", title, titles(r, who))
			}
		}
	})
}

func TestEngagementDropEndsWhenTheyAreHeardOf(t *testing.T) {
	play(t, "engagement-drop", func(r *rig) {
		ana := r.settled("4B", "Ana")[0]
		for range 20 {
			r.pass(10 * day)
			r.happen("portal.visited", ana, map[string]any{})
		}
		for silent := 0; r.starts(ana) == 0; silent++ {
			if r.pass(day); silent > 100 {
				r.Fatal("they went quiet, and nobody noticed")
			}
		}
		r.drafted(ana, sayHello, "Hello Ana", "Maria Lopez")
		r.says(ana, "Is the pool open on Sunday?")
		r.ended(ana, "left", "They got in touch themselves.")
		r.pass(20 * day)
		r.nothing(ana)
	})
}

func TestToneShift(t *testing.T) {
	play(t, "tone-shift", func(r *rig) {
		ana := r.lives("4B", 300, "Ana").Members[0].ID
		ben := r.lives("5A", 300, "Ben").Members[0].ID
		cid := r.lives("6C", 300, "Cid").Members[0].ID
		three := []hearth.ResidentID{ana, ben, cid}
		for _, words := range []string{"Thank you, that was a wonderful help.", "Great work, I am very happy with it.", "Thanks so much, lovely."} {
			r.pass(30 * day)
			for _, who := range three {
				r.says(who, words)
			}
		}
		r.pass(40 * day)
		r.repair(ana, "The heating stays cold", "heating")
		r.repair(cid, "The heating stays cold", "heating")
		r.pass(4 * day)
		r.untouched(three...) // waiting alone is no change of tone
		for _, words := range []string{"This is terrible, nobody answers and I am angry.", "Awful. I am fed up and very disappointed."} {
			r.says(ana, words)
			r.says(ben, words)
			r.pass(time.Hour)
		}
		r.asks(ana, readWords, "Ruth Ames")
		r.untouched(ben, cid) // words alone, and waiting alone
		r.do(ana, readWords, map[string]string{"contact": "visit", "learned": "Cold for four days", "promise": "no"})
		r.ended(ana, "left", "Somebody spoke with them.")
		if got := r.said(ana); got != "" {
			r.Errorf("the manager speaks with them, and yet there was said %q", got)
		}
	})
}

func TestArrearsAreOneTaskAndNothingElse(t *testing.T) {
	play(t, "arrears-coordinator", func(r *rig) {
		r.joins("Nora Hale", hearth.RoleCoordinator)
		ana := r.lives("4B", 300, "Ana").Members[0].ID
		ben := r.lives("5A", 300, "Ben").Members[0].ID
		cid := r.lives("6C", 300, "Cid")
		owes := func(who hearth.ResidentID, amount float64) {
			r.happen("arrears.changed", who, map[string]any{"amount": amount})
		}
		owes(ana, 1450)
		owes(ben, 20)
		owes(cid.Members[0].ID, 300)
		r.asks(ana, offerHelp, "Nora Hale")
		if k := r.task(ana, offerHelp); k.Draft != "" {
			r.Errorf("nothing is written about money, and yet there is the draft %q", k.Draft)
		}
		r.leave(cid.Lease)
		r.ended(cid.Members[0].ID, "left", "They have moved out.")
		r.pass(day)
		owes(ana, 0)
		r.ended(ana, "left", "Nothing is owed any more.")
		if got := titles(r, ana); got != "" {
			r.Errorf("nothing is owed, and yet somebody is to do %q", got)
		}
		r.pass(10 * day)
		owes(ana, 700)
		held := r.outcomes(ana, "trigger")
		if last := held[len(held)-1]; last.Outcome != "held back" {
			r.Errorf("ten days later the decision is %q, want held back within sixty days", last.Outcome)
		}
		r.untouched(ben)
		if got := r.said(ana) + r.said(cid.Members[0].ID); got != "" {
			r.Errorf("what is owed is no reason to write, and yet there was said %q", got)
		}
	})
}
