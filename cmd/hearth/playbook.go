package main

import (
	"encoding/json"
	"errors"
	"os"
	"strconv"
	"strings"
	"time"

	"hearth"
	"hearth/internal/app"
)

type playbookCmd struct {
	List     playbookListCmd     `cmd:"" help:"List the shipped playbooks and those that are switched on."`
	Check    playbookCheckCmd    `cmd:"" help:"Check playbook files and read them back in words."`
	Activate playbookActivateCmd `cmd:"" help:"Switch a playbook on."`
	Retire   playbookRetireCmd   `cmd:"" help:"Switch a playbook off; runs under way go on."`
	Simulate playbookSimulateCmd `cmd:"" help:"Try a playbook, or a changed text of one, on recorded days before it is switched on."`
	Lint     playbookLintCmd     `cmd:"" help:"Give hints about all playbooks that are switched on or shipped."`
	Effect   playbookEffectCmd   `cmd:"" help:"Say what a playbook changed, with the counts of both arms."`
	Move     playbookMoveCmd     `cmd:"" help:"Move active runs to another version."`
	Why      playbookWhyCmd      `cmd:"" help:"Say why a playbook did or did not start for a resident."`
}

type playbookListCmd struct{ place }

// Run lists playbooks.
func (c *playbookListCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		list, err := a.Playbooks(r.ctx)
		if err != nil {
			return err
		}
		w := r.table()
		w.row("ID\tSTATE\tVERSION\tRUNNING\tTITLE\n")
		for _, p := range list {
			w.row("%s\t%s\t%d\t%d\t%s\n", p.ID, p.State, p.Version, p.Runs, p.Title)
		}
		return w.end()
	})
}

type playbookCheckCmd struct {
	Files []string `arg:"" name:"file" help:"Playbook files." type:"existingfile"`
	Quiet bool     `help:"Only say what is wrong."`
}

// Run checks files; it fails if any is wrong.
func (c *playbookCheckCmd) Run(r *run) error {
	wrong := 0
	for _, path := range c.Files {
		text, err := os.ReadFile(path)
		if err != nil {
			return hearth.Errorf(hearth.CodeInvalid, "The file %s can't be read: %w.", path, err)
		}
		words, err := app.CheckPlaybook(text)
		if err != nil {
			wrong++
			r.warnf("%s: %s\n", path, located(err))
			continue
		}
		if !c.Quiet {
			r.printf("%s is in order:\n  %s\n", path, strings.Join(words, "\n  "))
		}
		hints, err := app.LintPlaybook(text)
		if err != nil {
			return err
		}
		for _, h := range hints {
			r.printf("%s: hint: %s\n", path, h)
		}
	}
	if wrong > 0 {
		return hearth.Errorf(hearth.CodeInvalid, "%d of %s can't be used as it stands.", wrong, plural(len(c.Files), "playbook", "playbooks"))
	}
	return nil
}

// located is an error with the field or line that it names.
func located(err error) string {
	var e *hearth.Error
	if errors.As(err, &e) && e.Field != "" {
		return e.Field + ": " + e.Message
	}
	return sentence(err)
}

type playbookActivateCmd struct {
	place
	ID             string `arg:"" help:"Id of a shipped playbook, or a file."`
	IncludeCurrent string `name:"include-current" placeholder:"N-per-day" help:"Start those who are inside the condition already, N of them a day. Left out, they are only listed."`
}

// Run switches a playbook on.
func (c *playbookActivateCmd) Run(r *run) error {
	aDay, err := pace(c.IncludeCurrent)
	if err != nil {
		return err
	}
	return r.with(func(a *app.App) error {
		got, err := a.Activate(r.ctx, c.ID, aDay)
		if err != nil {
			return hearth.Errorf(hearth.CodeOf(err), "%s", located(err))
		}
		if got.Added {
			r.printf("%s is active, version %d.\n", got.Playbook, got.Version)
		} else {
			r.printf("%s is active already, version %d.\n", got.Playbook, got.Version)
		}
		for _, w := range got.Warnings {
			r.printf("%s\n", w)
		}
		for _, h := range got.Hints {
			r.printf("Hint: %s\n", h)
		}
		switch {
		case len(got.Inside) == 0:
			r.printf("Nobody is inside its condition now.\n")
		case got.Included > 0:
			r.printf("%s inside its condition now; %d to start, %d a day, the last on %s:\n", plural(len(got.Inside), "resident is", "residents are"), got.Included,
				aDay, got.LastOn.Format("2006-01-02"))
		default:
			r.printf("%s (see --include-current):\n", plural(len(got.Inside), "resident is inside its condition now and does not start",
				"residents are inside its condition now and do not start"))
		}
		who, err := a.Who(r.ctx, got.Inside)
		if err != nil {
			return err
		}
		for _, id := range got.Inside {
			r.printf("  %s  %s\n", id, who[id])
		}
		return nil
	})
}

// pace reads "5-per-day", or plain "5".
func pace(s string) (int, error) {
	if s == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(strings.TrimSuffix(s, "-per-day"))
	if err != nil || n < 1 {
		return 0, hearth.FieldErrorf("include-current", "%q is not a pace like 5-per-day.", s)
	}
	return n, nil
}

type playbookWhyCmd struct {
	place
	Resident string            `required:"" help:"The resident's id, Hearth's own or a source's."`
	Playbook hearth.PlaybookID `required:"" help:"The playbook's id."`
	At       string            `placeholder:"TIME" help:"As of a past time such as 2026-03-04T14:00:00Z, or the end of a day such as 2026-03-04."`
	JSON     bool              `name:"json" help:"Print JSON."`
}

// Run explains.
func (c *playbookWhyCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		why, err := a.Why(r.ctx, c.Resident, c.Playbook, c.At)
		if err != nil {
			return err
		}
		if c.JSON {
			enc := json.NewEncoder(r.out)
			enc.SetIndent("", "  ")
			return enc.Encode(why)
		}
		who, err := a.Who(r.ctx, []hearth.ResidentID{why.Resident})
		if err != nil {
			return err
		}
		r.printf("%s for %s (%s)\n", why.Title, who[why.Resident], why.Resident)
		if c.At != "" {
			r.printf("As of %s: ", why.At.Format(time.RFC3339))
		}
		r.printf("%s\n", why.Verdict)
		for _, gap := range why.Gaps {
			r.printf("%s\n", gap)
		}
		r.printf("\n")
		w := r.table()
		for _, k := range why.Checks {
			holds := "no"
			switch {
			case !k.Known:
				holds = "not known"
			case k.Holds:
				holds = "yes"
			}
			w.row("%s\t%s\t%s\t%s\n", holds, k.What, k.Text, strings.Join(k.Values, ", "))
		}
		if err := w.end(); err != nil {
			return err
		}
		for _, run := range why.Runs {
			r.printf("\nRun of %s (version %d, %s): %s %s\n", run.Started.Format("2006-01-02"), run.Version, run.State, run.Because, run.Stands)
		}
		for _, p := range why.Past {
			r.printf("%s  %s: %s\n", p.At.Format("2006-01-02 15:04"), p.Outcome, p.Reason)
		}
		return nil
	})
}
