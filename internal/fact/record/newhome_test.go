package record

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
)

// drawHomes makes a list in which some homes share a unit, a building, a person or a name of the source.
func drawHomes(rt *rapid.T, property hearth.PropertyID, run int) []Home {
	homes := make([]Home, rapid.IntRange(1, 10).Draw(rt, "homes"))
	for i := range homes {
		h := Home{Property: property, Lease: drawLease(rt),
			Unit: Unit{Label: fmt.Sprint(rapid.IntRange(1, 9).Draw(rt, "unit")), Beds: float64(rapid.IntRange(0, 1).Draw(rt, "beds"))}}
		h.Unit.BuildingName = rapid.SampledFrom([]string{"", "", "", "A", "B"}).Draw(rt, "building")
		if rapid.Bool().Draw(rt, "unit is named") {
			h.Unit.External = "u" + h.Unit.BuildingName + h.Unit.Label
		}
		if rapid.Bool().Draw(rt, "lease is named") {
			h.Lease.External = fmt.Sprintf("l%d", rapid.IntRange(1, 20).Draw(rt, "lease"))
		}
		if rapid.IntRange(0, 19).Draw(rt, "broken") == 0 {
			h.Lease.RentCents = -1
		}
		for _, k := range rapid.SliceOfNDistinct(rapid.IntRange(1, 20), 1, 3, rapid.ID[int]).Draw(rt, "people") {
			m := person(fmt.Sprintf("Ana Ruiz%d-%d", k%15, run), "", "")
			m.Role = rapid.SampledFrom([]hearth.HouseholdRole{"", hearth.MemberLeaseholder, hearth.MemberMinor, hearth.MemberGuarantor}).Draw(rt, "role")
			if rapid.Bool().Draw(rt, "e-mail") {
				m.Email = fmt.Sprintf("r%d@example.com", k)
			}
			if rapid.Bool().Draw(rt, "phone") {
				m.Phone = fmt.Sprintf("(503) 555-%04d", k/2)
			}
			if rapid.Bool().Draw(rt, "named") {
				m.External = fmt.Sprintf("t%d", k)
			}
			h.Members = append(h.Members, m)
		}
		homes[i] = h
	}
	return homes
}

// tellEach tells homes one by one, together where together is set, and gives what was refused.
func tellEach(b *bundle, n News, homes []Home, together bool) (refused []string, fast int) {
	b.t.Helper()
	b.write(func(ctx context.Context, tx *db.Tx) error {
		done := make([]bool, len(homes))
		if together {
			list := make([]Telling, len(homes))
			for i, h := range homes {
				list[i] = Telling{News: n.caused(i), Home: h}
			}
			var err error
			if _, done, err = b.store.PutNewHomes(ctx, tx, list); err != nil {
				return err
			}
		}
		for i, h := range homes {
			if done[i] {
				fast++
				continue
			}
			if _, err := b.store.PutHome(ctx, tx, n.caused(i), h); hearth.CodeOf(err) == hearth.CodeInvalid {
				refused = append(refused, fmt.Sprint(i, " ", err))
			} else if err != nil {
				return err
			}
		}
		return nil
	})
	return refused, fast
}

func (n News) caused(i int) News {
	n.Cause += fmt.Sprintf("/%d", i)
	return n
}

// story tells all that is known at a property, without identities, which differ from store to store.
func story(b *bundle) []string {
	b.t.Helper()
	var out []string
	b.read(func(ctx context.Context, tx *db.Tx) error {
		units, err := b.store.Units(ctx, tx, b.oak.ID)
		if err != nil {
			return err
		}
		labels := map[hearth.UnitID]string{}
		for _, u := range units {
			labels[u.ID] = u.Label + "/" + fmt.Sprint(u.Building != "")
			out = append(out, fmt.Sprintf("unit %s beds %v %s", labels[u.ID], u.Beds, namesOf(ctx, b, tx, "unit", string(u.ID))))
			leases, err := b.store.UnitLeases(ctx, tx, u.ID)
			if err != nil {
				return err
			}
			for _, l := range leases {
				home, err := b.store.household(ctx, tx, l.Household, "")
				if err != nil {
					return err
				}
				var people []string
				for _, m := range home.Members {
					people = append(people, fmt.Sprintf("%s %s %s %s %v %s", m.Name(), m.Email, m.Phone, m.Role, m.Primary, namesOf(ctx, b, tx, "resident", string(m.ID))))
				}
				slices.Sort(people) // of roommates told line by line at one instant neither came first
				name := namesOf(ctx, b, tx, "lease", string(l.ID))
				l.ID, l.Unit, l.Household, l.Property = "", "", "", ""
				out = append(out, fmt.Sprintf("lease in %s %s of %v: %+v", labels[u.ID], name, people, l))
			}
		}
		return nil
	})
	for _, ev := range b.events() {
		if ev.Property != b.oak.ID {
			continue
		}
		var data map[string]any
		if err := json.Unmarshal(ev.Data, &data); err != nil {
			b.t.Fatal(err)
		}
		delete(data, "lease")
		delete(data, "unit")
		out = append(out, fmt.Sprintf("event %s at %s history %v about %d: %v", ev.Type, ev.Time, ev.History, len(ev.Residents), data))
	}
	slices.Sort(out)
	return out
}

// lacking gives the lines of a that b lacks.
func lacking(a, b []string) string {
	var out []string
	for _, line := range a {
		if !slices.Contains(b, line) {
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n")
}

func namesOf(ctx context.Context, b *bundle, tx *db.Tx, kind, id string) string {
	all, err := b.store.Externals(ctx, tx, kind, id)
	if err != nil {
		b.t.Fatal(err)
	}
	var names []string
	for _, e := range all {
		names = append(names, e.Ext)
	}
	slices.Sort(names)
	return strings.Join(names, ",")
}

// Homes that are told together are what they would be told one by one, whatever was known before and whatever they share.
func TestNewHomesToldTogether(t *testing.T) {
	d1, clock1 := dbtest.SQLite(t)
	d2, clock2 := dbtest.SQLite(t)
	one, two := setup(t, d1, clock1), setup(t, d2, clock2)
	run, fast, all := 0, 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		run++
		var before, list []Home
		for _, b := range []*bundle{one, two} {
			b.clock.Advance(time.Second)
			b.oak = b.property(fmt.Sprintf("Oak Court %d", run), "NY", "10001")
			if b == one {
				before, list = drawHomes(rt, b.oak.ID, run), drawHomes(rt, b.oak.ID, run)
				continue
			}
			for _, homes := range [][]Home{before, list} {
				for i := range homes {
					homes[i].Property = b.oak.ID
				}
			}
		}
		n := News{Source: fmt.Sprintf("source-%d", run), History: rapid.Bool().Draw(rt, "history"), Began: one.clock.Now(), Cause: fmt.Sprint("imp", run)}
		known := rapid.IntRange(0, len(before)).Draw(rt, "known before")
		var refused [2][]string
		for i, b := range []*bundle{one, two} {
			for _, homes := range [][]Home{before, list} {
				for k := range homes {
					homes[k].Property = b.oak.ID
				}
			}
			tellEach(b, News{Source: n.Source, History: true, Cause: fmt.Sprint("before", run)}, before[:known], false)
			b.clock.Advance(time.Minute)
			var took int
			refused[i], took = tellEach(b, n, list, b == two)
			fast, all = fast+took, all+len(list)
		}
		if a, b := fmt.Sprint(refused[0]), fmt.Sprint(refused[1]); a != b {
			rt.Fatalf("refused one by one %s, together %s", a, b)
		}
		a, b := story(one), story(two)
		if !slices.Equal(a, b) {
			rt.Fatalf("only one by one:\n%s\n\nonly together:\n%s\n\nof %+v", lacking(a, b), lacking(b, a), list)
		}
	})
	// What is drawn differs from run to run: the share that may be told together was between a sixth and a third. A tenth shows that the fast way is taken.
	if fast*10 < all/2 {
		t.Errorf("only %d of %d homes were told together: the test shows little", fast, all/2)
	}
}

// The same on both databases, with homes that nobody knows, where all are told together.
func TestNewHomesAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := setup(t, d, clock)
		var homes []Home
		for i := range 100 {
			h := roll(fmt.Sprint(i), lived("2025-06-01", "2026-05-31"), person(fmt.Sprintf("Ana Ruiz%d", i), fmt.Sprintf("r%d@example.com", i), ""))
			h.Property, h.Members[0].External = b.oak.ID, fmt.Sprint("t", i)
			homes = append(homes, h)
		}
		if _, fast := tellEach(b, News{Source: "pms", Cause: "imp"}, homes, true); fast != 100 {
			t.Errorf("%d of 100 homes were told together", fast)
		}
		before := len(b.events())
		if _, fast := tellEach(b, News{Source: "pms", Cause: "again"}, homes, true); fast != 0 || len(b.events()) != before {
			t.Errorf("told again, %d are new and there are %d events more", fast, len(b.events())-before)
		}
	})
}
