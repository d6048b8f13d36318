package assign

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/base/work"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
)

// bundle is an assigner over a property with two people in leasing and a manager; it is Monday, 9:00.
type bundle struct {
	t      *testing.T
	db     *db.DB
	clock  *hearth.VirtualClock
	tasks  *task.Store
	assign *Assigner
	oak    hearth.PropertyID
	ids    map[string]hearth.StaffID
}

func setup(t *testing.T, d *db.DB, clock *hearth.VirtualClock) *bundle {
	t.Helper()
	l, err := eventlog.New(d)
	if err != nil {
		t.Fatal(err)
	}
	records := record.New(l, rand.NewChaCha8([32]byte{5}))
	b := &bundle{t: t, db: d, clock: clock, tasks: task.New(l, records), ids: map[string]hearth.StaffID{}}
	b.assign = New(records, b.tasks)
	b.write(func(ctx context.Context, tx *db.Tx) error {
		p, _, err := records.PutProperty(ctx, tx, record.News{}, record.Property{Name: "Oak Court", State: "NY", Zip: "10001"})
		if err != nil {
			return err
		}
		b.oak = p.ID
		for _, m := range []struct {
			name string
			role hearth.Role
		}{{"Lee", hearth.RoleLeasing}, {"Liv", hearth.RoleLeasing}, {"Mia", hearth.RoleManager}} {
			s, _, err := records.PutStaff(ctx, tx, record.News{}, record.Staff{Name: m.name, MinutesADay: 60,
				Roles: []record.StaffRole{{Property: p.ID, Role: m.role}}})
			if err != nil {
				return err
			}
			b.ids[m.name] = s.ID
		}
		return nil
	})
	return b
}

func (b *bundle) write(f func(ctx context.Context, tx *db.Tx) error) {
	b.t.Helper()
	if err := b.db.Write(b.t.Context(), func(tx *db.Tx) error { return f(b.t.Context(), tx) }); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bundle) insert(t task.Task) {
	b.t.Helper()
	t.Property, t.Title, t.Role = b.oak, "Call", hearth.RoleLeasing
	b.write(func(ctx context.Context, tx *db.Tx) error { return b.tasks.Insert(ctx, tx, []task.Task{t}) })
}

// wake takes what is due now and hands it to the assigner, as the engine does.
func (b *bundle) wake() []Overdue {
	b.t.Helper()
	var out []Overdue
	b.write(func(ctx context.Context, tx *db.Tx) error {
		due, err := work.Take(ctx, tx, task.DueLane, eventlog.PartOf(b.oak), tx.Now(), 10)
		if err != nil {
			return err
		}
		out, err = b.assign.Wake(ctx, tx, due)
		return err
	})
	return out
}

func (b *bundle) get(id hearth.TaskID) task.Task {
	b.t.Helper()
	var t task.Task
	b.write(func(ctx context.Context, tx *db.Tx) (err error) {
		t, err = b.tasks.Get(ctx, tx, id)
		return err
	})
	return t
}

func TestChooseCountsWhatWasGiven(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := setup(t, d, clock)
		given := map[hearth.StaffID]int{}
		for i := range 6 {
			b.write(func(ctx context.Context, tx *db.Tx) error {
				c, err := b.assign.Choose(ctx, tx, Ask{Property: b.oak, Role: hearth.RoleLeasing, Minutes: 20, Due: clock.Now().Add(3 * time.Hour)})
				if err != nil {
					return err
				}
				given[c.Staff]++
				return b.tasks.Insert(ctx, tx, []task.Task{{ID: hearth.TaskID("tsk_" + string(rune('a'+i))), Property: b.oak, Title: "Call",
					Role: hearth.RoleLeasing, Owner: c.Staff, Minutes: 20, DueAt: c.Due}})
			})
		}
		if given[b.ids["Lee"]] != 3 || given[b.ids["Liv"]] != 3 {
			t.Errorf("six equal tasks were given %v", given)
		}
		b.write(func(ctx context.Context, tx *db.Tx) error {
			ask := Ask{Property: b.oak, Role: hearth.RoleLeasing, Minutes: 20, Due: clock.Now().Add(3 * time.Hour)}
			c, err := b.assign.Choose(ctx, tx, ask)
			if err == nil && !c.Over {
				t.Errorf("a seventh is not past the minutes: %+v", c)
			}
			ask.Slack = 30 * time.Hour
			if c, err = b.assign.Choose(ctx, tx, ask); c.Over || hearth.DayOf(c.Due, time.UTC) != hearth.MakeDay(2026, 3, 3) {
				t.Errorf("with slack: %+v", c)
			}
			if _, err := b.assign.Choose(ctx, tx, Ask{Property: b.oak, Role: "boss"}); hearth.CodeOf(err) != hearth.CodeInvalid {
				t.Errorf("an unknown role: %v", err)
			}
			return err
		})
	})
}

func TestWakeClimbsTheEscalation(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := setup(t, d, clock)
		b.insert(task.Task{ID: "tsk_1", Owner: b.ids["Lee"], Minutes: 10, DueAt: clock.Now().Add(time.Hour),
			Escalation: []task.Rung{{AfterBusinessHours: 2, Role: hearth.RoleLeasing}, {AfterBusinessDays: 1, Role: hearth.RoleManager}}})
		if got := b.wake(); len(got) != 0 {
			t.Fatalf("woken before it was due: %+v", got)
		}
		clock.Advance(time.Hour)
		if got := b.wake(); len(got) != 1 || got[0].Action != "waits" || !got[0].Until.Equal(clock.Now().Add(2*time.Hour)) {
			t.Fatalf("at the due time: %+v", got)
		}
		clock.Advance(2 * time.Hour) // noon
		if got := b.wake(); len(got) != 1 || got[0].Action != "handed over" || got[0].Choice.Staff != b.ids["Liv"] {
			t.Fatalf("at the first rung: %+v", got)
		}
		first := b.get("tsk_1")
		if first.Owner != b.ids["Liv"] || !first.DueAt.Equal(clock.Now().Add(time.Hour)) || first.Escalated != 1 {
			t.Errorf("after the first rung: %+v", first)
		}
		clock.Set(first.DueAt.Add(24 * time.Hour))
		if got := b.wake(); len(got) != 1 || got[0].Choice.Staff != b.ids["Mia"] {
			t.Fatalf("at the second rung: %+v", got)
		}
		clock.Advance(24 * time.Hour)
		if got := b.wake(); len(got) != 1 || got[0].Action != "stays" {
			t.Fatalf("at the top: %+v", got)
		}
		if got := b.get("tsk_1"); got.Owner != b.ids["Mia"] || got.Role != hearth.RoleManager {
			t.Errorf("at the top: %+v", got)
		}
	})
}

// What is late climbs to the manager, however full their day is: that they know is what climbing is for.
func TestWhatClimbsReachesTheManager(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := setup(t, d, clock)
	b.write(func(ctx context.Context, tx *db.Tx) error {
		_, _, err := b.assign.records.PutStaff(ctx, tx, record.News{}, record.Staff{Name: "Ada", MinutesADay: 480, Roles: []record.StaffRole{{Property: b.oak, Role: hearth.RoleAssistant}}})
		return err
	})
	b.insert(task.Task{ID: "tsk_full", Owner: b.ids["Mia"], Minutes: 60, DueAt: clock.Now().Add(4 * time.Hour)})
	b.insert(task.Task{ID: "tsk_1", Owner: b.ids["Lee"], Minutes: 10, DueAt: clock.Now().Add(time.Hour), Escalation: []task.Rung{{AfterBusinessHours: 1, Role: hearth.RoleManager}}})
	clock.Advance(time.Hour)
	b.wake()
	clock.Advance(time.Hour)
	if got := b.wake(); len(got) != 1 || got[0].Choice.Staff != b.ids["Mia"] || !got[0].Choice.Over {
		t.Errorf("it climbed to %+v", got)
	}
}

func TestWakeOfDeclinedAndClosed(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := setup(t, d, clock)
	b.insert(task.Task{ID: "tsk_1", Owner: b.ids["Lee"], DueAt: clock.Now().Add(3 * time.Hour)})
	decline := func(who string) {
		b.write(func(ctx context.Context, tx *db.Tx) error {
			return b.tasks.Decline(ctx, tx, hearth.Actor{Kind: "staff", ID: string(b.ids[who])}, "tsk_1", "Too much.")
		})
	}
	decline("Lee")
	if got := b.wake(); len(got) != 1 || got[0].Choice.Staff != b.ids["Liv"] || b.get("tsk_1").Owner != b.ids["Liv"] {
		t.Errorf("given back by Lee: %+v", got)
	}
	b.write(func(ctx context.Context, tx *db.Tx) error {
		return b.tasks.Done(ctx, tx, hearth.Actor{Kind: "staff", ID: string(b.ids["Liv"])}, "tsk_1", nil)
	})
	clock.Advance(5 * time.Hour)
	if got := b.wake(); len(got) != 0 {
		t.Errorf("a closed task wakes: %+v", got)
	}
	b.write(func(ctx context.Context, tx *db.Tx) error {
		got, err := b.assign.Wake(ctx, tx, []work.Due{{Kind: task.DueKind, Key: "tsk_gone"}, {Kind: task.DueKind, Key: "tsk_1"}, {Kind: "other", Key: "x"}})
		if len(got) != 2 || got[0].Action != "closed" || got[1].Action != "closed" {
			t.Errorf("rows of closed tasks: %+v", got)
		}
		return err
	})
}

// A task that nobody can take stays in the queue with the reason, and climbs when there is a rung.
func TestNobodyLeft(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := setup(t, d, clock)
	b.insert(task.Task{ID: "tsk_1", Owner: b.ids["Lee"], DueAt: clock.Now().Add(3 * time.Hour), Escalation: []task.Rung{{AfterBusinessDays: 1, Role: hearth.RoleTechnician}}})
	clock.Advance(3 * time.Hour)
	b.wake()
	clock.Advance(24 * time.Hour)
	if got := b.wake(); len(got) != 1 || got[0].Choice.Staff != "" || got[0].Choice.Reason == "" {
		t.Fatalf("handed to a role that nobody has: %+v", got)
	}
	got := b.get("tsk_1")
	if got.Owner != "" || got.Role != hearth.RoleTechnician || got.State != task.Open || len(got.Context.Notes) == 0 {
		t.Errorf("not in the queue with its reason: %+v", got)
	}
}
