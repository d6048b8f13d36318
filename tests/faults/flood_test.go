package faults

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"hearth/internal/sim/load"
)

// flood is what a flood of requests was answered.
type flood struct {
	mu      sync.Mutex
	status  map[int]int
	broken  int    // requests without an answer
	first   string // the first answer that should not be
	slowest time.Duration
}

func (f *flood) note(status int, took time.Duration, wrong string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.status == nil {
		f.status = map[int]int{}
	}
	f.status[status]++
	if status == 0 {
		f.broken++
	}
	if wrong != "" && f.first == "" {
		f.first = wrong
	}
	if status == http.StatusAccepted {
		f.slowest = max(f.slowest, took)
	}
}

// burst sends one request after the other from many clients at once, without heeding answers that ask to wait.
func (s *site) burst(p *load.Process, got *acked, name string, clients, batch int, during time.Duration) *flood {
	f := &flood{}
	transport := &http.Transport{MaxIdleConnsPerHost: clients, MaxIdleConns: clients}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: time.Minute}
	ctx, cancel := context.WithTimeout(context.Background(), during)
	defer cancel()
	var all sync.WaitGroup
	for c := range clients {
		all.Go(func() {
			tell := events(fmt.Sprintf("%s-%d", name, c))
			for n := 0; ctx.Err() == nil; n += batch {
				var ids []string
				var body strings.Builder
				for i := range batch {
					e := tell(n + i)
					ids = append(ids, e.ID)
					fmt.Fprintf(&body, `,{"specversion":"1.0","id":%q,"source":%q,"type":%q,"subject":%q,"data":%s}`, e.ID, e.Source, e.Type, e.Subject, e.Data)
				}
				s.flood(f, client, p.URL(), "["+body.String()[1:]+"]", ids, got)
			}
		})
	}
	all.Wait()
	return f
}

func (s *site) flood(f *flood, client *http.Client, url, body string, ids []string, got *acked) {
	req, err := http.NewRequest(http.MethodPost, url+"/api/v1/events", strings.NewReader(body))
	if err != nil {
		f.note(0, 0, err.Error())
		return
	}
	req.Header.Set("Authorization", "Bearer "+s.token)
	req.Header.Set("Content-Type", "application/cloudevents-batch+json")
	began := time.Now()
	res, err := client.Do(req)
	if err != nil {
		f.note(0, 0, err.Error())
		return
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	wrong := ""
	var in struct{ Results []struct{ Status string } }
	switch {
	case err != nil:
		wrong = err.Error()
	case res.StatusCode == http.StatusAccepted:
		if err := json.Unmarshal(text, &in); err != nil || len(in.Results) != len(ids) {
			wrong = fmt.Sprintf("202 with %s", text)
			break
		}
		var taken []string
		for i, r := range in.Results {
			if r.Status == "accepted" {
				taken = append(taken, ids[i])
			} else {
				wrong = "an event is " + r.Status
			}
		}
		got.add(taken)
	case res.StatusCode != http.StatusTooManyRequests && res.StatusCode != http.StatusServiceUnavailable:
		wrong = fmt.Sprintf("%d: %s", res.StatusCode, text)
	case res.Header.Get("Retry-After") == "":
		wrong = fmt.Sprintf("%d without Retry-After", res.StatusCode)
	}
	f.note(res.StatusCode, time.Since(began), wrong)
}

// TestTenTimesTheLoad floods the program from many times the clients that it can serve, by single events and by batches.
// What is too much is refused with a time to come back, memory stays bounded, and afterwards all is as before.
func TestTenTimesTheLoad(t *testing.T) {
	eachSite(t, func(s *site) {
		p := s.serve("--send", "real", "--smtp", newMailServer(s.T).url)
		var got acked
		during := 2 * time.Second
		if asks.soak {
			during = time.Minute
		}
		refused := 0
		for _, wave := range []struct {
			name           string
			clients, batch int
		}{{"singles", 1500, 1}, {"batches", 1000, 100}} {
			f := s.burst(p, &got, wave.name, wave.clients, wave.batch, during)
			use, err := load.UsageOf(p.PID())
			if err != nil {
				s.Fatal(err)
			}
			s.Logf("%s: %v, slowest acknowledgement %s, memory at most %d MB", wave.name, f.status, f.slowest.Round(time.Millisecond), use.Peak>>20)
			if f.first != "" || f.broken > 0 {
				s.Errorf("%s: %d without an answer, first wrong one: %s", wave.name, f.broken, f.first)
			}
			if use.Peak > 600<<20 {
				s.Errorf("%s: the program took %d MB", wave.name, use.Peak>>20)
			}
			refused += f.status[http.StatusTooManyRequests]
		}
		if refused == 0 {
			s.Error("nothing was refused: the flood was none")
		}
		took := s.visit(p, "after-the-flood", 90*time.Second)
		s.keepsWhatItAcknowledged(&got)
		s.Logf("a visit after the flood was decided after %s; %d events were acknowledged", took.Round(time.Millisecond), got.count())
	})
}

// TestSlowSenders holds many connections open that say next to nothing; others are served meanwhile.
func TestSlowSenders(t *testing.T) {
	s := newSite(t, false)
	p := s.serve()
	host := strings.TrimPrefix(p.URL(), "http://")
	for i := range 300 {
		c := dial(t, host)
		if i%2 == 0 {
			fmt.Fprintf(c, "POST /api/v1/events HTTP/1.1\r\nHost: %s\r\nAuthor", host)
			continue
		}
		fmt.Fprintf(c, "POST /api/v1/events HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/cloudevents+json\r\nContent-Length: 4000\r\n\r\n{", host, s.token)
	}
	if took := s.visit(p, "beside-slow-ones", 10*time.Second); took > 5*time.Second*patience {
		t.Errorf("a visit beside slow senders took %s", took)
	}
	s.until("the slow heads are cut off", 30*time.Second, func() bool {
		return s.get(p, "/healthz").status == http.StatusOK && p.Written() != "" && sockets(t, p.PID()) < 200
	})
}
