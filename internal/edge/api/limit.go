package api

import (
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
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

	asking singleflight.Group // lookups under way, by digest of the secret
}

type meter struct {
	*rate.Limiter
	used    time.Time
	token   account.Token
	checked time.Time // when the token was last looked up
}

// believed is how long a token that was looked up is not looked up again: asking the database for each of thousands of
// events a second would cost more than the events' own checks.
const believed = 500 * time.Millisecond

// strangersPerSecond is how many requests with unknown tokens are looked up in a second.
const strangersPerSecond = 20

func newLimiter(clock hearth.Clock, perSecond int) *limiter {
	return &limiter{
		clock: clock, each: rate.Limit(perSecond), burst: max(2*perSecond, 1),
		known:     map[string]*meter{},
		strangers: rate.NewLimiter(strangersPerSecond, 2*strangersPerSecond),
	}
}

// tooFast says how long a sender has to wait.
type tooFast time.Duration

// Error is for the log: people read the problem that is made of it.
func (t tooFast) Error() string { return "too many requests, wait " + time.Duration(t).String() }

// enter gives the token of the secret with this digest, and takes one request from what its sender may ask. look asks
// whether a token exists; those who come with one secret while it is being looked up wait for that one answer, so that a
// sender who begins with a hundred connections is not taken for a hundred strangers. The error is a tooFast, or look's.
func (l *limiter) enter(key string, look func() (account.Token, error)) (account.Token, error) {
	token, known := l.believes(key)
	if !known {
		var err error
		if token, err = l.ask(key, look); err != nil {
			return account.Token{}, err
		}
	}
	if wait := l.take(key); wait > 0 {
		return account.Token{}, tooFast(wait)
	}
	return token, nil
}

// ask looks a token up, once for all who ask meanwhile. Who is not known takes from what all strangers share.
func (l *limiter) ask(key string, look func() (account.Token, error)) (account.Token, error) {
	got, err, _ := l.asking.Do(key, func() (any, error) {
		if token, known := l.believes(key); known {
			return token, nil
		}
		if wait := l.admit(key); wait > 0 {
			return nil, tooFast(wait)
		}
		token, err := look()
		if err == nil {
			l.know(key, token)
		} else if hearth.CodeOf(err) == hearth.CodeForbidden {
			l.forget(key)
		}
		return token, err
	})
	if err != nil {
		return account.Token{}, err
	}
	return got.(account.Token), nil
}

// believes gives the token if it was looked up a moment ago.
func (l *limiter) believes(key string) (account.Token, bool) {
	now := l.clock.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if m, ok := l.known[key]; ok {
		if age := now.Sub(m.checked); age >= 0 && age < believed {
			return m.token, true
		}
	}
	return account.Token{}, false
}

// admit says how long a lookup of key has to wait: those who are known never do.
func (l *limiter) admit(key string) time.Duration {
	now := l.clock.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, ok := l.known[key]; ok {
		return 0
	}
	return reserve(l.strangers, now)
}

// take asks for one request by a sender who was looked up, and says how long to wait if there is none left.
func (l *limiter) take(key string) time.Duration {
	now := l.clock.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	m, ok := l.known[key]
	if !ok { // pushed out between the lookup and now by thousands of others
		return reserve(l.strangers, now)
	}
	m.used = now
	return reserve(m.Limiter, now)
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
