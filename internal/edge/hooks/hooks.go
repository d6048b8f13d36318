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
	certsMu sync.Mutex // guards Mail.certs
}

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
	// prove tells whose the call-back is; it fails with CodeForbidden. Nothing was read from the body before.
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
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, s.limit))
		if err != nil {
			http.Error(w, "The call-back could not be read, or is too long.", http.StatusRequestEntityTooLarge)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		if err := s.prove(r, body); err != nil {
			h.refuse(w, r, s, err)
			return
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

// refuse answers with a status that tells the provider whether to try again.
func (h *Hooks) refuse(w http.ResponseWriter, r *http.Request, s source, err error) {
	status := http.StatusServiceUnavailable
	switch hearth.CodeOf(err) {
	case hearth.CodeForbidden:
		status = http.StatusForbidden
	case hearth.CodeInvalid:
		status = http.StatusBadRequest
	}
	level := slog.LevelWarn
	if status == http.StatusServiceUnavailable {
		level = slog.LevelError
	}
	// The error may name what came in; the code and the place are enough to look for it.
	h.Logger.Log(r.Context(), level, "a provider's call-back was refused", "path", s.path, "status", status, "code", string(hearth.CodeOf(err)))
	http.Error(w, hearth.MessageOf(err), status)
}
