package desk

import (
	"context"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/db"
)

// allAgain asks the desk about what did not arrive and about whom else it was to be for, as the follower does.
func (h *house) allAgain(id hearth.MessageID) (out []Verdict) {
	h.t.Helper()
	h.write(func(ctx context.Context, tx *db.Tx) error {
		m, err := h.desk.Messages.Get(ctx, tx, id)
		if err != nil {
			return err
		}
		lost, err := h.desk.Sharers(ctx, tx, m)
		if err != nil {
			return err
		}
		out, err = h.desk.Again(ctx, tx, append([]Lost{{Message: m}}, lost...), h.view)
		return err
	})
	return out
}

// Who was left out because a housemate's mail said the same at the mailbox that they share is told another way as well when it comes back, once; without
// another way a person is asked for each.
func TestHousematesHearWhatCameBack(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.clock.Set(at("2026-03-02 12:00 -0500"))
		h.desk.Channels = []hearth.Channel{hearth.ChannelEmail, hearth.ChannelSMS}
		h.telephone(h.luis, "+12125550112")
		ana, luis, other := h.closed("a", h.ana, "Water is back."), h.closed("b", h.luis, "Water is back."), h.closed("c", h.luis, "A new lamp.")
		got := h.submit(ana, luis)
		want(t, got[1], Dropped, "others in the home share")
		h.told(message.Report{Message: ana.ID, State: message.Sent})
		h.clock.Advance(time.Hour)
		h.submit(other)
		h.told(returned(ana.ID))
		all := h.allAgain(ana.ID)
		if len(all) != 2 {
			t.Fatalf("%d are told another way, want Ana and Luis: %+v", len(all), all)
		}
		want(t, all[0], HandedOver, "The e-mail came back. The address for e-mail does not work")
		h.by(all[1], hearth.ChannelSMS)
		want(t, all[1], Sent, "The e-mail came back from the address that they share. Sent to Luis Ruiz by text message")
		if m := h.one(all[1].Message); m.Instead != luis.ID || m.Address != "+12125550112" || m.Resident != h.luis {
			t.Errorf("in the place of what was left out: %+v", m)
		}
		for _, v := range h.allAgain(ana.ID) {
			if v.Outcome != "" {
				t.Errorf("told twice: %+v", v)
			}
		}
	})
}

// A text message that was given up, and said another way to whoever shares its number, is told later as delivered: what they would hear a
// second time is taken back, and nothing else of theirs.
func TestWhoSharesTheNumberHearsOnce(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.clock.Set(at("2026-03-02 12:00 -0500"))
		h.desk.Channels = []hearth.Channel{hearth.ChannelEmail, hearth.ChannelSMS}
		for _, who := range []hearth.ResidentID{h.ben, h.cleo} {
			h.telephone(who, "+12125550113")
			h.prefer(who, hearth.ChannelSMS)
		}
		ben, cleo := h.closed("a", h.ben, "Water is back."), h.closed("b", h.cleo, "Water is back.")
		got := h.submit(ben, cleo)
		h.by(got[0], hearth.ChannelSMS)
		want(t, got[1], Dropped, "others in the home share")
		h.told(message.Report{Message: ben.ID, State: message.Sent})
		other := h.closed("c", h.cleo, "A new lamp.")
		h.submit(other)
		h.told(message.Report{Message: ben.ID, State: message.Failed, Code: "30003"})
		all := h.allAgain(ben.ID)
		if len(all) != 2 {
			t.Fatalf("%d are told another way, want both: %+v", len(all), all)
		}
		h.by(all[1], hearth.ChannelEmail)
		h.told(message.Report{Message: ben.ID, State: message.Delivered})
		if m := h.one(all[1].Message); m.State != message.Dropped || m.Reason != "What was said at the address that they share arrived after all." {
			t.Errorf("after it arrived, what stands in its place for Cleo is %s: %s", m.State, m.Reason)
		}
		if m := h.one(other.ID); m.State == message.Dropped {
			t.Errorf("another message is gone too: %s", m.Reason)
		}
	})
}

// A letter that came back and a call that reached nobody are said another way, or by a person; the letter is not sent to the same home again.
func TestALetterOrCallThatFailsIsSaidAnotherWay(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.clock.Set(at("2026-03-02 12:00 -0500"))
		h.desk.Channels = []hearth.Channel{hearth.ChannelEmail, hearth.ChannelLetter, hearth.ChannelCall}
		h.located()
		h.telephone(h.ben, "+12125550113")
		h.prefer(h.ben, hearth.ChannelLetter)
		a := h.closed("a", h.ben, "A new tap.")
		a.Class = hearth.ClassPromise
		h.by(h.submit(a)[0], hearth.ChannelLetter)
		h.told(message.Report{Message: a.ID, State: message.Sent, How: "posted"})
		h.told(message.Report{Message: a.ID, State: message.Bounced, Soft: true, Code: "by hand: returned"})
		h.due(a.ID)
		v := h.allAgain(a.ID)[0]
		h.by(v, hearth.ChannelCall)
		want(t, v, Sent, "The letter came back. Sent to Ben Ruiz by telephone")
		h.told(message.Report{Message: v.Message, State: message.Failed, Code: "by hand: no answer"})
		h.due(v.Message)
		want(t, h.allAgain(v.Message)[0], HandedOver, "The call did not reach them. There is no other way to them.")
		if all := h.tasks(h.ben); len(all) != 1 {
			t.Errorf("tasks %+v", all)
		}
		if m := h.one(v.Message); m.Reason != "The call did not reach them. No other way is open, so a person tells them." {
			t.Errorf("the call says %q", m.Reason)
		}
	})
}

// due tells that a message that did not arrive waits for the desk.
func (h *house) due(id hearth.MessageID) {
	h.t.Helper()
	h.write(func(ctx context.Context, tx *db.Tx) error {
		var n int
		err := tx.Row(ctx, `SELECT COUNT(*) FROM due WHERE org = $1 AND kind = $2 AND key = $3`, tx.Org(), message.AgainKind, string(id)).Scan(&n)
		if n != 1 {
			h.t.Errorf("%s waits %d times for the desk", id, n)
		}
		return err
	})
}

// A notice goes once per address also where those who share it are decided about one after the other; whoever has an address of
// their own hears it there.
func TestOnceAnAddressOneAfterTheOther(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.clock.Set(at("2026-03-02 12:00 -0500"))
		ana, luis, cleo := h.closed("a", h.ana, "Water is back."), h.closed("b", h.luis, "Water is back."), h.closed("c", h.cleo, "Water is back.")
		want(t, h.submit(ana)[0], Sent, "")
		h.clock.Advance(time.Minute)
		want(t, h.submit(luis)[0], Dropped, "The same went to this address")
		want(t, h.submit(cleo)[0], Sent, "")
		h.clock.Advance(time.Minute)
		want(t, h.submit(h.closed("d", h.luis, "A new lamp."))[0], Sent, "")
	})
}
