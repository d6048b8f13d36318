package load

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// door is an events door on paper: it remembers what it acknowledged and misbehaves when told to.
type door struct {
	mu     sync.Mutex
	seen   map[string]int
	busy   int // answers of 429 still to give
	broken int // answers of 500 still to give
	tokens map[string]int
	types  map[string]int
}

type wireEvent struct {
	SpecVersion string `json:"specversion"`
	ID, Source  string
	Type        string
	Subject     string
	Time        time.Time
	Data        map[string]any
}

func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.tokens[r.Header.Get("Authorization")]++
	switch {
	case d.busy > 0:
		d.busy--
		w.WriteHeader(http.StatusTooManyRequests)
		return
	case d.broken > 0:
		d.broken--
		http.Error(w, "no", http.StatusInternalServerError)
		return
	}
	body, _ := io.ReadAll(r.Body)
	batch := strings.Contains(r.Header.Get("Content-Type"), "batch")
	if !batch {
		body = []byte("[" + string(body) + "]")
	}
	var events []wireEvent
	if err := json.Unmarshal(body, &events); err != nil {
		http.Error(w, err.Error(), http.StatusUnprocessableEntity)
		return
	}
	type result struct {
		Status string `json:"status"`
	}
	var results []result
	for _, e := range events {
		d.seen[e.ID]++
		d.types[e.Type]++
		status := "accepted"
		if d.seen[e.ID] > 1 {
			status = "duplicate"
		}
		if e.SpecVersion != "1.0" || e.Source == "" || e.Subject == "" || e.Time.IsZero() || e.Data == nil {
			status = "rejected"
		}
		results = append(results, result{status})
	}
	if !batch && results[0].Status == "rejected" {
		http.Error(w, "{}", http.StatusUnprocessableEntity)
		return
	}
	w.WriteHeader(http.StatusAccepted)
	if batch {
		_ = json.NewEncoder(w).Encode(map[string]any{"results": results})
		return
	}
	_ = json.NewEncoder(w).Encode(results[0])
}

func open(t *testing.T) (*door, Target) {
	t.Helper()
	d := &door{seen: map[string]int{}, tokens: map[string]int{}, types: map[string]int{}}
	srv := httptest.NewServer(d)
	t.Cleanup(srv.Close)
	return d, Target{URL: func() string { return srv.URL }, Token: "secret"}
}

func homes(n int) []string {
	var all []string
	for i := range n {
		all = append(all, "resident/r"+string(rune('a'+i%26))+string(rune('a'+i/26)))
	}
	return all
}

func now() time.Time { return time.Date(2026, 1, 5, 10, 0, 0, 0, time.UTC) }

func TestRunPostsEachEventOnce(t *testing.T) {
	for name, batch := range map[string]int{"single": 1, "batch": 100} {
		t.Run(name, func(t *testing.T) {
			d, to := open(t)
			var mu sync.Mutex
			var acked []string
			res, err := Run(t.Context(), to, Workload{Events: 950, Batch: batch, Make: Mixed("a", "test", homes(60), now),
				Acked: func(ids []string) { mu.Lock(); acked = append(acked, ids...); mu.Unlock() }})
			if err != nil {
				t.Fatal(err)
			}
			if res.Events != 950 || len(d.seen) != 950 || len(acked) != 950 || res.Outcomes["accepted"] != 950 || res.Failed != 0 {
				t.Errorf("%+v; %d seen, %d acknowledged", res, len(d.seen), len(acked))
			}
			if want := (950 + batch - 1) / batch; res.Requests != want || d.tokens["Bearer secret"] != want {
				t.Errorf("%d requests, want %d with the token; tokens %v", res.Requests, want, d.tokens)
			}
			if res.P50 <= 0 || res.P99 < res.P50 || res.Max < res.P99 || res.PerSecond <= 0 || res.Elapsed <= 0 {
				t.Errorf("times %+v", res)
			}
			if d.types["message.received"] != 190 || d.types["preference.changed"] != 190 {
				t.Errorf("types %v: every fifth is a message", d.types)
			}
		})
	}
}

func TestRunKeepsTryingOnlyIfAsked(t *testing.T) {
	d, to := open(t)
	d.broken = 3
	res, err := Run(t.Context(), to, Workload{Events: 40, Clients: 4, Retry: true, Make: Mixed("r", "test", homes(5), now)})
	if err != nil || res.Events != 40 || res.Failed != 3 || !strings.Contains(res.FirstError, "500") {
		t.Errorf("with retry: %+v, %v", res, err)
	}
	d.broken = 3
	res, err = Run(t.Context(), to, Workload{Events: 40, Clients: 4, Make: Mixed("s", "test", homes(5), now)})
	if err != nil || res.Events != 37 || res.Failed != 3 {
		t.Errorf("without retry: %+v, %v", res, err)
	}
}

func TestRunWaitsWhenAskedTo(t *testing.T) {
	d, to := open(t)
	d.busy = 2
	res, err := Run(t.Context(), to, Workload{Events: 10, Clients: 1, Batch: 5, Make: Mixed("b", "test", homes(5), now)})
	if err != nil || res.Busy != 2 || res.Events != 10 || res.Failed != 0 || res.Max < 2*retryPause {
		t.Errorf("%+v, %v", res, err)
	}
}

func TestRejectedIsNotAcknowledged(t *testing.T) {
	_, to := open(t)
	for _, batch := range []int{1, 10} {
		heard := atomic.Int64{}
		res, err := Run(t.Context(), to, Workload{Events: 20, Batch: batch, Acked: func(ids []string) { heard.Add(int64(len(ids))) },
			Make: func(n int) Event {
				e := Mixed("x", "test", homes(3), now)(n)
				e.ID += string(rune('a' + batch))
				if n%2 == 0 {
					e.Subject = ""
				}
				return e
			}})
		if err != nil || res.Outcomes["rejected"] != 10 || res.Events != 10 || heard.Load() != 10 {
			t.Errorf("batches of %d: %+v, heard %d, %v", batch, res, heard.Load(), err)
		}
	}
}

// With a rate the wait counts from when an event fell due, so that a slow server cannot slow its own examiner.
func TestRateCountsFromWhenDue(t *testing.T) {
	gate := make(chan struct{})
	var once sync.Once
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		once.Do(func() { <-gate }) // the first answer takes until the test opens the gate
		w.WriteHeader(http.StatusAccepted)
		io.WriteString(w, `{"status":"accepted"}`)
	}))
	defer srv.Close()
	time.AfterFunc(120*time.Millisecond, func() { close(gate) })
	res, err := Run(t.Context(), Target{URL: func() string { return srv.URL }},
		Workload{Events: 20, Clients: 1, Rate: 1000, Make: Mixed("o", "test", homes(2), now)})
	if err != nil || res.P50 < 80*time.Millisecond {
		t.Errorf("half of the events waited behind the first; p50 is %s, %v", res.P50, err)
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	_, to := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	res, err := Run(ctx, to, Workload{Events: 1 << 30, Make: Mixed("c", "test", homes(5), now), Acked: func([]string) { cancel() }})
	if err == nil || res.Events == 0 {
		t.Errorf("%d events, %v", res.Events, err)
	}
	if _, err := Run(t.Context(), to, Workload{Events: 1}); err == nil {
		t.Error("a workload without events to make is taken")
	}
}

func TestAnswersThatAreNone(t *testing.T) {
	for _, text := range []string{"", "x", "{}", `{"results":[{}]}`, `{"results":[{"status":"accepted"},{"status":""}]}`} {
		if a, err := read([]byte(text), text != "{}"); err == nil {
			t.Errorf("%q was read as %+v", text, a)
		}
	}
}

func TestPercentile(t *testing.T) {
	hundred := make([]time.Duration, 100)
	for i := range hundred {
		hundred[i] = time.Duration(100 - i)
	}
	for _, row := range []struct {
		of   []time.Duration
		p    float64
		want time.Duration
	}{{hundred, 0.5, 50}, {hundred, 0.99, 99}, {hundred, 1, 100}, {nil, 0.5, 0}, {hundred[:1], 0.01, 100}, {hundred[:3], 0.99, 100}, {hundred[:4], 0.5, 98}} {
		if got := Percentile(slices.Clone(row.of), row.p); got != row.want {
			t.Errorf("p%.0f of %d values: %d, want %d", row.p*100, len(row.of), got, row.want)
		}
	}
}

// Every resident gets some of the load, and no event repeats.
func TestMixedReachesEverybody(t *testing.T) {
	make := Mixed("m", "test", homes(97), now)
	subjects, ids := map[string]int{}, map[string]bool{}
	for n := range 9700 {
		e := make(n)
		subjects[e.Subject]++
		ids[e.ID] = true
		if !json.Valid([]byte(e.Data)) {
			t.Fatalf("data %s", e.Data)
		}
	}
	for s, n := range subjects {
		if n < 50 || n > 150 {
			t.Errorf("%s gets %d of 9700 events", s, n)
		}
	}
	if len(subjects) != 97 || len(ids) != 9700 {
		t.Errorf("%d residents, %d ids", len(subjects), len(ids))
	}
}
