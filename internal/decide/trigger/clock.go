package trigger

import (
	"slices"
	"time"

	"hearth"
	"hearth/internal/base/rule"
	"hearth/internal/base/work"
	"hearth/internal/decide/playbook"
	"hearth/internal/sense/signal"
)

// clocks is what time alone can change: comparisons, each once although many playbooks make it, and silences.
type clocks struct {
	atoms    []rule.Atom
	silences []*playbook.Program
}

func (c *clocks) add(atom rule.Atom) {
	if !slices.Contains(c.atoms, atom) {
		c.atoms = append(c.atoms, atom)
	}
}

// addClocks takes in what time changes of a standing condition, and which events move the moment of it.
func (a *active) addClocks(p *playbook.Program, fields []rule.Field) {
	fed := func(t hearth.EventType) *clocks {
		if a.clockFed[t] == nil {
			a.clockFed[t] = &clocks{}
		}
		return a.clockFed[t]
	}
	for _, cond := range []*rule.Cond{p.When, p.If} {
		if cond == nil {
			continue
		}
		for _, atom := range cond.Clocks() {
			a.clocks.add(atom)
			for _, t := range fields[atom.Field].Feeds {
				fed(t).add(atom)
			}
		}
	}
	if of := p.Def.Trigger.Absence; of != "" {
		a.clocks.silences = append(a.clocks.silences, p)
		for _, t := range append(tenancyEvents(), of) {
			c := fed(t)
			c.silences = append(c.silences, p)
		}
	}
}

// setClocks finds for everybody touched when a condition could next change by time alone. A clock that stands earlier
// than needed is left alone: it costs one look in vain, moving it would cost a write each time.
func (b *batch) setClocks() {
	for _, en := range b.touched {
		if en.edges.gone || !en.known && !en.changed {
			continue
		}
		stands := en.edges.clock.After(b.now)
		if !stands && !en.edges.clock.IsZero() {
			// It is overdue and comes next: moved, what time has made true would be passed over.
			continue
		}
		next := b.nextLook(en, !stands)
		if next.IsZero() || stands && !next.Before(en.edges.clock) {
			continue
		}
		en.edges.clock, en.changed = next, true
		b.puts = append(b.puts, work.Due{Lane: Lane, Kind: dueClock, Key: clockKey(en), Part: b.part, At: next})
	}
}

// nextLook gives the first instant after now at which a condition could change by time alone; zero if never. While the
// resident's clock stands, all need not be asked: what no event of this batch has moved comes no earlier than the clock.
func (b *batch) nextLook(en *entry, all bool) time.Time {
	next := en.edges.nextGoal()
	if en.site() {
		return next // nothing else of a property's own changes by time but its timers
	}
	v := en.view(b.now)
	if all || en.relook {
		next = earliest(next, b.nextOf(&b.act.clocks, v))
	} else {
		for _, t := range en.news {
			if c := b.act.clockFed[t]; c != nil {
				next = earliest(next, b.nextOf(c, v))
			}
		}
	}
	if en.edges.upset {
		next = earliest(next, (hearth.DayOf(b.now, en.zone) + 1).Start(en.zone).UTC())
	}
	for _, r := range en.runs {
		p := b.act.program(r.Playbook, r.Version)
		if p == nil {
			continue
		}
		for _, x := range p.Exits {
			if x.On != "" || x.Cond == nil {
				continue
			}
			for _, atom := range x.Cond.Clocks() {
				next = earliest(next, v.NextChange(atom))
			}
		}
	}
	return next
}

// nextOf gives the first instant after v.Now at which one of the comparisons and silences could change; zero if never.
func (e *Engine) nextOf(c *clocks, v signal.View) time.Time {
	var next time.Time
	for _, atom := range c.atoms {
		next = earliest(next, v.NextChange(atom))
	}
	for _, p := range c.silences {
		if since, ok := e.silentSince(p, v); ok {
			if at := p.Def.Trigger.For.After(since, v.Zone); at.After(v.Now) {
				next = earliest(next, at)
			}
		} else if n, ok := number(v, e.at.toStart); ok && n >= 0 {
			// The silence starts to count on the day of the move-in.
			next = earliest(next, (hearth.DayOf(v.Now, v.Zone) + hearth.Day(n) + 1).Start(v.Zone))
		}
	}
	return next
}

// earliest gives the earlier of two instants, where zero means never.
func earliest(a, b time.Time) time.Time {
	switch {
	case a.IsZero():
		return b
	case b.IsZero() || a.Before(b):
		return a
	default:
		return b
	}
}
