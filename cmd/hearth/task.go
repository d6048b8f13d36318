package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"hearth"
	"hearth/internal/app"
)

type taskCmd struct {
	List taskListCmd `cmd:"" help:"List what is to do, by due time."`
	Take taskTakeCmd `cmd:"" help:"Take a task."`
	Done taskDoneCmd `cmd:"" help:"Finish a task with what was learned."`
	Load taskLoadCmd `cmd:"" help:"Show how full the coming days are."`
}

type taskListCmd struct {
	place
	JSON bool `name:"json" help:"Print JSON."`
}

// Run lists tasks.
func (c *taskListCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		tasks, err := a.OpenTasks(r.ctx)
		if err != nil {
			return err
		}
		if c.JSON {
			return json.NewEncoder(r.out).Encode(tasks)
		}
		if len(tasks) == 0 {
			_, err := fmt.Fprintln(r.out, "Nothing is to do.")
			return err
		}
		w := r.table()
		w.row("ID\tDUE (UTC)\tOWNER\tTITLE\tASKS\n")
		for _, t := range tasks {
			owner := t.OwnerName
			if owner == "" {
				owner = "queue of the " + strings.ReplaceAll(string(t.Role), "_", " ")
			}
			var asks []string
			for _, k := range t.Asks {
				asks = append(asks, k.Fact)
			}
			w.row("%s\t%s\t%s\t%s\t%s\n", t.ID, t.DueAt.Format("2006-01-02 15:04"), owner, t.Title, strings.Join(asks, ", "))
		}
		return w.end()
	})
}

type taskTakeCmd struct {
	place
	ID hearth.TaskID `arg:"" help:"The task."`
	As string        `placeholder:"WHO" help:"Who takes it: a staff member's name, e-mail address or id."`
}

// Run takes a task.
func (c *taskTakeCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		if err := a.TakeTask(r.ctx, c.As, c.ID); err != nil {
			return err
		}
		_, err := fmt.Fprintf(r.out, "%s is taken.\n", c.ID)
		return err
	})
}

type taskDoneCmd struct {
	place
	ID   hearth.TaskID     `arg:"" help:"The task."`
	As   string            `placeholder:"WHO" help:"Who did it: a staff member's name, e-mail address or id."`
	Fact map[string]string `placeholder:"K=V" help:"What was learned; repeat the flag for several."`
}

// Run finishes a task.
func (c *taskDoneCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		if err := a.FinishTask(r.ctx, c.As, c.ID, c.Fact); err != nil {
			return err
		}
		_, err := fmt.Fprintf(r.out, "%s is done.\n", c.ID)
		return err
	})
}

type signalsCmd struct {
	Verify signalsVerifyCmd `cmd:"" help:"Rebuild all signals from the log and compare them with the stored ones; look at counters and proposals too."`
}

type signalsVerifyCmd struct{ place }

// Run verifies; it fails if anything differs.
func (c *signalsVerifyCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		v, err := a.Engine.Verify(r.ctx, nil)
		if err != nil {
			return err
		}
		if len(v.Different) > 0 {
			for _, id := range v.Different {
				r.warnf("%s\n", id)
			}
			return hearth.Errorf(hearth.CodeConflict, "The signals of %d of %d residents are not what the log gives; they are listed above.",
				len(v.Different), v.Residents)
		}
		if err := c.others(r, a); err != nil {
			return err
		}
		behind, err := a.Behind(r.ctx)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(r.out, "The signals of %d residents are what %d events give, bit for bit.\n", v.Residents-v.Older, v.Events)
		if err == nil && v.Older > 0 {
			_, err = fmt.Fprintf(r.out, "Those of %s were stored by another version and are made anew from the log when next needed.\n",
				plural(v.Older, "resident", "residents"))
		}
		if err == nil && behind > 0 {
			_, err = fmt.Fprintf(r.out, "%s to be decided; start hearth serve.\n", plural(behind, "event waits", "events wait"))
		}
		return err
	})
}

// others verifies what else is made from the log and the records: who may be one person, and how often things happened.
func (c *signalsVerifyCmd) others(r *run, a *app.App) error {
	people, err := a.Identity.Verify(r.ctx)
	if err != nil {
		return err
	}
	counts, err := a.Engine.VerifyRepeats(r.ctx)
	if err != nil {
		return err
	}
	for _, id := range append(people.Wrong, counts.Different...) {
		r.warnf("%s\n", id)
	}
	if n, m := len(people.Wrong), len(counts.Different); n+m > 0 {
		return hearth.Errorf(hearth.CodeConflict, "%s and %s are not what the records and the log give; they are listed above.",
			plural(n, "proposal of one person", "proposals of one person"), plural(m, "counter of repetitions", "counters of repetitions"))
	}
	r.printf("%s of one person and %s are as the records and the log give them.\n", plural(people.Proposals, "proposal", "proposals"),
		plural(counts.Counters, "counter of repetitions", "counters of repetitions"))
	if people.Stale > 0 {
		r.printf("%s would be judged on other evidence now.\n", plural(people.Stale, "open proposal", "open proposals"))
	}
	return nil
}
