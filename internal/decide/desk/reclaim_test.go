package desk

import (
	"context"
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

// back has a pause take what is queued back from delivery, and ends the pause at once; then the desk is asked again.
func (h *house) back(ids ...hearth.MessageID) []Verdict {
	h.t.Helper()
	log, err := eventlog.New(h.db)
	if err != nil {
		h.t.Fatal(err)
	}
	pauses := care.New(log, h.desk.Records)
	var out []Verdict
	h.write(func(ctx context.Context, tx *db.Tx) error {
		x, err := pauses.Pause(ctx, tx, hearth.System("test"), care.Pause{What: care.Property, Target: string(h.oak), Reason: "a test"})
		if err != nil {
			return err
		}
		now, err := pauses.Now(ctx, tx)
		if err != nil {
			return err
		}
		if n, err := h.desk.Messages.Recall(ctx, tx, now); err != nil || n != len(ids) {
			h.t.Errorf("%d messages were taken back (%v), want %d", n, err, len(ids))
		}
		if _, _, err = pauses.Resume(ctx, tx, hearth.System("test"), x.ID); err != nil {
			return err
		}
		out, err = h.desk.Reclaim(ctx, tx, ids, nil, h.view)
		return err
	})
	return out
}

// A person lets a message go whose time had passed; taken back from delivery, it is good for as long as it was given then.
func TestWhatWasLetGoLateKeepsItsTimeBackFromDelivery(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.clock.Set(at("2026-03-02 22:30 -0500"))
		want(t, h.submit(h.closed("a", h.cleo, "Done."))[0], Held, "quiet hours")
		h.clock.Set(at("2026-03-06 20:30 -0500")) // it was good until the evening before
		h.write(func(ctx context.Context, tx *db.Tx) error {
			rows, err := work.Find(ctx, tx, HoldKind, []string{"msg_a"})
			if err != nil {
				return err
			}
			row, err := Renew(rows[0], tx.Now())
			if err != nil {
				return err
			}
			return work.Put(ctx, tx, []work.Due{row})
		})
		want(t, h.wake(h.clock.Now())[0], Sent, "")
		until := at("2026-03-09 20:30 -0400") // three days, and the clock went forward in them
		if m := h.message("a"); m.State != message.Queued || m.Expires.Sub(until).Abs() > time.Hour {
			t.Errorf("it is %s and good until %s, want queued until %s", m.State, m.Expires, until)
		}
		h.clock.Set(at("2026-03-06 22:00 -0500"))
		want(t, h.back("msg_a")[0], Held, "quiet hours")
		want(t, h.wake(at("2026-03-07 08:00 -0500"))[0], Sent, "")
		// Held through the next night and day it is late by its own end, not by a new one.
		h.clock.Set(h.message("a").Expires)
		want(t, h.back("msg_a")[0], HandedOver, "of use only until")
	})
}

// News of a promise is of use until the promise is due, however long ago it was wished.
func TestNewsOfAPromiseKeepsItsTimeBackFromDelivery(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.clock.Set(at("2026-03-02 12:00 -0500"))
		in := h.closed("a", h.cleo, "Done.")
		in.Class, in.NotBefore, in.Expires = hearth.ClassPromise, at("2026-03-06 12:00 -0500"), at("2026-03-06 16:00 -0500")
		want(t, h.submit(in)[0], Held, "meant for then")
		want(t, h.wake(in.NotBefore)[0], Sent, "")
		h.clock.Advance(time.Hour)
		want(t, h.back("msg_a")[0], Sent, "")
		h.clock.Set(in.Expires)
		want(t, h.back("msg_a")[0], HandedOver, "of use only until")
	})
}

// pauseMail stops mail that residents may do without, as too much of it coming back does; it gives what lets go again.
func (h *house) pauseMail(target string) (resume func()) {
	h.t.Helper()
	log, err := eventlog.New(h.db)
	if err != nil {
		h.t.Fatal(err)
	}
	pauses := care.New(log, h.desk.Records)
	var p care.Pause
	h.write(func(ctx context.Context, tx *db.Tx) (err error) {
		p, err = pauses.Pause(ctx, tx, hearth.System("test"), care.Pause{What: care.Channel, Target: target, Reason: "too much came back"})
		return err
	})
	return func() {
		h.write(func(ctx context.Context, tx *db.Tx) error {
			_, _, err := pauses.Resume(ctx, tx, hearth.System("test"), p.ID)
			return err
		})
	}
}

// What a pause of mail keeps back is held, for whom no other way is open: a text that was never allowed is no reason to drop it.
// Who can be reached by another way that is open is.
func TestAPauseOfMailHoldsAndLosesNothing(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.desk.Channels = []hearth.Channel{hearth.ChannelEmail, hearth.ChannelSMS}
		h.telephone(h.cleo, "+12125550188")
		h.says(hearth.ChannelSMS, record.PhoneKey("+12125550188"), "")
		resume := h.pauseMail("email/discretionary")
		h.by(h.submit(h.closed("service", h.cleo, "A new tap."))[0], hearth.ChannelEmail) // only what they may do without is paused
		want(t, h.submit(Intent{ID: "msg_a", Property: h.oak, Resident: h.cleo, Template: "renewal-open"})[0], Held, "sending by e-mail what residents may do without was paused")
		if m := h.message("a"); m.State != message.Held {
			t.Errorf("it is %s, want it held", m.State)
		}
		resume()
		h.write(func(ctx context.Context, tx *db.Tx) error {
			got, err := h.desk.Reclaim(ctx, tx, []hearth.MessageID{"msg_a"}, nil, h.view)
			if err == nil {
				h.by(got[0], hearth.ChannelEmail)
			}
			return err
		})
		h.clock.Advance(time.Minute)
		h.write(func(ctx context.Context, tx *db.Tx) error {
			return h.desk.Consent.Set(ctx, tx, consent.Grant{Channel: hearth.ChannelSMS, AddressKey: record.PhoneKey("+12125550188"), Allowed: true, Resident: h.cleo, Property: h.oak, Source: "lease"})
		})
		h.pauseMail("email")
		h.by(h.submit(h.closed("text", h.cleo, "A new lamp."))[0], hearth.ChannelSMS)
		want(t, h.submit(h.closed("none", h.ana, "A new lamp."))[0], Held, "sending by e-mail was paused")
	})
}
