package load

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/smtp"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"hearth/internal/base/channel/smtptest"
)

// The test binary is the program of its own tests: asked by the environment, it serves instead of testing.
func TestMain(m *testing.M) {
	if addr := os.Getenv("LOAD_TEST_SERVE"); addr != "" {
		os.Exit(serve(addr, os.Args[len(os.Args)-1]))
	}
	os.Exit(m.Run())
}

// serve answers until it is told to end; behave says how it misbehaves.
func serve(mode, behave string) int {
	addr := os.Args[1]
	fmt.Println("serving on", addr, mode)
	if behave == "die" {
		fmt.Println("cannot go on: the cellar is flooded")
		return 3
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return 4
	}
	ready := time.Now().Add(30 * time.Millisecond)
	go func() {
		_ = http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/readyz" && (behave == "never" || time.Now().Before(ready)) {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
		}))
	}()
	stop := make(chan os.Signal, 1)
	if behave == "deaf" {
		signal.Ignore(syscall.SIGTERM)
	} else {
		signal.Notify(stop, syscall.SIGTERM)
	}
	<-stop
	if behave == "rude" {
		return 5
	}
	return 0
}

func start(t *testing.T, behave string) (*Process, error) {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	if behave == "never" {
		ctx, cancel = context.WithTimeout(t.Context(), 300*time.Millisecond)
	}
	defer cancel()
	p, err := Start(ctx, Program{Path: path, Args: []string{"{addr}", behave}, Env: []string{"LOAD_TEST_SERVE=1"}})
	if p != nil {
		t.Cleanup(func() {
			if err = p.Kill(); err != nil {
				t.Error(err)
			}
		})
	}
	return p, err
}

// answers tells whether somebody answers at url within a moment.
func answers(url string) bool {
	client := http.Client{Timeout: 200 * time.Millisecond}
	res, err := client.Get(url)
	if err != nil {
		return false
	}
	res.Body.Close()
	return true
}

func TestKillAndRestart(t *testing.T) {
	p, err := start(t, "well")
	if err != nil {
		t.Fatal(err)
	}
	first, pid := p.URL(), p.PID()
	if !answers(first) || p.ReadyAfter() < 30*time.Millisecond {
		t.Errorf("ready after %s", p.ReadyAfter())
	}
	if err := p.Restart(t.Context()); err == nil {
		t.Error("a running program was started again")
	}
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	if answers(first) {
		t.Error("it answers after it was killed")
	}
	if err := p.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !answers(p.URL()) || p.PID() == pid {
		t.Errorf("after the restart %s does not answer, or is the old process", p.URL())
	}
	if err := p.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	if !strings.Contains(p.Written(), "serving on") {
		t.Errorf("it wrote %q", p.Written())
	}
}

func TestFrozenProgramDoesNotAnswer(t *testing.T) {
	p, err := start(t, "well")
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Freeze(); err != nil {
		t.Fatal(err)
	}
	if answers(p.URL()) {
		t.Error("it answers while it is frozen")
	}
	if err := p.Thaw(); err != nil {
		t.Fatal(err)
	}
	if !answers(p.URL()) {
		t.Error("it does not answer after it thawed")
	}
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := p.Freeze(); err == nil {
		t.Error("a program that was killed was frozen")
	}
}

func TestProgramsThatFail(t *testing.T) {
	if _, err := start(t, "die"); err == nil || !strings.Contains(err.Error(), "the cellar is flooded") {
		t.Errorf("a program that ends at once: %v", err)
	}
	_, err := start(t, "never")
	if err == nil || !strings.Contains(err.Error(), "not ready") {
		t.Fatalf("a program that is never ready: %v", err)
	}
	_, wrote, _ := strings.Cut(err.Error(), "serving on ")
	if addr, _, ok := strings.Cut(wrote, " "); !ok || answers("http://"+addr) {
		t.Errorf("a program that was not ready in time was left running at %q", addr)
	}
	p, err := start(t, "rude")
	if err != nil {
		t.Fatal(err)
	}
	if err = p.Stop(t.Context()); err == nil || !strings.Contains(err.Error(), "code 5") {
		t.Errorf("a program that ends with 5: %v", err)
	}
	if p, err = start(t, "deaf"); err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := p.Stop(short); err == nil || answers(p.URL()) {
		t.Errorf("a program that does not end: %v", err)
	}
	if _, err := Start(t.Context(), Program{Path: "/nowhere/at-all"}); err == nil {
		t.Error("a program that is not there was started")
	}
}

func TestUsageOfThisProcess(t *testing.T) {
	before, err := UsageOf(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	held := make([]byte, 64<<20)
	for i := range held {
		held[i] = byte(i)
	}
	until := time.Now().Add(60 * time.Millisecond)
	for time.Now().Before(until) {
		held[0]++
	}
	after, err := UsageOf(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	runtime.KeepAlive(held)
	if after.Memory < 64<<20 || after.Peak < after.Memory || after.CPU-before.CPU < 10*time.Millisecond {
		t.Errorf("before %+v, after 64 MB and 60 ms of work %+v", before, after)
	}
	if _, err := UsageOf(-1); err == nil {
		t.Error("the use of no process was read")
	}
}

func TestParseUsage(t *testing.T) {
	const status = "Name:\tx\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\nThreads:\t4\n"
	const stat = "17 (a) b (c) S 1 17 17 0 -1 4194560 900 0 0 0 150 50 0 0 20 0 4 0 100 1 1"
	u, err := parseUsage(status, stat)
	if err != nil || u.Memory != 1<<20 || u.Peak != 2<<20 || u.CPU != 2*time.Second {
		t.Errorf("%+v, %v", u, err)
	}
	for _, bad := range []string{"", "17 (x", "17 (x) S 1 2", strings.Replace(stat, "150", "many", 1)} {
		if u, err := parseUsage(status, bad); err == nil {
			t.Errorf("%q was read as %+v", bad, u)
		}
	}
}

// The record that the mail server of the tests writes is the one that is read.
func TestReadMailsOfTheTestServer(t *testing.T) {
	var record bytes.Buffer
	srv, err := smtptest.Start(smtptest.Options{Record: &record})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"one@x", "two@x", "one@x"} {
		mail := "Message-ID: <" + id + ">\r\nSubject: hello\r\n\r\nhello\r\n"
		if err = smtp.SendMail(srv.Addr, nil, "a@example.com", []string{"b@example.com"}, []byte(mail)); err != nil {
			t.Fatal(err)
		}
	}
	if err = srv.Close(); err != nil {
		t.Fatal(err)
	}
	mails, err := ReadMails(&record)
	if err != nil || mails["one@x"] != 2 || mails["two@x"] != 1 || len(mails) != 2 {
		t.Errorf("%v, %v", mails, err)
	}
}

func TestReadMails(t *testing.T) {
	const record = `{"from":"a","to":"b","id":"1@x"}
{"from":"a","to":"c","id":"2@x"}
{"from":"a","to":"b","id":"1@x"}
{"from":"a","to":"b","id":"3@`
	mails, err := ReadMails(strings.NewReader(record))
	if err != nil || len(mails) != 2 || mails["1@x"] != 2 {
		t.Errorf("%v, %v", mails, err)
	}
	if got := mails.Doubled(); len(got) != 1 || got[0] != "1@x" {
		t.Errorf("doubled: %v", got)
	}
	if _, err := ReadMails(strings.NewReader("{}\nnot mail\n")); err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("a record that is none: %v", err)
	}
}
