// Package httpd holds what every HTTP listener of Hearth does around its handlers: time limits, one log line without
// personal data and one measurement for each request, security headers, and an answer even when a handler panics.
// It does not route, authenticate or render.
package httpd

import (
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"hearth"
)

// Server gives a server for handler with limits that a slow or silent peer cannot stretch.
func Server(handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       60 * time.Second,
		WriteTimeout:      120 * time.Second,
		IdleTimeout:       120 * time.Second,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// Metrics counts and times requests.
type Metrics struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
}

// NewMetrics registers the request metrics with reg. It fails if they are there already.
func NewMetrics(reg prometheus.Registerer) (*Metrics, error) {
	m := &Metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "hearth_http_requests_total",
			Help: "Requests by route and status."}, []string{"route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "hearth_http_request_seconds",
			Help:    "Time to answer, by route.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10}}, []string{"route"}),
	}
	for _, c := range []prometheus.Collector{m.requests, m.seconds} {
		if err := reg.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// MetricsHandler serves what reg gathered at /metrics, for a listener of its own.
func MetricsHandler(reg prometheus.Gatherer) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(reg, promhttp.HandlerOpts{}))
	return mux
}

// Options is what Wrap needs; Metrics may be nil.
type Options struct {
	Log     *slog.Logger
	Clock   hearth.Clock
	Metrics *Metrics
}

// Wrap puts logging, measuring, security headers and the answer to a panic around next. The route in log and
// metrics is the pattern of the mux (r.Pattern), never the path: paths hold identities and searches.
func Wrap(next http.Handler, o Options) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := o.Clock.Now()
		rec := &recorder{ResponseWriter: w}
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; connect-src 'self'; img-src 'self' data:; object-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		h.Set("Cache-Control", "no-store")
		defer func() {
			if v := recover(); v != nil {
				// The value may quote input, so only its kind and the stack are kept.
				o.Log.ErrorContext(r.Context(), "a handler panicked", "route", route(r), "stack", string(debug.Stack()))
				if rec.status == 0 {
					http.Error(rec, "Something went wrong on our side. Nothing was changed; try again.", http.StatusInternalServerError)
				}
			}
			o.observe(r, rec, o.Clock.Now().Sub(start))
		}()
		next.ServeHTTP(rec, r)
	})
}

func (o Options) observe(r *http.Request, rec *recorder, took time.Duration) {
	status := rec.status
	if status == 0 {
		status = http.StatusOK
	}
	if o.Metrics != nil {
		o.Metrics.requests.WithLabelValues(route(r), strconv.Itoa(status)).Inc()
		o.Metrics.seconds.WithLabelValues(route(r)).Observe(took.Seconds())
	}
	level := slog.LevelDebug
	if status >= 500 {
		level = slog.LevelWarn
	}
	o.Log.LogAttrs(r.Context(), level, "request", slog.String("route", route(r)), slog.Int("status", status),
		slog.Int64("bytes", rec.bytes), slog.Duration("took", took))
}

// route is bounded: unknown paths share one name, and so do methods that nobody speaks.
func route(r *http.Request) string {
	if r.Pattern == "" {
		return "none"
	}
	return r.Pattern
}

// recorder remembers status and size of an answer.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// WriteHeader passes the status on and remembers the first.
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 && status >= 200 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write passes bytes on and counts them.
func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	n, err := r.ResponseWriter.Write(b)
	r.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
