package channel

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"hearth"
)

// TwilioConfig says how to reach an API that speaks like Twilio's. Zero durations get the defaults named at each.
type TwilioConfig struct {
	Base    string // "https://ACCOUNT@api.twilio.com": the account's number in front of the host
	Token   string
	From    string        // "+12125550100", or a messaging service: "MG…"
	Conns   int           // connections kept; 4
	Timeout time.Duration // connecting, sending and the answer, each; 20 s
	// StopGrace is how long an answer is waited for once the caller stops; 5 s.
	StopGrace time.Duration
}

// Twilio sends text messages over HTTP. It is safe for concurrent use.
type Twilio struct {
	cfg     TwilioConfig
	account string
	list    string // the resource of all messages
	client  *http.Client
}

// NewTwilio prepares the connections; the first message dials. It fails with CodeInvalid for an address without an account.
func NewTwilio(cfg TwilioConfig) (*Twilio, error) {
	u, err := url.Parse(cfg.Base)
	if err != nil || u.Hostname() == "" || u.User.Username() == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return nil, hearth.FieldErrorf("sms", "sms should read https://ACCOUNT@HOST, with the number of the account in front of the host.")
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 20 * time.Second
	}
	if cfg.StopGrace == 0 {
		cfg.StopGrace = 5 * time.Second
	}
	if cfg.Conns == 0 {
		cfg.Conns = 4
	}
	account := u.User.Username()
	u.User = nil
	t := &Twilio{cfg: cfg, account: account, list: strings.TrimRight(u.String(), "/") + "/2010-04-01/Accounts/" + url.PathEscape(account) + "/Messages.json"}
	t.client = &http.Client{
		Transport: &http.Transport{
			DialContext:         (&net.Dialer{Timeout: cfg.Timeout}).DialContext,
			TLSHandshakeTimeout: cfg.Timeout, ResponseHeaderTimeout: cfg.Timeout,
			MaxIdleConns: cfg.Conns, MaxIdleConnsPerHost: cfg.Conns, MaxConnsPerHost: cfg.Conns, IdleConnTimeout: 30 * time.Second,
		},
		// A redirect would carry numbers and texts to somebody who was not named.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return t, nil
}

// Close implements TextSender.
func (t *Twilio) Close() error {
	t.client.CloseIdleConnections()
	return nil
}

// twilioMessage is the part of the provider's answer that we read.
type twilioMessage struct {
	SID         string `json:"sid"`
	To          string `json:"to"`
	Body        string `json:"body"`
	Status      string `json:"status"`
	Direction   string `json:"direction"`
	DateCreated string `json:"date_created"`
	NumSegments string `json:"num_segments"`
	ErrorCode   *int   `json:"error_code"`
}

func (m *twilioMessage) units() int {
	n, err := strconv.Atoi(m.NumSegments)
	if err != nil {
		return 0
	}
	return n
}

// twilioError is how the provider says no.
type twilioError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

// SendText implements TextSender. The form's last byte is what makes the message irrevocable: before is called when the
// connection stands and the first byte of the form is wanted.
func (t *Twilio) SendText(ctx context.Context, x *Text, before func() error) Result {
	if err := checkText(x); err != nil {
		return Result{Outcome: Permanent, Stage: StageBuild, Err: err}
	}
	form := url.Values{"To": {x.To}, "Body": {x.Body}}
	if strings.HasPrefix(t.cfg.From, "MG") {
		form.Set("MessagingServiceSid", t.cfg.From)
	} else {
		form.Set("From", t.cfg.From)
	}
	if x.CallBack != "" {
		form.Set("StatusCallback", x.CallBack)
	}
	body := &markedBody{rest: strings.NewReader(form.Encode()), before: before}
	sending, done := t.until(ctx, body)
	defer done()
	req, err := http.NewRequestWithContext(sending, http.MethodPost, t.list, body)
	if err != nil {
		return Result{Outcome: Permanent, Stage: StageBuild, Err: err}
	}
	req.ContentLength = int64(len(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	req.SetBasicAuth(t.account, t.cfg.Token)
	resp, err := t.client.Do(req)
	if err != nil {
		return unsent(ctx, err, body)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	return read(resp, raw, err)
}

// markedBody is a form that tells when its first byte is wanted. It can be read once, so that no transport sends it twice.
type markedBody struct {
	before func() error

	mu     sync.Mutex // guards the rest
	rest   io.Reader
	begun  bool  // before was called
	failed error // what it said
	shut   bool  // the attempt is over: nothing more leaves
}

var errShut = errors.New("the attempt is over")

// Read implements io.Reader.
func (b *markedBody) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.shut && !b.begun {
		return 0, errShut
	}
	if !b.begun {
		b.begun, b.failed = true, b.before()
	}
	if b.failed != nil {
		return 0, b.failed
	}
	return b.rest.Read(p)
}

func (b *markedBody) started() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.begun
}

// end says that the attempt is over, and tells whether the point of no return was reached and what before said.
func (b *markedBody) end() (begun bool, failed error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.shut = true
	return b.begun, b.failed
}

// until gives the context of one attempt: it ends with the caller's, or a moment later once the point of no return is
// behind.
func (t *Twilio) until(ctx context.Context, body *markedBody) (context.Context, func()) {
	sending, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*t.cfg.Timeout)
	stop := context.AfterFunc(ctx, func() {
		if body.started() {
			wait := time.NewTimer(t.cfg.StopGrace)
			defer wait.Stop()
			select {
			case <-wait.C:
			case <-sending.Done():
			}
		}
		cancel()
	})
	return sending, func() { stop(); cancel() }
}

// unsent is the result of a request without an answer.
func unsent(ctx context.Context, err error, body *markedBody) Result {
	begun, failed := body.end()
	switch {
	case failed != nil:
		return Result{Outcome: Temporary, Stage: StageData, Err: failed}
	case !begun && ctx.Err() != nil:
		return Result{Outcome: Temporary, Stage: StageConnect, Err: ctx.Err()}
	case !begun:
		return Result{Outcome: Temporary, Stage: StageConnect, Down: true, Err: plainHTTP(err)}
	}
	return Result{Outcome: Unknown, Stage: StageReply, Down: true, Err: plainHTTP(err)}
}

// plainHTTP leaves out of an error the address that was asked for: it names a resident's number.
func plainHTTP(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// read makes the result of the provider's answer.
func read(resp *http.Response, raw []byte, err error) Result {
	res := Result{Stage: StageReply, Code: resp.StatusCode}
	if resp.StatusCode/100 == 2 {
		var m twilioMessage
		if err != nil || json.Unmarshal(raw, &m) != nil || m.SID == "" {
			res.Outcome, res.Err = Unknown, errors.New("the answer names no message")
			return res
		}
		res.Outcome, res.Ref, res.Units = Sent, m.SID, m.units()
		return res
	}
	var e twilioError
	whole := err == nil && json.Unmarshal(raw, &e) == nil && e.Code != 0
	if whole {
		res.Detail, res.Text = strconv.Itoa(e.Code), Printable(e.Message)
	}
	return refused(res, e.Code, whole, resp.Header.Get("Retry-After"))
}

// refused says what an answer other than yes means. Only an answer that is plainly the provider's own no says that the
// message was not taken.
func refused(res Result, code int, whole bool, retryAfter string) Result {
	fate := failed(code)
	switch status := res.Code; {
	case status == http.StatusTooManyRequests, status == http.StatusServiceUnavailable && whole:
		res.Outcome, res.RetryAfter = Temporary, wait(retryAfter)
	case status >= 500, status/100 == 1, status/100 == 3:
		res.Outcome, res.Down = Unknown, true
	case fate.OptedOut:
		res.Outcome, res.OptedOut = Permanent, true
	case fate.Dead:
		res.Outcome, res.Bounced = Permanent, true
	case ourFault(code), status == http.StatusUnauthorized, status == http.StatusForbidden, status == http.StatusNotFound, status == http.StatusRequestTimeout:
		// The account, not the message: a wrong token, a wrong address, a suspended account.
		res.Outcome, res.Down = Temporary, true
	default:
		res.Outcome = Permanent
	}
	return res
}

// ourFault tells whether an error is about the account or its number, and not about the message: it waits until
// somebody has put that right.
func ourFault(code int) bool {
	switch code {
	case 20003, 21212, 21603, 21606, 21659, 21660:
		return true
	}
	return false
}

const (
	leastWait = time.Second
	mostWait  = 10 * time.Minute
)

// wait reads how many seconds the provider asks to wait.
func wait(header string) time.Duration {
	n, err := strconv.Atoi(strings.TrimSpace(header))
	if err != nil {
		return leastWait
	}
	return max(leastWait, min(time.Duration(n)*time.Second, mostWait))
}

// Printable cuts and cleans what the other side said.
func Printable(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f {
			return ' '
		}
		return r
	}, s)
	if r := []rune(s); len(r) > 200 {
		return string(r[:200]) + "…"
	}
	return s
}

// twilioPage is one page of the list of messages.
type twilioPage struct {
	Messages []twilioMessage `json:"messages"`
	Next     string          `json:"next_page_uri"`
}

const (
	clockSlack = 2 * time.Minute // how far the provider's clock may be from ours
	mostPages  = 20
)

// FindText implements TextSender: it looks through what the account sent to the number since then. The list carries no
// number of ours, so a message is ours when text and time fit and no other message of ours has its number. One that is nobody's and has another
// text may be ours as the provider changed it (it swaps letters, or adds a line): then nothing is settled, and it is not sent again.
func (t *Twilio) FindText(ctx context.Context, x *Text, since time.Time, known func(ref string) (bool, error)) (Found, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*t.cfg.Timeout)
	defer cancel()
	strange := false
	next := t.list + "?" + url.Values{"To": {x.To}, "PageSize": {"100"}}.Encode()
	for range mostPages {
		page, err := t.page(ctx, next)
		if err != nil {
			return Found{}, err
		}
		for i := range page.Messages {
			m := &page.Messages[i]
			made, err := time.Parse(time.RFC1123Z, m.DateCreated)
			if err != nil {
				return Found{}, fmt.Errorf("a message of the list has no time: %w", ErrNoAnswer)
			}
			if made.Before(since.Add(-clockSlack)) {
				return absent(strange) // the list has the newest first
			}
			if m.To != x.To || !strings.HasPrefix(m.Direction, "outbound") {
				continue
			}
			other, err := known(m.SID)
			if err != nil {
				return Found{}, err
			}
			if !other && m.Body != x.Body {
				strange = true
				continue
			}
			if !other {
				code := 0
				if m.ErrorCode != nil {
					code = *m.ErrorCode
				}
				return Found{There: true, Ref: m.SID, Fate: TwilioState(m.Status, code), Units: m.units()}, nil
			}
		}
		if page.Next == "" {
			return absent(strange)
		}
		if next, err = t.follow(page.Next); err != nil {
			return Found{}, err
		}
	}
	return Found{}, fmt.Errorf("the list of messages has no end: %w", ErrNoAnswer)
}

// absent says that a message is not there, unless a strange one may be it.
func absent(strange bool) (Found, error) {
	if strange {
		return Found{}, fmt.Errorf("a message with another text may be ours: %w", ErrNoAnswer)
	}
	return Found{}, nil
}

// follow makes the address of the next page, which must be on the same host.
func (t *Twilio) follow(path string) (string, error) {
	here, err := url.Parse(t.list)
	if err != nil {
		return "", err
	}
	next, err := here.Parse(path)
	if err != nil || next.Host != here.Host || next.Scheme != here.Scheme {
		return "", fmt.Errorf("the next page is somewhere else: %w", ErrNoAnswer)
	}
	return next.String(), nil
}

func (t *Twilio) page(ctx context.Context, address string) (twilioPage, error) {
	var page twilioPage
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return page, err
	}
	req.SetBasicAuth(t.account, t.cfg.Token)
	req.Header.Set("Accept", "application/json")
	resp, err := t.client.Do(req)
	if err != nil {
		return page, fmt.Errorf("ask the provider: %w", plainHTTP(err))
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return page, fmt.Errorf("ask the provider: status %d: %w", resp.StatusCode, ErrNoAnswer)
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, 8<<20)).Decode(&page); err != nil {
		return page, fmt.Errorf("ask the provider: %w: %w", err, ErrNoAnswer)
	}
	return page, nil
}
