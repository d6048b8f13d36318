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

// A small world in which everything clashes: few units, names and addresses, all shared.
func drawHome(t *rapid.T, property hearth.PropertyID) Home {
	date := func(name string) hearth.Day {
		return rapid.SampledFrom([]hearth.Day{0, day("2024-06-01"), day("2025-05-31"), day("2025-06-01"), day("2026-02-20"),
			day("2026-05-31"), day("2026-06-01"), day("2027-05-31")}).Draw(t, name)
	}
	l := HomeLease{Start: date("start"), End: date("end"), MoveIn: date("move in"), MoveOut: date("move out"),
		RentCents: rapid.SampledFrom([]int64{0, 100000, 110000}).Draw(t, "rent"),
		Status:    rapid.SampledFrom([]Status{"", StatusCurrent, StatusFuture, StatusPast, StatusApplicant, ToldNotice}).Draw(t, "status")}
	if l.End != 0 && l.End < l.Start {
		l.Start, l.End = l.End, l.Start
	}
	if l.MoveOut != 0 && l.MoveOut < l.MoveIn {
		l.MoveIn, l.MoveOut = l.MoveOut, l.MoveIn
	}
	h := Home{Property: property, Unit: Unit{Label: rapid.SampledFrom([]string{"1", "2", "3"}).Draw(t, "unit")}, Lease: l,
		Clears: rapid.SampledFrom([][]string{nil, {"notice_on", "move_out"}}).Draw(t, "clears")}
	for i := range rapid.IntRange(1, 3).Draw(t, "members") {
		h.Members = append(h.Members, drawMember(t, i))
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
	run := 0
	rapid.Check(t, func(rt *rapid.T) {
		b := setup(t, d, clock)
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
