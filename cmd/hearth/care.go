package main

import (
	"encoding/json"
	"strings"
	"time"

	"hearth/internal/app"
)

// careCmds are the commands that stop and hold what is automatic.
type careCmds struct {
	Situation situationCmd `cmd:"" help:"Situations that ask for care: set, list, end."`
	Pause     pauseCmd     `cmd:"" help:"Stop a playbook, a property, a resident, a channel or everything, at once."`
	Resume    resumeCmd    `cmd:"" help:"End a pause; what it held goes on in doses."`
	Review    reviewCmd    `cmd:"" help:"What came too late: let go or skip."`
}

type situationCmd struct {
	Set  situationSetCmd  `cmd:"" help:"Set a situation that asks for care."`
	List situationListCmd `cmd:"" help:"List a resident's situations; kind and reason only for whom they are open to."`
	End  situationEndCmd  `cmd:"" help:"End a situation before its date."`
}

type situationSetCmd struct {
	place
	Resident string `arg:"" help:"The resident's id, Hearth's own or a source's."`
	Kind     string `arg:"" help:"bereavement, hospital, away, dispute or death." enum:"bereavement,hospital,away,dispute,death"`
	Until    string `placeholder:"DATE" help:"The last day, such as 2026-12-31. Needed for all but death."`
	Reason   string `placeholder:"TEXT" help:"Sealed: open to who sets it and the roles allowed."`
	As       string `placeholder:"WHO" help:"Who sets it: a staff member's name, e-mail address or id."`
}

// Run sets a situation.
func (c *situationSetCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		id, err := a.SetSituation(r.ctx, c.As, c.Resident, c.Kind, c.Until, c.Reason)
		if err != nil {
			return err
		}
		r.printf("%s is set. Others see only: handle with care.\n", id)
		return nil
	})
}

type situationListCmd struct {
	place
	Resident string `arg:"" help:"The resident's id, Hearth's own or a source's."`
	As       string `placeholder:"WHO" help:"Who reads it; each reading of a reason is recorded."`
}

// Run lists situations.
func (c *situationListCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		list, err := a.Situations(r.ctx, c.As, c.Resident)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			r.printf("There is none.\n")
			return nil
		}
		w := r.table()
		w.row("ID\tSET\tUNTIL (UTC)\tENDED\tWHAT\n")
		for _, x := range list {
			what := "handle with care"
			if x.Open {
				what = string(x.Kind) + ": " + x.Reason
			}
			w.row("%s\t%s\t%s\t%s\t%s\n", x.ID, dated(x.Set), dated(x.Until), dated(x.Ended), what)
		}
		return w.end()
	})
}

func dated(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format("2006-01-02 15:04")
}

type situationEndCmd struct {
	place
	ID string `arg:"" help:"The situation."`
	As string `placeholder:"WHO" help:"Who ends it."`
}

// Run ends a situation.
func (c *situationEndCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		if err := a.EndSituation(r.ctx, c.As, c.ID); err != nil {
			return err
		}
		r.printf("%s is over. What was held is looked at again, one by one.\n", c.ID)
		return nil
	})
}

type pauseCmd struct {
	place
	What   string `arg:"" help:"playbook, property, resident, channel or everything; list shows what is paused." enum:"playbook,property,resident,channel,everything,list"`
	Target string `arg:"" optional:"" help:"The playbook's id, the property's name, the resident's id or the channel."`
	Reason string `placeholder:"TEXT" help:"Why; it stands in decisions and on the first page."`
	Until  string `placeholder:"DATE" help:"The last day of the pause; left out: until hearth resume."`
	Strict bool   `help:"Stop answers and safety too."`
	As     string `placeholder:"WHO" help:"Who pauses."`
}

// Run pauses, or lists what is paused.
func (c *pauseCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		if c.What == "list" {
			return r.pauses(a)
		}
		p, err := a.Pause(r.ctx, app.PauseRequest{As: c.As, What: c.What, Target: c.Target, Reason: c.Reason, Until: c.Until, Strict: c.Strict})
		if err != nil {
			return err
		}
		r.printf("%s is paused (%s). Resume with: hearth resume %s\n", strings.TrimSpace(c.What+" "+c.Target), p.ID, strings.TrimSpace(c.What+" "+c.Target))
		return nil
	})
}

func (r *run) pauses(a *app.App) error {
	list, err := a.Pauses(r.ctx)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		r.printf("Nothing is paused.\n")
		return nil
	}
	w := r.table()
	w.row("WHAT\tTARGET\tNAME\tSINCE\tUNTIL (UTC)\tREASON\n")
	for _, p := range list {
		w.row("%s\t%s\t%s\t%s\t%s\t%s\n", p.What, p.Target, p.Name, dated(p.Set), dated(p.Until), p.Reason)
	}
	return w.end()
}

type resumeCmd struct {
	place
	What    string `arg:"" help:"playbook, property, resident, channel or everything." enum:"playbook,property,resident,channel,everything"`
	Target  string `arg:"" optional:"" help:"Its id or name, as it was paused or otherwise."`
	Include int    `name:"include-current" placeholder:"N" help:"For a playbook: start those inside its condition now, N a day. Left out, nobody starts."`
	As      string `placeholder:"WHO" help:"Who resumes."`
}

// Run resumes.
func (c *resumeCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		n, included, err := a.Resume(r.ctx, c.As, c.What, c.Target, c.Include)
		if err != nil {
			return err
		}
		if n == 0 {
			r.printf("%s is not paused. What is paused now:\n", strings.TrimSpace(c.What+" "+c.Target))
			if err := r.pauses(a); err != nil {
				return err
			}
		} else {
			r.printf("%s goes on, in doses. What has become stale waits for a look: hearth review list\n", strings.TrimSpace(c.What+" "+c.Target))
		}
		if c.Include > 0 {
			r.printf("%s inside its condition now, %d a day.\n", plural(len(included), "resident starts who is", "residents start who are"), c.Include)
		}
		return nil
	})
}

type reviewCmd struct {
	List reviewListCmd `cmd:"" help:"List steps and messages that came too late and wait for a look."`
	Go   reviewGoCmd   `cmd:"" help:"Let one go, though late."`
	Skip reviewSkipCmd `cmd:"" help:"Pass one over; its run goes on behind it."`
}

type reviewListCmd struct {
	place
	JSON bool `name:"json" help:"Print JSON."`
}

// Run lists reviews.
func (c *reviewListCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		list, err := a.Reviews(r.ctx)
		if err != nil {
			return err
		}
		if c.JSON {
			return json.NewEncoder(r.out).Encode(list)
		}
		if len(list) == 0 {
			r.printf("Nothing waits for a look.\n")
			return nil
		}
		w := r.table()
		w.row("ID\tWAS DUE (UTC)\tRESIDENT\tWHAT\n")
		for _, x := range list {
			w.row("%s\t%s\t%s\t%s\n", x.ID, dated(x.WasDue), x.Resident, x.What)
		}
		return w.end()
	})
}

// settling is what both ways to settle have in common.
type settling struct {
	place
	ID string `arg:"" help:"The step or message, as hearth review list names it."`
	As string `placeholder:"WHO" help:"Who decides."`
}

func (c *settling) settle(r *run, how, said string) error {
	return r.with(func(a *app.App) error {
		if err := a.SettleReview(r.ctx, c.As, c.ID, how); err != nil {
			return err
		}
		r.printf("%s %s.\n", c.ID, said)
		return nil
	})
}

type reviewGoCmd struct{ settling }

// Run lets one go.
func (c *reviewGoCmd) Run(r *run) error { return c.settle(r, "go", "goes now") }

type reviewSkipCmd struct{ settling }

// Run skips one.
func (c *reviewSkipCmd) Run(r *run) error { return c.settle(r, "skip", "is skipped") }
