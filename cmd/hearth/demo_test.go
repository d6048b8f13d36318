package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// screen is a terminal that a test reads while a command writes.
type screen struct {
	mu    sync.Mutex
	buf   bytes.Buffer
	wrote chan struct{}
}

func newScreen() *screen { return &screen{wrote: make(chan struct{}, 1)} }

func (s *screen) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case s.wrote <- struct{}{}:
	default:
	}
	return s.buf.Write(b)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.String()
}

// command is a command line under way.
type command struct {
	t    *testing.T
	out  *screen
	err  *screen
	stop context.CancelFunc
	code chan int
}

func start(t *testing.T, args ...string) *command {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	c := &command{t: t, out: newScreen(), err: newScreen(), stop: stop, code: make(chan int, 1)}
	go func() { c.code <- execute(ctx, args, c.out, c.err) }()
	t.Cleanup(stop)
	return c
}

// sees waits until the output matches and gives the groups.
func (c *command) sees(pattern string) []string {
	c.t.Helper()
	re := regexp.MustCompile(pattern)
	late := time.After(2 * time.Minute)
	for {
		if m := re.FindStringSubmatch(c.out.String()); m != nil {
			return m
		}
		select {
		case <-c.out.wrote:
		case code := <-c.code:
			c.t.Fatalf("ended with %d before %q:\n%s%s", code, pattern, c.out, c.err)
		case <-late:
			c.t.Fatalf("no %q:\n%s%s", pattern, c.out, c.err)
		}
	}
}

// ends stops the command and waits for it.
func (c *command) ends() int {
	c.t.Helper()
	c.stop()
	select {
	case code := <-c.code:
		return code
	case <-time.After(time.Minute):
		c.t.Fatalf("it does not stop:\n%s%s", c.out, c.err)
		return -1
	}
}

func fetch(t *testing.T, url, token string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// residents counts everybody, page by page.
func residents(t *testing.T, addr, token string) int {
	t.Helper()
	n, cursor := 0, ""
	for {
		code, body := fetch(t, addr+"/api/v1/residents?limit=20&cursor="+cursor, token)
		var page struct {
			Items []json.RawMessage `json:"items"`
			Next  string            `json:"next"`
		}
		if err := json.Unmarshal([]byte(body), &page); err != nil || code != http.StatusOK {
			t.Fatalf("residents: %d %s: %v", code, body, err)
		}
		n += len(page.Items)
		if cursor = page.Next; cursor == "" {
			return n
		}
	}
}

const ready = `Open (http://\S+)\nToken .*: (\S+)\nAs a resident: http://\S+\n$`

// A demo on a taken port goes to the next free one, answers while it is made, serves its year, and serves it again
// the next time without making it anew.
func TestDemo(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	dir := filepath.Join(t.TempDir(), "demo")
	backups := t.TempDir()
	args := []string{"demo", "--listen", taken.Addr().String(), "--data", dir, "--units", "12", "--seed", "3", "--backups", backups}

	first := start(t, args...)
	early := first.sees(`Making a community of 12 homes .* on (http://\S+)\n`)[1]
	if early == "http://"+taken.Addr().String() {
		t.Errorf("it serves on %s, which is taken", early)
	}
	if code, _ := fetch(t, early+"/healthz", ""); code != http.StatusOK {
		t.Errorf("while it is made, /healthz answers %d", code)
	}
	if code, body := fetch(t, early+"/", ""); code != http.StatusOK || !strings.Contains(body, "%") {
		t.Errorf("while it is made, / answers %d: %s", code, body)
	}
	m := first.sees(ready)
	if m[1] != early {
		t.Errorf("it moved from %s to %s", early, m[1])
	}
	if code, body := fetch(t, early+"/", ""); code != http.StatusOK || !strings.Contains(body, "Everything here is invented") {
		t.Errorf("/ answers %d: %s", code, body)
	}
	if code, body := fetch(t, early+"/operator", ""); code != http.StatusOK || !strings.Contains(body, "There is none in "+backups) {
		t.Errorf("/operator answers %d, and nothing of the backups: %s", code, body)
	}
	people := residents(t, early, m[2])
	if people < 12 {
		t.Errorf("%d residents in 12 homes", people)
	}
	if code := first.ends(); code != 0 {
		t.Errorf("stopped, it ends with %d: %s", code, first.err)
	}
	if _, err := os.Stat(dir + ".new"); !os.IsNotExist(err) {
		t.Errorf("the directory that it was made in is still there: %v", err)
	}

	second := start(t, args...)
	n := second.sees(ready)
	if strings.Contains(second.out.String(), "Making") {
		t.Errorf("it was made anew:\n%s", second.out)
	}
	if n[2] == m[2] {
		t.Error("the same token twice")
	}
	if again := residents(t, n[1], n[2]); again != people {
		t.Errorf("%d residents at first, %d at the second start", people, again)
	}
	if code := second.ends(); code != 0 {
		t.Errorf("stopped, it ends with %d: %s", code, second.err)
	}
}

// Stopped while the community is made, a demo leaves nothing.
func TestDemoBrokenOff(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "demo")
	c := start(t, "demo", "--listen", "127.0.0.1:0", "--data", dir, "--units", "40")
	addr := c.sees(`on (http://\S+)\n`)[1]
	for deadline := time.Now().Add(time.Minute); ; {
		// Far enough for a history to be there, and far from its end.
		if _, body := fetch(t, addr+"/", ""); strings.Contains(body, "Living a year") || time.Now().After(deadline) {
			break
		}
	}
	if code := c.ends(); code != 0 {
		t.Errorf("it ends with %d: %s", code, c.err)
	}
	if left, err := os.ReadDir(filepath.Dir(dir)); err != nil || len(left) > 0 {
		t.Errorf("it left %v: %v", left, err)
	}
}

func TestDemoRefuses(t *testing.T) {
	foreign := t.TempDir()
	if err := os.WriteFile(filepath.Join(foreign, "hearth.db"), []byte("something"), 0o600); err != nil {
		t.Fatal(err)
	}
	blocked := filepath.Join(t.TempDir(), "demo")
	if err := os.MkdirAll(filepath.Join(blocked+".new", "photos"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"a directory with something else": {[]string{"--data", foreign}, "holds something that is no demo (hearth.db)"},
		"something in the way":            {[]string{"--data", blocked}, "is in the way"},
		"no homes":                        {[]string{"--data", filepath.Join(t.TempDir(), "x"), "--units", "0"}, "1 to 100000 units"},
		"no address":                      {[]string{"--listen", "nowhere:x"}, "listen"},
	} {
		var out, errOut bytes.Buffer
		code := execute(t.Context(), append([]string{"demo", "--listen", "127.0.0.1:0"}, c.args...), &out, &errOut)
		if code != 1 || !strings.Contains(errOut.String(), c.want) {
			t.Errorf("%s: code %d, %q, want %q", name, code, errOut.String(), c.want)
		}
	}
	if got, err := os.ReadFile(filepath.Join(foreign, "hearth.db")); err != nil || string(got) != "something" {
		t.Errorf("the foreign file is now %q: %v", got, err)
	}
}

func TestSimulate(t *testing.T) {
	simulate := func(args ...string) (int, string, string) {
		var out, errOut bytes.Buffer
		code := execute(t.Context(), append([]string{"simulate"}, args...), &out, &errOut)
		return code, out.String(), errOut.String()
	}
	code, words, errOut := simulate("--units", "12", "--days", "40", "--seed", "5")
	digest := regexp.MustCompile(`\ndigest ([0-9a-f]{64})\n$`).FindStringSubmatch(words)
	if code != 0 || digest == nil || !strings.Contains(words, "12 homes, from 2025-01-06 on for 40 days (seed 5)") {
		t.Fatalf("code %d: %s%s", code, words, errOut)
	}
	_, again, _ := simulate("--units", "12", "--days", "40", "--seed", "5", "--start", "2025-01-06", "--json")
	var res struct {
		Digest string `json:"digest"`
		Days   int    `json:"days"`
		Start  string `json:"start"`
	}
	if err := json.Unmarshal([]byte(again), &res); err != nil || res.Digest != digest[1] || res.Days != 40 || res.Start != "2025-01-06" {
		t.Errorf("as JSON %+v, in words %s: %v", res, digest[1], err)
	}
	if !strings.HasSuffix(strings.TrimSpace(again), fmt.Sprintf("%q: %q\n}", "digest", digest[1])) {
		t.Errorf("the digest is not the last word of %s", again)
	}
	if _, other, _ := simulate("--units", "12", "--days", "40", "--seed", "6"); strings.Contains(other, digest[1]) {
		t.Error("another seed gave the same digest")
	}
	for _, wrong := range [][]string{{"--units", "0", "--days", "3", "--seed", "1"}, {"--units", "5", "--days", "0", "--seed", "1"},
		{"--units", "5", "--days", "3", "--seed", "1", "--start", "someday"}} {
		if code, _, said := simulate(wrong...); code != 1 || len(said) < 20 {
			t.Errorf("%v: code %d, %q", wrong, code, said)
		}
	}
}
