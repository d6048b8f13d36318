package trigger_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"sort"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

const thirdTime = `
id: third-time
title: The third time in one home
depth: playbook
why: What comes back twice was not repaired.
trigger: {repeat: {event: workorder.opened, by: unit, same: category, times: 3, within: 60d}}
steps:
  - task: {title: Look for the cause, why: It came back, role: maintenance_supervisor, minutes: 20, due: 1 business day}
`

// fault opens a work order of a category in a resident's home.
func (r *rig) fault(who hearth.ResidentID, category string, data map[string]any) {
	r.Helper()
	all := map[string]any{"description": "It is broken", "priority": "routine", "category": category, "unit": "u-" + string(who), "workorder": fmt.Sprint("wo-", r.n)}
	for k, v := range data {
		all[k] = v
	}
	r.happen("workorder.opened", who, all)
}

func TestARepetitionStartsWithTheLastOfThem(t *testing.T) {
	each(t, func(r *rig) {
		r.activate(thirdTime, 0)
		ana, ben := r.home("4B", "Ana", -100, 300, old), r.home("5A", "Ben", -100, 300, old)
		r.drain()
		steps := []struct {
			days int
			who  hearth.ResidentID
			what string
			want int // starts for whom it happened
		}{
			{0, ana, "plumbing", 0}, {10, ana, "electric", 0}, {10, ana, "plumbing", 0}, {0, ben, "plumbing", 0}, {5, ben, "plumbing", 0},
			{5, ana, "Plumbing ", 1}, // the third within 30 days; case and spaces do not matter
			{1, ana, "plumbing", 1},  // a fourth is no news
			{65, ana, "plumbing", 1}, // all of those have passed
			{1, ana, "plumbing", 1},
			{1, ana, "plumbing", 2}, // three again
			{100, ben, "plumbing", 0},
		}
		for i, s := range steps {
			r.pass(time.Duration(s.days) * day)
			r.fault(s.who, s.what, nil)
			if got := r.starts(s.who); got != s.want {
				r.Fatalf("after step %d (%s) it started %d times, want %d", i, s.what, got, s.want)
			}
		}
		first := r.outcomes(ana, "trigger")[0]
		if want := "Somebody asked for a repair for the 3rd time in this home within 60 days, with the same category (Plumbing ): on 2 March 2026, 22 March 2026 and 1 April 2026."; first.Reason != want {
			r.Errorf("the reason is %q, want %q", first.Reason, want)
		}
	})
}

// The home's faults are its own: the next household is helped by what the one before it has suffered.
func TestARepetitionOutlivesItsResidents(t *testing.T) {
	each(t, func(r *rig) {
		r.activate(thirdTime, 0)
		ana, ben := r.home("4B", "Ana", -100, 300, old), r.home("9Z", "Ben", -100, 300, old)
		r.drain()
		for range 2 {
			r.fault(ana, "hvac", map[string]any{"unit": "u1"})
			r.pass(day)
		}
		r.fault(ben, "hvac", map[string]any{"unit": "u1"})
		if r.starts(ben) != 1 || r.starts(ana) != 0 {
			r.Errorf("it started %d times for Ben and %d for Ana, want it for whom it came the third time", r.starts(ben), r.starts(ana))
		}
	})
}

func TestRepetitionsAreCountedByWhatTheAuthorSaid(t *testing.T) {
	tests := []struct {
		name, repeat, extra string
		events              []map[string]any // data of each; "by" names who
		want                string           // at which event it starts, by number from 1
	}{
		{"a resident", "{event: portal.visited, by: resident, times: 2, within: 7d}", "", []map[string]any{{"by": "ana"}, {"by": "ben"}, {"by": "ana"}}, "3"},
		{"a property", "{event: workorder.opened, by: property, same: category, times: 3, within: 14d}", "",
			[]map[string]any{{"by": "ana", "category": "pest"}, {"by": "ben", "category": "pest"}, {"by": "ben", "category": "hvac"}, {"by": "ana", "category": "pest"}}, "4"},
		{"equipment", "{event: workorder.opened, by: equipment, times: 2, within: 90d}", "",
			[]map[string]any{{"by": "ana", "equipment": "lift-1"}, {"by": "ben"}, {"by": "ben", "equipment": "lift-1"}}, "3"},
		{"only some count", `{event: workorder.opened, by: resident, times: 2, within: 30d, where: 'event.priority == "urgent"'}`, "",
			[]map[string]any{{"by": "ana", "priority": "urgent"}, {"by": "ana", "priority": "routine"}, {"by": "ana", "priority": "urgent"}}, "3"},
		{"a condition when it is full", `{event: workorder.opened, by: resident, times: 2, within: 30d}`, `, if: 'event.priority == "urgent"'`,
			[]map[string]any{{"by": "ana", "priority": "urgent"}, {"by": "ana", "priority": "routine"}}, ""},
		{"a household", "{event: workorder.opened, by: household, times: 2, within: 30d}", "", []map[string]any{{"by": "ana"}, {"by": "ben"}, {"by": "eva"}}, "3"},
		{"a home that only the lease tells", "{event: portal.visited, by: unit, times: 2, within: 30d}", "", []map[string]any{{"by": "ana"}, {"by": "ben"}, {"by": "eva"}}, "3"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			each(t, func(r *rig) {
				r.activate(strings.Replace(thirdTime, "{repeat: {event: workorder.opened, by: unit, same: category, times: 3, within: 60d}}",
					"{repeat: "+tt.repeat+tt.extra+"}", 1), 0)
				both := r.homeTold(old, "4B", r.dates(-100, 300), "Ana", "Eva")
				who := map[any]hearth.ResidentID{"ana": both.Members[0].ID, "eva": both.Members[1].ID, "ben": r.home("5A", "Ben", -100, 300, old)}
				r.drain()
				var at []string
				for i, data := range tt.events {
					id, before := who[data["by"]], 0
					for _, w := range who {
						before += r.starts(w)
					}
					kind := hearth.EventType(strings.TrimSuffix(strings.Fields(tt.repeat)[1], ","))
					rest := map[string]any{}
					if kind == "workorder.opened" {
						rest["description"] = "It is broken"
					}
					for k, v := range data {
						if k != "by" {
							rest[k] = v
						}
					}
					r.happen(kind, id, rest)
					after := 0
					for _, w := range who {
						after += r.starts(w)
					}
					if after > before {
						at = append(at, fmt.Sprint(i+1))
					}
				}
				if got := strings.Join(at, " "); got != tt.want {
					r.Errorf("it started at event %q, want %q", got, tt.want)
				}
			})
		})
	}
}

func TestLateEventsCountAtTheirOwnTime(t *testing.T) {
	each(t, func(r *rig) {
		r.activate(thirdTime, 0)
		ana := r.home("4B", "Ana", -100, 300, old)
		r.drain()
		late := func(age time.Duration, history bool) {
			r.event(&hearth.Event{Type: "workorder.opened", Residents: []hearth.ResidentID{ana}, Time: r.clock.Now().Add(-age), History: history},
				map[string]any{"description": "x", "category": "hvac", "unit": "u1", "workorder": fmt.Sprint("l", r.n)})
			r.drain()
		}
		late(70*day, true) // a first import tells of last winter
		late(50*day, true)
		late(40*day, true)
		if r.starts(ana) != 0 {
			r.Fatal("history started it")
		}
		late(0, false) // within 60 days: 50, 40 and 0, and so full
		if r.starts(ana) != 1 {
			r.Fatalf("the third of 60 days started it %d times, want once", r.starts(ana))
		}
		r.pass(100 * day)
		late(0, false)
		late(20*day, false) // too old to be news, and it counts
		if r.starts(ana) != 1 {
			r.Fatal("two are not three")
		}
		late(30*time.Hour, false) // learned a day late, and within the two days of fresh
		if r.starts(ana) != 2 {
			r.Errorf("the late third started it %d times in all, want twice", r.starts(ana))
		}
		r.pass(100 * day)
		late(0, false)
		late(5*day, false)
		late(3*day, false) // makes it full, but is no news: said, not started
		r.counted("with late ones", 1)
		held := r.outcomes(ana, "trigger")
		if last := held[len(held)-1]; last.Outcome != "held back" || !strings.Contains(last.Reason, "The news was 3 days old") {
			r.Errorf("the last decision is %+v, want held back for its age", last)
		}
	})
}

// counters gives all counters of the rig as text, as far as they can still count.
func (r *rig) counters() string {
	r.Helper()
	var out []string
	r.read(func(ctx context.Context, tx *db.Tx) error {
		rows, err := tx.Query(ctx, `SELECT key, times FROM repeats WHERE org = $1 AND playbook = $2`, tx.Org(), "third-time")
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var key string
			var times []byte
			if err := rows.Scan(&key, &times); err != nil {
				return err
			}
			_, place, _ := strings.Cut(key, "|")
			line := place + ":"
			for len(times) > 0 {
				at, n := binary.Varint(times)
				seq, m := binary.Varint(times[n:])
				if times = times[n+m:]; at >= r.clock.Now().Add(-62*day).UnixMilli() {
					line += fmt.Sprintf(" %d/%d", at, seq)
				}
			}
			out = append(out, line)
		}
		return rows.Err()
	})
	sort.Strings(out)
	return strings.Join(out, "\n")
}

// What was folded as it came, and what is made from the log when the playbook is switched on, are the same.
func TestCountersAreWhatTheLogGives(t *testing.T) {
	each(t, func(r *rig) {
		r.activate(thirdTime, 0)
		ana, ben := r.home("4B", "Ana", -100, 300, old), r.home("5A", "Ben", -100, 300, old)
		r.drain()
		for i := range 40 {
			r.pass(5 * day)
			who := []hearth.ResidentID{ana, ben}[i%2]
			r.event(&hearth.Event{Type: "workorder.opened", Residents: []hearth.ResidentID{who}, Time: r.clock.Now().Add(-time.Duration(i%7) * 9 * time.Hour)},
				map[string]any{"description": "x", "category": []string{"hvac", "plumbing", ""}[i%3], "unit": fmt.Sprint("u", i%2), "workorder": fmt.Sprint("l", i)})
			r.drain()
		}
		r.counted("as it came", 4)
		folded, before := r.counters(), r.starts(ana)+r.starts(ben)
		if strings.Count(folded, "\n") != 3 {
			r.Fatalf("there are the counters\n%s\nwant four", folded)
		}
		// The same playbook with another word is a new version, whose counters are made from the log.
		r.activate(strings.Replace(thirdTime, "It came back", "It came back again", 1), 0)
		r.drain()
		if again := r.counters(); again != folded {
			r.Errorf("made from the log they are\n%s\nfolded they were\n%s", again, folded)
		}
		if after := r.starts(ana) + r.starts(ben); after != before {
			r.Errorf("counting the past anew started it %d times", after-before)
		}
		r.counted("made anew", 4)
	})
}

func TestWhatHappensWhileTheLogIsCountedIsStartedInItsTurn(t *testing.T) {
	for _, batch := range []int{1, 2, 256} {
		each(t, func(r *rig) {
			ana := r.home("4B", "Ana", -100, 300, old)
			r.drain()
			r.fault(ana, "hvac", nil)
			r.fault(ana, "hvac", nil)
			r.engine.SetBatch(batch)
			_, err := r.engine.Activate(r.Context(), []byte(thirdTime), 0)
			r.must(err)
			// Before any batch has seen the playbook, the third comes.
			for i := range 3 {
				r.event(&hearth.Event{Type: "workorder.opened", Residents: []hearth.ResidentID{ana}},
					map[string]any{"description": "x", "category": "hvac", "unit": "u-" + string(ana), "workorder": fmt.Sprint("t", i)})
			}
			r.drain()
			if got := r.starts(ana); got != 1 {
				r.Errorf("in batches of %d it started %d times, want once, by the third", batch, got)
			}
		})
	}
}

func TestARepetitionForThePropertyGivesItATask(t *testing.T) {
	each(t, func(r *rig) {
		const pest = `
id: pest-spread
title: Pests in several homes
depth: playbook
why: Treating one home moves them to the next.
for: property
trigger: {repeat: {event: workorder.opened, by: property, where: 'event.category == "pest"', times: 3, within: 14d}}
limits: {again: once per 30 days}
steps:
  - id: plan
    task: {title: Plan a treatment of the riser, why: Three homes reported pests, role: maintenance_supervisor, minutes: 30, due: 1 business day}
  - wait: {event: workorder.completed, if: 'event.category == "pest"', at_most: 10d}
  - branch:
      - if: run.waited == "timeout"
        steps: [{escalate: {role: property_manager, reason: Ten days without a treatment.}}]
  - end: Treated.
`
		r.activate(pest, 0)
		ana, ben := r.home("4B", "Ana", -100, 300, old), r.home("5A", "Ben", -100, 300, old)
		r.drain()
		for _, who := range []hearth.ResidentID{ana, ben, ana, ben} {
			r.fault(who, "pest", nil)
		}
		tasks := r.siteTasks("pest-spread")
		if len(tasks) != 1 || tasks[0].Resident != "" || tasks[0].Owner == "" || len(tasks[0].Context.Facts) < 2 {
			r.Fatalf("got the tasks %+v, want one of the property's with facts", tasks)
		}
		r.happen("workorder.completed", ana, map[string]any{"resolution": "x", "category": "hvac", "workorder": "other"})
		r.pass(11 * day)
		if tasks = r.siteTasks("pest-spread"); len(tasks) != 1 || r.owner(tasks[0]) != "Ruth Ames" || !strings.Contains(strings.Join(tasks[0].Context.Notes, " "), "Ten days without") {
			r.Errorf("after ten days there is %+v, want the one task with the manager", tasks)
		}
		if v, err := r.engine.Verify(r.Context(), nil); err != nil || len(v.Different) > 0 {
			r.Errorf("verified %+v, %v", v, err)
		}
	})
}

func TestRepetitionsAreNotCountedAcrossVersions(t *testing.T) {
	each(t, func(r *rig) {
		r.activate(thirdTime, 0)
		ana := r.home("4B", "Ana", -100, 300, old)
		r.drain()
		r.fault(ana, "hvac", nil)
		r.fault(ana, "hvac", nil)
		// Twice is enough from now on; the next one makes three of two, which is full already.
		r.activate(strings.Replace(thirdTime, "times: 3", "times: 4", 1), 0)
		r.fault(ana, "hvac", nil)
		if got := r.starts(ana); got != 0 {
			r.Fatalf("at three of four it started %d times", got)
		}
		r.fault(ana, "hvac", nil)
		if got := r.starts(ana); got != 1 {
			r.Errorf("at four of four it started %d times", got)
		}
	})
}
