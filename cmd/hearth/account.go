package main

import (
	"fmt"
	"strings"

	"hearth/internal/app"
)

type accountCmd struct {
	List     accountListCmd     `cmd:"" help:"List who can sign in."`
	Create   accountCreateCmd   `cmd:"" help:"Open an account; prints a link with which its owner chooses how to sign in."`
	Reset    accountResetCmd    `cmd:"" help:"Print a link with which the owner of an account chooses anew."`
	Close    accountCloseCmd    `cmd:"" help:"Close an account: it is signed out everywhere and can't come in any more."`
	Role     accountRoleCmd     `cmd:"" help:"Give or take a role, also one that nobody on the pages may give."`
	Asked    accountAskedCmd    `cmd:"" help:"List the roles that are asked for and wait for a second person."`
	Agree    accountAgreeCmd    `cmd:"" help:"Say yes, as the second person, to a role that is asked for."`
	Decline  accountDeclineCmd  `cmd:"" help:"Say no to a role that is asked for."`
	Sessions accountSessionsCmd `cmd:"" help:"List where somebody is signed in."`
}

type accountListCmd struct{ place }

// Run lists accounts.
func (c *accountListCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		list, err := a.AccountList(r.ctx)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			r.printf("Nobody can sign in yet. hearth serve prints a set-up link, hearth account create opens an account.\n")
		}
		for _, l := range list {
			state := "has not signed in yet"
			switch {
			case !l.Closed.IsZero():
				state = "closed " + l.Closed.Format("2 January 2006")
			case l.Left:
				state = "has left the team"
			case !l.LastIn.IsZero():
				state = "last signed in " + l.LastIn.Format("2 January 2006 15:04") + " UTC"
			}
			if l.App {
				state += ", with a second factor"
			}
			r.printf("%s  %s (%s): %s\n", l.Login, l.Name, strings.Join(l.Roles, ", "), state)
		}
		return nil
	})
}

type accountCreateCmd struct {
	place
	Login    string   `arg:"" name:"address" help:"The e-mail address to sign in with. Whoever has it on the team gets the account."`
	Name     string   `placeholder:"NAME" help:"Their name, if they are not on the team yet."`
	Role     []string `placeholder:"ROLE" help:"A role beside those that they have, such as property_manager or administrator."`
	Property string   `placeholder:"NAME" help:"Where the role is held; everywhere if left out."`
}

// Run opens an account.
func (c *accountCreateCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		link, err := a.CreateAccount(r.ctx, app.AccountAsk{Login: c.Login, Name: c.Name, Roles: c.Role, Property: c.Property})
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(r.out, "Give this link to them alone; it opens once, within three days:\n%s\n", link)
		return err
	})
}

type accountResetCmd struct {
	place
	Login  string `arg:"" name:"address" help:"The address that they sign in with, or the account's id."`
	Second bool   `help:"Take the second factor away: the device and the recovery codes are lost."`
}

// Run begins a reset.
func (c *accountResetCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		link, err := a.ResetAccount(r.ctx, c.Login, c.Second)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(r.out, "Give this link to them alone; it opens once, within three days:\n%s\n", link)
		return err
	})
}

type accountCloseCmd struct {
	place
	Login string `arg:"" name:"address" help:"The address that they sign in with, or the account's id."`
}

// Run closes an account.
func (c *accountCloseCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		if err := a.CloseAccount(r.ctx, c.Login); err != nil {
			return err
		}
		_, err := fmt.Fprintf(r.out, "%s is signed out everywhere and can't come in any more.\n", c.Login)
		return err
	})
}

type accountRoleCmd struct {
	place
	Who      string `arg:"" name:"person" help:"Their e-mail address, name or id."`
	Give     string `placeholder:"ROLE" xor:"role" required:"" help:"The role that they get, such as service_coordinator."`
	Take     string `placeholder:"ROLE" xor:"role" required:"" help:"The role that they lose."`
	Property string `placeholder:"NAME" help:"Where the role is held; everywhere if left out."`
}

// Run gives or takes a role.
func (c *accountRoleCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		ask := app.RoleAsk{Who: c.Who, Role: c.Give + c.Take, Property: c.Property, Take: c.Take != ""}
		name, err := a.SetRole(r.ctx, ask)
		if err != nil {
			return err
		}
		at, word := c.Property, "now has"
		if at == "" {
			at = "every property"
		}
		if ask.Take {
			word = "no longer has"
		}
		r.printf("%s %s the role %s at %s.\n", name, word, ask.Role, at)
		return nil
	})
}

type accountSessionsCmd struct {
	place
	Login string `arg:"" name:"address" help:"The address that they sign in with, or the account's id."`
	End   bool   `help:"Sign them out everywhere."`
}

// Run lists sessions.
func (c *accountSessionsCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		list, err := a.AccountSessions(r.ctx, c.Login, c.End)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			r.printf("%s is signed in nowhere.\n", c.Login)
		}
		for _, s := range list {
			r.printf("%s  %s from %s, since %s, seen %s UTC\n", s.ID, s.Device, s.Address, s.Started.Format("2 January 15:04"), s.Seen.Format("2 January 15:04"))
		}
		if c.End && len(list) > 0 {
			r.printf("All of these are signed out.\n")
		}
		return nil
	})
}
