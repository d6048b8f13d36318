package desk

import (
	"context"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/record"
)

// telephone gives a resident a number to which they said yes.
func (h *house) telephone(who hearth.ResidentID, number string) {
	h.t.Helper()
	h.write(func(ctx context.Context, tx *db.Tx) error {
		if _, err := h.desk.Records.PutDetail(ctx, tx, record.News{}, who, "phone", number); err != nil {
			return err
		}
		return h.desk.Consent.Set(ctx, tx, consent.Grant{Channel: hearth.ChannelSMS, AddressKey: number, Allowed: true, Resident: who, Property: h.oak, Source: "lease"})
	})
}

// told has a message's carrier say what became of it.
func (h *house) told(r message.Report) {
	h.t.Helper()
	h.write(func(ctx context.Context, tx *db.Tx) error {
		_, err := h.desk.Messages.Report(ctx, tx, r)
		return err
	})
}

// again asks the desk about a message that was not delivered, as the follower does for its due row.
func (h *house) again(id hearth.MessageID, more ...func(*Lost)) Verdict {
	h.t.Helper()
	var out []Verdict
	h.write(func(ctx context.Context, tx *db.Tx) error {
		m, err := h.desk.Messages.Get(ctx, tx, id)
		if err != nil {
			return err
		}
		l := Lost{Message: m}
		for _, f := range more {
			f(&l)
		}
		out, err = h.desk.Again(ctx, tx, []Lost{l}, h.view)
		return err
	})
	return out[0]
}

func returned(id hearth.MessageID) message.Report {
	return message.Report{Message: id, State: message.Bounced, Code: "5.1.1", Stop: consent.ReasonBounce}
}

// sent has the desk send news to somebody, and the mail server take it.
func (h *house) sent(id string, who hearth.ResidentID, class hearth.Class) hearth.MessageID {
	h.t.Helper()
	in := h.closed(id, who, "A new tap "+id)
	in.Class = class
	want(h.t.(*testing.T), h.submit(in)[0], Sent, "")
	h.told(message.Report{Message: in.ID, State: message.Sent})
	return in.ID
}

// What came back is said by the next way that is open, under a name of its own, and by none that was tried; with none left a person gets it.
func TestWhatCameBackIsSaidAnotherWay(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.clock.Set(at("2026-03-02 12:00 -0500"))
		h.desk.Channels = []hearth.Channel{hearth.ChannelEmail, hearth.ChannelSMS, hearth.ChannelLetter}
		h.located()
		h.telephone(h.cleo, "+12125550111")
		a := h.sent("a", h.cleo, hearth.ClassService)
		h.clock.Advance(time.Hour)
		h.told(returned(a))
		v := h.again(a)
		h.by(v, hearth.ChannelSMS)
		want(t, v, Sent, "The e-mail came back. Sent to Cleo Ruiz by text message: allowed")
		b := h.one(v.Message)
		if first := h.message("a"); first.State != message.Bounced || first.Reason != "The e-mail came back. It was said again by text message." {
			t.Errorf("the first is %s: %s", first.State, first.Reason)
		}
		if b.Instead != a || b.Body != "About your plumbing request: A new tap a If it does not work as it should, reply and we take it up again." || b.Address != "+12125550111" || !b.Made.Equal(h.clock.Now()) {
			t.Errorf("in its place: %+v", b)
		}
		// The text does not arrive either; the number itself is alive, and still is not tried again.
		h.told(message.Report{Message: b.ID, State: message.Sent})
		h.told(message.Report{Message: b.ID, State: message.Failed, Code: "30003"})
		v = h.again(b.ID)
		h.by(v, hearth.ChannelLetter)
		want(t, v, Sent, "The text message did not arrive. Sent to Cleo Ruiz by letter")
		if c := h.one(v.Message); c.Body != h.message("a").Body || c.Short != h.message("a").Short {
			t.Errorf("the letter says %q (%q)", c.Body, c.Short)
		}

		// Without paper, a person takes the next one over; the task says why.
		h.desk.Channels = []hearth.Channel{hearth.ChannelEmail}
		c := h.sent("c", h.ana, hearth.ClassService)
		h.told(message.Report{Message: c, State: message.Failed, Code: "5.7.1"})
		want(t, h.again(c), HandedOver, "The e-mail could not be delivered. There is no other way to them. It is a service message, so a person decides how to tell them.")
		if all := h.tasks(h.ana); len(all) != 1 || all[0].Kind != string(taskReach) || !strings.Contains(all[0].Draft, "A new tap c") {
			t.Errorf("tasks %+v", all)
		}
	})
}

func (h *house) one(id hearth.MessageID) message.Message {
	return h.message(strings.TrimPrefix(string(id), "msg_"))
}

// An address that was mended since is another way.
func TestAMendedAddressIsTried(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.clock.Set(at("2026-03-02 12:00 -0500"))
		a := h.sent("a", h.cleo, hearth.ClassService)
		h.told(returned(a))
		h.write(func(ctx context.Context, tx *db.Tx) error {
			_, err := h.desk.Records.PutDetail(ctx, tx, record.News{}, h.cleo, "email", "cleo@new.example")
			return err
		})
		v := h.again(a)
		h.by(v, hearth.ChannelEmail)
		if b := h.one(v.Message); b.AddressKey != "cleo@new.example" {
			t.Errorf("it goes to %s", b.AddressKey)
		}
	})
}

// Once, however often and in whatever order the end is told, and whoever acts meanwhile.
func TestWhatCameBackIsSaidOnce(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.clock.Set(at("2026-03-02 12:00 -0500"))
		h.desk.Channels = []hearth.Channel{hearth.ChannelEmail, hearth.ChannelSMS}
		h.telephone(h.cleo, "+12125550111")
		a := h.sent("a", h.cleo, hearth.ClassService)
		h.told(returned(a))
		h.by(h.again(a), hearth.ChannelSMS)
		h.told(message.Report{Message: a, State: message.Delivered}) // told too late
		h.told(returned(a))
		if v := h.again(a); v.Outcome != "" || v.Message != "" {
			t.Errorf("asked again it says %+v", v)
		}
		if n := len(h.decisions(h.cleo)); n != 2 {
			t.Errorf("%d decisions, want one for each of the two", n)
		}
		// While it is held for the morning a second report changes nothing either.
		h.clock.Set(at("2026-03-02 20:55 -0500"))
		c := h.sent("c", h.cleo, hearth.ClassPromise) // by text: the mailbox is gone
		h.clock.Set(at("2026-03-02 21:30 -0500"))
		h.prefer(h.cleo, hearth.ChannelEmail)
		h.write(func(ctx context.Context, tx *db.Tx) error {
			_, err := h.desk.Records.PutDetail(ctx, tx, record.News{}, h.cleo, "email", "cleo@new.example")
			return err
		})
		h.told(message.Report{Message: c, State: message.Failed, Code: "30003"})
		want(t, h.again(c), Held, "The text message did not arrive. Held until tomorrow 08:00: quiet hours")
		h.told(message.Report{Message: c, State: message.Bounced, Code: "30005"})
		if v := h.again(c); v.Outcome != "" {
			t.Errorf("asked again it says %+v", v)
		}
		// The provider says in the end that it did arrive: what waits in its place is not said.
		h.told(message.Report{Message: c, State: message.Delivered})
		d := h.one(message.AgainID(c))
		if d.State != message.Dropped || !strings.Contains(d.Reason, "arrived after all") {
			t.Errorf("in its place: %s, %s", d.State, d.Reason)
		}
		if v := h.wake(at("2026-03-03 08:00 -0500")); len(v) != 1 || v[0].Reason != decidedAlready {
			t.Errorf("in the morning: %+v", v)
		}
	})
}

// What ends when it comes back: what they can do without, what is over, what they marked as unwanted, what nobody needs any more.
func TestWhatIsNotSaidAnotherWay(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.clock.Set(at("2026-03-02 12:00 -0500"))
		h.desk.Channels = []hearth.Channel{hearth.ChannelEmail, hearth.ChannelSMS}
		h.telephone(h.cleo, "+12125550111")
		ends := func(id hearth.MessageID, why string, more ...func(*Lost)) {
			t.Helper()
			if v := h.again(id, more...); v.Outcome != "" {
				t.Errorf("%s is %s: %s", id, v.Outcome, v.Reason)
			}
			if m := h.one(id); !strings.Contains(m.Reason, "The e-mail c") || !strings.Contains(m.Reason, why) {
				t.Errorf("%s says %q, want %q", id, m.Reason, why)
			}
		}
		soft := func(id hearth.MessageID) message.Report {
			return message.Report{Message: id, State: message.Bounced, Soft: true, Code: "4.2.2"}
		}
		a := h.sent("a", h.cleo, hearth.ClassRelation)
		h.told(soft(a))
		ends(a, "They can do without it")
		b := h.sent("b", h.cleo, hearth.ClassService)
		h.told(soft(b))
		h.clock.Advance(3 * 24 * time.Hour)
		ends(b, "Its time was over")
		c := h.sent("c", h.cleo, hearth.ClassService)
		h.told(soft(c))
		ends(c, "They answered.", func(l *Lost) { l.Over = "Not said any more: They answered." })
		// A notice of the law whose time is over, and news of a promise, are a person's to tell late.
		d := h.sent("d", h.cleo, hearth.ClassPromise)
		h.told(soft(d))
		h.clock.Advance(3 * 24 * time.Hour)
		want(t, h.again(d), HandedOver, "The e-mail came back. It was of use only until")
		e := h.sent("e", h.cleo, hearth.ClassLegal)
		h.write(func(ctx context.Context, tx *db.Tx) error { return h.desk.Messages.Complained(ctx, tx, e, tx.Now()) })
		h.told(soft(e))
		ends(e, "marked it as unwanted")
	})
}

// A broadcast's people stand in one task by name.
func TestManyThatCameBackAreOneTask(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.clock.Set(at("2026-03-02 12:00 -0500"))
		many := func(l *Lost) { l.Many = true }
		for id, who := range map[string]hearth.ResidentID{"a": h.ana, "c": h.cleo} {
			in := h.closed(id, who, "No water "+id)
			in.Topic, in.Many = "brd_1", true
			h.submit(in)
			h.told(returned(in.ID))
			want(t, h.again(in.ID, many), HandedOver, "The e-mail came back.")
		}
		var all []task.Task
		h.write(func(ctx context.Context, tx *db.Tx) (err error) {
			all, _, err = h.desk.Tasks.List(ctx, tx, task.Filter{Property: h.oak}, "", 50)
			return err
		})
		if len(all) != 1 || len(all[0].Context.Facts) != 2 || !strings.Contains(all[0].Title, "by hand") {
			t.Errorf("%+v", all)
		}
	})
}

// What stands in the place of another one is taken back from delivery like any message, and still avoids what was tried.
func TestTakenBackItStillAvoidsWhatWasTried(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.clock.Set(at("2026-03-02 12:00 -0500"))
		h.desk.Channels = []hearth.Channel{hearth.ChannelEmail, hearth.ChannelSMS}
		h.telephone(h.cleo, "+12125550111")
		a := h.sent("a", h.cleo, hearth.ClassService)
		h.told(message.Report{Message: a, State: message.Bounced, Soft: true, Code: "4.2.2"}) // the mailbox is only full
		b := h.again(a)
		h.by(b, hearth.ChannelSMS)
		h.by(h.back(b.Message)[0], hearth.ChannelSMS)
	})
}
