package main

import (
	"encoding/json"
	"os"
	"time"

	"hearth"
	"hearth/internal/app"
)

type roundCmd struct {
	List  roundListCmd  `cmd:"" help:"List rounds and what is open on each, the newest first."`
	Print roundPrintCmd `cmd:"" help:"Write what is printed of a round: a list, then a page for each letter or notice."`
	Mark  roundMarkCmd  `cmd:"" help:"Say what became of one message of a round."`
}

type roundListCmd struct {
	place
	Limit int  `default:"20" help:"How many rounds."`
	JSON  bool `name:"json" help:"Print JSON."`
}

// Run lists rounds.
func (c *roundListCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		all, err := a.Rounds(r.ctx, max(1, min(c.Limit, 500)))
		if err != nil {
			return err
		}
		if c.JSON {
			return json.NewEncoder(r.out).Encode(all)
		}
		if len(all) == 0 {
			r.printf("There are no rounds.\n")
		}
		for _, l := range all {
			r.printf("%s  %s  due %s  %d of %d open  task %s\n", l.ID, l.Kind, l.Due.Format("2006-01-02 15:04"), l.Open, len(l.Stops), l.Task)
			for _, s := range l.Stops {
				how := s.How
				if how == "" {
					how = s.State
				}
				r.printf("    %2d  %s  %s  %s\n", s.N, s.Message, how, s.Subject)
			}
		}
		return nil
	})
}

type roundPrintCmd struct {
	place
	ID  string `arg:"" help:"The round."`
	Out string `short:"o" placeholder:"FILE" help:"Write to this file; standard output if left out."`
}

// Run writes the sheets.
func (c *roundPrintCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		if c.Out == "" {
			return a.PrintRound(r.ctx, c.ID, r.out)
		}
		f, err := os.OpenFile(c.Out, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600) // names, homes and what they are told
		if err != nil {
			return err
		}
		if err := a.PrintRound(r.ctx, c.ID, f); err != nil {
			f.Close()
			return err
		}
		if err := f.Close(); err != nil {
			return err
		}
		r.printf("%s is written; open it in a browser and print it.\n", c.Out)
		return nil
	})
}

type roundMarkCmd struct {
	place
	ID      string           `arg:"" help:"The round."`
	Message hearth.MessageID `arg:"" help:"The message, as the list names it."`
	How     string           `arg:"" help:"posted, hung, handed-over, spoke-with, left-word, no-answer, cannot-be, returned."`
	As      string           `placeholder:"WHO" help:"Who did it: a staff member's name, e-mail address or id."`
	At      time.Time        `placeholder:"TIME" help:"When, such as 2026-11-21T14:05:00-05:00; now if left out."`
	Note    string           `placeholder:"WORDS" help:"A word about it."`
}

// Run records it.
func (c *roundMarkCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		open, err := a.MarkRound(r.ctx, c.As, c.ID, c.Message, c.How, c.Note, c.At)
		if err != nil {
			return err
		}
		if open == 0 {
			r.printf("Recorded; nothing is left of this round, and its task is done.\n")
			return nil
		}
		r.printf("Recorded; %d of this round are left.\n", open)
		return nil
	})
}
