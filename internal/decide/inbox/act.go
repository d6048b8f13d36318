package inbox

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/message/letterbox"
	"hearth/internal/base/channel/bounce"
	"hearth/internal/base/channel/inbound"
	"hearth/internal/base/db"
	"hearth/internal/fact/record"
)

// named is the message of ours that a mail names, and how surely.
type named struct {
	message message.Message
	ok      bool
	// returned: it came to the address for bounces, so that only a server that had the mail can have written.
	returned bool
	// proven: the address that it came to carries our proof; otherwise only its header names the message.
	proven bool
}

// actOn does what follows from one mail and notes it.
func (b *Inbox) actOn(ctx context.Context, tx *db.Tx, l opened) error {
	o := letterbox.Outcome{Kind: string(l.what.Class), Note: l.what.Reason, Address: l.mail.From(), AddressKey: record.EmailKey(l.mail.From()),
		Subject: cut(l.mail.Header.Get("Subject"), 500)}
	about, err := b.names(ctx, tx, l)
	if err != nil {
		return err
	}
	if about.ok {
		o.About, o.Resident, o.Property = about.message.ID, about.message.Resident, about.message.Property
	}
	state := letterbox.Done
	switch l.what.Class {
	case bounce.Hard, bounce.Soft, bounce.Delayed, bounce.Delivered, bounce.Complaint:
		err = b.report(ctx, tx, l, about, &o)
	default:
		state, err = b.written(ctx, tx, l, about, &o)
	}
	if err != nil {
		return err
	}
	if faults := strings.Join(l.mail.Faults, " "); faults != "" {
		o.Note += " " + faults
	}
	if state != letterbox.Done {
		if _, err := b.Letters.Take(ctx, tx, l.ID, letterbox.Done, state); err != nil {
			return err
		}
	}
	return b.Letters.Note(ctx, tx, l.ID, o)
}

// written takes what a person, or another system in a person's place, wrote.
func (b *Inbox) written(ctx context.Context, tx *db.Tx, l opened, about named, o *letterbox.Outcome) (letterbox.State, error) {
	is, proven, err := b.isCopy(ctx, tx, l)
	if err != nil {
		return "", err
	}
	if is {
		return b.copied(ctx, tx, l, proven, o)
	}
	return b.said(ctx, tx, l, about, o)
}

// cut shortens a text to so many bytes, at the end of a letter.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}

// names finds the message that a mail is about: by the proof in an address that it came to, then by what it answers.
func (b *Inbox) names(ctx context.Context, tx *db.Tx, l opened) (named, error) {
	for _, address := range addresses(l) {
		w, id, ok, err := b.Messages.Addressed(ctx, tx, address)
		if err != nil {
			return named{}, err
		}
		if !ok {
			continue
		}
		m, err := b.Messages.Get(ctx, tx, id)
		if hearth.CodeOf(err) == hearth.CodeNotFound {
			continue // erased
		}
		return named{message: m, ok: err == nil, proven: true, returned: w == message.Return}, err
	}
	for _, id := range l.mail.Answers() {
		m, err := b.Messages.ByMailID(ctx, tx, id)
		if hearth.CodeOf(err) == hearth.CodeNotFound {
			continue
		}
		return named{message: m, ok: err == nil && m.Direction == message.Out}, err
	}
	return named{}, nil
}

// maxAddresses bounds how many addresses of one mail are looked at.
const maxAddresses = 20

// addresses gives where a mail came to, and where the mail that it is about came from. Each proof stands for itself, wherever
// it is found.
func addresses(l opened) []string {
	out := slices.Clone(l.Rcpt)
	for _, name := range []string{"Delivered-To", "X-Original-To", "Envelope-To", "To"} {
		if a := inbound.Bare(l.mail.Header.Get(name)); a != "" {
			out = append(out, a)
		}
	}
	if l.what.Class != bounce.Reply {
		for _, v := range []string{l.mail.Feedback.Get("Original-Mail-From"), l.mail.Original.Get("Return-Path"), l.mail.Original.Get("X-Original-From")} {
			if a := inbound.Bare(v); a != "" {
				out = append(out, a)
			}
		}
	}
	return out[:min(len(out), maxAddresses)]
}

// report acts on what a server tells of a mail. Without the proof that only the mail's own way back carries it is worth
// nothing: anybody can write that an address does not exist.
func (b *Inbox) report(ctx context.Context, tx *db.Tx, l opened, about named, o *letterbox.Outcome) error {
	if !about.ok || !about.returned {
		o.Note += " Nothing follows from it: it did not come to the address of a mail of ours."
		o.Resident, o.Property = "", ""
		return nil
	}
	id := about.message.ID
	var err error
	switch l.what.Class {
	case bounce.Hard, bounce.Soft:
		var stopped bool
		stopped, err = b.Messages.CameBack(ctx, tx, message.Back{Message: id, Code: l.what.Code, Said: l.what.Said, At: l.Received}, l.what.Class == bounce.Hard)
		if stopped {
			o.Note += " Nothing goes to the address any more."
		}
	case bounce.Complaint:
		err = b.Messages.Complained(ctx, tx, id, l.Received)
		o.Note += " Nothing goes to the address any more."
	case bounce.Delivered:
		_, err = b.Messages.Report(ctx, tx, message.Report{Message: id, State: message.Delivered, At: l.Received})
	}
	if code := hearth.CodeOf(err); code == hearth.CodeConflict || code == hearth.CodeNotFound {
		o.Note += " " + hearth.MessageOf(err)
		return nil
	}
	return err
}

// said acts on what somebody wrote, or a machine in their name.
func (b *Inbox) said(ctx context.Context, tx *db.Tx, l opened, about named, o *letterbox.Outcome) (letterbox.State, error) {
	o.Body = cut(b.quotes.Own(l.mail.Text), message.MaxText)
	if o.Body == "" {
		o.Body = withoutWords(l.mail)
	}
	automatic := l.what.Class != bounce.Reply
	who, candidates, why, err := b.writer(ctx, tx, l, about)
	if err != nil {
		return "", err
	}
	var stop heeded
	if w := wishIn(o.Body, o.Subject, about.ok); w.ends() && !automatic {
		if stop, err = b.heed(ctx, tx, l, about, w, who, o); err != nil {
			return "", err
		}
	}
	began := false
	if startIn(o.Body, o.Subject, about.ok) && !automatic {
		if !b.proves(l, about, o.AddressKey, who) {
			why = "They ask for messages again, and nothing shows that the mail is theirs: it answers none of ours that went to its sender. A person has to say who wrote it."
			return b.unplaced(ctx, tx, candidates, why, o)
		}
		if began, err = b.beginBy(ctx, tx, l, about, who, o.Address, o.Body); err != nil {
			return "", err
		}
		if began {
			o.Note += " They asked for messages again, and were told that it worked."
		}
	}
	switch {
	case stop.ask != "":
		why = stop.ask
	case (stop.stopped || began) && who.ID == "":
		return letterbox.Done, nil // it was about the address, whoever of those who share it wrote
	case who.ID != "":
		if !automatic {
			if err := b.mayEnd(ctx, tx, l, who, o); err != nil {
				return "", err
			}
		}
		return letterbox.Done, b.receive(ctx, tx, l, who, about, automatic, stop.stopped || began, o)
	case automatic && l.what.Class != bounce.Unreadable:
		o.Note += " It belongs to nobody for sure, and no person waits for an answer."
		return letterbox.Done, nil
	}
	return b.unplaced(ctx, tx, candidates, why, o)
}

// unplaced leaves a mail to a person, with those who may have written it.
func (b *Inbox) unplaced(ctx context.Context, tx *db.Tx, candidates []hearth.ResidentID, why string, o *letterbox.Outcome) (letterbox.State, error) {
	o.Candidates, o.Resident, o.Property = candidates, "", ""
	for _, id := range candidates {
		r, err := b.Records.Resident(ctx, tx, id)
		if err != nil {
			return "", err
		}
		if o.Property == "" {
			o.Property = r.Property
		}
	}
	o.Note += " " + why
	return letterbox.Unplaced, nil
}

func withoutWords(m *inbound.Mail) string {
	names := make([]string, 0, len(m.Parts))
	for _, p := range m.Parts {
		if p.Name != "" {
			names = append(names, p.Name)
		}
	}
	switch {
	case len(names) > 0:
		return "(no words; files: " + cut(strings.Join(names, ", "), 1000) + ")"
	case len(m.Parts) > 0:
		return fmt.Sprintf("(no words; %d files)", len(m.Parts))
	}
	return "(no words)"
}

// proves tells whether a mail shows that it is from who its sender's name says. Anybody can write a name: it answers a mail of ours that went to
// this address, or to one whose owner has this one as well; or the mail server that is believed says so.
func (b *Inbox) proves(l opened, about named, from string, who record.Resident) bool {
	said := l.mail.Sender(b.Believed)
	if said != inbound.Fail && about.proven && (from == about.message.AddressKey || who.ID != "" && from == record.EmailKey(who.Email)) {
		return true
	}
	return said == inbound.Pass
}

// writer tells who wrote a mail: the resident whose mail it answers, else the one whose address it came from. Where several
// may have, or nobody is known, it gives the candidates and says so. Our proof goes along when a mail is handed on, so that an answer from an
// address that is nobody's is by somebody unknown; so is one of which the mail server that is believed says that its sender is another.
func (b *Inbox) writer(ctx context.Context, tx *db.Tx, l opened, about named) (who record.Resident, candidates []hearth.ResidentID, why string, err error) {
	key := record.EmailKey(l.mail.From())
	here, err := b.Records.ResidentsByEmail(ctx, tx, key)
	if err != nil {
		return who, nil, "", err
	}
	for _, r := range here {
		candidates = append(candidates, r.ID)
	}
	fails := l.mail.Sender(b.Believed) == inbound.Fail
	if about.ok && about.message.Resident != "" {
		id, err := b.person(ctx, tx, about.message.Resident)
		if err != nil {
			return who, nil, "", err
		}
		mine := slices.Contains(candidates, id)
		// With our proof the answer is theirs from an address of theirs, and from the one that the mail went to. By its header alone it
		// must come from the latter, and from no shared one.
		if !fails && (about.proven && (mine || key == about.message.AddressKey) || !about.proven && key == about.message.AddressKey && len(here) <= 1) {
			who, err = b.Records.Resident(ctx, tx, id)
			if hearth.CodeOf(err) != hearth.CodeNotFound {
				return who, candidates, "", err
			}
		}
		if !mine {
			candidates = append([]hearth.ResidentID{id}, candidates...)
		}
		if len(here) == 0 {
			return record.Resident{}, candidates, "It answers a mail to somebody else's address; a person has to say who wrote it.", nil
		}
	}
	switch {
	case fails && len(candidates) > 0:
		return who, candidates, "Your mail server says that somebody else sent it under this address; a person has to say who wrote it.", nil
	case len(candidates) == 1 && len(here) == 1:
		return here[0], candidates, "", nil
	case len(candidates) == 0:
		return who, nil, "Nobody on record has this address; a person has to say who wrote it.", nil
	}
	return record.Resident{}, candidates, "Several people may have written it; a person has to say who did.", nil
}

// receive puts a mail into its writer's conversation. word: it was a word about messages themselves, and waits for no answer.
func (b *Inbox) receive(ctx context.Context, tx *db.Tx, l opened, who record.Resident, about named, automatic, word bool, o *letterbox.Outcome) error {
	o.Resident, o.Property = who.ID, who.Property
	in := message.Inbound{Property: who.Property, Resident: who.ID, Channel: hearth.ChannelEmail, Text: o.Body, Title: o.Subject, Address: o.Address,
		Automatic: automatic}
	if automatic {
		in.Why = l.what.Reason
	}
	if about.ok {
		in.Topic, in.Answers = about.message.Topic, about.message.ID
	}
	if word {
		in.Topic = optOut
	}
	id, err := b.Messages.Receive(ctx, tx, newsOf(l.Letter, who.ID), in)
	o.Message = id
	return err
}

func newsOf(l letterbox.Letter, r hearth.ResidentID) record.News {
	return record.News{Source: source, EventID: hearth.DeriveID("evt_", "mail", l.ID), Time: l.Received, Actor: hearth.Actor{Kind: "resident", ID: string(r)}}
}
