package trigger_test

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/record"
)

// TestReEntryRules plays one sequence of a resident's year against each rule: the same things happen, and what starts
// differs.
func TestReEntryRules(t *testing.T) {
	const text = `
id: again
title: Again
depth: playbook
why: To see when it starts again.
trigger: {on: portal.visited}
limits: {AGAIN}
steps:
  - task: {title: Look, why: They visited, role: leasing, minutes: 5, due: 1 business day}
`
	// Visits on these days: two at once, one a week later, one after 40 days; the term ends on day 60 and is renewed; visits on
	// days 70 and 100; they move out on day 110 and into another home on day 120; visits on days 130 and 131.
	tests := []struct{ rule, want string }{
		{"again: each time", "0 0 7 40 70 100 130 131"},
		{"again: once per term", "0 70 130"},
		{"again: once per tenancy", "0 130"},
		{"again: once per 30 days", "0 40 70 100 130"},
		{"again: once per 31 days", "0 40 100 131"},
		{"again: each time, cooldown: 5d", "0 7 40 70 100 130"},
		{"again: once per term, cooldown: 80d", "0 100"},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			each(t, func(r *rig) {
				first := r.today()
				home := r.homeTold(old, "4B", r.dates(-300, 60), "Ana")
				ana := home.Members[0].ID
				r.activate(strings.Replace(text, "{AGAIN}", "{"+tt.rule+"}", 1), 0)
				visit := func(day int) {
					r.pass((first + hearth.Day(day)).At(12*60, r.zone).Sub(r.clock.Now()))
					r.happen("portal.visited", ana, map[string]any{})
				}
				for _, day := range []int{0, 0, 7, 40} {
					visit(day)
					r.clock.Advance(time.Minute)
				}
				r.told(func(ctx context.Context, tx *db.Tx, n record.News) error {
					_, err := r.records.Renew(ctx, tx, n, home.Lease, first+61, first+425, 155000)
					return err
				})
				visit(70)
				visit(100)
				r.pass(10 * 24 * time.Hour)
				r.told(func(ctx context.Context, tx *db.Tx, n record.News) error {
					_, err := r.records.MoveOut(ctx, tx, n, home.Lease, first+110)
					return err
				})
				r.pass(10 * 24 * time.Hour)
				r.homeTold(record.News{}, "9C", record.HomeLease{Start: r.today(), End: r.today() + 364, MoveIn: r.today(), RentCents: 150000}, "Ana")
				visit(130)
				visit(131)
				var got []string
				for _, d := range r.outcomes(ana, "trigger") {
					if d.Outcome == "started" {
						got = append(got, strconv.Itoa(int(hearth.DayOf(d.At, r.zone)-first)))
					}
				}
				if s := strings.Join(got, " "); s != tt.want {
					r.Errorf("it started on days %s, want %s", s, tt.want)
				}
			})
		})
	}
}
