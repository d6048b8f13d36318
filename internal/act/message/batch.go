package message

import "sync"

// batcher joins what several workers want to write into one transaction, without a goroutine of its own: whoever comes
// first writes for all who came while the write before was running, then passes the turn on.
type batcher[T any] struct {
	write func(items []T) error // all of them or none
	max   int

	mu      sync.Mutex
	waiting []*ticket[T]
	busy    bool
}

type ticket[T any] struct {
	item T
	err  error
	turn chan bool // true: written (see err); false: it is your turn to write
}

// do returns when item was written, with the error of the write that it was part of.
func (b *batcher[T]) do(item T) error {
	t := &ticket[T]{item: item, turn: make(chan bool, 1)}
	b.mu.Lock()
	b.waiting = append(b.waiting, t)
	wait := b.busy
	b.busy = true
	b.mu.Unlock()
	if wait && <-t.turn {
		return t.err
	}
	b.lead()
	return t.err
}

// lead writes the batch at the head, which holds the caller's own ticket, and wakes the next leader.
func (b *batcher[T]) lead() {
	b.mu.Lock()
	n := min(len(b.waiting), b.max)
	batch := b.waiting[:n:n]
	b.waiting = b.waiting[n:]
	b.mu.Unlock()
	items := make([]T, n)
	for i, t := range batch {
		items[i] = t.item
	}
	err := b.write(items)
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, t := range batch {
		t.err = err
		t.turn <- true // the leader's own is read by nobody; the channel has room
	}
	if len(b.waiting) == 0 {
		b.waiting, b.busy = nil, false
		return
	}
	b.waiting[0].turn <- false
}
