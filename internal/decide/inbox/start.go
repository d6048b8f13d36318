package inbox

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"hearth"
	"hearth/internal/act/message/letterbox"
	"hearth/internal/act/task"
	"hearth/internal/base/channel/bounce"
	"hearth/internal/base/db"
	"hearth/internal/decide/desk"
	"hearth/internal/decide/desk/texting"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
)

// confirmBegun is the template that says once that a START worked.
const confirmBegun = "consent-start-mail"

// confirmWithin is how long a confirmation is of use: mail is read later than a text, and a mail server may be away.
const confirmWithin = time.Hour

// startIn tells whether a mail asks for messages again, by the same words as a text. A YES is none: mail goes on after a STOP with what has to be
// known, and a yes may answer that.
func startIn(body, subject string, answers bool) bool {
	if strings.HasPrefix(body, "(no words") && answers {
		body = subject
	}
	return texting.Read(body) == texting.Start
}

// start is a word that asks for messages again, about some addresses. The first one is where it is confirmed.
type start struct {
	letter string
	words  string
	at     time.Time
	actor  hearth.Actor // zero: who has the address, if that is one person
	where  []had
	to     string // the first address, as it is written
}

// begin gives back what was refused at the addresses, as a START by text does for a number, and confirms it once. It is about the addresses alone: what
// ended by other ways stays so. It tells false, and confirms nothing, where nothing had been refused, and where the address stays stopped for
// another reason: a person reads that mail then.
func (b *Inbox) begin(ctx context.Context, tx *db.Tx, s start) (bool, error) {
	given, open := false, true
	for i, a := range s.where {
		some, stillStopped, err := b.giveBack(ctx, tx, s, a)
		if err != nil {
			return false, err
		}
		given = given || some
		if i == 0 {
			open = !stillStopped
		}
	}
	if !given || !open {
		return false, nil
	}
	return true, b.confirm(ctx, tx, s)
}

// giveBack lifts what somebody's own word stopped at an address, and turns their no to a yes.
func (b *Inbox) giveBack(ctx context.Context, tx *db.Tx, s start, a had) (given, stopped bool, err error) {
	if s.actor.Kind == "" {
		s.actor = hearth.System("inbox")
		if len(a.residents) == 1 {
			s.actor = hearth.Actor{Kind: "resident", ID: string(a.residents[0].ID)}
		}
	}
	stops, err := b.Consent.StopsOf(ctx, tx, a.key)
	if err != nil {
		return false, false, err
	}
	for _, x := range stops {
		if x.Channel != hearth.ChannelEmail {
			continue
		}
		if !slices.Contains([]string{consent.ReasonStop, consent.ReasonPending, consent.ReasonPerson}, x.Reason) {
			stopped = true
			continue
		}
		lifted, err := b.Consent.Lift(ctx, tx, consent.Stop{Channel: x.Channel, AddressKey: a.key, Reason: "They wrote " + cut(s.words, 200) + ".", Evidence: s.letter, Source: stopSource, Actor: s.actor})
		if err != nil {
			return false, false, err
		}
		given = given || lifted
	}
	said, err := b.turn(ctx, tx, s, a)
	if err != nil {
		return false, false, err
	}
	asked, err := b.settleAsked(ctx, tx, s, a)
	return given || said || asked, stopped, err
}

// turn records a yes for each no about the whole of an address.
func (b *Inbox) turn(ctx context.Context, tx *db.Tx, s start, a had) (given bool, err error) {
	var nos []string
	for _, purpose := range []string{consent.Discretionary, ""} {
		no, err := b.Consent.Refused(ctx, tx, consent.Ask{Resident: a.residents[0].ID, Channel: hearth.ChannelEmail, AddressKey: a.key, Purpose: purpose})
		if err != nil {
			return false, err
		}
		if no {
			nos = append(nos, purpose)
		}
	}
	r := a.residents[0]
	for _, purpose := range nos {
		if err := b.Consent.Set(ctx, tx, consent.Grant{Channel: hearth.ChannelEmail, AddressKey: a.key, Purpose: purpose, Allowed: true, Resident: r.ID, Property: r.Property,
			Source: stopSource, Evidence: cut(s.words, 200), Actor: s.actor, At: s.at}); err != nil {
			return false, fmt.Errorf("give back mail to %s: %w", r.ID, err)
		}
	}
	return len(nos) > 0, nil
}

// settleAsked ends the question whether somebody's free words meant a STOP: their own plain word has answered it.
func (b *Inbox) settleAsked(ctx context.Context, tx *db.Tx, s start, a had) (asked bool, err error) {
	if len(a.residents) != 1 {
		return false, nil
	}
	open, _, err := b.Tasks.List(ctx, tx, task.Filter{Resident: a.residents[0].ID, Kind: kindMayStop}, "", 0)
	if err != nil {
		return false, err
	}
	for _, t := range open {
		if err := b.Tasks.Cancel(ctx, tx, s.actor, t.ID, "They wrote "+cut(s.words, 200)+" themselves."); err != nil {
			return false, err
		}
	}
	return len(open) > 0, nil
}

// confirm says once that it worked, to the address itself, in the language of those who have it.
func (b *Inbox) confirm(ctx context.Context, tx *db.Tx, s start) error {
	a := s.where[0]
	to, language := a.residents[0], a.residents[0].Language
	for _, r := range a.residents {
		if r.Language != language {
			language = "en"
		}
		if !to.Role.Addressable() {
			to = r
		}
	}
	in := desk.Intent{ID: hearth.MessageID(hearth.DeriveID("msg_", "word", stopSource, s.letter)), Part: eventlog.PartOf(to.Property), Property: to.Property, Resident: to.ID,
		Template: confirmBegun, Topic: optOut, Language: language, To: []desk.Way{{Channel: hearth.ChannelEmail, Address: s.to, AddressKey: a.key}},
		Why: "They wrote " + cut(s.words, 200) + ".", Made: tx.Now(), Expires: tx.Now().Add(confirmWithin)}
	_, err := b.Desk.Submit(ctx, tx, []desk.Intent{in}, b.views(ctx, tx, to.ID))
	return err
}

// beginBy does what a mail asks for whose writer is known by its address or by our proof. The address that wrote comes first.
func (b *Inbox) beginBy(ctx context.Context, tx *db.Tx, l opened, about named, who record.Resident, from, words string) (bool, error) {
	where, err := b.whoHas(ctx, tx, about, who, record.EmailKey(from))
	if err != nil || len(where) == 0 {
		return false, err
	}
	to := from
	if where[0].key != record.EmailKey(from) {
		to = about.message.Address
	}
	return b.begin(ctx, tx, start{letter: l.ID, words: words, at: l.Received, where: where, to: to})
}

// beginPlaced does what a mail asks for whose writer a person has named.
func (b *Inbox) beginPlaced(ctx context.Context, tx *db.Tx, actor hearth.Actor, l letterbox.Letter, r record.Resident) (bool, error) {
	if l.Kind != string(bounce.Reply) || !startIn(l.Body, l.Subject, l.About != "") {
		return false, nil
	}
	var where []had
	for _, key := range []string{l.AddressKey, record.EmailKey(r.Email)} {
		if key != "" && !slices.ContainsFunc(where, func(a had) bool { return a.key == key }) {
			where = append(where, had{key, []record.Resident{r}})
		}
	}
	if l.AddressKey == "" {
		return false, nil // there is nowhere to say that it worked; whoever placed it has read it
	}
	return b.begin(ctx, tx, start{letter: l.ID, words: l.Body, at: l.Received, actor: actor, where: where, to: l.Address})
}
