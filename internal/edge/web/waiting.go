package web

import (
	"net/http"
	"strings"
	"sync"
)

// Waiting answers every address while the program is getting ready: pages with how far it is, programs with "come
// back in a second". It is safe for concurrent use.
type Waiting struct {
	static http.Handler

	mu  sync.Mutex
	now progress // guarded by mu
}

// NewWaiting makes one that stands at the beginning.
func NewWaiting() *Waiting {
	return &Waiting{static: staticMux(), now: progress{Doing: "Beginning."}}
}

// Set says how far it is, in percent, and in a sentence what is being done.
func (h *Waiting) Set(percent int, doing string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = progress{Percent: min(max(percent, 0), 100), Doing: doing}
}

// ServeHTTP answers a request.
func (h *Waiting) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	now := h.now
	h.mu.Unlock()
	switch {
	case strings.HasPrefix(r.URL.Path, "/static/"):
		h.static.ServeHTTP(w, r)
	case r.URL.Path == "/healthz":
		plain(w, http.StatusOK, "ok")
	case r.URL.Path == "/readyz" || strings.HasPrefix(r.URL.Path, "/api"):
		w.Header().Set("Retry-After", "1")
		plain(w, http.StatusServiceUnavailable, "Hearth is getting ready: "+now.Doing)
	default:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if err := progressPage(now).Render(r.Context(), w); err != nil {
			return // the browser is gone; it will ask again
		}
	}
}
