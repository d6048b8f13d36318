package main

import (
	"encoding/json"
	"fmt"

	"hearth/internal/app"
)

type identityCmd struct {
	List      identityListCmd      `cmd:"" help:"List residents who may be one person, with the evidence."`
	Same      identitySameCmd      `cmd:"" help:"They are one person: both are seen under the one known longer."`
	Different identityDifferentCmd `cmd:"" help:"They are two people, and are not proposed again."`
	Unmerge   identityUnmergeCmd   `cmd:"" help:"Take a merge back."`
}

type identityListCmd struct {
	place
	JSON bool `name:"json" help:"Print JSON."`
}

// Run lists the proposals that wait for a decision.
func (c *identityListCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		lines, err := a.Proposals(r.ctx)
		if err != nil {
			return err
		}
		if c.JSON {
			return json.NewEncoder(r.out).Encode(lines)
		}
		if len(lines) == 0 {
			_, err := fmt.Fprintln(r.out, "Nobody waits to be recognised.")
			return err
		}
		for _, l := range lines {
			r.printf("%s  %.0f %%  %s (%s) and %s (%s)\n    %s.\n    They may also be %s.\n", l.ID, 100*l.Probability, l.KeptName, l.Kept,
				l.OtherName, l.Other, l.Words, l.Else)
		}
		return nil
	})
}

type identitySameCmd struct {
	place
	ID string `arg:"" help:"The proposal."`
}

// Run brings the two together.
func (c *identitySameCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		if err := a.DecideIdentity(r.ctx, c.ID, true); err != nil {
			return err
		}
		_, err := fmt.Fprintln(r.out, "They are seen as one person now. hearth identity unmerge takes it back.")
		return err
	})
}

type identityDifferentCmd struct {
	place
	ID string `arg:"" help:"The proposal."`
}

// Run keeps the two apart.
func (c *identityDifferentCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		if err := a.DecideIdentity(r.ctx, c.ID, false); err != nil {
			return err
		}
		_, err := fmt.Fprintln(r.out, "They stay two people, and are not proposed again unless what is known of them changes.")
		return err
	})
}

type identityUnmergeCmd struct {
	place
	Resident string `arg:"" help:"The resident who is seen under another: Hearth's id, or one that a source uses."`
}

// Run takes a merge back.
func (c *identityUnmergeCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		kept, err := a.Unmerge(r.ctx, c.Resident)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(r.out, "%s stands alone again, apart from %s.\n", c.Resident, kept)
		return err
	})
}
