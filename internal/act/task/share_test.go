package task

import (
	"math/rand/v2"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
)

// What some playbooks gave is the whole of it, however many tasks it is, and nothing else: taken from what all gave, the rest is left.
func TestGivenBy(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		l, err := eventlog.New(d)
		if err != nil {
			t.Fatal(err)
		}
		s, ctx := New(l, record.New(l, rand.NewChaCha8([32]byte{1}))), t.Context()
		began := clock.Now().Truncate(15 * time.Minute)
		until, all := began.Add(24*time.Hour), []Task{}
		add := func(n int, id string, x Task) {
			for i := range n {
				x.ID, x.Kind, x.Title, x.Why, x.Role, x.Minutes = hearth.TaskID(id+string(rune('a'+i/26))+string(rune('a'+i%26))), "playbook", "Call", "So.", hearth.RoleLeasing, 10
				all = append(all, x)
			}
		}
		due := began.Add(time.Hour)
		add(600, "many", Task{Property: "prp_a", Playbook: "closed", Owner: "stf_a", DueAt: due})
		add(1, "else", Task{Property: "prp_b", Playbook: "closed", Owner: "stf_a", DueAt: due})
		add(2, "queue", Task{Property: "prp_a", Playbook: "other", DueAt: due})
		add(1, "queueb", Task{Property: "prp_b", Playbook: "other", DueAt: due})
		add(3, "open", Task{Property: "prp_a", Playbook: "open", Owner: "stf_a", DueAt: due})
		add(1, "late", Task{Property: "prp_a", Playbook: "closed", Owner: "stf_a", DueAt: until})
		err = d.Write(ctx, func(tx *db.Tx) error {
			if err := s.Insert(ctx, tx, all); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, "UPDATE tasks SET state = 'done' WHERE org = $1 AND id IN ('manyaa', 'queueaa')", tx.Org())
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		err = d.Read(ctx, func(tx *db.Tx) error {
			got, err := s.GivenBy(ctx, tx, []hearth.PlaybookID{"closed", "other"}, "prp_a", began, until)
			want := []Share{{Role: hearth.RoleLeasing, At: due, Minutes: 10}, {Owner: "stf_a", At: due, Minutes: 6010}}
			if err != nil || len(got) != 2 || !got[0].At.Equal(due) || !got[1].At.Equal(due) {
				t.Fatalf("got %+v, %v, want %+v", got, err, want)
			}
			for i := range got {
				if got[i].Owner != want[i].Owner || got[i].Role != want[i].Role || got[i].Minutes != want[i].Minutes {
					t.Errorf("got %+v, want %+v", got[i], want[i])
				}
			}
			whole, err := s.Given(ctx, tx, []hearth.StaffID{"stf_a"}, began, until)
			if err != nil || len(whole) != 1 || whole[0].Minutes-got[1].Minutes != 30 {
				t.Errorf("of %+v, %v, is left what is not 30", whole, err)
			}
			none, err := s.GivenBy(ctx, tx, nil, "prp_a", began, until)
			if len(none) > 0 {
				t.Errorf("no playbooks gave %+v", none)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
