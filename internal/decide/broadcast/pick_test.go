package broadcast

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
)

// A choice is one person's at one property, grows and shrinks by what is said of it, ends with the day, and has an end.
func TestChoicesOfResidents(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		dana, sam := hearth.Actor{Kind: "staff", ID: "stf_1", Name: "Dana"}, hearth.Actor{Kind: "staff", ID: "stf_2"}
		write := func(f func(ctx context.Context, tx *db.Tx) error) {
			t.Helper()
			if err := d.Write(t.Context(), func(tx *db.Tx) error { return f(t.Context(), tx) }); err != nil {
				t.Fatal(err)
			}
		}
		pick := func(who hearth.Actor, at hearth.PropertyID, on, off []hearth.ResidentID) {
			t.Helper()
			write(func(ctx context.Context, tx *db.Tx) error { return Pick(ctx, tx, who, at, on, off) })
		}
		holds := func(when string, who hearth.Actor, at hearth.PropertyID, want ...hearth.ResidentID) {
			t.Helper()
			var got []hearth.ResidentID
			write(func(ctx context.Context, tx *db.Tx) (err error) { got, err = Picked(ctx, tx, who, at); return err })
			if !slices.Equal(got, want) {
				t.Errorf("%s: %s chose %v at %s, want %v", when, who, got, at, want)
			}
		}
		ids := func(s ...hearth.ResidentID) []hearth.ResidentID { return s }
		pick(dana, "oak", ids("a", "b"), nil)
		pick(dana, "oak", ids("b", "c"), ids("a", "x"))
		pick(dana, "elm", ids("e"), nil)
		pick(sam, "oak", ids("s"), nil)
		holds("after two pages", dana, "oak", "b", "c")
		holds("elsewhere", dana, "elm", "e")
		holds("somebody else", sam, "oak", "s")
		clock.Advance(20 * time.Hour)
		pick(dana, "oak", ids("d"), nil)
		clock.Advance(5 * time.Hour)
		holds("worked on within a day", dana, "oak", "b", "c", "d")
		holds("left alone for a day", sam, "oak")
		write(func(ctx context.Context, tx *db.Tx) error { return Unpick(ctx, tx, dana, "oak") })
		holds("written to", dana, "oak")
		many := make([]hearth.ResidentID, MostPicked+3)
		for i := range many {
			many[i] = hearth.ResidentID(fmt.Sprintf("r%04d", i))
		}
		pick(dana, "oak", many, nil)
		holds("more than can be", dana, "oak", many[:MostPicked]...)
	})
}
