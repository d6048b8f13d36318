package main

import (
	"encoding/json"
	"fmt"

	"hearth/internal/app"
)

type heardCmd struct {
	List    heardListCmd    `cmd:"" help:"List what residents said that would make a preference, with their words."`
	Keep    heardKeepCmd    `cmd:"" help:"It is so: it becomes a preference."`
	Decline heardDeclineCmd `cmd:"" help:"It is not so, or not to be kept; it is not proposed again."`
}

type heardListCmd struct {
	place
	Resident string `placeholder:"ID" help:"Everything that was heard from one resident, decided or not: Hearth's id, or one that a source uses."`
	Property string `placeholder:"NAME" help:"Only what residents of this property said."`
	JSON     bool   `name:"json" help:"Print JSON."`
}

// Run lists what waits for a decision.
func (c *heardListCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		lines, err := a.Heard(r.ctx, c.Resident, c.Property)
		if err != nil {
			return err
		}
		if c.JSON {
			return json.NewEncoder(r.out).Encode(lines)
		}
		if len(lines) == 0 {
			_, err := fmt.Fprintln(r.out, "Nothing that was heard waits for a decision.")
			return err
		}
		for _, l := range lines {
			what := l.Kind + ": " + l.Value
			switch {
			case l.Ended:
				what += ", so no longer"
			case l.Was != "":
				what += ", until now: " + l.Was
			}
			r.printf("%s  %s\n    %s\n    \"%s\" (%s, %s; sure to %.0f %%; %s)\n", l.ID, l.Name, what, l.Words, l.Type, l.Said[:10], 100*l.Confidence, l.State)
		}
		return nil
	})
}

type heardKeepCmd struct {
	place
	ID string `arg:"" help:"What was heard."`
	As string `placeholder:"WHO" help:"Who says so: a staff member's name, e-mail address or id."`
}

// Run keeps it.
func (c *heardKeepCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		if err := a.DecideHeard(r.ctx, c.As, c.ID, true); err != nil {
			return err
		}
		_, err := fmt.Fprintln(r.out, "It is a preference now, with the time when it was said.")
		return err
	})
}

type heardDeclineCmd struct {
	place
	ID string `arg:"" help:"What was heard."`
	As string `placeholder:"WHO" help:"Who says so: a staff member's name, e-mail address or id."`
}

// Run declines it.
func (c *heardDeclineCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		if err := a.DecideHeard(r.ctx, c.As, c.ID, false); err != nil {
			return err
		}
		_, err := fmt.Fprintln(r.out, "Declined. It is not proposed again.")
		return err
	})
}
