package live

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"hearth"
	"hearth/internal/app"
)

// livedBefore is how many days a community lives before the first day that a playbook is tried on: long enough for runs to
// be under way.
const livedBefore = 90

// Community is a generated one to try a playbook on.
type Community struct {
	Units int
	Seed  uint64
	// Playbooks are the texts that are switched on in it, by id; nil: all that are shipped.
	Playbooks map[hearth.PlaybookID][]byte
	// Progress is told the share of its days that are lived; nil: nobody asks.
	Progress func(done float64)
}

// MaxTrialUnits is how many homes a community may have that a playbook is tried on.
const MaxTrialUnits = 2000

// Try generates the community, has it live until the last day of the trial, and tries the playbook on it. Everything lies in
// a directory of its own below dir ("": the system's for temporary files) and is gone at the end.
func (c Community) Try(ctx context.Context, dir string, t app.Trial) (report *app.TrialReport, err error) {
	if c.Units < 1 || c.Units > MaxTrialUnits {
		return nil, hearth.FieldErrorf("units", "A community to try a playbook on has 1 to %d homes.", MaxTrialUnits)
	}
	days := int(t.To-t.From) + 1
	switch {
	case days < 1:
		return nil, hearth.FieldErrorf("to", "The last day, %s, lies before the first, %s.", t.To, t.From)
	case days > MaxDays:
		return nil, hearth.FieldErrorf("to", "A community lives 1 to %d days; from %s to %s are %d.", MaxDays, t.From, t.To, days)
	}
	parent, err := os.MkdirTemp(dir, "hearth-community-")
	if err != nil {
		return nil, fmt.Errorf("make a directory for the community: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(parent)) }()
	run := Run{Units: c.Units, Seed: c.Seed, Start: t.From - livedBefore, Days: days + livedBefore}
	if c.Progress != nil {
		run.Progress = func(_ hearth.Day, done float64) { c.Progress(done) }
	}
	data := filepath.Join(parent, "data")
	if _, err := Live(ctx, Options{Dir: data, Playbooks: c.Playbooks}, run); err != nil {
		return nil, fmt.Errorf("generate the community: %w", err)
	}
	p, err := Open(ctx, Options{Dir: data, Seed: c.Seed, Start: (t.To + 2).Start(time.UTC)})
	if err != nil {
		return nil, fmt.Errorf("open the community: %w", err)
	}
	defer func() { err = errors.Join(err, p.Close(ctx)) }()
	if report, err = p.App.Try(ctx, t); err != nil {
		return nil, err
	}
	report.Generated = fmt.Sprintf("%d homes, seed %d", c.Units, c.Seed)
	return report, nil
}

// OnCommunity tries a playbook on a generated community in which the given playbooks are on: what the API asks for.
func OnCommunity(ctx context.Context, units int, seed uint64, on map[hearth.PlaybookID][]byte, t app.Trial) (*app.TrialReport, error) {
	c := Community{Units: units, Seed: seed, Playbooks: on}
	if t.Progress != nil {
		c.Progress = func(done float64) { t.Progress("Living the community's days", done) }
	}
	return c.Try(ctx, "", t)
}
