// Package mailin takes mail for our own domain by SMTP and has it kept. It bounds connections, times, recipients and sizes,
// passes nothing on to anybody, and says yes only once the mail is on disk.
//
// It reads no mail and decides nothing: decide/inbox does.
package mailin

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"github.com/emersion/go-smtp"

	"hearth"
	"hearth/internal/act/message/letterbox"
)

// Bounds of the listener.
const (
	maxConns   = 100
	maxRcpt    = 20
	maxLine    = 4000
	maxPending = 64 << 20 // bytes of mails that are coming in at once
	idle       = time.Minute
	keepWithin = 30 * time.Second
	maxErrors  = 20 // refused commands of one connection
)

// Deps is what the listener works with. Domain and Keep are required.
type Deps struct {
	Domain string      // mail for other domains is refused
	TLS    *tls.Config // for STARTTLS; nil: it is not offered
	// Keep stores a mail durably; an error has the sender try again.
	Keep   func(ctx context.Context, in letterbox.Incoming) (id string, fresh bool, err error)
	Logger *slog.Logger
}

// Server takes mail.
type Server struct {
	deps    Deps
	smtp    *smtp.Server
	pending atomic.Int64 // bytes in hand
	places  places

	taken, again, refused atomic.Int64
}

// Stats are counts since the start.
type Stats struct {
	Taken   int64 // kept
	Again   int64 // there already
	Refused int64 // not for us, too long, or at a bad moment
}

// New makes a listener; Serve opens it.
func New(d Deps) *Server {
	s := &Server{deps: d}
	srv := smtp.NewServer(smtp.BackendFunc(s.session))
	srv.Domain, srv.TLSConfig = d.Domain, d.TLS
	srv.MaxRecipients, srv.MaxMessageBytes, srv.MaxLineLength = maxRcpt, letterbox.MaxBytes, maxLine
	srv.ReadTimeout, srv.WriteTimeout = idle, idle
	srv.EnableSMTPUTF8 = true
	srv.ErrorLog = quiet{d.Logger}
	s.smtp = srv
	return s
}

// quiet keeps what the library says about single connections out of the log: it may hold addresses.
type quiet struct{ log *slog.Logger }

func (q quiet) Printf(string, ...any) { q.log.Debug("a connection to the mail listener ended badly") }
func (q quiet) Println(...any)        { q.log.Debug("a connection to the mail listener ended badly") }

// Serve takes mail from l until Shutdown.
func (s *Server) Serve(l net.Listener) error {
	if err := s.smtp.Serve(&limited{Listener: l, s: s}); err != nil && !errors.Is(err, smtp.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("take mail on %s: %w", l.Addr(), err)
	}
	return nil
}

// Shutdown takes no new connections and lets those under way end, until ctx does.
func (s *Server) Shutdown(ctx context.Context) error {
	if err := s.smtp.Shutdown(ctx); err != nil && !errors.Is(err, smtp.ErrServerClosed) {
		return errors.Join(err, s.smtp.Close())
	}
	return nil
}

// Stats gives the counts.
func (s *Server) Stats() Stats {
	return Stats{Taken: s.taken.Load(), Again: s.again.Load(), Refused: s.refused.Load()}
}

// session is one connection.
type session struct {
	s      *Server
	from   string
	rcpt   []string
	errors int
}

var _ smtp.Session = (*session)(nil)

func (s *Server) session(*smtp.Conn) (smtp.Session, error) { return &session{s: s}, nil }

// Reset begins a new mail.
func (c *session) Reset() { c.from, c.rcpt = "", nil }

// Logout ends the connection.
func (c *session) Logout() error { return nil }

// Mail takes the envelope's sender.
func (c *session) Mail(from string, o *smtp.MailOptions) error {
	if o != nil && o.Size > letterbox.MaxBytes {
		return c.refuse(552, smtp.EnhancedCode{5, 3, 4}, fmt.Sprintf("A mail has at most %d MB here", letterbox.MaxBytes>>20))
	}
	c.from, c.rcpt = clip(from), nil
	return nil
}

// Rcpt takes a recipient of our domain, and no other: nothing is passed on.
func (c *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	local, domain, _ := strings.Cut(to, "@")
	if local == "" || !strings.EqualFold(strings.TrimSuffix(domain, "."), c.s.deps.Domain) {
		return c.refuse(550, smtp.EnhancedCode{5, 7, 1}, "Mail is taken for "+c.s.deps.Domain+" only")
	}
	c.rcpt = append(c.rcpt, clip(to))
	return nil
}

// maxAddress bounds an address, in bytes (RFC 5321).
const maxAddress = 320

func clip(s string) string { return s[:min(len(s), maxAddress)] }

// Data takes the mail: it is on disk when the sender hears yes.
func (c *session) Data(r io.Reader) error {
	raw, err := c.read(r)
	defer c.s.pending.Add(-int64(cap(raw)))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), keepWithin)
	defer cancel()
	_, fresh, err := c.s.deps.Keep(ctx, letterbox.Incoming{Source: "smtp", Sender: c.from, Rcpt: c.rcpt, Raw: raw})
	switch {
	case hearth.CodeOf(err) == hearth.CodeInvalid:
		return c.refuse(554, smtp.EnhancedCode{5, 6, 0}, "There is nothing in this mail")
	case err != nil:
		c.s.deps.Logger.Error("a mail could not be kept; its sender tries again", "error", err)
		return c.refuse(451, smtp.EnhancedCode{4, 3, 0}, "It could not be kept; try again soon")
	case fresh:
		c.s.taken.Add(1)
	default:
		c.s.again.Add(1)
	}
	return nil
}

// read takes the mail into memory, as long as there is room for all that come in at once. The room that its buffer takes is
// counted by the caller's defer in any case.
func (c *session) read(r io.Reader) ([]byte, error) {
	raw := make([]byte, 0, 8<<10)
	c.s.pending.Add(int64(cap(raw)))
	for {
		if len(raw) == cap(raw) {
			if c.s.pending.Load() > maxPending {
				return raw, c.refuse(452, smtp.EnhancedCode{4, 3, 1}, "Too much mail comes in at once; try again soon")
			}
			had := cap(raw)
			raw = append(raw, 0)[:len(raw)]
			c.s.pending.Add(int64(cap(raw) - had))
		}
		n, err := r.Read(raw[len(raw):cap(raw)])
		raw = raw[:len(raw)+n]
		switch {
		case errors.Is(err, io.EOF):
			return raw, nil
		case err != nil:
			c.s.refused.Add(1)
			return raw, err // too long, or the connection is gone
		case len(raw) > letterbox.MaxBytes:
			return raw, c.refuse(552, smtp.EnhancedCode{5, 3, 4}, fmt.Sprintf("A mail has at most %d MB here", letterbox.MaxBytes>>20))
		}
	}
}

// refuse answers with a reason; who is refused too often is sent away.
func (c *session) refuse(code int, enhanced smtp.EnhancedCode, why string) error {
	c.s.refused.Add(1)
	if c.errors++; c.errors > maxErrors {
		return &smtp.SMTPError{Code: 421, EnhancedCode: smtp.EnhancedCode{4, 7, 0}, Message: "Too many errors"}
	}
	return &smtp.SMTPError{Code: code, EnhancedCode: enhanced, Message: why}
}
