package faults

import (
	"fmt"
	"net"
	"strconv"
	"testing"
	"time"

	"hearth/internal/base/channel/smtptest"
	"hearth/internal/sim/load"
)

// mailsOf counts what a mail server of this process took.
func mailsOf(servers ...*smtptest.Server) load.Mails {
	all := load.Mails{}
	for _, srv := range servers {
		for _, m := range srv.Mails() {
			all[m.ID]++
		}
	}
	return byMessage(all)
}

func startMail(t *testing.T, o smtptest.Options) *smtptest.Server {
	t.Helper()
	srv, err := smtptest.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { srv.Close() })
	return srv
}

// requests posts single requests, each of which is answered by a mail, and gives how long the slowest took.
func (s *site) requests(p *load.Process, got *acked, name string, n int) (slowest time.Duration) {
	s.Helper()
	for i := range n {
		id := fmt.Sprintf("%s-%d", name, i)
		began := time.Now()
		a := s.post(p, fmt.Sprintf(`{"specversion":"1.0","id":%q,"source":%q,"type":"workorder.opened","subject":"resident/r%d","data":{"description":"The lamp flickers, %s"}}`,
			id, source, i%people, id))
		if a.status != 202 {
			s.Fatalf("a request was answered %d: %s", a.status, a.body)
		}
		slowest = max(slowest, time.Since(began))
		got.add([]string{id})
	}
	return slowest
}

// TestTheMailServerComesLate: while it is away, everything but mail goes on, and then mail goes out.
func TestTheMailServerComesLate(t *testing.T) {
	eachSite(t, func(s *site) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			s.Fatal(err)
		}
		addr := l.Addr().String()
		l.Close()
		p := s.serve("--send", "real", "--smtp", "smtp://"+addr)
		var got acked
		slowest := s.requests(p, &got, "late", 60)
		s.visit(p, "meanwhile", 10*time.Second)
		if a := s.get(p, "/readyz"); a.status != 200 {
			s.Errorf("/readyz answered %d: %s; only mail is away", a.status, a.body)
		}
		srv := startMail(s.T, smtptest.Options{Addr: addr})
		s.settled(time.Minute)
		s.keepsWhatItAcknowledged(&got)
		k := s.didEachThingOnce(mailsOf(srv), 0)
		s.Logf("slowest answer without a mail server %s; %s", slowest.Round(time.Millisecond), k)
	})
}

// TestTheMailServerMisbehaves cuts, delays and refuses in the ways that mail servers do. What was cut after the whole
// mail had gone over is unknown and not sent again; all else arrives once.
func TestTheMailServerMisbehaves(t *testing.T) {
	eachSite(t, func(s *site) {
		srv := startMail(s.T, smtptest.Options{Tarpit: time.Millisecond, Delay: 2 * time.Millisecond})
		p := s.serve("--send", "real", "--smtp", srv.URL(), "--mail-connections", strconv.Itoa(connections))
		var got acked
		const cut = 7 // times the connection is cut after the mail was read
		for i, f := range []smtptest.Fault{
			{At: "connect", Code: 421, Text: "4.3.2 not now", Times: 2},
			{At: "from", Drop: true, Times: 3},
			{At: "to", Code: 451, Text: "4.3.0 later", Times: 3},
			{At: "to", Drop: true, Times: 3},
			{At: "data", Code: 452, Text: "4.3.1 full", Times: 3},
			{At: "data", Drop: true, Times: 4},
			{At: "data", Drop: true, Keep: true, Times: 3},
		} {
			srv.Fail(f)
			s.requests(p, &got, fmt.Sprintf("bad%d", i), 20)
		}
		srv.Fail(smtptest.Fault{At: "to", Code: 550, Text: "5.1.1 no such mailbox", To: "person199@"})
		s.visit(p, "beside", 10*time.Second)
		// Retries come after a minute and more: a clock that is ahead brings them now.
		ahead := s.sooner(p, srv.URL())
		s.settled(time.Minute)
		s.keepsWhatItAcknowledged(&got)
		k := s.didEachThingOnce(mailsOf(srv), cut)
		if n := len(k.states["unknown"]); n != cut {
			s.Errorf("%d messages are unknown, want the %d whose connection was cut after the whole mail", n, cut)
		}
		if err := ahead.Stop(s.Context()); err != nil {
			s.Error(err)
		}
		s.verified()
	})
}

// sooner stops a program in order and starts another whose clock is ahead.
func (s *site) sooner(p *load.Process, smtp string) *load.Process {
	s.Helper()
	s.until("every mail was tried", time.Minute, func() bool {
		k := s.tally()
		tried := len(k.states["sent"]) + len(k.states["unknown"])
		return k.requests > 0 && k.requests == k.answerRuns && tried+12 >= k.requests
	})
	if err := p.Stop(s.Context()); err != nil {
		s.Fatal(err)
	}
	return s.serve("--send", "real", "--smtp", smtp, "--clock", "+20m")
}

// TestASlowMailServerHoldsUpOnlyMail: with a server that takes its time, answers to events do not wait for it.
func TestASlowMailServerHoldsUpOnlyMail(t *testing.T) {
	s := newSite(t, false)
	srv := startMail(t, smtptest.Options{Delay: 300 * time.Millisecond})
	hang := startMail(t, smtptest.Options{})
	hang.Fail(smtptest.Fault{At: "data", Hang: true})
	p := s.serve("--send", "real", "--smtp", srv.URL())
	var got acked
	slowest := s.requests(p, &got, "slow", 200)
	took := s.visit(p, "beside", 5*time.Second)
	if waiting := 200 - srv.Count(); waiting < 50 {
		t.Errorf("only %d mails wait: the server was not slow", waiting)
	}
	if slowest > 3*time.Second*patience {
		t.Errorf("the slowest answer took %s beside a slow mail server", slowest)
	}
	s.settled(time.Minute)
	s.didEachThingOnce(mailsOf(srv), 0)
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	// One that never answers after the mail: a stop does not wait for it, and what it has is in doubt.
	p = s.serve("--send", "real", "--smtp", hang.URL(), "--mail-connections", "4")
	s.requests(p, &got, "hang", 10)
	s.until("mails hang", 20*time.Second, func() bool { n, _ := hang.Conns(); return n >= 4 })
	s.visit(p, "beside-hanging", 5*time.Second)
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	s.serve("--send", "real", "--smtp", srv.URL())
	s.settled(time.Minute)
	s.keepsWhatItAcknowledged(&got)
	k := s.didEachThingOnce(mailsOf(srv, hang), 4)
	t.Logf("slowest answer %s, visit decided after %s; %s", slowest.Round(time.Millisecond), took.Round(time.Millisecond), k)
}
