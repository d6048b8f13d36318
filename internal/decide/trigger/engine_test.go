package trigger_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/fact/record"
)

// onOrder starts on an event, with a condition over its data.
const onOrder = `
id: on-order
title: A request came
depth: playbook
why: Somebody should look at it.
trigger: {on: workorder.opened, if: event.priority != "emergency"}
steps:
  - task: {title: Look at it, why: It came in, role: maintenance_supervisor, minutes: 10, due: 4 business hours}
  - wait: 2d
  - task: {title: Look again, why: Two days passed, role: maintenance_supervisor, minutes: 5, due: 1 business day}
exits:
  - {on: workorder.completed, because: It is done.}
`

// nearEnd starts when time alone makes its condition true.
const nearEnd = `
id: near-end
title: The term ends
depth: playbook
why: Somebody should talk with them.
for: household
trigger: {when: lease.days_to_end <= 120 && lease.status == "current"}
steps:
  - task: {title: Talk, why: The term ends, role: leasing, minutes: 10, due: 2 business days}
`

const quiet = `
id: quiet
title: Quiet
depth: playbook
why: Somebody should ask.
trigger: {absence: portal.visited, for: 30d}
steps:
  - task: {title: Ask, why: They are quiet, role: leasing, minutes: 10, due: 2 business days}
`

var old = record.News{History: true}

func each(t *testing.T, f func(r *rig)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) { f(newRig(t, d, clock)) })
}

func (r *rig) order(who hearth.ResidentID, id, priority string) {
	r.Helper()
	r.event(&hearth.Event{Type: "workorder.opened", Residents: []hearth.ResidentID{who}, Subject: hearth.Subject{Kind: "workorder", ID: id}},
		map[string]any{"description": "The tap drips", "priority": priority, "workorder": id})
	r.drain()
}

func titles(r *rig, who hearth.ResidentID) string {
	var out []string
	for _, t := range r.openTasks(who) {
		out = append(out, t.Title)
	}
	return strings.Join(out, "; ")
}

func TestAnEventStartsAPlaybookThatEndsByItsExit(t *testing.T) {
	each(t, func(r *rig) {
		ana := r.home("4B", "Ana", -100, 200, old)
		r.drain()
		r.activate(onOrder, 0)
		r.order(ana, "wo_1", "emergency")
		if got := r.openTasks(ana); len(got) != 0 {
			r.Fatalf("an emergency gave %d tasks, want none: the condition leaves it out", len(got))
		}
		r.order(ana, "wo_2", "routine")
		open := r.openTasks(ana)
		if len(open) != 1 || open[0].Owner == "" || open[0].Why == "" || len(open[0].Context.Facts) == 0 {
			r.Fatalf("got %+v, want one task with an owner, a reason and context", open)
		}
		r.pass(50 * time.Hour)
		if got := titles(r, ana); !strings.Contains(got, "Look again") {
			r.Fatalf("after two days there is %q, want the second task too", got)
		}
		r.order(ana, "wo_3", "routine")
		before := len(r.openTasks(ana))
		r.happen("workorder.completed", ana, map[string]any{"resolution": "New washer", "workorder": "wo_3"})
		r.pass(72 * time.Hour)
		if got := len(r.openTasks(ana)); got != before-1 {
			r.Errorf("after the exit there are %d open tasks, want %d: what it asked for is not needed any more", got, before-1)
		}
		if got := r.outcomes(ana, "run"); len(got) != 2 || got[1].Outcome != "left" || got[1].Reason != "It is done." {
			r.Errorf("got the ends %+v, want the second run left by its exit", got)
		}
	})
}

func TestTimeAloneStartsAPlaybookOnItsDay(t *testing.T) {
	each(t, func(r *rig) {
		r.activate(nearEnd, 0)
		ana := r.home("4B", "Ana", -240, 125, old)
		ben := r.home("5A", "Ben", -300, 60, old)
		r.drain()
		r.pass(4 * 24 * time.Hour)
		if got := titles(r, ana); got != "" {
			r.Fatalf("at 121 days there is %q, want nothing yet", got)
		}
		r.pass(24 * time.Hour)
		if got := titles(r, ana); got != "Talk" {
			r.Fatalf("at 120 days there is %q, want the task", got)
		}
		if d := r.outcomes(ana, "trigger"); len(d) != 1 || d[0].Outcome != "started" || d[0].Reason != "The time has come: the lease ends in at most 120 days (now 120)." {
			r.Errorf("got %+v, want one start with its reason", d)
		}
		if got := titles(r, ben); got != "" {
			r.Errorf("history spoke: Ben was inside from the first import, yet there is %q", got)
		}
		r.pass(30 * 24 * time.Hour)
		if got := len(r.openTasks(ana)); got != 1 {
			r.Errorf("a month later there are %d tasks, want one: once per term", got)
		}
	})
}

// Most events feed no condition that waits for a day, and then the day is not sought again; one that does must move it.
func TestADayThatMovesIsFollowedAmongEventsThatDoNotMatter(t *testing.T) {
	each(t, func(r *rig) {
		r.activate(nearEnd, 0)
		ana := r.home("4B", "Ana", -240, 200, old)
		r.drain()
		visit := func() { r.happen("visit.recorded", ana, map[string]any{"kind": "package"}) }
		visit()
		visit()
		r.home("4B", "Ana", -240, 122, record.News{})
		r.drain()
		visit()
		r.pass(24 * time.Hour)
		visit()
		if got := titles(r, ana); got != "" {
			r.Fatalf("at 121 days there is %q, want nothing yet", got)
		}
		r.pass(24 * time.Hour)
		if got := titles(r, ana); got != "Talk" {
			r.Errorf("at 120 days there is %q, want the task: the term ends earlier than was known first", got)
		}
	})
}

func TestTheConditionComesTrueAtLocalMidnight(t *testing.T) {
	each(t, func(r *rig) {
		r.activate(nearEnd, 0)
		ana := r.home("4B", "Ana", -240, 121, old)
		r.drain()
		midnight := (r.today() + 1).Start(r.zone)
		r.clock.Set(midnight.Add(-time.Second))
		r.drain()
		if got := titles(r, ana); got != "" {
			r.Fatalf("a second before midnight in Albany there is %q, want nothing", got)
		}
		r.clock.Set(midnight)
		r.drain()
		if got := titles(r, ana); got != "Talk" {
			r.Errorf("at midnight in Albany there is %q, want the task", got)
		}
	})
}

func TestActivationListsThoseInsideAndStartsThemAtTheChosenPace(t *testing.T) {
	each(t, func(r *rig) {
		var ids []hearth.ResidentID
		for _, u := range []string{"1A", "1B", "1C", "1D", "1E"} {
			ids = append(ids, r.home(u, "P"+u, -300, 90, old))
		}
		late := r.home("9Z", "Late", -240, 125, old)
		r.drain()
		a := r.activate(nearEnd, 2)
		if len(a.Inside) != 5 || a.Included != 5 {
			r.Fatalf("got %d inside and %d included, want 5 and 5", len(a.Inside), a.Included)
		}
		count := func() (n int) {
			for _, id := range ids {
				n += len(r.openTasks(id))
			}
			return n
		}
		if got := count(); got != 2 {
			r.Fatalf("on the first day %d started, want 2", got)
		}
		r.pass(24 * time.Hour)
		if got := count(); got != 4 {
			r.Fatalf("on the second day %d had started, want 4", got)
		}
		r.pass(4 * 24 * time.Hour)
		if got := count(); got != 5 {
			r.Errorf("at last %d started, want all 5 and none twice", got)
		}
		if got := titles(r, late); got != "Talk" {
			r.Errorf("who came inside after the activation got %q, want the task", got)
		}
		if again := r.activate(nearEnd, 2); again.Added {
			r.Error("the same text was activated as a new version")
		}
	})
}

func TestWithoutAPaceThoseInsideDoNotStart(t *testing.T) {
	each(t, func(r *rig) {
		ana := r.home("4B", "Ana", -300, 90, old)
		r.drain()
		if a := r.activate(nearEnd, 0); len(a.Inside) != 1 || a.Included != 0 {
			r.Fatalf("got %+v, want Ana listed and not included", a)
		}
		r.pass(5 * 24 * time.Hour)
		r.happen("portal.visited", ana, map[string]any{})
		if got := titles(r, ana); got != "" {
			r.Errorf("there is %q, want nothing: she was inside before", got)
		}
	})
}

func TestSilenceCountsFromTheLastSign(t *testing.T) {
	each(t, func(r *rig) {
		r.activate(quiet, 0)
		ana := r.home("4B", "Ana", 0, 365, record.News{})
		r.drain()
		r.pass(20 * 24 * time.Hour)
		r.happen("portal.visited", ana, map[string]any{})
		r.pass(29 * 24 * time.Hour)
		if got := titles(r, ana); got != "" {
			r.Fatalf("29 days after the visit there is %q, want nothing", got)
		}
		r.pass(2 * 24 * time.Hour)
		if got := titles(r, ana); got != "Ask" {
			r.Errorf("31 days after the visit there is %q, want the task", got)
		}
	})
}

func TestOldNewsStartsNothingAndSaysSo(t *testing.T) {
	each(t, func(r *rig) {
		ana := r.home("4B", "Ana", -100, 200, old)
		r.drain()
		r.activate(onOrder, 0)
		ev := &hearth.Event{Type: "workorder.opened", Residents: []hearth.ResidentID{ana}, Subject: hearth.Subject{Kind: "workorder", ID: "wo_9"},
			Time: r.clock.Now().Add(-6 * 24 * time.Hour)}
		r.event(ev, map[string]any{"description": "The tap drips", "priority": "routine"})
		r.drain()
		d := r.outcomes(ana, "trigger")
		if len(d) != 1 || d[0].Outcome != "held back" || !strings.Contains(d[0].Reason, "6 days old") {
			r.Fatalf("got %+v, want it held back as six days old", d)
		}
		// The same age counted from the import before it is no age at all.
		ev = &hearth.Event{Type: "workorder.opened", Residents: []hearth.ResidentID{ana}, Subject: hearth.Subject{Kind: "workorder", ID: "wo_10"},
			Time: r.clock.Now().Add(-6 * 24 * time.Hour), AsOf: r.clock.Now().Add(-7 * 24 * time.Hour)}
		r.event(ev, map[string]any{"description": "The tap drips", "priority": "routine"})
		r.drain()
		if got := titles(r, ana); got != "Look at it" {
			r.Errorf("news since the last import gave %q, want the task", got)
		}
	})
}

func TestWhyNamesTheConditionThatDoesNotHold(t *testing.T) {
	each(t, func(r *rig) {
		ana := r.home("4B", "Ana", -100, 200, old)
		r.drain()
		r.activate(nearEnd, 0)
		r.read(func(ctx context.Context, tx *db.Tx) error {
			why, err := r.engine.Why(ctx, tx, ana, "near-end", nil)
			if err != nil {
				return err
			}
			if !strings.Contains(why.Verdict, "the lease ends in at most 120 days") {
				r.Errorf("the verdict is %q, want it to name the condition", why.Verdict)
			}
			if c := why.Checks[0]; c.Holds || len(c.Values) != 1 || c.Values[0] != "lease.days_to_end is 200" {
				r.Errorf("got %+v, want the value 200", c)
			}
			if c := why.Checks[1]; !c.Holds {
				r.Errorf("got %+v, want that the lease is current", c)
			}
			return nil
		})
	})
}

func TestTheLogRebuildsTheSignalsBitForBit(t *testing.T) {
	each(t, func(r *rig) {
		ana := r.home("4B", "Ana", -100, 200, old)
		ben := r.home("5A", "Ben", -10, 355, record.News{})
		r.activate(onOrder, 0)
		for i, id := range []hearth.ResidentID{ana, ben, ana} {
			r.order(id, "wo_"+string(rune('a'+i)), "routine")
			r.pass(30 * time.Hour)
			r.happen("message.received", id, map[string]any{"channel": "email", "text": "Nobody came again, this is not okay"})
		}
		v, err := r.engine.Verify(r.Context(), nil)
		r.must(err)
		if len(v.Different) != 0 || v.Residents != 2 || v.Events < 9 {
			r.Errorf("got %+v, want 2 residents rebuilt alike from all events", v)
		}
		r.write(func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, "UPDATE states SET body = (SELECT body FROM states WHERE org = $1 AND resident = $2) WHERE org = $3 AND resident = $4",
				tx.Org(), string(ana), tx.Org(), string(ben))
			return err
		})
		if v, err = r.engine.Verify(r.Context(), nil); err != nil || len(v.Different) != 1 || v.Different[0] != ben {
			r.Errorf("got %+v (%v), want Ben's altered state found", v, err)
		}
	})
}

func TestTwoEnginesShareTheWorkAndDoNothingTwice(t *testing.T) {
	each(t, func(r *rig) {
		ana := r.home("4B", "Ana", -100, 200, old)
		r.drain()
		r.activate(onOrder, 0)
		second := r.newEngine("node-2")
		for i := range 6 {
			r.event(&hearth.Event{Type: "workorder.opened", Residents: []hearth.ResidentID{ana}, Subject: hearth.Subject{Kind: "workorder", ID: "wo_" + string(rune('a'+i))}},
				map[string]any{"description": "The tap drips", "priority": "routine", "workorder": "wo_" + string(rune('a'+i))})
			if i%2 == 0 {
				r.must(second.Drain(r.Context()))
			} else {
				r.drain()
			}
			r.happen("workorder.completed", ana, map[string]any{"resolution": "Done", "workorder": "wo_" + string(rune('a'+i))})
		}
		if got := len(r.tasksOf(ana)); got != 6 {
			r.Errorf("two engines in turn gave %d tasks, want 6", got)
		}
		v, err := second.Verify(r.Context(), nil)
		r.must(err)
		if len(v.Different) != 0 {
			r.Errorf("the states differ from the log: %+v", v)
		}
	})
}
