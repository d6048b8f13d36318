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

// A property's residents are listed by name, those who moved out apart from the others, each once over all pages.
func TestRoll(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := setup(t, d, clock)
		b.put(News{}, roll("1A", HomeLease{}, person("Zoe Adler", "", ""), person("Ana Ruiz", "", "")))
		b.put(News{}, roll("2B", HomeLease{}, person("Mia Berg", "", "")))
		today := hearth.DayOf(clock.Now(), time.UTC)
		b.put(News{}, roll("3C", HomeLease{MoveIn: today - 400, MoveOut: today - 10}, person("Bo Chen", "", "")))
		elm := roll("9Z", HomeLease{}, person("Al Elsewhere", "", ""))
		elm.Property = b.property("Elm House", "CA", "90001").ID
		b.put(News{}, elm)
		for _, limit := range []int{1, 2, 50} {
			if got := b.roll(false, limit); got != "Ana Mia Zoe" {
				t.Errorf("who lives here, %d at once: %q", limit, got)
			}
			if got := b.roll(true, limit); got != "Bo" {
				t.Errorf("who moved out, %d at once: %q", limit, got)
			}
		}
	})
}

func (b *bundle) roll(past bool, limit int) string {
	b.t.Helper()
	var names []string
	for after, page := hearth.ResidentID(""), 0; page < 10; page++ {
		var p Page
		b.read(func(ctx context.Context, tx *db.Tx) (err error) {
			p, err = b.store.Roll(ctx, tx, b.oak.ID, past, after, limit)
			return err
		})
		for _, c := range p.Items {
			names = append(names, strings.Fields(c.First)[0])
		}
		if after = hearth.ResidentID(p.Next); after == "" {
			break
		}
	}
	return strings.Join(names, " ")
}
