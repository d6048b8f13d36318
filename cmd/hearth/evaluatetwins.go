package main

import (
	"encoding/json"
	"fmt"

	"hearth"
	"hearth/internal/sim/live"
)

type evaluateTwinsCmd struct {
	Histories int    `default:"300" placeholder:"N" help:"Histories of residents that are lived twice, at least."`
	Seed      uint64 `default:"1" placeholder:"S" help:"Every chance hangs on it."`
	Days      int    `default:"120" placeholder:"D" help:"Days to live."`
	Start     string `default:"2025-01-06" placeholder:"DAY" help:"The first day, such as 2025-01-06."`
	JSON      bool   `name:"json" help:"Print JSON."`
}

// Run lives the histories and their twins; it fails if any decision differs.
func (c *evaluateTwinsCmd) Run(r *run) error {
	start, err := hearth.ParseDay(c.Start)
	if err != nil {
		return err
	}
	bar := &progress{out: r.errOut}
	res, err := live.Twins(r.ctx, live.TwinRun{Histories: c.Histories, Seed: c.Seed, Start: start, Days: c.Days,
		Progress: func(n int) { bar.show(fmt.Sprintf("%d histories", n), min(1, float64(n)/float64(c.Histories)), n) }})
	bar.end()
	if err != nil {
		return err
	}
	if c.JSON {
		enc := json.NewEncoder(r.out)
		enc.SetIndent("", "  ")
		err = enc.Encode(res)
	} else {
		r.printf("%d histories in %s, lived twice over %d days from seed %d on: with other names, languages, children, ages and needs the second time.\n",
			res.Histories, plural(res.Communities, "community", "communities"), res.Days, res.Seed)
		r.printf("Compared: %s. Different: %d.\n", counts(res.Compared), res.Different)
		for _, e := range res.Examples {
			r.printf("  %s\n", e)
		}
	}
	if err == nil && res.Different > 0 {
		err = hearth.Errorf(hearth.CodeInternal, "%s differ from those about a twin. What somebody is must decide nothing; see the examples.",
			plural(res.Different, "decision", "decisions"))
	}
	return err
}
