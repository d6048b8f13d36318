package workorder

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/fact/record"
)

// TestHistoriesAreHistories: many at once are told what each alone is told, whoever asked and wherever, at the same moment too.
func TestHistoriesAreHistories(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b, chance := setup(t, d, clock), rand.New(rand.NewPCG(1, 2))
		homes := map[hearth.ResidentID]hearth.UnitID{b.ana: b.unit, b.leo: "", "res_nobody": ""}
		units := []hearth.UnitID{b.unit, ""}
		who := []hearth.ResidentID{b.ana, b.leo, ""}
		b.write(func(ctx context.Context, tx *db.Tx) error {
			for i := range 3 {
				home, err := b.records.PutHome(ctx, tx, record.News{}, record.Home{Property: b.oak, Unit: record.Unit{Label: fmt.Sprint("N", i)},
					Members: []record.Member{{Resident: record.Resident{First: "Neighbour", Last: fmt.Sprint(i)}}}})
				if err != nil {
					return err
				}
				homes[home.Members[0].ID] = home.Unit
				units, who = append(units, home.Unit), append(who, home.Members[0].ID)
			}
			return nil
		})
		for i := range 60 {
			o := Order{Property: b.oak, Unit: units[chance.IntN(len(units))], Resident: who[chance.IntN(len(who))], Description: fmt.Sprint("Thing ", i)}
			b.open(record.News{Time: clock.Now().Add(-time.Duration(chance.IntN(5)) * time.Hour)}, o)
		}
		b.write(func(ctx context.Context, tx *db.Tx) error {
			for _, limit := range []int{1, 4, 100} {
				all, err := b.orders.Histories(ctx, tx, homes, limit)
				if err != nil {
					return err
				}
				for id, unit := range homes {
					alone, err := b.orders.History(ctx, tx, unit, id, limit)
					if err != nil {
						return err
					}
					if len(all[id])+len(alone) > 0 && !reflect.DeepEqual(all[id], alone) {
						t.Errorf("the newest %d of %s: together %d, alone %d: %+v and %+v", limit, id, len(all[id]), len(alone), all[id], alone)
					}
				}
			}
			return nil
		})
	})
}
