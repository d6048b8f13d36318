package main

import (
	"encoding/json"

	"hearth/internal/app"
)

type segmentCmd struct {
	List   segmentListCmd   `cmd:"" help:"List the segments and how many residents are in each now."`
	Show   segmentShowCmd   `cmd:"" help:"Show a segment and who is in it now."`
	Set    segmentSetCmd    `cmd:"" help:"Make or change a segment."`
	Remove segmentRemoveCmd `cmd:"" help:"Remove a segment, or take back a change of a shipped one."`
}

type segmentListCmd struct {
	place
	Property string `placeholder:"NAME" help:"Count at one property; at all of them if left out."`
	JSON     bool   `name:"json" help:"Print JSON."`
}

// Run lists segments.
func (c *segmentListCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		list, err := a.Segments(r.ctx, c.Property)
		if err != nil {
			return err
		}
		if c.JSON {
			return json.NewEncoder(r.out).Encode(list)
		}
		w := r.table()
		w.row("ID\tIN IT NOW\tVERSION\tTITLE\tCONDITION\n")
		for _, s := range list {
			w.row("%s\t%d\t%d\t%s\t%s\n", s.ID, s.Count, s.Version, s.Title, s.If)
		}
		return w.end()
	})
}

type segmentShowCmd struct {
	place
	ID       string `arg:"" help:"Id of the segment."`
	Property string `placeholder:"NAME" help:"At one property; at all of them if left out."`
	JSON     bool   `name:"json" help:"Print JSON."`
}

// Run shows one.
func (c *segmentShowCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		s, members, err := a.SegmentMembers(r.ctx, c.ID, c.Property)
		if err != nil {
			return err
		}
		if c.JSON {
			return json.NewEncoder(r.out).Encode(map[string]any{"segment": s, "residents": members})
		}
		r.printf("%s (version %d): %s\n%s\n%s in it now.\n\n", s.Title, s.Version, s.If, s.Why, plural(len(members), "resident is", "residents are"))
		w := r.table()
		w.row("RESIDENT\tHOME\tNAME\n")
		for _, m := range members {
			w.row("%s\t%s\t%s\n", m.ID, m.Home, m.Name)
		}
		return w.end()
	})
}

type segmentSetCmd struct {
	place
	ID      string `arg:"" help:"Small letters, digits and underscores, like waits_long."`
	If      string `required:"" placeholder:"COND" help:"The condition over signals, such as 'service.days_waiting >= 14'. It may name other segments: segment.ID."`
	Title   string `required:"" placeholder:"T" help:"What the team reads in a list."`
	Why     string `placeholder:"W" help:"A sentence for the team."`
	Include int    `name:"include-current" placeholder:"N-per-day" help:"Start playbooks for those who are inside by the change, N of them a day. Left out, none start."`
}

// Run makes or changes one.
func (c *segmentSetCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		out, err := a.SetSegment(r.ctx, app.NewSegment(c.ID, c.Title, c.Why, c.If), c.Include)
		if err != nil {
			return err
		}
		if !out.Added {
			r.printf("%s is just so already (version %d).\n", c.ID, out.Segment.Version)
			return nil
		}
		r.printf("%s is version %d. ", c.ID, out.Segment.Version)
		if len(out.Playbooks) == 0 {
			r.printf("No active playbook means anything else by it.\n")
			return nil
		}
		r.printf("Playbooks with a new version; runs stay on theirs:\n")
		for _, p := range out.Playbooks {
			r.printf("  %s, version %d: %s inside now, %d will start.\n", p.Playbook, p.Version, plural(len(p.Inside), "resident", "residents"), p.Included)
		}
		return nil
	})
}

type segmentRemoveCmd struct {
	place
	ID string `arg:"" help:"Id of the segment."`
}

// Run removes one.
func (c *segmentRemoveCmd) Run(r *run) error {
	return r.with(func(a *app.App) error {
		if _, err := a.Engine.RemoveSegment(r.ctx, c.ID); err != nil {
			return err
		}
		r.printf("%s is removed.\n", c.ID)
		return nil
	})
}
