package record

import (
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
)

// Whoever is found by an address brings their housemates into view before others are looked for elsewhere: told again,
// the same home would find the housemate, and so it has to the first time.
func TestHousematesGoBeforePeopleElsewhere(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := setup(t, d, clock)
		today := hearth.DayOf(clock.Now(), time.UTC)
		home := func(unit string, from, to hearth.Day, people ...Member) Home {
			return Home{Property: b.oak.ID, Unit: Unit{Label: unit}, Members: people,
				Lease: HomeLease{Start: today + from, End: today + to, MoveIn: today + from, MoveOut: today + to}}
		}
		news := News{Source: "list"}
		together, _ := b.put(news, home("3", -900, -600, person("Ana Ruiz", "shared@example.com", ""), person("Leo Ruiz", "", "")))
		alone, _ := b.put(news, home("2", -900, -600, person("Leo Ruiz", "shared@example.com", "")))
		if together.Members[1].ID == alone.Members[0].ID {
			t.Fatal("the two of one name are one already; the test tells nothing")
		}
		next := home("1", -500, 200, person("Ana Ruiz", "shared@example.com", ""), person("Leo Ruiz", "shared@example.com", "212-555-0101"))
		next.Lease.MoveOut = 0
		first, _ := b.put(news, next)
		again, events := b.put(news, next)
		if first.Members[1].ID != together.Members[1].ID {
			t.Errorf("Ana came with %s, who lived elsewhere, and not with her housemate %s", first.Members[1].ID, together.Members[1].ID)
		}
		if len(events) > 0 || !again.Change().None() || again.Members[1].ID != first.Members[1].ID {
			t.Errorf("told again, it is %+v with %d events; at first %+v", again, len(events), first)
		}
	})
}
