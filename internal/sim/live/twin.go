package live

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/sim"
	"hearth/internal/sim/world"
)

// TwinRun says how many histories are lived twice, and over which days.
type TwinRun struct {
	Histories int    // of residents who are written to, at least
	Seed      uint64 // of the first community; each further one has the next
	Units     int    // homes in a community; 0: 400
	Start     hearth.Day
	Days      int
	Logger    *slog.Logger
	// Progress is called after each pair of communities with the histories that are done; nil: nobody asks.
	Progress func(histories int)
}

// TwinResult says how the decisions about residents compare with those about their twins.
type TwinResult struct {
	Histories   int            `json:"histories"` // compared, each with its twin
	Communities int            `json:"communities"`
	Seed        uint64         `json:"seed"` // of the first community
	Days        int            `json:"days"`
	Compared    map[string]int `json:"compared"` // decisions, runs, messages and tasks, on one side
	Different   int            `json:"different"`
	Examples    []string       `json:"examples"` // the first differences
}

// maxExamples bounds what is shown of the differences.
const maxExamples = 20

// Twins lives communities twice, with other names, languages, children, ages and needs the second time, and compares all
// that was decided, rendered text apart: what started, what was sent, held and dropped with its class and time, what
// people were asked to do, who got it and by when, under the very same identities.
func Twins(ctx context.Context, run TwinRun) (res TwinResult, err error) {
	if run.Histories < 1 || run.Days < 1 || run.Days > MaxDays {
		return res, hearth.FieldErrorf("histories", "Twins live at least one history over 1 to %d days.", MaxDays)
	}
	if run.Units == 0 {
		run.Units = 400
	}
	res = TwinResult{Seed: run.Seed, Days: run.Days, Compared: map[string]int{}}
	for ; res.Histories < run.Histories; res.Communities++ {
		r := Run{Units: run.Units, Seed: run.Seed + uint64(res.Communities), Start: run.Start, Days: run.Days, Logger: run.Logger}
		if left := run.Histories - res.Histories; left < run.Units {
			r.Units = max(1, left) // a home has more than one history, or one
		}
		var sides [2]map[string][]byte
		for side := range sides {
			if sides[side], err = liveTwin(ctx, r, world.Twin{Other: side == 1}); err != nil {
				return res, fmt.Errorf("community of seed %d, side %d: %w", r.Seed, side+1, err)
			}
		}
		res.compare(r.Seed, sides)
		if run.Progress != nil {
			run.Progress(res.Histories)
		}
	}
	return res, nil
}

// liveTwin lives one side in a directory of its own and gives its decisions by kind and key.
func liveTwin(ctx context.Context, run Run, twin world.Twin) (rows map[string][]byte, err error) {
	dir, err := os.MkdirTemp("", "hearth-twin-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	w, err := world.New(world.Config{Units: run.Units, Seed: run.Seed, Start: run.Start, Twin: &twin})
	if err != nil {
		return nil, err
	}
	place := w.Property()
	p, err := Open(ctx, Options{Dir: dir, Seed: run.Seed, Start: run.Start.Start(place.Zone), Logger: run.Logger, IncludeADay: includeADay(run.Units)})
	if err != nil {
		return nil, fmt.Errorf("open the program: %w", err)
	}
	defer func() { err = errors.Join(err, p.Close(ctx)) }()
	if _, err := sim.Run(ctx, p, w, run.Start+hearth.Day(run.Days), sim.Options{Step: run.Step}); err != nil {
		return nil, err
	}
	err = p.App.DB.Read(ctx, func(tx *db.Tx) error {
		rows, err = twinRows(ctx, tx)
		return err
	})
	return rows, err
}

// historyKind marks the rows that count the residents whom somebody may write to; their roles on both sides must agree.
const historyKind = "history"

// decided is what a twin is compared by: the columns of each table that say what was decided. Left out is what may differ:
// rendered texts, addresses, and reasons in words.
func decided() []struct{ kind, table, columns string } {
	return []struct{ kind, table, columns string }{
		{"decision", "decisions", "id resident property at# stage outcome playbook version# run object"},
		{"message", "messages", "id property resident direction state class purpose topic channel template playbook version# run made# at# error"},
		{"run", "runs", "id property resident playbook version# start_key state ending step# wake_at# waits_for started# ended#"},
		{"task", "tasks", "id property resident kind checklist asks role owner state minutes# due_at# escalation escalated# playbook run facts made# " +
			"closed# closed_by"},
	}
}

func twinRows(ctx context.Context, tx *db.Tx) (map[string][]byte, error) {
	out := map[string][]byte{}
	for _, d := range decided() {
		rows, err := dumpTable(ctx, tx, d.kind, d.table, strings.Fields(d.columns))
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", d.table, err)
		}
		for _, r := range rows {
			out[r.Kind+" "+r.Key] = r.Body
		}
	}
	people, err := dumpTable(ctx, tx, historyKind, "residents", []string{"id", "role"})
	if err != nil {
		return nil, fmt.Errorf("read residents: %w", err)
	}
	for _, r := range people {
		role := hearth.HouseholdRole(strings.TrimSuffix(strings.SplitN(string(r.Body), `","`, 2)[1], `"]`))
		if role.Addressable() {
			out[r.Kind+" "+r.Key] = r.Body
		}
	}
	return out, nil
}

// compare takes one pair of communities in.
func (res *TwinResult) compare(seed uint64, sides [2]map[string][]byte) {
	keys := map[string]bool{}
	for _, side := range sides {
		for k := range side {
			keys[k] = true
		}
	}
	for _, k := range slices.Sorted(maps.Keys(keys)) {
		a, b := sides[0][k], sides[1][k]
		if kind, _, _ := strings.Cut(k, " "); kind == historyKind {
			res.Histories++
		} else if a != nil {
			res.Compared[kind]++
		}
		if bytes.Equal(a, b) && (a == nil) == (b == nil) {
			continue
		}
		res.Different++
		if len(res.Examples) < maxExamples {
			res.Examples = append(res.Examples, fmt.Sprintf("seed %d, %s: %s, with the twin %s", seed, k, said(a), said(b)))
		}
	}
}

func said(row []byte) string {
	if row == nil {
		return "none"
	}
	return string(row)
}
