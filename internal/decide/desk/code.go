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
	"hearth/internal/fact/eventlog"
	"hearth/internal/sense/signal"
)

// CodeAsk is somebody's asking for a code with which a resident signs in. They wrote an address; whose it is was looked up.
type CodeAsk struct {
	ID       hearth.MessageID
	Property hearth.PropertyID
	Resident hearth.ResidentID
	// To are the addresses that it may go to, the one that was written first: it takes no other way, whatever the resident likes
	// best, since whoever asked looks there.
	To            []Way
	Subject, Body string // with message.CodeGap where the code will be
}

// SendCode decides on a code that is asked for this minute. It is put to the same questions as any message and leaves its decision,
// but nobody comes back to it: what the desk would hold or give to a person is not sent at all, since the code is over by then and is
// asked for again with one tap. It fails with CodeInvalid for a text that has no place for the code.
func (d *Desk) SendCode(ctx context.Context, tx *db.Tx, ask CodeAsk) (Verdict, error) {
	if !strings.Contains(ask.Body, message.CodeGap) {
		return Verdict{}, hearth.FieldErrorf("body", "A message with a code needs a place for it.")
	}
	in := Intent{ID: ask.ID, Part: eventlog.PartOf(ask.Property), Property: ask.Property, Resident: ask.Resident, Class: hearth.ClassAnswer,
		Purpose: consent.PurposeCode, Made: tx.Now(), Expires: tx.Now().Add(message.CodeWithin), To: ask.To,
		Ready: &Rendered{Subject: ask.Subject, Body: ask.Body}, Why: "Asked for on the page where residents sign in."}
	none := signal.NewView(&signal.State{}, tx.Now(), time.UTC)
	all, err := d.Submit(ctx, tx, []Intent{in}, func(hearth.ResidentID) signal.View { return none })
	if err != nil {
		return Verdict{}, err
	}
	return all[0], nil
}

// code tells whether a message carries a code to sign in.
func (in *Intent) code() bool { return in.Purpose == consent.PurposeCode }

// codeNow ends what would be held, or given to a person: a code is of use only at once, and what others could set off by writing
// somebody's address must not become the team's work.
func (c *Case) codeNow(a answer) answer {
	switch {
	case !c.Intent.code():
		return a
	case a.outcome == Held:
		return drop("A code is of use only at once, and this would wait: " + strings.TrimSuffix(lowerFirst(a.why), ".") + ".")
	case a.outcome == HandedOver:
		return drop(a.reason)
	}
	return a
}

// given gives the ways of an intent that names its addresses itself: those that can deliver.
func (r *round) given(in Intent) []Way {
	var out []Way
	for _, w := range in.To {
		if slices.Contains(r.Channels, w.Channel) {
			out = append(out, Way{Channel: w.Channel, Address: w.Address, AddressKey: w.AddressKey})
		}
	}
	return out
}

// codeWords says why a code went, and why by another way than the one that was written.
func (c *Case) codeWords() string {
	w := c.best()
	s := c.goes(w.Channel) + ": asked for this minute, so it waits for no hour and no budget holds it"
	if first := c.Ways[0]; first.Channel != w.Channel {
		s += fmt.Sprintf(". They wrote the address for %s, where it may not go: %s", first.Channel.Words(),
			strings.TrimSuffix(lowerFirst(first.Reason), "."))
	}
	return s + "."
}
