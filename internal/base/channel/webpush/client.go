package webpush

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"hearth"
	"hearth/internal/base/channel"
	"hearth/internal/base/channel/webhook"
)

// Config says how services are called. All fields but Subject are required.
type Config struct {
	Key     *Key
	Subject string // whom a service may ask: "mailto:team@oak.example" or an https address; Apple's refuses to do without
	Guard   *webhook.Guard
	HTTP    *http.Client // from webhook.HTTP, so that it dials nothing inside the house
	Clock   hearth.Clock
	Random  io.Reader
}

// Client notifies. It is safe for concurrent use.
type Client struct {
	cfg Config

	mu       sync.Mutex // guards the rest
	services map[string]service
}

// service is what is known of one push service.
type service struct {
	token string
	ends  time.Time // of the token
	rest  time.Time // until then it asked to be left alone
}

// New makes a client.
func New(c Config) *Client { return &Client{cfg: c, services: map[string]service{}} }

// Close implements channel.PushSender.
func (c *Client) Close() error {
	c.cfg.HTTP.CloseIdleConnections()
	return nil
}

// SendPush implements channel.PushSender.
func (c *Client) SendPush(ctx context.Context, p *channel.Push, before func() error) channel.PushResult {
	if err := channel.CheckPush(p); err != nil {
		return channel.PushResult{Result: channel.Result{Outcome: channel.Permanent, Stage: channel.StageBuild, Err: err}}
	}
	err := ctx.Err()
	if err == nil {
		err = before()
	}
	if err != nil {
		return channel.PushResult{Result: channel.Result{Outcome: channel.Temporary, Stage: channel.StageConnect, Err: err}}
	}
	out := channel.PushResult{Refused: map[string]string{}}
	for i, d := range p.Devices {
		r := c.one(ctx, p, d)
		if r.gone {
			out.Gone = append(out.Gone, d.ID)
		} else if r.Outcome == channel.Permanent {
			out.Refused[d.ID] = strings.TrimSpace(fmt.Sprintf("%d %s", r.Code, r.Text))
		}
		if i == 0 || better(r.Result, out.Result) {
			out.Result = r.Result
		}
	}
	return out
}

// better tells whether one device's result says more about the message than another's: taken before later before never, and of
// two later ones the sooner.
func better(a, b channel.Result) bool {
	rank := func(r channel.Result) int {
		switch r.Outcome {
		case channel.Sent:
			return 2
		case channel.Temporary:
			return 1
		}
		return 0
	}
	if rank(a) != rank(b) {
		return rank(a) > rank(b)
	}
	return a.Outcome == channel.Temporary && a.RetryAfter < b.RetryAfter
}

// answer is what a service made of a notification for one device.
type answer struct {
	channel.Result
	gone bool
}

func (c *Client) one(ctx context.Context, p *channel.Push, d channel.Device) answer {
	u, err := c.cfg.Guard.URL(d.Endpoint)
	if err != nil {
		return answer{Result: channel.Result{Outcome: channel.Permanent, Stage: channel.StageBuild, Err: err, Text: hearth.MessageOf(err)}}
	}
	now := c.cfg.Clock.Now()
	token, rest, err := c.service(u, now)
	switch {
	case err != nil:
		return answer{Result: channel.Result{Outcome: channel.Temporary, Stage: channel.StageBuild, Err: err}}
	case rest > 0:
		return answer{Result: channel.Result{Outcome: channel.Temporary, Stage: channel.StageConnect, RetryAfter: rest, Text: "The push service asked for a pause."}}
	}
	body, err := seal(c.cfg.Random, d, p.Payload)
	if err != nil {
		return answer{Result: channel.Result{Outcome: channel.Permanent, Stage: channel.StageBuild, Err: err, Text: hearth.MessageOf(err)}}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(body))
	if err != nil {
		return answer{Result: channel.Result{Outcome: channel.Permanent, Stage: channel.StageBuild, Err: err}}
	}
	req.Header = http.Header{"Content-Type": {"application/octet-stream"}, "Content-Encoding": {"aes128gcm"},
		"Ttl": {strconv.Itoa(int(p.TTL.Seconds()))}, "Authorization": {"vapid t=" + token + ", k=" + c.cfg.Key.Public()}}
	if p.Urgency != "" {
		req.Header.Set("Urgency", string(p.Urgency))
	}
	if p.Topic != "" {
		req.Header.Set("Topic", p.Topic)
	}
	resp, err := c.cfg.HTTP.Do(req)
	if err != nil {
		return answer{Result: channel.Result{Outcome: channel.Temporary, Stage: channel.StageConnect, Err: hearth.Errorf(hearth.CodeUnavailable, "%s", webhook.Words(err))}}
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(resp.Body, 4<<10)) // what they say is for staff only; half of it is better than nothing
	a := read(resp, string(text), now)
	if a.RetryAfter > 0 {
		c.pause(u, now.Add(a.RetryAfter))
	}
	return a
}

// read makes the answer of a response (RFC 8030, sections 5 and 8; what the services document beside it).
func read(resp *http.Response, text string, now time.Time) answer {
	a := answer{Result: channel.Result{Stage: channel.StageReply, Code: resp.StatusCode, Text: channel.Printable(strings.TrimSpace(text))}}
	switch s := resp.StatusCode; {
	case s/100 == 2:
		a.Outcome, a.Text = channel.Sent, ""
	case s == http.StatusNotFound, s == http.StatusGone:
		a.Outcome, a.gone = channel.Permanent, true
	case s == http.StatusTooManyRequests, s == http.StatusServiceUnavailable:
		a.Outcome, a.RetryAfter = channel.Temporary, retryAfter(resp.Header.Get("Retry-After"), now)
	case s >= 500, s == http.StatusRequestTimeout:
		a.Outcome = channel.Temporary
		if h := resp.Header.Get("Retry-After"); h != "" {
			a.RetryAfter = retryAfter(h, now)
		}
	default:
		// 413: too long. 400, 401, 403: the service does not take our key for this browser. Nothing of it passes by waiting.
		a.Outcome = channel.Permanent
	}
	return a
}

const (
	leastWait = time.Second
	usualWait = time.Minute
	mostWait  = 6 * time.Hour
)

// retryAfter reads seconds or a date; a minute where the service names none.
func retryAfter(header string, now time.Time) time.Duration {
	d := usualWait
	if n, err := strconv.Atoi(strings.TrimSpace(header)); err == nil {
		d = time.Duration(min(max(n, 0), int(mostWait/time.Second))) * time.Second
	} else if at, err := http.ParseTime(header); err == nil {
		d = at.Sub(now)
	}
	return max(leastWait, min(d, mostWait))
}

// service gives the token for an endpoint's service, and how long it wants to be left alone.
func (c *Client) service(u *url.URL, now time.Time) (token string, rest time.Duration, err error) {
	origin := originOf(u)
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.services[origin]
	if s.rest.After(now) {
		return "", s.rest.Sub(now), nil
	}
	if s.token == "" || s.ends.Sub(now) < tokenSpare || s.ends.Sub(now) > tokenFor {
		if len(c.services) >= maxServices {
			clear(c.services)
		}
		s.ends = now.Add(tokenFor)
		if s.token, err = c.cfg.Key.token(c.cfg.Random, origin, c.cfg.Subject, s.ends); err != nil {
			return "", 0, err
		}
		c.services[origin] = s
	}
	return s.token, 0, nil
}

// maxServices bounds what is remembered; there are a handful of services in the world.
const maxServices = 256

func (c *Client) pause(u *url.URL, until time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.services[originOf(u)]
	s.rest = until
	c.services[originOf(u)] = s
}
