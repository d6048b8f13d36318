package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"hearth/internal/base/page"
)

func TestWaiting(t *testing.T) {
	h := NewWaiting()
	h.Set(140, "Moving in.")
	h.Set(42, "Spring is over.")
	for _, tt := range []struct {
		path   string
		status int
		must   string
	}{
		{"/", 200, "Spring is over."},
		{"/", 200, `value="42"`},
		{"/", 200, `http-equiv="refresh"`},
		{"/residents", 200, "Your community is being made"},
		{page.StylePath(), 200, "--pine"},
		{"/static/other.css", 404, ""},
		{"/healthz", 200, "ok"},
		{"/readyz", 503, "Spring is over."},
		{"/api/v1/residents", 503, "getting ready"},
	} {
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, tt.path, nil))
		if rec.Code != tt.status || !strings.Contains(rec.Body.String(), tt.must) {
			t.Errorf("%s: got %d %q, want %d with %q", tt.path, rec.Code, rec.Body, tt.status, tt.must)
		}
		if tt.status == 503 && rec.Header().Get("Retry-After") == "" {
			t.Errorf("%s: does not say when to come back", tt.path)
		}
	}
}
