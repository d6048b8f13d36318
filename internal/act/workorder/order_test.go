package workorder

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
)

type bundle struct {
	t       testing.TB
	db      *db.DB
	clock   *hearth.VirtualClock
	log     *eventlog.Log
	records *record.Store
	orders  *Store
	oak     hearth.PropertyID
	unit    hearth.UnitID
	ana     hearth.ResidentID
	leo     hearth.ResidentID
}

func setup(t testing.TB, d *db.DB, clock *hearth.VirtualClock) *bundle {
	t.Helper()
	l, err := eventlog.New(d)
	if err != nil {
		t.Fatal(err)
	}
	b := &bundle{t: t, db: d, clock: clock, log: l, records: record.New(l, rand.NewChaCha8([32]byte{3}))}
	b.orders = New(l, b.records, rand.NewChaCha8([32]byte{4}))
	b.write(func(ctx context.Context, tx *db.Tx) error {
		p, _, err := b.records.PutProperty(ctx, tx, record.News{}, record.Property{Name: "Oak Court", State: "NY", Zip: "10001"})
		if err != nil {
			return err
		}
		home, err := b.records.PutHome(ctx, tx, record.News{}, record.Home{Property: p.ID, Unit: record.Unit{Label: "4B"},
			Members: []record.Member{{Resident: record.Resident{First: "Ana", Last: "Ruiz"}}, {Resident: record.Resident{First: "Leo", Last: "Ruiz"}}}})
		if err != nil {
			return err
		}
		b.oak, b.unit, b.ana, b.leo = p.ID, home.Unit, home.Members[0].ID, home.Members[1].ID
		return nil
	})
	return b
}

func (b *bundle) write(f func(ctx context.Context, tx *db.Tx) error) {
	b.t.Helper()
	if err := b.try(f); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bundle) try(f func(ctx context.Context, tx *db.Tx) error) error {
	return b.db.Write(b.t.Context(), func(tx *db.Tx) error { return f(b.t.Context(), tx) })
}

func (b *bundle) open(n record.News, told Order) Order {
	b.t.Helper()
	var o Order
	b.write(func(ctx context.Context, tx *db.Tx) (err error) {
		o, err = b.orders.Open(ctx, tx, n, told)
		return err
	})
	return o
}

// events gives the work order events so far, oldest first.
func (b *bundle) events() []*hearth.Event {
	b.t.Helper()
	var out []*hearth.Event
	b.write(func(ctx context.Context, tx *db.Tx) error {
		evs, err := b.log.Read(ctx, tx, eventlog.PartOf(b.oak), 0, 10000)
		for _, e := range evs {
			if strings.HasPrefix(string(e.Type), "workorder.") {
				out = append(out, e)
			}
		}
		return err
	})
	return out
}

func (b *bundle) types() string {
	var out []string
	for _, e := range b.events() {
		out = append(out, strings.TrimPrefix(string(e.Type), "workorder."))
	}
	return strings.Join(out, " ")
}

func TestOpen(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := setup(t, d, clock)
		o := b.open(record.News{Source: "portal", Data: json.RawMessage(`{"note":"by phone"}`)},
			Order{Resident: b.ana, Description: " The pipe burst and water is gushing out ", External: "4711"})
		if o.Unit != b.unit || o.Property != b.oak || o.Category != Plumbing || o.Priority != Emergency || o.State != Submitted {
			t.Errorf("opened %+v", o)
		}
		ev := b.events()[0]
		var data map[string]any
		if err := json.Unmarshal(ev.Data, &data); err != nil {
			t.Fatal(err)
		}
		if data["workorder"] != string(o.ID) || data["priority"] != Emergency || data["unit"] != string(b.unit) || data["note"] != "by phone" {
			t.Errorf("event data %v", data)
		}
		if len(ev.Residents) != 2 || ev.Residents[0] != b.ana || ev.Residents[1] != b.leo || ev.Subject.String() != "workorder/"+string(o.ID) {
			t.Errorf("event concerns %v about %s", ev.Residents, ev.Subject)
		}
		again := b.open(record.News{Source: "portal"}, Order{Resident: b.ana, Description: "told once more", External: "4711"})
		if again.ID != o.ID || b.types() != "opened" {
			t.Errorf("opened twice: %s", b.types())
		}
		b.write(func(ctx context.Context, tx *db.Tx) error {
			for _, id := range []string{string(o.ID), "4711"} {
				found, err := b.orders.Find(ctx, tx, id, "portal")
				if err != nil || len(found) != 1 || found[0].ID != string(o.ID) || found[0].Residents[0] != b.ana {
					t.Errorf("find %s: %v %v", id, found, err)
				}
			}
			found, err := b.orders.Find(ctx, tx, "4712", "portal")
			if len(found) != 0 {
				t.Errorf("found %v", found)
			}
			return err
		})
	})
}

func TestEventsOfASourceHappenOnce(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := setup(t, d, clock)
	n := record.News{Source: "portal", EventID: "e1", Time: clock.Now().Add(-time.Hour)}
	o := b.open(n, Order{Unit: b.unit, Description: "The tap drips"})
	if again := b.open(n, Order{Unit: b.unit, Description: "The tap drips"}); again.ID != o.ID {
		t.Errorf("one event opened %s and %s", o.ID, again.ID)
	}
	if !o.Opened.Equal(n.Time) {
		t.Errorf("opened at %s, want %s", o.Opened, n.Time)
	}
	complete := func(event string) error {
		return b.try(func(ctx context.Context, tx *db.Tx) error {
			_, err := b.orders.Complete(ctx, tx, record.News{Source: "portal", EventID: event}, o.ID, "New washer.")
			return err
		})
	}
	reopen := func(ctx context.Context, tx *db.Tx) error {
		_, err := b.orders.Reopen(ctx, tx, record.News{}, o.ID, "It drips again.")
		return err
	}
	if err := complete("e2"); err != nil {
		t.Fatal(err)
	}
	b.write(reopen)
	if err := complete("e2"); err != nil {
		t.Errorf("the event told again: %v", err)
	}
	b.write(func(ctx context.Context, tx *db.Tx) error {
		got, err := b.orders.Get(ctx, tx, o.ID)
		if got.State != Returned || got.Reopened != 1 {
			t.Errorf("an old event completed it again: %+v", got)
		}
		return err
	})
	if got := b.types(); got != "opened completed reopened" {
		t.Errorf("events %s", got)
	}
	if err := complete("e3"); err != nil {
		t.Errorf("another completion: %v", err)
	}
	// A second completion by an event of its own is a fact, though it changes nothing.
	if err := complete("e4"); err != nil || b.types() != "opened completed reopened completed completed" {
		t.Errorf("events %s (%v)", b.types(), err)
	}
}

func TestStateMachine(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := setup(t, d, clock)
	steps := map[State]func(ctx context.Context, tx *db.Tx, id hearth.WorkOrderID) (Order, error){
		Triaged: func(ctx context.Context, tx *db.Tx, id hearth.WorkOrderID) (Order, error) {
			return b.orders.Triage(ctx, tx, record.News{}, id, HVAC, Urgent)
		},
		Scheduled: func(ctx context.Context, tx *db.Tx, id hearth.WorkOrderID) (Order, error) {
			return b.orders.Schedule(ctx, tx, record.News{}, id, tx.Now().Add(time.Hour), tx.Now().Add(2*time.Hour))
		},
		Waiting: func(ctx context.Context, tx *db.Tx, id hearth.WorkOrderID) (Order, error) {
			return b.orders.Wait(ctx, tx, record.News{}, id, "parts")
		},
		Complete: func(ctx context.Context, tx *db.Tx, id hearth.WorkOrderID) (Order, error) {
			return b.orders.Complete(ctx, tx, record.News{}, id, "Done.")
		},
		Returned: func(ctx context.Context, tx *db.Tx, id hearth.WorkOrderID) (Order, error) {
			return b.orders.Reopen(ctx, tx, record.News{}, id, "")
		},
		Cancelled: func(ctx context.Context, tx *db.Tx, id hearth.WorkOrderID) (Order, error) {
			return b.orders.Cancel(ctx, tx, record.News{}, id, "")
		},
	}
	for _, to := range []State{Assigned, EnRoute, InProgress, Confirmed} {
		steps[to] = func(ctx context.Context, tx *db.Tx, id hearth.WorkOrderID) (Order, error) {
			return b.orders.Advance(ctx, tx, record.News{}, id, to)
		}
	}
	for _, from := range States() {
		for to, step := range steps {
			o := b.open(record.News{}, Order{Unit: b.unit, Description: "The tap drips"})
			b.write(func(ctx context.Context, tx *db.Tx) error {
				o.State = from
				return write(ctx, tx, o, false)
			})
			var got Order
			err := b.try(func(ctx context.Context, tx *db.Tx) (err error) {
				got, err = step(ctx, tx, o.ID)
				return err
			})
			switch {
			case from == to || can(from, to):
				if err != nil || got.State != to {
					t.Errorf("%s to %s: %s, %v", from, to, got.State, err)
				}
			case hearth.CodeOf(err) != hearth.CodeConflict:
				t.Errorf("%s to %s: %v, want a conflict", from, to, err)
			}
		}
	}
	if can(Complete, Cancelled) || can(Cancelled, Returned) || can(Submitted, Confirmed) || !can(Confirmed, Returned) {
		t.Error("the table of states lets through what it must not")
	}
}

func TestPut(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := setup(t, d, clock)
		put := func(told Order) (Order, record.Change) {
			t.Helper()
			var o Order
			var c record.Change
			b.write(func(ctx context.Context, tx *db.Tx) (err error) {
				o, c, err = b.orders.Put(ctx, tx, record.News{Source: "yardi", Cause: "row"}, told)
				return err
			})
			return o, c
		}
		told := Order{External: "17", Unit: b.unit, Resident: b.ana, Description: "The tap drips", Opened: clock.Now().Add(-72 * time.Hour),
			State: Complete, Completed: clock.Now().Add(-24 * time.Hour), Resolution: "New washer."}
		o, c := put(told)
		if !c.Added || o.State != Complete || !o.Completed.Equal(told.Completed) || o.Resolution != "New washer." {
			t.Errorf("put %+v %+v", o, c)
		}
		evs := b.events()
		if b.types() != "opened completed" || !evs[0].Time.Equal(told.Opened) || !evs[1].Time.Equal(told.Completed) {
			t.Errorf("events %s at %s and %s", b.types(), evs[0].Time, evs[1].Time)
		}
		if _, c := put(told); !c.None() || b.types() != "opened completed" {
			t.Errorf("told again: %+v, %s", c, b.types())
		}
		told.State = InProgress
		if o, c := put(told); !c.Changed || o.State != InProgress || o.Reopened != 1 {
			t.Errorf("open again: %+v %+v", o, c)
		}
		told.Priority, told.State, told.ScheduledFrom = Urgent, Scheduled, clock.Now().Add(time.Hour)
		if o, c := put(told); o.State != Scheduled || o.Priority != Urgent || strings.Join(c.Fields, " ") != "priority scheduled state" {
			t.Errorf("scheduled: %+v %+v", o, c)
		}
		told.State, told.ScheduledFrom = Cancelled, time.Time{}
		if o, _ := put(told); o.State != Cancelled {
			t.Errorf("cancelled: %+v", o)
		}
		if got := b.types(); got != "opened completed reopened scheduled cancelled" {
			t.Errorf("events %s", got)
		}
		if _, c := put(told); !c.None() {
			t.Errorf("told again: %+v", c)
		}
	})
}

// Whatever list a source sends, told twice is told once.
func TestPutIsIdempotent(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := setup(t, d, clock)
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		ext := "wo-" + time.Duration(n).String()
		for range rapid.IntRange(1, 5).Draw(rt, "times") {
			told := Order{External: ext, Unit: b.unit, Description: rapid.SampledFrom([]string{"The tap drips", "No heat"}).Draw(rt, "text"),
				State: rapid.SampledFrom(append(States(), "")).Draw(rt, "state"), Opened: clock.Now()}
			if rapid.Bool().Draw(rt, "appointment") {
				told.ScheduledFrom = clock.Now().Add(time.Hour)
			}
			put := func() (c record.Change) {
				if err := b.try(func(ctx context.Context, tx *db.Tx) (err error) {
					_, c, err = b.orders.Put(ctx, tx, record.News{Source: "yardi"}, told)
					return err
				}); err != nil {
					rt.Fatal(err)
				}
				return c
			}
			put()
			if c := put(); !c.None() {
				rt.Fatalf("told again: %+v", c)
			}
		}
	})
}

func TestHistoryAndRefusals(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := setup(t, d, clock)
	first := b.open(record.News{Time: clock.Now().Add(-time.Hour)}, Order{Unit: b.unit, Description: "One"})
	second := b.open(record.News{}, Order{Resident: b.ana, Description: "Two"})
	b.open(record.News{}, Order{Property: b.oak, Description: "The gate squeaks"})
	b.write(func(ctx context.Context, tx *db.Tx) error {
		all, err := b.orders.History(ctx, tx, b.unit, "", 10)
		if len(all) != 2 || all[0].ID != second.ID || all[1].ID != first.ID {
			t.Errorf("history of the unit %+v", all)
		}
		if mine, err := b.orders.History(ctx, tx, "", b.ana, 10); len(mine) != 1 || err != nil {
			t.Errorf("history of the resident %+v %v", mine, err)
		}
		return err
	})
	for name, told := range map[string]Order{"no words": {Unit: b.unit}, "no place": {Description: "x"}} {
		err := b.try(func(ctx context.Context, tx *db.Tx) error {
			_, err := b.orders.Open(ctx, tx, record.News{}, told)
			return err
		})
		if hearth.CodeOf(err) != hearth.CodeInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	err := b.try(func(ctx context.Context, tx *db.Tx) error {
		_, _, err := b.orders.Put(ctx, tx, record.News{}, Order{Unit: b.unit, Description: "x"})
		return err
	})
	if hearth.CodeOf(err) != hearth.CodeInvalid {
		t.Errorf("a listed work order without number: %v", err)
	}
}
