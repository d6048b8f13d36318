package trigger_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
)

// waitReply waits for an answer, and says which of the two came: the answer or the time-out.
const waitReply = `
id: wait-reply
title: Wait for a reply
depth: playbook
why: To see which comes first.
trigger: {on: portal.visited}
steps:
  - wait: {event: message.received, at_most: 2d}
  - branch:
      - if: run.waited == "event"
        steps:
          - task: {title: They replied, why: They did, role: leasing, minutes: 5, due: 1 business day}
          - wait: {event: message.received, at_most: 20d}
          - task: {title: The second wait is over, why: It is, role: leasing, minutes: 5, due: 1 business day}
      - else:
          - task: {title: They did not reply, why: They did not, role: leasing, minutes: 5, due: 1 business day}
`

func reply(who hearth.ResidentID) (*hearth.Event, map[string]any) {
	return &hearth.Event{Type: "message.received", Residents: []hearth.ResidentID{who}}, map[string]any{"channel": "email", "text": "Yes"}
}

func TestAfterALongStopThingsFollowInTheOrderInWhichTheyHappened(t *testing.T) {
	for _, batch := range []int{1, 2, 256} {
		each(t, func(r *rig) {
			ana, ben := r.home("4B", "Ana", -100, 200, old), r.home("5A", "Ben", -100, 200, old)
			cleo := r.home("6C", "Cleo", -100, 200, old)
			r.drain()
			r.activate(waitReply, 0)
			r.engine.SetBatch(batch)
			for _, who := range []hearth.ResidentID{ana, ben} {
				r.happen("portal.visited", who, map[string]any{})
			}
			// Nothing decides for three days. Ana replies within the two days, Ben after them.
			r.clock.Advance(46 * time.Hour)
			r.event(reply(cleo))
			r.event(reply(cleo))
			r.clock.Advance(time.Hour)
			r.event(reply(ana))
			r.clock.Advance(2 * time.Hour)
			r.event(reply(ben))
			r.clock.Advance(day)
			r.drain()
			if got := titles(r, ana); got != "They replied" {
				r.Errorf("in batches of %d, a reply in time gave %q", batch, got)
			}
			if got := titles(r, ben); got != "They did not reply" {
				r.Errorf("in batches of %d, a reply after the time-out gave %q", batch, got)
			}
		})
	}
}

// What another node wrote, or was committed without this process hearing so, is not in its memory: a reply among it that came before
// a time-out goes before it all the same.
func TestWhatMemoryDoesNotKnowFollowsInItsOrderToo(t *testing.T) {
	each(t, func(r *rig) {
		if r.d.Dialect() != db.Postgres {
			return // the embedded store has one process
		}
		ana, cleo := r.home("4B", "Ana", -100, 200, old), r.home("6C", "Cleo", -100, 200, old)
		r.drain()
		r.activate(waitReply, 0)
		r.happen("portal.visited", ana, map[string]any{})
		r.clock.Advance(46 * time.Hour)
		r.event(reply(cleo)) // in memory
		mine := r.log
		var err error
		r.log, err = eventlog.New(r.d) // another node's
		r.must(err)
		r.event(reply(ana))
		r.log = mine
		r.event(reply(cleo)) // in memory, and not found there
		r.clock.Advance(2 * day)
		r.drain()
		if got := titles(r, ana); got != "They replied" {
			r.Errorf("a reply in time that another node wrote gave %q", got)
		}
	})
}

func TestATimerThatIsOnItsWayDoesNotEndTheNextWait(t *testing.T) {
	each(t, func(r *rig) {
		ana := r.home("4B", "Ana", -100, 200, old)
		r.drain()
		r.activate(waitReply, 0)
		r.happen("portal.visited", ana, map[string]any{})
		// Reply and time-out come into the same batch; the reply begins the second wait.
		r.clock.Advance(47 * time.Hour)
		r.event(reply(ana))
		r.clock.Advance(2 * time.Hour)
		r.drain()
		r.drain()
		if got := titles(r, ana); got != "They replied" {
			r.Errorf("the first wait's timer went on: %q", got)
		}
	})
}

const fewAtOnce = `
id: few-at-once
title: Few at once
depth: playbook
why: The team has few minutes.
trigger: {when: lease.days_to_end <= 120 && lease.status == "current"}
limits: {again: once per term, at_once: 2}
steps:
  - wait: 5d
  - task: {title: Talk, why: The term ends, role: leasing, minutes: 10, due: 2 business days}
`

func TestWhoFindsNoRoomIsTakenWhenThereIsSome(t *testing.T) {
	each(t, func(r *rig) {
		r.activate(fewAtOnce, 0)
		var ids []hearth.ResidentID
		for i := range 5 {
			ids = append(ids, r.home(fmt.Sprintf("1%c", 'A'+i), fmt.Sprintf("P%c", 'a'+i), -240, 121, old))
		}
		r.drain()
		running := func() (n, held int) {
			for _, id := range ids {
				n += r.starts(id)
				held += len(r.outcomes(id, "trigger")) - r.starts(id)
			}
			return n, held
		}
		r.pass(2 * day)
		if n, held := running(); n != 2 || held != 3 {
			r.Fatalf("%d started and %d were held back, want 2 and 3", n, held)
		}
		r.pass(6 * day)
		if n, held := running(); n != 4 || held != 3 {
			r.Errorf("after the first two were done %d had started, with %d rows of holding back, want 4 and still 3", n, held)
		}
		r.pass(6 * day)
		if n, _ := running(); n != 5 {
			r.Errorf("at last %d started, want all 5", n)
		}
	})
}

func TestTheLimitCountsThoseWhoEndInTheSameBatch(t *testing.T) {
	each(t, func(r *rig) {
		ana, ben := r.home("4B", "Ana", -100, 200, old), r.home("5A", "Ben", -100, 200, old)
		r.drain()
		r.activate(strings.Replace(onOrder, "trigger:", "limits: {at_once: 1}\ntrigger:", 1), 0)
		r.order(ana, "wo_1", "routine")
		open := func(who hearth.ResidentID, id string) {
			r.event(&hearth.Event{Type: "workorder.opened", Residents: []hearth.ResidentID{who}, Subject: hearth.Subject{Kind: "workorder", ID: id}},
				map[string]any{"description": "The tap drips", "priority": "routine", "workorder": id})
		}
		open(ben, "wo_2")
		r.event(&hearth.Event{Type: "workorder.completed", Residents: []hearth.ResidentID{ana}, Subject: hearth.Subject{Kind: "workorder", ID: "wo_1"}},
			map[string]any{"resolution": "Done", "workorder": "wo_1"})
		open(ben, "wo_3")
		open(ana, "wo_4")
		r.drain()
		got := fmt.Sprintf("Ana %d, Ben %d", r.starts(ana), r.starts(ben))
		if got != "Ana 1, Ben 1" {
			r.Errorf("with room for one at once there started %s; want Ana's first, and Ben's second when hers was done", got)
		}
	})
}

const resting = `
id: resting
title: Resting
depth: playbook
why: Not too often.
trigger: {when: service.open > 0}
limits: {again: each time, cooldown: 30d}
steps:
  - task: {title: Look, why: Something is open, role: leasing, minutes: 10, due: 2 business days}
`

func TestAStandingConditionIsTriedAgainAfterTheCoolDown(t *testing.T) {
	each(t, func(r *rig) {
		ana := r.home("4B", "Ana", -100, 200, old)
		r.drain()
		r.activate(resting, 0)
		r.order(ana, "wo_1", "routine")
		r.happen("workorder.completed", ana, map[string]any{"resolution": "Done", "workorder": "wo_1"})
		r.pass(5 * day)
		r.order(ana, "wo_2", "routine")
		if n := r.starts(ana); n != 1 {
			r.Fatalf("within the cool-down it started %d times", n)
		}
		r.pass(24 * day)
		if n := r.starts(ana); n != 1 {
			r.Errorf("29 days after the first start it started %d times", n)
		}
		r.pass(2 * day)
		if n := r.starts(ana); n != 2 {
			r.Errorf("after the cool-down the order is still open, and it started %d times, want twice", n)
		}
	})
}

const overBefore = `
id: over-before
title: Over before it began
depth: playbook
why: To see that nothing is asked.
trigger: {on: workorder.opened}
steps:
  - task: {title: Never, why: It is over, role: leasing, minutes: 10, due: 2 business days}
exits:
  - {when: lease.notice_given, because: They are leaving.}
`

func TestAnExitThatHoldsAtTheStartAsksNobody(t *testing.T) {
	each(t, func(r *rig) {
		ana := r.homeTold(old, "4B", r.dates(-100, 200), "Ana").Members[0].ID
		r.homeTold(record.News{}, "4B", record.HomeLease{NoticeOn: r.today(), MoveOut: r.today() + 60}, "Ana")
		r.activate(overBefore, 0)
		r.order(ana, "wo_1", "routine")
		d := r.outcomes(ana, "trigger")
		if titles(r, ana) != "" || len(d) != 1 || d[0].Reason != "It would end at once: They are leaving." {
			r.Errorf("got %q and %+v, want nothing but the reason", titles(r, ana), d)
		}
	})
}

func TestALaterVersionTakesOverWithoutStartingAnew(t *testing.T) {
	each(t, func(r *rig) {
		ana := r.home("4B", "Ana", -240, 121, old)
		ben := r.home("5A", "Ben", -300, 100, old)
		cleo := r.home("6C", "Cleo", -240, 125, old)
		r.drain()
		r.activate(nearEnd, 0)
		r.pass(2 * day)
		if titles(r, ana) != "Talk" || titles(r, ben) != "" {
			r.Fatalf("Ana has %q, Ben %q", titles(r, ana), titles(r, ben))
		}
		later := strings.Replace(nearEnd, "title: Talk", "title: Talk longer", 1)
		a := r.activate(later, 5)
		if a.Version != 2 || len(a.Inside) != 2 || a.Included != 1 {
			r.Errorf("got %+v, want both listed as inside, and only Ben included: Ana had hers", a)
		}
		if titles(r, ana) != "Talk" || titles(r, ben) != "Talk longer" {
			r.Errorf("under the second version Ana has %q, Ben %q", titles(r, ana), titles(r, ben))
		}
		// A third version comes with nobody included: what the second one had planned is void.
		late := r.home("7D", "Dora", -300, 90, old)
		r.drain()
		r.activate(strings.Replace(nearEnd, "title: Talk", "title: Talk at once", 1), 0)
		r.pass(6 * day)
		if titles(r, cleo) != "Talk at once" || titles(r, late) != "" {
			r.Errorf("Cleo came inside and has %q, Dora was inside and has %q", titles(r, cleo), titles(r, late))
		}
	})
}

func TestWhoComesToSpeakForTheHomeIsNotAskedASecondTime(t *testing.T) {
	each(t, func(r *rig) {
		r.activate(nearEnd, 0)
		res := r.lease("4B", -240, 125, "Ana", "Ben")
		ana, ben := res.Members[0].ID, res.Members[1].ID
		r.pass(6 * day)
		if titles(r, ana) != "Talk" || titles(r, ben) != "" {
			r.Fatalf("Ana has %q, Ben %q", titles(r, ana), titles(r, ben))
		}
		r.homeTold(record.News{}, "4B", r.dates(-246, 119), "Ana:guarantor", "Ben")
		d := r.outcomes(ben, "trigger")
		if titles(r, ben) != "" || len(d) != 1 || !strings.Contains(d[0].Reason, "once per term for this home") {
			r.Errorf("Ben came to speak for the home and has %q: %+v", titles(r, ben), d)
		}
		// In a home where it never started, whoever comes to speak for it gets it.
		other := r.lease("5A", -246, 130, "Cleo", "Dan")
		r.homeTold(record.News{}, "5A", r.dates(-246, 130), "Cleo:guarantor", "Dan")
		r.pass(11 * day)
		if got := titles(r, other.Members[1].ID); got != "Talk" {
			r.Errorf("Dan speaks for his home and has %q, want the talk", got)
		}
	})
}

const ofPeople = `
id: of-people
title: Of people
depth: human
why: Somebody should say it.
trigger: {on: portal.visited}
steps:
  - send: {template: movein-welcome, class: service, purpose: movein.welcome}
  - wait: 1d
  - send: {template: movein-checkin, class: relation, purpose: movein.checkin}
  - wait: 1d
  - send: {template: service-waiting, class: promise, purpose: service.waiting}
  - wait: 5d
  - send: {template: movein-checkin, class: relation, purpose: movein.again}
`

func TestInAHumanMomentAMessageBecomesADraft(t *testing.T) {
	each(t, func(r *rig) {
		ana := r.home("4B", "Ana", -3, 360, old)
		r.drain()
		r.activate(ofPeople, 0)
		r.order(ana, "wo_1", "routine")
		r.happen("portal.visited", ana, map[string]any{})
		welcome := "Say it yourself: The day of the move"
		k := r.task(ana, welcome)
		if r.owner(k) != "Maria Lopez" || !strings.Contains(k.Draft, "Hello Ana") || !strings.Contains(k.Draft, "Maria Lopez") || len(k.Asks) != 2 {
			r.Errorf("%s has the draft %q", r.owner(k), k.Draft)
		}
		r.pass(26 * time.Hour)
		if got := titles(r, ana); got != welcome {
			r.Errorf("while the first draft is open somebody is told again: %q", got)
		}
		d := r.outcomes(ana, "run")
		if len(d) != 2 || d[1].Outcome != "handed over" || !strings.Contains(d[1].Reason, "has a draft for them already") {
			r.Errorf("got %+v, want both hand-overs on record", d)
		}
		r.pass(day)
		if got := r.said(ana); got != "service-waiting queued" {
			r.Errorf("there was said %q, want the promise, which goes by itself, and nothing else", got)
		}
		r.do(ana, welcome, map[string]string{"contact": "call"})
		r.pass(6 * day)
		if got := titles(r, ana); got != "Say it yourself: A short question after the first days" {
			r.Errorf("after the first draft was used there is %q, want the next one", got)
		}
	})
}
