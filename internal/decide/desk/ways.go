package desk

import (
	"context"
	"strings"

	"hearth"
	"hearth/internal/fact/record"
)

// wishes gives the channels that go before the usual ones: the sender's and the resident's.
func wishes(in Intent, c record.Contact) []hearth.Channel {
	if in.Class == hearth.ClassLegal { // where paper goes, the law's notices go on paper
		return []hearth.Channel{in.Channel, hearth.ChannelLetter, hearth.Channel(c.Prefs["channel"])}
	}
	return []hearth.Channel{in.Channel, hearth.Channel(c.Prefs["channel"])}
}

// wished tells whether a channel was.
func wished(ch hearth.Channel, in Intent, c record.Contact) bool {
	return ch == in.Channel || string(ch) == c.Prefs["channel"]
}

// usual tells whether a channel is tried: the portal only for whom it was wished, since a message waits there for somebody who
// may never look.
func usual(ch hearth.Channel, in Intent, c record.Contact) bool {
	return ch != hearth.ChannelPortal || wished(ch, in, c)
}

// findDevices looks, once for the whole batch, who has a browser that may be notified. It asks about those only for whom that
// can decide the way, because a wish names it or they have no address for mail; mostly there are none.
func (r *round) findDevices(ctx context.Context) error {
	open := false
	for _, ch := range r.Channels {
		open = open || ch == hearth.ChannelPush
	}
	if !open {
		return nil
	}
	var ids []hearth.ResidentID
	var seen map[hearth.ResidentID]bool
	for i := range r.in {
		c, ok := r.contacts[r.in[i].Resident]
		if !ok || seen[c.ID] || c.Email != "" && !wished(hearth.ChannelPush, r.in[i], c) {
			continue
		}
		if seen == nil {
			seen = map[hearth.ResidentID]bool{}
		}
		seen[c.ID] = true
		ids = append(ids, c.ID)
	}
	if len(ids) == 0 {
		return nil
	}
	var err error
	r.devices, err = r.Messages.WithDevices(ctx, r.tx, ids)
	return err
}

// addressOn gives how somebody is reached on a channel, "" if they are not; key is what tells addresses that several share.
func (r *round) addressOn(in Intent, c record.Contact, ch hearth.Channel) (address, key string) {
	switch ch {
	case hearth.ChannelEmail:
		return c.Email, c.EmailKey
	case hearth.ChannelSMS, hearth.ChannelCall:
		return c.Phone, c.PhoneKey
	case hearth.ChannelPush:
		if r.devices[c.ID] {
			return "their devices", ""
		}
	case hearth.ChannelPortal:
		return "portal", ""
	case hearth.ChannelLetter:
		return r.postal(in, c)
	}
	return "", ""
}

// postal gives the lines of a letter's address: the home of who lives there, and for what the law asks for also the last one of
// who has left. A home gets the same letter once, but for what the law asks for, which each gets who is named.
func (r *round) postal(in Intent, c record.Contact) (address, key string) {
	at, legal := r.places[in.Property], in.Class == hearth.ClassLegal
	lives := c.Standing.Status == record.StatusCurrent || legal && c.Standing.Status == record.StatusPast
	if !lives || c.UnitLabel == "" || at.venue.address == "" || at.venue.city == "" {
		return "", ""
	}
	key = "home/" + string(c.Unit)
	if legal {
		key = ""
	}
	return nameOf(c) + "\n" + at.venue.address + ", " + c.UnitLabel + "\n" + strings.TrimSpace(at.venue.city+", "+at.State+" "+at.zip), key
}

// consentKey is what consent about a way is kept under; "" for the resident.
func (w Way) consentKey() string {
	if w.Channel == hearth.ChannelLetter {
		return ""
	}
	return w.AddressKey
}

// lastResort leaves out of the ways of what a resident may do without those that nobody wished for, where they have an address
// by which they are usually reached: who wants no more of it by mail gets it by no other way instead.
func lastResort(in Intent, c record.Contact, ways []Way) []Way {
	if !in.Class.Discretionary() {
		return ways
	}
	kept, reached := ways[:0], false
	for _, w := range ways {
		if reached && unasked(w.Channel) && !wished(w.Channel, in, c) {
			continue
		}
		reached = reached || w.Address != "" && !unasked(w.Channel)
		kept = append(kept, w)
	}
	return kept
}

// unasked tells of a channel that it needs nobody's yes.
func unasked(ch hearth.Channel) bool { return ch != hearth.ChannelEmail && ch != hearth.ChannelSMS }
