package api

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	"hearth"
	"hearth/internal/fact/account"
)

// maxLimiters bounds the memory for limits; beyond it the longest unused go.
const maxLimiters = 4096

// limiter meters requests by sender: a token that is known, or all strangers together, so that guessing is slow and
// costs the database nothing, while those who are known are not slowed down by it.
type limiter struct {
	clock hearth.Clock
	each  rate.Limit
	burst int

	mu        sync.Mutex
	known     map[string]*meter // by digest of the secret
	strangers *rate.Limiter
}

type meter struct {
	*rate.Limiter
	used    time.Time
	token   account.Token
	checked time.Time // when the token was last looked up
}

// believed is how long a token that was looked up is not looked up again: asking the database for each of thousands of
// events a second would cost more than the events' own checks.
const believed = 2 * time.Second

// strangersPerSecond is how many requests with unknown tokens are looked up in a second.
const strangersPerSecond = 20

func newLimiter(clock hearth.Clock, perSecond int) *limiter {
	return &limiter{
		clock: clock, each: rate.Limit(perSecond), burst: max(2*perSecond, 1),
		known:     map[string]*meter{},
		strangers: rate.NewLimiter(strangersPerSecond, 2*strangersPerSecond),
	}
}

// take asks for one request by the sender of secret digest key, and says how long to wait if there is none left. token is
// what is known of the sender; nil means that it has to be looked up.
func (l *limiter) take(key string) (token *account.Token, wait time.Duration) {
	now := l.clock.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	m, ok := l.known[key]
	if !ok {
		return nil, reserve(l.strangers, now)
	}
	m.used = now
	if age := now.Sub(m.checked); age >= 0 && age < believed {
		token = &m.token
	}
	return token, reserve(m.Limiter, now)
}

// reserve takes one permit if it is there now. What is not there is not queued for: the sender is told to wait.
func reserve(l *rate.Limiter, now time.Time) time.Duration {
	r := l.ReserveN(now, 1)
	wait := r.DelayFrom(now)
	if wait > 0 {
		r.CancelAt(now)
	}
	return wait
}

// know remembers that key is a token that exists.
func (l *limiter) know(key string, token account.Token) {
	now := l.clock.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if m, ok := l.known[key]; ok {
		m.token, m.checked = token, now
		return
	}
	if len(l.known) >= maxLimiters {
		l.dropOldest()
	}
	l.known[key] = &meter{Limiter: rate.NewLimiter(l.each, l.burst), used: now, token: token, checked: now}
}

// forget is for a token that no longer exists.
func (l *limiter) forget(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.known, key)
}

// dropOldest runs under mu.
func (l *limiter) dropOldest() {
	var oldest string
	for key, m := range l.known {
		if oldest == "" || m.used.Before(l.known[oldest].used) {
			oldest = key
		}
	}
	delete(l.known, oldest)
}
