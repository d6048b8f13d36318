// Package hooks is where providers call back: what became of a message that they took, and what came in. Every call-back
// proves whose it is before anything of it is believed; what it means for messages and consent is act/message's,
// fact/consent's and decide/desk's to say.
//
// It does not send, retries nothing (providers do), and shows no page.
package hooks

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/db"
)

// Deps is what the call-backs call. DB, Messages and Logger are required; a provider without its settings is not
// listened to.
type Deps struct {
	DB       *db.DB
	Messages *message.Store
	Logger   *slog.Logger
	// BaseURL is how providers reach this installation from outside, without a slash at its end: some sign the address
	// that they called.
	BaseURL string
	Twilio  *Twilio
	Mail    *Mail
}

// Hooks answers call-backs.
type Hooks struct {
	Deps
	certsMu sync.Mutex   // guards Mail.certs
	inHand  atomic.Int64 // bytes that call-backs under way may hold
}

// mostInHand bounds inHand: until it is read, nobody knows whose a body is. What does not fit comes again.
const mostInHand = 96 << 20

// New builds the call-backs.
func New(d Deps) *Hooks { return &Hooks{Deps: d} }

// Mount puts the call-backs of the providers that are set up on the program's mux.
func (h *Hooks) Mount(mux *http.ServeMux) {
	for _, s := range h.sources() {
		mux.Handle("POST "+s.path, h.listen(s))
	}
}

// sources lists the call-backs of all providers.
func (h *Hooks) sources() []source {
	var all []source
	if h.Twilio != nil {
		all = append(all, h.twilioSources()...)
	}
	if h.Mail != nil {
		all = append(all, h.mailSources()...)
	}
	return all
}

// source is one call-back of one provider.
type source struct {
	path  string // "/hooks/twilio/status"
	limit int64  // bytes of its body; 0: 256 KB
	// admit is the proof of a provider whose heads alone prove it; what fails it is not read. nil: the proof is about the body.
	admit func(r *http.Request) error
	// prove tells whose the call-back is; it fails with CodeForbidden. Nothing was made of the body before. nil: admit did.
	prove func(r *http.Request, body []byte) error
	// take acts on it. What it cannot understand fails with CodeInvalid, and the provider is told not to try again; any
	// other error has the provider try again, so the same call-back twice must be one.
	take func(ctx context.Context, r *http.Request, body []byte) (reply, error)
}

// reply is what a provider gets to read; empty is an empty 204.
type reply struct {
	contentType string
	body        string
}

const defaultLimit = 256 << 10

// listen answers one source: the body whole and bounded, then the proof, then the act.
func (h *Hooks) listen(s source) http.Handler {
	if s.limit == 0 {
		s.limit = defaultLimit
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.admit != nil {
			if err := s.admit(r); err != nil {
				h.refuse(w, r, s, err)
				return
			}
		}
		body, free, err := h.read(w, r, s.limit)
		defer free()
		if err != nil {
			h.refuse(w, r, s, err)
			return
		}
		if s.prove != nil {
			if err := s.prove(r, body); err != nil {
				h.refuse(w, r, s, err)
				return
			}
		}
		out, err := s.take(r.Context(), r, body)
		if err != nil {
			h.refuse(w, r, s, err)
			return
		}
		if out.contentType == "" {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		w.Header().Set("Content-Type", out.contentType)
		io.WriteString(w, out.body)
	})
}

// read gives the body, whole and bounded; free says that it is not needed any more.
func (h *Hooks) read(w http.ResponseWriter, r *http.Request, limit int64) (body []byte, free func(), err error) {
	size := limit
	if n := r.ContentLength; n >= 0 {
		size = min(n, limit)
	}
	free = func() { h.inHand.Add(-size) }
	if h.inHand.Add(size) > mostInHand {
		return nil, free, hearth.Errorf(hearth.CodeUnavailable, "Too many call-backs at once; send it again soon.")
	}
	if body, err = io.ReadAll(http.MaxBytesReader(w, r.Body, limit)); err != nil {
		return nil, free, hearth.Errorf(hearth.CodeTooLarge, "The call-back could not be read, or is too long.")
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return body, free, nil
}

// refuse answers with a status that tells the provider whether to try again.
func (h *Hooks) refuse(w http.ResponseWriter, r *http.Request, s source, err error) {
	status := http.StatusServiceUnavailable
	switch hearth.CodeOf(err) {
	case hearth.CodeForbidden:
		status = http.StatusForbidden
	case hearth.CodeInvalid:
		status = http.StatusBadRequest
	case hearth.CodeTooLarge:
		status = http.StatusRequestEntityTooLarge
	}
	level := slog.LevelWarn
	if status == http.StatusServiceUnavailable {
		level = slog.LevelError
	}
	// The error may name what came in; the code and the place are enough to look for it.
	h.Logger.Log(r.Context(), level, "a provider's call-back was refused", "path", s.path, "status", status, "code", string(hearth.CodeOf(err)))
	http.Error(w, hearth.MessageOf(err), status)
}
