package task

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
)

// Pages of a list together are the list, in its order, with nothing twice; those of one kind are of that kind alone.
func TestPagesOfTasks(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		l, err := eventlog.New(d)
		if err != nil {
			t.Fatal(err)
		}
		s, ctx := New(l, record.New(l, rand.NewChaCha8([32]byte{2}))), t.Context()
		var all []Task
		var want, asked []hearth.TaskID
		for i := range 450 {
			x := Task{ID: hearth.TaskID("tsk_" + string(rune('a'+i/26)) + string(rune('a'+i%26))), Kind: "playbook", Title: "Call", Why: "So.", Role: hearth.RoleLeasing,
				Property: "prp_a", DueAt: clock.Now().Add(time.Duration(i*7%100) * time.Hour)}
			switch {
			case i%9 == 0:
				x.Property = "prp_b"
			case i%7 == 0:
				x.Kind = "question"
				asked = append(asked, x.ID)
			}
			if x.Property == "prp_a" {
				want = append(want, x.ID)
			}
			all = append(all, x)
		}
		if err := d.Write(ctx, func(tx *db.Tx) error { return s.Insert(ctx, tx, all) }); err != nil {
			t.Fatal(err)
		}
		if got := pages(t, d, s, Filter{Property: "prp_a"}); !sameTasks(got, want) {
			t.Errorf("the pages hold %d tasks, want %d", len(got), len(want))
		}
		if got := pages(t, d, s, Filter{Property: "prp_a", Kind: "question"}); !sameTasks(got, asked) {
			t.Errorf("the pages hold %d questions, want %d", len(got), len(asked))
		}
		if got := pages(t, d, s, Filter{}); len(got) != len(all) {
			t.Errorf("the pages hold %d tasks of all properties, want %d", len(got), len(all))
		}
		if got := pages(t, d, s, Filter{States: []State{Done}}); len(got) > 0 {
			t.Errorf("%d are done, want none", len(got))
		}
		sameInBrief(t, d, s)
	})
}

// sameInBrief compares all that is to do, in brief, with the pages of the list.
func sameInBrief(t *testing.T, d *db.DB, s *Store) {
	t.Helper()
	err := d.Read(t.Context(), func(tx *db.Tx) error {
		brief, err := s.Brief(t.Context(), tx)
		if err != nil {
			return err
		}
		at := 0
		for cursor, more := "", true; more; more = cursor != "" {
			page, next, err := s.List(t.Context(), tx, Filter{}, cursor, 0)
			if err != nil {
				return err
			}
			for _, x := range page {
				want := Task{ID: x.ID, Kind: x.Kind, Resident: x.Resident, Role: x.Role, Owner: x.Owner, Minutes: x.Minutes, DueAt: x.DueAt}
				if at < len(brief) && !reflect.DeepEqual(brief[at], want) {
					t.Errorf("in brief %+v, want %+v", brief[at], want)
				}
				at++
			}
			cursor = next
		}
		if at != len(brief) {
			t.Errorf("%d in brief, %d in the list", len(brief), at)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func pages(t *testing.T, d *db.DB, s *Store, f Filter) (ids []hearth.TaskID) {
	t.Helper()
	var last Task
	for cursor := ""; ; {
		err := d.Read(t.Context(), func(tx *db.Tx) error {
			page, next, err := s.List(t.Context(), tx, f, cursor, 40)
			for _, x := range page {
				if x.DueAt.Before(last.DueAt) || x.DueAt.Equal(last.DueAt) && x.ID <= last.ID {
					t.Errorf("%s of %s comes behind %s of %s", x.ID, x.DueAt, last.ID, last.DueAt)
				}
				last, ids = x, append(ids, x.ID)
			}
			cursor = next
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if cursor == "" {
			return ids
		}
	}
}

func sameTasks(a, b []hearth.TaskID) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

// What is open is read in its order from an index, so that a page costs as much as it holds, and what somebody was given is
// summed without a look at the tasks themselves, whose rows are large.
func TestListsOfWhatIsOpenAreNotSorted(t *testing.T) {
	for _, c := range []struct {
		name, index string
		filter      Filter
		sorted      bool
	}{
		{name: "of everybody", index: "tasks_open ", filter: Filter{}},
		{name: "of a property", index: "tasks_open_at ", filter: Filter{Property: "prp_a"}},
		{name: "of a kind", index: "tasks_kind ", filter: Filter{Property: "prp_a", Kind: "question"}, sorted: true},
		{name: "of a resident", index: "tasks_resident ", filter: Filter{Resident: "res_a"}, sorted: true},
		{name: "of a resident and a playbook", index: "tasks_resident ", filter: Filter{Resident: "res_a", Playbook: "x"}, sorted: true},
		{name: "of somebody at a property", index: "tasks_owner ", filter: Filter{Property: "prp_a", Owner: "stf_a"}, sorted: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			plan := planOf(t, func(tx *db.Tx) (string, []any) {
				q, args, err := c.filter.query(tx, "0.x", 10)
				if err != nil {
					t.Fatal(err)
				}
				return q, args
			})
			if !strings.Contains(plan, c.index) {
				t.Errorf("the index %s is not used: %s", c.index, plan)
			}
			if got := strings.Contains(plan, "TEMP B-TREE"); got != c.sorted {
				t.Errorf("sorted: %v, want %v: %s", got, c.sorted, plan)
			}
		})
	}
	t.Run("what was given", func(t *testing.T) {
		plan := planOf(t, func(tx *db.Tx) (string, []any) {
			in, arg := tx.In("owner", 2, []string{"stf_a", "stf_b"})
			return selectGiven + in + givenWithin, []any{tx.Org(), arg, int64(0), int64(1)}
		})
		if !strings.Contains(plan, "COVERING INDEX tasks_load") {
			t.Errorf("it is not summed from the index alone: %s", plan)
		}
	})
}

// planOf gives SQLite's plan for a query.
func planOf(t *testing.T, query func(tx *db.Tx) (string, []any)) (plan string) {
	t.Helper()
	d, _ := dbtest.SQLite(t)
	err := d.Read(t.Context(), func(tx *db.Tx) error {
		q, args := query(tx)
		rows, err := tx.Query(t.Context(), "EXPLAIN QUERY PLAN "+q, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id, parent, unused int64
			var detail string
			if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
				return err
			}
			plan += detail + "; "
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return plan
}
