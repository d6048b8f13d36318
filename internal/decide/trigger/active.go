package trigger

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/rule"
	"hearth/internal/decide/playbook"
	"hearth/internal/sense/signal"
)

// active is the set of playbooks as of one epoch. It is immutable.
type active struct {
	epoch    int64
	versions map[hearth.PlaybookID]map[int]*playbook.Program // every version: runs stay on theirs
	byEvent  map[hearth.EventType][]*playbook.Program        // live on-triggers, by id
	repeats  map[hearth.EventType][]*playbook.Program        // live repeat-triggers, by id
	edges    []*playbook.Program                             // live when- and absence-triggers, by id
	lives    map[hearth.PlaybookID]*playbook.Program         // the live version of each
	// siteEvents are the types that a property's own runs may wait for.
	siteEvents map[hearth.EventType]bool
	fedBy      map[hearth.EventType][]*playbook.Program // those of edges that an event type can change
	clocks     clocks                                   // what of edges changes with time alone
	clockFed   map[hearth.EventType]*clocks             // the part of clocks that an event type can change
	include    map[hearth.PlaybookID]int                // how many a day the live version takes of those inside; 0: not said
	moments    *playbook.Moments                        // the map that says how much effort each moment gets
}

// loadActive reads and compiles the set as the transaction sees it. A stored version that no longer compiles (a template
// was taken away, an event type renamed) is reported and left out: it must not keep the others from working.
// That nobody could be asked says nothing of it: then it fails, and is tried again.
// What was compiled for the set before is taken over.
func (e *Engine) loadActive(ctx context.Context, tx *db.Tx, epoch int64, before *active) (*active, error) {
	stored, err := playbook.Versions(ctx, tx)
	if err != nil {
		return nil, err
	}
	a := &active{epoch: epoch, versions: map[hearth.PlaybookID]map[int]*playbook.Program{},
		byEvent: map[hearth.EventType][]*playbook.Program{}, fedBy: map[hearth.EventType][]*playbook.Program{},
		clockFed: map[hearth.EventType]*clocks{}, repeats: map[hearth.EventType][]*playbook.Program{},
		lives: map[hearth.PlaybookID]*playbook.Program{}, siteEvents: map[hearth.EventType]bool{}, include: map[hearth.PlaybookID]int{}}
	if a.moments, err = playbook.LoadMoments(ctx, tx); err != nil {
		return nil, err
	}
	kept, err := playbook.Segments(ctx, tx)
	if err != nil {
		return nil, err
	}
	compiler := e.asking(ctx, tx).Accepted()
	for _, s := range stored {
		p, err := before.compiled(s), error(nil)
		if p == nil {
			// With what its segments meant when it was activated: runs of a version stay on its meaning.
			p, err = compiler.With(kept[playbook.VersionOf{ID: s.ID, Version: s.Version}]).Compile([]byte(s.Text))
		}
		if errors.Is(err, playbook.ErrNotAsked) {
			return nil, fmt.Errorf("read playbook %s, version %d: %w", s.ID, s.Version, err)
		}
		if err != nil {
			e.Logger.Error("a stored playbook can no longer be read and rests", "playbook", s.ID, "version", s.Version, "error", err)
			continue
		}
		p.Version = s.Version
		if a.versions[s.ID] == nil {
			a.versions[s.ID] = map[int]*playbook.Program{}
		}
		a.versions[s.ID][s.Version] = p
		if p.Def.For == "property" {
			for _, t := range p.Concerns() {
				a.siteEvents[t] = true
			}
		}
		if s.State == "active" {
			a.add(p, e.Env.Fields())
			a.include[s.ID] = s.ADay
		}
	}
	return a, nil
}

// compiled gives the program of a stored version if it is in the set already; nil if it is not.
func (a *active) compiled(s playbook.Stored) *playbook.Program {
	if a == nil {
		return nil
	}
	if p := a.versions[s.ID][s.Version]; p != nil && p.Text == s.Text {
		return p
	}
	return nil
}

func (a *active) add(p *playbook.Program, fields []rule.Field) {
	a.lives[p.Def.ID] = p
	switch t := p.Def.Trigger; {
	case t.On != "":
		a.byEvent[t.On] = append(a.byEvent[t.On], p)
		return
	case t.Repeat != nil:
		a.repeats[t.Repeat.Event] = append(a.repeats[t.Repeat.Event], p)
		return
	case t.At != nil:
		return // its due rows find it
	}
	a.edges = append(a.edges, p)
	a.addClocks(p, fields)
	feeds := map[hearth.EventType]bool{}
	for _, cond := range []*rule.Cond{p.When, p.If} {
		if cond == nil {
			continue
		}
		for _, f := range cond.FieldIDs() {
			for _, t := range fields[f].Feeds {
				feeds[t] = true
			}
		}
	}
	if p.Def.For == "household" {
		for _, t := range residentEvents() { // they say who speaks for the home
			feeds[t] = true
		}
	}
	if of := p.Def.Trigger.Absence; of != "" {
		// The silence counts from the last event of the type or from the move-in.
		for _, t := range append(tenancyEvents(), of) {
			feeds[t] = true
		}
	}
	types := make([]string, 0, len(feeds))
	for t := range feeds {
		types = append(types, string(t))
	}
	sort.Strings(types)
	for _, t := range types {
		a.fedBy[hearth.EventType(t)] = append(a.fedBy[hearth.EventType(t)], p)
	}
}

// tenancyEvents are the types that can move the start of a tenancy.
func tenancyEvents() []hearth.EventType {
	return []hearth.EventType{"lease.recorded", "lease.changed", "lease.moved_in", "lease.moved_out", "resident.added"}
}

// residentEvents are the types that can change who speaks for a home.
func residentEvents() []hearth.EventType {
	return []hearth.EventType{"resident.added", "resident.changed"}
}

// program gives a version of a playbook; nil if there is none.
func (a *active) program(id hearth.PlaybookID, version int) *playbook.Program {
	return a.versions[id][version]
}

// live gives the active version of a playbook; nil if it is off.
func (a *active) live(id hearth.PlaybookID) *playbook.Program {
	return a.lives[id]
}

// places are the places in the catalog of the signals that the engine itself reads, so that it need not search by name.
type places struct{ primary, role, sinceMoveIn, toStart int }

func newPlaces(env *rule.Env) places {
	at := func(name string) int {
		if i, ok := env.Index(name); ok {
			return i
		}
		return -1 // no such signal: never known
	}
	return places{primary: at("household.primary"), role: at("resident.role"), sinceMoveIn: at("lease.days_since_move_in"),
		toStart: at("lease.days_to_start")}
}

// speaks tells whether the resident speaks for their home.
func (p places) speaks(v signal.View) bool {
	val, _ := v.Field(p.primary)
	yes, _ := val.(bool)
	return yes
}

// roleOf gives the household role, "" when it is not known.
func (p places) roleOf(v signal.View) hearth.HouseholdRole {
	val, _ := v.Field(p.role)
	role, _ := val.(string)
	return hearth.HouseholdRole(role)
}

func number(v signal.View, field int) (int64, bool) {
	val, ok := v.Field(field)
	n, is := val.(int64)
	return n, ok && is
}

// inside tells whether the standing condition of a when- or absence-trigger holds for the view. In a playbook for
// households it holds only for whoever speaks for the home: who comes to do so is inside from then on.
func (e *Engine) inside(p *playbook.Program, v signal.View) (bool, error) {
	vars := rule.Vars{Fields: v}
	if p.Def.For == "household" && !e.at.speaks(v) {
		return false, nil
	}
	if p.When != nil {
		return p.When.Eval(vars)
	}
	if p.Def.Trigger.At != nil {
		return e.onCalendar(p, vars)
	}
	silent, ok := e.silentSince(p, v)
	if !ok || p.Def.Trigger.For.After(silent, v.Zone).After(v.Now) {
		return false, nil
	}
	if p.If == nil {
		return true, nil
	}
	return p.If.Eval(vars)
}

// silentSince gives the moment from which an absence counts: the last event of the type, or the move-in if that was
// later or there was none. Before a tenancy nothing is missing.
func (e *Engine) silentSince(p *playbook.Program, v signal.View) (time.Time, bool) {
	days, ok := number(v, e.at.sinceMoveIn)
	if !ok || days < 0 {
		return time.Time{}, false
	}
	since := (hearth.DayOf(v.Now, v.Zone) - hearth.Day(days)).Start(v.Zone)
	if last := v.State.Last(p.Def.Trigger.Absence); last.After(since) {
		since = last
	}
	return since, true
}
