package web

import (
	"context"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/decide/desk"
	"hearth/internal/decide/inbox"
	"hearth/internal/fact/consent"
)

// consentWords says, for each way to somebody, whether they may be written to by it.
func (q *request) consentWords(ctx context.Context, tx *db.Tx, t inbox.Thread, f desk.Foreseen) []string {
	if q.web.Consent == nil {
		return nil
	}
	var asks []consent.Ask
	for _, w := range []struct {
		ch  hearth.Channel
		key string
	}{{hearth.ChannelEmail, t.Who.EmailKey}, {hearth.ChannelSMS, t.Who.PhoneKey}} {
		if w.key != "" {
			asks = append(asks, consent.Ask{Resident: t.Who.ID, Channel: w.ch, AddressKey: w.key, Purpose: inbox.PurposeReply, Class: f.Class})
		}
	}
	answers, err := q.web.Consent.Check(ctx, tx, asks)
	if err != nil {
		return nil
	}
	var out []string
	for i, a := range answers {
		words := capital(channelName(asks[i].Channel)) + ": yes"
		if !a.Allowed {
			words = capital(channelName(asks[i].Channel)) + ": no. " + a.Reason
		}
		out = append(out, words)
	}
	return out
}

// composePath is where the composer stands.
func composePath(c composer) string {
	if c.Resident != "" {
		return "/residents/" + c.Resident + "/write"
	}
	return "/conversations"
}
