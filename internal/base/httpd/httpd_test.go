package httpd

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"hearth"
)

// server is a wrapped mux with a route of each kind.
func server(t *testing.T) (http.Handler, *prometheus.Registry, *bytes.Buffer) {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /people/{id}", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello") })
	mux.HandleFunc("GET /panic", func(http.ResponseWriter, *http.Request) { panic("ann@example.com") })
	mux.HandleFunc("GET /late", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "some"); panic("x") })
	reg := prometheus.NewRegistry()
	m, err := NewMetrics(reg)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	return Wrap(mux, Options{
		Log:     slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Clock:   hearth.NewVirtualClock(time.UnixMilli(0)),
		Metrics: m,
	}), reg, &log
}

func TestWrap(t *testing.T) {
	for _, tt := range []struct {
		name, path string
		status     int
		body       string
		log        string
	}{
		{"plain", "/people/ann@example.com?q=ann@example.com", 200, "hello", `route="GET /people/{id}" status=200 bytes=5`},
		{"unknown", "/ann@example.com", 404, "not found", "route=none status=404"},
		{"panic", "/panic", 500, "Nothing was changed", "a handler panicked"},
		{"panic in mid-answer", "/late", 200, "some", "a handler panicked"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h, reg, log := server(t)
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, tt.path, nil))
			if rec.Code != tt.status || !strings.Contains(rec.Body.String(), tt.body) {
				t.Errorf("answer is %d %q, want %d with %q", rec.Code, rec.Body, tt.status, tt.body)
			}
			if !strings.Contains(log.String(), tt.log) {
				t.Errorf("log is %q, want %q in it", log, tt.log)
			}
			if strings.Contains(log.String(), "ann@") {
				t.Errorf("log holds personal data: %q", log)
			}
			if rec.Header().Get("X-Content-Type-Options") != "nosniff" {
				t.Error("security headers are missing")
			}
			metrics := httptest.NewRecorder()
			MetricsHandler(reg).ServeHTTP(metrics, httptest.NewRequest(http.MethodGet, "/metrics", nil))
			if got := metrics.Body.String(); !strings.Contains(got, "hearth_http_requests_total{") || strings.Contains(got, "ann@") {
				t.Errorf("metrics are %q", got)
			}
		})
	}
}

func TestMetricsTwice(t *testing.T) {
	reg := prometheus.NewRegistry()
	if _, err := NewMetrics(reg); err != nil {
		t.Fatal(err)
	}
	if _, err := NewMetrics(reg); err == nil {
		t.Error("the second registration passed")
	}
}

func TestServerHasLimits(t *testing.T) {
	s := Server(http.NotFoundHandler(), slog.New(slog.DiscardHandler))
	if s.ReadHeaderTimeout <= 0 || s.ReadTimeout <= 0 || s.WriteTimeout <= 0 || s.IdleTimeout <= 0 || s.MaxHeaderBytes <= 0 {
		t.Errorf("a limit is missing: %+v", s)
	}
}
