package api

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"hearth"
)

// Under more load than the machine can carry, Hearth refuses early and says when to come back, instead of taking in what
// it then keeps in memory or decides too late. What was acknowledged is not touched by that.
const (
	// maxInHand bounds the requests that are being worked on. It is above what one commit takes together, so that the
	// writer never waits for work while requests are refused.
	maxInHand = 512
	// maxBytesInHand bounds the bodies of these requests, read or still to be read.
	maxBytesInHand = 64 << 20
	// maxBehind is how many acknowledged events may wait for a decision before new ones are refused: some tens of
	// seconds of work. It is far above what an import of a large community adds at once.
	maxBehind = 250_000
	// behindFor is how long a reading of what waits is believed.
	behindFor = 250 * time.Millisecond
)

// pressure knows how much is in hand and how far the decisions are behind.
type pressure struct {
	clock  hearth.Clock
	behind func(ctx context.Context) (int64, error) // asks the database

	mu    sync.Mutex
	hand  int
	bytes int64

	asking  atomic.Bool
	waiting atomic.Int64 // events, as last read
	read    atomic.Int64 // when, in ms of the clock
}

func newPressure(clock hearth.Clock, behind func(ctx context.Context) (int64, error)) *pressure {
	p := &pressure{clock: clock, behind: behind}
	p.read.Store(-1 << 40)
	return p
}

// enter takes a request in hand, or says what refuses it. done gives the place back.
func (p *pressure) enter(r *http.Request) (done func(), problem *Problem) {
	size := int64(0)
	if r.Method == http.MethodPost {
		size = r.ContentLength
		if size < 0 || size > maxBatchBytes { // not told, or refused later by its own limit: at most that much is read
			size = maxBatchBytes
		}
	}
	p.mu.Lock()
	full := p.hand >= maxInHand || p.bytes+size > maxBytesInHand
	if !full {
		p.hand++
		p.bytes += size
	}
	p.mu.Unlock()
	if full {
		return nil, comeBack("More requests came than Hearth can work on at once. Nothing of this one was taken; send it again after Retry-After seconds.", 1)
	}
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.hand--
		p.bytes -= size
	}, nil
}

// late says what refuses new events while too many wait to be decided. It asks the database at most once in a while, and
// lets events in when it cannot know.
func (p *pressure) late(ctx context.Context) *Problem {
	now := p.clock.Now().UnixMilli()
	if age := now - p.read.Load(); (age < 0 || age >= behindFor.Milliseconds()) && p.asking.CompareAndSwap(false, true) {
		if n, err := p.behind(ctx); err == nil {
			p.waiting.Store(n)
		}
		p.read.Store(now)
		p.asking.Store(false)
	}
	if p.waiting.Load() <= maxBehind {
		return nil
	}
	return comeBack("More events came than Hearth can decide on in time. Nothing of this request was taken; send it again after Retry-After seconds.", 5)
}

func comeBack(detail string, seconds int) *Problem {
	p := newProblem(hearth.CodeBusy, detail)
	p.retryAfter = seconds
	return p
}
