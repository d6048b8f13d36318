package trigger_test

import (
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/message"
)

const (
	beforeTheVisit = "Speak with them before the second visit for the same fault"
	keepsComing    = "Decide about a fault that keeps coming back"
	didNotHold     = "The repair of a repeated fault did not hold"
	whatIsMissing  = "Ask what is still missing"
)

func TestRepeatIssue(t *testing.T) {
	play(t, "repeat-issue", func(r *rig) {
		home := r.lives("4B", 300, "Ana", "Flo").Members
		ana, flo := home[0].ID, home[1].ID
		ben := r.lives("5A", 300, "Ben").Members[0].ID
		cid := r.lives("6C", 300, "Cid").Members[0].ID
		dan := r.lives("7D", 300, "Dan").Members[0].ID
		r.completed(r.repair(ana, "The tap drips", "plumbing"), "Tightened it")
		r.repair(ben, "The tap drips", "plumbing")
		r.repair(cid, "The tap drips", "plumbing")
		r.completed(r.repair(dan, "The tap drips", "plumbing"), "Tightened it")
		r.pass(20 * day)
		r.nothing(ana, ben, cid, dan)
		again := r.repair(flo, "The tap drips as before", "plumbing") // another person, the same home
		r.asks(flo, beforeTheVisit, "Sam Field")
		r.drafted(flo, beforeTheVisit, "The tap drips as before", "looks for the cause")
		r.repair(ben, "The lamp is out", "electrical")
		second := r.repair(dan, "It drips again", "plumbing")
		r.cancelled(second)
		r.ended(dan, "left", "The request was cancelled.")
		r.pass(2 * time.Hour)
		r.do(flo, beforeTheVisit, map[string]string{"contact": "call", "promise": (r.today() + 1).String() + " new cartridge"})
		r.pass(day)
		r.completed(again, "New cartridge")
		r.pass(3 * day)
		r.ended(flo, "ended", "It holds")
		r.pass(45 * day)
		r.repair(cid, "The tap drips", "plumbing") // more than sixty days after the first
		r.nothing(flo)
		r.untouched(ana, ben, cid)
	})
}

func TestRepeatIssueThatDoesNotHold(t *testing.T) {
	play(t, "repeat-issue", func(r *rig) {
		ana := r.lives("4B", 300, "Ana").Members[0].ID
		ben := r.lives("5A", 300, "Ben").Members[0].ID
		r.completed(r.repair(ana, "The tap drips", "plumbing"), "Tightened it")
		r.completed(r.repair(ben, "The door sticks", "doors"), "Oiled it")
		r.pass(10 * day)
		second := r.repair(ana, "It drips again", "plumbing")
		r.repair(ben, "It sticks again", "doors")
		r.pass(day)
		r.completed(second, "New washer")
		r.pass(day)
		r.reopened(second)
		r.asks(ana, didNotHold, "Ruth Ames")
		r.ended(ana, "ended", "It did not hold")
		r.pass(3 * day)
		r.asks(ben, beforeTheVisit, "Ruth Ames") // handed over, because five days have passed
		if got := r.said(ana) + r.said(ben); got != "" {
			r.Errorf("this is a moment for people, and yet there was said %q", got)
		}
	})
}

func TestResolvedProperly(t *testing.T) {
	play(t, "resolved-properly", func(r *rig) {
		ana := r.lives("4B", 300, "Ana").Members[0].ID
		ben := r.lives("5A", 300, "Ben").Members[0].ID
		cid := r.lives("6C", 300, "Cid").Members[0].ID
		dan := r.lives("7D", 300, "Dan").Members[0].ID
		eve := r.lives("8E", 300, "Eve").Members[0].ID
		r.completed(r.repair(dan, "The tap drips", "plumbing"), "New washer") // their first request is asked about elsewhere
		r.repair(cid, "The lamp is out", "electrical")
		for _, who := range []hearth.ResidentID{ana, ben, eve} {
			r.cancelled(r.repair(who, "The bell is dead", "electrical"))
		}
		for _, who := range []hearth.ResidentID{ana, ben, cid} {
			r.completed(r.repair(who, "The tap drips", "plumbing"), "New cartridge")
		}
		back := r.repair(eve, "The tap drips", "plumbing")
		r.completed(back, "New cartridge")
		r.pass(3 * time.Hour)
		r.reopened(back)
		r.ended(eve, "ended", "came back before anybody asked")
		r.nothing(ana, ben)
		r.pass(24 * time.Hour)
		if m := r.message(ana, "survey-repair", "New cartridge", "one figure from 1"); m.State != message.Queued {
			r.Errorf("the question is %s, want queued: %s", m.State, m.Reason)
		}
		r.ended(cid, "ended", "Something else is open")
		r.says(ana, "5")
		r.ended(ana, "ended", "They said that it works.")
		r.says(ben, "2\nIt still drips.")
		r.asks(ben, whatIsMissing, "Sam Field")
		r.pass(4 * day)
		r.asks(ben, whatIsMissing, "Ruth Ames")
		if got := titles(r, ana); got != "" {
			r.Errorf("all is well, and yet somebody is to do %q", got)
		}
		r.nothing(cid, eve)
		r.untouched(dan)
	})
}

func TestResolvedProperlyAsksOnlyOnce(t *testing.T) {
	play(t, "resolved-properly", func(r *rig) {
		home := r.lives("4B", 300, "Ana")
		ana := home.Members[0].ID
		r.cancelled(r.repair(ana, "The bell is dead", "electrical"))
		r.completed(r.repair(ana, "The tap drips", "plumbing"), "New cartridge")
		r.pass(7 * day)
		r.ended(ana, "ended", "are not asked again")
		r.completed(r.repair(ana, "The lamp is out", "electrical"), "New bulb")
		r.pass(7 * day)
		if got := r.said(ana) + titles(r, ana); got != "survey-repair queued" {
			r.Errorf("within thirty days there is %q, want one question", got)
		}
		r.pass(30 * day)
		r.completed(r.repair(ana, "The door sticks", "doors"), "Oiled it")
		r.pass(time.Hour)
		r.leave(home.Lease)
		r.ended(ana, "left", "They have moved out.")
	})
}

func TestRepeatIssueForTheThirdTime(t *testing.T) {
	play(t, "repeat-issue-third", func(r *rig) {
		ana := r.lives("4B", 300, "Ana").Members[0].ID
		ben := r.lives("5A", 300, "Ben").Members[0].ID
		cid := r.lives("6C", 300, "Cid")
		var last hearth.WorkOrderID
		for n := range 3 {
			r.pass(10 * day)
			last = r.repair(ana, "The tap drips", "plumbing")
			r.repair(cid.Members[0].ID, "The tap drips", "plumbing")
			if n < 2 {
				r.repair(ben, "The tap drips", "plumbing")
				r.completed(last, "New washer")
			}
		}
		r.asks(ana, keepsComing, "Ruth Ames")
		r.drafted(ana, keepsComing, "The tap drips", "Ruth Ames")
		r.leave(cid.Lease)
		r.ended(cid.Members[0].ID, "left", "They have moved out.")
		r.pass(2 * time.Hour)
		r.do(ana, keepsComing, map[string]string{"decision": "A new tap", "contact": "visit"})
		r.completed(last, "A new tap")
		r.ended(ana, "ended", "All steps are done.")
		r.nothing(ana, cid.Members[0].ID)
		r.untouched(ben)
	})
}
