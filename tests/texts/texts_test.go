// Package texts tests text messages through the whole program, as hearth serve runs it: a real provider's API on loopback,
// its signed call-backs over HTTP, and the desk between them.
package texts

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/app"
	"hearth/internal/base/channel"
	"hearth/internal/base/channel/smtptest"
	"hearth/internal/base/channel/twiliotest"
	"hearth/internal/base/config"
	"hearth/internal/base/db"
	"hearth/internal/decide/desk"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/record"
	"hearth/internal/sense/signal"
)

const (
	phone = "+12125550101"
	ours  = "+12125550900"
)

// house is the program as it serves, with one resident who has a telephone and no e-mail.
type house struct {
	t    *testing.T
	a    *app.App
	sms  *twiliotest.Server
	base string
	ana  hearth.ResidentID
	oak  hearth.PropertyID
	n    int
}

func open(t *testing.T) *house {
	t.Helper()
	ctx := t.Context()
	clock := hearth.NewVirtualClock(time.Date(2026, 3, 3, 15, 0, 0, 0, time.UTC)) // ten in the morning, a Tuesday
	server, err := smtptest.Start(smtptest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	h := &house{t: t}
	if h.sms, err = twiliotest.Start(twiliotest.Options{Now: clock.Now}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.sms.Close() })
	h.a, err = app.Open(ctx, config.Config{Data: t.TempDir(), Org: "main", Zone: "America/New_York", Send: "real", SMTP: server.URL(), MailConnections: 1,
		SMS: h.sms.URL(), SMSFrom: ours, SMSConnections: 2, SMSToken: "token", From: "Hearth <hearth@oak.example>", Listen: "127.0.0.1:0",
		MetricsListen: "off", Rate: 1000}, app.Options{Clock: clock, Random: rand.NewChaCha8([32]byte{1}), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.a.Close() })
	s, err := app.Listen(h.a, app.ServeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Run(ctx, app.ServeOptions{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	h.base = "http://" + s.Addr()
	h.moveIn()
	return h
}

func (h *house) moveIn() {
	h.t.Helper()
	h.write(func(ctx context.Context, tx *db.Tx) error {
		n := record.News{Source: "test"}
		p, _, err := h.a.Records.PutProperty(ctx, tx, n, record.Property{Name: "Oak Court", State: "NY", Zone: "America/New_York", ZoneConfirmed: true})
		if err != nil {
			return err
		}
		today := hearth.DayOf(tx.Now(), time.UTC)
		home, err := h.a.Records.PutHome(ctx, tx, n, record.Home{Property: p.ID, Unit: record.Unit{Label: "4B"},
			Members: []record.Member{{Resident: record.Resident{First: "Ana", Last: "Lopez", Phone: phone, Role: hearth.MemberLeaseholder}}},
			Lease:   record.HomeLease{Start: today - 100, End: today + 265, MoveIn: today - 100}})
		if err != nil {
			return err
		}
		h.oak, h.ana = p.ID, home.Members[0].ID
		return h.a.Consent.Set(ctx, tx, consent.Grant{Channel: hearth.ChannelSMS, AddressKey: phone, Allowed: true, Resident: h.ana, Property: p.ID, Source: "lease"})
	})
}

func (h *house) write(f func(ctx context.Context, tx *db.Tx) error) {
	h.t.Helper()
	if err := h.a.DB.Write(h.t.Context(), func(tx *db.Tx) error { return f(h.t.Context(), tx) }); err != nil {
		h.t.Fatal(err)
	}
}

// say asks the desk to tell Ana something.
func (h *house) say(words string) (v desk.Verdict) {
	h.t.Helper()
	h.n++
	h.write(func(ctx context.Context, tx *db.Tx) error {
		none := signal.NewView(&signal.State{}, tx.Now(), time.UTC)
		all, err := h.a.Desk.Submit(ctx, tx, []desk.Intent{{ID: hearth.MessageID(hearth.DeriveID("msg_", "say", words)), Property: h.oak, Resident: h.ana,
			Class: hearth.ClassService, Purpose: "service.update", Template: "service-closed", Made: tx.Now(),
			Ready: &desk.Rendered{Template: "service-closed", Subject: words, Body: words, ContentKey: hearth.DeriveID("", words)}}},
			func(hearth.ResidentID) signal.View { return none })
		if err == nil {
			v = all[0]
		}
		return err
	})
	return v
}

// arrived waits until the provider has taken n messages and gives the last.
func (h *house) arrived(n int) twiliotest.Message {
	h.t.Helper()
	for range 1000 {
		if all := h.sms.Taken(); len(all) >= n {
			return all[n-1]
		}
		time.Sleep(10 * time.Millisecond)
	}
	h.t.Fatalf("the provider has %d messages after ten seconds, want %d", len(h.sms.Taken()), n)
	return twiliotest.Message{}
}

// hears sends a text of Ana's in, and gives the answer's status.
func (h *house) hears(ref, words string) int {
	h.t.Helper()
	status, err := h.sms.Text(h.t.Context(), h.base+channel.TwilioMessagePath, ref, phone, ours, words)
	if err != nil {
		h.t.Fatal(err)
	}
	return status
}

func (h *house) state(id hearth.MessageID) (s message.State) {
	h.t.Helper()
	h.write(func(ctx context.Context, tx *db.Tx) error {
		m, err := h.a.Messages.Get(ctx, tx, id)
		s = m.State
		return err
	})
	return s
}

// A text goes out over the provider's API, its delivery comes back, STOP ends and START restores, each with one word said.
func TestTextsThroughTheProgram(t *testing.T) {
	h := open(t)
	v := h.say("Your tap is fixed.")
	if v.Outcome != desk.Sent || !strings.Contains(v.Reason, "by text message") {
		t.Fatalf("the desk says %+v", v)
	}
	m := h.arrived(1)
	if m.To != phone || m.From != ours || m.Body != "Your tap is fixed." || !strings.HasPrefix(m.CallBack, h.base) {
		t.Errorf("the provider took %+v", m)
	}
	for _, status := range []string{"delivered", "sent", "delivered"} {
		if got, err := h.sms.Report(t.Context(), m.SID, status, 0); got != 204 || err != nil {
			t.Errorf("the call-back %s is answered with %d, %v", status, got, err)
		}
	}
	if got := h.state(v.Message); got != message.Delivered {
		t.Errorf("after the call-backs it is %s", got)
	}
	if got := h.hears("SMa", "Stop!"); got != 200 {
		t.Fatalf("STOP is answered with %d", got)
	}
	if m := h.arrived(2); !strings.Contains(m.Body, "no more text messages") {
		t.Errorf("the confirmation says %q", m.Body)
	}
	if v := h.say("The light is fixed."); v.Outcome != desk.HandedOver || !strings.Contains(v.Reason, "STOP") {
		t.Errorf("after STOP the desk says %+v", v)
	}
	if got := h.hears("SMb", "START"); got != 200 {
		t.Fatalf("START is answered with %d", got)
	}
	if m := h.arrived(3); !strings.Contains(m.Body, "text messages on this number again") {
		t.Errorf("the confirmation says %q", m.Body)
	}
	h.say("The door is fixed.")
	if m := h.arrived(4); m.Body != "The door is fixed." {
		t.Errorf("after START the provider took %q", m.Body)
	}
	if got := h.hears("SMc", "Thank you!"); got != 200 {
		t.Errorf("an answer is answered with %d", got)
	}
	h.write(func(ctx context.Context, tx *db.Tx) error {
		in, _, err := h.a.Messages.List(ctx, tx, message.Filter{Resident: h.ana, Direction: message.In}, "", 10)
		if len(in) != 3 {
			t.Errorf("%d texts of Ana's are kept, want 3", len(in))
		}
		return err
	})
}

// Nobody without the token can report on a message or stop a number.
func TestForgedCallBacks(t *testing.T) {
	h := open(t)
	forger, err := twiliotest.Start(twiliotest.Options{Token: "another"})
	if err != nil {
		t.Fatal(err)
	}
	defer forger.Close()
	for _, path := range []string{channel.TwilioMessagePath, channel.TwilioStatusPath + "?m=msg_a"} {
		if got, err := forger.Text(t.Context(), h.base+path, "SMx", phone, ours, "STOP"); got != 403 || err != nil {
			t.Errorf("%s: %d, %v", path, got, err)
		}
	}
	if v := h.say("Your tap is fixed."); v.Outcome != desk.Sent {
		t.Errorf("the desk says %+v", v)
	}
	if twiliotest.Sign("token", h.base, url.Values{}) == twiliotest.Sign("another", h.base, url.Values{}) {
		t.Error("signatures do not depend on the token")
	}
}
