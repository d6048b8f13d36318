package message

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/channel"
	"hearth/internal/base/channel/pushtest"
	"hearth/internal/base/channel/webhook"
	"hearth/internal/base/channel/webpush"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/base/work"
	"hearth/internal/fact/care"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/eventlog"
)

// pushRig is a rig with a push service and browsers instead of a mail server.
type pushRig struct {
	*rig
	service *pushtest.Server
	guard   *webhook.Guard
	key     *webpush.Key
}

func eachPush(t *testing.T, f func(t *testing.T, r *pushRig)) {
	t.Helper()
	with := func(t *testing.T, r *rig) {
		p := &pushRig{rig: r, service: pushtest.New(t, r.clock.Now)}
		var err error
		if p.guard, err = webhook.ParseGuard([]string{"127.0.0.0/8"}); err != nil {
			t.Fatal(err)
		}
		if p.key, err = r.bare().store.PushKey(t.Context(), r.d); err != nil {
			t.Fatal(err)
		}
		f(t, p)
	}
	t.Run("journal", func(t *testing.T) {
		d, clock := dbtest.SQLite(t)
		with(t, newRig(t, d, clock, filepath.Join(t.TempDir(), "push.journal")))
	})
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) { with(t, newRig(t, d, clock, "")) })
}

func (r *pushRig) client() channel.PushSender {
	c := webpush.New(webpush.Config{Key: r.key, Subject: "mailto:office@oak.example", Guard: r.guard, Clock: r.clock, Random: rand.Reader,
		HTTP: webhook.HTTP(webhook.Config{Guard: r.guard, Timeout: 5 * time.Second})})
	r.t.Cleanup(func() { c.Close() })
	return c
}

func (r *pushRig) startPushes(via channel.PushSender) *process {
	r.t.Helper()
	p := r.bare()
	r.lives++
	deps := Deps{DB: r.d, Store: p.store, Records: p.records, Push: via, Node: fmt.Sprintf("node-%d", r.lives), Conns: 4,
		ClaimFor: 10 * time.Minute, Log: dbtest.Log(r.t), Care: care.New(p.log, p.records)}
	if r.journal != "" {
		j, marks, err := channel.OpenJournal(r.journal, r.slots)
		if err != nil {
			r.t.Fatal(err)
		}
		r.t.Cleanup(func() { j.Close() })
		p.journal, deps.Journal, deps.Marks = j, j, marks
	}
	var err error
	if p.sender, err = NewSender(r.t.Context(), deps); err != nil {
		r.t.Fatal(err)
	}
	return p
}

func pushOf(id string) Message {
	m := mailOf(id)
	m.Channel, m.Address, m.AddressKey = hearth.ChannelPush, "their devices", ""
	return m
}

// subscribe has a resident's browser subscribe, as their page would tell it.
func (r *pushRig) subscribe(p *process, id string) Device {
	r.t.Helper()
	b := r.service.Subscribe(r.t, r.key.Public())
	var d Device
	r.write(func(tx *db.Tx) (err error) {
		d, err = p.store.Subscribe(r.t.Context(), tx, hearth.Actor{Kind: "token", ID: "portal"}, hearth.ResidentID("res_"+id), r.guard,
			Subscription{Endpoint: b.Endpoint, P256dh: enc(b.P256dh), Auth: enc(b.Auth) + "==", Label: "phone"})
		return err
	})
	return d
}

// enc writes base64 the way some programs do.
func enc(b []byte) string {
	text, _ := json.Marshal(b)
	return strings.Trim(string(text), `"`)
}

func (r *pushRig) devices(p *process, id string) []Device {
	r.t.Helper()
	var out []Device
	err := r.d.Read(r.t.Context(), func(tx *db.Tx) (err error) {
		out, err = p.store.Devices(r.t.Context(), tx, hearth.ResidentID("res_"+id))
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return out
}

// recalled tells which messages wait for the desk to look at them again.
func (r *pushRig) recalled() string {
	r.t.Helper()
	var keys []string
	err := r.d.Read(r.t.Context(), func(tx *db.Tx) error {
		due, err := work.Waiting(r.t.Context(), tx, work.EngineLane, eventlog.PartOf(oak), RecallKind)
		for _, d := range due {
			keys = append(keys, d.Key)
		}
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return strings.Join(keys, " ")
}

func TestALockScreenSaysLittle(t *testing.T) {
	eachPush(t, func(t *testing.T, r *pushRig) {
		p := r.startPushes(r.client())
		r.subscribe(p, "a")
		quiet, loud := pushOf("a"), pushOf("b")
		quiet.Subject, quiet.Body, quiet.Expires = "Your rent is late", "You owe $900.", r.clock.Now().Add(36*time.Hour)
		loud.Resident, loud.Class, loud.Subject, loud.Body = "res_a", hearth.ClassSafety, "No water from 14:00", "Fill a pot: "+strings.Repeat("ä", 400)
		p.insert(quiet, loud)
		p.drain()
		if f := r.service.Faults(); len(f) > 0 {
			t.Fatal(f)
		}
		got := map[string]notice{}
		topics := map[string]bool{}
		for _, s := range r.service.Shown() {
			var n notice
			if err := json.Unmarshal([]byte(s.Text), &n); err != nil {
				t.Fatal(err)
			}
			got[n.Tag] = n
			topics[s.Topic] = true
			if strings.Contains(s.Text, "rent") || strings.Contains(s.Text, "900") || strings.Contains(s.Text, "tap") {
				t.Errorf("a lock screen says %s", s.Text)
			}
			if want := map[string]string{"msg_a": "normal", "msg_b": "high"}[n.Tag]; s.Urgency != want {
				t.Errorf("%s has the urgency %s", n.Tag, s.Urgency)
			}
			if n.Tag == "msg_a" && s.TTL != 36*3600 {
				t.Errorf("it is kept for %d s, and of use for 36 h", s.TTL)
			}
		}
		if n := got["msg_a"]; n.Title != "Oak Court" || n.Body != "There is a message for you. Open to read." {
			t.Errorf("%+v", n)
		}
		if n := got["msg_b"]; n.Title != loud.Subject || !strings.HasPrefix(n.Body, "Fill a pot: ä") || len([]rune(n.Body)) != shownAtMost {
			t.Errorf("%+v", n)
		}
		if len(topics) != 2 {
			t.Errorf("topics %v: one message would replace another", topics)
		}
		for _, id := range []string{"a", "b"} {
			if m := r.get(id); m.State != Sent || r.events(id) != "message.sent" {
				t.Errorf("%s is %s, with %s", id, m.State, r.events(id))
			}
		}
	})
}

func TestASubscriptionThatIsOverIsForgotten(t *testing.T) {
	eachPush(t, func(t *testing.T, r *pushRig) {
		p := r.startPushes(r.client())
		old, phone := r.subscribe(p, "a"), r.subscribe(p, "a")
		r.service.Unsubscribe(old.Endpoint)
		p.insert(pushOf("a"))
		p.drain()
		if d := r.devices(p, "a"); len(d) != 1 || d[0].ID != phone.ID || r.get("a").State != Sent {
			t.Errorf("left are %v, the message is %s", d, r.get("a").State)
		}
		// With none left, the desk finds another way; nothing is sent into nowhere.
		r.service.Unsubscribe(phone.Endpoint)
		second := pushOf("b")
		second.Resident = "res_a"
		p.insert(second)
		p.drain()
		if m := r.get("b"); m.State != Held || r.recalled() != "msg_b" || len(r.devices(p, "a")) != 0 || r.events("b") != "" {
			t.Errorf("the message is %s (%s), the desk looks at %q, %d devices are left", m.State, m.Error, r.recalled(), len(r.devices(p, "a")))
		}
		calls := r.service.Calls()
		p.insert(pushOf("c")) // nobody ever subscribed
		p.drain()
		if m := r.get("c"); m.State != Held || r.service.Calls() != calls {
			t.Errorf("without a device it is %s", m.State)
		}
	})
}

func TestServicesThatAreBusyOrRefuse(t *testing.T) {
	eachPush(t, func(t *testing.T, r *pushRig) {
		p := r.startPushes(r.client())
		r.subscribe(p, "a")
		r.service.Next(pushtest.Answer{Status: 429, RetryAfter: "600"})
		p.insert(pushOf("a"))
		p.drain()
		_, at, attempts := r.due("a")
		if wait := at.Sub(r.clock.Now()); r.get("a").State != Queued || attempts != 1 || wait < 10*time.Minute || wait > 15*time.Minute {
			t.Errorf("it comes again in %s, after %d attempts", wait, attempts)
		}
		r.clock.Advance(16 * time.Minute)
		p.drain()
		if r.get("a").State != Sent || r.service.Calls() != 2 {
			t.Errorf("it is %s after %d calls", r.get("a").State, r.service.Calls())
		}
		r.service.Next(pushtest.Answer{Status: 403, Text: "the key of the application server does not fit"})
		b := pushOf("b")
		b.Resident = "res_a"
		p.insert(b)
		p.drain()
		if m := r.get("b"); m.State != Held || r.recalled() != "msg_b" || r.events("b") != "" || !strings.Contains(m.Reason, "does not fit") {
			t.Errorf("refused: %s (%s), %s; the desk looks at %q", m.State, m.Reason, r.events("b"), r.recalled())
		}
		if d := r.devices(p, "a"); len(d) != 1 || !strings.Contains(d[0].Fault, "does not fit") || d[0].FaultAt.IsZero() {
			t.Errorf("the device says nothing of it: %+v", d)
		}
		if r.notified(p, "a") {
			t.Error("a device that refused is a way at once: what it refused would come back to it")
		}
		r.clock.Advance(restAfterFault + time.Second)
		if !r.notified(p, "a") {
			t.Error("a day later the device is no way again")
		}
		// What is of no use any more is not tried for three days.
		c := pushOf("c")
		c.Resident, c.Expires = "res_a", r.clock.Now().Add(time.Hour)
		r.service.Next(pushtest.Answer{Status: 500}, pushtest.Answer{Status: 500}, pushtest.Answer{Status: 500}, pushtest.Answer{Status: 500}, pushtest.Answer{Status: 500})
		p.insert(c)
		for range 8 {
			p.drain()
			r.clock.Advance(15 * time.Minute)
		}
		if m := r.get("c"); m.State != Held || !strings.Contains(r.recalled(), "msg_c") || !strings.Contains(m.Reason, "within 60 minutes") && !strings.Contains(m.Reason, "within 1 hours") && !strings.Contains(m.Reason, "500") {
			t.Errorf("two hours later it is %s (%s)", m.State, m.Reason)
		}
		if r.notified(p, "a") {
			t.Error("a device that took nothing in time is a way at once")
		}
	})
}

// A service that is silent to the end: what it had is the desk's again, and not lost.
func TestANotificationThatNobodyTookInTime(t *testing.T) {
	eachPush(t, func(t *testing.T, r *pushRig) {
		p := r.startPushes(r.client())
		r.subscribe(p, "a")
		m := pushOf("a")
		m.Expires = r.clock.Now().Add(time.Hour)
		p.insert(m)
		r.clock.Advance(2 * time.Hour) // nothing ran meanwhile
		p.drain()
		if m := r.get("a"); m.State != Held || r.recalled() != "msg_a" || r.service.Calls() != 0 || !strings.Contains(m.Reason, "could not be delivered within") {
			t.Errorf("it is %s (%s) after %d calls, the desk looks at %q", m.State, m.Reason, r.service.Calls(), r.recalled())
		}
	})
}

// notified tells whether a resident's browser is a way.
func (r *pushRig) notified(p *process, id string) bool {
	r.t.Helper()
	who := hearth.ResidentID("res_" + id)
	var out map[hearth.ResidentID]bool
	err := r.d.Read(r.t.Context(), func(tx *db.Tx) (err error) {
		out, err = p.store.WithDevices(r.t.Context(), tx, []hearth.ResidentID{who})
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return out[who]
}

// crashPush takes its process down around the call.
type crashPush struct {
	channel.PushSender
	after bool
}

func (c crashPush) SendPush(ctx context.Context, p *channel.Push, before func() error) channel.PushResult {
	if !c.after {
		if before() == nil {
			runtime.Goexit()
		}
	}
	c.PushSender.SendPush(ctx, p, before)
	runtime.Goexit()
	return channel.PushResult{}
}

// A notification is never in doubt: twice, with the same tag and topic, it shows once.
func TestANotificationSurvivesAKill(t *testing.T) {
	for _, after := range []bool{false, true} {
		eachPush(t, func(t *testing.T, r *pushRig) {
			p := r.startPushes(crashPush{r.client(), after})
			r.subscribe(p, "a")
			p.insert(pushOf("a"))
			p.crashing()
			r.takeover()
			p = r.startPushes(r.client())
			p.drain()
			shown := r.service.Shown()
			if m := r.get("a"); m.State != Sent || r.events("a") != "message.sent" {
				t.Errorf("after %t: it is %s with %q", after, m.State, r.events("a"))
			}
			if want := map[bool]int{false: 1, true: 2}[after]; len(shown) != want {
				t.Errorf("after %t: it came %d times, want %d", after, len(shown), want)
			}
			for _, s := range shown {
				if s.Topic != shown[0].Topic || s.Text != shown[0].Text {
					t.Errorf("the second is another: %+v", s)
				}
			}
		})
	}
}

func TestTheLastLookAtConsentHoldsForNotifications(t *testing.T) {
	eachPush(t, func(t *testing.T, r *pushRig) {
		p := r.startPushes(r.client())
		r.subscribe(p, "a")
		p.insert(pushOf("a"))
		r.write(func(tx *db.Tx) error {
			return p.store.consent.Set(r.t.Context(), tx, consent.Grant{Channel: hearth.ChannelPush, Resident: "res_a", Allowed: false, Source: "portal"})
		})
		p.drain()
		if m := r.get("a"); m.State != Held || r.service.Calls() != 0 {
			t.Errorf("after their no it is %s, with %d calls", m.State, r.service.Calls())
		}
	})
}

func TestSubscriptionsAreBoundedAndBelongToTheLast(t *testing.T) {
	eachPush(t, func(t *testing.T, r *pushRig) {
		p := r.bare()
		first := r.subscribe(p, "a")
		for range maxDevices {
			r.clock.Advance(time.Second)
			r.subscribe(p, "a")
		}
		if d := r.devices(p, "a"); len(d) != maxDevices || d[0].ID == first.ID {
			t.Errorf("%d devices, the oldest %s", len(d), d[0].ID)
		}
		again := r.devices(p, "a")[0]
		r.write(func(tx *db.Tx) error {
			_, err := p.store.Subscribe(t.Context(), tx, hearth.System("test"), "res_b", r.guard, Subscription{Endpoint: again.Endpoint, P256dh: enc(again.P256dh), Auth: enc(again.Auth)})
			return err
		})
		if a, b := r.devices(p, "a"), r.devices(p, "b"); len(a) != maxDevices-1 || len(b) != 1 || b[0].ID != again.ID {
			t.Errorf("%d and %d devices", len(a), len(b))
		}
		for name, in := range map[string]Subscription{
			"inside": {Endpoint: "https://10.0.0.1/x", P256dh: enc(again.P256dh), Auth: enc(again.Auth)},
			"no key": {Endpoint: again.Endpoint, P256dh: "AAAA", Auth: enc(again.Auth)}, "no base64": {Endpoint: again.Endpoint, P256dh: "§", Auth: enc(again.Auth)}} {
			err := r.d.Write(t.Context(), func(tx *db.Tx) error {
				_, err := p.store.Subscribe(t.Context(), tx, hearth.System("test"), "res_b", r.guard, in)
				return err
			})
			if hearth.CodeOf(err) != hearth.CodeInvalid {
				t.Errorf("%s: %v", name, err)
			}
		}
		r.write(func(tx *db.Tx) error { return p.store.ForgetDevice(t.Context(), tx, "res_b", again.ID) })
		err := r.d.Write(t.Context(), func(tx *db.Tx) error { return p.store.ForgetDevice(t.Context(), tx, "res_b", again.ID) })
		if hearth.CodeOf(err) != hearth.CodeNotFound {
			t.Errorf("forgotten twice: %v", err)
		}
		key, err := r.bare().store.PushKey(t.Context(), r.d)
		if err != nil || key.Public() != r.key.Public() {
			t.Errorf("the key is made anew: %v", err)
		}
	})
}
