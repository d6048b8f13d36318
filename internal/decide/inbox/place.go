package inbox

import (
	"context"
	"fmt"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/message/letterbox"
	"hearth/internal/base/channel/bounce"
	"hearth/internal/base/db"
	"hearth/internal/fact/record"
)

// Place puts a mail that may be of several people, or of nobody, into the conversation of the resident who wrote it, as a
// person says. Saying the same again changes nothing. It fails with CodeForbidden for the system itself, with CodeNotFound
// if there is no such mail or resident, and with CodeConflict once it was decided otherwise.
func (b *Inbox) Place(ctx context.Context, tx *db.Tx, actor hearth.Actor, id string, who hearth.ResidentID) (letterbox.Letter, error) {
	l, err := b.undecided(ctx, tx, actor, id)
	if err != nil {
		return l, err
	}
	if l.State == letterbox.Done && l.Resident == who {
		return l, nil
	}
	r, err := b.Records.Resident(ctx, tx, who)
	if err != nil {
		return l, err
	}
	if ours, err := b.settles(ctx, tx, l, letterbox.Done); err != nil || !ours {
		return l, err
	}
	in := message.Inbound{Property: r.Property, Resident: r.ID, Channel: hearth.ChannelEmail, Text: l.Body, Title: l.Subject, Address: l.Address,
		Automatic: l.Kind != string(bounce.Reply)}
	if l.About != "" {
		m, err := b.Messages.Get(ctx, tx, l.About)
		if err != nil && hearth.CodeOf(err) != hearth.CodeNotFound {
			return l, err
		}
		in.Topic, in.Answers = m.Topic, m.ID
	}
	if err := b.heedPlaced(ctx, tx, l, r); err != nil {
		return l, err
	}
	began, err := b.beginPlaced(ctx, tx, actor, l, r)
	if err != nil {
		return l, err
	}
	if began || wishIn(l.Body, l.Subject, l.About != "").ends() {
		in.Topic = optOut
	}
	n := newsOf(l, r.ID)
	n.Actor = actor
	if l.Message, err = b.Messages.Receive(ctx, tx, n, in); err != nil {
		return l, fmt.Errorf("place mail %s: %w", id, err)
	}
	l.State, l.Resident, l.Property, l.Note = letterbox.Done, r.ID, r.Property, "A person said who wrote it."
	if err := b.endAsking(ctx, tx, actor, l.ID); err != nil {
		return l, err
	}
	return l, b.Letters.Settle(ctx, tx, actor, l)
}

// Dismiss says of such a mail that no resident wrote it. It is kept.
func (b *Inbox) Dismiss(ctx context.Context, tx *db.Tx, actor hearth.Actor, id string) (letterbox.Letter, error) {
	l, err := b.undecided(ctx, tx, actor, id)
	if err != nil || l.State == letterbox.Nobody {
		return l, err
	}
	if ours, err := b.settles(ctx, tx, l, letterbox.Nobody); err != nil || !ours {
		return l, err
	}
	l.State, l.Resident, l.Note = letterbox.Nobody, "", "A person said that no resident wrote it."
	if err := b.endAsking(ctx, tx, actor, l.ID); err != nil {
		return l, err
	}
	return l, b.Letters.Settle(ctx, tx, actor, l)
}

func (b *Inbox) settles(ctx context.Context, tx *db.Tx, l letterbox.Letter, to letterbox.State) (bool, error) {
	ours, err := b.Letters.Take(ctx, tx, l.ID, letterbox.Unplaced, to)
	if err == nil && !ours {
		err = hearth.Errorf(hearth.CodeConflict, "This mail was decided about already: it is %s.", l.State)
	}
	return ours, err
}

func (b *Inbox) undecided(ctx context.Context, tx *db.Tx, actor hearth.Actor, id string) (letterbox.Letter, error) {
	if actor.Kind == "system" || actor.Kind == "resident" || actor.Kind == "" {
		return letterbox.Letter{}, hearth.Errorf(hearth.CodeForbidden, "Only a member of the team can say who wrote a mail: name them with --as, or by.")
	}
	return b.Letters.Get(ctx, tx, id)
}

// Candidates gives who may have written a letter, as the team knows them.
func (b *Inbox) Candidates(ctx context.Context, tx *db.Tx, letters []letterbox.Letter) (map[hearth.ResidentID]record.Contact, error) {
	var ids []hearth.ResidentID
	for _, l := range letters {
		ids = append(ids, l.Candidates...)
		if l.Resident != "" {
			ids = append(ids, l.Resident)
		}
	}
	return b.Records.Contacts(ctx, tx, ids)
}
