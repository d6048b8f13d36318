package trial

import (
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
)

// A job waits its turn, says how far it is, is stopped, outlives the process that ran it, and its result is kept without names.
func TestJobs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		who := hearth.Actor{Kind: "staff", ID: "stf_a"}
		today := hearth.DayOf(clock.Now(), time.UTC)
		write := func(f func(tx *db.Tx) error) error { return d.Write(t.Context(), f) }
		must := func(err error) {
			if err != nil {
				t.Helper()
				t.Fatal(err)
			}
		}
		ask := func(playbook hearth.PlaybookID, property hearth.PropertyID, from, to hearth.Day) (id string, err error) {
			err = write(func(tx *db.Tx) (err error) {
				id, err = Ask(t.Context(), tx, Job{Playbook: playbook, Property: property, Title: "T", Text: "text", From: from, To: to, By: who})
				return err
			})
			clock.Advance(time.Second)
			return id, err
		}
		next := func(node string) (j Job, ok bool) {
			must(write(func(tx *db.Tx) (err error) {
				j, ok, err = NextJob(t.Context(), tx, node)
				return err
			}))
			return j, ok
		}
		get := func(id string) (j Job) {
			must(d.Read(t.Context(), func(tx *db.Tx) (err error) {
				j, err = GetJob(t.Context(), tx, id)
				return err
			}))
			return j
		}
		for _, bad := range [][2]hearth.Day{{today, today - 1}, {today - 500, today - 1}, {today, today + 9}} {
			if _, err := ask("a", "prp_1", bad[0], bad[1]); hearth.CodeOf(err) != hearth.CodeInvalid {
				t.Errorf("days %v are taken: %v", bad, err)
			}
		}
		first, err := ask("a", "prp_1", today-30, today-1)
		must(err)
		if _, err := ask("a", "prp_1", today-30, today-1); hearth.CodeOf(err) != hearth.CodeConflict {
			t.Errorf("a second one of the same playbook: %v", err)
		}
		second, err := ask("b", "prp_1", today-30, today-1)
		must(err)
		elsewhere, err := ask("a", "prp_2", today-30, today-1)
		must(err)
		j, ok := next("n1")
		if !ok || j.ID != first || j.Text != "text" || j.From != today-30 {
			t.Fatalf("taken up is %+v, %v", j, ok)
		}
		if j, ok := next("n2"); !ok || j.ID != elsewhere {
			t.Fatalf("at the other property it is %+v, %v", j, ok)
		}
		if j, ok := next("n2"); ok {
			t.Fatalf("two run at one property: %+v", j)
		}
		beat := func(id, node string, done float64) (ours bool) {
			must(write(func(tx *db.Tx) (err error) {
				ours, err = Beat(t.Context(), tx, id, node, "Playing", done)
				return err
			}))
			return ours
		}
		if !beat(first, "n1", 0.25) || beat(first, "n2", 0.9) || get(first).Done != 0.25 || get(first).Stage != "Playing" {
			t.Errorf("it stands as %+v", get(first))
		}
		// The process dies: another takes it up, and the first one's result is not taken.
		clock.Advance(3 * time.Minute)
		if j, ok := next("n2"); !ok || j.ID != first {
			t.Fatalf("after the death it is %+v, %v", j, ok)
		}
		report := &Report{Title: "T", Residents: []Touched{{Person: Person{Resident: "res_1", Name: "Ana Ruiz", Home: "4B"}, Starts: make([]Start, 30)}},
			Overlaps: []Overlap{{Playbook: "secret", Who: []Person{{Resident: "res_1", Name: "Ana Ruiz"}}}}, Inside: []Person{{Resident: "res_1", Name: "Ana Ruiz"}}}
		must(write(func(tx *db.Tx) error { return FinishJob(t.Context(), tx, j, "n1", report, "") }))
		if got := get(first); got.State != JobRunning {
			t.Errorf("the dead one's result is taken: %+v", got)
		}
		must(write(func(tx *db.Tx) error { return FinishJob(t.Context(), tx, j, "n2", report, "") }))
		got := get(first)
		if got.State != JobDone || got.Report == nil || len(got.Report.Residents) != 1 || got.Report.Residents[0].Name != "" || got.Report.Inside[0].Name != "" ||
			got.Report.Overlaps[0].Who[0].Name != "" || len(got.Report.Residents[0].Starts) != keptStarts {
			t.Errorf("kept is %+v", got.Report)
		}
		// The next one is stopped while it runs.
		if j, ok := next("n1"); !ok || j.ID != second {
			t.Fatalf("then it is %+v, %v", j, ok)
		}
		must(write(func(tx *db.Tx) error { return StopJob(t.Context(), tx, second) }))
		if beat(second, "n1", 0.5) || get(second).State != JobStopped {
			t.Errorf("stopped is %+v", get(second))
		}
		// A process that is stopped hands its job back, and it begins anew.
		third, err := ask("a", "prp_1", today-30, today-1)
		must(err)
		next("n1")
		must(write(func(tx *db.Tx) error { return HandBack(t.Context(), tx, third, "n1") }))
		if j, ok := next("n3"); !ok || j.ID != third {
			t.Errorf("handed back is %+v, %v", j, ok)
		}
		must(write(func(tx *db.Tx) error { return FinishJob(t.Context(), tx, get(third), "n3", nil, "It failed.") }))
		for range 7 {
			id, err := ask("a", "prp_1", today-30, today-1)
			must(err)
			must(write(func(tx *db.Tx) error { return StopJob(t.Context(), tx, id) }))
		}
		last, err := ask("a", "prp_1", today-30, today-1)
		must(err)
		j, _ = next("n1")
		must(write(func(tx *db.Tx) error { return FinishJob(t.Context(), tx, j, "n1", report, "") }))
		must(d.Read(t.Context(), func(tx *db.Tx) error {
			all, err := JobsOf(t.Context(), tx, "a", "prp_1")
			if len(all) != 5 || all[0].ID != last {
				t.Errorf("%d are kept, the newest %v", len(all), all)
			}
			return err
		}))
	})
}

func TestReportWithoutWhatIsClosed(t *testing.T) {
	r := &Report{Overlaps: []Overlap{{Playbook: "welfare", Title: "Welfare"}, {Playbook: "open"}},
		Difference: &Difference{Messages: 5, Tasks: 3, Others: []Change{{Playbook: "welfare", Title: "Welfare", Messages: 2, Tasks: 1}, {Playbook: "open", Title: "Open", Messages: 1}},
			Words: []string{"With the text that was given these days would have seen 5 more messages and 3 more tasks.", "2 starts are the same.", "Other playbooks change too, since Welfare (2 more messages)."}}}
	got := r.Without(func(id hearth.PlaybookID) bool { return id == "welfare" })
	words := strings.Join(got.Difference.Words, " ")
	if len(got.Overlaps) != 1 || len(got.Difference.Others) != 1 || got.Difference.Messages != 3 || strings.Contains(words, "Welfare") ||
		!strings.Contains(words, "would have seen 3 more messages and 2 more tasks. 2 starts are the same. Other playbooks change too") || !strings.Contains(words, "Open (1 more message)") {
		t.Errorf("without the closed one it says %s, %+v", words, got)
	}
	if r.Difference.Messages != 5 || len(r.Overlaps) != 2 {
		t.Error("the report itself was changed")
	}
}
