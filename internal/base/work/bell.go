package work

import "sync"

// Bell tells sleepers that there may be work. Rings while nobody listens are kept as one. The zero Bell is ready.
type Bell struct {
	mu    sync.Mutex
	chans []chan struct{}
}

// Ring wakes every listener. It never blocks.
func (b *Bell) Ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.chans {
		select {
		case c <- struct{}{}:
		default: // it has not yet heard the ring before
		}
	}
}

// C makes a channel that delivers the rings from now on. Each listener asks once and keeps its own.
func (b *Bell) C() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := make(chan struct{}, 1)
	b.chans = append(b.chans, c)
	return c
}
