package message

import (
	"sync"
	"time"

	"hearth"
	"hearth/internal/base/work"
)

// parcel is a message in this process's hands, under a claim on its due row.
type parcel struct {
	msg      Message
	claim    int64
	until    time.Time // when the claim runs out
	queued   time.Time // when the message was queued
	attempts int       // made so far
	heeded   int64     // consent.Store.Changes when the desk's look at consent was fresh; -1: it is not known to be
	ask      *inquiry  // the provider is to be asked about it, and nothing sent; nil: it is to be sent
}

// claimTerms are what a row is claimed with.
type claimTerms struct {
	node string
	span time.Duration // 0: for good, because only this process can send
}

// until gives the end of a claim that is made now.
func (c claimTerms) until(now time.Time) time.Time {
	if c.span == 0 {
		return time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return now.Add(c.span)
}

// outbox is the bounded queue between the transactions that make messages and the workers that send them. Only what is
// committed and claimed by this process is in it; the due table knows everything else.
type outbox struct {
	wake chan struct{} // a token for each parcel, so that a parcel wakes one worker and not all
	more work.Bell     // rings when rows may wait that nobody claimed

	mu     sync.Mutex
	terms  claimTerms
	size   int // 0: closed
	paused bool
	taken  int // reserved, queued, or in a worker's hands
	queue  []parcel
	missed bool // rows were born unclaimed since the last catching up
}

// maxOutbox bounds the outbox; it is also how many mails are in doubt at most when the machine itself dies.
const maxOutbox = 512

func newOutbox() *outbox { return &outbox{wake: make(chan struct{}, maxOutbox)} }

// open lets messages in, size of them at most.
func (o *outbox) open(size int, terms claimTerms) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.size, o.terms, o.missed = min(size, maxOutbox), terms, true
}

// shut takes nothing more and gives back what no worker has begun.
func (o *outbox) shut() []parcel {
	o.mu.Lock()
	defer o.mu.Unlock()
	left := o.queue
	o.size, o.queue = 0, nil
	o.taken -= len(left)
	return left
}

// reserve takes room for up to n parcels, and gives the terms to claim them with.
func (o *outbox) reserve(n int) (int, claimTerms) {
	o.mu.Lock()
	paused, terms := o.paused, o.terms
	o.mu.Unlock()
	if paused {
		return 0, terms
	}
	return o.room(n)
}

// room is reserve for those that claim what is due, which goes on while born claims are paused.
func (o *outbox) room(n int) (int, claimTerms) {
	o.mu.Lock()
	defer o.mu.Unlock()
	n = max(0, min(n, o.size-o.taken))
	o.taken += n
	return n, o.terms
}

// release gives room back.
func (o *outbox) release(n int) {
	o.mu.Lock()
	o.taken -= n
	low := o.missed && o.taken <= o.size/2
	o.mu.Unlock()
	if low {
		o.more.Ring()
	}
}

// put adds parcels, for which there is room reserved, and wakes workers. missed: there are more, born unclaimed.
func (o *outbox) put(parcels []parcel, missed bool) {
	o.mu.Lock()
	if o.size > 0 {
		o.queue = append(o.queue, parcels...)
	} else {
		o.taken -= len(parcels) // shut meanwhile: the claims run out, or are lifted at the next start
	}
	o.missed = o.missed || missed
	ring := o.missed && o.size > 0 && o.taken <= o.size/2
	o.mu.Unlock()
	o.rouse(len(parcels))
	if ring {
		o.more.Ring()
	}
}

// back puts a parcel that was not tried at the front again.
func (o *outbox) back(p parcel) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.size == 0 {
		o.taken--
		return
	}
	o.queue = append([]parcel{p}, o.queue...)
}

// next takes the first parcel.
func (o *outbox) next() (parcel, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.queue) == 0 {
		return parcel{}, false
	}
	p := o.queue[0]
	o.queue[0] = parcel{} // the array lives on; the message need not
	o.queue = o.queue[1:]
	return p, true
}

// take removes waiting parcels by message, because they are not to be sent any more.
func (o *outbox) take(ids map[hearth.MessageID]bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	kept := o.queue[:0]
	for _, p := range o.queue {
		if !ids[p.msg.ID] {
			kept = append(kept, p)
		}
	}
	o.taken -= len(o.queue) - len(kept)
	clear(o.queue[len(kept):])
	o.queue = kept
}

// pause stops or lets in again what is born claimed; while the server is away, rows wait in the table.
func (o *outbox) pause(on bool) {
	o.mu.Lock()
	o.paused = on
	n := len(o.queue)
	o.mu.Unlock()
	if !on {
		o.rouse(n)
		o.more.Ring()
	}
}

// catching says that somebody is about to claim what is due; behind says that there was more than it could take.
func (o *outbox) catching() { o.setMissed(false) }

func (o *outbox) behind() { o.setMissed(true) }

func (o *outbox) setMissed(v bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.missed = v
}

// waiting tells how many parcels no worker has begun.
func (o *outbox) waiting() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.queue)
}

// rouse wakes up to n workers. Tokens beyond the channel's size are not needed: a worker goes on until nothing waits.
func (o *outbox) rouse(n int) {
	for range n {
		select {
		case o.wake <- struct{}{}:
		default:
			return
		}
	}
}
