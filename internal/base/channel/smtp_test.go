package channel

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"hearth/internal/base/channel/smtptest"
)

func startServer(t *testing.T, opts smtptest.Options) *smtptest.Server {
	t.Helper()
	s, err := smtptest.Start(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func client(t *testing.T, s *smtptest.Server, change func(*Config)) *SMTP {
	t.Helper()
	srv, err := ParseServer(s.URL())
	if err != nil {
		t.Fatal(err)
	}
	cfg := Config{Server: srv, RootCAs: s.Roots}
	if change != nil {
		change(&cfg)
	}
	c, err := NewSMTP(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func noMark() error { return nil }

func mailTo(id, to string) *Email {
	m := goodMail()
	m.MessageID, m.To = id+"@oak.example", to
	return m
}

func TestSendKeepsConnection(t *testing.T) {
	srv := startServer(t, smtptest.Options{})
	c := client(t, srv, nil)
	for i := range 20 {
		res := c.Send(t.Context(), mailTo(fmt.Sprintf("m%d", i), "ana@home.example"), noMark)
		if res.Outcome != Sent || res.Code != 250 {
			t.Fatalf("mail %d: %v", i, res)
		}
	}
	if total, _ := srv.Conns(); total != 1 || srv.Count() != 20 {
		t.Errorf("%d mails over %d connections, want 20 over 1", srv.Count(), total)
	}
	got := srv.Mails()[0]
	if got.From != "bounce@oak.example" || got.To != "ana@home.example" || got.ID != "m0@oak.example" {
		t.Errorf("the server got %q -> %q, %q", got.From, got.To, got.ID)
	}
	if !strings.Contains(got.Data, "\r\n.\r\n") || strings.Contains(got.Data, "\r\n..\r\n") {
		t.Error("a line with a single dot did not arrive as it was")
	}
}

func TestSendBoundsConnections(t *testing.T) {
	srv := startServer(t, smtptest.Options{Delay: time.Millisecond})
	c := client(t, srv, func(cfg *Config) { cfg.Conns = 4 })
	var wg sync.WaitGroup
	for i := range 60 {
		wg.Go(func() {
			if res := c.Send(t.Context(), mailTo(fmt.Sprintf("m%d", i), "ana@home.example"), noMark); res.Outcome != Sent {
				t.Errorf("mail %d: %v", i, res)
			}
		})
	}
	wg.Wait()
	if total, peak := srv.Conns(); peak > 4 || total > 4 || srv.Count() != 60 {
		t.Errorf("%d mails over %d connections, %d at once; want 60 over at most 4", srv.Count(), total, peak)
	}
}

func TestOutcomes(t *testing.T) {
	cases := []struct {
		name   string
		fault  smtptest.Fault
		want   Result // Outcome, Stage, Code, Down, Bounced
		marked bool   // whether beforeDot was reached
		taken  int
	}{
		{"refused at the door", smtptest.Fault{At: "connect", Code: 554, Text: "no"}, Result{Outcome: Temporary, Stage: StageConnect, Code: 554, Down: true}, false, 0},
		{"dropped at the door", smtptest.Fault{At: "connect", Drop: true}, Result{Outcome: Temporary, Stage: StageConnect, Down: true}, false, 0},
		{"shutting down", smtptest.Fault{At: "from", Code: 421, Text: "4.3.2 closing"}, Result{Outcome: Temporary, Stage: StageFrom, Code: 421, Down: true}, false, 0},
		{"wants sign-in", smtptest.Fault{At: "from", Code: 530, Text: "5.7.0 sign in"}, Result{Outcome: Temporary, Stage: StageFrom, Code: 530, Down: true}, false, 0},
		{"dislikes sender", smtptest.Fault{At: "from", Code: 550, Text: "5.7.1 not you"}, Result{Outcome: Temporary, Stage: StageFrom, Code: 550}, false, 0},
		{"too large", smtptest.Fault{At: "from", Code: 552, Text: "5.3.4 large"}, Result{Outcome: Permanent, Stage: StageFrom, Code: 552}, false, 0},
		{"dropped at recipient", smtptest.Fault{At: "to", Drop: true}, Result{Outcome: Temporary, Stage: StageTo}, false, 0},
		{"greylisted", smtptest.Fault{At: "to", Code: 451, Text: "4.7.1 later"}, Result{Outcome: Temporary, Stage: StageTo, Code: 451}, false, 0},
		{"no such mailbox", smtptest.Fault{At: "to", Code: 550, Text: "5.1.1 nobody here"}, Result{Outcome: Permanent, Stage: StageTo, Code: 550, Bounced: true}, false, 0},
		{"no such mailbox, bare", smtptest.Fault{At: "to", Code: 550, Text: "nobody"}, Result{Outcome: Permanent, Stage: StageTo, Code: 550, Bounced: true}, false, 0},
		{"policy", smtptest.Fault{At: "to", Code: 550, Text: "5.7.1 blocked"}, Result{Outcome: Permanent, Stage: StageTo, Code: 550}, false, 0},
		{"busy after the dot", smtptest.Fault{At: "data", Code: 452, Text: "4.3.1 full"}, Result{Outcome: Temporary, Stage: StageReply, Code: 452}, true, 0},
		{"refused after the dot", smtptest.Fault{At: "data", Code: 550, Text: "looks like spam"}, Result{Outcome: Permanent, Stage: StageReply, Code: 550}, true, 0},
		{"mailbox gone after the dot", smtptest.Fault{At: "data", Code: 550, Text: "5.1.1 gone"}, Result{Outcome: Permanent, Stage: StageReply, Code: 550, Bounced: true}, true, 0},
		{"dropped after the dot, taken", smtptest.Fault{At: "data", Drop: true, Keep: true}, Result{Outcome: Unknown, Stage: StageReply}, true, 1},
		{"dropped after the dot, lost", smtptest.Fault{At: "data", Drop: true}, Result{Outcome: Unknown, Stage: StageReply}, true, 0},
		{"silent after the dot", smtptest.Fault{At: "data", Hang: true, Keep: true}, Result{Outcome: Unknown, Stage: StageReply}, true, 1},
		{"nonsense after the dot", smtptest.Fault{At: "data", Code: 354, Text: "go on"}, Result{Outcome: Unknown, Stage: StageReply, Code: 354}, true, 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			srv := startServer(t, smtptest.Options{})
			srv.Fail(c.fault)
			marked := 0
			got := client(t, srv, func(cfg *Config) { cfg.ReplyTimeout = 100 * time.Millisecond }).
				Send(t.Context(), mailTo("m", "ana@home.example"), func() error { marked++; return nil })
			key := Result{Outcome: got.Outcome, Stage: got.Stage, Code: got.Code, Down: got.Down, Bounced: got.Bounced}
			if key != c.want {
				t.Errorf("got %+v (%v), want %+v", key, got, c.want)
			}
			if (marked == 1) != c.marked || marked > 1 {
				t.Errorf("beforeDot was called %d times, want it called: %v", marked, c.marked)
			}
			if srv.Count() != c.taken {
				t.Errorf("the server took %d mails, want %d", srv.Count(), c.taken)
			}
		})
	}
}

// TestConnectionGoesOn sends a good mail after each way to be refused: the connection must be in step again.
func TestConnectionGoesOn(t *testing.T) {
	for _, f := range []smtptest.Fault{
		{At: "from", Code: 450, Text: "4.2.0 later", Times: 1}, {At: "to", Code: 550, Text: "5.1.1 no", Times: 1},
		{At: "to", Drop: true, Times: 1}, {At: "data", Code: 452, Text: "4.3.1 full", Times: 1},
		{At: "data", Code: 550, Text: "5.7.1 spam", Times: 1}, {At: "data", Drop: true, Times: 1}, {At: "from", Code: 421, Text: "4.3.2 bye", Times: 2},
	} {
		t.Run(fmt.Sprintf("%s %d", f.At, f.Code), func(t *testing.T) {
			srv := startServer(t, smtptest.Options{})
			c := client(t, srv, nil)
			for i := range 2 {
				if res := c.Send(t.Context(), mailTo(fmt.Sprintf("a%d", i), "ana@home.example"), noMark); res.Outcome != Sent {
					t.Fatalf("before the fault: %v", res)
				}
			}
			srv.Fail(f)
			if res := c.Send(t.Context(), mailTo("b", "ana@home.example"), noMark); res.Outcome == Sent {
				t.Fatalf("the fault did not strike: %v", res)
			}
			for i := range 2 {
				if res := c.Send(t.Context(), mailTo(fmt.Sprintf("c%d", i), "ana@home.example"), noMark); res.Outcome != Sent {
					t.Fatalf("after the fault: %v", res)
				}
			}
			if n := srv.Count(); n != 4 {
				t.Errorf("%d mails arrived, want 4", n)
			}
		})
	}
}

func TestKeptConnectionIsReplaced(t *testing.T) {
	srv := startServer(t, smtptest.Options{})
	c := client(t, srv, nil)
	if res := c.Send(t.Context(), mailTo("a", "ana@home.example"), noMark); res.Outcome != Sent {
		t.Fatal(res)
	}
	// The server says 421 to the kept connection once; the mail must go over a new one within the same attempt.
	srv.Fail(smtptest.Fault{At: "from", Code: 421, Text: "4.4.2 idle too long", Times: 1})
	if res := c.Send(t.Context(), mailTo("b", "ana@home.example"), noMark); res.Outcome != Sent {
		t.Errorf("after 421 on a kept connection: %v, want sent", res)
	}
	srv.Fail(smtptest.Fault{At: "from", Drop: true, Times: 1})
	if res := c.Send(t.Context(), mailTo("c", "ana@home.example"), noMark); res.Outcome != Sent {
		t.Errorf("after a drop of a kept connection: %v, want sent", res)
	}
	if total, _ := srv.Conns(); total != 3 || srv.Count() != 3 {
		t.Errorf("%d mails over %d connections, want 3 over 3", srv.Count(), total)
	}
}

func TestIdleConnectionCloses(t *testing.T) {
	srv := startServer(t, smtptest.Options{})
	c := client(t, srv, func(cfg *Config) { cfg.IdleTimeout = time.Millisecond })
	if res := c.Send(t.Context(), mailTo("a", "ana@home.example"), noMark); res.Outcome != Sent {
		t.Fatal(res)
	}
	s := c.idle[0]
	for !s.expired() {
		runtime.Gosched() // the watchdog runs on the real timer
	}
	if res := c.Send(t.Context(), mailTo("b", "ana@home.example"), noMark); res.Outcome != Sent {
		t.Errorf("after the idle time: %v, want sent", res)
	}
	if total, _ := srv.Conns(); total != 2 {
		t.Errorf("%d connections, want 2", total)
	}
}

func TestFailedMarkTakesTheMailBack(t *testing.T) {
	srv := startServer(t, smtptest.Options{})
	c := client(t, srv, nil)
	cause := errors.New("the claim is gone")
	res := c.Send(t.Context(), mailTo("a", "ana@home.example"), func() error { return cause })
	if res.Outcome != Temporary || !errors.Is(res.Err, cause) {
		t.Errorf("got %v, want temporary with the mark's error", res)
	}
	if res = c.Send(t.Context(), mailTo("b", "ana@home.example"), noMark); res.Outcome != Sent {
		t.Errorf("the next mail: %v, want sent", res)
	}
	if n := srv.Count(); n != 1 {
		t.Errorf("%d mails arrived, want only the second", n)
	}
}

func TestStopBeforeTheDot(t *testing.T) {
	srv := startServer(t, smtptest.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	res := client(t, srv, nil).Send(ctx, mailTo("a", "ana@home.example"), func() error { cancel(); return nil })
	if res.Outcome != Temporary || srv.Count() != 0 {
		t.Errorf("stopped before the dot: %v with %d mails taken; want temporary and none", res, srv.Count())
	}
}

func TestStopAfterTheDotWaitsForTheAnswer(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	srv := startServer(t, smtptest.Options{OnData: func(smtptest.Mail) { cancel() }})
	if res := client(t, srv, nil).Send(ctx, mailTo("a", "ana@home.example"), noMark); res.Outcome != Sent {
		t.Errorf("stopped between dot and answer: %v, want sent", res)
	}
}

func TestStopAfterTheDotIsBounded(t *testing.T) {
	srv := startServer(t, smtptest.Options{})
	srv.Fail(smtptest.Fault{At: "data", Hang: true, Keep: true})
	ctx, cancel := context.WithCancel(t.Context())
	c := client(t, srv, func(cfg *Config) { cfg.StopGrace = 10 * time.Millisecond })
	go func() {
		if err := srv.Wait(t.Context(), 1); err == nil {
			cancel()
		}
	}()
	if res := c.Send(ctx, mailTo("a", "ana@home.example"), noMark); res.Outcome != Unknown || !errors.Is(res.Err, errTimeout) {
		t.Errorf("stopped after the dot with a silent server: %v, want unknown by time-out", res)
	}
}

func TestTLS(t *testing.T) {
	cases := []struct {
		name string
		opts smtptest.Options
		cfg  func(*Config)
		want Outcome
		err  error
	}{
		{"starttls", smtptest.Options{StartTLS: true}, nil, Sent, nil},
		{"implicit", smtptest.Options{TLS: true}, nil, Sent, nil},
		{"starttls, certificate of a stranger", smtptest.Options{StartTLS: true}, func(c *Config) { c.RootCAs = nil }, Temporary, nil},
		{"implicit, certificate of a stranger", smtptest.Options{TLS: true}, func(c *Config) { c.RootCAs = nil }, Temporary, nil},
		{"starttls stripped", smtptest.Options{}, func(c *Config) { c.Server.TLS = TLSStart }, Temporary, errNoTLS},
		{"sign-in over starttls", smtptest.Options{StartTLS: true, User: "office", Password: "p"}, func(c *Config) { c.Password = "p" }, Sent, nil},
		{"wrong password", smtptest.Options{StartTLS: true, User: "office", Password: "p"}, func(c *Config) { c.Password = "q" }, Temporary, nil},
		{"no sign-in offered", smtptest.Options{StartTLS: true}, func(c *Config) { c.Server.User, c.Password = "office", "p" }, Temporary, errNoAuth},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			srv := startServer(t, c.opts)
			res := client(t, srv, c.cfg).Send(t.Context(), mailTo("a", "ana@home.example"), noMark)
			if res.Outcome != c.want || c.want == Temporary && !res.Down {
				t.Errorf("got %v, want %v", res, c.want)
			}
			if c.err != nil && !errors.Is(res.Err, c.err) {
				t.Errorf("got error %v, want %v", res.Err, c.err)
			}
			if got := srv.Count(); (got == 1) != (c.want == Sent) {
				t.Errorf("%d mails arrived", got)
			}
		})
	}
}

func TestSizeLimit(t *testing.T) {
	srv := startServer(t, smtptest.Options{MaxBytes: 2000})
	mail := mailTo("a", "ana@home.example")
	mail.Text = strings.Repeat("long ", 1000)
	res := client(t, srv, nil).Send(t.Context(), mail, noMark)
	if res.Outcome != Permanent || res.Code != 552 {
		t.Errorf("beyond the announced size: %v, want permanent 552", res)
	}
}

func TestServerAway(t *testing.T) {
	srv := startServer(t, smtptest.Options{})
	c := client(t, srv, nil)
	srv.Close()
	res := c.Send(t.Context(), mailTo("a", "ana@home.example"), noMark)
	if res.Outcome != Temporary || !res.Down || res.Stage != StageConnect {
		t.Errorf("server away: %v, want temporary and down", res)
	}
}

// script is a server that says given lines, one after each line of the client.
func script(t *testing.T, lines ...string) Config {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		conn, err := ln.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		r := bufio.NewReader(conn)
		for _, l := range lines {
			if _, err := conn.Write([]byte(l)); err != nil {
				return
			}
			if _, err := r.ReadString('\n'); err != nil {
				return
			}
		}
	}()
	port := ln.Addr().(*net.TCPAddr).Port
	return Config{Server: Server{Host: "127.0.0.1", Port: port, TLS: TLSNone}, ConnectTimeout: time.Second, CommandTimeout: 100 * time.Millisecond}
}

func TestHostileServers(t *testing.T) {
	cases := []struct {
		name  string
		tls   TLSMode
		lines []string
	}{
		{"not SMTP", TLSNone, []string{"HTTP/1.1 400 Bad Request\r\n"}},
		{"endless line", TLSNone, []string{"220 " + strings.Repeat("x", 10000) + "\r\n"}},
		{"endless lines", TLSNone, []string{strings.Repeat("220-x\r\n", 1000)}},
		{"changing codes", TLSNone, []string{"220-x\r\n250 y\r\n"}},
		{"code out of range", TLSNone, []string{"999 x\r\n"}},
		{"speaks behind STARTTLS", TLSStart, []string{"220 x\r\n", "250-x\r\n250 STARTTLS\r\n", "220 go\r\n250 injected\r\n"}},
		{"silent", TLSNone, []string{""}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			cfg := script(t, c.lines...)
			cfg.Server.TLS = c.tls
			s, err := NewSMTP(cfg)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			res := s.Send(t.Context(), mailTo("a", "ana@home.example"), func() error { t.Error("the mark was reached"); return nil })
			if res.Outcome != Temporary || !res.Down || res.Err == nil {
				t.Errorf("got %v, want temporary, down, with an error", res)
			}
		})
	}
}

func TestServerTextIsHarmless(t *testing.T) {
	srv := startServer(t, smtptest.Options{})
	srv.Fail(smtptest.Fault{At: "to", Code: 550, Text: "5.1.1 gone\x1b[31m <script>" + strings.Repeat("é", 400)})
	res := client(t, srv, nil).Send(t.Context(), mailTo("a", "ana@home.example"), noMark)
	if strings.ContainsRune(res.Text, 0x1b) || len(res.Text) > maxReplyText || res.Detail != "5.1.1" {
		t.Errorf("text %q (%d bytes), detail %q", res.Text, len(res.Text), res.Detail)
	}
	if strings.Contains(res.String(), "gone") {
		t.Errorf("the line for the log repeats the server's text: %s", res)
	}
}

func TestSink(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "sink")
	s, err := NewSink(dir)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "2026-11-21", "a@oak.example.eml")
	for range 2 { // the same mail twice is one file
		if res := s.Send(t.Context(), mailTo("a", "ana@home.example"), noMark); res.Outcome != Sent {
			t.Fatal(res)
		}
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(data), "X-Envelope-From: bounce@oak.example\r\nX-Envelope-To: ana@home.example\r\nFrom: ") {
		t.Errorf("the file begins with %.120q", data)
	}
	cause := errors.New("no")
	if res := s.Send(t.Context(), mailTo("b", "ana@home.example"), func() error { return cause }); res.Outcome != Temporary || !errors.Is(res.Err, cause) {
		t.Errorf("a failed mark: %v, want temporary", res)
	}
	bad := mailTo("c", "nobody")
	if res := s.Send(t.Context(), bad, noMark); res.Outcome != Permanent || res.Stage != StageBuild {
		t.Errorf("a mail that can't be built: %v, want permanent", res)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("the folder holds %v (%v), want the one mail and no left-over", entries, err)
	}
}

func BenchmarkSMTP(b *testing.B) {
	srv, err := smtptest.Start(smtptest.Options{Discard: true})
	if err != nil {
		b.Fatal(err)
	}
	defer srv.Close()
	s, err := ParseServer(srv.URL())
	if err != nil {
		b.Fatal(err)
	}
	c, err := NewSMTP(Config{Server: s, Conns: 16})
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	b.SetParallelism(8)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if res := c.Send(context.Background(), mailTo("a", "ana@home.example"), noMark); res.Outcome != Sent {
				b.Fatal(res)
			}
		}
	})
}
