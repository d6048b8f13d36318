// Package ways tests the ways to residents beside e-mail and text messages through the whole program, as hearth serve runs it.
package ways

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/app"
	"hearth/internal/base/channel/pushtest"
	"hearth/internal/base/channel/smtptest"
	"hearth/internal/base/config"
	"hearth/internal/base/db"
	"hearth/internal/decide/desk"
	"hearth/internal/fact/account"
	"hearth/internal/fact/record"
	"hearth/internal/sense/signal"
)

// house is the program as it serves: Ana likes notifications and has an e-mail address, Ben has neither telephone nor e-mail.
type house struct {
	t        *testing.T
	a        *app.App
	base     string
	token    string
	mail     *smtptest.Server
	oak      hearth.PropertyID
	ana, ben hearth.ResidentID
	clock    *hearth.VirtualClock
}

func open(t *testing.T, ways string) *house {
	t.Helper()
	ctx := t.Context()
	h := &house{t: t, clock: hearth.NewVirtualClock(time.Date(2026, 3, 3, 15, 0, 0, 0, time.UTC))} // ten in the morning, a Tuesday
	var err error
	if h.mail, err = smtptest.Start(smtptest.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.mail.Close() })
	h.a, err = app.Open(ctx, config.Config{Data: t.TempDir(), Org: "main", Zone: "America/New_York", Send: "real", SMTP: h.mail.URL(), MailConnections: 1,
		Ways: ways, WebhookAllow: "127.0.0.0/8", From: "Hearth <office@oak.example>", BaseURL: "https://hearth.oak.example", Listen: "127.0.0.1:0",
		MetricsListen: "off", Rate: 1000}, app.Options{Clock: h.clock, Random: rand.NewChaCha8([32]byte{1}), Logger: slog.New(slog.DiscardHandler)})
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
	h.base = "http://" + s.Addr() + "/api/v1"
	h.moveIn()
	return h
}

func (h *house) moveIn() {
	h.t.Helper()
	h.write(func(ctx context.Context, tx *db.Tx) error {
		n := record.News{Source: "test"}
		p, _, err := h.a.Records.PutProperty(ctx, tx, n, record.Property{Name: "Oak Court", Address: "12 Oak Street", City: "Springfield", State: "NY", Zip: "12345",
			Zone: "America/New_York", ZoneConfirmed: true})
		if err != nil {
			return err
		}
		h.oak = p.ID
		today := hearth.DayOf(tx.Now(), time.UTC)
		for _, who := range []struct {
			unit, first, email, phone string
			into                      *hearth.ResidentID
		}{{"4B", "Ana", "ana@home.example", "+12125550101", &h.ana}, {"5A", "Ben", "", "", &h.ben}} {
			home, err := h.a.Records.PutHome(ctx, tx, n, record.Home{Property: p.ID, Unit: record.Unit{Label: who.unit},
				Members: []record.Member{{Resident: record.Resident{First: who.first, Last: "Lopez", Email: who.email, Phone: who.phone, Role: hearth.MemberLeaseholder}}},
				Lease:   record.HomeLease{Start: today - 100, End: today + 265, MoveIn: today - 100}})
			if err != nil {
				return err
			}
			*who.into = home.Members[0].ID
		}
		h.token, err = h.a.Accounts.CreateToken(ctx, tx, "portal", []account.Scope{account.ScopeRead, account.ScopeTasks, account.ScopeMessages})
		return err
	})
}

// staff gives the property somebody who works there.
func (h *house) staff() {
	h.t.Helper()
	h.write(func(ctx context.Context, tx *db.Tx) error {
		_, _, err := h.a.Records.PutStaff(ctx, tx, record.News{Source: "test"}, record.Staff{Name: "Pat Moss",
			Roles: []record.StaffRole{{Property: h.oak, Role: hearth.RoleManager}, {Property: h.oak, Role: hearth.RoleLeasing}}})
		return err
	})
}

func (h *house) prefer(who hearth.ResidentID, ch hearth.Channel) {
	h.t.Helper()
	h.write(func(ctx context.Context, tx *db.Tx) error {
		_, err := h.a.Records.PutPreference(ctx, tx, record.News{Source: "test"}, record.Preference{Resident: who, Name: "channel", Value: string(ch), Source: "test", At: tx.Now()})
		return err
	})
}

func (h *house) write(f func(ctx context.Context, tx *db.Tx) error) {
	h.t.Helper()
	if err := h.a.DB.Write(h.t.Context(), func(tx *db.Tx) error { return f(h.t.Context(), tx) }); err != nil {
		h.t.Fatal(err)
	}
}

// say asks the desk to tell somebody something.
func (h *house) say(who hearth.ResidentID, class hearth.Class, words string) (v desk.Verdict) {
	h.t.Helper()
	h.write(func(ctx context.Context, tx *db.Tx) error {
		none := signal.NewView(&signal.State{}, tx.Now(), time.UTC)
		all, err := h.a.Desk.Submit(ctx, tx, []desk.Intent{{ID: hearth.MessageID(hearth.DeriveID("msg_", "say", string(who), words)), Property: h.oak, Resident: who,
			Class: class, Purpose: "service.update", Template: "service-closed", Made: tx.Now(),
			Ready: &desk.Rendered{Template: "service-closed", Subject: "About your home", Body: words, ContentKey: hearth.DeriveID("", words)}}},
			func(hearth.ResidentID) signal.View { return none })
		if err == nil {
			v = all[0]
		}
		return err
	})
	return v
}

// call asks the API, and reads what it answers into out.
func (h *house) call(method, path string, body any, want int, out any) {
	h.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		h.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(h.t.Context(), method, h.base+path, bytes.NewReader(text))
	if err != nil {
		h.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+h.token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		h.t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	if resp.StatusCode != want {
		h.t.Fatalf("%s %s: %d %s, want %d", method, path, resp.StatusCode, answer, want)
	}
	if out != nil {
		if err := json.Unmarshal(answer, out); err != nil {
			h.t.Fatalf("%s %s: %v in %s", method, path, err, answer)
		}
	}
}

// until waits for something to come true, while the clock goes on.
func (h *house) until(what string, f func() bool) {
	h.t.Helper()
	for range 1000 {
		if f() {
			return
		}
		time.Sleep(10 * time.Millisecond)
		h.clock.Advance(100 * time.Millisecond)
	}
	h.t.Fatalf("after ten seconds still not: %s", what)
}

func (h *house) message(id hearth.MessageID) (m message.Message) {
	h.t.Helper()
	h.write(func(ctx context.Context, tx *db.Tx) (err error) {
		m, err = h.a.Messages.Get(ctx, tx, id)
		return err
	})
	return m
}

// A page subscribes, the desk notifies, the browser decrypts; when the subscription is over the message goes by mail instead.
func TestNotificationsThroughTheProgram(t *testing.T) {
	h := open(t, "push")
	service := pushtest.New(t, h.clock.Now)
	var key struct{ Key string }
	h.call("GET", "/push/key", nil, 200, &key)
	b := service.Subscribe(t, key.Key)
	enc := base64.RawURLEncoding
	subscription := map[string]any{"endpoint": b.Endpoint, "expirationTime": nil, "label": "Ana's telephone",
		"keys": map[string]string{"p256dh": enc.EncodeToString(b.P256dh), "auth": enc.EncodeToString(b.Auth)}}
	var device struct{ ID, Label, Service string }
	h.call("POST", "/residents/"+string(h.ana)+"/devices", subscription, 200, &device)
	if device.Label != "Ana's telephone" || !strings.HasSuffix(service.URL, device.Service) {
		t.Errorf("kept is %+v", device)
	}
	inside := map[string]any{"endpoint": "https://169.254.169.254/latest", "keys": subscription["keys"]}
	h.call("POST", "/residents/"+string(h.ana)+"/devices", inside, 422, nil)
	h.prefer(h.ana, hearth.ChannelPush)
	v := h.say(h.ana, hearth.ClassService, "Your tap is fixed.")
	if v.Outcome != desk.Sent || v.Channel != hearth.ChannelPush {
		t.Fatalf("the desk says %+v", v)
	}
	h.until("the browser shows it", func() bool { return len(service.Shown()) == 1 })
	if s := service.Shown()[0]; strings.Contains(s.Text, "tap") || !strings.Contains(s.Text, "Oak Court") || !strings.Contains(s.Text, string(v.Message)) ||
		s.Subject != "mailto:office@oak.example" {
		t.Errorf("it shows %+v", s)
	}
	h.until("it is recorded", func() bool { return h.message(v.Message).State == message.Sent })
	service.Unsubscribe(b.Endpoint)
	v = h.say(h.ana, hearth.ClassService, "Your lamp is fixed.")
	if v.Channel != hearth.ChannelPush {
		t.Errorf("the desk says %+v", v)
	}
	h.until("it went by mail", func() bool { return len(h.mail.Mails()) == 1 })
	h.until("it is recorded as a mail", func() bool {
		m := h.message(v.Message)
		return m.State == message.Sent && m.Channel == hearth.ChannelEmail
	})
	var devices struct{ Items []struct{ ID string } }
	h.call("GET", "/residents/"+string(h.ana)+"/devices", nil, 200, &devices)
	if len(devices.Items) != 0 {
		t.Errorf("devices are left: %+v", devices)
	}
	if f := service.Faults(); len(f) != 0 {
		t.Error(f)
	}
	h.call("DELETE", "/residents/"+string(h.ana)+"/devices/"+device.ID, nil, 404, nil)
}

// Where push is no way, nobody is told that it were.
func TestWaysThatAreSwitchedOff(t *testing.T) {
	h := open(t, "")
	h.call("GET", "/push/key", nil, 409, nil)
	h.prefer(h.ana, hearth.ChannelPush)
	if v := h.say(h.ana, hearth.ClassService, "Your tap is fixed."); v.Channel != hearth.ChannelEmail {
		t.Errorf("the desk says %+v", v)
	}
	if v := h.say(h.ben, hearth.ClassService, "Your tap is fixed."); v.Outcome != desk.HandedOver {
		t.Errorf("the desk says %+v", v)
	}
}
