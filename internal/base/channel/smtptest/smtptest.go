// Package smtptest is a mail server for tests and trials: it takes mail on a loopback port, remembers it, and
// misbehaves on request in the ways real servers do. It delivers nothing and is not for production.
package smtptest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// Fault is one way to misbehave.
type Fault struct {
	// At says where: "connect", "from", "to", "data" (after the final dot, instead of the 250).
	At string
	// Code and Text answer with an SMTP error ("450", "4.2.0 busy"); Code 0 acts by Drop or Hang instead.
	Code int
	Text string
	// Drop closes the connection without an answer. At "data" the mail was read whole; whether it counts as taken is
	// said by Keep.
	Drop bool
	// Keep stores the mail although no good answer is given: the server took it and the sender cannot know.
	Keep bool
	// Hang waits until the client gives up or the server closes.
	Hang bool
	// Times is how often the fault happens; 0 means always.
	Times int
	// To limits the fault to recipients that contain it; not for "connect" and "from".
	To string
}

// Mail is one mail that the server took.
type Mail struct {
	From string `json:"from"`
	To   string `json:"to"`
	ID   string `json:"id"` // the Message-ID without brackets
	Data string `json:"data,omitempty"`
}

// Options shape a server.
type Options struct {
	Addr     string        // default 127.0.0.1:0
	StartTLS bool          // offer STARTTLS with the test certificate
	TLS      bool          // TLS from the first byte
	User     string        // ask for sign-in with this user and Password
	Password string        //
	Delay    time.Duration // how long each mail takes after its final dot
	Tarpit   time.Duration // how long each command takes
	MaxBytes int64         // announced and enforced size limit
	// Discard keeps counts and ids but not the bodies.
	Discard bool
	// OnData is called when a mail was read whole, before it is answered.
	OnData func(Mail)
	// Record gets one JSON line for each mail before it is answered.
	Record io.Writer
}

// Server is a running mail server.
type Server struct {
	Addr  string         // host:port
	Roots *x509.CertPool // trusts the test certificate

	opts Options
	ln   net.Listener
	smtp *smtp.Server
	done chan error

	mu     sync.Mutex
	faults []Fault
	mails  []Mail
	conns  int // connections so far
	open   int
	peak   int

	doubtful int
	record   *json.Encoder
	arrive   chan struct{} // closed and replaced whenever a mail was taken
	halt     chan struct{} // closed when the server closes
}

// Start runs a server until Close.
func Start(opts Options) (*Server, error) {
	if opts.Addr == "" {
		opts.Addr = "127.0.0.1:0"
	}
	ln, err := net.Listen("tcp", opts.Addr)
	if err != nil {
		return nil, fmt.Errorf("listen for test mail: %w", err)
	}
	s := &Server{Addr: ln.Addr().String(), opts: opts, done: make(chan error, 1),
		arrive: make(chan struct{}), halt: make(chan struct{})}
	if opts.Record != nil {
		s.record = json.NewEncoder(opts.Record)
	}
	srv := smtp.NewServer(smtp.BackendFunc(s.newSession))
	srv.Domain = "mail.test"
	srv.AllowInsecureAuth = true
	srv.MaxMessageBytes = opts.MaxBytes
	srv.ErrorLog = silent{}
	if opts.TLS || opts.StartTLS {
		cert, roots, err := testCertificate()
		if err != nil {
			return nil, errors.Join(err, ln.Close())
		}
		s.Roots = roots
		conf := &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
		if opts.TLS {
			ln = tls.NewListener(countListener{ln, s}, conf)
		} else {
			srv.TLSConfig = conf
			ln = countListener{ln, s}
		}
	} else {
		ln = countListener{ln, s}
	}
	s.smtp, s.ln = srv, ln
	go func() { s.done <- srv.Serve(ln) }()
	return s, nil
}

// Serve runs a server at addr until ctx ends and appends each mail as a JSON line to recordFile, for programs that
// run it in a process of its own. ready gets the address once it listens.
func Serve(ctx context.Context, addr, recordFile string, ready func(addr string)) error {
	f, err := os.OpenFile(recordFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("open the record of test mail: %w", err)
	}
	s, err := Start(Options{Addr: addr, Record: f, Discard: true})
	if err != nil {
		return errors.Join(err, f.Close())
	}
	ready(s.Addr)
	<-ctx.Done()
	return errors.Join(s.Close(), f.Close())
}

// URL gives the server's address as a setting, with the user if it asks for one.
func (s *Server) URL() string {
	scheme, user, query := "smtp", "", ""
	if s.opts.TLS {
		scheme = "smtps"
	}
	if s.opts.StartTLS {
		query = "?tls=starttls"
	}
	if s.opts.User != "" {
		user = s.opts.User + "@"
	}
	return scheme + "://" + user + s.Addr + query
}

// Fail adds a fault. Faults are tried in order; one that has run out is passed over.
func (s *Server) Fail(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.Times == 0 {
		f.Times = -1
	}
	s.faults = append(s.faults, f)
}

// Heal removes all faults.
func (s *Server) Heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// Mails gives what was taken so far, in order.
func (s *Server) Mails() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Mail(nil), s.mails...)
}

// Count gives how many mails were taken so far.
func (s *Server) Count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.mails)
}

// Doubtful counts the mails that were read whole and got no answer, as the faults wanted: their senders cannot know.
func (s *Server) Doubtful() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.doubtful
}

func (s *Server) doubt() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.doubtful++
}

// Conns gives how many connections came so far, and how many were open at once at most.
func (s *Server) Conns() (total, peak int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conns, s.peak
}

// Wait returns once n mails were taken in all, or with ctx's error.
func (s *Server) Wait(ctx context.Context, n int) error {
	for {
		s.mu.Lock()
		have, arrive := len(s.mails), s.arrive
		s.mu.Unlock()
		if have >= n {
			return nil
		}
		select {
		case <-arrive:
		case <-ctx.Done():
			return fmt.Errorf("%d of %d mails arrived: %w", have, n, ctx.Err())
		}
	}
}

// Close ends all connections and stops listening.
func (s *Server) Close() error {
	s.mu.Lock()
	select {
	case <-s.halt:
		s.mu.Unlock()
		return nil
	default:
		close(s.halt)
	}
	s.mu.Unlock()
	err := s.smtp.Close()
	if lerr := s.ln.Close(); !errors.Is(lerr, net.ErrClosed) { // the SMTP server may not have known it yet
		err = errors.Join(err, lerr)
	}
	return errors.Join(err, <-s.done)
}

// fault gives the fault that strikes now, if any.
func (s *Server) fault(at, to string) (Fault, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.faults {
		f := &s.faults[i]
		if f.At != at || f.Times == 0 || f.To != "" && !strings.Contains(to, f.To) {
			continue
		}
		if f.Times > 0 {
			f.Times--
		}
		return *f, true
	}
	return Fault{}, false
}

func (s *Server) take(m Mail) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.opts.Discard {
		m.Data = ""
	}
	if s.record != nil {
		if err := s.record.Encode(m); err != nil {
			return err
		}
	}
	s.mails = append(s.mails, m)
	close(s.arrive)
	s.arrive = make(chan struct{})
	return nil
}

func (s *Server) newSession(c *smtp.Conn) (smtp.Session, error) {
	if f, ok := s.fault("connect", ""); ok {
		if err := s.strike(f, c.Conn()); err != nil {
			return nil, err
		}
	}
	return &session{srv: s, conn: c}, nil
}

// strike acts out a fault and gives the error to answer with.
func (s *Server) strike(f Fault, conn net.Conn) error {
	switch {
	case f.Hang:
		<-s.halt
		conn.Close() // one that hangs says nothing more, also when it ends
		return errors.New("closing")
	case f.Drop:
		conn.Close()
		return errors.New("dropped")
	}
	return &smtp.SMTPError{Code: f.Code, EnhancedCode: smtp.NoEnhancedCode, Message: f.Text}
}

// pause waits for d or the end of the server.
func (s *Server) pause(d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-s.halt:
	}
}

// silent is a logger for a server whose misbehaviour is wanted.
type silent struct{}

// Printf implements smtp.Logger.
func (silent) Printf(string, ...any) {}

// Println implements smtp.Logger.
func (silent) Println(...any) {}

// session is one client's dialogue.
type session struct {
	srv    *Server
	conn   *smtp.Conn
	signed bool
	from   string
	to     string
}

// AuthMechanisms implements smtp.AuthSession.
func (c *session) AuthMechanisms() []string {
	if c.srv.opts.User == "" {
		return nil
	}
	return []string{sasl.Plain}
}

// Auth implements smtp.AuthSession.
func (c *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != c.srv.opts.User || password != c.srv.opts.Password {
			return smtp.ErrAuthFailed
		}
		c.signed = true
		return nil
	}), nil
}

// Mail implements smtp.Session.
func (c *session) Mail(from string, _ *smtp.MailOptions) error {
	c.srv.pause(c.srv.opts.Tarpit)
	if c.srv.opts.User != "" && !c.signed {
		return &smtp.SMTPError{Code: 530, EnhancedCode: smtp.EnhancedCode{5, 7, 0}, Message: "Sign in first"}
	}
	if f, ok := c.srv.fault("from", ""); ok {
		return c.srv.strike(f, c.conn.Conn())
	}
	c.from = from
	return nil
}

// Rcpt implements smtp.Session.
func (c *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	c.srv.pause(c.srv.opts.Tarpit)
	if f, ok := c.srv.fault("to", to); ok {
		return c.srv.strike(f, c.conn.Conn())
	}
	c.to = to
	return nil
}

// Data implements smtp.Session.
func (c *session) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	c.srv.pause(c.srv.opts.Delay)
	m := Mail{From: c.from, To: c.to, ID: messageID(data), Data: string(data)}
	if c.srv.opts.OnData != nil {
		c.srv.opts.OnData(m)
	}
	f, bad := c.srv.fault("data", c.to)
	if !bad || f.Keep {
		if err := c.srv.take(m); err != nil {
			return err
		}
	}
	if bad {
		if f.Drop || f.Hang {
			c.srv.doubt()
		}
		return c.srv.strike(f, c.conn.Conn())
	}
	return nil
}

// Reset implements smtp.Session.
func (c *session) Reset() { c.from, c.to = "", "" }

// Logout implements smtp.Session.
func (c *session) Logout() error { return nil }

// messageID finds the id in the header without parsing the whole mail, because benchmarks share the machine with it.
func messageID(data []byte) string {
	head, _, _ := strings.Cut(string(data), "\r\n\r\n")
	for _, line := range strings.Split(head, "\r\n") {
		name, val, ok := strings.Cut(line, ":")
		if ok && strings.EqualFold(name, "Message-Id") {
			return strings.Trim(val, " <>")
		}
	}
	return ""
}
