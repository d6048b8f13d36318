package record

import (
	"context"
	"fmt"
	"testing"

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

// A small world in which everything clashes: few units, names and addresses, all shared.
func drawHome(t *rapid.T, property hearth.PropertyID) Home {
	h := Home{Property: property, Unit: Unit{Label: rapid.SampledFrom([]string{"1", "2", "3"}).Draw(t, "unit")}, Lease: drawLease(t),
		Clears: rapid.SampledFrom([][]string{nil, {"notice_on", "move_out"}}).Draw(t, "clears")}
	for i := range rapid.IntRange(1, 3).Draw(t, "members") {
		m := drawMember(t, i)
		for _, o := range h.Members {
			if o.External == m.External {
				m.External = "" // a source has one line for each of its names
			}
		}
		h.Members = append(h.Members, m)
	}
	return h
}

func drawMember(t *rapid.T, i int) Member {
	draw := func(what string, from ...string) string {
		return rapid.SampledFrom(from).Draw(t, fmt.Sprintf("%s %d", what, i))
	}
	m := person(draw("name", "Ana Ruiz", "Leo Ruiz", "John Smith", "John Smith Jr", "Kim Lee"),
		draw("e-mail", "", "shared@example.com", "own@example.com"), draw("phone", "", "212-555-0101", "212-555-0102"))
	m.Role = hearth.HouseholdRole(draw("role", "", "leaseholder", "occupant", "minor", "guarantor"))
	m.External = draw("external", "", "", "t1", "t2", "t3", "t4")
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

// Told the same twice is told once; nobody is merged over a shared address; every home has one voice.
func TestPutHomeProperties(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := setup(t, d, clock)
	run := 0
	rapid.Check(t, func(rt *rapid.T) {
		run++
		b.oak = b.property(fmt.Sprintf("Oak Court %d", run), "NY", "10001")
		source := fmt.Sprintf("source-%d", run)
		names := map[hearth.ResidentID]string{}
		external := map[string]hearth.ResidentID{}
		for range rapid.IntRange(1, 6).Draw(rt, "homes") {
			h := drawHome(rt, b.oak.ID)
			for i := range h.Members {
				// Names, addresses and ids of one run must not meet those of another in the same database.
				h.Members[i].Last += fmt.Sprintf(" %d", run)
			}
			res := putQuietly(b, rt, source, h)
			for i, m := range res.Members {
				told := h.Members[i]
				// Whoever was found under another name was found by the source's own name for them.
				key := PersonKey(told.First, told.Last)
				if was, ok := names[m.ID]; ok && was != key && external[told.External] != m.ID {
					rt.Fatalf("%q and %q are one person", was, key)
				}
				names[m.ID] = key
				if told.External != "" {
					external[told.External] = m.ID
				}
			}
			before := eventCount(b)
			again := putQuietly(b, rt, source, h)
			if n := eventCount(b); n != before || !again.Change().None() {
				rt.Fatalf("told again: %d events more, %+v", n-before, again.Change())
			}
			consistent(b, rt)
		}
	})
}

func putQuietly(b *bundle, rt *rapid.T, source string, h Home) HomeResult {
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
