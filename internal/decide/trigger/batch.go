package trigger

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
	"hearth/internal/decide/assign"
	"hearth/internal/decide/broadcast"
	"hearth/internal/decide/desk"
	"hearth/internal/decide/playbook"
	"hearth/internal/fact/care"
	"hearth/internal/fact/decision"
	"hearth/internal/fact/record"
	"hearth/internal/sense/signal"
)

// batch is one transaction's work: it collects everything that follows from its events and due rows and writes it
// with few statements at the end.
type batch struct {
	*Engine
	tx    *db.Tx
	now   time.Time
	part  int
	cache *partCache
	act   *active
	care  *care.Now  // pauses and situations in force
	desk  *desk.Desk // the engine's desk, which takes them from here

	events  []*hearth.Event
	dues    []work.Due
	taken   int  // events and due rows
	single  bool // one item only, to find out which one fails
	item    item // the one that is being worked on
	late    bool // a clock is looked at that was due long ago
	touched []*entry
	isIn    map[hearth.ResidentID]bool

	changedRuns map[hearth.RunID]*playbook.Run
	runOrder    []hearth.RunID
	counts      map[countKey]map[hearth.RunID]bool // active runs, for at_once
	left        []*playbook.Run                    // taken out by an exit
	held        []work.Due                         // messages that the desk held until now
	intents     []desk.Intent
	tasks       []taskWish
	escalations []escalation
	goals       []playbook.GoalRow  // what runs began to hope for, and what came of it
	days        map[countKey]*slots // starts given out by day, for a_day
	appends     []*hearth.Event     // what was learned, to be told
	counted     map[*counter]bool   // counters of repetition that were used
	worked      int64               // the place of the last event that was worked
	round       *assign.Round       // of owners; see owners
	decisions   []decision.Decision
	puts        []work.Due
	drops       []string        // runs whose timer is void
	fresh       map[string]bool // runs that this batch began: none has a timer yet
	forwards    []*hearth.Event // late news for other partitions

	recalled []message.Message // taken back from delivery
	lost     []desk.Lost       // not delivered
	lots     []*broadcast.Lot
	paces    map[paceKey]*pace
	unsaid   []unsaid                  // what was left out because a person cancelled it
	released map[string]bool           // what was parked and goes on, by kind and key; see goesOn
	reviews  map[paceKey]hearth.TaskID // the open task for what came too late
	limits   map[hearth.PropertyID]record.Care
}

// countKey names what at_once bounds: the runs of a playbook at a property. A property lies in one partition, so that
// nobody else counts at the same time.
type countKey struct {
	playbook hearth.PlaybookID
	property hearth.PropertyID
}

// work takes what is there, decides it and writes the effects. It gives the position after the batch.
func (b *batch) work(ctx context.Context, after int64) (int64, error) {
	b.worked = after
	if err := b.take(ctx, after); err != nil || b.taken == 0 {
		return after, err
	}
	if b.cache.trouble.tired(b.item) {
		if err := b.setAside(ctx); err != nil {
			return 0, err
		}
	} else if err := b.decideAll(ctx); err != nil {
		return 0, err
	}
	if n := len(b.events); n > 0 {
		after = b.events[n-1].Seq
	}
	return after, b.flush(ctx)
}

// take takes events and due rows so that the batch ends at a moment up to which it holds both, whatever its size: then
// the same things follow each other in the same order wherever batches end.
func (b *batch) take(ctx context.Context, after int64) error {
	limit := b.limit(b.cache.stride.history)
	if b.single = b.cache.trouble.careful > 0; b.single {
		limit = 1
	}
	events, ok := b.Log.Tail(b.part, after, limit)
	var err error
	if !ok {
		if events, err = b.Log.Read(ctx, b.tx, b.part, after, limit); err != nil {
			return err
		}
	}
	if most := b.limit(true); len(events) > most && hasHistory(events) {
		events, limit = events[:most], most
	}
	due, err := work.Any(ctx, b.tx, Lane, b.part, b.until(events, limit))
	if err != nil {
		return err
	}
	if ok && len(events) < limit && b.tx.Dialect() == db.Postgres && (due || b.Log.Beyond(b.part, events[len(events)-1].Seq)) {
		// Memory does not know what another node wrote, nor what was committed without this process hearing so, and it may be older
		// than what is due. The embedded store has one process, which hears of all.
		rest, err := b.Log.Read(ctx, b.tx, b.part, events[len(events)-1].Seq, limit-len(events))
		if err != nil {
			return err
		}
		events = append(events, rest...)
	}
	if due {
		if b.dues, err = work.Take(ctx, b.tx, Lane, b.part, b.until(events, limit), limit); err != nil {
			return err
		}
	}
	if n := len(b.dues); n == limit {
		// More may be due; what was recorded after the last one taken waits for them.
		for i, ev := range events {
			if !ev.Recorded.Before(b.dues[n-1].At) {
				events = events[:i]
				break
			}
		}
	}
	b.events, b.taken = events, len(events)+len(b.dues)
	switch {
	case !b.single:
	case len(b.dues) > 0:
		b.item = dueItem(b.dues[0])
	case len(events) > 0:
		b.item = eventItem(events[0])
	}
	return b.loadAll(ctx)
}

// limit is how many events, with or without history, the batch takes at most. On PostgreSQL nobody waits for the batch but its own partition, and each
// statement is a way to the server and back: the more events share it the better.
func (b *batch) limit(history bool) int {
	if b.tx.Dialect() == db.Postgres {
		return b.size
	}
	return min(b.size, b.cache.stride.limit(history))
}

// until is the moment up to which the batch holds all events: now, or that of the last one where there may be more.
func (b *batch) until(events []*hearth.Event, limit int) time.Time {
	if len(events) == limit {
		if last := latestRecorded(events); last.Before(b.now) {
			return last
		}
	}
	return b.now
}

func latestRecorded(events []*hearth.Event) time.Time {
	var last time.Time
	for _, ev := range events {
		if ev.Recorded.After(last) {
			last = ev.Recorded
		}
	}
	return last
}

// decideAll works events and due rows in the order in which they came up. After a long stop this is what would have
// happened: a reply that came before a time-out ends the wait, one that came after it does not.
func (b *batch) decideAll(ctx context.Context) error {
	dues := b.dues
	for _, ev := range b.events {
		for len(dues) > 0 && !dues[0].At.After(ev.Recorded) {
			if err := b.due(ctx, dues[0]); err != nil {
				return err
			}
			dues = dues[1:]
		}
		if err := b.event(ctx, ev); err != nil {
			return fmt.Errorf("decide event %d: %w", ev.Seq, err)
		}
		b.worked = ev.Seq
	}
	for _, d := range dues {
		if err := b.due(ctx, d); err != nil {
			return err
		}
	}
	if b.fault != nil {
		return b.fault(b)
	}
	return nil
}

// loadAll brings everybody concerned into the cache with a few queries.
func (b *batch) loadAll(ctx context.Context) error {
	ids := make([]hearth.ResidentID, 0, len(b.events)+len(b.dues))
	for _, ev := range b.events {
		ids = append(ids, ev.Residents...)
	}
	for _, d := range b.dues {
		switch d.Kind {
		case dueClock, dueMoved:
			ids = append(ids, clockFor(d))
		case dueInclude:
			_, resident := included(d)
			ids = append(ids, resident)
		case dueHold:
			ids = append(ids, heldFor(d).Resident)
		case dueRun:
			ids = append(ids, hearth.ResidentID(d.Payload))
		}
	}
	if err := b.cache.load(ctx, b.tx, ids, b.Engine); err != nil {
		return err
	}
	return b.preload(ctx)
}

// heldIntent is what the engine reads of a held message.
type heldIntent struct {
	Resident hearth.ResidentID
	Run      hearth.RunID
}

// heldFor reads whom a held message is for.
func heldFor(d work.Due) heldIntent {
	var x heldIntent
	// The desk wrote the payload; one that can't be read is reported when the desk reads it.
	_ = json.Unmarshal([]byte(d.Payload), &x)
	return x
}

// entry gives a resident's entry for work in this batch. property is where what is worked on happened, "" when that
// says nothing.
func (b *batch) entry(ctx context.Context, id hearth.ResidentID, property hearth.PropertyID) (*entry, error) {
	en := b.cache.entries[id]
	if en == nil {
		if err := b.cache.load(ctx, b.tx, []hearth.ResidentID{id}, b.Engine); err != nil {
			return nil, err
		}
		if en = b.cache.entries[id]; en == nil {
			return nil, fmt.Errorf("nobody is named %q", id)
		}
	}
	if b.isIn[id] {
		return en, nil
	}
	if en.property == "" {
		en.property = property
	}
	// Asked anew in each batch: somebody may have corrected the property's zone.
	zone, err := b.zoneOf(ctx, b.tx, en.property)
	if err != nil {
		return nil, err
	}
	en.relook = en.zone != nil && en.zone.String() != zone.String()
	en.zone, en.news, b.isIn[id] = zone, en.news[:0], true
	b.touched = append(b.touched, en)
	return en, nil
}

// knownEntry is entry for what time brings; nil when nothing is known of the resident in this partition: then there is
// nothing to look at, and no row is made.
func (b *batch) knownEntry(ctx context.Context, id hearth.ResidentID) (*entry, error) {
	if err := b.cache.load(ctx, b.tx, []hearth.ResidentID{id}, b.Engine); err != nil {
		return nil, err
	}
	if en := b.cache.entries[id]; en == nil || !en.known && !en.changed {
		return nil, nil
	}
	return b.entry(ctx, id, "")
}

// view gives a resident's signals to the desk.
func (b *batch) view(id hearth.ResidentID) signal.View {
	if en := b.cache.entries[id]; en != nil && en.zone != nil {
		return en.view(b.now)
	}
	return unknownView(b.now)
}

func unknownView(now time.Time) signal.View {
	return signal.View{State: &signal.State{}, Now: now, Zone: time.UTC}
}
