package record

import (
	"context"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
)

// A contact is on the timeline ten seconds after it was told, once, unless it was taken back.
func TestMet(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := setup(t, d, clock)
		home, _ := b.put(News{Source: "test"}, Home{Property: b.oak.ID, Unit: Unit{Label: "4B"}, Members: []Member{person("Ana Ruiz", "ana@example.com", "608 555 0101")}, Lease: lived("2026-01-01", "2026-12-31")})
		ana := home.Members[0].ID
		dana := hearth.Actor{Kind: "staff", ID: "stf_1", Name: "Dana Weiss"}
		tell := func(actor hearth.Actor, id hearth.ResidentID, kind, note string) error {
			return b.try(func(ctx context.Context, tx *db.Tx) error {
				_, err := b.store.MetSoon(ctx, tx, actor, id, kind, note)
				return err
			})
		}
		back := func() error {
			return b.try(func(ctx context.Context, tx *db.Tx) error { return b.store.MetBack(ctx, tx, dana, ana, "call") })
		}
		tend := func() int {
			before := len(b.events())
			if _, err := b.store.TendMet(t.Context(), d); err != nil {
				t.Fatal(err)
			}
			return len(b.events()) - before
		}
		for name, err := range map[string]error{"a program": tell(hearth.System("x"), ana, "call", ""), "no kind": tell(dana, ana, "letter", ""),
			"too much": tell(dana, ana, "call", strings.Repeat("x", maxMet+1))} {
			if hearth.CodeOf(err) != hearth.CodeInvalid {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := tell(dana, "res_none", "call", ""); hearth.CodeOf(err) != hearth.CodeNotFound {
			t.Errorf("nobody: %v", err)
		}
		if err := tell(dana, ana, "call", ""); err != nil {
			t.Fatal(err)
		}
		if err := back(); err != nil {
			t.Fatal(err)
		}
		clock.Advance(MetBackWithin + time.Second)
		if n := tend(); n != 0 {
			t.Errorf("%d events after it was taken back", n)
		}
		told := clock.Now()
		for range 2 { // a double press
			if err := tell(dana, ana, "call", "About the parking"); err != nil {
				t.Fatal(err)
			}
		}
		if n := tend(); n != 0 {
			t.Error("it was kept before it could be taken back")
		}
		clock.Advance(MetBackWithin)
		if n := tend(); n != 1 {
			t.Fatalf("%d events, want one", n)
		}
		evs := b.events()
		ev := evs[len(evs)-1]
		if got := data(t, ev); ev.Type != "contact.personal" || !ev.Time.Equal(told) || got["staff"] != "stf_1" || got["note"] != "About the parking" || ev.Actor.ID != "stf_1" {
			t.Errorf("kept %s at %v by %v: %v", ev.Type, ev.Time, ev.Actor, got)
		}
		if err := back(); hearth.CodeOf(err) != hearth.CodeConflict {
			t.Errorf("taken back too late: %v", err)
		}
	})
}

// Who uncovers a number leaves a trace that says who and what, and not the number.
func TestReveal(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := setup(t, d, clock)
		home, _ := b.put(News{Source: "test"}, Home{Property: b.oak.ID, Unit: Unit{Label: "4B"}, Members: []Member{person("Ana Ruiz", "", "608 555 0101")}, Lease: lived("2026-01-01", "2026-12-31")})
		ana := home.Members[0].ID
		look := func(what string) (value string, err error) {
			err = b.try(func(ctx context.Context, tx *db.Tx) (err error) {
				value, err = b.store.Reveal(ctx, tx, hearth.Actor{Kind: "staff", ID: "stf_1", Name: "Dana Weiss"}, ana, what)
				return err
			})
			return value, err
		}
		if v, err := look("phone"); err != nil || PhoneKey(v) != "+16085550101" {
			t.Fatalf("%q, %v", v, err)
		}
		evs := b.events()
		ev := evs[len(evs)-1]
		if ev.Type != "contact.revealed" || ev.Actor.ID != "stf_1" || strings.Contains(string(ev.Data), "0101") || data(t, ev)["what"] != "phone" {
			t.Errorf("the trace: %s by %v: %s", ev.Type, ev.Actor, ev.Data)
		}
		if _, err := look("email"); hearth.CodeOf(err) != hearth.CodeNotFound {
			t.Errorf("an address that there is not: %v", err)
		}
		if _, err := look("rent"); hearth.CodeOf(err) != hearth.CodeInvalid {
			t.Errorf("something else: %v", err)
		}
		if n := len(b.events()); n != len(evs) {
			t.Error("what was refused left a trace of a look")
		}
	})
}
