package webpush

import (
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/channel"
	"hearth/internal/base/channel/pushtest"
	"hearth/internal/base/channel/webhook"
)

func b64(t *testing.T, s string) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func private(t *testing.T, s string) *ecdh.PrivateKey {
	t.Helper()
	k, err := ecdh.P256().NewPrivateKey(b64(t, s))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// TestTheExampleOfTheStandard is RFC 8291, section 5 and appendix A, byte for byte.
func TestTheExampleOfTheStandard(t *testing.T) {
	browser := private(t, "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94")
	d := channel.Device{P256dh: b64(t, "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"),
		Auth: b64(t, "BTBZMqHH6r4Tts7J_aSIgg")}
	const plain = "When I grow up, I want to be a watermelon"
	got, err := encrypt(d, private(t, "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), b64(t, "DGv6ra1nlYgDCS1FRnbzlw"), []byte(plain), 0)
	if err != nil {
		t.Fatal(err)
	}
	const want = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT" +
		"pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
	if s := base64.RawURLEncoding.EncodeToString(got); s != want {
		t.Errorf("got  %s\nwant %s", s, want)
	}
	if back, err := pushtest.Decrypt(browser, d.Auth, b64(t, want)); err != nil || string(back) != plain {
		t.Errorf("the test's own browser reads %q, %v", back, err)
	}
}

// rig is a client and a service on virtual time.
type rig struct {
	clock *hearth.VirtualClock
	srv   *pushtest.Server
	c     *Client
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{clock: hearth.NewVirtualClock(time.Date(2026, 11, 21, 15, 0, 0, 0, time.UTC))}
	r.srv = pushtest.New(t, r.clock.Now)
	guard, err := webhook.ParseGuard([]string{"127.0.0.0/8"})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := MakeKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ReadKey(raw)
	if err != nil {
		t.Fatal(err)
	}
	r.c = New(Config{Key: key, Subject: "mailto:team@oak.example", Guard: guard, HTTP: webhook.HTTP(webhook.Config{Guard: guard, Timeout: 5 * time.Second}),
		Clock: r.clock, Random: rand.Reader})
	t.Cleanup(func() {
		if err := r.c.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func (r *rig) send(t *testing.T, text string, devices ...channel.Device) channel.PushResult {
	t.Helper()
	return r.c.SendPush(t.Context(), &channel.Push{ID: "msg_a", Payload: []byte(text), Devices: devices, TTL: 2 * time.Hour, Urgency: channel.UrgencyHigh, Topic: "a-b_1"},
		func() error { return nil })
}

func TestABrowserReadsWhatWasSent(t *testing.T) {
	r := newRig(t)
	phone, desk := r.srv.Subscribe(t, r.c.cfg.Key.Public()), r.srv.Subscribe(t, r.c.cfg.Key.Public())
	lengths := map[int]bool{}
	for i, text := range []string{`{"title":"Oak Court"}`, "ü", "", strings.Repeat("x", channel.MaxPush)} {
		if res := r.send(t, text, phone, desk); res.Outcome != channel.Sent || len(res.Gone)+len(res.Refused) != 0 {
			t.Fatalf("text %d: %+v (%v)", i, res, r.srv.Faults())
		}
		for _, got := range r.srv.Shown()[2*i:] {
			if got.Text != text || got.TTL != 7200 || got.Urgency != "high" || got.Topic != "a-b_1" || got.Subject != "mailto:team@oak.example" {
				t.Errorf("text %d was shown as %+v", i, got)
			}
			lengths[got.EncryptedLen] = true
		}
	}
	if len(lengths) != 3 { // none, one of 256 with its two, and the longest
		t.Errorf("lengths %v tell more than they should", lengths)
	}
	if n := len(r.srv.Shown()); n != 8 {
		t.Errorf("%d notifications were shown, want 8", n)
	}
	before := r.srv.Calls()
	if res := r.send(t, strings.Repeat("x", channel.MaxPush+1), phone); res.Outcome != channel.Permanent || res.Stage != channel.StageBuild || r.srv.Calls() != before {
		t.Errorf("one byte too many: %+v", res)
	}
	// A token ends after 12 hours; the service would refuse an older one.
	r.clock.Advance(13 * time.Hour)
	if res := r.send(t, "later", phone); res.Outcome != channel.Sent {
		t.Errorf("half a day later: %+v (%v)", res, r.srv.Faults())
	}
}

func TestWhatServicesAnswer(t *testing.T) {
	in := func(a pushtest.Answer) []pushtest.Answer { return []pushtest.Answer{a} }
	cases := []struct {
		name    string
		answers []pushtest.Answer
		want    channel.Outcome
		code    int
		wait    time.Duration
		gone    int
		refused int
	}{
		{"taken", in(pushtest.Answer{Status: 201}), channel.Sent, 201, 0, 0, 0},
		{"over", in(pushtest.Answer{Status: 410}), channel.Permanent, 410, 0, 1, 0},
		{"unknown", in(pushtest.Answer{Status: 404}), channel.Permanent, 404, 0, 1, 0},
		{"too long", in(pushtest.Answer{Status: 413}), channel.Permanent, 413, 0, 0, 1},
		{"not our key", in(pushtest.Answer{Status: 403, Text: "the key does not fit"}), channel.Permanent, 403, 0, 0, 1},
		{"too many", in(pushtest.Answer{Status: 429, RetryAfter: "90"}), channel.Temporary, 429, 90 * time.Second, 0, 0},
		{"too many, until a time", in(pushtest.Answer{Status: 429, RetryAfter: "Sat, 21 Nov 2026 15:05:00 GMT"}), channel.Temporary, 429, 5 * time.Minute, 0, 0},
		{"too many, without a word", in(pushtest.Answer{Status: 429}), channel.Temporary, 429, time.Minute, 0, 0},
		{"too many, for ever", in(pushtest.Answer{Status: 429, RetryAfter: "99999999"}), channel.Temporary, 429, 6 * time.Hour, 0, 0},
		{"away", in(pushtest.Answer{Status: 503, RetryAfter: "30"}), channel.Temporary, 503, 30 * time.Second, 0, 0},
		{"broken", in(pushtest.Answer{Status: 500}), channel.Temporary, 500, 0, 0, 0},
		{"elsewhere", in(pushtest.Answer{Status: 302}), channel.Permanent, 302, 0, 0, 1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t)
			d := r.srv.Subscribe(t, r.c.cfg.Key.Public())
			r.srv.Next(c.answers...)
			res := r.send(t, "x", d)
			if res.Outcome != c.want || res.Code != c.code || res.RetryAfter != c.wait || len(res.Gone) != c.gone || len(res.Refused) != c.refused || res.Down {
				t.Errorf("%+v", res)
			}
			if c.wait == 0 {
				return
			}
			if res = r.send(t, "y", d); res.Outcome != channel.Temporary || r.srv.Calls() != 1 {
				t.Errorf("in the pause it asked for the service was called again: %+v", res)
			}
			r.clock.Advance(c.wait)
			if res = r.send(t, "y", d); res.Outcome != channel.Sent || r.srv.Calls() != 2 {
				t.Errorf("after the pause: %+v", res)
			}
		})
	}
}

// One device's trouble is not another's: what one has taken is sent.
func TestOneOfSeveralIsEnough(t *testing.T) {
	r := newRig(t)
	key := r.c.cfg.Key.Public()
	old, phone := r.srv.Subscribe(t, key), r.srv.Subscribe(t, key)
	r.srv.Unsubscribe(old.Endpoint)
	res := r.send(t, "x", old, phone)
	if res.Outcome != channel.Sent || len(res.Gone) != 1 || res.Gone[0] != old.ID {
		t.Errorf("one is over: %+v", res)
	}
	strange := r.srv.Subscribe(t, "another key")
	if res = r.send(t, "x", strange, old); res.Outcome != channel.Permanent || len(res.Gone) != 1 || len(res.Refused) != 1 {
		t.Errorf("none can: %+v", res)
	}
}

func TestNothingIsCalledInside(t *testing.T) {
	r := newRig(t)
	r.c.cfg.Guard = &webhook.Guard{}
	r.c.cfg.HTTP = webhook.HTTP(webhook.Config{Guard: r.c.cfg.Guard, Timeout: time.Second})
	d := r.srv.Subscribe(t, r.c.cfg.Key.Public())
	for _, endpoint := range []string{d.Endpoint, strings.Replace(d.Endpoint, "http://", "https://", 1), "https://127.1/send/b1", "https://[::1]:443/x", "http://push.example.com/x"} {
		d.Endpoint = endpoint
		if res := r.send(t, "x", d); res.Outcome != channel.Permanent || r.srv.Calls() != 0 {
			t.Errorf("%s: %+v, %d calls", endpoint, res, r.srv.Calls())
		}
	}
}

func TestNothingLeavesWhenTheLastLookFails(t *testing.T) {
	r := newRig(t)
	d := r.srv.Subscribe(t, r.c.cfg.Key.Public())
	no := errors.New("they have said no meanwhile")
	res := r.c.SendPush(t.Context(), &channel.Push{ID: "msg_a", Payload: []byte("x"), Devices: []channel.Device{d}}, func() error { return no })
	if res.Outcome != channel.Temporary || !errors.Is(res.Err, no) || r.srv.Calls() != 0 {
		t.Errorf("%+v, %d calls", res, r.srv.Calls())
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	res = r.c.SendPush(ctx, &channel.Push{ID: "msg_a", Payload: []byte("x"), Devices: []channel.Device{d}}, func() error { t.Error("asked after the end"); return nil })
	if res.Outcome != channel.Temporary || r.srv.Calls() != 0 {
		t.Errorf("after the end: %+v", res)
	}
}

func TestKeysThatAreNone(t *testing.T) {
	good := private(t, "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94").PublicKey().Bytes()
	off := append([]byte(nil), good...)
	off[64] ^= 1 // beside the curve
	for name, x := range map[string]struct{ p, a []byte }{"empty": {nil, nil}, "beside the curve": {off, make([]byte, 16)}, "short": {good[:64], make([]byte, 16)},
		"short secret": {good, make([]byte, 15)}} {
		if err := CheckDevice(x.p, x.a); hearth.CodeOf(err) != hearth.CodeInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := CheckDevice(good, make([]byte, 16)); err != nil {
		t.Error(err)
	}
	if _, err := ReadKey(make([]byte, 32)); err == nil {
		t.Error("a key of zeros is read")
	}
}

var _ channel.PushSender = (*Client)(nil)
