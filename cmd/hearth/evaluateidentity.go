package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"hearth"
	"hearth/internal/app"
	"hearth/internal/sim/census"
)

type evaluateIdentityCmd struct {
	Records  []string `name:"records" placeholder:"FILE" help:"Lists of people whose truth is known (CSV, .gz too); repeat the flag for several."`
	Labels   string   `placeholder:"FILE" help:"Pairs that people judged, for the one list given: only these count."`
	Generate int      `placeholder:"N" help:"Generate N people with the quirks of rent rolls."`
	Size     int      `placeholder:"N" help:"Generate N records, to take the time."`
	Seed     []uint64 `default:"1" placeholder:"S" help:"Seeds of the generated people; repeat the flag for several."`
	Bins     bool     `help:"Show how often each range of probability was right, and what the wrong ones were."`
	JSON     bool     `name:"json" help:"Print JSON."`
}

// Run measures each list and prints a line for it at the automatic threshold and one at the proposal threshold.
func (c *evaluateIdentityCmd) Run(r *run) error {
	lists, err := c.lists()
	if err != nil {
		return err
	}
	var results []census.Result
	for _, l := range lists {
		if err := r.ctx.Err(); err != nil {
			return fmt.Errorf("evaluate: %w", err)
		}
		results = append(results, census.Measure(l, app.SystemClock{}))
	}
	if c.JSON {
		enc := json.NewEncoder(r.out)
		enc.SetIndent("", "  ")
		return enc.Encode(results)
	}
	return c.print(r, results)
}

func (c *evaluateIdentityCmd) lists() ([]*census.List, error) {
	var lists []*census.List
	for _, path := range c.Records {
		l, err := census.ReadList(path)
		if err != nil {
			return nil, err
		}
		lists = append(lists, l)
	}
	if c.Labels != "" {
		if len(lists) != 1 {
			return nil, hearth.Errorf(hearth.CodeInvalid, "Judged pairs belong to one list: give one --records with --labels.")
		}
		if err := lists[0].ReadLabels(c.Labels); err != nil {
			return nil, err
		}
	}
	for _, n := range []struct {
		number int
		make   func(int, uint64) (*census.List, error)
	}{{c.Generate, census.Generate}, {c.Size, census.Sized}} {
		if n.number <= 0 {
			continue
		}
		for _, seed := range c.Seed {
			l, err := n.make(n.number, seed)
			if err != nil {
				return nil, err
			}
			lists = append(lists, l)
		}
	}
	if len(lists) == 0 {
		return nil, hearth.Errorf(hearth.CodeInvalid, "There is nothing to measure: give --records FILE, --generate N or --size N.")
	}
	return lists, nil
}

func (c *evaluateIdentityCmd) print(r *run, results []census.Result) error {
	w := r.table()
	w.row("LIST\tRECORDS\tPAIRS\tTHRESHOLD\tFOUND\tWRONG\tMISSED\tPRECISION\tRECALL\tF1\tCOMPARED\tTIME\n")
	for _, x := range results {
		w.row("%s\t%d\t%d\tautomatic\t%s\t%d\t%.1f s\n", x.Name, x.Records, x.Pairs, cells(x.Automatic), x.Compared, x.Seconds)
		w.row("\t\t\tproposal\t%s\t\t\n", cells(x.Proposed))
	}
	if err := w.end(); err != nil || !c.Bins {
		return err
	}
	for _, x := range results {
		r.printf("\n%s: the search compared %.2f %% of the true pairs; calibration error %.4f.\n", x.Name, 100*x.Reachable, x.Error)
		w = r.table()
		w.row("PROBABILITY FROM\tPAIRS\tSAID\tOBSERVED\n")
		for _, b := range x.Bins {
			w.row("%g\t%d\t%.4f\t%.4f\n", b.From, b.Pairs, b.Said, b.Observed)
		}
		if err := w.end(); err != nil {
			return err
		}
		r.printf("Wrong at the proposal threshold: %s. Wrong automatically: %s.\n", byQuirk(x.WrongBy), byQuirk(x.WrongAuto))
	}
	return nil
}

func cells(c census.Count) string {
	return fmt.Sprintf("%d\t%d\t%d\t%.4f\t%.4f\t%.4f", c.Found, c.Wrong, c.Missed, c.Precision, c.Recall, c.F1)
}

func byQuirk(m map[string]int) string {
	if len(m) == 0 {
		return "none"
	}
	var parts []string
	for _, q := range slices.Sorted(maps.Keys(m)) {
		parts = append(parts, fmt.Sprintf("%d %s", m[q], q))
	}
	return strings.Join(parts, ", ")
}
