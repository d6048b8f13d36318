package main

import (
	"encoding/json"
	"runtime/debug"
	"time"

	"hearth"
	"hearth/internal/app"
)

type playbookSimulateCmd struct {
	place
	ID       string `arg:"" help:"Id of a playbook that is switched on or shipped, or a file."`
	From     string `required:"" own:"" placeholder:"DATE" help:"The first day, such as 2026-03-01."`
	To       string `required:"" placeholder:"DATE" help:"The last day, included."`
	Property string `placeholder:"NAME" help:"The property to try it on; not needed where there is only one."`
	JSON     bool   `name:"json" help:"Print JSON, with all weeks, residents and reasons."`
}

// Run tries the playbook on recorded days and tells what came of it.
func (c *playbookSimulateCmd) Run(r *run) error {
	t, err := c.days()
	if err != nil {
		return err
	}
	return r.with(func(a *app.App) error {
		return c.try(r, a, t)
	})
}

func (c *playbookSimulateCmd) days() (t app.Trial, err error) {
	t = app.Trial{Playbook: c.ID, Property: c.Property}
	if t.From, err = hearth.ParseDay(c.From); err != nil {
		return t, hearth.FieldErrorf("from", "%q is not a day like 2026-03-01.", c.From)
	}
	if t.To, err = hearth.ParseDay(c.To); err != nil {
		return t, hearth.FieldErrorf("to", "%q is not a day like 2026-03-01.", c.To)
	}
	return t, nil
}

func (c *playbookSimulateCmd) try(r *run, a *app.App, t app.Trial) error {
	// Somebody waits: for these seconds memory is cheaper than time.
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	bar := &progress{out: r.errOut}
	began := time.Now()
	t.Progress = func(stage string, done float64) { bar.show(stage, done, 0) }
	report, err := a.Try(r.ctx, t)
	bar.end()
	if err != nil {
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
