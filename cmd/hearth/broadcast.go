package main

import (
	"encoding/json"
	"sort"

	"hearth"
	"hearth/internal/app"
)

type broadcastCmd struct {
	New      broadcastNewCmd      `cmd:"" help:"Write a draft from a file; nothing is sent."`
	Foretell broadcastForetellCmd `cmd:"" help:"What the desk would do with it now: count, reach by channel, who is left out and why."`
	Send     broadcastSendCmd     `cmd:"" help:"Send it; to many, it then waits for a second person's yes."`
	Approve  broadcastApproveCmd  `cmd:"" help:"Say yes as the second person."`
	Stop     broadcastStopCmd     `cmd:"" help:"Stop it, and take back what has not left the house."`
	Show     broadcastShowCmd     `cmd:"" help:"What came of it so far."`
	List     broadcastListCmd     `cmd:"" help:"The newest broadcasts."`
}

type broadcastNewCmd struct {
	place
	Property []string `required:"" sep:"none" placeholder:"NAME" help:"The property: its id or name. Name several, each with --property, to say it at all of them."`
	As       string   `placeholder:"WHO" help:"Who writes it: a staff member's name, e-mail address or id."`
	File     string   `arg:"" name:"file" help:"YAML: title, class, audience, languages with subject and body."`
}

// Run writes a draft.
func (c *broadcastNewCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		j, err := a.MakeBroadcast(r.ctx, c.As, c.Property, c.File)
		if err != nil {
			return err
		}
		id, title := j.ID, j.Parts[0].Title
		if id == "" {
			id = j.Parts[0].ID
		} else {
			title += ", at " + plural(len(j.Parts), "property", "properties")
		}
		r.printf("%s is a draft: %s\nSee first what it would do: hearth broadcast foretell %s\n", id, title, id)
		return nil
	})
}

type broadcastForetellCmd struct {
	place
	ID   string `arg:"" help:"Id of the broadcast."`
	JSON bool   `name:"json" help:"Print JSON."`
}

// Run foretells.
func (c *broadcastForetellCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		if done, err := c.joint(r, a); done || err != nil {
			return err
		}
		bar := &progress{out: r.errOut}
		f, err := a.Broadcasts.Foretell(r.ctx, c.ID, func(done, of int) { bar.show("asking the desk", float64(done)/float64(max(of, 1)), done) })
		bar.end()
		if err != nil {
			return err
		}
		if c.JSON {
			return json.NewEncoder(r.out).Encode(f)
		}
		r.forecast("", f)
		r.second(f.Second)
		return nil
	})
}

// forecast prints what the desk would do, for a property or altogether.
func (r *run) forecast(where string, f app.CastForecast) {
	r.printf("%s%s in %s.\n", where, plural(f.People, "resident", "residents"), plural(f.Homes, "home", "homes"))
	r.counts("  the desk would say %s: %d\n", f.Outcomes)
	channels := map[string]int{}
	for ch, n := range f.Channels {
		channels[string(ch)] = n
	}
	r.counts("  by %s: %d\n", channels)
	if f.Segments > 0 {
		cost := ""
		if f.Cost != "" {
			cost = ": " + f.Cost
		}
		r.printf("  %s of text messages to pay for%s\n", plural(f.Segments, "part", "parts"), cost)
	}
	if !f.Until.IsZero() {
		r.printf("  held until %s at most\n", f.Until.Format("2006-01-02 15:04 MST"))
	}
	for _, l := range f.Left {
		r.printf("  %d %s: %s\n", l.Count, l.Outcome, l.Reason)
	}
}

func (r *run) second(needed bool) {
	if needed {
		r.printf("%s\n", "So many need a second person's yes.")
	}
}

// joint foretells a broadcast to several properties; false for one to a single property.
func (c *broadcastForetellCmd) joint(r *run, a *app.App) (bool, error) {
	if _, _, err := a.Joint(r.ctx, c.ID); err != nil {
		return false, notJoint(err)
	}
	j, f, err := a.Broadcasts.ForetellJoint(r.ctx, c.ID)
	if err != nil {
		return true, err
	}
	if c.JSON {
		return true, json.NewEncoder(r.out).Encode(f)
	}
	for i, p := range j.Parts {
		r.forecast(p.Place+": ", f.Parts[i])
	}
	r.forecast("Altogether: ", f.All)
	r.second(f.All.Second)
	return true, nil
}

// notJoint passes over that a broadcast is for a single property.
func notJoint(err error) error {
	if hearth.CodeOf(err) == hearth.CodeNotFound {
		return nil
	}
	return err
}

// counts prints counts in the order of their names.
func (r *run) counts(format string, by map[string]int) {
	names := make([]string, 0, len(by))
	for name := range by {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		r.printf(format, name, by[name])
	}
}

// broadcastStep is what sending, approving and stopping take.
type broadcastStep struct {
	place
	As string `placeholder:"WHO" help:"Who does it: a staff member's name, e-mail address or id."`
	ID string `arg:"" help:"Id of the broadcast."`
}

func (c *broadcastStep) do(r *run, step string) error {
	return r.with(func(a *app.App) error {
		if done, err := c.joint(r, a, step); done || err != nil {
			return err
		}
		b, taken, err := a.BroadcastStep(r.ctx, c.As, c.ID, step)
		if err != nil {
			return err
		}
		switch {
		case step == "stop" && b.State == "done":
			r.printf("It was done already. %s back; what had left the house before stays said.\n", plural(taken, "message was taken", "messages were taken"))
		case b.State == "asked":
			r.printf("%s, so it waits for a second person: hearth broadcast approve --as WHO %s\n", plural(b.People, "resident is meant", "residents are meant"), b.ID)
		case b.State == "stopped":
			r.printf("Stopped. %s back; what had left the house before stays said.\n", plural(taken, "message was taken", "messages were taken"))
		default:
			r.printf("It is on its way to %s. See what comes of it: hearth broadcast show %s\n", plural(b.People, "resident", "residents"), b.ID)
		}
		return nil
	})
}

// joint does the step for a broadcast to several properties; false for one to a single property.
func (c *broadcastStep) joint(r *run, a *app.App, step string) (bool, error) {
	if _, _, err := a.Joint(r.ctx, c.ID); err != nil {
		return false, notJoint(err)
	}
	j, taken, err := a.JointStep(r.ctx, c.As, c.ID, step)
	if err != nil {
		return true, err
	}
	asked := false
	for _, p := range j.Parts {
		asked = asked || p.State == "asked"
		r.printf("%s: %s, %s\n", p.Place, p.State, plural(p.People, "resident", "residents"))
	}
	switch {
	case step == "stop":
		r.printf("%s back; what had left the house before stays said.\n", plural(taken, "message was taken", "messages were taken"))
	case asked:
		r.printf("It waits for a second person: hearth broadcast approve --as WHO %s\n", j.ID)
	default:
		r.printf("See what comes of it: hearth broadcast show %s\n", j.ID)
	}
	return true, nil
}

type broadcastSendCmd struct{ broadcastStep }

// Run sends.
func (c *broadcastSendCmd) Run(r *run) error { return c.do(r, "send") }

type broadcastApproveCmd struct{ broadcastStep }

// Run approves.
func (c *broadcastApproveCmd) Run(r *run) error { return c.do(r, "approve") }

type broadcastStopCmd struct{ broadcastStep }

// Run stops.
func (c *broadcastStopCmd) Run(r *run) error { return c.do(r, "stop") }

type broadcastShowCmd struct {
	place
	ID   string `arg:"" help:"Id of the broadcast."`
	JSON bool   `name:"json" help:"Print JSON."`
}

// Run shows one.
func (c *broadcastShowCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		if done, err := c.joint(r, a); done || err != nil {
			return err
		}
		b, res, err := a.Broadcast(r.ctx, c.ID)
		if err != nil {
			return err
		}
		if c.JSON {
			return json.NewEncoder(r.out).Encode(map[string]any{"broadcast": b, "result": res})
		}
		r.result(b.Title, b, res)
		return nil
	})
}

// result prints what came of a broadcast.
func (r *run) result(of string, b app.CastSaid, res app.CastCame) {
	r.printf("%s: %s, %d of %s put to the desk\n", of, b.State, b.Next, plural(b.People, "resident", "residents"))
	states := map[string]int{}
	for st, n := range res.States {
		states[string(st)] = n
	}
	r.counts("  %s: %d\n", states)
	for _, l := range res.Left {
		r.printf("    %d %s: %s\n", l.Count, l.Outcome, l.Reason)
	}
}

// joint shows a broadcast to several properties; false for one to a single property.
func (c *broadcastShowCmd) joint(r *run, a *app.App) (bool, error) {
	j, res, err := a.Joint(r.ctx, c.ID)
	if err != nil {
		return false, notJoint(err)
	}
	if c.JSON {
		return true, json.NewEncoder(r.out).Encode(map[string]any{"joint": j, "results": res})
	}
	r.printf("%s, at %s\n", j.Parts[0].Title, plural(len(j.Parts), "property", "properties"))
	for i, p := range j.Parts {
		r.result(p.Place, p.Broadcast, res[i])
	}
	return true, nil
}

type broadcastListCmd struct {
	place
	JSON bool `name:"json" help:"Print JSON."`
}

// Run lists.
func (c *broadcastListCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		list, err := a.BroadcastList(r.ctx)
		if err != nil {
			return err
		}
		if c.JSON {
			return json.NewEncoder(r.out).Encode(list)
		}
		w := r.table()
		w.row("ID\tSTATE\tPEOPLE\tMADE\tTITLE\n")
		for _, b := range list {
			w.row("%s\t%s\t%d of %d\t%s\t%s\n", b.ID, b.State, b.Next, b.People, b.Made.Format("2006-01-02 15:04"), b.Title)
		}
		return w.end()
	})
}
