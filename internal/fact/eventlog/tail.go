package eventlog

import (
	"sync"

	"hearth"
)

// tailMax bounds the events that a partition keeps in memory. A follower that is further behind reads the store.
const tailMax = 2048

// tail is the newest committed events of one partition, as far as this process has written them. Each is found by the
// place before it, so a follower moves on only where nothing lies between; it does not matter in which order commits
// report here, or that other processes write too.
type tail struct {
	mu    sync.Mutex
	next  map[int64]*hearth.Event // by the place that the event directly follows
	order []int64                 // the keys of next, the oldest first; some may be gone already
	moved map[string]int64        // how far each follower of this process has come
}

// add takes events that directly follow the place before, and each other.
func (t *tail) add(before int64, evs []*hearth.Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.next == nil {
		t.next = map[int64]*hearth.Event{}
	}
	for _, ev := range evs {
		t.next[before] = ev
		t.order = append(t.order, before)
		before = ev.Seq
	}
	for len(t.next) > tailMax {
		delete(t.next, t.order[0])
		t.order = t.order[1:]
	}
}

// after gives up to limit events behind a place.
func (t *tail) after(place int64, limit int) ([]*hearth.Event, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []*hearth.Event
	for len(out) < limit {
		ev, ok := t.next[place]
		if !ok {
			break
		}
		out = append(out, ev)
		place = ev.Seq
	}
	return out, len(out) > 0
}

// beyond tells whether memory has an event behind a place that does not directly follow it: another process wrote what lies between.
func (t *tail) beyond(place int64) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.order) > 0 && t.order[len(t.order)-1] > place
}

// follows tells whether a follower of this process has come to a place before.
func (t *tail) follows(follower string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, ok := t.moved[follower]
	return ok
}

// move notes that a follower has come to a place, and lets go what all of them have behind them.
func (t *tail) move(follower string, place int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.moved == nil {
		t.moved = map[string]int64{}
	}
	t.moved[follower] = place
	for _, p := range t.moved {
		place = min(place, p)
	}
	for len(t.order) > 0 && t.order[0] < place {
		delete(t.next, t.order[0])
		t.order = t.order[1:]
	}
}
