package main

import (
	"encoding/json"

	"hearth"
	"hearth/internal/app"
)

type playbookEffectCmd struct {
	place
	ID   hearth.PlaybookID `arg:"" help:"The playbook's id."`
	JSON bool              `name:"json" help:"Print JSON."`
}

// Run tells what a playbook changed.
func (c *playbookEffectCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		all, err := a.Effect(r.ctx, c.ID)
		if err != nil {
			return err
		}
		if c.JSON {
			enc := json.NewEncoder(r.out)
			enc.SetIndent("", "  ")
			return enc.Encode(all)
		}
		if len(all) == 0 {
			r.printf("No run of %s has a goal that was watched.\n", c.ID)
			return nil
		}
		for _, e := range all {
			r.printf("Version %d, goal: %s\n", e.Version, e.Goal)
			w := r.table()
			w.row("\tRUNS\tOPEN\tREACHED\tMISSED\n")
			w.row("got it\t%d\t%d\t%d\t%d\n", e.Treated.Runs, e.Treated.Open, e.Treated.Reached, e.Treated.Missed)
			w.row("held out\t%d\t%d\t%d\t%d\n", e.HeldOut.Runs, e.HeldOut.Open, e.HeldOut.Reached, e.HeldOut.Missed)
			if err := w.end(); err != nil {
				return err
			}
			r.printf("%s\n\n", e.Verdict)
		}
		return nil
	})
}

type playbookMoveCmd struct {
	place
	ID     hearth.PlaybookID `arg:"" help:"The playbook's id."`
	From   int               `required:"" own:"" help:"The version that the runs are on."`
	To     int               `required:"" help:"The version that they go to."`
	DryRun bool              `name:"dry-run" help:"Only list what would happen."`
}

// Run moves runs to another version.
func (c *playbookMoveCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		m, err := a.MoveRuns(r.ctx, c.ID, c.From, c.To, c.DryRun)
		if err != nil {
			return err
		}
		done := "moved"
		if c.DryRun {
			done = "would move"
		}
		r.printf("%s %s from version %d to version %d:\n", plural(len(m.Moves), "run", "runs"), done, c.From, c.To)
		for _, x := range m.Moves {
			r.printf("  %s  %s, at %s\n", x.Run, x.Resident, x.Step)
		}
		r.printf("%s on version %d:\n", plural(len(m.Stays), "run stays", "runs stay"), c.From)
		for _, x := range m.Stays {
			r.printf("  %s  %s: %s\n", x.Run, x.Resident, x.Because)
		}
		return nil
	})
}

type playbookLintCmd struct{ place }

// Run gives hints about all playbooks.
func (c *playbookLintCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		hints, err := a.Hints(r.ctx)
		if err != nil {
			return err
		}
		if len(hints) == 0 {
			r.printf("There is nothing to remark.\n")
		}
		for _, h := range hints {
			r.printf("%s: %s\n", h.Playbook, h)
		}
		return nil
	})
}
