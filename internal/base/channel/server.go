package channel

import (
	"net"
	"net/url"
	"strconv"
	"strings"

	"hearth"
)

// TLSMode is how the way to the server is protected.
type TLSMode string

// The modes. There is no "if possible": who sits on the wire could strip it.
const (
	TLSImplicit TLSMode = "implicit" // TLS from the first byte (smtps)
	TLSStart    TLSMode = "starttls" // STARTTLS, and nothing is sent if the server does not offer it
	TLSNone     TLSMode = "none"     // in the clear
)

// Server says where mail is handed in.
type Server struct {
	Host string
	Port int
	User string // "" means without signing in
	TLS  TLSMode
}

// ParseServer reads "smtp://USER@HOST:PORT" or "smtps://…". smtp uses STARTTLS and fails without it, except to this
// machine itself, or with "?tls=none"; "?tls=starttls" asks for it here too. A password in the address is refused
// because addresses end up in process lists and logs. It fails with CodeInvalid.
func ParseServer(raw string) (Server, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "" {
		return Server{}, hearth.FieldErrorf("smtp", "The mail server must be written like smtp://USER@HOST:PORT.")
	}
	s := Server{Host: u.Hostname(), User: u.User.Username()}
	if _, has := u.User.Password(); has {
		return Server{}, hearth.FieldErrorf("smtp",
			"The mail server's address must not contain the password; give it in a file or the environment.")
	}
	switch u.Scheme {
	case "smtps":
		s.TLS, s.Port = TLSImplicit, 465
	case "smtp":
		s.TLS, s.Port = TLSStart, 587
		if s.Loopback() {
			s.TLS = TLSNone
		}
	default:
		return Server{}, hearth.FieldErrorf("smtp", "The mail server must begin with smtp:// or smtps://, not %s://.", u.Scheme)
	}
	if p := u.Port(); p != "" {
		n, err := strconv.Atoi(p)
		if err != nil || n < 1 || n > 65535 {
			return Server{}, hearth.FieldErrorf("smtp", "The mail server's port %q is not a number between 1 and 65535.", p)
		}
		s.Port = n
	}
	if u.Path != "" && u.Path != "/" {
		return Server{}, hearth.FieldErrorf("smtp", "The mail server's address must not have a path.")
	}
	return s, s.options(u)
}

func (s *Server) options(u *url.URL) error {
	for key, vals := range u.Query() {
		if key != "tls" || len(vals) != 1 {
			return hearth.FieldErrorf("smtp", "The mail server's address has the unknown option %q; only tls is known.", key)
		}
		switch v := vals[0]; {
		case u.Scheme == "smtps":
			return hearth.FieldErrorf("smtp", "An smtps:// address is always TLS; leave out the tls option.")
		case v == "none":
			s.TLS = TLSNone
		case v == "starttls":
			s.TLS = TLSStart
		default:
			return hearth.FieldErrorf("smtp", "The option tls=%s is unknown; it is none or starttls.", v)
		}
	}
	return nil
}

// Loopback tells whether the server is this machine itself.
func (s Server) Loopback() bool {
	if strings.EqualFold(s.Host, "localhost") {
		return true
	}
	ip := net.ParseIP(s.Host)
	return ip != nil && ip.IsLoopback()
}

// Addr gives host and port for dialling.
func (s Server) Addr() string { return net.JoinHostPort(s.Host, strconv.Itoa(s.Port)) }
