package main

import (
	"bytes"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// runs gives a command's exit code and what it wrote.
func runs(t *testing.T, args ...string) (code int, out, errOut string) {
	t.Helper()
	var o, e bytes.Buffer
	code = execute(t.Context(), args, &o, &e)
	return code, o.String(), e.String()
}

// page fetches the first page as a person with a token does.
func page(t *testing.T, addr, token string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, addr+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth("desk", token)
	return answer(t, req, http.StatusOK)
}

func answer(t *testing.T, req *http.Request, want int) string {
	t.Helper()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(resp.Body); err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != want {
		t.Fatalf("%s answers %d: %s", req.URL, resp.StatusCode, b.String())
	}
	return b.String()
}

// An event about somebody whom nobody knows is acknowledged, and stands on the first page and among the metrics.
func TestServeShowsParkedEvents(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	_, out, errOut := runs(t, "token", "create", "--data", dir, "--name", "desk", "--scope", "admin")
	words := strings.Fields(out)
	if len(words) == 0 {
		t.Fatal(errOut)
	}
	token := words[len(words)-1]
	c := start(t, "serve", "--data", dir, "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0", "--log-level", "error")
	addr := c.sees(`Hearth serves on (http://\S+)\n`)[1]
	metrics := c.sees(`Metrics are on (http://\S+)\n`)[1]
	event := `{"specversion":"1.0","id":"p1","source":"crm","type":"portal.visited","subject":"resident/t0099"}`
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, addr+"/api/v1/events", strings.NewReader(event))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/cloudevents+json")
	if got := answer(t, req, http.StatusAccepted); !strings.Contains(got, "parked") {
		t.Fatalf("the event is not parked: %s", got)
	}
	if got := page(t, addr, token); !strings.Contains(got, "Waiting for their subject") || !strings.Contains(got, "resident/t0099") {
		t.Errorf("the first page does not show it:\n%s", got)
	}
	if _, got := fetch(t, metrics, ""); !strings.Contains(got, "\nhearth_parked_events 1\n") {
		t.Error("the metrics do not count it")
	}
	if code := c.ends(); code != 0 {
		t.Errorf("it ends with %d: %s", code, c.err)
	}
}
