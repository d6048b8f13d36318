package webhook

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"syscall"
	"time"

	"hearth"
)

// Config says how calls are made. Zero values get the defaults named at each.
type Config struct {
	Guard    *Guard        // which addresses may be called
	Timeout  time.Duration // of a whole call; 15 s
	RootCAs  *x509.CertPool
	Resolver *net.Resolver // the system's
	Agent    string        // the User-Agent header; "Hearth"
}

// Client makes calls. It is safe for concurrent use.
type Client struct {
	guard *Guard
	http  *http.Client
	agent string
}

// NewClient prepares calls.
func NewClient(c Config) *Client {
	c = c.filled()
	return &Client{guard: c.Guard, agent: c.Agent, http: HTTP(c)}
}

func (c Config) filled() Config {
	if c.Guard == nil {
		c.Guard = &Guard{}
	}
	if c.Timeout == 0 {
		c.Timeout = 15 * time.Second
	}
	if c.Agent == "" {
		c.Agent = "Hearth"
	}
	return c
}

// HTTP makes a client for calls to addresses that others have named: it dials nothing that the guard closes, uses no proxy and
// follows no redirect. Addresses as they are written are to be checked by the guard's URL before.
func HTTP(c Config) *http.Client {
	c = c.filled()
	dialer := &net.Dialer{Timeout: c.Timeout / 2, Resolver: c.Resolver, ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
		// Here stands the very address that is dialled, whatever the name stood for a moment ago.
		at, err := netip.ParseAddrPort(address)
		if err != nil {
			return fmt.Errorf("dial %s: %w", address, err)
		}
		return c.Guard.Check(at.Addr(), int(at.Port()))
	}}
	transport := &http.Transport{Proxy: nil, DialContext: dialer.DialContext, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: c.RootCAs},
		MaxIdleConnsPerHost: 2, MaxConnsPerHost: 4, IdleConnTimeout: 30 * time.Second, ForceAttemptHTTP2: true, MaxResponseHeaderBytes: maxAnswer}
	return &http.Client{Timeout: c.Timeout, Transport: transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// Close ends idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// maxAnswer bounds what is read of an answer, in bytes.
const maxAnswer = 64 << 10

// Call is one message to another program.
type Call struct {
	URL     string
	ID      string // the same on every attempt
	Secrets []string
	Body    []byte // JSON
}

// Result is what became of a call.
type Result struct {
	Took   bool // the other side answered with 2xx
	Gone   bool // it answered that it wants no more calls (410)
	Status int  // 0 without an answer
	// Why is a sentence when it was not taken; it holds nothing of what the other side wrote.
	Why string
}

// Post calls once, at a time that the signature covers.
func (c *Client) Post(ctx context.Context, call Call, at time.Time) Result {
	u, err := c.guard.URL(call.URL)
	if err != nil {
		return Result{Why: hearth.MessageOf(err)}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(call.Body))
	if err != nil {
		return Result{Why: "The address cannot be called."}
	}
	stamp := strconv.FormatInt(at.Unix(), 10)
	var signatures []string
	for _, s := range call.Secrets {
		signatures = append(signatures, Sign(s, call.ID, stamp, call.Body))
	}
	req.Header = http.Header{"Content-Type": {"application/cloudevents+json"}, "User-Agent": {c.agent}, "Webhook-Id": {call.ID},
		"Webhook-Timestamp": {stamp}, "Webhook-Signature": {strings.Join(signatures, " ")}}
	resp, err := c.http.Do(req)
	if err != nil {
		return Result{Why: Words(err)}
	}
	defer resp.Body.Close()
	// What is left unread would cost the connection; more than this is not worth it.
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, maxAnswer))
	r := Result{Status: resp.StatusCode, Took: resp.StatusCode/100 == 2, Gone: resp.StatusCode == http.StatusGone}
	switch {
	case r.Took:
	case resp.StatusCode/100 == 3:
		r.Why = fmt.Sprintf("It answered with a redirect (%d), which is not followed.", resp.StatusCode)
	default:
		r.Why = fmt.Sprintf("It answered with %d.", resp.StatusCode)
	}
	return r
}

// Words says why a call had no answer, in a sentence that names no address.
func Words(err error) string {
	var he *hearth.Error
	var dns *net.DNSError
	var cert *tls.CertificateVerificationError
	switch {
	case errors.As(err, &he):
		return he.Message
	case errors.As(err, &dns):
		return "Its name could not be found."
	case errors.As(err, &cert):
		return "Its certificate is not valid."
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return "It did not answer in time."
	}
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return "It did not answer in time."
	}
	return "It could not be reached, or broke off."
}

// SecretPrefix begins every secret, so that one that was published by mistake can be found.
const SecretPrefix = "whsec_"

// Sign gives the signature of a call: "v1," and the HMAC-SHA256 over "ID.TIMESTAMP.BODY" in base64. The key is what stands in
// base64 behind the secret's prefix.
func Sign(secret, id, timestamp string, body []byte) string {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, SecretPrefix))
	if err != nil {
		key = []byte(secret)
	}
	mac := hmac.New(sha256.New, key)
	_, _ = fmt.Fprintf(mac, "%s.%s.", id, timestamp) // a hash takes whatever it is given
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
