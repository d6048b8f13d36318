package assign

import (
	"context"
	"errors"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
)

// An assigner that keeps the team sees every change of it at once, whoever made it: it says what one says that was made this moment.
func TestAKeptTeamIsNeverOld(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := setup(t, d, clock)
		l, err := eventlog.New(d)
		if err != nil {
			t.Fatal(err)
		}
		others := record.New(l, rand.NewChaCha8([32]byte{6})) // another process
		today := hearth.DayOf(clock.Now(), time.UTC)
		lee, liv := b.ids["Lee"], b.ids["Liv"]
		put := func(m record.Staff) func(ctx context.Context, tx *db.Tx) error {
			return func(ctx context.Context, tx *db.Tx) error {
				_, _, err := others.PutStaff(ctx, tx, record.News{}, m)
				return err
			}
		}
		same := func(when string) {
			t.Helper()
			b.write(func(ctx context.Context, tx *db.Tx) error {
				kept, err := b.assign.Forecast(ctx, tx, b.oak, 14)
				if err != nil {
					return err
				}
				now, err := New(others, b.tasks).Forecast(ctx, tx, b.oak, 14)
				if !reflect.DeepEqual(kept, now) {
					t.Errorf("%s: kept %+v, now %+v", when, kept, now)
				}
				return err
			})
		}
		same("at first")
		hours := record.DefaultSettings()
		for _, step := range []struct {
			name string
			do   func(ctx context.Context, tx *db.Tx) error
		}{
			{"somebody new", put(record.Staff{Name: "Max", MinutesADay: 30, Roles: []record.StaffRole{{Property: b.oak, Role: hearth.RoleLeasing}}})},
			{"other minutes", put(record.Staff{ID: lee, Name: "Lee", MinutesADay: 99})},
			{"other hours", put(record.Staff{ID: lee, Name: "Lee", Hours: []record.Hours{{Weekday: time.Tuesday, From: 540, To: 600}}})},
			{"an absence", func(ctx context.Context, tx *db.Tx) error {
				_, err := others.SetAbsence(ctx, tx, liv, record.Absence{From: today + 1, To: today + 3})
				return err
			}},
			{"an absence that ends sooner", func(ctx context.Context, tx *db.Tx) error {
				_, err := others.SetAbsence(ctx, tx, liv, record.Absence{From: today + 1, To: today + 2})
				return err
			}},
			{"an absence taken back", func(ctx context.Context, tx *db.Tx) error {
				return others.DropAbsence(ctx, tx, liv, record.Absence{From: today + 1})
			}},
			{"a role taken away", func(ctx context.Context, tx *db.Tx) error {
				return others.DropRole(ctx, tx, liv, record.StaffRole{Property: b.oak, Role: hearth.RoleLeasing})
			}},
			{"somebody who left", put(record.Staff{ID: lee, Name: "Lee", Inactive: true})},
			{"another name of the place", func(ctx context.Context, tx *db.Tx) error {
				_, _, err := others.PutProperty(ctx, tx, record.News{}, record.Property{ID: b.oak, Name: "Elm Court", Settings: hours})
				return err
			}},
		} {
			b.write(step.do)
			same(step.name)
		}
	})
}

// What a transaction changed and took back is not kept.
func TestAKeptTeamForgetsWhatWasTakenBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := setup(t, d, clock)
		records := b.assign.records
		ask := Ask{Property: b.oak, Role: hearth.RoleManager, Minutes: 20, Due: clock.Now().Add(3 * time.Hour)}
		gone := errors.New("taken back")
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			if _, _, err := records.PutStaff(t.Context(), tx, record.News{}, record.Staff{ID: b.ids["Mia"], Name: "Mia", Inactive: true}); err != nil {
				return err
			}
			if c, err := b.assign.Choose(t.Context(), tx, ask); err != nil || c.Staff != "" {
				t.Errorf("within the transaction that says Mia left: %+v %v", c, err)
			}
			return gone
		})
		if !errors.Is(err, gone) {
			t.Fatal(err)
		}
		b.write(func(ctx context.Context, tx *db.Tx) error {
			c, err := b.assign.Choose(ctx, tx, ask)
			if c.Staff != b.ids["Mia"] {
				t.Errorf("after it was taken back: %+v", c)
			}
			return err
		})
	})
}

// BenchmarkARound is what a batch of decisions pays for one task before it chooses: a team of 21, as 1,000 homes have.
func BenchmarkARound(b *testing.B) {
	d, clock := dbtest.SQLite(b)
	l, err := eventlog.New(d)
	if err != nil {
		b.Fatal(err)
	}
	records := record.New(l, rand.NewChaCha8([32]byte{5}))
	a := New(records, task.New(l, records))
	var oak hearth.PropertyID
	if err := d.Write(b.Context(), func(tx *db.Tx) error {
		p, _, err := records.PutProperty(b.Context(), tx, record.News{}, record.Property{Name: "Oak Court", State: "NY", Zip: "10001"})
		oak = p.ID
		for i := 0; i < 21 && err == nil; i++ {
			_, _, err = records.PutStaff(b.Context(), tx, record.News{}, record.Staff{Name: "Lee " + string(rune('A'+i)), MinutesADay: 60,
				Roles:    []record.StaffRole{{Property: p.ID, Role: hearth.RoleLeasing}},
				Hours:    []record.Hours{{Weekday: time.Monday, From: 540, To: 1020}, {Weekday: time.Tuesday, From: 540, To: 1020}},
				Absences: []record.Absence{{From: hearth.DayOf(clock.Now(), time.UTC) + 9, To: hearth.DayOf(clock.Now(), time.UTC) + 12}}})
		}
		return err
	}); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := d.Read(b.Context(), func(tx *db.Tx) error {
			_, err := a.Round().Calendar(b.Context(), tx, oak)
			return err
		}); err != nil {
			b.Fatal(err)
		}
	}
}
