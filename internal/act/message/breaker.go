package message

import (
	"sync"
	"time"
)

// breaker keeps mails from being tried one by one against a server that is away. Open, it lets one try through after a
// pause; the pause doubles as long as that fails.
type breaker struct {
	mu      sync.Mutex
	pause   time.Duration // 0: closed
	until   time.Time
	since   time.Time
	why     string
	probing bool
}

const (
	firstPause = 5 * time.Second
	lastPause  = 2 * time.Minute
)

// allow tells whether a mail may be tried now.
func (b *breaker) allow(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.pause == 0 {
		return true
	}
	if b.probing || now.Before(b.until) {
		return false
	}
	b.probing = true
	return true
}

// trip opens the breaker after a try that did not reach the server. opened: it was closed before.
func (b *breaker) trip(now time.Time, why string) (opened bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	opened = b.pause == 0
	switch {
	case opened:
		b.pause, b.since = firstPause, now
	case b.probing:
		b.pause = min(2*b.pause, lastPause)
	default:
		return false // another worker's try from before it opened
	}
	b.until, b.why, b.probing = now.Add(b.pause), why, false
	return opened
}

// rest keeps everybody waiting until a time that the other side asked for.
func (b *breaker) rest(until time.Time, why string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.pause == 0 {
		b.pause, b.since, b.until = firstPause, until.Add(-firstPause), until
	}
	if until.After(b.until) {
		b.until = until
	}
	b.why, b.probing = why, false
}

// mend closes the breaker after a try that reached the server. closed: it was open before.
func (b *breaker) mend() (closed bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	closed = b.pause != 0
	b.pause, b.probing, b.why = 0, false, ""
	return closed
}

// unprobed gives back a permission that was not used to reach the server.
func (b *breaker) unprobed() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.probing = false
}

// state tells since when and why the breaker is open.
func (b *breaker) state() (open bool, since time.Time, why string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.pause != 0, b.since, b.why
}
