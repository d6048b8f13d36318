package trigger

import (
	"context"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/work"
	"hearth/internal/decide/broadcast"
	"hearth/internal/decide/desk"
	"hearth/internal/decide/playbook"
)

// lostDue takes a message that was not delivered before the desk.
func (b *batch) lostDue(ctx context.Context, d work.Due) error {
	m, err := b.desk.Messages.Get(ctx, b.tx, hearth.MessageID(d.Key))
	if hearth.CodeOf(err) == hearth.CodeNotFound {
		return nil
	}
	if err != nil {
		return err
	}
	lost, err := b.desk.Sharers(ctx, b.tx, m)
	if err != nil {
		return err
	}
	for _, l := range append([]desk.Lost{{Message: m}}, lost...) {
		b.lost = append(b.lost, l)
		if _, err := b.entry(ctx, l.Message.Resident, l.Message.Property); err != nil {
			return err
		}
	}
	return nil
}

// sayAgain asks the desk about the messages that were not delivered. Those of runs that have left their playbook, and of
// broadcasts that were stopped, nobody needs any more.
func (b *batch) sayAgain(ctx context.Context) error {
	if len(b.lost) == 0 {
		return nil
	}
	msgs := make([]message.Message, len(b.lost))
	for i, l := range b.lost {
		msgs[i] = l.Message
	}
	runs, about, err := b.runsOf(ctx, msgs)
	if err != nil {
		return err
	}
	left := map[hearth.RunID]string{}
	for _, r := range append(runs, b.left...) {
		if r.State == playbook.RunLeft {
			left[r.ID] = r.Ending
		}
	}
	lost := make([]desk.Lost, len(b.lost))
	for i, l := range b.lost {
		m := l.Message
		lost[i] = desk.Lost{Message: m, Shared: l.Shared, About: about[m.ID]}
		if because, gone := left[m.Run]; gone && m.Run != "" {
			lost[i].Over = "Not said any more: " + because
		}
		if m.Run != "" {
			continue
		}
		many, stopped, err := broadcast.Of(ctx, b.tx, m)
		if err != nil {
			return err
		}
		if lost[i].Many = many; stopped {
			lost[i].Over = "The broadcast was stopped."
		}
	}
	verdicts, err := b.desk.Again(ctx, b.tx, lost, b.view)
	if err != nil {
		return fmt.Errorf("ask the desk about what was not delivered: %w", err)
	}
	b.felt(verdicts)
	for i, v := range verdicts {
		if v.Outcome == "" || !lost[i].Many {
			continue
		}
		if err := broadcast.Replace(ctx, b.tx, lost[i].Message, v.Message); err != nil {
			return err
		}
	}
	return nil
}

// runsOf reads the runs of messages, and when that happens which each message is about.
func (b *batch) runsOf(ctx context.Context, msgs []message.Message) ([]*playbook.Run, map[hearth.MessageID]time.Time, error) {
	var ids []string
	for _, m := range msgs {
		if m.Run != "" {
			ids = append(ids, string(m.Run))
		}
	}
	stored, err := playbook.RunsByID(ctx, b.tx, ids)
	if err != nil {
		return nil, nil, err
	}
	about, err := b.aboutOf(ctx, msgs, stored)
	return stored, about, err
}
