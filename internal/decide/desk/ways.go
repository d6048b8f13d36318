package desk

import (
	"context"

	"hearth"
	"hearth/internal/fact/record"
)

// wishes gives the channels that go before the usual ones: the sender's and the resident's.
func wishes(in Intent, c record.Contact) []hearth.Channel {
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
	}
	return "", ""
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
