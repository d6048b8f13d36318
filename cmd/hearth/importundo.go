package main

import (
	"encoding/json"
	"strings"
	"time"

	"hearth/internal/app"
)

type importListCmd struct {
	place
	Property string `placeholder:"NAME" help:"Only of this property."`
}

// Run lists imports, the newest first.
func (c *importListCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		all, err := a.Imports(r.ctx, c.Property)
		if err != nil {
			return err
		}
		if len(all) == 0 {
			r.printf("%s\n", "Nothing was brought in yet.")
			return r.unsaid
		}
		t := r.table()
		for _, s := range all {
			state := s.State
			switch s.Undo {
			case "":
			case app.UndoDone:
				state = "taken back"
			default:
				state = "being taken back"
			}
			t.row("%s\t%s\t%s\t%s of %s\t%s\t%d added, %d changed, %d set aside\t%s\n", s.Import, s.Started.Format("2006-01-02 15:04"), s.Name, s.Kind, s.Source,
				strings.Join(s.Files, ", "), s.Counts.Added, s.Counts.Changed, s.Counts.Quarantined, state)
		}
		return t.end()
	})
}

type importUndoCmd struct {
	place
	ID     string `arg:"" help:"The import; hearth import list names them."`
	DryRun bool   `name:"dry-run" help:"Say what would go and what would stay; change nothing."`
	JSON   bool   `name:"json" help:"Print JSON."`
}

// Run takes an import back.
func (c *importUndoCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		u, err := a.LookUndo(r.ctx, c.ID)
		if err != nil {
			return err
		}
		before := u.State
		if !c.DryRun && u.State != app.UndoDone {
			bar := &progress{out: r.errOut}
			u, err = a.UndoImport(r.ctx, c.ID, func(done float64) { bar.show("taking back", done, 0) })
			bar.end()
			if err != nil {
				return err
			}
		}
		if c.JSON {
			return json.NewEncoder(r.out).Encode(u)
		}
		printUndo(r, u, before == app.UndoDone)
		return r.unsaid
	})
}

func printUndo(r *run, u *app.ImportUndo, already bool) {
	gone := "were taken back"
	switch {
	case u.State == app.UndoImpossible:
		r.printf("This import can't be taken back. %s\n", u.Why)
		return
	case u.State == app.UndoPossible:
		gone = "would be taken back (nothing was changed)"
		r.printf("It can be taken back until %s.\n", u.Until.Format(time.DateOnly))
	case already:
		r.printf("It was taken back already, on %s.\n", u.Finished.Format(time.DateOnly))
	}
	n := u.Counts
	r.printf("%d residents, %d leases, %d homes, %d of the team and %d work orders that it had made, and what it had changed in %d records, %s.\n",
		n.Residents, n.Leases, n.Homes, n.Team, n.WorkOrders, n.Changed, gone)
	if len(u.Reasons) == 0 {
		return
	}
	r.printf("%s\n", "What can't be taken back stays:")
	for _, s := range u.Reasons {
		r.printf("  %d × %s: %s\n", s.N, s.What, s.Why)
	}
	for i, s := range u.Stays {
		if i == maxLines {
			r.printf("  and %d more; --json names a hundred\n", len(u.Stays)-maxLines)
			break
		}
		r.printf("  %s %s: %s\n", s.What, s.Name, s.Why)
	}
}
