package desk

import (
	"context"
	"strings"
	"testing"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/channel"
	"hearth/internal/base/db"
)

// said stores a mail to Cleo whose text is given, and has it come back.
func (h *house) said(id, body, short string) hearth.MessageID {
	h.t.Helper()
	mid := hearth.MessageID("msg_" + id)
	h.write(func(ctx context.Context, tx *db.Tx) error {
		return h.desk.Messages.Insert(ctx, tx, []message.Message{{ID: mid, Property: h.oak, Resident: h.cleo, State: message.Queued, Class: hearth.ClassPromise, Purpose: "visit." + id,
			Channel: hearth.ChannelEmail, Address: "cleo@example.com", AddressKey: "cleo@example.com", Subject: "Of " + id, Body: body, Short: short, ContentKey: id}})
	})
	h.told(message.Report{Message: mid, State: message.Sent})
	h.told(message.Report{Message: mid, State: message.Bounced, Soft: true, Code: "4.2.2"})
	return mid
}

// A mail that is said again as a text message says what its template says in a text message, in the resident's language and with the facts of that day. One
// without a short form is said whole where a text message takes it, and else by a person; it is never cut.
func TestAMailSaidAsATextIsTheTemplatesText(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.clock.Set(at("2026-03-02 12:00 -0500"))
		h.desk.Channels = []hearth.Channel{hearth.ChannelEmail, hearth.ChannelSMS}
		h.telephone(h.cleo, "+12125550111")
		in := h.closed("es", h.cleo, "Grifo nuevo.")
		in.Language = "es"
		want(t, h.submit(in)[0], Sent, "")
		h.told(message.Report{Message: in.ID, State: message.Sent})
		h.told(message.Report{Message: in.ID, State: message.Bounced, Soft: true, Code: "4.2.2"})
		got := h.one(h.again(in.ID).Message)
		if want := "Sobre su solicitud de plomería: Grifo nuevo. Si algo no funciona como debe, responda y lo retomamos."; got.Channel != hearth.ChannelSMS || got.Body != want {
			t.Errorf("by %s: %q, want %q", got.Channel, got.Body, want)
		}
		long := strings.Repeat("a word ", channel.MaxTextLength/7+1)
		for _, c := range []struct{ id, body, short, said string }{
			{"whole", "We come at nine.", "", "We come at nine."},
			{"short", long, "We come at nine.", "We come at nine."},
			{"fits", long[:channel.MaxTextLength], "", long[:channel.MaxTextLength]},
		} {
			v := h.again(h.said(c.id, c.body, c.short))
			if got := h.one(v.Message); v.Outcome != Sent || got.Channel != hearth.ChannelSMS || got.Body != c.said {
				t.Errorf("%s: %s by %s: %q", c.id, v.Outcome, got.Channel, got.Body)
			}
		}
		v := h.again(h.said("long", long, ""))
		want(t, v, HandedOver, "")
		if all := h.tasks(h.cleo); len(all) != 1 || !strings.HasSuffix(strings.TrimSpace(all[0].Draft), strings.TrimSpace(long)) {
			t.Errorf("the task has not the whole text: %+v", all)
		}
	})
}

// A mail that others joined says all of them in a text message.
func TestADigestSaidAsATextLosesNothing(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.clock.Set(at("2026-03-02 12:00 -0500"))
		h.desk.Channels = []hearth.Channel{hearth.ChannelEmail, hearth.ChannelSMS}
		h.telephone(h.cleo, "+12125550111")
		one, two := h.closed("one", h.cleo, "A new tap."), h.closed("two", h.cleo, "A new lamp.")
		two.Topic = "other"
		if v := h.submit(one, two); v[0].Outcome != Sent || v[1].Outcome != Merged {
			t.Fatalf("%+v", v)
		}
		h.told(message.Report{Message: one.ID, State: message.Sent})
		h.told(message.Report{Message: one.ID, State: message.Bounced, Soft: true, Code: "4.2.2"})
		got := h.one(h.again(one.ID).Message)
		if got.Channel != hearth.ChannelSMS || !strings.Contains(got.Body, "A new tap.") || !strings.Contains(got.Body, "A new lamp.") {
			t.Errorf("by %s: %q", got.Channel, got.Body)
		}
	})
}
