package channel_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hearth/internal/base/channel"
	"hearth/internal/base/channel/twiliotest"
)

const number = "+12125550101"

func provider(t *testing.T, o twiliotest.Options) (*twiliotest.Server, *channel.Twilio) {
	t.Helper()
	srv, err := twiliotest.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { srv.Close() })
	c, err := channel.NewTwilio(channel.TwilioConfig{Base: srv.URL(), Token: "token", From: "+12125550199", Timeout: 300 * time.Millisecond, StopGrace: 100 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return srv, c
}

func text(body string) *channel.Text {
	return &channel.Text{ID: "msg_a", To: number, Body: body, CallBack: "http://127.0.0.1/hooks/twilio/status?m=msg_a", Date: time.Unix(1_700_000_000, 0)}
}

// Whatever the provider does, the result says whether the message may have been taken, and Unknown only when it may.
func TestTwilioResults(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault twiliotest.Fault
		want  channel.Result
	}{
		{"opted out", twiliotest.Fault{Status: 400, Code: 21610}, channel.Result{Outcome: channel.Permanent, OptedOut: true}},
		{"no such number", twiliotest.Fault{Status: 400, Code: 21211}, channel.Result{Outcome: channel.Permanent, Bounced: true}},
		{"a landline", twiliotest.Fault{Status: 400, Code: 21614}, channel.Result{Outcome: channel.Permanent, Bounced: true}},
		{"not to this country", twiliotest.Fault{Status: 400, Code: 21408}, channel.Result{Outcome: channel.Permanent}},
		{"not our number", twiliotest.Fault{Status: 400, Code: 21606}, channel.Result{Outcome: channel.Temporary, Down: true}},
		{"the account", twiliotest.Fault{Status: 403, Code: 20003}, channel.Result{Outcome: channel.Temporary, Down: true}},
		{"too fast", twiliotest.Fault{Status: 429, Code: 20429, RetryAfter: 7}, channel.Result{Outcome: channel.Temporary, RetryAfter: 7 * time.Second}},
		{"too fast, no time told", twiliotest.Fault{Status: 429, Raw: "slow down"}, channel.Result{Outcome: channel.Temporary, RetryAfter: time.Second}},
		{"not now, in its own words", twiliotest.Fault{Status: 503, Code: 20503}, channel.Result{Outcome: channel.Temporary, RetryAfter: time.Second}},
		{"a gateway's 503", twiliotest.Fault{Status: 503, Raw: "<html>"}, channel.Result{Outcome: channel.Unknown, Down: true}},
		{"broken", twiliotest.Fault{Status: 500, Code: 20500, Keep: true}, channel.Result{Outcome: channel.Unknown, Down: true}},
		{"a page instead of the API", twiliotest.Fault{Status: 200, Raw: "<html>"}, channel.Result{Outcome: channel.Unknown}},
		{"cut", twiliotest.Fault{Drop: true, Keep: true}, channel.Result{Outcome: channel.Unknown, Down: true}},
		{"silent", twiliotest.Fault{Hang: true}, channel.Result{Outcome: channel.Unknown, Down: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			srv, client := provider(t, twiliotest.Options{})
			srv.Fault(c.fault)
			marked := 0
			got := client.SendText(t.Context(), text("Hello"), func() error { marked++; return nil })
			if got.Outcome != c.want.Outcome || got.OptedOut != c.want.OptedOut || got.Bounced != c.want.Bounced || got.Down != c.want.Down || got.RetryAfter != c.want.RetryAfter {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
			if marked != 1 {
				t.Errorf("marked %d times", marked)
			}
		})
	}
}

func TestTwilioSends(t *testing.T) {
	srv, client := provider(t, twiliotest.Options{})
	for i := range 3 { // over one connection that is kept
		got := client.SendText(t.Context(), text("¿Mañana?"), func() error {
			if n := len(srv.Taken()); n != i {
				t.Errorf("the provider has %d messages before the mark, want %d", n, i)
			}
			return nil
		})
		if got.Outcome != channel.Sent || !strings.HasPrefix(got.Ref, "SM") || got.Units != 1 {
			t.Errorf("got %+v", got)
		}
	}
	all := srv.Taken()
	if len(all) != 3 || all[0].Body != "¿Mañana?" || all[0].From != "+12125550199" || !strings.HasSuffix(all[0].CallBack, "?m=msg_a") {
		t.Errorf("the provider took %+v", all)
	}
}

// A mark that fails keeps the message here, and what ends before the mark was not sent.
func TestTwilioNotSent(t *testing.T) {
	srv, client := provider(t, twiliotest.Options{})
	no := errors.New("no")
	got := client.SendText(t.Context(), text("Hello"), func() error { return no })
	if got.Outcome != channel.Temporary || !errors.Is(got.Err, no) || got.Down {
		t.Errorf("the mark failed: %+v", got)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	got = client.SendText(ended, text("Hello"), func() error { t.Error("marked after the end"); return nil })
	if got.Outcome != channel.Temporary || got.Down {
		t.Errorf("after the end: %+v", got)
	}
	for _, bad := range []*channel.Text{{To: "2125550101", Body: "x"}, {To: number}, {To: number, Body: strings.Repeat("x", 1601)}} {
		if got := client.SendText(t.Context(), bad, func() error { return nil }); got.Outcome != channel.Permanent || got.Stage != channel.StageBuild {
			t.Errorf("%+v: %+v", bad, got)
		}
	}
	// Of a client that has no connection left from before: one that was closed a moment ago may still look as if it were good.
	gone, stranger := provider(t, twiliotest.Options{})
	gone.Close()
	got = stranger.SendText(t.Context(), text("Hello"), func() error { t.Error("marked without a connection"); return nil })
	if got.Outcome != channel.Temporary || !got.Down || got.Stage != channel.StageConnect {
		t.Errorf("nobody there: %+v", got)
	}
	if n := len(srv.Taken()); n != 0 {
		t.Errorf("%d messages were sent", n)
	}
}

func TestTwilioFinds(t *testing.T) {
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	srv, client := provider(t, twiliotest.Options{Now: func() time.Time { return now }})
	ours := func(ref string) (bool, error) { return strings.HasSuffix(ref, "1"), nil }
	if got, err := client.FindText(t.Context(), text("Hello"), now, ours); got.There || err != nil {
		t.Errorf("an empty list: %+v, %v", got, err)
	}
	for _, body := range []string{"Hello", "Hello", "a", "b", "c", "d"} { // over two pages; the first one belongs to another
		client.SendText(t.Context(), text(body), func() error { return nil })
	}
	got, err := client.FindText(t.Context(), text("Hello"), now, ours)
	if !got.There || !strings.HasSuffix(got.Ref, "2") || err != nil {
		t.Errorf("got %+v, %v, want the second", got, err)
	}
	if got, err := client.FindText(t.Context(), &channel.Text{ID: "x", To: "+12125550102", Body: "Hello"}, now, ours); got.There || err != nil {
		t.Errorf("another number: %+v, %v", got, err)
	}
	// Others' messages are others'; one that is nobody's may be ours with its text changed.
	all := func(string) (bool, error) { return true, nil }
	if got, err := client.FindText(t.Context(), text("Hello?"), now, all); got.There || err != nil {
		t.Errorf("among others' messages: %+v, %v", got, err)
	}
	if got, err := client.FindText(t.Context(), text("Hello?"), now, ours); got.There || !errors.Is(err, channel.ErrNoAnswer) {
		t.Errorf("beside a message that is nobody's: %+v, %v", got, err)
	}
	if got, err := client.FindText(t.Context(), text("Hello"), now.Add(time.Hour), ours); got.There || err != nil {
		t.Errorf("an hour later than any: %+v, %v", got, err)
	}
	srv.Blind()
	if _, err := client.FindText(t.Context(), text("Hello"), now, ours); !errors.Is(err, channel.ErrNoAnswer) {
		t.Errorf("no answer: %v", err)
	}
}

func TestTextSink(t *testing.T) {
	dir := t.TempDir()
	s, err := channel.NewTextSink(dir, "+12125550199")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.FindText(t.Context(), text("Hello"), time.Time{}, nil); got.There || err != nil {
		t.Errorf("before: %+v, %v", got, err)
	}
	for range 2 {
		if got := s.SendText(t.Context(), text("Hello"), func() error { return nil }); got.Outcome != channel.Sent {
			t.Fatalf("got %+v", got)
		}
	}
	raw, err := os.ReadFile(filepath.Join(dir, "2023-11-14", "msg_a.sms"))
	if err != nil || !strings.Contains(string(raw), "To: "+number) || !strings.Contains(string(raw), "Hello") {
		t.Errorf("the file says %q, %v", raw, err)
	}
	if got, err := s.FindText(t.Context(), text("Hello"), time.Time{}, nil); !got.There || err != nil {
		t.Errorf("after: %+v, %v", got, err)
	}
}
