package message

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hearth"
)

func TestBatcherJoinsWrites(t *testing.T) {
	var mu sync.Mutex
	running, writes := 0, 0
	seen := map[int]int{}
	b := batcher[int]{max: 7, write: func(items []int) error {
		mu.Lock()
		running++
		writes++
		if running > 1 || len(items) == 0 || len(items) > 7 {
			t.Errorf("%d writes at once, with %d items", running, len(items))
		}
		for _, i := range items {
			seen[i]++
		}
		mu.Unlock()
		mu.Lock()
		running--
		mu.Unlock()
		if items[0]%10 == 3 {
			return fmt.Errorf("no %d", items[0])
		}
		return nil
	}}
	var wg sync.WaitGroup
	for i := range 500 {
		wg.Go(func() { b.do(i) })
	}
	wg.Wait()
	for i := range 500 {
		if seen[i] != 1 {
			t.Errorf("item %d was written %d times", i, seen[i])
		}
	}
	if b.busy || len(b.waiting) != 0 {
		t.Error("the batcher is still busy")
	}
}

func TestBatcherTellsEachItsError(t *testing.T) {
	no := errors.New("no")
	block, entered := make(chan struct{}), make(chan struct{}, 10)
	b := batcher[string]{max: 10, write: func(items []string) error {
		entered <- struct{}{}
		<-block
		if items[0] == "first" {
			return nil
		}
		return no
	}}
	results := make(chan string, 3)
	start := func(name string) {
		go func() { results <- fmt.Sprint(name, " ", b.do(name)) }()
	}
	start("first")
	<-entered
	start("second")
	start("third")
	for {
		b.mu.Lock()
		n := len(b.waiting)
		b.mu.Unlock()
		if n == 2 {
			break
		}
	}
	close(block)
	got := map[string]bool{<-results: true, <-results: true, <-results: true}
	for _, want := range []string{"first <nil>", "second no", "third no"} {
		if !got[want] {
			t.Errorf("results are %v, want %q among them", got, want)
		}
	}
	if n := len(entered); n != 1 {
		t.Errorf("%d more writes, want the two that waited joined into one", n)
	}
}

func TestBreaker(t *testing.T) {
	var b breaker
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	if !b.allow(now) || !b.trip(now, "away") || b.trip(now, "away") {
		t.Error("the first failure opens it, and only the first")
	}
	for want := firstPause; ; want *= 2 {
		want = min(want, lastPause)
		if b.allow(now.Add(want - time.Millisecond)) {
			t.Fatalf("a try is let through before %v", want)
		}
		now = now.Add(want)
		if !b.allow(now) || b.allow(now) {
			t.Fatalf("after %v exactly one try must be let through", want)
		}
		b.trip(now, "still away")
		if want == lastPause {
			break
		}
	}
	now = now.Add(lastPause)
	if !b.allow(now) {
		t.Error("no try after the longest pause")
	}
	b.unprobed()
	if !b.allow(now) {
		t.Error("a permission that was given back is lost")
	}
	if !b.mend() || b.mend() || !b.allow(now) || !b.allow(now) {
		t.Error("a try that reached the server closes it")
	}
}

// TestOutboxModel compares the outbox with simple counting: it never holds more than its size, loses nothing that was
// put, and gives its room back.
func TestOutboxModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		o := newOutbox()
		size := rapid.IntRange(1, 8).Draw(rt, "size")
		o.open(size, claimTerms{node: "n"})
		var waiting []hearth.MessageID
		hands, n := 0, 0
		for range rapid.IntRange(1, 60).Draw(rt, "steps") {
			switch rapid.SampledFrom([]string{"reserve", "next", "done", "back", "take", "pause"}).Draw(rt, "op") {
			case "reserve":
				want := rapid.IntRange(1, 5).Draw(rt, "n")
				got, _ := o.reserve(want)
				if free := size - len(waiting) - hands; got > free || !o.paused && got != min(want, free) {
					rt.Fatalf("room for %d of %d while %d are free", got, want, free)
				}
				if rapid.Bool().Draw(rt, "rolled back") {
					o.release(got)
					continue
				}
				var ps []parcel
				for range got {
					n++
					id := hearth.MessageID(fmt.Sprintf("m%d", n))
					ps = append(ps, parcel{msg: Message{ID: id}})
					waiting = append(waiting, id)
				}
				o.put(ps, got < want)
			case "next":
				p, ok := o.next()
				if ok != (len(waiting) > 0) || ok && p.msg.ID != waiting[0] {
					rt.Fatalf("next is %q, %v; want the first of %v", p.msg.ID, ok, waiting)
				}
				if ok {
					waiting = waiting[1:]
					hands++
				}
			case "done":
				if hands > 0 {
					hands--
					o.release(1)
				}
			case "back":
				if p, ok := o.next(); ok {
					o.back(p)
				}
			case "take":
				if len(waiting) > 0 {
					i := rapid.IntRange(0, len(waiting)-1).Draw(rt, "which")
					o.take(map[hearth.MessageID]bool{waiting[i]: true})
					waiting = append(waiting[:i:i], waiting[i+1:]...)
				}
			case "pause":
				o.pause(!o.paused)
			}
			if o.taken != len(waiting)+hands || o.waiting() != len(waiting) || o.taken > size {
				rt.Fatalf("taken %d, waiting %d; want %d waiting and %d in hand of %d", o.taken, o.waiting(), len(waiting), hands, size)
			}
		}
		left := o.shut()
		if got, _ := o.reserve(1); got != 0 || len(left) != len(waiting) {
			rt.Fatalf("shut: room %d, %d given back; want none, %d", got, len(left), len(waiting))
		}
	})
}
