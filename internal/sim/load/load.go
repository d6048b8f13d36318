package load

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// Target is where events go.
type Target struct {
	// URL gives the base address, for example "http://127.0.0.1:8080". It is asked before each request, so that a
	// program may come back at another address.
	URL   func() string
	Token string
	// Client defaults to one that keeps a connection for each of the load's clients.
	Client *http.Client
}

// Event is one event to post. Data is a JSON object.
type Event struct {
	ID, Source, Type, Subject, Data string
	Time                            time.Time
}

// Workload says what to post.
type Workload struct {
	Clients int // at once; 0 means 16
	Batch   int // events in a request; 0 and 1 post single events
	Events  int // in all
	// Make gives the n-th event, from 0. It is called once for each, from many goroutines, so that a retry sends the
	// same event.
	Make func(n int) Event
	// Rate is how many events a second fall due, whether or not the last ones were answered; 0 posts as fast as
	// answers come. With a rate, the wait for an answer counts from when the event fell due.
	Rate float64
	// Retry posts a request again until it is answered, for programs that die meanwhile.
	Retry bool
	// Acked hears the ids of a request's events that were acknowledged, from many goroutines.
	Acked func(ids []string)
}

// Result is what a load saw. Times are per request.
type Result struct {
	Requests   int            `json:"requests"`
	Events     int            `json:"events"`      // acknowledged: accepted, duplicate or parked
	Outcomes   map[string]int `json:"outcomes"`    // of all events answered, by the door's word
	Busy       int            `json:"busy"`        // answers that asked to come back later
	Failed     int            `json:"failed"`      // requests without a good answer
	FirstError string         `json:"first_error"` // "" if none failed
	Elapsed    time.Duration  `json:"elapsed"`
	PerSecond  float64        `json:"per_second"` // events acknowledged
	P50        time.Duration  `json:"p50"`
	P99        time.Duration  `json:"p99"`
	Max        time.Duration  `json:"max"`

	took []time.Duration
}

// With gives the result of both loads together, as of one.
func (r Result) With(other Result) Result {
	sum := r
	sum.Requests, sum.Events, sum.Busy, sum.Failed = r.Requests+other.Requests, r.Events+other.Events, r.Busy+other.Busy, r.Failed+other.Failed
	sum.FirstError = cmp.Or(r.FirstError, other.FirstError)
	if sum.Outcomes = maps.Clone(r.Outcomes); sum.Outcomes == nil {
		sum.Outcomes = map[string]int{}
	}
	for status, n := range other.Outcomes {
		sum.Outcomes[status] += n
	}
	sum.took = slices.Concat(r.took, other.took)
	sum.Elapsed = r.Elapsed + other.Elapsed
	sum.sumUp()
	return sum
}

// sumUp works out what follows from the others.
func (r *Result) sumUp() {
	r.PerSecond = float64(r.Events) / r.Elapsed.Seconds()
	r.P50, r.P99, r.Max = Percentile(r.took, 0.5), Percentile(r.took, 0.99), Percentile(r.took, 1)
}

const (
	defaultClients = 16
	retryPause     = 25 * time.Millisecond
	longestPause   = 5 * time.Second // however long a server asks to wait
)

// Run posts the workload and returns when all of it is answered or ctx ends. The error is ctx's, or says that the
// workload cannot be posted; requests that fail are counted.
func Run(ctx context.Context, to Target, w Workload) (Result, error) {
	if w.Make == nil || w.Events < 0 || to.URL == nil {
		return Result{}, errors.New("load: a workload needs Make and a target with a URL")
	}
	if w.Clients <= 0 {
		w.Clients = defaultClients
	}
	w.Batch = max(w.Batch, 1)
	if to.Client == nil {
		transport := &http.Transport{MaxIdleConns: w.Clients, MaxIdleConnsPerHost: w.Clients, DisableCompression: true}
		defer transport.CloseIdleConnections()
		to.Client = &http.Client{Transport: transport, Timeout: time.Minute}
	}
	r := &runner{to: to, load: w, start: time.Now(), sum: Result{Outcomes: map[string]int{}}}
	var clients sync.WaitGroup
	for range w.Clients {
		clients.Go(func() { r.client(ctx) })
	}
	clients.Wait()
	return r.result(), ctx.Err()
}

// runner is a load under way.
type runner struct {
	to    Target
	load  Workload
	start time.Time
	next  atomic.Int64 // the first event that no client has taken

	mu   sync.Mutex // guards sum and took
	sum  Result
	took []time.Duration
}

// client posts one request after the other.
func (r *runner) client(ctx context.Context) {
	for ctx.Err() == nil {
		from := int(r.next.Add(int64(r.load.Batch))) - r.load.Batch
		if from >= r.load.Events {
			return
		}
		to := min(from+r.load.Batch, r.load.Events)
		due := time.Now()
		if r.load.Rate > 0 {
			due = r.start.Add(time.Duration(float64(from) / r.load.Rate * float64(time.Second)))
			if !pause(ctx, time.Until(due)) {
				return
			}
		}
		r.request(ctx, from, to, due)
	}
}

// request posts the events from up to to until it has an answer or gives up.
func (r *runner) request(ctx context.Context, from, to int, due time.Time) {
	ids := make([]string, 0, to-from)
	body := make([]byte, 0, 256*(to-from))
	for n := from; n < to; n++ {
		e := r.load.Make(n)
		ids = append(ids, e.ID)
		body = appendEvent(append(body, ','), e)
	}
	body = body[1:]
	if r.load.Batch > 1 {
		body = append(append([]byte{'['}, body...), ']')
	}
	for ctx.Err() == nil {
		a, err := r.post(ctx, body)
		switch {
		case err != nil:
			r.fail(err)
			if !r.load.Retry || !pause(ctx, retryPause) {
				return
			}
		case a.busy:
			r.count(func(s *Result) { s.Busy++ })
			if !pause(ctx, min(a.after, longestPause)) {
				return
			}
		default:
			r.answered(ids, a, time.Since(due))
			return
		}
	}
}

// answered records an answer and passes the acknowledged ids on.
func (r *runner) answered(ids []string, a answer, took time.Duration) {
	acked := ids[:0:0]
	r.count(func(s *Result) {
		s.Requests++
		for i, status := range a.statuses {
			s.Outcomes[status]++
			if status != "rejected" && i < len(ids) {
				acked = append(acked, ids[i])
			}
		}
		s.Events += len(acked)
		r.took = append(r.took, took)
	})
	if r.load.Acked != nil && len(acked) > 0 {
		r.load.Acked(acked)
	}
}

func (r *runner) fail(err error) {
	r.count(func(s *Result) {
		s.Failed++
		if s.FirstError == "" {
			s.FirstError = err.Error()
		}
	})
}

func (r *runner) count(f func(*Result)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f(&r.sum)
}

func (r *runner) result() Result {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.sum
	s.Elapsed, s.took = time.Since(r.start), r.took
	s.sumUp()
	return s
}

// Percentile gives the smallest value that a share p of all values does not exceed, and 0 for no values. It sorts.
func Percentile(values []time.Duration, p float64) time.Duration {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	i := int(p*float64(len(values))+0.999999) - 1
	return values[min(max(i, 0), len(values)-1)]
}

// pause waits, and tells whether ctx still runs.
func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// Mixed gives the usual workload over residents ("resident/…" subjects): each event changes a fact, every fifth is a
// message from the resident, and no two runs with different prefixes repeat an event. now is when each happened.
func Mixed(prefix, source string, residents []string, now func() time.Time) func(n int) Event {
	return func(n int) Event {
		e := Event{
			ID: prefix + "-" + strconv.Itoa(n), Source: source, Time: now(),
			// A large odd stride visits all residents in an order that looks like chance.
			Subject: residents[int(uint64(n)*2654435761%uint64(len(residents)))], Type: "portal.visited", Data: "{}",
		}
		switch n % 5 {
		case 0:
			e.Type = "message.received"
			e.Data = fmt.Sprintf(`{"channel":"portal","text":"Could somebody look at request %d, please?"}`, n)
		case 1:
			e.Type, e.Data = "visit.recorded", `{"kind":"package"}`
		case 2:
			e.Type = "preference.changed"
			e.Data = fmt.Sprintf(`{"name":"quiet_from","value":"%02d:%02d"}`, 20+n%3, n/5%60)
		}
		return e
	}
}
