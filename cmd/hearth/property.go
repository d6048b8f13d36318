package main

import (
	"encoding/json"

	"hearth/internal/app"
)

type propertyCmd struct {
	Settings propertySettingsCmd `cmd:"" help:"How a property works: list, change."`
	Doors    doorsCmd            `cmd:"" help:"The address of each home's form for repairs, for a code at its door."`
}

type propertySettingsCmd struct {
	List settingsListCmd `cmd:"" help:"Every setting with its value, its default, its range and where it came from."`
	Set  settingsSetCmd  `cmd:"" help:"Change settings, all that are named or none."`
}

type settingsListCmd struct {
	place
	Property string `arg:"" help:"The property: its id or name."`
	JSON     bool   `name:"json" help:"Print JSON."`
}

// Run lists settings.
func (c *settingsListCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		all, err := a.Settings(r.ctx, c.Property)
		if err != nil {
			return err
		}
		if c.JSON {
			return json.NewEncoder(r.out).Encode(all)
		}
		w := r.table()
		w.row("SETTING\tVALUE\tFROM\tMEANING\n")
		for _, x := range all {
			from := x.Source
			if x.Source == "changed" {
				by := x.By.Name
				if by == "" {
					by = x.By.String()
				}
				from = by + ", " + x.At.UTC().Format(minute) + " UTC"
				if x.Reason != "" {
					from += " (" + x.Reason + ")"
				}
			}
			w.row("%s\t%s\t%s\t%s\n", x.Name, x.Words, from, x.Meaning)
		}
		return w.end()
	})
}

type settingsSetCmd struct {
	place
	Property string   `arg:"" help:"The property: its id or name."`
	Set      []string `arg:"" help:"NAME=VALUE, such as budget.week=1 or quiet.from=20:30; lists as JSON. NAME= puts the default back."`
	Reason   string   `placeholder:"TEXT" help:"Whoever asks later reads it."`
	As       string   `placeholder:"WHO" help:"Who changes them: a staff member's name, e-mail address or id."`
}

// Run changes settings.
func (c *settingsSetCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		done, err := a.ChangeSettings(r.ctx, c.As, c.Property, c.Reason, c.Set)
		if err != nil {
			return err
		}
		if len(done) == 0 {
			r.printf("Nothing changes: it was set so already.\n")
		}
		for _, x := range done {
			r.printf("%s: %s, before %s\n", x.Name, x.New, x.Old)
		}
		return nil
	})
}
