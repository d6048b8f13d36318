package trigger

import (
	"testing"
	"time"

	"hearth"
	"hearth/internal/decide/broadcast"
)

// Batches shrink while they take long, down to a bound, and grow again when full ones are quick; history has a pace of its own.
func TestBatchesTakeAMoment(t *testing.T) {
	of := func(n int, history bool) []*hearth.Event {
		out := make([]*hearth.Event, n)
		for i := range out {
			out[i] = &hearth.Event{History: history && i == n/2}
		}
		return out
	}
	for _, c := range []struct {
		name        string
		history     bool
		most, least int
		slow        time.Duration
	}{{"live", false, batchSize, leastEvents, time.Second}, {"history", true, mostHistory, leastHistory, 5 * time.Millisecond}} {
		var p stride
		waits := int64(0)
		next := func(n int, took time.Duration) { waits++; p.next(of(n, c.history), took, waits) }
		if got := p.limit(c.history); got != c.most {
			t.Errorf("%s: begins with %d, want %d", c.name, got, c.most)
		}
		for range 20 {
			next(p.limit(c.history), c.slow)
		}
		if got := p.limit(c.history); got != c.least {
			t.Errorf("%s: slow batches take %d, want %d", c.name, got, c.least)
		}
		next(p.limit(c.history)-1, 0)
		if got := p.limit(c.history); got != c.least {
			t.Errorf("%s: a batch that was not full made it %d", c.name, got)
		}
		for range 20 {
			next(p.limit(c.history), 0)
		}
		if got := p.limit(c.history); got != c.most {
			t.Errorf("%s: quick batches take %d, want %d", c.name, got, c.most)
		}
		if p.history != c.history || p.limit(!c.history) == c.most {
			t.Errorf("%s: the other kind's pace moved", c.name)
		}
		next(c.most, c.slow)
		p.next(of(c.most, c.history), c.slow, waits)
		if got := p.limit(c.history); (got == c.most) != !c.history {
			t.Errorf("%s: slow batches of a process that is alone take %d", c.name, got)
		}
	}
}

// A broadcast goes on in small lots while others write, and in large ones as soon as nobody has waited for the last.
func TestLotsMakeRoomForOthers(t *testing.T) {
	var c partCache
	for i, step := range []struct {
		waited int64
		want   int
	}{{7, broadcast.LotSize}, {7, broadcast.LotAlone}, {7, broadcast.LotAlone}, {8, broadcast.LotSize}, {9, broadcast.LotSize}, {9, broadcast.LotAlone}} {
		if got := c.lotSize(step.waited); got != step.want {
			t.Errorf("lot %d has %d people, want %d", i, got, step.want)
		}
	}
}
