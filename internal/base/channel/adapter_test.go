package channel_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"hearth/internal/base/channel"
)

// adapter begins: docs/channels.md shows it as it stands here.

// Gateway sends text messages through a small HTTP gateway: POST /messages takes one, GET /messages?ours=ID tells of it.
type Gateway struct {
	Base, Token string
	HTTP        *http.Client
}

// The compiler says what is missing.
var _ channel.TextSender = (*Gateway)(nil)

// gatewayMessage is a message as the gateway writes it.
type gatewayMessage struct {
	Ref   string `json:"ref"`
	Units int    `json:"units"`
	State string `json:"state"`
}

// SendText implements channel.TextSender.
func (g *Gateway) SendText(ctx context.Context, t *channel.Text, before func() error) channel.Result {
	body, err := json.Marshal(map[string]string{"to": t.To, "text": t.Body, "ours": t.ID})
	if err != nil {
		return channel.Result{Outcome: channel.Permanent, Stage: channel.StageBuild, Err: err}
	}
	// From here on the gateway may take it. Whoever writes the mark has to have written it first.
	if err := before(); err != nil {
		return channel.Result{Outcome: channel.Temporary, Stage: channel.StageData, Err: err}
	}
	status, m, err := g.call(ctx, http.MethodPost, "/messages", bytes.NewReader(body))
	switch {
	case err != nil:
		// It was asked and did not answer: it may have it. FindText settles that; sending again would double it.
		return channel.Result{Outcome: channel.Unknown, Stage: channel.StageReply, Err: err}
	case status == http.StatusTooManyRequests:
		return channel.Result{Outcome: channel.Temporary, Stage: channel.StageReply, Code: status, Down: true, RetryAfter: time.Minute}
	case status >= 500:
		return channel.Result{Outcome: channel.Unknown, Stage: channel.StageReply, Code: status}
	case status != http.StatusCreated:
		return channel.Result{Outcome: channel.Permanent, Stage: channel.StageReply, Code: status, Bounced: m.State == "no such number", OptedOut: m.State == "opted out"}
	}
	return channel.Result{Outcome: channel.Sent, Stage: channel.StageReply, Code: status, Ref: m.Ref, Units: m.Units}
}

// FindText implements channel.TextSender.
func (g *Gateway) FindText(ctx context.Context, t *channel.Text, _ time.Time, _ func(string) (bool, error)) (channel.Found, error) {
	status, m, err := g.call(ctx, http.MethodGet, "/messages?ours="+url.QueryEscape(t.ID), nil)
	switch {
	case err != nil:
		return channel.Found{}, errors.Join(channel.ErrNoAnswer, err)
	case status == http.StatusNotFound:
		return channel.Found{}, nil // it says that it does not have it
	case status != http.StatusOK:
		return channel.Found{}, channel.ErrNoAnswer
	}
	fate := channel.TextFate{Open: m.State == "waiting", Sent: m.State == "sent", Delivered: m.State == "delivered"}
	return channel.Found{There: true, Ref: m.Ref, Units: m.Units, Fate: fate}, nil
}

// Close implements channel.TextSender.
func (g *Gateway) Close() error { g.HTTP.CloseIdleConnections(); return nil }

func (g *Gateway) call(ctx context.Context, method, path string, body io.Reader) (status int, m gatewayMessage, err error) {
	req, err := http.NewRequestWithContext(ctx, method, g.Base+path, body)
	if err != nil {
		return 0, m, err
	}
	req.Header.Set("Authorization", "Bearer "+g.Token)
	res, err := g.HTTP.Do(req)
	if err != nil {
		return 0, m, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	if err != nil {
		return 0, m, fmt.Errorf("read the gateway's answer: %w", err)
	}
	if json.Unmarshal(raw, &m) != nil && res.StatusCode < 300 {
		return 0, m, errors.New("the gateway's answer can't be read")
	}
	return res.StatusCode, m, nil
}

// adapter ends.

// What every adapter has to keep to, whatever the other side does.
func TestTheAdapterOfTheGuide(t *testing.T) {
	answer := func(w http.ResponseWriter, _ *http.Request) {}
	calls := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { calls++; answer(w, r) }))
	defer server.Close()
	g := &Gateway{Base: server.URL, Token: "t", HTTP: server.Client()}
	text := &channel.Text{ID: "msg_1", To: "+12125550100", Body: "Hello"}
	say := func(status int, body string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status); io.WriteString(w, body) }
	}
	for name, x := range map[string]struct {
		answer func(http.ResponseWriter, *http.Request)
		want   channel.Outcome
		more   func(channel.Result) bool
	}{
		"taken":    {say(201, `{"ref":"g1","units":2}`), channel.Sent, func(r channel.Result) bool { return r.Ref == "g1" && r.Units == 2 }},
		"busy":     {say(429, `{}`), channel.Temporary, func(r channel.Result) bool { return r.Down && r.RetryAfter > 0 }},
		"no one":   {say(422, `{"state":"no such number"}`), channel.Permanent, func(r channel.Result) bool { return r.Bounced }},
		"stopped":  {say(422, `{"state":"opted out"}`), channel.Permanent, func(r channel.Result) bool { return r.OptedOut }},
		"broken":   {say(500, ``), channel.Unknown, nil},
		"nonsense": {say(201, `<html>`), channel.Unknown, nil},
		"cut": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "99")
			io.WriteString(w, `{"ref"`)
		}, channel.Unknown, nil},
	} {
		answer = x.answer
		marked := 0
		r := g.SendText(t.Context(), text, func() error { marked++; return nil })
		if r.Outcome != x.want || x.more != nil && !x.more(r) || marked != 1 {
			t.Errorf("%s: %v, marked %d times, want %s", name, r, marked, x.want)
		}
	}
	calls = 0
	no := errors.New("no mark")
	if r := g.SendText(t.Context(), text, func() error { return no }); r.Outcome != channel.Temporary || !errors.Is(r.Err, no) || calls != 0 {
		t.Errorf("without a mark: %v after %d calls; nothing may leave", r, calls)
	}
	for _, x := range []struct {
		answer func(http.ResponseWriter, *http.Request)
		there  bool
		err    error
	}{{say(404, ``), false, nil}, {say(200, `{"ref":"g1","state":"delivered"}`), true, nil}, {say(503, ``), false, channel.ErrNoAnswer}} {
		answer = x.answer
		f, err := g.FindText(t.Context(), text, time.Time{}, nil)
		if f.There != x.there || !errors.Is(err, x.err) {
			t.Errorf("found %+v, %v", f, err)
		}
	}
}

// The guide shows the adapter as it is compiled and tested here.
func TestTheGuideToChannelsIsTrue(t *testing.T) {
	code, err := os.ReadFile("adapter_test.go")
	if err != nil {
		t.Fatal(err)
	}
	guide, err := os.ReadFile("../../../docs/channels.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(code), "shows it as it stands here.\n\n")
	adapter, _, ok := strings.Cut(after, "\n// adapter ends.")
	if !ok || !strings.Contains(string(guide), "```go\n"+adapter+"```") {
		t.Error("docs/channels.md does not show the adapter of adapter_test.go as it stands; copy it there")
	}
}
