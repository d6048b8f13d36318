package main

import (
	"encoding/json"

	"hearth/internal/app"
)

type doorsCmd struct {
	place
	Property string `arg:"" help:"The property: its id or name."`
	JSON     bool   `name:"json" help:"Print JSON."`
}

// Run lists the addresses that stand at doors; a home's is made the first time.
func (c *doorsCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		all, err := a.Doors(r.ctx, c.Property)
		if err != nil {
			return err
		}
		if c.JSON {
			return json.NewEncoder(r.out).Encode(all)
		}
		w := r.table()
		w.row("HOME\tADDRESS\n")
		for _, d := range all {
			w.row("%s\t%s\n", d.Home, d.Address)
		}
		return w.end()
	})
}
