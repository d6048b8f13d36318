package desk

import (
	"context"
	"crypto/ecdh"
	"encoding/base64"
	"strings"
	"testing"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/channel/webhook"
	"hearth/internal/base/db"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/record"
)

// prefer records how somebody likes to be reached.
func (h *house) prefer(who hearth.ResidentID, ch hearth.Channel) {
	h.t.Helper()
	h.write(func(ctx context.Context, tx *db.Tx) error {
		_, err := h.desk.Records.PutPreference(ctx, tx, record.News{}, record.Preference{Resident: who, Name: "channel", Value: string(ch), Source: "test", At: tx.Now()})
		return err
	})
}

// browser lets a resident be notified.
func (h *house) browser(who hearth.ResidentID) {
	h.t.Helper()
	key, err := ecdh.P256().NewPrivateKey([]byte(strings.Repeat("k", 32)))
	if err != nil {
		h.t.Fatal(err)
	}
	enc := base64.RawURLEncoding
	h.write(func(ctx context.Context, tx *db.Tx) error {
		_, err := h.desk.Messages.Subscribe(ctx, tx, hearth.System("test"), who, &webhook.Guard{}, message.Subscription{Endpoint: "https://push.example.com/" + string(who),
			P256dh: enc.EncodeToString(key.PublicKey().Bytes()), Auth: enc.EncodeToString(make([]byte, 16))})
		return err
	})
}

func (h *house) by(v Verdict, ch hearth.Channel) {
	h.t.Helper()
	if v.Outcome != Sent || v.Channel != ch {
		h.t.Errorf("%s is %s by %q (%s), want it by %s", v.Message, v.Outcome, v.Channel, v.Reason, ch)
	}
}

func TestWhoIsNotifiedAndWhoIsNot(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.desk.Channels = []hearth.Channel{hearth.ChannelEmail, hearth.ChannelPush}
		h.prefer(h.cleo, hearth.ChannelPush)
		h.by(h.submit(h.closed("a", h.cleo, "A new tap."))[0], hearth.ChannelEmail) // wished for, and no browser yet
		want(t, h.submit(h.closed("b", h.ben, "A new tap."))[0], HandedOver, "no address on record")
		h.browser(h.cleo)
		h.browser(h.ben)
		h.browser(h.ana)
		h.by(h.submit(h.closed("c", h.cleo, "A new lock."))[0], hearth.ChannelPush)
		h.by(h.submit(h.closed("d", h.ben, "A new lock."))[0], hearth.ChannelPush) // nobody wished it, and there is no other way
		h.by(h.submit(h.closed("e", h.ana, "A new lamp."))[0], hearth.ChannelEmail)
		if m := h.message("c"); m.State != message.Queued || m.AddressKey != "" || !strings.Contains(m.Reason, "by notification") {
			t.Errorf("%+v", m)
		}
	})
}

// Who wants no more of it by mail does not get it by a way that nobody wished for.
func TestANoByMailIsNotGoneAround(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.desk.Channels = []hearth.Channel{hearth.ChannelEmail, hearth.ChannelPush}
		h.browser(h.cleo)
		h.write(func(ctx context.Context, tx *db.Tx) error {
			return h.desk.Consent.Set(ctx, tx, consent.Grant{Channel: hearth.ChannelEmail, AddressKey: record.EmailKey("cleo@example.com"), Purpose: consent.Discretionary,
				Resident: h.cleo, Property: h.oak, Source: "unsubscribe link"})
		})
		renewal := Intent{ID: "msg_a", Property: h.oak, Resident: h.cleo, Template: "renewal-open"}
		want(t, h.submit(renewal)[0], Dropped, "no more than the necessary")
		h.prefer(h.cleo, hearth.ChannelPush)
		renewal.ID = "msg_b"
		h.by(h.submit(renewal)[0], hearth.ChannelPush) // this they did wish for
	})
}

// located gives the property a street, so that letters have somewhere to go.
func (h *house) located() {
	h.t.Helper()
	h.write(func(ctx context.Context, tx *db.Tx) error {
		_, _, err := h.desk.Records.PutProperty(ctx, tx, record.News{}, record.Property{ID: h.oak, Name: "Oak Court", Address: "12 Oak Street", City: "Springfield", State: "NY",
			Zip: "12345", Zone: "America/New_York", ZoneHow: "told", ZoneConfirmed: true})
		return err
	})
}

func TestWhoGetsALetter(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.desk.Channels = []hearth.Channel{hearth.ChannelEmail, hearth.ChannelLetter}
		want(t, h.submit(h.closed("a", h.ben, "A new tap."))[0], HandedOver, "no address on record") // nobody knows the street
		h.located()
		h.by(h.submit(h.closed("b", h.ben, "A new tap."))[0], hearth.ChannelLetter)
		if m := h.message("b"); m.Address != "Ben Ruiz\n12 Oak Street, 5A\nSpringfield, NY 12345" {
			t.Errorf("it goes to %q", m.Address)
		}
		h.by(h.submit(h.closed("c", h.cleo, "A new tap."))[0], hearth.ChannelEmail)
		// A home gets the same letter once; the law's notice each who is named in the lease, on paper although they have mail.
		h.prefer(h.ana, hearth.ChannelLetter)
		h.prefer(h.luis, hearth.ChannelLetter)
		both := h.submit(h.closed("d", h.ana, "A new lamp."), h.closed("e", h.luis, "A new lamp."))
		h.by(both[0], hearth.ChannelLetter)
		want(t, both[1], Dropped, "which others in the home share")
		for id, who := range map[string]hearth.ResidentID{"f": h.ana, "g": h.luis, "h": h.cleo} {
			notice := h.closed(id, who, "The rent changes.")
			notice.Class = hearth.ClassLegal
			h.by(h.submit(notice)[0], hearth.ChannelLetter)
		}
		// What one may do without is not put on paper against a no by mail.
		h.write(func(ctx context.Context, tx *db.Tx) error {
			return h.desk.Consent.Set(ctx, tx, consent.Grant{Channel: hearth.ChannelEmail, AddressKey: record.EmailKey("cleo@example.com"), Purpose: consent.Discretionary,
				Resident: h.cleo, Property: h.oak, Source: "unsubscribe link"})
		})
		want(t, h.submit(Intent{ID: "msg_i", Property: h.oak, Resident: h.cleo, Template: "renewal-open"})[0], Dropped, "no more than the necessary")
	})
}
