package ingest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"hearth/internal/edge/ingest/column"
)

// A move is a question, in the dry run as in the real one, and whoever moved has not vanished.
func TestMoveAsksWhereTheyLive(t *testing.T) {
	each(t, func(e *env) {
		with := func(r *Request) { r.Source = "other" }
		e.bring(column.Residents, directory, with)
		e.clock.Advance(24 * time.Hour)
		lines := strings.SplitAfter(directory, "\n")
		lines = slices.Delete(lines, 1, 2) // Ana is listed no more
		moved := strings.Replace(strings.Join(lines, ""), "97205,102,", "97205,999,", 1)
		tried := e.bring(column.Residents, moved, dry, with)
		real := e.bring(column.Residents, moved, with)
		e.wantCounts(tried, real.Counts)
		e.wantCounts(real, Counts{Rows: 3, Added: 1, Same: 2, Vanished: 1})
		for _, r := range []*Report{tried, real} {
			if len(r.Notes) != 1 || !strings.Contains(r.Notes[0], "lease of 102") {
				t.Errorf("notes %q, want the two homes of James", r.Notes)
			}
		}
		var titles []string
		for _, q := range e.openTasks() {
			titles = append(titles, q.Title)
			if q.Resident == "" || q.Property != real.Property {
				t.Errorf("%q is about %s at %s", q.Title, q.Resident, q.Property)
			}
		}
		slices.Sort(titles)
		if want := []string{"What became of Ana Ruiz?", "Where does James Okafor live?"}; !slices.Equal(titles, want) {
			t.Fatalf("questions %q, want %q", titles, want)
		}
		// The answer arrives with a later list: Ana is back, and the lease of 102 has ended.
		e.clock.Advance(24 * time.Hour)
		back := strings.Replace(directory, "97205,102,", "97205,999,", 1) +
			"t2,James Okafor,james@example.com,(503) 555-0102,Past,2022-03-01,2026-02-01,2025-03-01,2026-06-30,Oak Court,12 Oak St,Portland,OR,97205,102,\n"
		e.bring(column.Residents, back, with)
		if left := e.openTasks(); len(left) != 0 {
			t.Errorf("questions that have their answer are open: %q", left[0].Title)
		}
	})
}

// Whoever is listed again needs no question, on the team as among the residents.
func TestStaffListedAgain(t *testing.T) {
	each(t, func(e *env) {
		team := "Name,Email,Role\nJoe Park,joe@example.com,leasing\nMia Stone,mia@example.com,manager\n"
		e.bring(column.Staff, team)
		e.clock.Advance(24 * time.Hour)
		e.bring(column.Staff, strings.Replace(team, "Joe Park,joe@example.com,leasing\n", "", 1))
		if open := e.openTasks(); len(open) != 1 {
			t.Fatalf("%d questions, want one about Joe", len(open))
		}
		e.clock.Advance(24 * time.Hour)
		e.bring(column.Staff, team)
		if open := e.openTasks(); len(open) != 0 {
			t.Errorf("the question stays: %q", open[0].Title)
		}
	})
}
