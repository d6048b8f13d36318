// Package twiliotest is a provider of text messages for tests and trials: it speaks the part of Twilio's API that Hearth
// uses, on a loopback port, remembers what it took, calls back with signatures, and misbehaves on request in the ways
// that providers do. It delivers nothing and is not for production.
package twiliotest

import (
	"context"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // the provider signs so
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Fault is one way to misbehave at a message.
type Fault struct {
	// Status and Code answer with an error of the API (429 and 20429, 400 and 21610); Status 0 acts by Drop or Hang.
	Status, Code int
	RetryAfter   int    // seconds, as a header; 0: none
	Raw          string // instead of the API's own JSON
	// Drop closes the connection without an answer, Hang waits until the client goes.
	Drop, Hang bool
	// Keep takes the message although no good answer is given.
	Keep bool
	// Times is how often the fault happens; 0 means always. To limits it to one number.
	Times int
	To    string
}

// Message is one text message that the provider took.
type Message struct {
	SID, To, From, Body, CallBack string
	Made                          time.Time
	Status                        string
	ErrorCode                     int
}

// Options shape a provider.
type Options struct {
	Account, Token string // AC1, token
	// Now is the provider's clock; nil: the machine's.
	Now func() time.Time
	// OnMessage is called when a message was read whole, before it is answered.
	OnMessage func(Message)
	// Fail names numbers that are refused with an error code.
	Fail map[string]int
}

// Server is a running provider.
type Server struct {
	opts Options
	http *http.Server
	ln   net.Listener

	mu     sync.Mutex
	taken  []Message
	faults []Fault
	asked  int  // how often the list was read
	blind  bool // the list is not answered
}

// Start listens on a loopback port.
func Start(o Options) (*Server, error) {
	if o.Account == "" {
		o.Account = "AC1"
	}
	if o.Token == "" {
		o.Token = "token"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // a test server
	if err != nil {
		return nil, err
	}
	s := &Server{opts: o, ln: ln}
	mux := http.NewServeMux()
	path := "/2010-04-01/Accounts/" + o.Account + "/Messages.json"
	mux.HandleFunc("POST "+path, s.send)
	mux.HandleFunc("GET "+path, s.list)
	s.http = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go s.http.Serve(ln) //nolint:errcheck // it ends with Close
	return s, nil
}

// URL is the setting sms for this provider.
func (s *Server) URL() string { return "http://" + s.opts.Account + "@" + s.ln.Addr().String() }

// Close ends the provider.
func (s *Server) Close() error { return s.http.Close() }

// Fault adds a way to misbehave.
func (s *Server) Fault(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, f)
}

// Mend ends all faults.
func (s *Server) Mend() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults, s.blind = nil, false
}

// Blind has the list of messages fail until Mend.
func (s *Server) Blind() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.blind = true
}

// Taken gives what the provider took, the oldest first.
func (s *Server) Taken() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.taken)
}

// Asked tells how often the list of messages was read.
func (s *Server) Asked() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

func (s *Server) trusted(w http.ResponseWriter, r *http.Request) bool {
	if user, pass, ok := r.BasicAuth(); ok && user == s.opts.Account && pass == s.opts.Token {
		return true
	}
	refuse(w, http.StatusUnauthorized, 20003, "Authenticate")
	return false
}

func refuse(w http.ResponseWriter, status, code int, text string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]any{"code": code, "message": text, "more_info": "", "status": status}) //nolint:errchkjson // plain values
}

func (s *Server) send(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		return // the client went
	}
	if !s.trusted(w, r) {
		return
	}
	m := Message{To: r.PostForm.Get("To"), From: r.PostForm.Get("From") + r.PostForm.Get("MessagingServiceSid"), Body: r.PostForm.Get("Body"),
		CallBack: r.PostForm.Get("StatusCallback"), Made: s.opts.Now(), Status: "queued"}
	if m.To == "" || m.From == "" || m.Body == "" {
		refuse(w, http.StatusBadRequest, 21604, "A message needs To, From and Body.")
		return
	}
	if s.opts.OnMessage != nil {
		s.opts.OnMessage(m)
	}
	if code := s.opts.Fail[m.To]; code != 0 {
		refuse(w, http.StatusBadRequest, code, "refused by the options of the test")
		return
	}
	if f, bad := s.fault(m.To); bad {
		s.misbehave(w, r, f, m)
		return
	}
	m = s.take(m)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	json.NewEncoder(w).Encode(s.shown(m)) //nolint:errchkjson // plain values
}

func (s *Server) take(m Message) Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	m.SID = fmt.Sprintf("SM%032d", len(s.taken)+1)
	s.taken = append(s.taken, m)
	return m
}

func (s *Server) fault(to string) (Fault, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.faults {
		f := &s.faults[i]
		if f.Times < 0 || f.To != "" && f.To != to {
			continue
		}
		if f.Times > 0 {
			if f.Times--; f.Times == 0 {
				f.Times = -1
			}
		}
		return *f, true
	}
	return Fault{}, false
}

func (s *Server) misbehave(w http.ResponseWriter, r *http.Request, f Fault, m Message) {
	if f.Keep {
		s.take(m)
	}
	switch {
	case f.Drop:
		cut(w)
	case f.Hang:
		<-r.Context().Done()
	default:
		if f.RetryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(f.RetryAfter))
		}
		if f.Raw != "" {
			w.WriteHeader(f.Status)
			io.WriteString(w, f.Raw)
			return
		}
		refuse(w, f.Status, f.Code, "as the test asked for")
	}
}

// cut ends the connection without an answer.
func cut(w http.ResponseWriter) {
	if h, ok := w.(http.Hijacker); ok {
		if conn, _, err := h.Hijack(); err == nil {
			conn.Close()
		}
	}
}

// shown is how the API shows a message.
func (s *Server) shown(m Message) map[string]any {
	out := map[string]any{"sid": m.SID, "account_sid": s.opts.Account, "to": m.To, "from": m.From, "body": m.Body, "status": m.Status,
		"direction": "outbound-api", "date_created": m.Made.UTC().Format(time.RFC1123Z), "date_sent": nil, "num_segments": "1",
		"error_code": nil, "error_message": nil}
	if m.ErrorCode != 0 {
		out["error_code"] = m.ErrorCode
	}
	return out
}

// pageSize is small, so that tests meet a second page.
const pageSize = 3

func (s *Server) list(w http.ResponseWriter, r *http.Request) {
	if !s.trusted(w, r) {
		return
	}
	s.mu.Lock()
	s.asked++
	blind := s.blind
	var all []Message
	for _, m := range slices.Backward(s.taken) {
		if to := r.URL.Query().Get("To"); to == "" || to == m.To {
			all = append(all, m)
		}
	}
	s.mu.Unlock()
	if blind {
		refuse(w, http.StatusServiceUnavailable, 20503, "not now")
		return
	}
	page, err := strconv.Atoi(r.URL.Query().Get("Page"))
	if err != nil {
		page = 0
	}
	from := min(page*pageSize, len(all))
	to := min(from+pageSize, len(all))
	out := map[string]any{"next_page_uri": nil}
	if to < len(all) {
		q := r.URL.Query()
		q.Set("Page", strconv.Itoa(page+1))
		out["next_page_uri"] = r.URL.Path + "?" + q.Encode()
	}
	shown := []map[string]any{}
	for _, m := range all[from:to] {
		shown = append(shown, s.shown(m))
	}
	out["messages"] = shown
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(out) //nolint:errchkjson // plain values
}

// Report calls back about a message: status is "sent", "delivered", "undelivered" …. It gives the answer's status.
func (s *Server) Report(ctx context.Context, sid, status string, errorCode int) (int, error) {
	s.mu.Lock()
	var m *Message
	for i := range s.taken {
		if s.taken[i].SID == sid {
			s.taken[i].Status, s.taken[i].ErrorCode = status, errorCode
			m = &s.taken[i]
		}
	}
	s.mu.Unlock()
	if m == nil || m.CallBack == "" {
		return 0, fmt.Errorf("no message %s that wants a call-back", sid)
	}
	form := url.Values{"AccountSid": {s.opts.Account}, "MessageSid": {sid}, "SmsSid": {sid}, "MessageStatus": {status}, "SmsStatus": {status},
		"To": {m.To}, "From": {m.From}, "ApiVersion": {"2010-04-01"}}
	if errorCode != 0 {
		form.Set("ErrorCode", strconv.Itoa(errorCode))
	}
	return s.post(ctx, m.CallBack, form)
}

// Text sends a text message from somebody to an address of ours, signed. It gives the answer's status.
func (s *Server) Text(ctx context.Context, address, sid, from, to, body string) (int, error) {
	return s.post(ctx, address, url.Values{"AccountSid": {s.opts.Account}, "MessageSid": {sid}, "SmsMessageSid": {sid}, "From": {from}, "To": {to},
		"Body": {body}, "NumMedia": {"0"}, "NumSegments": {"1"}, "ApiVersion": {"2010-04-01"}})
}

func (s *Server) post(ctx context.Context, address string, form url.Values) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("X-Twilio-Signature", Sign(s.opts.Token, address, form))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return 0, err
	}
	return resp.StatusCode, nil
}

// Sign makes the signature of a call-back to an address.
func Sign(token, address string, form url.Values) string {
	mac := hmac.New(sha1.New, []byte(token))
	io.WriteString(mac, address)
	names := make([]string, 0, len(form))
	for name := range form {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, v := range form[name] {
			io.WriteString(mac, name+v)
		}
	}
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
