package record

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
)

func drawLease(t *rapid.T) HomeLease {
	date := func(name string) hearth.Day {
		return rapid.SampledFrom([]hearth.Day{0, day("2024-06-01"), day("2025-05-31"), day("2025-06-01"), day("2026-02-20"),
			day("2026-05-31"), day("2026-06-01"), day("2027-05-31")}).Draw(t, name)
	}
	l := HomeLease{Start: date("start"), End: date("end"), MoveIn: date("move in"), MoveOut: date("move out"), NoticeOn: date("notice"),
		RentCents: rapid.SampledFrom([]int64{0, 100000, 110000}).Draw(t, "rent"),
		Status: rapid.SampledFrom([]Status{"", StatusCurrent, StatusFuture, StatusPast, StatusApplicant, StatusApproved, StatusCancelled,
			ToldNotice, ToldEvicted}).Draw(t, "status")}
	if l.End != 0 && l.End < l.Start {
		l.Start, l.End = l.End, l.Start
	}
	if l.MoveOut != 0 && l.MoveOut < l.MoveIn {
		l.MoveIn, l.MoveOut = l.MoveOut, l.MoveIn
	}
	if l.MoveIn == 0 && l.MoveOut < l.Start {
		l.MoveOut = 0
	}
	return l
}

// Whatever was told of a lease before, the same told twice changes nothing the second time.
func TestTakeIsIdempotent(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		l := Lease{ID: "lse_1"}
		for range rapid.IntRange(1, 4).Draw(rt, "times") {
			home := Home{Clears: rapid.SampledFrom([][]string{nil, {"notice_on", "move_out", "evicted"}}).Draw(rt, "clears")}
			told := drawLease(rt)
			on := day("2026-03-01") + hearth.Day(rapid.IntRange(0, 100).Draw(rt, "day"))
			l.take(&diff{}, told, on, home.clears)
			l.Changed = dbtest.Start()
			var again diff
			l.take(&again, told, on, home.clears)
			if len(again.fields) > 0 {
				rt.Fatalf("told again, %v changed: %+v", again.fields, l)
			}
			for i := 1; i < len(l.Terms); i++ {
				if l.Terms[i].Starts < l.Terms[i-1].Starts {
					rt.Fatalf("terms out of order: %+v", l.Terms)
				}
			}
		}
	})
}

// What a lease has taken over is about it when it is told again: else one told twice would become two.
func TestWhatWasTakenStillGoesWith(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		l := Lease{ID: "lse_1"}
		for range rapid.IntRange(1, 4).Draw(rt, "times") {
			home := Home{Clears: rapid.SampledFrom([][]string{nil, {"notice_on", "move_out", "evicted"}}).Draw(rt, "clears")}
			told := drawLease(rt)
			on := day("2026-03-01") + hearth.Day(rapid.IntRange(0, 100).Draw(rt, "day"))
			if told.check() != nil || !l.Changed.IsZero() && !l.goesWith(told, on) {
				continue
			}
			was := l
			was.Terms = slices.Clone(l.Terms)
			l.take(&diff{}, told, on, home.clears)
			l.Changed = dbtest.Start()
			if !l.goesWith(told, on) && !l.says(told, on, home.clears) {
				rt.Fatalf("%+v, told %+v on %s, is %+v, and that is no longer about it", was, told, on, l)
			}
		}
	})
}

// people6 is a small world in which much is shared: a couple with one e-mail and phone, a father and a son
// of one name and one address, two strangers of the very same name whom only the source tells apart.
func people6() []Member {
	as := func(m Member, external string) Member {
		m.External = external
		return m
	}
	return []Member{
		as(person("Ana Ruiz", "shared@example.com", "212-555-0101"), "t1"),
		as(person("Leo Ruiz", "shared@example.com", "212-555-0101"), "t2"),
		as(person("John Smith Sr", "smith@example.com", "212-555-0102"), "t3"),
		as(person("John Smith Jr", "smith@example.com", "212-555-0102"), "t4"),
		as(person("Kim Lee", "kim@example.com", ""), "t5"),
		as(person("Kim Lee", "", "212-555-0103"), "t6"),
	}
}

// drawHome gives a home with some of the six, by their places.
func drawHome(t *rapid.T, property hearth.PropertyID) (Home, []int) {
	h := Home{Property: property, Unit: Unit{Label: rapid.SampledFrom([]string{"1", "2", "3"}).Draw(t, "unit")}, Lease: drawLease(t),
		Clears: rapid.SampledFrom([][]string{nil, {"notice_on", "move_out"}}).Draw(t, "clears")}
	who := rapid.SliceOfNDistinct(rapid.IntRange(0, 5), 1, 3, rapid.ID[int]).Draw(t, "members")
	for _, i := range who {
		h.Members = append(h.Members, drawMember(t, i))
	}
	return h, who
}

// drawMember shows one of the six with some of what a source could know.
func drawMember(t *rapid.T, i int) Member {
	m := people6()[i]
	hide := func(what string, from *string) {
		if rapid.Bool().Draw(t, fmt.Sprintf("hide %s %d", what, i)) {
			*from = ""
		}
	}
	hide("e-mail", &m.Email)
	hide("phone", &m.Phone)
	if i < 4 {
		hide("name in the source", &m.External)
	}
	m.Role = rapid.SampledFrom([]hearth.HouseholdRole{"", hearth.MemberLeaseholder, hearth.MemberOccupant, hearth.MemberMinor,
		hearth.MemberGuarantor}).Draw(t, fmt.Sprintf("role %d", i))
	return m
}

// consistent checks what holds after any sequence of homes.
func consistent(b *bundle, t *rapid.T) {
	b.read(func(ctx context.Context, tx *db.Tx) error {
		ids, err := b.store.ResidentsAt(ctx, tx, b.oak.ID)
		if err != nil {
			return err
		}
		seen := map[hearth.HouseholdID]bool{}
		for _, id := range ids {
			h, err := b.store.HouseholdOf(ctx, tx, id)
			if err != nil {
				return err
			}
			if seen[h.ID] {
				continue
			}
			seen[h.ID] = true
			primaries, addressable := 0, 0
			for _, m := range h.Members {
				if m.Role.Addressable() {
					addressable++
				}
				if m.Primary {
					primaries++
					if !m.Role.Addressable() {
						t.Fatalf("%s speaks for the home as %s", m.Name(), m.Role)
					}
				}
			}
			if want := min(addressable, 1); primaries != want {
				t.Fatalf("household %s has %d primaries among %d who can be addressed", h.ID, primaries, addressable)
			}
		}
		return nil
	})
}

// Told the same twice is told once; nobody is taken for somebody else; every home has one voice.
func TestPutHomeProperties(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := setup(t, d, clock)
	run := 0
	rapid.Check(t, func(rt *rapid.T) {
		run++
		b.oak = b.property(fmt.Sprintf("Oak Court %d", run), "NY", "10001")
		source := fmt.Sprintf("source-%d", run)
		is := map[hearth.ResidentID]int{} // which of the six a resident is
		for range rapid.IntRange(1, 8).Draw(rt, "homes") {
			h, who := drawHome(rt, b.oak.ID)
			for i := range h.Members {
				// The six of one run must not meet those of another in the same database.
				h.Members[i].Last += fmt.Sprintf(" %d", run)
			}
			res := putQuietly(b, rt, source, h)
			for i, m := range res.Members {
				if was, ok := is[m.ID]; ok && was != who[i] {
					rt.Fatalf("%q is taken for %q", h.Members[i].Name(), people6()[was].Name())
				}
				is[m.ID] = who[i]
			}
			before := eventCount(b)
			again := putQuietly(b, rt, source, h)
			if n := eventCount(b); n != before || !again.Change().None() {
				rt.Fatalf("told again: %d events more, %+v about %+v; first %+v about %+v", n-before, again, b.lease(again.Lease),
					res, b.lease(res.Lease))
			}
			consistent(b, rt)
		}
	})
}

func putQuietly(b *bundle, rt *rapid.T, source string, h Home) HomeResult {
	b.clock.Advance(time.Second)
	var res HomeResult
	err := b.try(func(ctx context.Context, tx *db.Tx) (err error) {
		res, err = b.store.PutHome(ctx, tx, News{Source: source}, h)
		return err
	})
	if err != nil {
		rt.Fatalf("put %+v: %v", h, err)
	}
	return res
}

func eventCount(b *bundle) int64 {
	var n int64
	b.read(func(ctx context.Context, tx *db.Tx) error {
		heads, err := b.log.Heads(ctx, tx)
		for _, seq := range heads {
			n += seq
		}
		return err
	})
	return n
}
