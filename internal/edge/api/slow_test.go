package api

import (
	"context"
	"crypto/rand"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/webhook"
	call "hearth/internal/base/channel/webhook"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/decide/inbox/helper"
	"hearth/internal/fact/care"
)

// slowly is longer than a connection is read from for other operations, and shorter than other servers are waited for.
const slowly = 6 * time.Second

// ponderer is a model that takes its time.
type ponderer struct{}

func (ponderer) Ask(ctx context.Context, _, text string) (string, error) {
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case <-time.After(slowly):
		return text, nil
	}
}
func (ponderer) Model() string { return "ponderer" }

// What waits for another server gets its answer, also one that comes late: over a real connection, whose deadline would else look as if
// whoever asked had gone.
func TestASlowServerElsewhereIsWaitedFor(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := newBench(t, d, clock)
	b.api.Helper = helper.New(helper.Deps{DB: d, Records: b.api.Records, Care: care.New(b.api.Log, b.api.Records), Inbox: b.api.Inbox, Model: ponderer{}})
	far := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		time.Sleep(slowly)
	}))
	t.Cleanup(far.Close)
	guard, err := call.ParseGuard([]string{"127.0.0.0/8"})
	b.must(err)
	client := call.NewClient(call.Config{Guard: guard})
	t.Cleanup(client.Close)
	b.api.Webhooks = webhook.New(webhook.Deps{DB: d, Log: b.api.Log, Guard: guard, Client: client, Random: rand.Reader, Node: "test",
		Alert:  func(context.Context, *db.Tx, webhook.Hook, string) error { return nil },
		May:    func(context.Context, *db.Tx, hearth.Actor, []hearth.PropertyID) (bool, error) { return true, nil },
		Places: func(context.Context, *db.Tx) ([]hearth.PropertyID, error) { return nil, nil }})
	h, _, err := b.api.Webhooks.Make(t.Context(), hearth.System("test"), webhook.Wish{URL: far.URL, Types: []hearth.EventType{"workorder.opened"}})
	b.must(err)
	server := httptest.NewServer(b.handler)
	t.Cleanup(server.Close)
	var wg sync.WaitGroup
	for path, x := range map[string][2]string{"/assist": {`{"do":"simplify","text":"We come.","resident":"R-1"}`, `"text":"We come."`}, "/webhooks/" + h.ID + "/test": {"", `"took":true`}} {
		wg.Go(func() {
			q, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/api/v1"+path, strings.NewReader(x[0]))
			if err != nil {
				t.Error(err)
				return
			}
			q.Header.Set("Authorization", "Bearer "+b.tokens["admin"])
			q.Header.Set("Content-Type", "application/json")
			res, err := http.DefaultClient.Do(q)
			if err != nil {
				t.Error(err)
				return
			}
			defer res.Body.Close()
			got, err := io.ReadAll(res.Body)
			if err != nil || res.StatusCode != http.StatusOK || !strings.Contains(string(got), x[1]) {
				t.Errorf("%s: %d %s %v", path, res.StatusCode, got, err)
			}
		})
	}
	wg.Wait()
}
