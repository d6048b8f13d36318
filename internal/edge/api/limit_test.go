package api

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hearth"
	"hearth/internal/fact/account"
)

// waitOf is how long the sender with this digest is told to wait; nobody is found when looked up.
func waitOf(l *limiter, key string) time.Duration {
	_, err := l.enter(key, func() (account.Token, error) {
		return account.Token{}, hearth.Errorf(hearth.CodeForbidden, "Nobody has this token.")
	})
	var fast tooFast
	errors.As(err, &fast)
	return time.Duration(fast)
}

// Who begins with many connections at once is looked up once, and none of them is refused.
func TestOneLookupForAllWhoWait(t *testing.T) {
	const clients = 500
	l := newLimiter(hearth.NewVirtualClock(time.UnixMilli(0)), clients)
	var lookups atomic.Int64
	found := make(chan struct{})
	look := func() (account.Token, error) {
		lookups.Add(1)
		<-found
		return account.Token{Hash: "T"}, nil
	}
	errs := make(chan error, clients)
	var started sync.WaitGroup
	for range clients {
		started.Add(1)
		go func() {
			started.Done()
			token, err := l.enter("new", look)
			if err == nil && token.Hash != "T" {
				err = errors.New("another token")
			}
			errs <- err
		}()
	}
	started.Wait()
	close(found)
	for range clients {
		if err := <-errs; err != nil {
			t.Fatal(err)
		}
	}
	if got := lookups.Load(); got != 1 {
		t.Errorf("%d lookups, want 1", got)
	}
}

// A guess is refused for all who make it, and each of them is told so; they cost one lookup from what strangers share.
func TestAGuessIsRefusedForAll(t *testing.T) {
	l := newLimiter(hearth.NewVirtualClock(time.UnixMilli(0)), 10)
	no := hearth.Errorf(hearth.CodeForbidden, "Nobody has this token.")
	for range 3 {
		if _, err := l.enter("guess", func() (account.Token, error) { return account.Token{}, no }); hearth.CodeOf(err) != hearth.CodeForbidden {
			t.Errorf("a guess was answered %v", err)
		}
	}
	if _, known := l.believes("guess"); known {
		t.Error("a guess is believed")
	}
}

func TestLimiter(t *testing.T) {
	clock := hearth.NewVirtualClock(time.UnixMilli(0))
	l := newLimiter(clock, 10)
	l.know("a", account.Token{})
	l.know("b", account.Token{})
	for i := range 20 {
		if wait := waitOf(l, "a"); wait != 0 {
			t.Fatalf("request %d of the burst waits %v", i, wait)
		}
	}
	wait := waitOf(l, "a")
	if wait <= 0 || wait > 100*time.Millisecond {
		t.Errorf("beyond the burst: waits %v, want a tenth of a second", wait)
	}
	if again := waitOf(l, "a"); again != wait {
		t.Errorf("asking too early lengthened the wait: %v after %v", again, wait)
	}
	if wait := waitOf(l, "b"); wait != 0 {
		t.Errorf("another token waits %v", wait)
	}
	clock.Advance(wait)
	if wait := waitOf(l, "a"); wait != 0 {
		t.Errorf("after waiting as told: waits %v", wait)
	}
}

// Many guesses are slowed down together, whatever they guess; who is known does not feel it.
func TestStrangersShareOneLimit(t *testing.T) {
	clock := hearth.NewVirtualClock(time.UnixMilli(0))
	l := newLimiter(clock, 1000)
	l.know("known", account.Token{})
	waited := 0
	for i := range 1000 {
		if waitOf(l, fmt.Sprint("guess", i)) > 0 {
			waited++
		}
	}
	if want := 1000 - 2*strangersPerSecond; waited != want {
		t.Errorf("%d guesses of 1000 waited, want %d", waited, want)
	}
	if wait := waitOf(l, "known"); wait != 0 {
		t.Errorf("a known token waits %v", wait)
	}
	l.forget("known")
	if waitOf(l, "known") == 0 {
		t.Error("a forgotten token is no stranger")
	}
}

func TestLimiterIsBounded(t *testing.T) {
	clock := hearth.NewVirtualClock(time.UnixMilli(0))
	l := newLimiter(clock, 10)
	for i := range maxLimiters + 10 {
		l.know(fmt.Sprint(i), account.Token{})
		clock.Advance(time.Millisecond)
	}
	if got := len(l.known); got != maxLimiters {
		t.Errorf("%d limiters are kept, want %d", got, maxLimiters)
	}
	if _, ok := l.known["0"]; ok {
		t.Error("the longest unused is still there")
	}
}

// A token is looked up again after a moment, so that a revoked one stops working.
func TestBelieved(t *testing.T) {
	clock := hearth.NewVirtualClock(time.UnixMilli(0))
	l := newLimiter(clock, 10)
	l.know("a", account.Token{Name: "desk"})
	for _, tt := range []struct {
		after time.Duration
		want  bool
	}{{0, true}, {believed - time.Millisecond, true}, {time.Millisecond, false}, {time.Hour, false}} {
		clock.Advance(tt.after)
		token, known := l.believes("a")
		if got := known && token.Name == "desk"; got != tt.want {
			t.Errorf("after %v more: known is %v, want %v", tt.after, got, tt.want)
		}
	}
}
