package ingest

import (
	"context"
	"sync"

	"hearth/internal/base/db"
)

// lots gathers the events of requests that come at the same time, so that one transaction takes them together: the
// look-ups, the place in the log and the rows of sixteen events cost little more than those of one. A lot takes in
// requests until its transaction begins, so that nobody waits for others to come.
type lots struct {
	turn chan struct{} // on PostgreSQL, holds a token for each lot that is being written; see takeLot
	most int           // events of a lot
	mu   sync.Mutex
	open *lot // still takes requests in; nil: the next one begins a lot
}

// lot is what one transaction takes. Behind its end of gathering only its transaction's goroutine touches it; done is
// closed behind the last of that.
type lot struct {
	entries []*entry
	out     []Outcome // by the entries' places
	done    chan struct{}
	err     error
}

// Bounds of a lot, in events. On the embedded store others wait for its transaction, which shares its commit with those of others in any
// case. On PostgreSQL each transaction has its own, and the log's places are given out to one after the other.
const (
	maxLot      = 128
	maxLotApart = 1024
)

// lotBound gives how many events a lot takes at most.
func lotBound(d db.Dialect) int {
	if d == db.Postgres {
		return maxLotApart
	}
	return maxLot
}

// gathers tells whether entries may be taken together with those of others: what changes a record can be refused
// half-way, which ends the transaction, and a large batch is a lot of its own.
func (s *lots) gathers(entries []*entry) bool {
	if len(entries) > s.most/4 {
		return false
	}
	for _, e := range entries {
		if changesRecord(e.ev.Type) {
			return false
		}
	}
	return true
}

// join adds entries to the open lot, or opens one. first tells that the caller has to see to it.
func (s *lots) join(entries []*entry) (l *lot, from int, first bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open != nil && len(s.open.entries)+len(entries) > s.most {
		s.open = nil // full; its first caller has it
	}
	if first = s.open == nil; first {
		s.open = &lot{done: make(chan struct{})}
	}
	l, from = s.open, len(s.open.out)
	for i, e := range entries {
		e.place = from + i
	}
	l.entries = append(l.entries, entries...)
	l.out = append(l.out, make([]Outcome, len(entries))...)
	return l, from, first
}

// shut ends the gathering of a lot.
func (s *lots) shut(l *lot) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open == l {
		s.open = nil
	}
}

// together takes entries in one transaction with those of other requests of the moment, and puts each outcome at its
// entry's place.
func (d *Door) together(ctx context.Context, entries []*entry, out []Outcome) error {
	places := make([]int, len(entries))
	for i, e := range entries {
		places[i] = e.place
	}
	l, from, first := d.lots.join(entries)
	if first {
		d.takeLot(ctx, l)
	} else {
		<-l.done
	}
	for i, at := range places {
		entries[i].place = at
	}
	if l.err != nil {
		if len(l.entries) == len(entries) {
			return l.err
		}
		return d.write(ctx, entries, out) // what is wrong with one must not be the others' trouble
	}
	for i, at := range places {
		out[at] = l.out[from+i]
	}
	return nil
}

// lotsAtOnce is how many lots are written side by side on PostgreSQL: while one has the log's next places, others look up whom their events concern,
// and a process that has just begun makes several connections ready.
const lotsAtOnce = 4

// takeLot writes a lot for all who joined it, so it goes on when the request that began it is given up. On PostgreSQL one more lot would only wait
// for the places in the log of those before it, with a connection in its hands, while it could still take requests in.
func (d *Door) takeLot(ctx context.Context, l *lot) {
	defer close(l.done)
	if d.DB.Dialect() == db.Postgres {
		d.lots.turn <- struct{}{}
		defer func() { <-d.lots.turn }()
	}
	defer d.lots.shut(l) // if the transaction never began
	l.err = d.DB.Write(context.WithoutCancel(ctx), func(tx *db.Tx) error {
		d.lots.shut(l)
		return d.take(ctx, tx, l.entries, l.out)
	})
}
