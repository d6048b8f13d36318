package main

import (
	"encoding/json"
	"strings"

	"hearth/internal/app"
)

type consentCmd struct {
	List   consentListCmd   `cmd:"" help:"What a resident allowed and refused, what is stopped, and why."`
	Stops  consentStopsCmd  `cmd:"" help:"Who of a property wants no more of what: one list over all channels."`
	Record consentRecordCmd `cmd:"" help:"Record a yes or no."`
}

type consentListCmd struct {
	place
	Resident string `arg:"" help:"The resident's id."`
	JSON     bool   `name:"json" help:"Print JSON."`
}

// Run prints a resident's ledger.
func (c *consentListCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		l, err := a.Consents(r.ctx, c.Resident)
		if err != nil {
			return err
		}
		if c.JSON {
			return json.NewEncoder(r.out).Encode(l)
		}
		const day = "2006-01-02 15:04"
		w := r.table()
		w.row("WHEN\tCHANNEL\tPURPOSE\tWORD\tSOURCE\tWORDING\tBY\tWHY\n")
		for _, x := range l.Words {
			word := "no"
			if x.Allowed {
				word = "yes"
			}
			w.row("%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", x.At.Format(day), x.Channel, x.Purpose, word, x.Source, x.Wording, x.Actor, x.Reason)
		}
		for _, x := range l.Stops {
			w.row("%s\t%s\t\tstopped\t%s\t\t%s\t%s\n", x.At.Format(day), x.Channel, x.Evidence, x.Actor, x.Reason)
		}
		for _, x := range l.Revocations {
			w.row("%s\t%s\t%s\t%s\t\t\t%s\tto be honored by %s: %s\n", x.Received.Format(day), x.Channel, x.Scope, x.State, x.Actor, x.Due.Format(day), x.Rule)
		}
		return w.end()
	})
}

type consentStopsCmd struct {
	place
	Property string `arg:"" help:"The property: its id or name."`
	JSON     bool   `name:"json" help:"Print JSON."`
}

// Run prints every no that binds residents of a property.
func (c *consentStopsCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		all, err := a.Refusals(r.ctx, c.Property)
		if err != nil {
			return err
		}
		if c.JSON {
			return json.NewEncoder(r.out).Encode(all)
		}
		w := r.table()
		w.row("WHEN (UTC)\tWHO\tCHANNELS\tWHAT\tHOW\tEVIDENCE\n")
		for _, x := range all {
			channels := make([]string, len(x.Channels))
			for i, ch := range x.Channels {
				channels[i] = string(ch)
			}
			said := x.Said
			if said == "" {
				said = x.Evidence
			}
			w.row("%s\t%s\t%s\t%s\t%s\t%s\n", x.At.Format("2006-01-02 15:04"), strings.Join(x.Names, ", "), strings.Join(channels, ", "), x.ScopeWords(), x.HowWords(), said)
		}
		return w.end()
	})
}

type consentRecordCmd struct {
	place
	Resident string `arg:"" help:"The resident's id."`
	Channel  string `required:"" enum:"email,sms,call,portal,push,letter,all" placeholder:"CHANNEL" help:"email, sms, call, portal, push, letter, or all."`
	Purpose  string `placeholder:"PURPOSE" help:"What the messages are for; everything on the channel if left out."`
	Yes      bool   `xor:"word" required:"" help:"They allowed it."`
	No       bool   `xor:"word" required:"" help:"They refused it."`
	Source   string `required:"" placeholder:"WHERE" help:"Where it was said: lease, office, web form."`
	Evidence string `placeholder:"TEXT" help:"The words, the form, the number of the recording."`
	Wording  string `placeholder:"NAME" help:"What was shown, such as texts/2/en."`
	Reason   string `placeholder:"TEXT" help:"Why a no is a yes now."`
	As       string `placeholder:"STAFF" help:"Who of the team records it; the operator if left out."`
}

// Run records a word.
func (c *consentRecordCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		if err := a.RecordConsent(r.ctx, app.Said{Resident: c.Resident, Channel: c.Channel, Purpose: c.Purpose, Allowed: c.Yes, Source: c.Source,
			Evidence: c.Evidence, Wording: c.Wording, Reason: c.Reason, As: c.As}); err != nil {
			return err
		}
		r.printf("Recorded.\n")
		return nil
	})
}
