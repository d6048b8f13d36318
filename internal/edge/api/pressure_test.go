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
)

func posted(size int64) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/api/v1/events", nil)
	r.ContentLength = size
	return r
}

func TestWhatIsInHandIsBounded(t *testing.T) {
	get := httptest.NewRequest(http.MethodGet, "/api/v1/tasks", nil)
	for _, tt := range []struct {
		name string
		r    *http.Request
		want int // how many get in
	}{
		{"small ones by their number", posted(300), maxInHand},
		{"reading too", get, maxInHand},
		{"large ones by their bytes", posted(maxBatchBytes), maxBytesInHand / maxBatchBytes},
		{"of unknown size as if they were large", posted(-1), maxBytesInHand / maxBatchBytes},
		{"too large ones as what is read of them", posted(1 << 40), maxBytesInHand / maxBatchBytes},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPressure(hearth.NewVirtualClock(time.UnixMilli(0)), nil)
			var done []func()
			for {
				d, problem := p.enter(tt.r)
				if problem != nil {
					if problem.Status != http.StatusTooManyRequests || problem.retryAfter < 1 {
						t.Errorf("refused with %+v, want 429 and when to come back", problem)
					}
					break
				}
				if done = append(done, d); len(done) > maxInHand {
					t.Fatal("there is no bound")
				}
			}
			if len(done) != tt.want {
				t.Errorf("%d requests were let in at once, want %d", len(done), tt.want)
			}
			done[0]()
			d, problem := p.enter(tt.r)
			if problem != nil {
				t.Fatal("after one was done the next is refused still")
			}
			for _, f := range append(done[1:], d) {
				f()
			}
			if p.hand != 0 || p.bytes != 0 {
				t.Errorf("at the end %d requests and %d bytes are counted", p.hand, p.bytes)
			}
		})
	}
}

func TestEventsAreRefusedWhileDecisionsAreFarBehind(t *testing.T) {
	clock := hearth.NewVirtualClock(time.UnixMilli(1_000_000))
	waiting, asked, broken := int64(0), 0, error(nil)
	p := newPressure(clock, func(context.Context) (int64, error) { asked++; return waiting, broken })
	ctx := t.Context()
	for _, step := range []struct {
		name    string
		after   time.Duration
		waiting int64
		err     error
		refused bool
		asked   int
	}{
		{"nothing waits", 0, 0, nil, false, 1},
		{"believed for a moment", behindFor - time.Millisecond, maxBehind + 1, nil, false, 1},
		{"then seen", time.Millisecond, maxBehind + 1, nil, true, 2},
		{"it goes on while nobody knows better", behindFor, 0, errors.New("no answer"), true, 3},
		{"caught up", behindFor, maxBehind, nil, false, 4},
		{"not asked again by a clock that was set back", -time.Hour, 0, nil, false, 5},
	} {
		clock.Set(clock.Now().Add(step.after))
		waiting, broken = step.waiting, step.err
		problem := p.late(ctx)
		if (problem != nil) != step.refused || asked != step.asked {
			t.Errorf("%s: refused %v after %d questions, want %v after %d", step.name, problem != nil, asked, step.refused, step.asked)
		}
	}
}

// A request that finds no room is told so before anything of it is read or done, and the room is given back.
func TestBusyOverHTTP(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := newBench(t, d, clock)
	event := request{method: "POST", path: "/api/v1/events", token: "events:write", body: "{}",
		header: map[string]string{"Content-Type": "application/cloudevents+json"}}
	var inside *httptest.ResponseRecorder
	b.door.during = func() {
		b.api.pressure.hand += maxInHand
		inside = b.do(event)
		b.api.pressure.hand -= maxInHand
	}
	outer := b.do(event)
	if outer.Code != http.StatusAccepted || b.door.taken != 1 {
		t.Errorf("the request that was in hand: %d, %d taken", outer.Code, b.door.taken)
	}
	if inside.Code != http.StatusTooManyRequests || inside.Header().Get("Retry-After") != "1" || !strings.Contains(inside.Body.String(), "Nothing of this one was taken") {
		t.Errorf("the one beyond: %d, Retry-After %q: %s", inside.Code, inside.Header().Get("Retry-After"), inside.Body)
	}
	checkProblem(t, inside)
	b.api.pressure.waiting.Store(maxBehind + 1)
	b.api.pressure.read.Store(clock.Now().UnixMilli())
	if late := b.do(event); late.Code != http.StatusTooManyRequests || late.Header().Get("Retry-After") != "5" {
		t.Errorf("with decisions far behind: %d, Retry-After %q", late.Code, late.Header().Get("Retry-After"))
	}
	if read := b.do(request{method: "GET", path: "/api/v1/tasks", token: "read"}); read.Code != http.StatusOK {
		t.Errorf("reading meanwhile: %d", read.Code)
	}
}
