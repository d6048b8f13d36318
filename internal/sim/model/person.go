package model

import (
	"slices"
	"time"

	"hearth"
)

// person is what is known of one resident.
type person struct {
	id       string
	zone     *time.Location
	moveIn   hearth.Day
	leaseEnd hearth.Day
	term     int
	orders   map[string]bool // by work order: whether an urgent one; open ones only
	opened   []hearth.Day    // of every work order
	visited  time.Time       // the last visit of the portal
	visits   []time.Time     // all visits, in the order in which they were told
	refused  bool            // they want no discretionary messages
	worded   int64           // when they said the last of their words about it, in ms

	inside map[string]bool      // by playbook: whether its standing condition held at the last look
	starts map[string]lastStart // by playbook
	// happened is when that happened which a playbook counts, as it was told.
	happened map[string][]time.Time
	runs     []*Run // all, in the order of their starts
	moods    []mood // how things stood for the desk, from when on
}

type lastStart struct {
	key string
	at  time.Time
}

// mood is what the desk asks about a person, as it was from a time on.
type mood struct {
	from     time.Time
	open     bool
	urgent   bool
	refused  bool
	leaseEnd hearth.Day
	visits   []time.Time
}

func (p *person) open() int { return len(p.orders) }

// learn takes a fact in.
func (p *person) learn(e Event, now time.Time) {
	switch e.Type {
	case "workorder.opened":
		p.orders[e.Matter] = e.Urgent
		p.opened = append(p.opened, hearth.DayOf(e.Time, p.zone))
	case "workorder.completed", "workorder.cancelled":
		delete(p.orders, e.Matter)
	case "portal.visited":
		if e.Time.After(p.visited) {
			p.visited = e.Time
		}
		p.visits = append(p.visits, e.Time)
	case "lease.renewed":
		p.leaseEnd, p.term = e.LeaseEnd, p.term+1
	case "consent.changed":
		if e.Time.UnixMilli() >= p.worded { // a word told late that is older than the last one is evidence alone
			p.refused, p.worded = !e.Allowed, e.Time.UnixMilli()
		}
	}
	p.note(now)
}

// note remembers how things stand for the desk, if that is new.
func (p *person) note(now time.Time) {
	m := mood{from: now, open: len(p.orders) > 0, refused: p.refused, leaseEnd: p.leaseEnd, visits: p.visits}
	for _, urgent := range p.orders {
		m.urgent = m.urgent || urgent
	}
	if n := len(p.moods); n > 0 {
		if last := p.moods[n-1]; last.open == m.open && last.urgent == m.urgent && last.refused == m.refused && last.leaseEnd == m.leaseEnd && len(last.visits) == len(m.visits) {
			return
		}
	}
	p.moods = append(p.moods, m)
}

// moodsAt gives how things stood at an instant: what held before it and all that came about in it.
func (p *person) moodsAt(t time.Time) []mood {
	var out []mood
	for i, m := range p.moods {
		if m.from.After(t) {
			continue
		}
		if i+1 < len(p.moods) && p.moods[i+1].from.Before(t) {
			continue
		}
		out = append(out, m)
	}
	return out
}

// mornings gives the beginnings of days.
func (p *person) mornings(days ...hearth.Day) []time.Time {
	out := make([]time.Time, len(days))
	for i, d := range days {
		out[i] = d.Start(p.zone).UTC()
	}
	return out
}

// silentUntil gives when a silence of some days is full, counted from the last visit or the move-in.
func (p *person) silentUntil(days int) time.Time {
	since := p.moveIn.Start(p.zone)
	if p.visited.After(since) {
		since = p.visited
	}
	return later(since, days, 0, p.zone)
}

// holds tells whether a playbook's standing condition holds.
func (p *person) holds(pb *Playbook, now time.Time) bool {
	if pb.Silence != "" {
		return !p.silentUntil(pb.For).After(now)
	}
	return pb.When(p, hearth.DayOf(now, p.zone))
}

// turns gives the instants after now at which time alone may change a playbook's standing condition.
func (p *person) turns(pb *Playbook, now time.Time) []time.Time {
	var out []time.Time
	switch {
	case pb.Silence != "":
		out = []time.Time{p.silentUntil(pb.For)}
	case pb.Clock != nil:
		out = pb.Clock(p)
	}
	return slices.DeleteFunc(out, func(t time.Time) bool { return !t.After(now) })
}

// active gives the runs that are not over, in the order of their starts.
func (p *person) active() []*Run {
	var out []*Run
	for _, r := range p.runs {
		if r.State == Active {
			out = append(out, r)
		}
	}
	return out
}

// running gives the person's run of a playbook that is not over; nil if there is none.
func (p *person) running(playbook string) *Run {
	for _, r := range p.active() {
		if r.Playbook == playbook {
			return r
		}
	}
	return nil
}

// later adds calendar days and hours: days keep the time on the clock on the wall.
func later(t time.Time, days, hours int, zone *time.Location) time.Time {
	if days == 0 {
		return t.Add(time.Duration(hours) * time.Hour)
	}
	local := t.In(zone)
	at := (hearth.DayOf(t, zone) + hearth.Day(days)).At(local.Hour()*60+local.Minute(), zone)
	return at.Add(time.Duration(local.Second())*time.Second + time.Duration(local.Nanosecond())).UTC()
}
