package live

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"hearth"
	"hearth/internal/act/message/conversation"
	"hearth/internal/act/task"
	"hearth/internal/app"
	"hearth/internal/base/db"
	"hearth/internal/decide/desk"
	"hearth/internal/decide/inbox"
	"hearth/internal/edge/ingest"
	"hearth/internal/sim/world"
)

// Import implements sim.Hearth: the file lies on disk and is imported as the command does it. After the first whole
// directory of residents the playbooks are switched on.
func (p *Program) Import(ctx context.Context, prop world.Property, f world.File) error {
	if _, err := p.settle(ctx); err != nil {
		return err
	}
	path := filepath.Join(p.files, f.Name)
	if err := os.WriteFile(path, f.Body, 0o600); err != nil {
		return fmt.Errorf("write the export %s: %w", f.Name, err)
	}
	defer os.Remove(path)
	p.source, p.settled = prop.Source, false
	rep, err := p.App.Import(ctx, app.ImportRequest{Property: prop.Name, Zone: prop.Zone.String(), Source: prop.Source, Kind: f.Kind,
		Files: []string{path}, Partial: !f.Full})
	if err != nil {
		return err
	}
	if rep.Counts.Quarantined > 0 {
		return fmt.Errorf("import %s: %d rows were set aside; the first: %s", f.Name, rep.Counts.Quarantined, quarantined(rep))
	}
	if err := p.findParts(ctx); err != nil {
		return err
	}
	if f.Full && f.Kind == "residents" && !p.begun {
		return p.begin(ctx)
	}
	return nil
}

func quarantined(rep *app.ImportReport) string {
	for _, r := range rep.Rows {
		if r.Action == "quarantined" {
			return fmt.Sprintf("line %d, %s: %s", r.Line, r.What, r.Reason)
		}
	}
	return ""
}

// Post implements sim.Hearth.
func (p *Program) Post(ctx context.Context, events []world.Event) ([]string, error) {
	evs := make([]ingest.CloudEvent, len(events))
	for i, e := range events {
		data, err := json.Marshal(e.Data)
		if err != nil {
			return nil, fmt.Errorf("encode event %s: %w", e.ID, err)
		}
		evs[i] = ingest.CloudEvent{ID: e.ID, Source: e.Source, Type: e.Type, Subject: e.Subject, Time: e.Time, Data: data}
	}
	p.settled = false
	outcomes, err := p.App.Door.Post(ctx, evs, hearth.Actor{Kind: "token", ID: "pms", Name: "The property's system"})
	if err != nil {
		return nil, err
	}
	said := make([]string, len(outcomes))
	for i, o := range outcomes {
		if said[i] = o.Status; o.Err != nil {
			p.App.Logger.Warn("an event was refused", "type", events[i].Type, "id", o.ID, "why", o.Err.Message)
		}
	}
	return said, nil
}

// Finish implements sim.Hearth.
func (p *Program) Finish(ctx context.Context, d world.Done) error {
	p.settled = false
	return p.App.DB.Write(ctx, func(tx *db.Tx) error {
		id, err := p.names.ours(ctx, tx, p.App.Records, "staff", d.Staff, p.source)
		if err != nil {
			return err
		}
		return p.App.Tasks.Done(ctx, tx, hearth.Actor{Kind: "staff", ID: id}, hearth.TaskID(d.Task), d.Facts)
	})
}

// Reply implements sim.Hearth: the answer passes the desk, in the conversation as it stands by now. Who may not be written to is
// called instead.
func (p *Program) Reply(ctx context.Context, a world.Reply) error {
	p.settled = false
	if err := p.follow(ctx); err != nil {
		return err
	}
	var actor hearth.Actor
	var talk string
	refused := false
	err := p.App.DB.Write(ctx, func(tx *db.Tx) error {
		staff, err := p.names.ours(ctx, tx, p.App.Records, "staff", a.Staff, p.source)
		if err != nil {
			return err
		}
		who, err := p.names.ours(ctx, tx, p.App.Records, "resident", a.Resident, p.source)
		if err != nil {
			return err
		}
		actor, talk = hearth.Actor{Kind: "staff", ID: staff}, conversation.ID(hearth.ResidentID(who), a.Topic)
		v, err := p.App.Inbox.Reply(ctx, tx, actor, talk, inbox.Draft{Text: a.Text})
		if refused = err == nil && v.Outcome != desk.Sent && v.Outcome != desk.Held; refused {
			err = hearth.Errorf(hearth.CodeConflict, "The desk did not send the answer: %s", v.Reason) // and it leaves no trace
		}
		return err
	})
	if !refused {
		return err
	}
	return p.call(ctx, a, actor, talk)
}

// call has a staff member answer by telephone, which ends the conversation.
func (p *Program) call(ctx context.Context, a world.Reply, actor hearth.Actor, talk string) error {
	now := p.clock.Now()
	call := world.Event{ID: fmt.Sprintf("called-%s-%d", a.Resident, now.UnixMilli()), Source: p.source, Type: "contact.personal", Subject: "resident/" + a.Resident, Time: now,
		Data: map[string]any{"staff": a.Staff, "kind": "call"}}
	said, err := p.Post(ctx, []world.Event{call})
	switch {
	case err != nil:
		return err
	case said[0] != "accepted" && said[0] != "duplicate":
		return hearth.Errorf(hearth.CodeConflict, "The call was %s.", said[0])
	}
	return p.App.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := p.App.Inbox.Conversations.Finish(ctx, tx, actor, talk)
		return err
	})
}

// follow brings conversations up to what was told.
func (p *Program) follow(ctx context.Context) error {
	for {
		more, err := p.App.Inbox.FollowOnce(ctx)
		if err != nil {
			return fmt.Errorf("follow conversations: %w", err)
		}
		if !more {
			return nil
		}
	}
}

// Settle implements sim.Hearth.
func (p *Program) Settle(ctx context.Context, s world.Settled) error {
	p.settled = false
	return p.App.DB.Write(ctx, func(tx *db.Tx) error {
		staff, err := p.names.ours(ctx, tx, p.App.Records, "staff", s.Staff, p.source)
		if err != nil {
			return err
		}
		who, err := p.names.ours(ctx, tx, p.App.Records, "resident", s.Resident, p.source)
		if err != nil {
			return err
		}
		id := task.PromiseID(hearth.TaskID(s.Task), s.Fact)
		return p.App.Tasks.Settle(ctx, tx, hearth.Actor{Kind: "staff", ID: staff}, hearth.ResidentID(who), id, s.Kept)
	})
}
