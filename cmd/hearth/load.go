package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"hearth"
	"hearth/internal/app"
)

type taskLoadCmd struct {
	place
	Property string `placeholder:"NAME" help:"One property, by name or id; all if left out."`
	Days     int    `default:"14" help:"How many days from today."`
	JSON     bool   `name:"json" help:"Print JSON."`
}

// Run prints the load of the coming days.
func (c *taskLoadCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		all, err := a.Load(r.ctx, c.Property, c.Days)
		if err != nil {
			return err
		}
		if c.JSON {
			return json.NewEncoder(r.out).Encode(all)
		}
		for _, f := range all {
			w := r.table()
			head := "\n" + f.Name
			for d := range f.Days {
				day := f.From + hearth.Day(d)
				head += fmt.Sprintf("\t%s %s", day.Weekday().String()[:2], day.String()[5:])
			}
			w.row("%s\n", head)
			for _, p := range f.People {
				line := p.Name
				for _, d := range p.Days {
					switch {
					case d.Minutes == 0 && d.Given == 0:
						line += "\t-"
					case d.Given > d.Minutes:
						line += fmt.Sprintf("\t%d/%d!", d.Given, d.Minutes)
					default:
						line += fmt.Sprintf("\t%d/%d", d.Given, d.Minutes)
					}
				}
				w.row("%s\n", line)
			}
			for _, q := range f.Queue {
				w.row("queue of the %s%s\n", roleWords(q.Role), columnsOf(q.Minutes))
			}
			for _, q := range f.Expected {
				w.row("expected: %s%s\n", roleWords(q.Role), columnsOf(q.Minutes))
			}
			if err := w.end(); err != nil {
				return err
			}
		}
		_, err = fmt.Fprintf(r.out, "\nMinutes given / minutes to give; ! is more than there is. %s\n", app.CapacityNote)
		return err
	})
}

func roleWords(r hearth.Role) string { return strings.ReplaceAll(string(r), "_", " ") }

func columnsOf(minutes []int) string {
	out := ""
	for _, m := range minutes {
		out += fmt.Sprintf("\t%d", m)
	}
	return out
}

type staffCmd struct {
	Away staffAwayCmd `cmd:"" help:"Tell that somebody of the team is away; their tasks are handed on."`
}

type staffAwayCmd struct {
	place
	Who    string `arg:"" help:"A staff member's name, e-mail address or id."`
	From   string `arg:"" help:"The first day off, such as 2026-11-21."`
	To     string `arg:"" optional:"" help:"The last day off; the first if left out."`
	Reason string `placeholder:"TEXT" help:"For people; it takes no part in any decision."`
}

// Run records an absence.
func (c *staffAwayCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		name, err := a.Away(r.ctx, c.Who, c.From, c.To, c.Reason)
		if err != nil {
			return err
		}
		last := c.To
		if last == "" {
			last = c.From
		}
		_, err = fmt.Fprintf(r.out, "%s is away from %s to %s. What cannot wait is handed on when it begins.\n", name, c.From, last)
		return err
	})
}
