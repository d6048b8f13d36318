package main

import (
	"encoding/json"
	"errors"
	"runtime/debug"
	"time"

	"hearth"
	"hearth/internal/app"
	"hearth/internal/sim/live"
)

type playbookSimulateCmd struct {
	place
	ID       string `arg:"" help:"Id of a playbook that is switched on or shipped, or a file."`
	From     string `required:"" own:"" placeholder:"DATE" help:"The first day, such as 2026-03-01."`
	To       string `required:"" placeholder:"DATE" help:"The last day, included."`
	Property string `placeholder:"NAME" help:"The property to try it on; not needed where there is only one."`
	Units    int    `placeholder:"N" help:"Try it on a generated community of so many homes instead of recorded days; with --data or --database the playbooks are on that are on there, else all shipped ones."`
	Seed     uint64 `default:"1" placeholder:"S" help:"Another seed gives another community."`
	JSON     bool   `name:"json" help:"Print JSON, with all weeks, residents and reasons."`
}

// Run tries the playbook on recorded or generated days and tells what came of it.
func (c *playbookSimulateCmd) Run(r *run) error {
	t, err := c.days()
	if err != nil {
		return err
	}
	// Somebody waits: for these seconds memory is cheaper than time.
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	bar := &progress{out: r.errOut}
	t.Progress = func(stage string, done float64) { bar.show(stage, done, 0) }
	began := time.Now()
	var report *app.TrialReport
	if c.Units > 0 {
		report, err = c.generated(r, bar, t)
	} else {
		err = r.with(func(a *app.App) error {
			report, err = a.Try(r.ctx, t)
			return err
		})
	}
	bar.end()
	switch {
	case r.ctx.Err() != nil:
		return errors.Join(r.ctx.Err(), err) // broken off
	case err != nil:
		return hearth.Errorf(hearth.CodeOf(err), "%s", located(err))
	}
	r.warnf("Took %.1f s. Nothing was sent or changed.\n", time.Since(began).Seconds())
	if c.JSON {
		enc := json.NewEncoder(r.out)
		enc.SetIndent("", "  ")
		return enc.Encode(report)
	}
	return report.Write(r.out)
}

// generated tries it on a generated community, in which the playbooks are on that are on here; where no data is named, all
// that are shipped.
func (c *playbookSimulateCmd) generated(r *run, bar *progress, t app.Trial) (*app.TrialReport, error) {
	town := live.Community{Units: c.Units, Seed: c.Seed, Progress: func(done float64) { bar.show("Living the community's days", done, 0) }}
	if c.Data != "" || c.Database != "" {
		err := r.with(func(a *app.App) (err error) {
			town.Playbooks, err = a.SwitchedOn(r.ctx)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return town.Try(r.ctx, "", t)
}

func (c *playbookSimulateCmd) days() (t app.Trial, err error) {
	if c.Units < 0 {
		return t, hearth.FieldErrorf("units", "A community has at least one home.")
	}
	t = app.Trial{Playbook: c.ID, Property: c.Property}
	if t.From, err = hearth.ParseDay(c.From); err != nil {
		return t, hearth.FieldErrorf("from", "%q is not a day like 2026-03-01.", c.From)
	}
	if t.To, err = hearth.ParseDay(c.To); err != nil {
		return t, hearth.FieldErrorf("to", "%q is not a day like 2026-03-01.", c.To)
	}
	return t, nil
}
