package live

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"hearth"
	"hearth/internal/sim"
	"hearth/internal/sim/world"
)

// Run says which community lives which days.
type Run struct {
	Units  int
	Seed   uint64 // of the community and of the program
	Start  hearth.Day
	Days   int
	Until  time.Time     // cuts the last day short; zero: it is lived to its end
	Step   time.Duration // see sim.Options, which has the defaults
	Fine   hearth.Day
	Grain  time.Duration // see Options; until Fine
	Silent bool          // leaves out the digest
	Logger *slog.Logger  // nil: silent
	// Progress is called after each day with the share of days that are done; nil: nobody asks.
	Progress func(day hearth.Day, done float64)
}

// Result is what came of a run.
type Result struct {
	Community string     `json:"community"`
	City      string     `json:"city"`
	Zone      string     `json:"zone"`
	Seed      uint64     `json:"seed"`
	Start     hearth.Day `json:"-"`
	StartDay  string     `json:"start"`
	sim.Summary
}

// MaxDays is how many days a run may have.
const MaxDays = 3660

// Live lets a community live in a fresh program whose data is kept as o says; the same run gives the same digest. It fails
// with CodeInvalid for a run that cannot be.
func Live(ctx context.Context, o Options, run Run) (res Result, err error) {
	if run.Days < 1 || run.Days > MaxDays {
		return res, hearth.FieldErrorf("days", "A run has 1 to %d days, not %d.", MaxDays, run.Days)
	}
	w, err := world.New(world.Config{Units: run.Units, Seed: run.Seed, Start: run.Start})
	if err != nil {
		return res, err
	}
	place := w.Property()
	res = Result{Community: place.Name, City: place.City, Zone: place.Zone.String(), Seed: run.Seed, Start: run.Start, StartDay: run.Start.String()}
	o.Seed, o.Start, o.Logger, o.IncludeADay = run.Seed, run.Start.Start(place.Zone), run.Logger, includeADay(run.Units)
	if run.Grain > 0 {
		o.Grain, o.Exact = run.Grain, run.Fine.Start(place.Zone)
	}
	p, err := Open(ctx, o)
	if err != nil {
		return res, fmt.Errorf("open the program: %w", err)
	}
	defer func() { err = errors.Join(err, p.Close(ctx)) }()
	res.Summary, err = sim.Run(ctx, p, w, run.Start+hearth.Day(run.Days), sim.Options{Step: run.Step, Fine: run.Fine, Until: run.Until, Silent: run.Silent, Progress: run.Progress})
	return res, err
}

// includeADay is a pace at which a team of that size can speak with those who were in a playbook's condition before it
// was switched on.
func includeADay(units int) int { return max(1, units/80) }
