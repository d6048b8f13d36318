package desk

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/db"
	"hearth/internal/fact/consent"
)

// A mail or a text that left the house and did not arrive is put to the desk as a new wish with the same text, in a text message its short form: the one that
// was lost stays what it is, and the new one takes none of the ways that were tried.

// Lost is a message that was not delivered, with what its sender knows about it.
type Lost struct {
	Message message.Message
	About   time.Time // when that happens which it is about, where a time is known
	Many    bool      // it was one of many alike
	Over    string    // why nobody needs it any more, as a sentence; "" when somebody does
	// Shared is the message to somebody else at the same address that was to be this one's too, and was not delivered; nil: it is about Message itself.
	Shared *message.Message
}

// mostTried bounds how far back the ways are followed; there are fewer channels.
const mostTried = 8

const noOtherWay = "There is no other way to them."

// Again decides whether, and how, what was not delivered is said another way. Each is decided once, however often it is asked; a
// verdict without an outcome says that nothing was wished.
func (d *Desk) Again(ctx context.Context, tx *db.Tx, lost []Lost, view Views) ([]Verdict, error) {
	verdicts := make([]Verdict, len(lost))
	var in []Intent
	var at []int
	for i, l := range lost {
		x, because, err := d.wishAgain(ctx, tx, l)
		if err != nil {
			return nil, fmt.Errorf("say message %s another way: %w", l.Message.ID, err)
		}
		if because != "" {
			if err := d.Messages.Explain(ctx, tx, l.Message.ID, because); err != nil {
				return nil, err
			}
		}
		if x != nil {
			in, at = append(in, *x), append(at, i)
		}
	}
	some, err := d.submit(ctx, tx, in, view, true)
	if err != nil {
		return nil, err
	}
	for n, v := range some {
		verdicts[at[n]] = v
		if err := d.Messages.Explain(ctx, tx, in[n].Instead, in[n].Returned+" "+againWords(v)); err != nil {
			return nil, err
		}
	}
	return verdicts, nil
}

// wishAgain makes the wish that stands in the place of a message; nil with a sentence when it ends here, nil without one when
// there is nothing more to say about it.
func (d *Desk) wishAgain(ctx context.Context, tx *db.Tx, l Lost) (in *Intent, because string, err error) {
	m := l.Message
	known, err := d.Messages.Load(ctx, tx, []hearth.MessageID{message.AgainID(m.ID)})
	if err != nil || len(known) > 0 || !l.lost() {
		return nil, "", err
	}
	if because, err = d.ends(ctx, tx, l); err != nil || because != "" {
		return nil, l.words() + " " + because, err
	}
	x := intentOf(m)
	x.ID, x.Channel, x.About, x.Many = message.AgainID(m.ID), "", l.About, l.Many
	x.Why = "In the place of a message that was not delivered."
	x.Expires = expiry(m)
	if x.Class == hearth.ClassAnswer && tx.Now().Sub(m.Made) > AnswerWithin {
		x.Class = hearth.ClassService
	}
	x.Made, x.Returned = tx.Now(), l.words()
	return &x, "", d.followBack(ctx, tx, &x, m.ID)
}

// lost tells whether there is something to say another way.
func (l Lost) lost() bool {
	if l.Shared != nil {
		return l.Message.State == message.Dropped && undelivered(*l.Shared)
	}
	return undelivered(l.Message)
}

// words says what became of it.
func (l Lost) words() string {
	if l.Shared == nil {
		return lostWords(l.Message)
	}
	return strings.TrimSuffix(lostWords(*l.Shared), ".") + " from the address that they share."
}

func undelivered(m message.Message) bool {
	return m.State == message.Bounced || m.State == message.Failed
}

// ends says why what was not delivered is not said another way; "" when it is put to the desk. A complaint is a stop and no fault of an address:
// whoever marked it as unwanted had it.
func (d *Desk) ends(ctx context.Context, tx *db.Tx, l Lost) (string, error) {
	m := l.Message
	switch {
	case l.Over != "":
		return l.Over, nil
	case m.Class.Discretionary() || survey(m.Purpose):
		return "They can do without it, so it is not said another way.", nil
	case m.Class == hearth.ClassService && !tx.Now().Before(expiry(m)):
		return "Its time was over by then, so it is not said another way.", nil
	case m.AddressKey == "":
		return "", nil
	}
	stops, err := d.Consent.StopsOf(ctx, tx, m.AddressKey)
	for _, x := range stops {
		if x.Channel == m.Channel && x.Reason == consent.ReasonComplaint {
			return "They marked it as unwanted, which is a stop: it is not said another way.", err
		}
	}
	return "", err
}

// expiry is until when a message is of use.
func expiry(m message.Message) time.Time {
	if m.Expires.IsZero() {
		return m.Made.Add(life(m.Class))
	}
	return m.Expires
}

// followBack notes on a wish in whose place it stands, and every way that was tried before it.
func (d *Desk) followBack(ctx context.Context, tx *db.Tx, in *Intent, of hearth.MessageID) error {
	in.Instead = of
	for range mostTried {
		m, err := d.Messages.Get(ctx, tx, of)
		if hearth.CodeOf(err) == hearth.CodeNotFound {
			return nil // erased
		}
		if err != nil {
			return err
		}
		in.Tried = append(in.Tried, Tried{m.Channel, m.AddressKey})
		if m.Channel != hearth.ChannelSMS {
			in.Ready = intentOf(m).Ready // whole, where only its short form was said last
		}
		if of = m.Instead; of == "" {
			return nil
		}
	}
	return nil
}

// tried tells whether a way was taken in vain. An address that has been mended since is another one.
func (in *Intent) tried(w Way) bool { return slices.Contains(in.Tried, Tried{w.Channel, w.AddressKey}) }

// lostWords says what became of a message that did not arrive.
func lostWords(m message.Message) string {
	back := m.State == message.Bounced
	switch m.Channel {
	case hearth.ChannelSMS:
		return "The text message did not arrive."
	case hearth.ChannelCall:
		return "The call did not reach them."
	case hearth.ChannelLetter:
		if back {
			return "The letter came back."
		}
		return "The letter could not be delivered."
	}
	if back {
		return "The e-mail came back."
	}
	return "The e-mail could not be delivered."
}

// againWords says on the message that was lost what the desk did about it.
func againWords(v Verdict) string {
	switch v.Outcome {
	case Sent:
		return fmt.Sprintf("It was said again by %s.", v.Channel.Words())
	case Held:
		return "It is said again by another way as soon as it may be."
	case HandedOver:
		return "No other way is open, so a person tells them."
	}
	return "It was not said another way; the answer of the desk says why."
}
