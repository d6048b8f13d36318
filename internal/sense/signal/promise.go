package signal

import (
	"cmp"
	"math"
	"slices"
	"time"

	"hearth"
)

// Bounds of what a state remembers about promises.
const (
	maxOpenPromises    = 16 // of more, those that are due first count
	maxSettledPromises = 8  // remembered so that a promise that is told late finds how it ended
)

// promiseStage is the last thing that happened to a promise. At the same instant the higher one counts.
type promiseStage uint8

const (
	promiseOpen promiseStage = iota
	promiseKept
	promiseMissed
)

// promised is one stated expectation.
type promised struct {
	id    uint64
	due   int64 // milliseconds; 0: not told yet
	made  int64 // when it was last stated, milliseconds; 0: not told yet
	at    int64 // when stage was reached, milliseconds
	stage promiseStage
}

func (p *promised) open() bool { return p.made != 0 && p.due != 0 && p.stage == promiseOpen }

// foldPromise folds what happened to a promise. Stating it again with another time moves it.
func (s *State) foldPromise(k kind, d *data, at int64) {
	id := hash(d.Promise)
	if id == 0 {
		return // it could never be found again, so it cannot be known to be open
	}
	p := promised{id: id}
	i := slices.IndexFunc(s.promises, func(x promised) bool { return x.id == id })
	if i >= 0 {
		p = s.promises[i]
	}
	switch k {
	case kindPromiseMade:
		due, err := time.Parse(time.RFC3339, d.Due)
		if err != nil {
			return
		}
		if at > p.made || at == p.made && hearth.Millis(due) > p.due {
			p.made, p.due = at, hearth.Millis(due)
		}
		p.reach(promiseOpen, at)
	case kindPromiseKept:
		p.reach(promiseKept, at)
	case kindPromiseMissed:
		p.reach(promiseMissed, at)
	}
	if i >= 0 {
		s.promises[i] = p
	} else {
		s.promises = append(s.promises, p)
	}
	s.promises = boundPromises(s.promises)
}

func (p *promised) reach(st promiseStage, at int64) {
	if p.at == 0 || at > p.at || at == p.at && st > p.stage {
		p.stage, p.at = st, at
	}
}

// boundPromises sorts open promises first, by when they are due, then the others, the last settled foremost, and forgets
// those beyond the bounds.
func boundPromises(list []promised) []promised {
	slices.SortFunc(list, func(a, b promised) int {
		switch {
		case a.open() != b.open():
			if a.open() {
				return -1
			}
			return 1
		case a.open() && a.due != b.due:
			return cmp.Compare(a.due, b.due)
		case !a.open() && a.at != b.at:
			return cmp.Compare(b.at, a.at)
		}
		return cmp.Compare(a.id, b.id)
	})
	open := 0
	for open < len(list) && list[open].open() {
		open++
	}
	return append(list[:min(open, maxOpenPromises)], list[open:min(len(list), open+maxSettledPromises)]...)
}

// dueDay is the local date on which a promise is due. A promise for a day is stored as due at the midnight that ends it.
func (p *promised) dueDay(zone *time.Location) hearth.Day {
	return hearth.DayOf(time.UnixMilli(p.due-1), zone)
}

// promiseCounts gives how many promises are open, how many of them should have been kept by yesterday, and when the next
// of the others is due.
func (r reader) promiseCounts() (open, overdue int64, next hearth.Day) {
	for i := range r.s.promises {
		p := &r.s.promises[i]
		if !p.open() {
			continue
		}
		open++
		if day := p.dueDay(r.zone); day < r.today {
			overdue++
		} else {
			next = minDay(next, day)
		}
	}
	return open, overdue, next
}

func (e *encoder) promises(list []promised) {
	e.uint(uint64(len(list)))
	for _, p := range list {
		e.fixed(p.id)
		e.int(p.due)
		e.instant(p.made)
		e.instant(p.at)
		e.b = append(e.b, byte(p.stage))
	}
}

func (d *decoder) promises() []promised {
	n := d.len(maxOpenPromises + maxSettledPromises)
	if n == 0 {
		return nil
	}
	list := make([]promised, n)
	for i := range list {
		list[i] = promised{id: d.fixed(), due: d.int(), made: d.instant(), at: d.instant(), stage: promiseStage(d.byte())}
		if list[i].stage > promiseMissed || list[i].due == math.MinInt64 {
			d.fail()
		}
	}
	return list
}
