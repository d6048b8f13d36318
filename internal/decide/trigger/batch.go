package trigger

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/rule"
	"hearth/internal/base/work"
	"hearth/internal/decide/desk"
	"hearth/internal/decide/playbook"
	"hearth/internal/fact/decision"
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

	events  []*hearth.Event
	taken   int // events and due rows
	touched []*entry
	isIn    map[hearth.ResidentID]bool

	changedRuns map[hearth.RunID]*playbook.Run
	runOrder    []hearth.RunID
	counts      map[hearth.PlaybookID]int // active runs, for at_once
	intents     []desk.Intent
	tasks       []taskWish
	decisions   []decision.Decision
	puts        []work.Due
	drops       []string // runs whose timer is void
}

// work takes what is there, decides it and writes the effects. It gives the position after the batch.
func (b *batch) work(ctx context.Context, after int64) (int64, error) {
	events, ok := b.Log.Tail(b.part, after, maxEvents)
	var err error
	if !ok {
		if events, err = b.Log.Read(ctx, b.tx, b.part, after, maxEvents); err != nil {
			return 0, err
		}
	}
	dues, err := work.Take(ctx, b.tx, Lane, b.part, b.now, maxDue)
	if err != nil {
		return 0, err
	}
	b.events, b.taken = events, len(events)+len(dues)
	if b.taken == 0 {
		return after, nil
	}
	if err := b.loadAll(ctx, dues); err != nil {
		return 0, err
	}
	for _, ev := range events {
		if err := b.event(ctx, ev); err != nil {
			return 0, fmt.Errorf("decide event %d: %w", ev.Seq, err)
		}
		after = ev.Seq
	}
	if err := b.allDue(ctx, dues); err != nil {
		return 0, err
	}
	return after, b.flush(ctx)
}

// loadAll brings everybody concerned into the cache with a few queries.
func (b *batch) loadAll(ctx context.Context, dues []work.Due) error {
	var ids []hearth.ResidentID
	for _, ev := range b.events {
		ids = append(ids, ev.Residents...)
	}
	for _, d := range dues {
		switch d.Kind {
		case dueClock:
			ids = append(ids, hearth.ResidentID(d.Key))
		case dueInclude:
			_, resident, _ := strings.Cut(d.Key, "/")
			ids = append(ids, hearth.ResidentID(resident))
		case dueHold:
			ids = append(ids, heldFor(d))
		case dueRun:
			ids = append(ids, hearth.ResidentID(d.Payload))
		}
	}
	if err := b.cache.load(ctx, b.tx, ids); err != nil {
		return err
	}
	b.isIn = make(map[hearth.ResidentID]bool, len(ids))
	return nil
}

// heldFor reads whom a held intent is for.
func heldFor(d work.Due) hearth.ResidentID {
	var x struct{ Resident hearth.ResidentID }
	// The desk wrote the payload; one that can't be read is reported when the desk reads it.
	_ = json.Unmarshal([]byte(d.Payload), &x)
	return x.Resident
}

// entry gives a resident's entry for work in this batch, with the zone of the property.
func (b *batch) entry(ctx context.Context, id hearth.ResidentID, property hearth.PropertyID) (*entry, error) {
	en := b.cache.entries[id]
	if en == nil {
		if err := b.cache.load(ctx, b.tx, []hearth.ResidentID{id}); err != nil {
			return nil, err
		}
		en = b.cache.entries[id]
	}
	if property != "" && en.property != property {
		en.property, en.zone = property, nil
	}
	if en.zone == nil {
		zone, err := b.zoneOf(ctx, b.tx, en.property)
		if err != nil {
			return nil, err
		}
		en.zone = zone
	}
	if !b.isIn[id] {
		b.isIn[id] = true
		b.touched = append(b.touched, en)
	}
	return en, nil
}

// view gives a resident's signals to the desk.
func (b *batch) view(id hearth.ResidentID) signal.View {
	if en := b.cache.entries[id]; en != nil && en.zone != nil {
		return en.view(b.now)
	}
	return signal.View{State: &signal.State{}, Now: b.now, Zone: time.UTC}
}

// event folds one event into everybody it concerns and finds what it starts, wakes and ends.
func (b *batch) event(ctx context.Context, ev *hearth.Event) error {
	for _, id := range ev.Residents {
		en, err := b.entry(ctx, id, ev.Property)
		if err != nil {
			return err
		}
		if err := b.fold(ctx, en, ev); err != nil {
			return err
		}
	}
	if ev.History {
		return nil
	}
	return b.onEvent(ctx, ev)
}

// fold updates one resident's signals and follows the edges and runs that depend on them.
func (b *batch) fold(ctx context.Context, en *entry, ev *hearth.Event) error {
	watch := b.act.fedBy[ev.Type]
	// A condition that was never looked at for this resident gets its "before" from before this event.
	for _, p := range watch {
		if x := en.edges.find(p.Def.ID); x.version != p.Version {
			was, err := inside(p, en.view(b.now))
			if err != nil {
				return err
			}
			x.version, x.inside = p.Version, was
		}
	}
	en.state.Fold(ev, en.zone)
	en.changed = true
	if err := b.runsOn(ctx, en, ev); err != nil {
		return err
	}
	for _, p := range watch {
		if err := b.look(ctx, en, p, ev); err != nil {
			return err
		}
	}
	return nil
}

// look compares a standing condition with what it was and starts the playbook on the edge. ev is nil when time alone
// passed.
func (b *batch) look(ctx context.Context, en *entry, p *playbook.Program, ev *hearth.Event) error {
	now, err := inside(p, en.view(b.now))
	if err != nil {
		return err
	}
	x := en.edges.find(p.Def.ID)
	was := x.inside
	if x.version != p.Version {
		// Time passed over a resident whom the look after the activation has not reached: inside is not an edge.
		was = true
	}
	if x.version != p.Version || x.inside != now {
		x.version, x.inside, en.changed = p.Version, now, true
	}
	if !now || was || (ev != nil && ev.History) {
		return nil
	}
	return b.start(ctx, en, p, cause{event: ev})
}

// onEvent starts the on-triggers of the event's type, for the resident it is chiefly about or, in a playbook for the
// household, for whoever speaks for the home.
func (b *batch) onEvent(ctx context.Context, ev *hearth.Event) error {
	programs := b.act.byEvent[ev.Type]
	if len(programs) == 0 || len(ev.Residents) == 0 {
		return nil
	}
	vars := playbook.EventVars(ev)
	for _, p := range programs {
		en := b.cache.entries[b.addressee(p, ev)]
		if p.If != nil {
			holds, err := p.If.Eval(rule.Vars{Fields: en.view(b.now), Event: vars})
			if err != nil {
				return err
			}
			if !holds {
				continue
			}
		}
		if err := b.start(ctx, en, p, cause{event: ev, vars: vars}); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) addressee(p *playbook.Program, ev *hearth.Event) hearth.ResidentID {
	if p.Def.For == "household" {
		for _, id := range ev.Residents {
			if speaks, _ := b.cache.entries[id].view(b.now).Bool("household.primary"); speaks {
				return id
			}
		}
	}
	return ev.Primary()
}

// runsOn takes runs out by their exits and wakes those that waited for the event.
func (b *batch) runsOn(ctx context.Context, en *entry, ev *hearth.Event) error {
	for _, r := range append([]*playbook.Run(nil), en.runs...) {
		p := b.act.program(r.Playbook, r.Version)
		if p == nil {
			return fmt.Errorf("run %s: there is no version %d of %s", r.ID, r.Version, r.Playbook)
		}
		left, err := b.exit(en, p, r, ev)
		if err != nil {
			return err
		}
		if !left && r.WaitsFor == ev.Type && !ev.History {
			r.Wake("event")
			if err := b.advance(ctx, en, p, r); err != nil {
				return err
			}
		}
	}
	return nil
}

// exit takes the run out if one of its exits holds; ev is nil when time alone passed.
func (b *batch) exit(en *entry, p *playbook.Program, r *playbook.Run, ev *hearth.Event) (bool, error) {
	for _, x := range p.Exits {
		vars := rule.Vars{Fields: en.view(b.now)}
		if x.On != "" {
			if ev == nil || x.On != ev.Type {
				continue
			}
			vars.Event = playbook.EventVars(ev)
		}
		holds := true
		if x.Cond != nil {
			var err error
			if holds, err = x.Cond.Eval(vars); err != nil {
				return false, err
			}
		}
		if !holds {
			continue
		}
		r.Leave(x.Because, b.now)
		b.over(en, r)
		b.decide(en, decision.Decision{Stage: "run", Outcome: "left", Reason: x.Because, Playbook: r.Playbook, Version: r.Version, Run: r.ID},
			string(r.ID), "left")
		return true, nil
	}
	return false, nil
}
