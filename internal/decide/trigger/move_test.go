package trigger_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
	"hearth/internal/sense/signal"
)

// another makes a property in the partition of the rig's own, or in one that none of the others has.
func (r *rig) another(name string, others ...hearth.PropertyID) hearth.PropertyID {
	r.Helper()
	for n := range 200 {
		var p record.Property
		r.write(func(ctx context.Context, tx *db.Tx) error {
			var err error
			p, _, err = r.records.PutProperty(ctx, tx, record.News{Source: "test"}, record.Property{Name: name + strconv.Itoa(n),
				City: "Denver", State: "CO", Zip: "80202", Zone: "America/Denver", ZoneConfirmed: true})
			return err
		})
		fits := len(others) > 0
		for _, o := range others {
			fits = fits && eventlog.PartOf(o) != eventlog.PartOf(p.ID)
		}
		if fits || len(others) == 0 && eventlog.PartOf(p.ID) == eventlog.PartOf(r.property) {
			return p.ID
		}
	}
	r.Fatal("200 properties do not give the partition that the test needs")
	return ""
}

// movesTo has a resident of the rig's first property sign at another one, from yesterday: it is
// yesterday in every zone.
func (r *rig) movesTo(to hearth.PropertyID, unit, first string) {
	r.Helper()
	today := r.today() - 1
	r.write(func(ctx context.Context, tx *db.Tx) error {
		_, err := r.records.PutHome(ctx, tx, record.News{Source: "test"}, record.Home{Property: to, Unit: record.Unit{Label: unit + "-" + today.String()},
			Lease:   record.HomeLease{Start: today, End: today + 365, MoveIn: today, RentCents: 160000},
			Members: []record.Member{{Resident: record.Resident{First: first, Last: "Example", Email: first + "@home.example"}, External: "t-" + unit}}})
		return err
	})
}

// happens appends an event that happened at a property.
func (r *rig) happens(property hearth.PropertyID, t hearth.EventType, who hearth.ResidentID, data map[string]any) {
	r.Helper()
	raw, err := json.Marshal(data)
	r.must(err)
	r.n++
	ev := &hearth.Event{ID: strconv.Itoa(r.n), Source: "test", Type: t, Property: property, Residents: []hearth.ResidentID{who}, Time: r.clock.Now(),
		Subject: hearth.Subject{Kind: "resident", ID: string(who)}, Data: raw}
	r.write(func(ctx context.Context, tx *db.Tx) error {
		_, err := r.log.Append(ctx, tx, ev)
		return err
	})
}

func (r *rig) signals(who hearth.ResidentID) (v signal.View) {
	r.Helper()
	r.read(func(ctx context.Context, tx *db.Tx) error {
		var err error
		v, err = r.engine.Signals(ctx, tx, who)
		return err
	})
	return v
}

func (r *rig) verified() {
	r.Helper()
	v, err := r.engine.Verify(r.Context(), nil)
	r.must(err)
	if len(v.Different) != 0 {
		r.Fatalf("the signals of %v are not what the log gives", v.Different)
	}
}

// repairs starts on a condition that a move does not change.
const repairs = `
id: repairs
title: Repairs
depth: playbook
why: Somebody should ask how it goes.
trigger: {when: service.total >= 1}
limits: {again: once per 30 days}
steps:
  - task: {title: Ask, why: They had a repair, role: leasing, minutes: 10, due: 2 business days}
`

func TestAMoveStartsNothingAndForgetsNothing(t *testing.T) {
	each(t, func(r *rig) {
		ana := r.home("4B", "Ana", -100, 200, old)
		elm := r.elsewhere()
		r.drain()
		r.activate(repairs, 0)
		r.activate(strings.NewReplacer("id: repairs", "id: repairs-once", "once per 30 days", "once per tenancy").Replace(repairs), 0)
		r.happens(r.property, "workorder.opened", ana, map[string]any{"description": "The tap drips", "workorder": "wo_1"})
		r.drain()
		r.pass(10 * day)
		if n := r.starts(ana); n != 2 {
			r.Fatalf("it started %d times, want each playbook once", n)
		}
		r.movesTo(elm, "4B", "Ana")
		r.drain()
		r.pass(19 * day)
		if n := r.starts(ana); n != 2 {
			r.Fatalf("after the move it has started %d times, want no more: nothing came true by moving", n)
		}
		r.pass(2 * day)
		if n := r.starts(ana); n != 3 {
			r.Errorf("30 days after the start it has started %d times, want once more: that time counts on over the move", n)
		}
		if open := r.openTasks(ana); len(open) != 3 || open[2].Property != elm {
			r.Errorf("got %+v, want the third task at the new property", open)
		}
		if got := r.dead(); len(got) > 0 {
			r.Errorf("put aside: %v", got)
		}
		r.verified()
	})
}

// The new partition may come to the arrival before the old one has decided what went before the leaving.
func TestWhatStartsBeforeTheLeavingIsKnownWhereTheyArrive(t *testing.T) {
	each(t, func(r *rig) {
		ana := r.home("4B", "Ana", -100, 200, old)
		elm := r.elsewhere()
		r.drain()
		r.activate(repairs, 0)
		r.happens(r.property, "workorder.opened", ana, map[string]any{"description": "The tap drips", "workorder": "wo_1"})
		r.movesTo(elm, "4B", "Ana")
		for n := 1; n > 0; {
			var err error
			n, err = r.engine.RunBatch(r.Context(), eventlog.PartOf(elm))
			r.must(err)
		}
		if n, _ := r.signals(ana).Int("service.open"); n != 1 {
			r.Errorf("where she arrived %d orders are open, want the one of the old home", n)
		}
		r.drain()
		r.pass(29 * day)
		if n := r.starts(ana); n != 1 {
			r.Errorf("it started %d times, want once: at the old home, before she left", n)
		}
		r.pass(2 * day)
		if n := r.starts(ana); n != 2 {
			r.Errorf("30 days later it has started %d times, want twice", n)
		}
	})
}

// step is one thing that happens to the resident of a case.
type step struct {
	kind  string // "event", "move", "decide", "batch", "node", "fault"
	place int    // of an event or move: which property
	n     int
}

func steps() *rapid.Generator[[]step] {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) step {
		return step{kind: rapid.SampledFrom([]string{"event", "event", "event", "move", "move", "decide", "batch", "batch", "node", "fault"}).Draw(t, "kind"),
			place: rapid.IntRange(0, 3).Draw(t, "place"), n: rapid.IntRange(0, 15).Draw(t, "n")}
	}), 1, 30)
}

// TestRandomMovesKeepAndRebuildEverything moves residents there and back between four properties, two of them in one
// partition, with news about the homes they have left, followers that lag, fail and change hands.
func TestRandomMovesKeepAndRebuildEverything(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		if d.Dialect() == db.Postgres {
			checks(t, 6)
		} else {
			checks(t, 25)
		}
		r := newRig(t, d, clock)
		places := []hearth.PropertyID{r.property, r.another("Same ")}
		places = append(places, r.another("Elm ", places...))
		places = append(places, r.another("Fir ", places...))
		r.activate(repairs, 0)
		cases := 0
		rapid.Check(t, func(rt *rapid.T) {
			cases++
			c := &moving{rig: r, rt: rt, places: places, unit: "R" + strconv.Itoa(cases), was: map[int]bool{0: true}}
			c.play(steps().Draw(rt, "steps"))
		})
	})
}

// moving is one case.
type moving struct {
	*rig
	rt     *rapid.T
	places []hearth.PropertyID
	unit   string
	who    hearth.ResidentID
	here   int
	was    map[int]bool // where they live or have lived
	orders int64
	nodes  int
	struck int // how often a fault has struck since all was decided; an item that fails three times by itself is rightly put aside
}

func (c *moving) play(all []step) {
	c.who = c.home(c.unit, "Ann"+c.unit, -100, 200, record.News{})
	for _, s := range all {
		c.one(s)
	}
	c.engine.SetFault(func([]string) error { return nil })
	c.engine.SetBatch(256)
	c.drain()
	c.verified()
	v := c.signals(c.who)
	if n, _ := v.Int("service.total"); n != c.orders {
		c.rt.Fatalf("the signals know %d orders, want all %d, each once, wherever they were", n, c.orders)
	}
	var home record.Resident
	c.read(func(ctx context.Context, tx *db.Tx) error {
		var err error
		home, err = c.records.Resident(ctx, tx, c.who)
		return err
	})
	if home.Property != c.places[c.here] {
		c.rt.Fatalf("the case did not move them: they are at %s, want %s", home.Property, c.places[c.here])
	}
	if got := c.dead(); len(got) > 0 {
		c.rt.Fatalf("put aside: %v", got)
	}
}

func (c *moving) one(s step) {
	switch s.kind {
	case "event":
		at := s.place
		if !c.was[at] {
			at = c.here
		}
		c.orders++
		c.happens(c.places[at], "workorder.opened", c.who, map[string]any{"description": "The tap drips", "workorder": fmt.Sprintf("%s-%d", c.unit, c.orders)})
	case "move":
		if s.place == c.here {
			return
		}
		c.clock.Advance(48 * time.Hour) // of two leases, the one that begins later is where they live
		c.movesTo(c.places[s.place], c.unit, "Ann"+c.unit)
		c.here, c.was[s.place] = s.place, true
	case "decide":
		c.engine.SetFault(func([]string) error { return nil })
		c.drain()
		c.struck = 0
	case "batch":
		c.engine.SetBatch(1 + s.n%3)
		// A fault that was set may strike; what it leaves is decided later.
		_, _ = c.engine.RunBatch(c.Context(), eventlog.PartOf(c.places[s.place]))
	case "node":
		c.nodes++
		c.engine = c.newEngine(fmt.Sprintf("node-%s-%d", c.unit, c.nodes))
	case "fault":
		n := s.n % 2
		c.engine.SetFault(func([]string) error {
			if n--; n < 0 && c.struck < 2 {
				c.struck++
				return errors.New("the disk is full")
			}
			return nil
		})
	}
}
