package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"hearth"
	"hearth/internal/sim/live"
)

type simulateCmd struct {
	Units int    `required:"" placeholder:"N" help:"Homes in the community."`
	Days  int    `required:"" placeholder:"D" help:"Days to live."`
	Seed  uint64 `required:"" placeholder:"S" help:"Every chance hangs on it: the same seed gives the same days."`
	Start string `default:"2025-01-06" placeholder:"DAY" help:"The first day, such as 2025-01-06."`
	JSON  bool   `name:"json" help:"Print JSON."`
}

// Run lives the days and prints what came of them.
func (c *simulateCmd) Run(r *run) (err error) {
	start, err := hearth.ParseDay(c.Start)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "hearth-simulate-")
	if err != nil {
		return fmt.Errorf("make a directory for the days: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	bar := &progress{out: r.errOut}
	res, err := live.Live(r.ctx, live.Options{Dir: dir}, live.Run{Units: c.Units, Seed: c.Seed, Start: start, Days: c.Days,
		Progress: func(day hearth.Day, done float64) { bar.show(day.String(), done, int(day-start)+1) }})
	bar.end()
	if err != nil {
		return err
	}
	if c.JSON {
		enc := json.NewEncoder(r.out)
		enc.SetIndent("", "  ")
		return enc.Encode(res)
	}
	return printResult(r, res)
}

// printResult says in words what came of the days.
func printResult(r *run, res live.Result) error {
	r.printf("%s in %s, %d homes, from %s on for %d days (seed %d).\n\n", res.Community, res.City, res.Units, res.StartDay, res.Days, res.Seed)
	w := r.table()
	w.row("Came in\t%d files and %d events\t%s\n", res.Files, res.Events, counts(res.Outcomes))
	w.row("Decided\t%d decisions in %d runs\t\n", res.Rows["decision"], res.Rows["run"])
	delivered := 0
	for _, n := range res.Messages {
		delivered += n
	}
	w.row("Delivered\t%d messages\t%s\n", delivered, counts(res.Messages))
	undone := ""
	if res.Undone > 0 {
		undone = fmt.Sprintf("%d things were no longer theirs to do", res.Undone)
	}
	w.row("Done by people\t%d of %d tasks\t%s\n", res.Tasks, res.Rows["task"], undone)
	w.row("Said by people\t%d answers\t%d promises kept or not\n", res.Replies, res.Settled)
	if err := w.end(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(r.out, "\ndigest %s\n", res.Digest)
	return err
}

// counts writes "12 answer, 3 service", by name.
func counts(m map[string]int) string {
	parts := make([]string, 0, len(m))
	for _, k := range slices.Sorted(maps.Keys(m)) {
		parts = append(parts, fmt.Sprintf("%d %s", m[k], k))
	}
	return strings.Join(parts, ", ")
}
