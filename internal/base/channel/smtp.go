package channel

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"sync"
	"time"

	"hearth"
)

// Config says how to reach the mail server. Zero durations and counts get the defaults named at each.
type Config struct {
	Server   Server
	Password string
	Conns    int            // connections at most; 16
	Hello    string         // the name given in EHLO; the connection's own address literal
	RootCAs  *x509.CertPool // who may sign the server's certificate; the system's

	ConnectTimeout time.Duration // TCP, greeting, TLS and signing in together; 30 s
	CommandTimeout time.Duration // each answer before the final dot; 30 s
	// ReplyTimeout is how long the answer to the final dot may take before the mail counts as Unknown; 2 min. RFC
	// 5321 asks for ten, but a person learns of the doubt sooner this way, and nothing is sent twice.
	ReplyTimeout time.Duration
	// StopGrace is how much of that is left once the caller stops; 5 s.
	StopGrace   time.Duration
	IdleTimeout time.Duration // an unused connection is closed after; 30 s
}

func (c Config) withDefaults() Config {
	set := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	if c.Conns == 0 {
		c.Conns = 16
	}
	set(&c.ConnectTimeout, 30*time.Second)
	set(&c.CommandTimeout, 30*time.Second)
	set(&c.ReplyTimeout, 2*time.Minute)
	set(&c.StopGrace, 5*time.Second)
	set(&c.IdleTimeout, 30*time.Second)
	return c
}

// SMTP hands mail to one server over a bounded set of connections that it keeps open. It is safe for concurrent
// use; more callers than connections wait.
type SMTP struct {
	cfg   Config
	tls   *tls.Config
	slots chan struct{} // one token for each connection that may exist

	mu     sync.Mutex
	idle   []*session // last used last, so that surplus ones grow old and close
	closed bool
}

var errClosed = errors.New("the mail connections are closed")

// NewSMTP prepares connections to the server; the first mail dials. It fails with CodeInvalid when a password would
// go over the network in the clear.
func NewSMTP(cfg Config) (*SMTP, error) {
	cfg = cfg.withDefaults()
	if cfg.Server.Host == "" {
		return nil, hearth.FieldErrorf("smtp", "No mail server is set.")
	}
	if cfg.Password != "" && cfg.Server.User == "" {
		return nil, hearth.FieldErrorf("smtp", "There is a password for the mail server but no user; write smtp://USER@HOST:PORT.")
	}
	if cfg.Password != "" && cfg.Server.TLS == TLSNone && !cfg.Server.Loopback() {
		return nil, hearth.FieldErrorf("smtp", "The password for %s would go over the network unprotected; leave out tls=none.", cfg.Server.Host)
	}
	return &SMTP{
		cfg:   cfg,
		tls:   &tls.Config{ServerName: cfg.Server.Host, RootCAs: cfg.RootCAs, MinVersion: tls.VersionTLS12},
		slots: make(chan struct{}, cfg.Conns),
	}, nil
}

// Conns tells how many mails can be on their way at once.
func (c *SMTP) Conns() int { return c.cfg.Conns }

// Send implements Sender. A connection that the server had closed meanwhile is replaced once.
func (c *SMTP) Send(ctx context.Context, mail *Email, beforeDot func() error) Result {
	m, err := mail.Compose()
	if err != nil {
		return Result{Outcome: Permanent, Stage: StageBuild, Err: err}
	}
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return Result{Outcome: Temporary, Stage: StageConnect, Err: ctx.Err()}
	}
	if s := c.takeIdle(); s != nil {
		res, reuse := s.send(ctx, m, beforeDot)
		c.give(s, reuse)
		if !stale(res) || ctx.Err() != nil {
			return res
		}
	}
	s, res := c.connect(ctx)
	if s == nil {
		return res
	}
	res, reuse := s.send(ctx, m, beforeDot)
	c.give(s, reuse)
	if res.Code == 421 && res.Stage == StageFrom {
		res.Down = true // a server that closes a fresh connection is going down or refuses us; not this mail's fault
	}
	return res
}

// takeIdle gives the most recently used connection that is still open, or nil.
func (c *SMTP) takeIdle() *session {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.idle) > 0 {
		s := c.idle[len(c.idle)-1]
		c.idle = c.idle[:len(c.idle)-1]
		if s.disarm() {
			return s
		}
		s.close()
	}
	return nil
}

// give puts a connection back for the next mail, or closes it.
func (c *SMTP) give(s *session, reuse bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !reuse || c.closed {
		s.close()
		return
	}
	s.arm(c.cfg.IdleTimeout)
	c.idle = append(c.idle, s)
	// Connections that aged out while others were used would pile up at the front.
	for len(c.idle) > 0 && c.idle[0].expired() {
		c.idle = c.idle[1:]
	}
}

// connect opens a connection and makes it ready for mail; without one it gives the Result that says why.
func (c *SMTP) connect(ctx context.Context) (*session, Result) {
	c.mu.Lock()
	closed := c.closed
	c.mu.Unlock()
	if closed {
		return nil, Result{Outcome: Temporary, Stage: StageConnect, Down: true, Err: errClosed}
	}
	ctx, cancel := context.WithTimeout(ctx, c.cfg.ConnectTimeout)
	defer cancel()
	s, stage, rep, err := dial(ctx, &c.cfg, c.tls)
	if s != nil {
		return s, Result{}
	}
	return nil, Result{Outcome: Temporary, Stage: stage, Code: rep.code, Detail: rep.detail, Text: rep.text, Down: true, Err: err}
}

// Close waits for the running attempts and ends all connections.
func (c *SMTP) Close() error {
	c.mu.Lock()
	c.closed = true
	idle := c.idle
	c.idle = nil
	c.mu.Unlock()
	for _, s := range idle {
		s.close()
	}
	for range c.cfg.Conns {
		c.slots <- struct{}{}
	}
	for range c.cfg.Conns {
		<-c.slots
	}
	return nil
}
