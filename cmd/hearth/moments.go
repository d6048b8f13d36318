package main

import (
	"encoding/json"

	"hearth/internal/app"
)

type momentsCmd struct {
	List momentsListCmd `cmd:"" help:"List the moments with emotion, frequency and impact, and the depth that follows."`
}

type momentsListCmd struct {
	place
	Property string `placeholder:"NAME" help:"The map as it is at a property; the organization's if left out."`
	JSON     bool   `name:"json" help:"Print JSON."`
}

// Run lists the map of moments.
func (c *momentsListCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		list, err := a.Moments(r.ctx, c.Property)
		if err != nil {
			return err
		}
		if c.JSON {
			return json.NewEncoder(r.out).Encode(list)
		}
		w := r.table()
		w.row("MOMENT\tEMOTION\tFREQUENCY\tIMPACT\tDEPTH\tWHY\n")
		for _, m := range list {
			w.row("%s\t%s\t%s\t%s\t%s\t%s\n", m.Name, m.Emotion, m.Frequency, m.Impact, m.Depth, m.Because)
		}
		return w.end()
	})
}
