package trigger_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/decide/playbook"
)

const measured = `
id: word
title: A word in between
depth: automatic
why: To see whether it does anything.
trigger: {on: portal.visited}
limits: {again: once per 60 days}
holdout: 40
goal: {event: message.received, if: event.channel == "email", within: 14d}
steps:
  - send: {template: movein-checkin, class: relation, purpose: movein.checkin}
  - wait: 2d
  - end: Said.
`

func (r *rig) effects(id hearth.PlaybookID) (out []playbook.Effect) {
	r.Helper()
	r.read(func(ctx context.Context, tx *db.Tx) (err error) {
		out, err = r.engine.Effect(ctx, tx, id)
		return err
	})
	return out
}

func TestGoalsAreMeasuredInBothArms(t *testing.T) {
	each(t, func(r *rig) {
		var ids []hearth.ResidentID
		for i := range 20 {
			ids = append(ids, r.home(fmt.Sprintf("%dA", i), fmt.Sprintf("P%c", 'a'+i), -40, 300, old))
		}
		r.drain()
		r.activate(measured, 0)
		held := map[hearth.ResidentID]bool{}
		for _, id := range ids {
			r.happen("portal.visited", id, map[string]any{})
			last := r.outcomes(id, "trigger")
			held[id] = last[len(last)-1].Outcome == "held out"
			if held[id] != (r.said(id) == "") {
				r.Fatalf("held out %v, and there was said %q", held[id], r.said(id))
			}
			if held[id] && !strings.Contains(last[0].Reason, "among the 40 in 100 who are held out") {
				r.Errorf("the reason is %q", last[0].Reason)
			}
		}
		treated, out := 0, 0
		r.pass(5 * day) // the runs of those treated are over by now; their goal is watched on
		want := playbook.Effect{}
		for i, id := range ids {
			count := &want.Treated
			if held[id] {
				count = &want.HeldOut
				out++
			} else {
				treated++
			}
			count.Runs++
			if i%2 == 0 {
				r.says(id, "Hello")
				count.Reached++
			} else {
				count.Missed++
			}
		}
		if treated == 0 || out == 0 {
			r.Fatalf("%d treated and %d held out: the test needs both", treated, out)
		}
		// A text by another way, and an e-mail after the time, do not count.
		r.happen("message.received", ids[1], map[string]any{"channel": "sms", "text": "Hi"})
		if e := r.effects("word"); len(e) != 1 || e[0].Treated.Open != treated || e[0].HeldOut.Open != out || e[0].Told {
			r.Errorf("before the time is over the effect is %+v, want all open", e)
		}
		r.pass(10 * day)
		r.says(ids[3], "Hello")
		e := r.effects("word")
		if len(e) != 1 || e[0].Treated != want.Treated || e[0].HeldOut != want.HeldOut || e[0].Told || e[0].Goal != `message.received with event.channel == "email" within 14 days` {
			r.Errorf("the effect is %+v, want %+v", e, want)
		}
		states := map[string]int{}
		r.read(func(ctx context.Context, tx *db.Tx) error {
			rows, err := tx.Query(ctx, `SELECT state FROM goals WHERE org = $1`, tx.Org())
			if err != nil {
				return err
			}
			defer rows.Close()
			for rows.Next() {
				var s string
				if err := rows.Scan(&s); err != nil {
					return err
				}
				states[s]++
			}
			return rows.Err()
		})
		if states["open"] != 0 || states["reached"] != 10 || states["missed"] != 10 {
			r.Errorf("the goals are %v, want 10 reached and 10 missed", states)
		}
		// A new version holds out the same people.
		r.activate(strings.Replace(measured, "To see whether", "To see if", 1), 0)
		r.pass(60 * day)
		for _, id := range ids {
			r.happen("portal.visited", id, map[string]any{})
			last := r.outcomes(id, "trigger")
			if again := last[len(last)-1].Outcome == "held out"; again != held[id] {
				r.Errorf("%s changed arms between versions", id)
			}
		}
	})
}

func TestAGoalOfAWorkOrderIsItsOwn(t *testing.T) {
	each(t, func(r *rig) {
		ana := r.home("4B", "Ana", -100, 300, old)
		r.drain()
		r.activate(strings.Replace(onOrder, "exits:", "goal: {event: workorder.completed, within: 5d}\nexits:", 1), 0)
		r.order(ana, "wo_1", "routine")
		r.order(ana, "wo_2", "routine") // held back: it is running
		r.happen("workorder.completed", ana, map[string]any{"resolution": "x", "workorder": "wo_2"})
		r.pass(time.Hour)
		if e := r.effects("on-order"); len(e) != 1 || e[0].Treated.Open != 1 {
			r.Fatalf("the effect is %+v, want it open", e)
		}
		r.happen("workorder.completed", ana, map[string]any{"resolution": "x", "workorder": "wo_1"})
		r.pass(6 * day)
		if e := r.effects("on-order"); e[0].Treated != (playbook.ArmCount{Runs: 1, Reached: 1}) || !strings.Contains(e[0].Verdict, "Nobody was held out") {
			r.Errorf("the effect is %+v, want one reached and nothing told", e[0])
		}
	})
}

const aDay = `
id: a-day
title: So many a day
depth: playbook
why: The team has few minutes.
trigger: {on: portal.visited}
limits: {again: once per 30 days, a_day: 2}
steps:
  - task: {title: Look, why: They visited, role: leasing, minutes: 5, due: 2 business days}
`

func TestSoManyADayAndTheRestInOrder(t *testing.T) {
	for name, trigger := range map[string]string{
		"an event":     "{on: portal.visited}",
		"a condition":  "{when: engagement.acts_30d > 0}",
		"a repetition": "{repeat: {event: portal.visited, by: resident, times: 2, within: 7d}}",
		"a calendar":   `{at: {every: month, day: 2, time: "10:00"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(r *rig) {
				var ids []hearth.ResidentID
				for i := range 7 {
					ids = append(ids, r.home(fmt.Sprintf("%dA", i), fmt.Sprintf("P%c", 'a'+i), -100, 300, old))
				}
				r.drain()
				r.activate(strings.Replace(aDay, "{on: portal.visited}", trigger, 1), 0)
				for _, id := range ids {
					r.happen("portal.visited", id, map[string]any{})
					if name == "a repetition" {
						r.happen("portal.visited", id, map[string]any{})
					}
					r.clock.Advance(time.Minute)
				}
				r.pass(6 * day)
				byDay := map[string]int{}
				order := ""
				for _, id := range ids {
					at := r.startTimes(id)
					byDay[strings.Join(strings.Fields(at)[:2], " ")]++
					order += at + "; "
					if n := len(r.outcomes(id, "trigger")); n > 2 {
						r.Errorf("%d decisions for one start", n)
					}
				}
				if fmt.Sprint(byDay) != "map[Mar 2:2 Mar 3:2 Mar 4:2 Mar 5:1]" {
					r.Errorf("it started on %v, want two a day", byDay)
				}
				if want := "Mar 3 09:00; Mar 3 09:00; Mar 4 09:00; Mar 4 09:00; Mar 5 09:00; "; name != "a calendar" && !strings.HasSuffix(order, want) {
					r.Errorf("the order is %s, want that of their coming", order)
				}
				if name == "a calendar" {
					return // whose order is that of their ids
				}
				if d := r.outcomes(ids[len(ids)-1], "trigger"); len(d) != 2 || !strings.Contains(d[0].Reason, "at most 2 times a day") {
					r.Errorf("the last one has %+v, want held back, then started", d)
				}
			})
		})
	}
}

func TestRunsAreMovedOnPurpose(t *testing.T) {
	each(t, func(r *rig) {
		const text = `
id: mv
title: Move
depth: playbook
why: To move.
trigger: {on: portal.visited}
steps:
  - id: rest
    wait: 10d
  - task: {title: First, why: It is time, role: leasing, minutes: 5, due: 2 business days}
  - wait: 20d
`
		r.activate(text, 0)
		ana, ben, cleo := r.home("4B", "Ana", -100, 300, old), r.home("5A", "Ben", -100, 300, old), r.home("6C", "Cleo", -100, 300, old)
		r.drain()
		r.happen("portal.visited", ana, map[string]any{})
		r.pass(11 * day)
		r.happen("portal.visited", ben, map[string]any{})
		r.activate(strings.Replace(strings.Replace(text, "wait: 10d", "wait: 15d", 1), "title: First", "title: Second", 1), 0)
		r.happen("portal.visited", cleo, map[string]any{})
		plan, err := r.engine.MoveRuns(r.Context(), "mv", 1, 2, true)
		r.must(err)
		if len(plan.Moves) != 1 || plan.Moves[0].Resident != ben || len(plan.Stays) != 1 || plan.Stays[0].Resident != ana || !strings.Contains(plan.Stays[0].Because, "no id") {
			r.Fatalf("the plan is %+v, want Ben to move and Ana to stay", plan)
		}
		r.drain()
		if got := r.outcomes(ben, "run"); len(got) != 0 {
			r.Fatalf("a dry run did %+v", got)
		}
		_, err = r.engine.MoveRuns(r.Context(), "mv", 1, 2, false)
		r.must(err)
		r.drain()
		if got := r.outcomes(ben, "run"); len(got) != 1 || got[0].Outcome != "moved" || got[0].Version != 2 {
			r.Fatalf("there is %+v, want the move on record", got)
		}
		r.pass(11 * day)
		if got := titles(r, ben); got != "" {
			r.Errorf("after 11 days of 15 there is %q", got)
		}
		r.pass(5 * day)
		if got := titles(r, ben); got != "Second" {
			r.Errorf("after 16 days there is %q, want the new version's task", got)
		}
		again, err := r.engine.MoveRuns(r.Context(), "mv", 1, 2, true)
		r.must(err)
		if len(again.Moves) != 0 {
			r.Errorf("a second plan moves %+v", again.Moves)
		}
		for _, bad := range [][2]int{{1, 1}, {1, 7}} {
			if _, err := r.engine.MoveRuns(r.Context(), "mv", bad[0], bad[1], true); err == nil {
				r.Errorf("%v is moved", bad)
			}
		}
	})
}
