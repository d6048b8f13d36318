package assist

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/channel/webhook"
)

func client(t *testing.T, h http.HandlerFunc) *Client {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	guard, err := webhook.ParseGuard([]string{"127.0.0.1/32"})
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(Config{URL: server.URL + "/v1/", Key: "sk-1", Model: "small", Guard: guard, Timeout: 300 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAsk(t *testing.T) {
	c := client(t, func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		var q map[string]any
		if err != nil || json.Unmarshal(raw, &q) != nil || r.URL.Path != "/v1/chat/completions" || r.Header.Get("Authorization") != "Bearer sk-1" || q["model"] != "small" || q["tools"] != nil {
			t.Errorf("asked at %s with %s", r.URL.Path, raw)
		}
		io.WriteString(w, `{"choices":[{"message":{"role":"assistant","content":"Good."},"finish_reason":"stop"}]}`)
	})
	if got, err := c.Ask(t.Context(), "Be kind.", "Hello"); err != nil || got != "Good." {
		t.Errorf("got %q, %v", got, err)
	}
}

// Whatever the server does, whoever writes gets a sentence that says what to do, and none of the server's own words.
func TestAskedInVain(t *testing.T) {
	for name, x := range map[string]struct {
		h    http.HandlerFunc
		must string
	}{
		"slow": {func(_ http.ResponseWriter, r *http.Request) {
			select {
			case <-r.Context().Done():
			case <-time.After(5 * time.Second):
			}
		}, "did not answer within"},
		"cut": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "500")
			io.WriteString(w, `{"choices":[`)
		}, "broke off"},
		"no JSON": {func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<html>EVIL</html>") }, "can't be read"},
		"never ending": {func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				_, _ = io.WriteString(w, " ")
				_ = http.NewResponseController(w).Flush()
				time.Sleep(10 * time.Millisecond)
			}
		}, "did not answer within"},
		"never ending, with an error": {func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusBadGateway)
			for r.Context().Err() == nil {
				_, _ = io.WriteString(w, "EVIL ")
				_ = http.NewResponseController(w).Flush()
				time.Sleep(10 * time.Millisecond)
			}
		}, "did not answer within"},
		"10 MB of words": {func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, `{"choices":[{"message":{"content":"`+strings.Repeat("EVIL ", 2_000_000)+`"},"finish_reason":"stop"}]}`)
		}, "far too much"},
		"bytes":   {func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "\x00\xff\xfeEVIL\x80") }, "can't be read"},
		"a list":  {func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `["EVIL"]`) }, "can't be read"},
		"nothing": {func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"choices":[]}`) }, "can't be read"},
		"no end": {func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, `{"choices":[{"message":{"content":"a"},"finish_reason":"length"}]}`)
		}, "did not come to an end"},
		"far too much": {func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, strings.Repeat("EVIL ", 40_000)) }, "far too much"},
		"a wrong key":  {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "EVIL", http.StatusUnauthorized) }, "assist-key"},
		"no model":     {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "EVIL", http.StatusNotFound) }, "assist-model"},
		"too often":    {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "EVIL", http.StatusTooManyRequests) }, "asks us to wait"},
		"broken":       {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "EVIL", http.StatusInternalServerError) }, "(500)"},
		"elsewhere": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://169.254.169.254/", http.StatusFound)
		}, "(302)"},
	} {
		_, err := client(t, x.h).Ask(t.Context(), "Be kind.", "Hello")
		if hearth.CodeOf(err) != hearth.CodeUnavailable || !strings.Contains(hearth.MessageOf(err), x.must) || strings.Contains(err.Error(), "EVIL") {
			t.Errorf("%s: %v, want %q", name, err, x.must)
		}
	}
}

// What lies inside the house is not asked unless its network is named.
func TestInsideIsNotAsked(t *testing.T) {
	for _, at := range []string{"http://127.0.0.1:11434/v1", "https://127.1/v1", "https://localhost/v1", "https://10.0.0.5/v1", "https://[::ffff:10.0.0.1]/v1", "https://169.254.169.254/v1", "http://api.example.com/v1", "https://user:pw@api.example.com/v1"} {
		if _, err := New(Config{URL: at, Model: "m"}); hearth.CodeOf(err) != hearth.CodeInvalid || !strings.Contains(hearth.MessageOf(err), "assist-url is not asked") {
			t.Errorf("%s: %v", at, err)
		}
	}
	if _, err := New(Config{URL: "https://api.example.com/v1"}); !strings.Contains(hearth.MessageOf(err), "assist-model") {
		t.Errorf("without a model: %v", err)
	}
}
