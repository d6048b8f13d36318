package desk

import (
	"context"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
	"hearth/internal/fact/care"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
)

const cleosNumber = "+12125550133"

func byMail(address string) Way {
	return Way{Channel: hearth.ChannelEmail, Address: address, AddressKey: record.EmailKey(address)}
}

func byText() Way {
	return Way{Channel: hearth.ChannelSMS, Address: cleosNumber, AddressKey: cleosNumber}
}

// code has the desk decide on a code for Cleo.
func (h *house) code(id string, to ...Way) Verdict {
	h.t.Helper()
	var out Verdict
	h.write(func(ctx context.Context, tx *db.Tx) (err error) {
		out, err = h.desk.SendCode(ctx, tx, CodeAsk{ID: hearth.MessageID("msg_" + id), Property: h.oak, Resident: h.cleo, To: to, Subject: "A code", Body: message.CodeGap + " is your code."})
		return err
	})
	return out
}

func (h *house) stop(ch hearth.Channel, key, reason string) {
	h.t.Helper()
	h.write(func(ctx context.Context, tx *db.Tx) error { return h.desk.Consent.Suppress(ctx, tx, ch, key, reason) })
}

// A code waits for no hour, no zone and no budget; it goes where it was asked for or, from a number that takes nothing, to the mail
// address beside it; what may not go is not kept for later and is nobody's work. Each has its decision.
func TestACodePassesTheDesk(t *testing.T) {
	mail, text := byMail("cleo@example.com"), byText()
	for _, tt := range []struct {
		name    string
		given   func(h *house)
		to      []Way
		outcome string
		by      hearth.Channel
		says    string
	}{
		{"at three in the night", func(h *house) { h.clock.Set(at("2026-03-02 03:00 -0500")) }, []Way{mail}, Sent, hearth.ChannelEmail, "waits for no hour and no budget"},
		{"a text without anybody's yes", nil, []Way{text, mail}, Sent, hearth.ChannelSMS, "by text message: asked for this minute"},
		{"in a zone that nobody confirmed", func(h *house) { h.unconfirm() }, []Way{mail}, Sent, hearth.ChannelEmail, "asked for this minute"},
		{"who wants nothing by mail", func(h *house) { h.says(hearth.ChannelEmail, mail.AddressKey, "") }, []Way{mail}, Sent, hearth.ChannelEmail, "asked for this minute"},
		{"who likes texts best", func(h *house) { h.prefer(h.cleo, hearth.ChannelSMS) }, []Way{mail}, Sent, hearth.ChannelEmail, "by e-mail"},
		{"after STOP, by mail", func(h *house) { h.stop(hearth.ChannelSMS, text.AddressKey, consent.ReasonStop) }, []Way{text, mail}, Sent, hearth.ChannelEmail,
			"They wrote the address for text message, where it may not go: they answered STOP"},
		{"after a no, by mail", func(h *house) { h.says(hearth.ChannelSMS, text.AddressKey, "") }, []Way{text, mail}, Sent, hearth.ChannelEmail, "asked not to be reached by text message"},
		{"after STOP, without a mail address", func(h *house) { h.stop(hearth.ChannelSMS, text.AddressKey, consent.ReasonStop) }, []Way{text}, Dropped, "", "They answered STOP"},
		{"after STOP, and mail comes back", func(h *house) {
			h.stop(hearth.ChannelSMS, text.AddressKey, consent.ReasonStop)
			h.stop(hearth.ChannelEmail, mail.AddressKey, consent.ReasonBounce)
		}, []Way{text, mail}, Dropped, "", "They answered STOP"},
		{"after a complaint", func(h *house) { h.stop(hearth.ChannelEmail, mail.AddressKey, consent.ReasonComplaint) }, []Way{mail}, Dropped, "", "marked a message by e-mail as unwanted"},
		{"while a person reads whether it was a STOP", func(h *house) { h.stop(hearth.ChannelSMS, text.AddressKey, consent.ReasonPending) }, []Way{text}, Dropped, "", "only at once, and this would wait"},
		{"by a way that is not set up", func(h *house) { h.desk.Channels = []hearth.Channel{hearth.ChannelEmail} }, []Way{text}, Dropped, "", "no address on record"},
		{"while the property is paused", func(h *house) { h.pause(false) }, []Way{mail}, Sent, hearth.ChannelEmail, "asked for this minute"},
		{"while really nothing goes out", func(h *house) { h.pause(true) }, []Way{mail}, Dropped, "", "only at once, and this would wait"},
		{"for somebody for whom everything has stopped", func(h *house) { h.death() }, []Way{mail}, Dropped, "", "stops everything automatic"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			eachHouse(t, func(t *testing.T, h *house) {
				h.desk.Channels = []hearth.Channel{hearth.ChannelEmail, hearth.ChannelSMS, hearth.ChannelLetter}
				h.located()
				if tt.given != nil {
					tt.given(h)
				}
				v := h.code("a", tt.to...)
				want(t, v, tt.outcome, tt.says)
				if v.Outcome == Sent && v.Channel != tt.by {
					t.Errorf("it goes by %q, want %q", v.Channel, tt.by)
				}
				m, d := h.message("a"), h.decisions(h.cleo)
				if len(d) != 1 || d[0].Outcome != tt.outcome || d[0].Object != "msg_a" || d[0].Facts["class"] != "answer" || d[0].Facts["purpose"] != consent.PurposeCode {
					t.Fatalf("the decisions are %+v", d)
				}
				if (m.State == message.Queued) != (tt.outcome == Sent) || m.Class != hearth.ClassAnswer || m.Purpose != consent.PurposeCode {
					t.Errorf("the message is %s of class %s for %s", m.State, m.Class, m.Purpose)
				}
				if n := len(h.tasks(h.cleo)); n != 0 {
					t.Errorf("%d tasks came of it", n)
				}
				if n := len(h.heldRows()); n != 0 {
					t.Errorf("%d due rows wait", n)
				}
			})
		})
	}
}

// A day's budget does not touch a code, and a code does not use it up.
func TestACodeIsOutsideTheBudget(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		for _, id := range []string{"a", "b", "c"} {
			want(t, h.submit(h.closed(id, h.cleo, "Done: "+id+"."))[0], Sent, "")
			want(t, h.code("code"+id, byMail("cleo@example.com")), Sent, "asked for this minute")
		}
		want(t, h.submit(h.closed("d", h.cleo, "A fourth thing."))[0], Held, "already got 3 messages today")
		want(t, h.code("late", byMail("cleo@example.com")), Sent, "asked for this minute")
	})
}

// Taken back from delivery a code goes on to the address that it was asked for, or nowhere: not by another way of the resident's.
func TestACodeThatIsTakenBackGoesNowhereElse(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.desk.Channels = []hearth.Channel{hearth.ChannelEmail, hearth.ChannelLetter}
		h.located()
		h.code("a", byMail("cleo@example.com"))
		h.stop(hearth.ChannelEmail, record.EmailKey("cleo@example.com"), consent.ReasonComplaint)
		want(t, h.recheck("msg_a"), Dropped, "unwanted")
		h.code("b", byMail("cleo.other@example.com"))
		h.stop(hearth.ChannelEmail, record.EmailKey("cleo.other@example.com"), consent.ReasonComplaint)
		h.clock.Advance(time.Hour)
		want(t, h.recheck("msg_b"), Dropped, "of use only until")
		if n := len(h.tasks(h.cleo)); n != 0 {
			t.Errorf("%d tasks came of it", n)
		}
	})
}

func TestACodeNeedsAPlace(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		err := h.db.Write(t.Context(), func(tx *db.Tx) error {
			_, err := h.desk.SendCode(t.Context(), tx, CodeAsk{ID: "msg_a", Property: h.oak, Resident: h.cleo, To: []Way{byMail("cleo@example.com")}, Body: "Here it is."})
			return err
		})
		if hearth.CodeOf(err) != hearth.CodeInvalid || !strings.Contains(hearth.MessageOf(err), "needs a place") {
			t.Errorf("a text without a place for the code: %v", err)
		}
	})
}

// says records Cleo's no about a channel.
func (h *house) says(ch hearth.Channel, key, purpose string) {
	h.t.Helper()
	h.write(func(ctx context.Context, tx *db.Tx) error {
		return h.desk.Consent.Set(ctx, tx, consent.Grant{Channel: ch, AddressKey: key, Purpose: purpose, Resident: h.cleo, Property: h.oak, Source: "test"})
	})
}

func (h *house) unconfirm() {
	h.t.Helper()
	h.write(func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, "UPDATE properties SET zone_confirmed = 0 WHERE org = $1 AND id = $2", tx.Org(), string(h.oak))
		return err
	})
}

func (h *house) pause(strict bool) {
	h.t.Helper()
	log, err := eventlog.New(h.db)
	if err != nil {
		h.t.Fatal(err)
	}
	h.write(func(ctx context.Context, tx *db.Tx) error {
		_, err = care.New(log, h.desk.Records).Pause(ctx, tx, hearth.System("test"), care.Pause{What: care.Property, Target: string(h.oak), Strict: strict, Reason: "a test"})
		return err
	})
}

// death records that Cleo has died: nothing automatic goes out for her any more.
func (h *house) death() {
	h.t.Helper()
	log, err := eventlog.New(h.db)
	if err != nil {
		h.t.Fatal(err)
	}
	h.write(func(ctx context.Context, tx *db.Tx) error {
		_, err = care.New(log, h.desk.Records).Set(ctx, tx, hearth.System("test"), care.Told{Resident: h.cleo, Kind: care.Death})
		return err
	})
}

// recheck takes the last look before a message is put on its way, and has the desk decide again on what may not go.
func (h *house) recheck(id hearth.MessageID) Verdict {
	h.t.Helper()
	var out []Verdict
	h.write(func(ctx context.Context, tx *db.Tx) error {
		m, err := h.desk.Messages.Get(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := h.desk.Messages.Recheck(ctx, tx, []message.Message{m}); err != nil {
			return err
		}
		out, err = h.desk.Reclaim(ctx, tx, []hearth.MessageID{id}, nil, h.view)
		return err
	})
	if len(out) != 1 {
		h.t.Fatalf("%s did not come back to the desk", id)
	}
	return out[0]
}

func (h *house) heldRows() []work.Due {
	h.t.Helper()
	var out []work.Due
	h.write(func(ctx context.Context, tx *db.Tx) (err error) {
		out, err = work.Waiting(ctx, tx, work.EngineLane, eventlog.PartOf(h.oak), HoldKind)
		return err
	})
	return out
}
