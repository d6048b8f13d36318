package inbox

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/message/letterbox"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/decide/desk/texting"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/record"
	"hearth/internal/sense/signal"
)

// optOut is the topic of words that end messages: no answer to anything.
const optOut = signal.OptOut

// stopSource is by which way such a word came, as the list of who wants no more says it.
const stopSource = consent.SourceMail

// wish is what a mail that says nothing else asks to end.
type wish string

const (
	nothing    wish = ""
	thisWay    wish = "this way"    // what they can do without, at this address
	everyOther wish = "every other" // and by every other way
)

func (w wish) ends() bool { return w != nothing }

// wishIn tells what a mail asks to end, by the same words as a text message. A title counts where the text is empty and the mail answers one of
// ours, as programs write that follow a link.
func wishIn(body, subject string, answers bool) wish {
	s := body
	if strings.HasPrefix(body, "(no words") && answers {
		s = subject
	}
	switch {
	case texting.Read(s) != texting.Stop:
		return nothing
	case texting.All(s):
		return everyOther
	}
	return thisWay
}

// heeded is what became of a wish.
type heeded struct {
	stopped bool   // an address of somebody was stopped
	ask     string // why a person has to say who wrote; "" when that is sure, or nothing depends on it
}

// heed does what a STOP by mail asks for, as far as it is sure: what one can do without ends at once at the address that wrote, and at the one
// that our mail went to where the answer carries our proof. By every other way it ends for the one who can have written it. Where several can, or
// only the sender's name speaks for one, a person is asked, and nobody's other ways are ended before.
func (b *Inbox) heed(ctx context.Context, tx *db.Tx, l opened, about named, w wish, who record.Resident, o *letterbox.Outcome) (heeded, error) {
	at, err := b.whoHas(ctx, tx, about, who, o.AddressKey)
	if err != nil {
		return heeded{}, err
	}
	var may []record.Resident
	for _, a := range at {
		for _, r := range a.residents {
			if !slices.ContainsFunc(may, func(x record.Resident) bool { return x.ID == r.ID }) {
				may = append(may, r)
			}
		}
	}
	sure := w == everyOther && about.proven && len(may) == 1 && may[0].ID == who.ID
	for _, a := range at {
		if sure && a.key == record.EmailKey(who.Email) {
			continue // it is among every way
		}
		s := message.MailStop{Resident: a.residents[0].ID, Property: a.residents[0].Property, AddressKey: a.key, Evidence: cut(o.Body, 200), Source: stopSource, At: l.Received}
		if len(a.residents) > 1 {
			s.Actor = hearth.System("inbox")
		}
		if err := b.Messages.StopBy(ctx, tx, s); err != nil {
			return heeded{}, err
		}
	}
	out := heeded{stopped: len(at) > 0}
	if out.stopped {
		o.Note += " They asked for no more messages of the kind that they may do without."
	}
	switch {
	case sure:
		o.Note += " They asked so for every way."
		return out, b.endEvery(ctx, tx, who, l.ID, l.Received, o.Body)
	case w == everyOther:
		out.ask = "They asked for no more by any way; a person has to say who it was, and it ends for them by every other way too."
		return out, b.askWhoStops(ctx, tx, l, may, o)
	}
	return out, nil
}

// had is an address with the residents who have it; one of them at least.
type had struct {
	key       string
	residents []record.Resident
}

// whoHas gives the addresses that a STOP is about. One that nobody has is its writer's, or, where our proof names a mail of ours, of whom that
// mail was for: whoever wrote, the word is honored.
func (b *Inbox) whoHas(ctx context.Context, tx *db.Tx, about named, who record.Resident, from string) ([]had, error) {
	keys := []string{from}
	if about.ok && about.proven && about.message.AddressKey != from {
		keys = append(keys, about.message.AddressKey)
	}
	if who.ID == "" && about.ok && about.proven && about.message.Resident != "" {
		id, err := b.person(ctx, tx, about.message.Resident)
		if err != nil {
			return nil, err
		}
		if who, err = b.Records.Resident(ctx, tx, id); err != nil && hearth.CodeOf(err) != hearth.CodeNotFound {
			return nil, err
		}
	}
	var out []had
	for _, key := range keys {
		if key == "" {
			continue
		}
		have, err := b.Records.ResidentsByEmail(ctx, tx, key)
		if err != nil {
			return nil, err
		}
		if len(have) == 0 && who.ID != "" {
			have = []record.Resident{who}
		}
		if len(have) > 0 {
			out = append(out, had{key, have})
		}
	}
	return out, nil
}

// endEvery ends what a resident can do without by every way; id names the mail or the answer that asked for it.
func (b *Inbox) endEvery(ctx context.Context, tx *db.Tx, r record.Resident, id string, at time.Time, words string) error {
	return b.Consent.SetAll(ctx, tx, consent.Grant{Purpose: consent.Discretionary, Resident: r.ID, Property: r.Property, Source: stopSource, Evidence: cut(words, 200),
		Actor: hearth.Actor{Kind: "resident", ID: string(r.ID)}, At: at, EventID: hearth.DeriveID("evt_", "consent-all", stopSource, id, string(r.ID))},
		consent.Reach{Email: record.EmailKey(r.Email), Phone: record.PhoneKey(r.Phone)})
}

// askedStop names the task that asks who wrote a mail which asks for no more of anything.
func askedStop(letter string) hearth.TaskID {
	return hearth.TaskID(hearth.DeriveID("tsk_", "mail.stop", letter))
}

// askWhoStops gives somebody the task to say who it was, since the law sets a day for it. Where nobody at all is known there is no team to ask: it
// stands among the mails that wait for a sender.
func (b *Inbox) askWhoStops(ctx context.Context, tx *db.Tx, l opened, may []record.Resident, o *letterbox.Outcome) error {
	if len(may) == 0 {
		return nil
	}
	zone, err := b.Records.Zone(ctx, tx, may[0].Property)
	if err != nil {
		return err
	}
	ids := make([]hearth.ResidentID, len(may))
	for i, r := range may {
		ids[i] = r.ID
	}
	contacts, err := b.Records.Contacts(ctx, tx, ids)
	if err != nil {
		return err
	}
	names := make([]string, len(may))
	for i, id := range ids {
		names[i] = atHome(contacts[id])
	}
	due := consent.DueFor(l.Received, zone).In(zone).Format("Monday, January 2")
	return b.give(ctx, tx, task.Task{ID: askedStop(l.ID), Property: may[0].Property, Kind: "mail.stop", Title: "Who asked by e-mail for no more of anything?",
		Why: fmt.Sprintf("“%s” came from %s. It may be from %s, and is not sure enough to end everything for one of them. What they can do without goes to this address no more; "+
			"by texts, letters and the other ways it still does until you say who it was.", cut(o.Body, 200), o.Address, strings.Join(names, " or ")),
		Context:   task.Context{Facts: []task.Fact{{Name: "To be honored by", Value: due}, {Name: "The rule", Value: consent.RevocationRule}}},
		Checklist: []string{"Ask them, if you don't know.", "Say in the inbox, at this mail, who wrote it. It ends for them by every way then, and this task is done."},
		Role:      hearth.RoleLeasing, Minutes: 5, Escalation: []task.Rung{{AfterBusinessDays: 1, Role: hearth.RoleManager}},
	}, 4*time.Hour)
}

// What a person says of free words, in the task that asks.
const (
	kindMayStop = "mail.may_stop"
	factMeant   = "meant"
	meantNot    = "no"
	meantMail   = "by mail"
	meantAll    = "by every way"
)

// heedMeant ends what a person said that somebody meant.
func (b *Inbox) heedMeant(ctx context.Context, tx *db.Tx, id hearth.TaskID) error {
	t, err := b.Tasks.Get(ctx, tx, id)
	if err != nil || t.Facts[factMeant] != meantMail && t.Facts[factMeant] != meantAll {
		return ignoreGone(err)
	}
	r, err := b.Records.Resident(ctx, tx, t.Resident)
	if err != nil {
		return ignoreGone(err)
	}
	if t.Facts[factMeant] == meantAll {
		return b.endEvery(ctx, tx, r, string(id), t.Closed, t.Why)
	}
	key := record.EmailKey(r.Email)
	if key == "" {
		return nil
	}
	return b.Messages.StopBy(ctx, tx, message.MailStop{Resident: r.ID, Property: r.Property, AddressKey: key, Evidence: cut(t.Why, 200), Source: stopSource, At: t.Closed, Actor: t.ClosedBy})
}

// ignoreGone leaves out what was erased meanwhile.
func ignoreGone(err error) error {
	if hearth.CodeOf(err) == hearth.CodeNotFound {
		return nil
	}
	return err
}

// mostFree is the longest mail, in bytes, whose free words are looked at: in a long one such words mostly speak of something else.
const mostFree = 400

// mayEnd asks a person whether somebody who wrote in free words wants no more mail, since the law sets a day for that too. The mail stands in
// their conversation, and nothing is ended before.
func (b *Inbox) mayEnd(ctx context.Context, tx *db.Tx, l opened, who record.Resident, o *letterbox.Outcome) error {
	if len(o.Body) > mostFree || texting.Read(o.Body) != texting.MayStop {
		return nil
	}
	zone, err := b.Records.Zone(ctx, tx, who.Property)
	if err != nil {
		return err
	}
	due := consent.DueFor(l.Received, zone).In(zone).Format("Monday, January 2")
	o.Note += " They may have asked for no more; a person reads it."
	return b.give(ctx, tx, task.Task{ID: hearth.TaskID(hearth.DeriveID("tsk_", "mail.may_stop", l.ID)), Property: who.Property, Resident: who.ID, Kind: kindMayStop,
		Title:     "Did " + who.Name() + " ask by e-mail for no more?",
		Why:       fmt.Sprintf("They wrote: “%s” Nothing is ended by it yet. If they want no more, that has to be honored by %s.", cut(o.Body, 200), due),
		Context:   task.Context{Facts: []task.Fact{{Name: "To be honored by", Value: due}, {Name: "The rule", Value: consent.RevocationRule}}},
		Checklist: []string{"Read their words. If they could mean it, it ends by mail.", "What they have to know, such as repairs and notices that the law asks for, still reaches them."},
		Asks:      []task.Ask{{Fact: factMeant, Question: "Do they want no more of what they can do without?", Kind: "choice:" + strings.Join([]string{meantNot, meantMail, meantAll}, "|")}},
		Role:      hearth.RoleLeasing, Minutes: 5, Escalation: []task.Rung{{AfterBusinessDays: 1, Role: hearth.RoleManager}},
	}, 4*time.Hour)
}

// heedPlaced does what a mail asks to end whose writer a person has named.
func (b *Inbox) heedPlaced(ctx context.Context, tx *db.Tx, l letterbox.Letter, r record.Resident) error {
	w := wishIn(l.Body, l.Subject, l.About != "")
	if !w.ends() {
		return nil // whoever placed it has read it
	}
	for i, key := range []string{l.AddressKey, record.EmailKey(r.Email)} {
		if key == "" || i > 0 && key == l.AddressKey {
			continue
		}
		if err := b.Messages.StopBy(ctx, tx, message.MailStop{Resident: r.ID, Property: r.Property, AddressKey: key, Evidence: cut(l.Body, 200), Source: stopSource, At: l.Received}); err != nil {
			return err
		}
	}
	if w != everyOther {
		return nil
	}
	return b.endEvery(ctx, tx, r, l.ID, l.Received, l.Body)
}

// endAsking ends the question who asked for no more, if there was one.
func (b *Inbox) endAsking(ctx context.Context, tx *db.Tx, actor hearth.Actor, letter string) error {
	err := b.Tasks.Cancel(ctx, tx, actor, askedStop(letter), "It was said who wrote it.")
	if hearth.CodeOf(err) == hearth.CodeNotFound {
		return nil
	}
	return err
}
