package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"hearth"
	"hearth/internal/app"
)

type webhookCmd struct {
	List   webhookListCmd   `cmd:"" help:"List the programs that hear, how each stands, and what waits for it."`
	Add    webhookAddCmd    `cmd:"" help:"Have a program hear; its secret is the last word on standard output and shown only now."`
	Test   webhookTestCmd   `cmd:"" help:"Call one once, about nothing that happened."`
	Pause  webhookPauseCmd  `cmd:"" help:"Stop the calls; what happens meanwhile is told when it is resumed."`
	Resume webhookResumeCmd `cmd:"" help:"Begin the calls again, with what it missed."`
	Remove webhookRemoveCmd `cmd:"" help:"Remove one, with all that is still to be told to it."`
}

// hookNamed is a program that a command is about, and who gives it.
type hookNamed struct {
	place
	Webhook string `arg:"" help:"Its id, or its host where there is only one."`
	As      string `placeholder:"WHO" help:"Who decides it: a staff member's name, e-mail address or id."`
}

type webhookListCmd struct {
	place
	JSON bool `name:"json" help:"Print JSON."`
}

// hookJSON is a program as JSON has it, without what opens it.
type hookJSON struct {
	ID        string              `json:"id"`
	URL       string              `json:"url"`
	Types     []hearth.EventType  `json:"types"`
	Of        []hearth.PropertyID `json:"properties"` // none: every one
	Note      string              `json:"note,omitempty"`
	State     string              `json:"state"`
	Waiting   int64               `json:"waiting"`
	Delivered int64               `json:"delivered"`
	Failing   *time.Time          `json:"failing_since,omitempty"`
	Fault     string              `json:"fault,omitempty"`
	Last      string              `json:"last_act,omitempty"`
}

// Run lists webhooks.
func (c *webhookListCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		all, err := a.Hooks(r.ctx)
		if err != nil {
			return err
		}
		if c.JSON {
			out := make([]hookJSON, len(all))
			for i, h := range all {
				out[i] = hookJSON{ID: h.ID, URL: h.URL, Types: h.Types, Of: append([]hearth.PropertyID{}, h.Properties...), Note: h.Note, State: string(h.State), Waiting: h.Waiting, Delivered: h.Delivered, Fault: h.Fault, Last: h.Last}
				if !h.Failing.IsZero() {
					out[i].Failing = &h.Failing
				}
			}
			return json.NewEncoder(r.out).Encode(out)
		}
		if len(all) == 0 {
			r.printf("No other program hears what happens.\n")
			return nil
		}
		w := r.table()
		w.row("ID\tSTATE\tWAIT\tTOOK\tOF\tADDRESS\tHEARS\tLAST\n")
		for _, h := range all {
			w.row("%s\t%s\t%d\t%d\t%s\t%s\t%s\t%s\n", h.ID, h.Stands(), h.Waiting, h.Delivered, hookOf(h.Of), h.URL, hookHears(h.Types), h.Last)
		}
		return w.end()
	})
}

func hookOf(names []string) string {
	if len(names) == 0 {
		return "every property"
	}
	return strings.Join(names, ", ")
}

func hookHears(types []hearth.EventType) string {
	if len(types) > 3 {
		return plural(len(types), "type", "types")
	}
	words := make([]string, len(types))
	for i, t := range types {
		words[i] = string(t)
	}
	return strings.Join(words, ", ")
}

type webhookAddCmd struct {
	place
	URL      string   `arg:"" help:"Its address; it begins with https://."`
	Type     []string `required:"" sep:"," placeholder:"TYPE" help:"Events that it hears, such as workorder.opened; several by commas, or the flag again."`
	Property []string `sep:"none" placeholder:"NAME" help:"Of this property, by its id or name; the flag again for several. Give this or --every."`
	Every    bool     `help:"Of every property, also those that are added later."`
	Note     string   `placeholder:"TEXT" help:"What it is for."`
	Allow    string   `name:"webhook-allow" placeholder:"NETS" help:"Networks inside the house that may be called, as for serve."`
	As       string   `placeholder:"WHO" help:"Who decides it: a staff member's name, e-mail address or id."`
}

// Run adds one.
func (c *webhookAddCmd) Run(r *run) error {
	if c.Every == (len(c.Property) > 0) {
		return hearth.FieldErrorf("property", "Say of which properties it hears: --property NAME, or --every.")
	}
	return r.with(func(a *app.App) error {
		h, secret, err := a.AddHook(r.ctx, app.NewHook{URL: c.URL, Note: c.Note, Types: c.Type, Properties: c.Property, As: c.As})
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(r.out, "%s hears %s. Its secret, shown only now:\n%s\n", h.ID, plural(len(h.Types), "kind of event", "kinds of events"), secret)
		return err
	})
}

type webhookTestCmd struct {
	hookNamed
	Allow string `name:"webhook-allow" placeholder:"NETS" help:"Networks inside the house that may be called, as for serve."`
}

// Run tests one, and fails where it did not take it.
func (c *webhookTestCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		h, t, err := a.TestHook(r.ctx, c.As, c.Webhook)
		if err != nil {
			return err
		}
		if !t.Took {
			return hearth.Errorf(hearth.CodeConflict, "%s did not take the test. %s", h.URL, t.Why)
		}
		r.printf("%s took the test.\n", h.URL)
		return nil
	})
}

type webhookPauseCmd struct{ hookNamed }

// Run pauses one.
func (c *webhookPauseCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		h, err := a.PauseHook(r.ctx, c.As, c.Webhook)
		if err == nil {
			r.printf("%s is told nothing until somebody resumes; then it is told what it missed.\n", h.URL)
		}
		return err
	})
}

type webhookResumeCmd struct{ hookNamed }

// Run resumes one.
func (c *webhookResumeCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		h, err := a.ResumeHook(r.ctx, c.As, c.Webhook)
		if err == nil {
			r.printf("%s is told what happens again, with what it missed, by the server that runs.\n", h.URL)
		}
		return err
	})
}

type webhookRemoveCmd struct{ hookNamed }

// Run removes one.
func (c *webhookRemoveCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		h, err := a.RemoveHook(r.ctx, c.As, c.Webhook)
		if err == nil {
			r.printf("%s is removed and hears nothing any more.\n", h.URL)
		}
		return err
	})
}
