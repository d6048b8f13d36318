package main

import (
	"hearth"
	"hearth/internal/app"
)

type playbookRetireCmd struct {
	place
	ID hearth.PlaybookID `arg:"" help:"The playbook."`
}

// Run switches a playbook off.
func (c *playbookRetireCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		got, err := a.Engine.Retire(r.ctx, c.ID)
		if err != nil {
			return err
		}
		if got.Changed {
			r.printf("%s is off.", got.Playbook)
		} else {
			r.printf("%s was off already.", got.Playbook)
		}
		if got.Runs > 0 {
			r.printf(" %s on to their own end; hearth pause playbook stops them.", plural(got.Runs, "run goes", "runs go"))
		}
		r.printf("\n")
		return nil
	})
}
