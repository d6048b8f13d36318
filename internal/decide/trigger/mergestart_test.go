package trigger_test

import (
	"strings"
	"testing"
	"time"

	"hearth"
)

func (r *rig) started(id hearth.ResidentID) (n int) {
	for _, d := range r.outcomes(id, "trigger") {
		if d.Outcome == "started" {
			n++
		}
	}
	return n
}

// What started for either of two residents who are one person has started for the person, under every rule of re-entry, in
// this process and in the next; taken apart, each has their own starts again.
func TestAMergeStartsNothingTwice(t *testing.T) {
	const text = `
id: hello
title: Hello
depth: playbook
why: To see when it starts again.
trigger: {on: portal.visited}
limits: {AGAIN}
steps:
  - task: {title: Look, why: They visited, role: leasing, minutes: 5, due: 1 business day}
`
	for _, tt := range []struct {
		rule    string
		resumes int // after how many days a visit of the person starts it again; 0: not within a hundred
	}{{"again: once per term", 0}, {"again: once per tenancy", 0}, {"again: once per 30 days", 31}, {"again: each time, cooldown: 20d", 21}} {
		t.Run(tt.rule, func(t *testing.T) {
			each(t, func(r *rig) {
				ana := r.home("4B", "Ana", -100, 250, old)
				twice := r.home("5A", "Anna", -10, 355, old)
				third := r.home("6A", "Annie", -20, 345, old)
				r.activate(strings.Replace(text, "{AGAIN}", "{"+tt.rule+"}", 1), 0)
				visit := func(who hearth.ResidentID) {
					r.happen("portal.visited", who, map[string]any{})
					r.pass(time.Hour)
				}
				visit(twice)
				if r.started(twice) != 1 || r.started(ana) != 0 {
					r.Fatalf("%d and %d starts before, want 1 and 0", r.started(twice), r.started(ana))
				}
				r.merge(ana, twice)
				r.merge(ana, third)
				r.engine = r.newEngine("next")
				visit(twice)
				visit(ana)
				visit(third)
				if got := r.started(ana) + r.started(twice) + r.started(third); got != 1 {
					r.Errorf("%d starts for the person after the merge, want the one before it", got)
				}
				if why := r.why(ana, "hello").Verdict; !strings.Contains(why, "It does not start now") {
					r.Errorf("why says %q", why)
				}
				if tt.resumes > 0 {
					r.pass(time.Duration(tt.resumes) * day)
					visit(twice)
					if r.started(ana) != 1 {
						r.Errorf("%d starts after %d days, want 1", r.started(ana), tt.resumes)
					}
					return
				}
				r.unmerge(third)
				visit(ana)
				if r.started(ana) != 0 {
					r.Error("another one taken apart made it start, though the person had it")
				}
				visit(third)
				r.unmerge(twice)
				r.engine = r.newEngine("later")
				visit(ana)
				visit(twice)
				if r.started(ana) != 1 || r.started(twice) != 1 || r.started(third) != 1 {
					r.Errorf("%d, %d and %d starts when each stands alone, want 1 each", r.started(ana), r.started(twice), r.started(third))
				}
				r.merge(ana, twice)
				visit(ana)
				visit(twice)
				if r.started(ana) != 1 {
					r.Errorf("%d starts of the one kept after another merge, want 1", r.started(ana))
				}
			})
		})
	}
}
