package web

import (
	"context"
	"net/url"
	"testing"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/fact/care"
	"hearth/internal/fact/record"
)

// A pause that was set for one row of a person stands on the person's page, by either address, and is ended from there.
func TestThePauseOfAMergedRow(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		playsOf(t, b)
		ana, twice := b.ana(t), hearth.ResidentID("")
		write := func(f func(ctx context.Context, tx *db.Tx) error) {
			t.Helper()
			if err := d.Write(t.Context(), func(tx *db.Tx) error { return f(t.Context(), tx) }); err != nil {
				t.Fatal(err)
			}
			if err := b.web.Engine.Drain(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		write(func(ctx context.Context, tx *db.Tx) error {
			home, err := b.web.Records.PutHome(ctx, tx, record.News{Source: "other"}, record.Home{Property: b.place(t), Unit: record.Unit{Label: "7C"},
				Members: []record.Member{{Resident: record.Resident{First: "Anita", Last: "Ruiz"}}}, Lease: record.HomeLease{Start: 20000, End: 21000}})
			if err != nil {
				return err
			}
			twice = home.Members[0].ID
			_, err = b.web.Engine.Pause(ctx, tx, hearth.System("test"), care.Pause{What: care.Resident, Target: string(twice), Reason: "She asked for quiet"})
			return err
		})
		write(func(ctx context.Context, tx *db.Tx) error {
			return b.web.Records.MergeResidents(ctx, tx, record.News{}, hearth.ResidentID(ana), twice, "the same telephone")
		})
		b.walk(t, []walk{
			{path: "/residents/" + ana, must: []string{"Everything automatic for Ana is paused", "She asked for quiet"}},
			{path: "/residents/" + string(twice), must: []string{"Everything automatic for Ana is paused"}},
			{path: "/residents?q=Ana+Ruiz", must: []string{"Everything automatic is paused."}},
			{path: "/residents/" + string(twice) + "/resume", form: url.Values{"pause": {b.pause(t)}}, code: 303, must: []string{"Resumed"}},
			{path: "/residents/" + ana, never: []string{"She asked for quiet"}},
		})
	})
}
