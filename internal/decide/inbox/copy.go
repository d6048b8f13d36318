package inbox

import (
	"context"
	"slices"
	"strings"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/message/letterbox"
	"hearth/internal/base/channel/inbound"
	"hearth/internal/base/db"
	"hearth/internal/fact/record"
)

// PurposeCopy is the purpose of messages that another system sent and of which a copy came in.
const PurposeCopy = "copy"

// isCopy tells whether a mail came as a copy, and whether to the whole address that only those know who were told it.
func (b *Inbox) isCopy(ctx context.Context, tx *db.Tx, l opened) (is, proven bool, err error) {
	for _, a := range l.Rcpt {
		one, sure, err := b.Messages.IsCopy(ctx, tx, a)
		if err != nil {
			return false, false, err
		}
		is, proven = is || one, proven || sure
	}
	return is, proven, nil
}

// maxCopied bounds the residents of one copy.
const maxCopied = 50

// copied takes a mail that somebody of the team, or another system in a property's name, wrote to residents: it counts as said to
// each of them whose address is theirs alone, once. A copy from anybody else, or to an address without its proof, is left to a
// person: it would keep the desk from saying the same.
func (b *Inbox) copied(ctx context.Context, tx *db.Tx, l opened, proven bool, o *letterbox.Outcome) (letterbox.State, error) {
	o.Body = cut(b.quotes.Own(l.mail.Text), message.MaxText)
	if !proven {
		o.Note += " It came as a copy, to an address without its proof; hearth mail copy-address gives the whole one."
		return letterbox.Unplaced, nil
	}
	ours, err := b.ours(ctx, tx, o.AddressKey)
	if err != nil {
		return "", err
	}
	if !ours {
		o.Note += " It came as a copy, and its sender is neither of the team nor a property's own."
		return letterbox.Unplaced, nil
	}
	n, seen := 0, map[hearth.ResidentID]bool{}
	for _, a := range recipients(l.mail) {
		key := record.EmailKey(a)
		who, err := b.Records.ResidentsByEmail(ctx, tx, key)
		if err != nil {
			return "", err
		}
		if len(who) != 1 || seen[who[0].ID] {
			continue // a shared address says nothing about who reads it
		}
		r := who[0]
		seen[r.ID] = true
		id := hearth.MessageID(hearth.DeriveID("msg_", "copy", l.ID, string(r.ID)))
		if _, err := b.Messages.SentElsewhere(ctx, tx, record.News{}, PurposeCopy, message.Message{ID: id, Property: r.Property, Resident: r.ID, Class: hearth.ClassService, Purpose: PurposeCopy,
			Channel: hearth.ChannelEmail, Address: a, AddressKey: key, Subject: o.Subject, Body: o.Body, Made: l.Received, Reason: "Another system sent it; a copy came in."}); err != nil {
			return "", err
		}
		o.Message, o.Resident, o.Property = id, r.ID, r.Property
		n++
	}
	if n == 0 {
		o.Note += " It came as a copy, and no resident is named by an address of their own."
		return letterbox.Unplaced, nil
	}
	o.Note += " It came as a copy and counts as said."
	return letterbox.Done, nil
}

// ours tells whether an address is of the team, or the sender of a property.
func (b *Inbox) ours(ctx context.Context, tx *db.Tx, key string) (bool, error) {
	if key == "" {
		return false, nil
	}
	_, err := b.Records.StaffByEmail(ctx, tx, key)
	if err == nil || hearth.CodeOf(err) != hearth.CodeNotFound {
		return err == nil, err
	}
	all, err := b.Records.Properties(ctx, tx)
	return slices.ContainsFunc(all, func(p record.Property) bool {
		return record.EmailKey(inbound.Bare(p.Settings.SenderAddress)) == key || record.EmailKey(inbound.Bare(p.Settings.ReplyTo)) == key
	}), err
}

// recipients gives whom a mail was written to, by its header.
func recipients(m *inbound.Mail) []string {
	var out []string
	for _, name := range []string{"To", "Cc"} {
		for part := range strings.SplitSeq(m.Header.Get(name), ",") {
			if a := inbound.Bare(part); a != "" && len(out) < maxCopied {
				out = append(out, a)
			}
		}
	}
	return out
}
