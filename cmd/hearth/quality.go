package main

import (
	"encoding/json"
	"fmt"

	"hearth/internal/app"
)

type qualityCmd struct {
	place
	Property string `placeholder:"NAME" help:"The property; the only one if none is named."`
	JSON     bool   `name:"json" help:"Print JSON."`
}

// Run prints how complete the data of a property is, and what to put right.
func (c *qualityCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		rep, err := a.Quality(r.ctx, c.Property)
		if err != nil {
			return err
		}
		if c.JSON {
			enc := json.NewEncoder(r.out)
			enc.SetIndent("", "  ")
			return enc.Encode(rep)
		}
		w := r.table()
		w.row("FIELD\tKNOWN\tOF\t\n")
		for _, f := range rep.Fields {
			w.row("%s\t%d\t%d\t%s\n", f.Name, f.Have, f.Of, share(f.Have, f.Of))
		}
		w.row("\t\t\t\n")
		if err := w.end(); err != nil {
			return err
		}
		if len(rep.Findings) == 0 {
			r.printf("Nothing is missing where it matters next, and nothing contradicts itself.\n")
			return nil
		}
		w = r.table()
		w.row("MATTERS ON\tABOUT\tWHAT\n")
		for _, f := range rep.Findings {
			on := f.On
			if on == "" {
				on = "now"
			}
			w.row("%s\t%s\t%s\n", on, f.Name, f.Says)
		}
		return w.end()
	})
}

// share writes a part as whole percent, rounded down so that only all of it is 100 %.
func share(have, of int) string {
	if of == 0 {
		return ""
	}
	return fmt.Sprintf("%d %%", 100*have/of)
}
