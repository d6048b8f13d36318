package faults

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"hearth/internal/base/dbtest"
	"hearth/internal/sim/load"
)

// site is one installation: a place for its data, a community in it, and a token.
type site struct {
	*testing.T
	place []string // the flags that name the place of the data
	dir   string   // "" on PostgreSQL
	url   string   // "" on the embedded database
	token string
}

// people is how many residents a site has.
const people = 200

// newSite makes an installation with a community and two active playbooks: one answers each request by mail, one makes a
// task of each visit.
func newSite(t *testing.T, postgres bool) *site {
	t.Helper()
	s := &site{T: t}
	if postgres {
		s.url = dbtest.EmptyPostgresURL(t)
		s.place = []string{"--database", s.url}
	} else {
		s.dir = filepath.Join(t.TempDir(), "data")
		s.place = []string{"--data", s.dir}
	}
	s.must("import", "--property", "Oak Court", "--zone", "America/Chicago", "--source", "test", "residents", s.roster("Person", people))
	words := strings.Fields(s.must("token", "create", "--name", "test", "--scope", "admin"))
	s.token = words[len(words)-1]
	s.must("playbook", "activate", "testdata/answer.yaml")
	s.must("playbook", "activate", "testdata/look.yaml")
	return s
}

// eachSite runs f on both databases.
func eachSite(t *testing.T, f func(s *site)) {
	t.Run("sqlite", func(t *testing.T) { f(newSite(t, false)) })
	t.Run("postgres", func(t *testing.T) { f(newSite(t, true)) })
}

// roster writes a directory of n residents whose first names begin alike, and gives its path.
func (s *site) roster(name string, n int) string {
	var b bytes.Buffer
	b.WriteString("Resident ID,Unit,First Name,Last Name,Email,Lease Start,Lease End,Move In\n")
	for i := range n {
		now := time.Now()
		fmt.Fprintf(&b, "r%d,%d,%s%s,Family%s,%s%d@homes.example,%s,%s,%s\n", i, 100+i, name, letters(i), letters(i*7+3), strings.ToLower(name), i,
			now.AddDate(0, -6, 0).Format(time.DateOnly), now.AddDate(0, 6, 0).Format(time.DateOnly), now.AddDate(0, -6, 0).Format(time.DateOnly))
	}
	return s.file("residents.csv", b.Bytes())
}

// letters makes a name of a number: names hold no digits.
func letters(n int) string {
	out := ""
	for ; n > 0 || out == ""; n /= 26 {
		out += string(rune('a' + n%26))
	}
	return out
}

func (s *site) file(name string, content []byte) string {
	s.Helper()
	path := filepath.Join(s.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		s.Fatal(err)
	}
	return path
}

// run runs a command over the site and gives what it printed and its exit code. The flags of the place follow the
// command's name.
func (s *site) run(args ...string) (out, errOut string, code int) {
	s.Helper()
	cmd := s.command(args...)
	var o, e bytes.Buffer
	cmd.Stdout, cmd.Stderr = &o, &e
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		s.Fatalf("hearth %v: %v", args, err)
	}
	return o.String(), e.String(), cmd.ProcessState.ExitCode()
}

func (s *site) command(args ...string) *exec.Cmd {
	n := 1
	for n < len(args) && n < 2 && args[0] != "import" && args[0] != "serve" && !strings.HasPrefix(args[1], "-") {
		n++
	}
	all := append(append(append([]string(nil), args[:n]...), s.place...), args[n:]...)
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	s.Cleanup(cancel)
	return exec.CommandContext(ctx, executable, all...)
}

// must is run for commands that are part of the set-up.
func (s *site) must(args ...string) string {
	s.Helper()
	out, errOut, code := s.run(args...)
	if code != 0 {
		s.Fatalf("hearth %s ended with %d: %s", strings.Join(args, " "), code, errOut)
	}
	return out
}

// program is how hearth is served over the site with more flags.
func (s *site) program(flags ...string) load.Program {
	args := append([]string{"serve"}, s.place...)
	args = append(args, "--listen", "{addr}", "--metrics-listen", "off", "--log-level", "warn", "--rate", "100000")
	return load.Program{Path: executable, Args: append(args, flags...)}
}

// serve starts hearth until the end of the test.
func (s *site) serve(flags ...string) *load.Process {
	s.Helper()
	return s.start(s.program(flags...))
}

func (s *site) start(p load.Program) *load.Process {
	s.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	proc, err := load.Start(ctx, p)
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() {
		if s.Failed() {
			s.Logf("the program wrote last: %s", proc.Written())
		}
		proc.Kill()
	})
	return proc
}

// restart starts a program again that has ended.
func (s *site) restart(p *load.Process) {
	s.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := p.Restart(ctx); err != nil {
		s.Fatal(err)
	}
}

// answer is an answer over HTTP.
type answer struct {
	status int
	header http.Header
	body   string
}

// problem gives the sentence of an answer that is no success.
func (a answer) problem() (p struct{ Code, Detail string }) {
	_ = json.Unmarshal([]byte(a.body), &p) // an answer that is no problem has none
	return p
}

// ask sends one request with the site's token.
func (s *site) ask(method, url, contentType, body string) (answer, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 40*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("Authorization", "Bearer "+s.token)
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, res.Header, string(text)}, err
}

func (s *site) get(p *load.Process, path string) answer {
	s.Helper()
	a, err := s.ask(http.MethodGet, p.URL()+path, "", "")
	if err != nil {
		s.Fatalf("GET %s: %v; the program wrote %s", path, err, p.Written())
	}
	return a
}

// post posts one event.
func (s *site) post(p *load.Process, event string) answer {
	s.Helper()
	a, err := s.ask(http.MethodPost, p.URL()+"/api/v1/events", "application/cloudevents+json", event)
	if err != nil {
		s.Fatalf("post an event: %v; the program wrote %s", err, p.Written())
	}
	return a
}

// patience is how many times as long as on a quiet machine somebody waits: what is tested here is that a thing comes true,
// not how soon. How soon is measured by hearth bench.
const patience = 6

// until asks again and again, and fails when it does not come true in time; within is what a quiet machine takes at most.
func (s *site) until(what string, within time.Duration, holds func() bool) {
	s.Helper()
	within *= patience
	for end := time.Now().Add(within); ; time.Sleep(20 * time.Millisecond) {
		if holds() {
			return
		}
		if time.Now().After(end) {
			s.Fatalf("after %s still not: %s", within, what)
		}
	}
}

// acked collects the ids of acknowledged events.
type acked struct {
	mu  sync.Mutex
	ids map[string]bool
}

func (a *acked) add(ids []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.ids == nil {
		a.ids = map[string]bool{}
	}
	for _, id := range ids {
		a.ids[id] = true
	}
}

func (a *acked) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.ids)
}

// source is who tells the load's events.
const source = "test"

// events gives a load's events: two of ten are requests, which mail answers, two are visits, which make tasks.
func events(prefix string) func(n int) load.Event {
	return func(n int) load.Event {
		e := load.Event{ID: fmt.Sprintf("%s-%d", prefix, n), Source: source, Time: time.Now(), Type: "portal.visited", Data: "{}",
			Subject: fmt.Sprintf("resident/r%d", uint64(n)*2654435761%people)}
		switch n % 10 {
		case 0, 5:
			e.Type, e.Data = "workorder.opened", fmt.Sprintf(`{"description":"The tap drips, number %s","category":"plumbing"}`, e.ID)
		case 1, 6:
			e.Type, e.Data = "visit.recorded", `{"kind":"package"}`
		case 2:
			e.Type, e.Data = "message.received", `{"channel":"portal","text":"Could somebody look at it, please?"}`
		case 3:
			e.Type, e.Data = "preference.changed", fmt.Sprintf(`{"name":"quiet_from","value":"%02d:%02d"}`, 20+n%3, n%60)
		}
		return e
	}
}

// press puts programs under load until the returned function is called, which waits for the last answers: batches and
// single events side by side, each repeated until it is answered, as a sender of another system would.
func (s *site) press(got *acked, name string, rate float64, urls ...func() string) (stop func() []load.Result) {
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	results := make([]load.Result, 2*len(urls))
	for i, url := range urls {
		for j, w := range []load.Workload{{Clients: 4, Batch: 25, Rate: rate}, {Clients: 8, Rate: rate / 2}} {
			w.Events, w.Retry, w.Acked = 1<<30, true, got.add
			w.Make = events(fmt.Sprintf("%s%d%c", name, i, 'a'+j))
			all.Go(func() {
				results[2*i+j], _ = load.Run(ctx, load.Target{URL: url, Token: s.token}, w) // ends by ctx alone
			})
		}
	}
	s.Cleanup(func() { cancel(); all.Wait() })
	return func() []load.Result {
		cancel()
		all.Wait()
		return results
	}
}

// mailServer is a mail server in a process of its own.
type mailServer struct {
	url    string
	record string
}

func newMailServer(t *testing.T) *mailServer {
	t.Helper()
	m := &mailServer{record: filepath.Join(t.TempDir(), "mails")}
	cmd := exec.Command(os.Args[0], m.record)
	cmd.Env = append(os.Environ(), roleKey+"=mail")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	var addr string
	if _, err := fmt.Fscanln(out, &addr); err != nil {
		t.Fatalf("the mail server did not start: %v", err)
	}
	m.url = "smtp://" + addr
	return m
}

// mails gives how often each mail was taken, by message.
func (m *mailServer) mails(t *testing.T) load.Mails {
	t.Helper()
	f, err := os.Open(m.record)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	byID, err := load.ReadMails(f)
	if err != nil {
		t.Fatal(err)
	}
	return byMessage(byID)
}

// byMessage cuts the domain from the ids of mails, which leaves those of messages.
func byMessage(mails load.Mails) load.Mails {
	out := load.Mails{}
	for id, n := range mails {
		name, _, _ := strings.Cut(id, "@")
		out[name] += n
	}
	return out
}
