package trigger_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/decide/trigger"
	"hearth/internal/fact/care"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
)

// sends is a playbook that waits a day after an event and then sends one message.
func sends(id, class, template, purpose string, more ...string) string {
	return fmt.Sprintf(`
id: %s
title: Playbook %s
moment: service
depth: playbook
why: A test.
trigger: {on: portal.visited}
limits: {again: each time%s}
steps:
  - wait: 1d
  - id: say
    send: {template: %s, class: %s, purpose: %s}
`, id, id, strings.Join(more, ""), template, class, purpose)
}

func careRig(t *testing.T, f func(r *rig)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newRig(t, d, clock)
		r.clock.Set(time.Date(2026, 3, 4, 15, 0, 0, 0, time.UTC)) // 10 in the morning, a Wednesday
		f(r)
	})
}

func (r *rig) pause(p care.Pause) care.Pause {
	r.Helper()
	var out care.Pause
	r.write(func(ctx context.Context, tx *db.Tx) (err error) {
		if p.Reason == "" {
			p.Reason = "a test"
		}
		out, err = r.engine.Pause(ctx, tx, hearth.System("test"), p)
		return err
	})
	r.drain()
	return out
}

func (r *rig) resume(id string) {
	r.Helper()
	r.write(func(ctx context.Context, tx *db.Tx) error {
		_, err := r.engine.Resume(ctx, tx, hearth.System("test"), id)
		return err
	})
	r.drain()
}

func (r *rig) situation(who hearth.ResidentID, kind care.Kind, d time.Duration, reason string) care.Situation {
	r.Helper()
	var out care.Situation
	r.write(func(ctx context.Context, tx *db.Tx) (err error) {
		out, err = r.engine.SetSituation(ctx, tx, hearth.System("test"), care.Told{Resident: who, Kind: kind, Until: r.clock.Now().Add(d), Reason: reason})
		return err
	})
	r.drain()
	return out
}

// mail gives the resident's messages in a state.
func (r *rig) mail(who hearth.ResidentID, state message.State) []message.Message {
	r.Helper()
	var out []message.Message
	r.read(func(ctx context.Context, tx *db.Tx) error {
		var err error
		out, _, err = r.messages.List(ctx, tx, message.Filter{Resident: who, State: state}, "", 500)
		return err
	})
	return out
}

func (r *rig) reviews() []trigger.Review {
	r.Helper()
	var out []trigger.Review
	r.read(func(ctx context.Context, tx *db.Tx) (err error) {
		out, _, err = r.engine.Reviews(ctx, tx, "", "", 1000)
		return err
	})
	return out
}

// homes gives n residents who have lived here for a while.
func (r *rig) homes(n int) []hearth.ResidentID {
	r.Helper()
	var out []hearth.ResidentID
	for i := range n {
		out = append(out, r.home(fmt.Sprintf("%d", 100+i), fmt.Sprintf("Res%d", i), -200, 300, record.News{History: true}))
	}
	r.drain()
	return out
}

const plain = "movein-checkin" // a relation template that is complete for everybody here

func TestAPauseStopsStepsAndDelivery(t *testing.T) {
	careRig(t, func(r *rig) {
		r.activate(sends("hello", "relation", plain, "test.hello"), 0)
		ana := r.homes(1)[0]
		r.happen("portal.visited", ana, map[string]any{})
		p := r.pause(care.Pause{What: care.Playbook, Target: "hello", Reason: "the wording is wrong"})
		r.pass(30 * time.Hour)
		if got := len(r.mail(ana, "")); got != 0 {
			r.Fatalf("while paused it made %d messages", got)
		}
		// A trigger that comes true meanwhile is on record, and starts nothing later.
		r.happen("portal.visited", ana, map[string]any{})
		held := r.outcomes(ana, "trigger")
		if last := held[len(held)-1]; last.Outcome != "held back" || !strings.Contains(last.Reason, "was paused on 4 March 2026: the wording is wrong") {
			r.Fatalf("the trigger left %+v", last)
		}
		r.resume(p.ID)
		r.pass(48 * time.Hour)
		if got := len(r.mail(ana, message.Queued)); got != 1 {
			r.Errorf("after the pause %d messages went out, want the one of the run that was under way", got)
		}
	})
}

func TestAPauseTakesBackWhatWaitsForDelivery(t *testing.T) {
	careRig(t, func(r *rig) {
		r.activate(sends("hello", "relation", plain, "test.hello"), 0)
		r.activate(sends("got-it", "answer", "service-received", "test.answer"), 0)
		ana := r.homes(1)[0]
		r.event(&hearth.Event{Type: "portal.visited", Residents: []hearth.ResidentID{ana}}, map[string]any{})
		r.drain()
		r.pass(25 * time.Hour)
		queued := r.mail(ana, message.Queued)
		before := len(queued)
		if before == 0 {
			r.Fatal("nothing is queued")
		}
		p := r.pause(care.Pause{What: care.Everything})
		for _, m := range r.mail(ana, message.Queued) {
			if m.Class != hearth.ClassAnswer {
				r.Errorf("%s is still on its way while everything is paused", m.Purpose)
			}
		}
		held := r.mail(ana, message.Held)
		if len(held) == 0 || !strings.Contains(held[0].Reason, "was paused on") {
			r.Fatalf("what was taken back stands as %+v", held)
		}
		r.resume(p.ID)
		r.pass(24 * time.Hour)
		again := r.mail(ana, message.Queued)
		if len(again) != before || again[0].Body != queued[0].Body {
			r.Errorf("%d go out after the pause, want the same %d with the same words", len(again), before)
		}
	})
}

func TestResumeIsNoFlood(t *testing.T) {
	careRig(t, func(r *rig) {
		r.activate(sends("hello", "service", plain, "test.hello", ", at_once: 4"), 4)
		all := r.homes(10)
		for i, id := range all {
			if i < 4 {
				r.happen("portal.visited", id, map[string]any{}) // at_once lets four run
			}
		}
		r.activate(sends("other", "service", "renewal-open", "test.other"), 3)
		for _, id := range all {
			r.happen("portal.visited", id, map[string]any{})
		}
		p := r.pause(care.Pause{What: care.Property, Target: string(r.property)})
		r.pass(40 * time.Hour) // all steps are due, none is stale
		if n := r.count(message.Queued); n != 0 {
			r.Fatalf("%d messages while the property was paused", n)
		}
		r.resume(p.ID)
		a := r.count(message.Queued)
		r.pass(24 * time.Hour)
		b := r.count(message.Queued)
		r.pass(72 * time.Hour)
		c := r.count(message.Queued)
		if a > 7 || b > 14 || c != 14 {
			r.Errorf("after resuming %d, a day later %d, at last %d messages; want at most 4+3 a day and all 14 in the end", a, b, c)
		}
		if n := len(r.reviews()); n != 0 {
			r.Errorf("%d steps wait for a look, and none was stale", n)
		}
	})
}

// count counts all messages in a state.
func (r *rig) count(state message.State) int {
	r.Helper()
	n := 0
	r.read(func(ctx context.Context, tx *db.Tx) error {
		list, _, err := r.messages.List(ctx, tx, message.Filter{State: state}, "", 500)
		n = len(list)
		return err
	})
	return n
}

func TestAJumpOfTheClockIsNoBurst(t *testing.T) {
	careRig(t, func(r *rig) {
		r.activate(sends("hello", "service", plain, "test.hello"), 0)
		all := r.homes(40)
		for _, id := range all {
			r.event(&hearth.Event{Type: "portal.visited", Residents: []hearth.ResidentID{id}}, map[string]any{})
		}
		r.drain()
		r.clock.Advance(40 * 24 * time.Hour)
		r.drain()
		if n := r.count(message.Queued); n != 0 {
			r.Errorf("a jump of 40 days sent %d messages", n)
		}
		waiting := r.reviews()
		if len(waiting) != 40 {
			r.Fatalf("%d of 40 steps wait for a look", len(waiting))
		}
		tasks := map[hearth.TaskID]bool{}
		for _, x := range waiting {
			tasks[x.Task] = true
		}
		if len(tasks) != 1 {
			r.Errorf("%d tasks ask for one look", len(tasks))
		}
		// One goes, one is skipped, the rest is left out with the task; a second look at the same changes nothing.
		for range 2 {
			r.write(func(ctx context.Context, tx *db.Tx) error {
				if err := r.engine.Settle(ctx, tx, hearth.System("test"), waiting[0].ID, trigger.ReviewGo); err != nil {
					return err
				}
				return r.engine.Settle(ctx, tx, hearth.System("test"), waiting[1].ID, trigger.ReviewSkip)
			})
			r.drain()
		}
		if n := r.count(message.Queued); n != 1 {
			r.Errorf("%d messages after one was let go", n)
		}
		for id := range tasks {
			r.write(func(ctx context.Context, tx *db.Tx) error {
				return r.tasks.Done(ctx, tx, hearth.System("test"), id, map[string]string{"rest": "skip"})
			})
		}
		r.drain()
		r.pass(5 * 24 * time.Hour)
		if n, left := r.count(message.Queued), len(r.reviews()); n != 1 || left != 0 {
			r.Errorf("in the end %d messages and %d to look at, want 1 and 0", n, left)
		}
		skipped := 0
		for _, id := range all {
			for _, d := range r.outcomes(id, "run") {
				if d.Outcome == "skipped" {
					skipped++
				}
			}
		}
		if skipped != 39 {
			r.Errorf("%d runs were skipped, want 39", skipped)
		}
	})
}

func TestARunThatLeavesNeedsNoLook(t *testing.T) {
	careRig(t, func(r *rig) {
		r.activate(sends("hello", "service", plain, "test.hello")+"exits:\n  - {on: lease.moved_out, because: They have moved out.}\n", 0)
		ana := r.homes(1)[0]
		r.happen("portal.visited", ana, map[string]any{})
		r.clock.Advance(40 * 24 * time.Hour)
		r.drain()
		if n := len(r.reviews()); n != 1 {
			r.Fatalf("%d steps wait for a look, want 1", n)
		}
		r.happen("lease.moved_out", ana, map[string]any{})
		if n := len(r.reviews()); n != 0 {
			r.Errorf("%d steps of a run that has left wait for a look", n)
		}
	})
}

func TestHeldMessagesThatComeTooLateAreLookedAt(t *testing.T) {
	careRig(t, func(r *rig) {
		r.activate(sends("hello", "service", plain, "test.hello"), 0)
		r.activate(sends("dear", "relation", "renewal-open", "test.dear"), 0)
		all := r.homes(6)
		r.clock.Set(time.Date(2026, 3, 5, 4, 0, 0, 0, time.UTC)) // 11 at night
		for _, id := range all {
			r.event(&hearth.Event{Type: "portal.visited", Residents: []hearth.ResidentID{id}}, map[string]any{})
		}
		r.drain()
		r.pass(25 * time.Hour)
		if n := r.count(message.Held); n != 12 {
			r.Fatalf("%d are held over night, want 12", n)
		}
		r.clock.Advance(40 * 24 * time.Hour)
		r.drain()
		// What could be done without is dropped; the rest waits for a look, under one task.
		if q, d, look := r.count(message.Queued), r.count(message.Dropped), len(r.reviews()); q != 0 || d != 6 || look != 6 {
			r.Errorf("queued %d, dropped %d, to look at %d; want 0, 6, 6", q, d, look)
		}
		first := r.reviews()[0]
		r.write(func(ctx context.Context, tx *db.Tx) error {
			return r.engine.Settle(ctx, tx, hearth.System("test"), first.ID, trigger.ReviewGo)
		})
		r.drain()
		r.pass(12 * time.Hour)
		r.write(func(ctx context.Context, tx *db.Tx) error {
			return r.tasks.Done(ctx, tx, hearth.System("test"), first.Task, map[string]string{"rest": "skip"})
		})
		r.drain()
		if q, d, look := r.count(message.Queued), r.count(message.Dropped), len(r.reviews()); q != 1 || d != 11 || look != 0 {
			r.Errorf("in the end queued %d, dropped %d, to look at %d; want 1, 11, 0", q, d, look)
		}
	})
}

func TestLetGoAfterAJumpIsSpread(t *testing.T) {
	careRig(t, func(r *rig) {
		r.activate(sends("hello", "service", plain, "test.hello"), 0)
		for _, id := range r.homes(60) {
			r.event(&hearth.Event{Type: "portal.visited", Residents: []hearth.ResidentID{id}}, map[string]any{})
		}
		r.drain()
		r.clock.Advance(40 * 24 * time.Hour)
		r.drain()
		id := r.reviews()[0].Task
		r.write(func(ctx context.Context, tx *db.Tx) error {
			return r.tasks.Done(ctx, tx, hearth.System("test"), id, map[string]string{"rest": "go"})
		})
		r.drain()
		var days []int
		for range 4 {
			r.pass(8 * time.Hour) // until the evening
			days = append(days, r.count(message.Queued))
			r.pass(16 * time.Hour)
		}
		if days[0] != 25 || days[1] != 50 || days[3] != 60 {
			r.Errorf("by day %v messages went out, want 25 a day and 60 in all", days)
		}
	})
}

func TestBackwardAndFrozenClocksDoubleNothing(t *testing.T) {
	careRig(t, func(r *rig) {
		r.activate(sends("hello", "service", plain, "test.hello"), 0)
		all := r.homes(10)
		for _, id := range all {
			r.event(&hearth.Event{Type: "portal.visited", Residents: []hearth.ResidentID{id}}, map[string]any{})
		}
		r.drain()
		r.clock.Advance(23 * time.Hour)
		r.drain()
		r.clock.Advance(-2 * time.Hour)
		r.drain()
		r.clock.Advance(3*time.Hour + time.Minute)
		r.drain() // the clock stands still from here on
		r.drain()
		r.clock.Advance(-2 * time.Hour)
		r.drain()
		r.pass(3 * time.Hour)
		if n := r.count(message.Queued); n != 10 {
			r.Errorf("%d messages, want one each of 10", n)
		}
		for _, id := range all {
			if n := len(r.mail(id, "")); n != 1 {
				r.Errorf("%s has %d messages", id, n)
			}
		}
	})
}

func TestLateConditionsStartInDoses(t *testing.T) {
	careRig(t, func(r *rig) {
		r.activate(`
id: soon
title: The lease ends soon
moment: service
depth: playbook
why: A test.
trigger: {when: "lease.days_to_end <= 290 && lease.days_to_end >= 200"}
limits: {at_once: 5}
steps:
  - task: {title: "Look", why: "A test.", role: leasing, minutes: 5, due: 2 business days}
`, 0)
		all := r.homes(12)
		r.clock.Advance(40 * 24 * time.Hour)
		r.drain()
		started := func() (n int) {
			for _, id := range all {
				n += len(r.tasksOf(id))
			}
			return n
		}
		if n := started(); n != 5 {
			r.Errorf("%d started at once, want 5 a day", n)
		}
		r.pass(3 * 24 * time.Hour)
		if n := started(); n != 12 {
			r.Errorf("%d started in the end, want all 12", n)
		}
	})
}

func TestDeathStopsEverythingAtOnce(t *testing.T) {
	careRig(t, func(r *rig) {
		const secret = "She passed away on Sunday; her daughter Eve called."
		r.activate(sends("hello", "relation", plain, "test.hello"), 0)
		all := r.homes(2)
		ana, ben := all[0], all[1]
		for _, id := range all {
			r.happen("portal.visited", id, map[string]any{})
		}
		r.pass(25 * time.Hour) // one is queued for each
		for _, id := range all {
			r.happen("portal.visited", id, map[string]any{}) // and a run waits
		}
		r.situation(ana, care.Death, 0, secret)
		if q, h := len(r.mail(ana, message.Queued)), len(r.mail(ana, message.Held)); q+h != 0 {
			r.Errorf("%d messages are still on their way and %d held", q, h)
		}
		if len(r.mail(ben, message.Queued)) != 1 {
			r.Error("a neighbour is affected")
		}
		r.happen("portal.visited", ana, map[string]any{})
		r.pass(10 * 24 * time.Hour)
		if n := len(r.mail(ana, message.Queued)); n != 0 {
			r.Errorf("%d messages after the death", n)
		}
		tasks := r.openTasks(ana)
		if len(tasks) != 1 || !strings.HasPrefix(tasks[0].Title, "Handle with care: Res0") || tasks[0].Role != hearth.RoleManager {
			r.Errorf("the people have %+v", tasks)
		}
		r.sealed(ana, secret, "death")
	})
}

// sealed looks for a word of the reason, and the kind, wherever others can read.
func (r *rig) sealed(who hearth.ResidentID, reason, kind string) {
	r.Helper()
	var seen []string
	for _, stage := range []string{"trigger", "run", "desk", "assign", "care"} {
		for _, d := range r.outcomes(who, stage) {
			seen = append(seen, fmt.Sprint(d))
		}
	}
	for _, k := range r.tasksOf(who) {
		seen = append(seen, fmt.Sprint(k))
	}
	for _, m := range r.mail(who, "") {
		seen = append(seen, fmt.Sprint(m))
	}
	r.read(func(ctx context.Context, tx *db.Tx) error {
		events, err := r.log.Timeline(ctx, tx, who, nil, eventlog.Cursor{}, 200)
		for _, ev := range events {
			seen = append(seen, string(ev.Type)+string(ev.Data))
		}
		return err
	})
	for _, text := range seen {
		if strings.Contains(text, reason) || strings.Contains(strings.ToLower(text), kind) {
			r.Errorf("what is sealed stands in %q", text)
		}
	}
}

func TestASituationHoldsWhatCanWaitAndEndsWithoutAFlood(t *testing.T) {
	careRig(t, func(r *rig) {
		r.activate(sends("hello", "relation", plain, "test.hello"), 0)
		r.activate(sends("done", "service", plain, "test.service"), 0)
		ana := r.homes(1)[0]
		r.situation(ana, care.Bereavement, 5*24*time.Hour, "Her brother died.")
		r.happen("portal.visited", ana, map[string]any{})
		r.pass(26 * time.Hour)
		held := r.mail(ana, message.Held)
		if len(held) != 1 || held[0].Class != hearth.ClassRelation || !strings.Contains(held[0].Reason, "a situation set by a person") {
			r.Fatalf("held is %+v, want what can wait, and why", held)
		}
		if n := len(r.mail(ana, message.Queued)); n != 1 {
			r.Errorf("%d service messages went out, want 1", n)
		}
		r.sealed(ana, "brother", "bereavement")
		r.pass(5 * 24 * time.Hour)
		if n := len(r.mail(ana, message.Held)); n != 0 {
			r.Errorf("%d are still held after the end", n)
		}
		ended := false
		r.read(func(ctx context.Context, tx *db.Tx) error {
			events, err := r.log.Timeline(ctx, tx, ana, []hearth.EventType{"situation.ended"}, eventlog.Cursor{}, 10)
			ended = len(events) == 1
			return err
		})
		if !ended {
			r.Error("the situation did not end by itself")
		}
		// What is stale by the end is dropped, not sent.
		r.situation(ana, care.Hospital, 30*24*time.Hour, "x")
		r.happen("portal.visited", ana, map[string]any{})
		before := len(r.mail(ana, message.Queued))
		r.pass(32 * 24 * time.Hour)
		var relation int
		for _, m := range r.mail(ana, message.Queued) {
			if m.Class == hearth.ClassRelation {
				relation++
			}
		}
		if relation > 1 {
			r.Errorf("stale messages went out after the end: %d of relation, %d before", relation, before)
		}
	})
}

func TestAVisitWhileAway(t *testing.T) {
	careRig(t, func(r *rig) {
		ana := r.homes(1)[0]
		r.situation(ana, care.Away, 7*24*time.Hour, "In Lisbon.")
		start := r.clock.Now().Add(48 * time.Hour)
		r.happen("workorder.scheduled", ana, map[string]any{"start": start.Format(time.RFC3339), "end": start.Add(time.Hour).Format(time.RFC3339)})
		tasks := r.openTasks(ana)
		if len(tasks) != 1 || tasks[0].Role != hearth.RoleSupervisor || !strings.Contains(tasks[0].Why, "nobody is to enter") {
			r.Fatalf("the visit left %+v", tasks)
		}
		late := r.clock.Now().Add(9 * 24 * time.Hour)
		r.happen("workorder.scheduled", ana, map[string]any{"start": late.Format(time.RFC3339), "end": late.Add(time.Hour).Format(time.RFC3339)})
		if n := len(r.openTasks(ana)); n != 1 {
			r.Errorf("a visit after the return left a task: %d", n)
		}
		r.sealed(ana, "Lisbon", "away\"")
	})
}

func TestATaskOpensWithCare(t *testing.T) {
	careRig(t, func(r *rig) {
		r.activate(`
id: look
title: Look
moment: service
depth: playbook
why: A test.
trigger: {on: portal.visited}
limits: {again: each time}
steps:
  - task: {title: "Call them", why: "A test.", role: leasing, minutes: 5, due: 2 business days}
`, 0)
		ana := r.homes(1)[0]
		r.situation(ana, care.Dispute, 5*24*time.Hour, "The deposit.")
		r.happen("portal.visited", ana, map[string]any{})
		tasks := r.openTasks(ana)
		if len(tasks) != 1 || len(tasks[0].Context.Facts) == 0 ||
			tasks[0].Context.Facts[0] != (task.Fact{Name: "Handle with care", Value: "There is a situation set by a person until 9 March 2026."}) {
			r.Errorf("the task opens with %+v", tasks)
		}
	})
}

func TestFiveRunsOneFeelingOneTask(t *testing.T) {
	careRig(t, func(r *rig) {
		for i := range 5 {
			r.activate(sends(fmt.Sprintf("p%d", i), "service", plain, fmt.Sprintf("test.p%d", i)), 0)
		}
		ana := r.homes(1)[0]
		r.upset(ana)
		r.happen("portal.visited", ana, map[string]any{})
		r.pass(25 * time.Hour)
		var feeling []task.Task
		for _, k := range r.openTasks(ana) {
			if k.Kind == "desk.feeling" {
				feeling = append(feeling, k)
			}
		}
		if len(feeling) != 1 {
			r.Fatalf("five runs told %d people, want one task: %+v", len(feeling), r.openTasks(ana))
		}
		if n := strings.Count(feeling[0].Draft, "———"); n != 4 {
			r.Errorf("the task holds %d drafts, want 5", n+1)
		}
		if n := len(r.mail(ana, message.Queued)); n != 0 {
			r.Errorf("%d messages went out by themselves", n)
		}
		// They have spoken: the next run goes on by itself, though the level is still high.
		r.write(func(ctx context.Context, tx *db.Tx) error {
			return r.tasks.Done(ctx, tx, hearth.System("test"), feeling[0].ID, map[string]string{"contact": "call"})
		})
		r.drain()
		r.activate(sends("p9", "service", "renewal-open", "test.p9"), 0)
		r.happen("portal.visited", ana, map[string]any{})
		r.pass(26 * time.Hour)
		if n := len(r.mail(ana, message.Queued)); n == 0 {
			r.Error("nothing goes on after the person has spoken with them")
		}
	})
}

// upset gives somebody every reason to be.
func (r *rig) upset(who hearth.ResidentID) {
	r.Helper()
	for range 3 {
		r.happen("promise.missed", who, map[string]any{"promise": "p"})
		order := hearth.Subject{Kind: "workorder", ID: "wo_1"}
		r.event(&hearth.Event{Type: "workorder.reopened", Residents: []hearth.ResidentID{who}, Subject: order}, map[string]any{})
		r.clock.Advance(time.Minute)
		r.event(&hearth.Event{Type: "workorder.completed", Residents: []hearth.ResidentID{who}, Subject: order}, map[string]any{"resolution": "Done."})
		r.drain()
	}
}

func TestAnEpisodeIsOverWhenTheLevelHasFallen(t *testing.T) {
	careRig(t, func(r *rig) {
		r.activate(sends("hello", "service", plain, "test.hello"), 0)
		ana := r.homes(1)[0]
		tell := func() int {
			r.happen("portal.visited", ana, map[string]any{})
			r.pass(26 * time.Hour)
			n := 0
			for _, k := range r.tasksOf(ana) {
				if k.Kind == "desk.feeling" {
					n++
				}
			}
			return n
		}
		r.upset(ana)
		if n := tell(); n != 1 {
			r.Fatalf("%d tasks at first", n)
		}
		r.pass(100 * 24 * time.Hour) // what strained them is longer ago than the window
		r.upset(ana)
		if n := tell(); n != 2 {
			r.Errorf("after a quiet time and a new rise there are %d tasks, want a second one", n)
		}
	})
}

func TestAPromiseWaitsAsADraftAndGoesBeforeItSlips(t *testing.T) {
	careRig(t, func(r *rig) {
		r.activate(`
id: word
title: News about a promise
moment: complaint
depth: human
why: A test.
trigger: {on: promise.made}
limits: {again: each time}
steps:
  - send: {template: movein-checkin, class: promise, purpose: test.promise}
`, 0)
		all := r.homes(2)
		due := r.clock.Now().Add(3 * 24 * time.Hour)
		for _, id := range all {
			r.happen("promise.made", id, map[string]any{"promise": "We call back.", "due": due.Format(time.RFC3339)})
		}
		for _, id := range all {
			if len(r.openTasks(id)) != 1 || len(r.mail(id, message.Held)) != 1 {
				r.Fatalf("%s has tasks %+v and held %+v", id, r.openTasks(id), r.mail(id, message.Held))
			}
		}
		// One is told by a person; for the other it goes by itself, in time.
		k := r.openTasks(all[0])[0]
		r.write(func(ctx context.Context, tx *db.Tx) error {
			return r.tasks.Done(ctx, tx, hearth.System("test"), k.ID, map[string]string{"contact": "call"})
		})
		r.drain()
		r.pass(3*24*time.Hour - time.Minute)
		if n := len(r.mail(all[0], message.Queued)); n != 0 {
			r.Errorf("%d messages to whom a person has told it", n)
		}
		sent := r.mail(all[1], message.Queued)
		if len(sent) != 1 || !sent[0].At.Before(due) {
			r.Errorf("to whom nobody has told it went %+v, want one before %s", sent, due)
		}
	})
}
