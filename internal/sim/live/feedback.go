package live

import (
	"context"
	"fmt"
	"strings"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/task"
	"hearth/internal/base/channel"
	"hearth/internal/base/db"
	"hearth/internal/fact/record"
	"hearth/internal/sim/world"
)

// Feedback implements sim.Hearth. since never goes back from call to call, so older mail is forgotten.
func (p *Program) Feedback(ctx context.Context, since time.Time) (world.Feedback, error) {
	var fb world.Feedback
	err := p.App.DB.Read(ctx, func(tx *db.Tx) error {
		fb = world.Feedback{}
		tasks, err := p.App.Tasks.Brief(ctx, tx)
		if err != nil {
			return err
		}
		for _, d := range p.box.after(since) {
			m, err := p.App.Messages.Get(ctx, tx, d.id)
			if err != nil {
				return err
			}
			told, err := p.messageTold(ctx, tx, m, d.at)
			if err != nil {
				return err
			}
			fb.Messages = append(fb.Messages, told)
		}
		for _, t := range tasks {
			told, err := p.taskTold(ctx, tx, t)
			if err != nil {
				return err
			}
			fb.Tasks = append(fb.Tasks, told)
		}
		return nil
	})
	return fb, err
}

func (p *Program) messageTold(ctx context.Context, tx *db.Tx, m message.Message, at time.Time) (world.Message, error) {
	resident, err := p.names.theirs(ctx, tx, p.App.Records, "resident", string(m.Resident), p.source)
	return world.Message{ID: string(m.ID), Resident: resident, Purpose: m.Purpose, Class: m.Class, Channel: m.Channel, At: at}, err
}

func (p *Program) taskTold(ctx context.Context, tx *db.Tx, t task.Task) (world.Task, error) {
	told := world.Task{ID: string(t.ID), Kind: t.Kind, Role: t.Role, Minutes: t.Minutes, Due: t.DueAt}
	var err error
	if told.Asks, err = p.asked(ctx, tx, t.ID); err != nil {
		return told, err
	}
	if told.Resident, err = p.names.theirs(ctx, tx, p.App.Records, "resident", string(t.Resident), p.source); err != nil {
		return told, err
	}
	told.Staff, err = p.names.theirs(ctx, tx, p.App.Records, "staff", string(t.Owner), p.source)
	return told, err
}

// asked gives what a task asks, which never changes.
func (p *Program) asked(ctx context.Context, tx *db.Tx, id hearth.TaskID) ([]world.Ask, error) {
	if asks, ok := p.asks[id]; ok {
		return asks, nil
	}
	t, err := p.App.Tasks.Get(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	var asks []world.Ask
	for _, a := range t.Asks {
		asks = append(asks, world.Ask{Fact: a.Fact, Kind: a.Kind})
	}
	p.asks[id] = asks
	return asks, nil
}

// names remembers which id of the world is which of ours; they never change.
type names struct{ in, out map[string]string }

func newNames() names { return names{in: map[string]string{}, out: map[string]string{}} }

// ours gives our identity behind one of the world's.
func (n names) ours(ctx context.Context, tx *db.Tx, records *record.Store, kind, ext, source string) (string, error) {
	key := kind + "/" + ext
	if id := n.in[key]; id != "" {
		return id, nil
	}
	ids, err := records.Named(ctx, tx, kind, ext, source)
	if err != nil {
		return "", err
	}
	if len(ids) != 1 {
		return "", hearth.Errorf(hearth.CodeNotFound, "The %s %s of the generated community is not known.", kind, ext)
	}
	n.in[key] = ids[0]
	return ids[0], nil
}

// theirs gives the world's id of one of ours, "" for none.
func (n names) theirs(ctx context.Context, tx *db.Tx, records *record.Store, kind, id, source string) (string, error) {
	if id == "" {
		return "", nil
	}
	key := kind + "/" + id
	if ext := n.out[key]; ext != "" {
		return ext, nil
	}
	all, err := records.Externals(ctx, tx, kind, id)
	if err != nil {
		return "", err
	}
	for _, e := range all {
		if e.Source == source {
			n.out[key] = e.Ext
			return e.Ext, nil
		}
	}
	return "", fmt.Errorf("%s %s has no name in the generated community", kind, id)
}

// box is a mail server that takes everything and remembers what came until it was asked for. Only one goroutine uses it.
type box struct {
	clock hearth.Clock
	mails []arrival
}

// arrival is a mail that reached somebody.
type arrival struct {
	id hearth.MessageID
	at time.Time
}

var _ channel.Sender = (*box)(nil)

// Send implements channel.Sender. The mail is composed as it would be for a server, so that one that cannot be is refused.
func (b *box) Send(_ context.Context, mail *channel.Email, beforeDot func() error) channel.Result {
	if _, err := mail.Compose(); err != nil {
		return channel.Result{Outcome: channel.Permanent, Stage: channel.StageBuild, Err: err}
	}
	if err := beforeDot(); err != nil {
		return channel.Result{Outcome: channel.Temporary, Stage: channel.StageData, Err: err}
	}
	id, _, _ := strings.Cut(mail.MessageID, "@")
	b.mails = append(b.mails, arrival{hearth.MessageID(id), b.clock.Now()})
	return channel.Result{Outcome: channel.Sent, Stage: channel.StageReply, Code: 250}
}

// Close implements channel.Sender; a box holds nothing open.
func (b *box) Close() error { return nil }

// after gives what came after a time and forgets what came before.
func (b *box) after(since time.Time) []arrival {
	var kept []arrival
	for _, m := range b.mails {
		if m.at.After(since) {
			kept = append(kept, m)
		}
	}
	b.mails = kept
	return kept
}
