package message

import (
	"context"
	"fmt"
	"sync"
	"time"

	"hearth/internal/base/channel"
	"hearth/internal/base/work"
)

// Unrecorded is how many mails that the server took may wait to be recorded: how many slots a journal should have
// beside one for each connection: as many as an outbox holds, so that a worker need not wait while a long batch is decided.
const Unrecorded = 512

// late is what the server took and the store does not know yet. Each has a slot of the journal that says so, and the
// worker that sent it has gone on: a commit for every mail would leave the connections idle most of the time.
type late struct {
	bell work.Bell

	writing sync.Mutex // held by the one that records

	mu     sync.Mutex
	free   []int // slots
	queue  []lateMail
	failed bool // the last attempt to record failed: no more mail goes ahead of the store
}

type lateMail struct {
	o    *outcome // its worker has let go of it
	slot int
}

// open takes the slots from first on.
func (l *late) open(first, slots int) {
	for slot := first; slot < slots; slot++ {
		l.free = append(l.free, slot)
	}
}

func (l *late) reserve() (slot int, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.free) == 0 || l.failed {
		return 0, false
	}
	slot = l.free[len(l.free)-1]
	l.free = l.free[:len(l.free)-1]
	return slot, true
}

func (l *late) release(slots ...int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.free = append(l.free, slots...)
}

func (l *late) put(m lateMail) {
	l.mu.Lock()
	l.queue = append(l.queue, m)
	l.mu.Unlock()
	l.bell.Ring()
}

// first gives up to n of the queue and leaves them in it; pop removes them.
func (l *late) first(n int) []lateMail {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]lateMail(nil), l.queue[:min(n, len(l.queue))]...)
}

func (l *late) empty() bool { return len(l.first(1)) == 0 }

func (l *late) fail(is bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failed = is
}

func (l *late) pop(n int) (left int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.queue = append([]lateMail(nil), l.queue[n:]...)
	return len(l.queue)
}

// keepLate has the journal remember that a mail was sent; then its worker is free. The worker's own slot stays as it is
// until its next mail: where both speak of a mail, the one that says sent counts. false: there is no room, or no journal.
func (s *Sender) keepLate(o *outcome) bool {
	slot, ok := s.late.reserve()
	if !ok {
		return false
	}
	err := s.deps.Journal.Set(slot, channel.Mark{ID: string(o.p.msg.ID), Claim: o.p.claim, Sent: true})
	if err != nil {
		s.late.release(slot)
		s.deps.Log.Warn("the send journal does not take a mail that was sent", "error", err)
		return false
	}
	s.late.put(lateMail{o, slot})
	return true
}

// recordRest is how long after a record the next one waits for more mails to record with: at a thousand mails a second a
// commit for fifty instead of one for ten. The journal has room for those of five thousand a second.
const recordRest = 50 * time.Millisecond

// lateBatch bounds how many mails one transaction records.
const lateBatch = 512

// recordLate records what was sent, as much as one transaction takes, and empties its slots.
func (s *Sender) recordLate(ctx context.Context) (more bool, err error) {
	s.late.writing.Lock()
	defer s.late.writing.Unlock()
	mails := s.late.first(lateBatch)
	if len(mails) == 0 {
		return false, nil
	}
	outs := make([]outcome, len(mails))
	for i, m := range mails {
		outs[i] = *m.o
	}
	// What became of a mail is recorded even while everything stops.
	outs[0].ctx = context.WithoutCancel(ctx)
	// Nobody waits for it: it takes turns with decisions, behind whoever waits for an answer.
	err = s.recordIn(s.deps.DB.WriteAside, outs)
	s.late.fail(err != nil)
	if err != nil {
		return false, fmt.Errorf("record %d sent messages: %w", len(outs), err)
	}
	for _, m := range mails {
		s.clearSlot(m.slot)
		s.late.release(m.slot)
		s.count(m.o.kind)
	}
	s.out.release(len(mails))
	return s.late.pop(len(mails)) > 0, nil
}

func (s *Sender) recordAllLate(ctx context.Context) error {
	for {
		if more, err := s.recordLate(ctx); !more || err != nil {
			return err
		}
	}
}
