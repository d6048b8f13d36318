package main

import (
	"encoding/json"
	"time"

	"hearth/internal/app"
)

type outlookCmd struct {
	Resident outlookResidentCmd `cmd:"" help:"What will reach a resident in the days to come, and why."`
	Noise    outlookNoiseCmd    `cmd:"" help:"How much reaches the residents of a property, and what is loudest."`
	Silence  outlookSilenceCmd  `cmd:"" help:"Why a home got nothing."`
}

const minute = "2006-01-02 15:04"

type outlookResidentCmd struct {
	place
	Resident string `arg:"" help:"The resident's id, Hearth's own or a source's."`
	Days     int    `default:"14" help:"How many days ahead, at most 60."`
	JSON     bool   `name:"json" help:"Print JSON."`
}

// Run looks ahead for one resident.
func (c *outlookResidentCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		x, zone, err := a.Upcoming(r.ctx, c.Resident, c.Days)
		if err != nil {
			return err
		}
		if c.JSON {
			return json.NewEncoder(r.out).Encode(x)
		}
		if x.Stopped != "" {
			r.printf("%s\n", x.Stopped)
		}
		if len(x.Contacts) == 0 {
			r.printf("Nothing is planned until %s, if nothing happens.\n", x.Until.In(zone).Format(time.DateOnly))
		}
		for _, i := range x.Contacts {
			at := "when somebody resumes"
			if !i.At.IsZero() {
				at = i.At.In(zone).Format(minute)
			}
			what := i.Title
			if i.Kind == "message" {
				what = string(i.Class) + " (" + i.Purpose + "): " + i.Subject
			}
			r.printf("%s  %s  %s\n    %s\n", at, i.Outcome, what, i.Reason)
			if i.Why != "" {
				r.printf("    %s\n", i.Why)
			}
			if i.Waiting {
				r.printf("    waits as %s\n", i.Message)
			}
			for _, u := range i.Unless {
				r.printf("    unless: %s\n", u)
			}
		}
		return nil
	})
}

type outlookNoiseCmd struct {
	place
	Property string `arg:"" help:"The property: its id or name."`
	Weeks    int    `default:"4" help:"How many weeks back, at most 13."`
	JSON     bool   `name:"json" help:"Print JSON."`
}

// Run measures.
func (c *outlookNoiseCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		n, err := a.Noise(r.ctx, c.Property, c.Weeks)
		if err != nil {
			return err
		}
		if c.JSON {
			return json.NewEncoder(r.out).Encode(n)
		}
		r.printf("%s may be written to; at most %d in 7 days and %d in 30 of what they may do without.\n\n", plural(n.People, "resident", "residents"), n.Budget.Week, n.Budget.Month)
		w := r.table()
		w.row("WEEK UNTIL\tMESSAGES\tPER RESIDENT\tBY PLAYBOOKS\tBROADCASTS\tPEOPLE\tHEARTH\n")
		for _, x := range n.Weeks {
			w.row("%s\t%d\t%.2f\t%d\t%d\t%d\t%d\n", x.To.Format(time.DateOnly), x.Messages, x.PerHead, x.Sources["playbook"], x.Sources["broadcast"], x.Sources["person"], x.Sources["hearth"])
		}
		w.row("\nLOUDEST\tMESSAGES\tRESIDENTS\tFROM\n")
		for _, x := range n.Loudest {
			w.row("%s\t%d\t%d\t%s\n", x.Name, x.Messages, x.People, x.Source)
		}
		w.row("\nNEAR THE BUDGET\tHOME\t7 DAYS\t30 DAYS\tLEFT\n")
		for _, x := range n.Near {
			w.row("%s\t%s\t%d\t%d\t%d\n", x.Name, x.Home, x.Week, x.Month, x.Left)
		}
		return w.end()
	})
}

type outlookSilenceCmd struct {
	place
	Unit     string `arg:"" help:"The home: its id or label."`
	Property string `placeholder:"NAME" help:"Where, if several homes are called so."`
	Since    string `placeholder:"DATE" help:"A day such as 2026-03-01, or a time; thirty days ago if left out."`
	JSON     bool   `name:"json" help:"Print JSON."`
}

// Run tells why.
func (c *outlookSilenceCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		x, zone, err := a.Silence(r.ctx, c.Unit, c.Property, c.Since)
		if err != nil {
			return err
		}
		if c.JSON {
			return json.NewEncoder(r.out).Encode(x)
		}
		r.printf("%s\n", x.Verdict)
		for _, p := range x.People {
			r.printf("%s: %s went, %d did not.\n", p.Name, plural(p.Went, "message", "messages"), p.Unsaid)
		}
		for _, i := range x.Unsaid {
			what := i.Purpose
			if what == "" {
				what = string(i.Playbook)
			}
			r.printf("%s  %s  %s (%s)\n    %s\n", i.At.In(zone).Format(minute), i.Outcome, i.Name, what, i.Reason)
		}
		return nil
	})
}
