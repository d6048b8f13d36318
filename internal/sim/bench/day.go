package bench

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"hearth"
	"hearth/internal/app"
	"hearth/internal/base/db"
)

// dayPart measures how long it takes after midnight until all is decided that the new day makes true, in the usual
// community and in the large one, of which a million homes are made up by rule of three.
func (b *bench) dayPart(ctx context.Context) error {
	large, err := b.largeTown(ctx)
	if err != nil {
		return err
	}
	few, clocks, err := b.days(ctx, b.base, "day")
	if err != nil {
		return err
	}
	many, _, err := b.days(ctx, large, "days")
	if err != nil {
		return err
	}
	million := make([]float64, len(many))
	for i, took := range many {
		million[i] = took / 1000 * 1e6 / float64(large.residents)
	}
	b.add(Figure{Name: "day", What: fmt.Sprintf("the day turns, %d residents and %d playbooks", b.town, active), Unit: "ms", Samples: few, Aim: 50, Most: true})
	b.add(Figure{Name: "day.clocks", What: "  residents at whom it looks", Samples: clocks})
	b.add(Figure{Name: "day.million", What: fmt.Sprintf("  for a million, as with %d", large.residents), Unit: "s", Samples: million, Aim: 60, Most: true})
	return nil
}

// days turns as many days as there are runs, on a copy of the community, and gives how long each took in milliseconds
// and how many clocks had run out. The clock is the program's own; nothing else happens.
func (b *bench) days(ctx context.Context, from *town, name string) (took, clocks []float64, err error) {
	t, err := b.clone(ctx, from, name)
	if err != nil {
		return nil, nil, err
	}
	defer b.drop(t)
	zone, err := time.LoadLocation(townZone)
	if err != nil {
		return nil, nil, err
	}
	clock := hearth.NewVirtualClock(time.Now())
	a, err := app.Open(ctx, t.cfg, app.Options{Clock: clock, Version: b.Version, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, nil, err
	}
	turn := func(day hearth.Day, measure bool) error {
		clock.Set(day.Start(zone).Add(time.Second))
		var n int64
		err := a.DB.Read(ctx, func(tx *db.Tx) error {
			return tx.Row(ctx, `SELECT COUNT(*) FROM due WHERE org = $1 AND kind = $2 AND due_at <= $3`, tx.Org(), "clock", clock.Now()).Scan(&n)
		})
		if err != nil {
			return err
		}
		began := time.Now()
		if err := a.Engine.Drain(ctx); err != nil {
			return err
		}
		if measure {
			took, clocks = append(took, ms(time.Since(began))), append(clocks, float64(n))
		}
		return nil
	}
	today := hearth.DayOf(time.Now(), zone)
	// The first day only brings everything up to date and fills the caches, as in a program that has run for a while.
	for i := range b.runs + 1 {
		if err := turn(today+1+hearth.Day(i), i > 0); err != nil {
			return nil, nil, errors.Join(fmt.Errorf("turn a day: %w", err), a.Close())
		}
	}
	return took, clocks, a.Close()
}
