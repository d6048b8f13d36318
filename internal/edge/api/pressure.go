package api

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"hearth"
	"hearth/internal/fact/eventlog"
)

// Under more load than the machine can carry, Hearth refuses early and says when to come back, instead of taking in what
// it would keep in memory or decide too late. What was acknowledged is not touched by that.
const (
	// maxReading bounds the requests whose body is being read, and maxBytesReading these bodies. Reading has bounds of its
	// own so that senders who take their time keep nobody from working.
	maxReading      = 2048
	maxBytesReading = 64 << 20
	// maxWorking bounds the requests that are being worked on. It is above what one commit takes together, so that the
	// writer never waits for work while requests are refused.
	maxWorking = 512
	// maxBytesWorking bounds the bodies of these requests, apart from the last of them: about three thousand events, which
	// even a database on a crowded machine takes in well before a sender gives up (two megabytes took it a minute).
	maxBytesWorking = 1 << 20
	// New events are refused while more than maxBehind acknowledged ones wait for a decision and the first of them has
	// waited longer than maxLate. Both, because few events that wait for long mean that deciding stands still, which is no
	// reason to let go of what happens meanwhile.
	maxBehind = 10_000
	maxLate   = 15 * time.Second
	// lagFor is how long a reading of what waits is believed.
	lagFor = 250 * time.Millisecond
)

// room is a bounded number of requests and bytes.
type room struct {
	most      int
	mostBytes int64
	over      bool // the last request may go beyond mostBytes

	mu    sync.Mutex
	n     int
	bytes int64
}

// enter takes room for a request. done gives it back; nil: there is none.
func (r *room) enter(size int64) (done func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	after := r.bytes + size
	if r.over {
		after = r.bytes + 1
	}
	if r.n >= r.most || after > r.mostBytes {
		return nil
	}
	r.n++
	r.bytes += size
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.n--
		r.bytes -= size
	}
}

// pressure knows how much is in hand and how far the decisions are behind.
type pressure struct {
	clock   hearth.Clock
	lag     func(ctx context.Context) (eventlog.Lag, error) // asks the database
	reading room
	working room

	asking atomic.Bool
	last   atomic.Pointer[lagReading]
}

// lagReading is what the database said, and when.
type lagReading struct {
	eventlog.Lag
	at time.Time
}

func newPressure(clock hearth.Clock, lag func(ctx context.Context) (eventlog.Lag, error)) *pressure {
	return &pressure{clock: clock, lag: lag, reading: room{most: maxReading, mostBytes: maxBytesReading},
		working: room{most: maxWorking, mostBytes: maxBytesWorking, over: true}}
}

// memory is a request's body that was read into memory.
type memory struct {
	*bytes.Reader
	all []byte
}

// Close does nothing: there is nothing to give back.
func (*memory) Close() error { return nil }

// enter reads the body of a request that has one and takes the request into work. done gives the place back.
func (p *pressure) enter(w http.ResponseWriter, r *http.Request) (done func(), err error) {
	size := int64(0)
	if r.Method == http.MethodPost {
		if size, err = p.read(w, r); err != nil {
			return nil, err
		}
	}
	if done = p.working.enter(size); done == nil {
		return nil, tooMuch()
	}
	return done, nil
}

// read reads the body into memory and gives its size.
func (p *pressure) read(w http.ResponseWriter, r *http.Request) (int64, error) {
	size := r.ContentLength
	if size < 0 || size > maxBatchBytes { // not told, or refused for its size: no more than that is read
		size = maxBatchBytes
	}
	done := p.reading.enter(size)
	if done == nil {
		return 0, tooMuch()
	}
	defer done()
	all, err := readBody(w, r, maxBatchBytes)
	if err != nil {
		return 0, err
	}
	r.Body = &memory{bytes.NewReader(all), all}
	return int64(len(all)), nil
}

func tooMuch() *Problem {
	return comeBack("More requests came than Hearth can work on at once. Nothing of this one was taken; send it again after Retry-After seconds.", 1)
}

// late says what refuses new events while too many wait too long to be decided. It asks the database at most once in a
// while, and lets events in when it cannot know.
func (p *pressure) late(ctx context.Context) *Problem {
	now := p.clock.Now()
	last := p.last.Load()
	if (last == nil || now.Sub(last.at) >= lagFor || now.Before(last.at)) && p.asking.CompareAndSwap(false, true) {
		next := lagReading{at: now}
		if last != nil {
			next.Lag = last.Lag
		}
		if lag, err := p.lag(ctx); err == nil {
			next.Lag = lag
		}
		p.last.Store(&next)
		p.asking.Store(false)
		last = &next
	}
	if last == nil || last.Events <= maxBehind || now.Sub(last.Since) <= maxLate {
		return nil
	}
	return comeBack(fmt.Sprintf("%d events wait to be decided, the first for %d seconds. Nothing of this request was taken; send it again after Retry-After seconds.",
		last.Events, int(now.Sub(last.Since).Seconds())), 5)
}

func comeBack(detail string, seconds int) *Problem {
	p := newProblem(hearth.CodeBusy, detail)
	p.retryAfter = seconds
	return p
}
