package record

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/eventlog"
)

// bundle is a store on a fresh database with one property.
type bundle struct {
	t     testing.TB
	db    *db.DB
	clock *hearth.VirtualClock
	log   *eventlog.Log
	store *Store
	oak   Property
}

func setup(t testing.TB, d *db.DB, clock *hearth.VirtualClock) *bundle {
	t.Helper()
	l, err := eventlog.New(d)
	if err != nil {
		t.Fatal(err)
	}
	b := &bundle{t: t, db: d, clock: clock, log: l, store: New(l, rand.NewChaCha8([32]byte{1}))}
	b.oak = b.property("Oak Court", "NY", "10001")
	return b
}

func (b *bundle) property(name, state, zip string) Property {
	b.t.Helper()
	var p Property
	b.write(func(ctx context.Context, tx *db.Tx) (err error) {
		p, _, err = b.store.PutProperty(ctx, tx, News{}, Property{Name: name, State: state, Zip: zip})
		return err
	})
	return p
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

func (b *bundle) read(f func(ctx context.Context, tx *db.Tx) error) {
	b.t.Helper()
	if err := b.db.Read(b.t.Context(), func(tx *db.Tx) error { return f(b.t.Context(), tx) }); err != nil {
		b.t.Fatal(err)
	}
}

// put tells a home as a source would and gives what became of it with the events that it made.
func (b *bundle) put(n News, h Home) (HomeResult, []*hearth.Event) {
	b.t.Helper()
	if h.Property == "" {
		h.Property = b.oak.ID
	}
	b.clock.Advance(time.Second) // so that the new events sort behind the others
	seen := len(b.events())
	var res HomeResult
	b.write(func(ctx context.Context, tx *db.Tx) (err error) {
		res, err = b.store.PutHome(ctx, tx, n, h)
		return err
	})
	return res, b.events()[seen:]
}

// events reads the whole log, in the order in which it was written within each partition.
func (b *bundle) events() []*hearth.Event {
	b.t.Helper()
	var out []*hearth.Event
	b.read(func(ctx context.Context, tx *db.Tx) error {
		for part := range eventlog.Parts {
			evs, err := b.log.Read(ctx, tx, part, 0, 10000)
			if err != nil {
				return err
			}
			out = append(out, evs...)
		}
		return nil
	})
	slices.SortStableFunc(out, func(x, y *hearth.Event) int { return x.Recorded.Compare(y.Recorded) })
	return out
}

func types(evs []*hearth.Event) string {
	var out []string
	for _, e := range evs {
		out = append(out, string(e.Type))
	}
	return strings.Join(out, " ")
}

func data(t testing.TB, e *hearth.Event) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(e.Data, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func only(t testing.TB, evs []*hearth.Event, kind hearth.EventType) *hearth.Event {
	t.Helper()
	var found *hearth.Event
	for _, e := range evs {
		if e.Type == kind {
			if found != nil {
				t.Fatalf("more than one %s in %s", kind, types(evs))
			}
			found = e
		}
	}
	if found == nil {
		t.Fatalf("no %s in %s", kind, types(evs))
	}
	return found
}

func person(name, mail, phone string) Member {
	first, last, _ := strings.Cut(name, " ")
	return Member{Resident: Resident{First: first, Last: last, Email: mail, Phone: phone}}
}

func (b *bundle) household(id hearth.HouseholdID) Household {
	b.t.Helper()
	var h Household
	b.read(func(ctx context.Context, tx *db.Tx) (err error) {
		h, err = b.store.Household(ctx, tx, id)
		return err
	})
	return h
}

func (b *bundle) lease(id hearth.LeaseID) Lease {
	b.t.Helper()
	var l Lease
	b.read(func(ctx context.Context, tx *db.Tx) (err error) {
		l, err = b.store.Lease(ctx, tx, id)
		return err
	})
	return l
}

func fieldOf(err error) string {
	var e *hearth.Error
	if errors.As(err, &e) {
		return e.Field
	}
	return ""
}

func splitWords(s string) []string { return strings.Fields(s) }

func equalTexts(a, b []string) bool { return slices.Equal(a, b) }
