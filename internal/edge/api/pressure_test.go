package api

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/dbtest"
	"hearth/internal/fact/eventlog"
)

func TestRoomIsBounded(t *testing.T) {
	p := newPressure(hearth.NewVirtualClock(time.UnixMilli(0)), nil)
	for _, tt := range []struct {
		name string
		room *room
		size int64
		want int // how many get in
	}{
		{"work, small ones by their number", &p.working, 300, maxWorking},
		{"work, reading by its number", &p.working, 0, maxWorking},
		{"work, batches by their bytes", &p.working, maxBytesWorking / 8, 8},
		{"work, the last may be large", &p.working, maxBatchBytes, 1},
		{"bodies by their number", &p.reading, 300, maxReading},
		{"bodies by their bytes", &p.reading, maxBatchBytes, maxBytesReading / maxBatchBytes},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var done []func()
			for len(done) <= maxReading {
				d := tt.room.enter(tt.size)
				if d == nil {
					break
				}
				done = append(done, d)
			}
			if len(done) != tt.want {
				t.Errorf("%d requests were let in at once, want %d", len(done), tt.want)
			}
			done[0]()
			if done[0] = tt.room.enter(tt.size); done[0] == nil {
				t.Fatal("after one was done the next is refused still")
			}
			for _, f := range done {
				f()
			}
			if tt.room.n != 0 || tt.room.bytes != 0 {
				t.Errorf("at the end %d requests and %d bytes are counted", tt.room.n, tt.room.bytes)
			}
		})
	}
}

func TestEventsAreRefusedWhileDecisionsAreLate(t *testing.T) {
	clock := hearth.NewVirtualClock(time.UnixMilli(1_000_000_000))
	var lag eventlog.Lag
	asked, broken := 0, error(nil)
	p := newPressure(clock, func(context.Context) (eventlog.Lag, error) { asked++; return lag, broken })
	for _, step := range []struct {
		name    string
		after   time.Duration
		events  int64
		waited  time.Duration
		err     error
		refused bool
		asked   int
	}{
		{"nothing waits", 0, 0, 0, nil, false, 1},
		{"believed for a moment", lagFor - time.Millisecond, maxBehind + 1, maxLate + 1, nil, false, 1},
		{"then seen", time.Millisecond, maxBehind + 1, maxLate + time.Second, nil, true, 2},
		{"it stays so while nobody knows better", lagFor, 0, 0, errors.New("no answer"), true, 3},
		{"many, for a short time", lagFor, 50 * maxBehind, maxLate, nil, false, 4},
		{"few, for long: deciding stands still", lagFor, maxBehind, time.Hour, nil, false, 5},
		{"a clock that was set back", -time.Hour, 0, 0, nil, false, 6},
	} {
		clock.Set(clock.Now().Add(step.after))
		lag, broken = eventlog.Lag{Events: step.events, Since: clock.Now().Add(-step.waited)}, step.err
		problem := p.late(t.Context())
		if (problem != nil) != step.refused || asked != step.asked {
			t.Errorf("%s: refused %v after %d questions, want %v after %d", step.name, problem != nil, asked, step.refused, step.asked)
		}
		if problem != nil && (problem.Status != http.StatusTooManyRequests || problem.retryAfter != 5) {
			t.Errorf("%s: %+v, want 429 and when to come back", step.name, problem)
		}
	}
}

// A request that finds no room is told so before anything is done, and the room is given back.
func TestBusyOverHTTP(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := newBench(t, d, clock)
	event := request{method: "POST", path: "/api/v1/events", token: "events:write", body: "{}",
		header: map[string]string{"Content-Type": "application/cloudevents+json"}}
	ask := map[string]request{"event": event, "list": {method: "GET", path: "/api/v1/tasks", token: "read"}}
	inside := map[string]*httptest.ResponseRecorder{}
	b.door.during = func() {
		b.api.pressure.working.most = 1
		for name, r := range ask {
			inside[name] = b.do(r)
		}
		b.api.pressure.working.most = maxWorking
	}
	if outer := b.do(event); outer.Code != http.StatusAccepted || b.door.taken != 1 || string(b.door.body) != "{}" {
		t.Errorf("the request that was in hand: %d, %d taken, body %q", outer.Code, b.door.taken, b.door.body)
	}
	for name, rec := range inside {
		if rec.Code != http.StatusTooManyRequests || rec.Header().Get("Retry-After") != "1" || !strings.Contains(rec.Body.String(), "Nothing of this one was taken") {
			t.Errorf("%s beyond: %d, Retry-After %q: %s", name, rec.Code, rec.Header().Get("Retry-After"), rec.Body)
		}
		checkProblem(t, rec)
	}
	b.door.during = nil
	b.api.pressure.last.Store(&lagReading{Lag: eventlog.Lag{Events: maxBehind + 1, Since: clock.Now().Add(-time.Minute)}, at: clock.Now()})
	if rec := b.do(event); rec.Code != http.StatusTooManyRequests || rec.Header().Get("Retry-After") != "5" {
		t.Errorf("with decisions late: %d, Retry-After %q", rec.Code, rec.Header().Get("Retry-After"))
	}
	if rec := b.do(ask["list"]); rec.Code != http.StatusOK {
		t.Errorf("reading meanwhile: %d", rec.Code)
	}
	if w := &b.api.pressure.working; w.n != 0 || w.bytes != 0 {
		t.Errorf("at the end %d requests and %d bytes are counted", w.n, w.bytes)
	}
}
