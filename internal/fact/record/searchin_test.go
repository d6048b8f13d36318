package record

import (
	"context"
	"testing"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
)

// A search at some properties is full of theirs: who lives elsewhere uses nothing of the limit up.
func TestSearchAtProperties(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := setup(t, d, clock)
		elm := b.property("Elm House", "CA", "90001")
		b.put(News{}, roll("4B", HomeLease{}, person("Ana Ruiz", "", ""), person("Ana Reyes", "", "")))
		far := roll("9Z", HomeLease{}, person("Ana Berg", "", ""), person("Ana Bauer", "", ""), person("Ana Wolf", "", ""))
		far.Property = elm.ID
		b.put(News{}, far)
		for name, c := range map[string]struct {
			at   []hearth.PropertyID
			q    string
			want int
		}{
			"here": {[]hearth.PropertyID{b.oak.ID}, "ana", 2}, "there": {[]hearth.PropertyID{elm.ID}, "ana", 3}, "both": {[]hearth.PropertyID{b.oak.ID, elm.ID}, "ana", 5},
			"everywhere": {nil, "ana", 5}, "nowhere": {[]hearth.PropertyID{}, "ana", 0}, "everybody here": {[]hearth.PropertyID{b.oak.ID}, "", 2}, "a home elsewhere": {[]hearth.PropertyID{b.oak.ID}, "9Z", 0},
		} {
			pages, n := 0, 0
			for cursor := ""; pages == 0 || cursor != ""; pages++ {
				b.read(func(ctx context.Context, tx *db.Tx) error {
					page, err := b.store.SearchIn(ctx, tx, c.at, c.q, cursor, 1)
					for _, who := range page.Items {
						if c.at != nil && who.Property != c.at[0] && who.Property != c.at[len(c.at)-1] {
							t.Errorf("%s: %s lives elsewhere", name, who.Name())
						}
					}
					n, cursor = n+len(page.Items), page.Next
					return err
				})
			}
			if n != c.want || pages != max(1, c.want) {
				t.Errorf("%s: %d found on %d pages, want %d, one on each", name, n, pages, c.want)
			}
		}
	})
}
