package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"hearth/internal/app"
)

type mailCmd struct {
	List    mailListCmd    `cmd:"" help:"List mail that came in and of which a person has to say who wrote it."`
	Place   mailPlaceCmd   `cmd:"" help:"Say who wrote a mail: it goes into that resident's conversation."`
	Dismiss mailDismissCmd `cmd:"" help:"Say that no resident wrote it. It is kept."`

	CopyAddress mailCopyCmd `cmd:"" help:"Print the address to which other systems send copies of what they write to residents."`
}

type mailListCmd struct {
	place
	State string `enum:"unplaced,waiting,done,nobody,stuck" default:"unplaced" placeholder:"STATE" help:"Which mails: unplaced, waiting, done, nobody or stuck."`
	JSON  bool   `name:"json" help:"Print JSON."`
}

// Run lists what waits for a person.
func (c *mailListCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		lines, err := a.MailIn(r.ctx, c.State)
		if err != nil {
			return err
		}
		if c.JSON {
			return json.NewEncoder(r.out).Encode(lines)
		}
		if len(lines) == 0 {
			_, err := fmt.Fprintln(r.out, "There is no such mail.")
			return err
		}
		for _, l := range lines {
			first, _, _ := strings.Cut(l.Text, "\n")
			r.printf("%s  %s  %s\n    %s\n    \"%s\"\n    %s\n", l.ID, l.Received[:10], l.From, l.Subject, first, l.Note)
			for _, p := range l.Candidates {
				r.printf("    perhaps %s  %s\n", p.ID, p.Name)
			}
		}
		return nil
	})
}

type mailCopyCmd struct{ place }

// Run prints the address.
func (c *mailCopyCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		address, err := a.CopyAddress(r.ctx)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(r.out, address)
		return err
	})
}

type mailPlaceCmd struct {
	place
	ID       string `arg:"" help:"The mail."`
	Resident string `arg:"" help:"Who wrote it: Hearth's id, or one that a source uses."`
	As       string `placeholder:"WHO" help:"Who says so: a staff member's name, e-mail address or id."`
}

// Run places it.
func (c *mailPlaceCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		if err := a.PlaceMail(r.ctx, c.As, c.ID, c.Resident); err != nil {
			return err
		}
		_, err := fmt.Fprintln(r.out, "It stands in their conversation now.")
		return err
	})
}

type mailDismissCmd struct {
	place
	ID string `arg:"" help:"The mail."`
	As string `placeholder:"WHO" help:"Who says so: a staff member's name, e-mail address or id."`
}

// Run dismisses it.
func (c *mailDismissCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		if err := a.PlaceMail(r.ctx, c.As, c.ID, ""); err != nil {
			return err
		}
		_, err := fmt.Fprintln(r.out, "It is nobody's. It is kept.")
		return err
	})
}
