package app

import (
	"context"
	"encoding/base64"
	"log/slog"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/task"
	"hearth/internal/base/channel/pushtest"
	"hearth/internal/base/channel/smtptest"
	"hearth/internal/base/config"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/decide/desk"
	"hearth/internal/fact/decision"
	"hearth/internal/fact/record"
	"hearth/internal/sense/signal"
)

// pushed is the running program with a push service and a mail server: Ana has an e-mail address and likes notifications best, Ben has
// nothing but his browser.
type pushed struct {
	*Server
	t        *testing.T
	service  *pushtest.Server
	mail     *smtptest.Server
	ana, ben hearth.ResidentID
	place    hearth.PropertyID
}

func eachPushed(t *testing.T, f func(t *testing.T, p *pushed)) {
	t.Run("sqlite", func(t *testing.T) { f(t, newPushed(t, map[string]string{"data": t.TempDir()})) })
	t.Run("postgres", func(t *testing.T) { f(t, newPushed(t, map[string]string{"database": dbtest.PostgresURL(t)})) })
}

func newPushed(t *testing.T, flags map[string]string) *pushed {
	t.Helper()
	p := &pushed{t: t, service: pushtest.New(t, time.Now)}
	var err error
	if p.mail, err = smtptest.Start(smtptest.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.mail.Close() })
	for k, v := range map[string]string{"listen": "127.0.0.1:0", "metrics-listen": "off", "send": "real", "smtp": p.mail.URL(), "ways": "push",
		"from": "Oak Court <office@oak.example>", "base-url": "https://oak.example", "webhook-allow": "127.0.0.0/8"} {
		flags[k] = v
	}
	cfg, err := config.Load(config.Input{Flags: flags})
	if err != nil {
		t.Fatal(err)
	}
	a, err := Open(t.Context(), cfg.Config, Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	if p.Server, err = Listen(a, ServeOptions{}); err != nil {
		t.Fatal(err)
	}
	p.write(p.moveIn)
	if err := p.Run(t.Context(), ServeOptions{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func (p *pushed) write(f func(ctx context.Context, tx *db.Tx) error) {
	p.t.Helper()
	if err := p.DB.Write(p.t.Context(), func(tx *db.Tx) error { return f(p.t.Context(), tx) }); err != nil {
		p.t.Fatal(err)
	}
}

func (p *pushed) moveIn(ctx context.Context, tx *db.Tx) error {
	place, _, err := p.Records.PutProperty(ctx, tx, record.News{}, record.Property{Name: "Oak Court", Zone: "America/New_York", ZoneHow: "told", ZoneConfirmed: true,
		Settings: record.Settings{Quiet: record.Quiet{From: 60, To: 60}, Budget: record.Budget{Week: 2, Month: 5, Day: 9}}}) // no quiet hours: the test runs at any
	if err != nil {
		return err
	}
	p.place = place.ID
	today := hearth.DayOf(tx.Now(), time.UTC)
	home := func(unit string, who record.Resident) (hearth.ResidentID, error) {
		res, err := p.Records.PutHome(ctx, tx, record.News{Cause: unit}, record.Home{Property: place.ID, Unit: record.Unit{Label: unit}, Members: []record.Member{{Resident: who}},
			Lease: record.HomeLease{Start: today - 30, End: today + 300, MoveIn: today - 30}})
		if err != nil {
			return "", err
		}
		return res.Members[0].ID, nil
	}
	if p.ana, err = home("4B", record.Resident{First: "Ana", Last: "Ruiz", Email: "ana@home.example", Role: hearth.MemberLeaseholder}); err != nil {
		return err
	}
	if p.ben, err = home("5A", record.Resident{First: "Ben", Last: "Ruiz", Role: hearth.MemberLeaseholder}); err != nil {
		return err
	}
	if _, err = p.Records.PutPreference(ctx, tx, record.News{}, record.Preference{Resident: p.ana, Name: "channel", Value: string(hearth.ChannelPush), Source: "test", At: tx.Now()}); err != nil {
		return err
	}
	_, _, err = p.Records.PutStaff(ctx, tx, record.News{}, record.Staff{Name: "Pat Moss", Roles: []record.StaffRole{{Property: place.ID, Role: hearth.RoleManager}, {Property: place.ID, Role: hearth.RoleLeasing}}})
	return err
}

// browser subscribes one for a resident and gives its endpoint.
func (p *pushed) browser(who hearth.ResidentID) string {
	p.t.Helper()
	key, err := p.Messages.PushKey(p.t.Context(), p.DB)
	if err != nil {
		p.t.Fatal(err)
	}
	b, enc := p.service.Subscribe(p.t, key.Public()), base64.RawURLEncoding
	p.write(func(ctx context.Context, tx *db.Tx) error {
		_, err := p.Messages.Subscribe(ctx, tx, hearth.System("test"), who, p.pushGuard(), message.Subscription{Endpoint: b.Endpoint, P256dh: enc.EncodeToString(b.P256dh), Auth: enc.EncodeToString(b.Auth)})
		return err
	})
	return b.Endpoint
}

// says puts news of a finished repair before the desk.
func (p *pushed) says(id hearth.MessageID, who hearth.ResidentID, done string) desk.Verdict {
	p.t.Helper()
	var v []desk.Verdict
	p.write(func(ctx context.Context, tx *db.Tx) (err error) {
		none := signal.NewView(&signal.State{}, tx.Now(), time.UTC)
		v, err = p.Desk.Submit(ctx, tx, []desk.Intent{{ID: id, Property: p.place, Resident: who, Template: "service-closed",
			Facts: map[string]any{"event": map[string]any{"category": "plumbing", "resolution": done}}}}, func(hearth.ResidentID) signal.View { return none })
		return err
	})
	return v[0]
}

// until waits until a message is as wished.
func (p *pushed) until(id hearth.MessageID, as func(message.Message) bool) message.Message {
	p.t.Helper()
	for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		var m message.Message
		p.write(func(ctx context.Context, tx *db.Tx) (err error) {
			m, err = p.Messages.Get(ctx, tx, id)
			return err
		})
		if as(m) {
			return m
		}
		if time.Since(began) > 30*time.Second {
			p.t.Fatalf("%s is still %s by %s (%s)", id, m.State, m.Channel, m.Reason)
		}
	}
}

func (p *pushed) reasons(who hearth.ResidentID, id hearth.MessageID) (out []decision.Decision) {
	p.t.Helper()
	p.write(func(ctx context.Context, tx *db.Tx) error {
		all, _, err := p.Decisions.List(ctx, tx, decision.Filter{Resident: who, Stage: "desk"}, "", 50)
		out = nil
		for _, d := range all {
			if d.Object == string(id) {
				out = append(out, d)
			}
		}
		return err
	})
	return out
}

// A notification that its service sends back, or refuses, goes by mail instead, with a decision that says why; what has no other way
// becomes a person's task. Nothing is lost, and nothing is said twice.
func TestANotificationFallsBack(t *testing.T) {
	eachPushed(t, func(t *testing.T, p *pushed) {
		endpoint := p.browser(p.ana)
		if v := p.says("msg_shown", p.ana, "A new tap."); v.Channel != hearth.ChannelPush {
			t.Fatalf("%+v", v)
		}
		p.until("msg_shown", func(m message.Message) bool { return m.State == message.Sent })
		sent := func(m message.Message) bool { return m.State == message.Sent }

		p.service.Unsubscribe(endpoint) // 410 from now on
		if v := p.says("msg_gone", p.ana, "A new lamp."); v.Channel != hearth.ChannelPush {
			t.Fatalf("%+v", v)
		}
		if m := p.until("msg_gone", sent); m.Channel != hearth.ChannelEmail || m.Address != "ana@home.example" {
			t.Errorf("what came back went by %s to %q", m.Channel, m.Address)
		}
		d := p.reasons(p.ana, "msg_gone")
		if len(d) != 2 || d[0].Facts["channel"] != "email" || d[1].Facts["channel"] != "push" || !strings.Contains(d[0].Facts["why"].(string), "No device of theirs took the notification (410") {
			t.Errorf("the decisions are %+v", d)
		}

		p.browser(p.ana)
		p.service.Next(pushtest.Answer{Status: 403, Text: "the key does not fit"})
		if v := p.says("msg_refused", p.ana, "A new lock."); v.Channel != hearth.ChannelPush {
			t.Fatalf("%+v", v)
		}
		if m := p.until("msg_refused", sent); m.Channel != hearth.ChannelEmail {
			t.Errorf("what was refused went by %s", m.Channel)
		}
		if d := p.reasons(p.ana, "msg_refused"); len(d) != 2 || !strings.Contains(d[0].Facts["why"].(string), "does not fit") {
			t.Errorf("the decisions are %+v", d)
		}
		if n := p.mail.Count(); n != 2 {
			t.Errorf("%d mails went out, want 2", n)
		}

		p.service.Unsubscribe(p.browser(p.ben))
		if v := p.says("msg_ben", p.ben, "A new tap."); v.Channel != hearth.ChannelPush {
			t.Fatalf("%+v", v)
		}
		p.until("msg_ben", func(m message.Message) bool { return m.State == message.Dropped })
		var tasks []task.Task
		p.write(func(ctx context.Context, tx *db.Tx) (err error) {
			tasks, _, err = p.Tasks.List(ctx, tx, task.Filter{Resident: p.ben}, "", 10)
			return err
		})
		if d := p.reasons(p.ben, "msg_ben"); len(d) != 2 || d[0].Outcome != desk.HandedOver || len(tasks) != 1 || !strings.Contains(tasks[0].Draft, "A new tap.") {
			t.Errorf("without another way: %+v, tasks %+v", d, tasks)
		}
		if f := p.service.Faults(); len(f) > 0 {
			t.Error(f)
		}
	})
}
