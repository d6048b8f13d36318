package main

import (
	"strings"

	"hearth/internal/app"
)

type accountAskedCmd struct{ place }

// Run lists the roles that wait for a second person.
func (c *accountAskedCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		list, err := a.RolesAsked(r.ctx)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			r.printf("No role waits for a second person.\n")
		}
		for _, l := range list {
			r.printf("%s  %s for %s at %s: %s asked on %s, until %s\n", l.ID, l.Role, l.Who, l.Property, l.By, l.Asked.Format("2 January 2006"), l.Until.Format("2 January 2006"))
		}
		return nil
	})
}

type accountAgreeCmd struct {
	place
	ID string `arg:"" name:"id" help:"What is asked for, as hearth account asked lists it."`
}

// Run says yes to a role.
func (c *accountAgreeCmd) Run(r *run) error { return settleAsked(r, c.ID, true) }

type accountDeclineCmd struct {
	place
	ID string `arg:"" name:"id" help:"What is asked for, as hearth account asked lists it."`
}

// Run says no to a role.
func (c *accountDeclineCmd) Run(r *run) error { return settleAsked(r, c.ID, false) }

func settleAsked(r *run, id string, yes bool) error {
	return r.with(func(a *app.App) error {
		l, err := a.SettleRoleAsked(r.ctx, strings.TrimSpace(id), yes)
		if err != nil {
			return err
		}
		if yes {
			r.printf("%s now has the role %s at %s.\n", l.Who, l.Role, l.Property)
		} else {
			r.printf("%s does not get the role %s at %s.\n", l.Who, l.Role, l.Property)
		}
		return nil
	})
}
