package main

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"hearth/internal/app"
	"hearth/internal/base/config"
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
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, addr+"/happened", nil)
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
	dir := t.TempDir()
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

// Scopes are words after the flag, with commas, in quotes or with the flag repeated: all the same token.
func TestTokenScopes(t *testing.T) {
	dir := t.TempDir()
	for name, args := range map[string][]string{
		"words":  {"--scope", "events:write", "read"},
		"commas": {"--scope", "events:write,read"},
		"quoted": {"--scope", "events:write read"},
		"twice":  {"--scope", "events:write", "--scope", "read"},
		"first":  {"--scope", "events:write", "read", "--org", "main"},
	} {
		code, out, errOut := runs(t, append([]string{"token", "create", "--data", dir, "--name", "desk"}, args...)...)
		if code != 0 || !strings.Contains(out, "(events:write, read)") {
			t.Errorf("%s: code %d, %s%s", name, code, out, errOut)
		}
	}
	if code, _, errOut := runs(t, "token", "create", "--data", dir, "--name", "desk", "--scope", "read", "everything"); code != 1 || !strings.Contains(errOut, "everything") {
		t.Errorf("a scope that is none: code %d, %s", code, errOut)
	}
}

// Events that no node has decided on are said, so that "what 0 events give" is not taken for the whole truth.
func TestVerifySaysWhatWaits(t *testing.T) {
	work := t.TempDir()
	dir, file := filepath.Join(work, "data"), filepath.Join(work, "units.csv")
	if err := os.WriteFile(file, []byte("Unit,Bedrooms\n101,1\n102,2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out, errOut := runs(t, "import", "--data", dir, "--property", "Oak", "--zone", "America/Chicago", "--source", "x", "units", file); code != 0 {
		t.Fatal(out, errOut)
	}
	code, out, errOut := runs(t, "signals", "verify", "--data", dir)
	if code != 0 || !regexp.MustCompile(`\n[1-9]\d* events wait to be decided; start hearth serve\.\n$`).MatchString(out) {
		t.Errorf("code %d: %s%s", code, out, errOut)
	}
}

// Where mail goes stands on the first page, and real mail is not begun with a sender that nobody can answer.
func TestServeSaysWhereMailGoes(t *testing.T) {
	dir := t.TempDir()
	_, out, errOut := runs(t, "token", "create", "--data", dir, "--name", "desk", "--scope", "read")
	words := strings.Fields(out)
	if len(words) == 0 {
		t.Fatal(errOut)
	}
	c := start(t, "serve", "--data", dir, "--listen", "127.0.0.1:0", "--metrics-listen", "off", "--log-level", "error")
	got := page(t, c.sees(`Hearth serves on (http://\S+)\n`)[1], words[len(words)-1])
	if !strings.Contains(got, "Mail goes to files in "+filepath.Join(dir, "sink")) {
		t.Errorf("the first page does not say where mail goes:\n%s", got)
	}
	if code := c.ends(); code != 0 {
		t.Errorf("it ends with %d: %s", code, c.err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	var o, e bytes.Buffer
	code := execute(ctx, []string{"serve", "--data", dir, "--listen", "127.0.0.1:0", "--metrics-listen", "off", "--send", "real",
		"--smtp", "smtp://mail.example:587"}, &o, &e)
	if code != 1 || !strings.Contains(e.String(), "set from to an address of yours, and base-url") {
		t.Errorf("real mail from localhost: code %d, %s", code, e.String())
	}
}

// TestNoLinkEndsNothing: a program that serves goes on when it can't write down a link for the first account, such as on
// a full disk, and says how to get one.
func TestNoLinkEndsNothing(t *testing.T) {
	a, err := app.Open(t.Context(), config.Config{Data: t.TempDir(), Org: "main"}, app.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	offerSetup(&run{ctx: t.Context(), out: &out}, a)
	if !strings.Contains(out.String(), "no link to open the first account could be made: ") || !strings.Contains(out.String(), "hearth account create") {
		t.Errorf("without a link the start says %q", out.String())
	}
}

// A directory that is mistyped is said, and nothing is made of it; an empty one may be begun in, as serve and import may anywhere.
func TestAMistypedDirectoryIsSaid(t *testing.T) {
	work := t.TempDir()
	missing, full := filepath.Join(work, "dta"), filepath.Join(work, "full")
	if err := os.Mkdir(full, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(full, "letter.txt"), []byte("Dear Anna"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{missing, full} {
		code, out, errOut := runs(t, "token", "create", "--data", dir, "--name", "desk", "--scope", "read")
		if code != 1 || out != "" || !strings.Contains(errOut, "There is no Hearth in "+dir) || !strings.Contains(errOut, "hearth serve") {
			t.Errorf("%s: code %d, %q, %s", dir, code, out, errOut)
		}
		if _, err := os.Stat(filepath.Join(dir, "hearth.db")); err == nil {
			t.Errorf("an installation was begun in %s", dir)
		}
	}
	if code, _, errOut := runs(t, "token", "create", "--data", t.TempDir(), "--name", "desk", "--scope", "read"); code != 0 {
		t.Errorf("an empty directory is refused: %s", errOut)
	}
}
