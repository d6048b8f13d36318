package model

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"time"

	"hearth"
)

// Calendar is a day of the week and a time of day on the property's calendar.
type Calendar struct {
	Day    time.Weekday
	Minute int // after local midnight
}

// Repeat is something that happens again to somebody.
type Repeat struct {
	Event string
	Times int
	Days  int // the span in which that often counts
}

// Segment is a condition that has a name.
type Segment struct{ ID, Title, If string }

// Segments gives those that the wide library names; they must be known before it is switched on.
func Segments() []Segment {
	return []Segment{{ID: "m_pressed", Title: "A request is open and the lease ends", If: "service.open >= 1 && lease.days_to_end <= 90"}}
}

// Wide gives the library with what starts by the calendar, by repetition and by a segment, and with what some are held out of.
func Wide() []Playbook { return append(Library(), weekly(), thrice(), pressed(), withheld()) }

// weekly: the property's calendar, for whoever a condition means at that moment.
func weekly() Playbook {
	return Playbook{
		ID: "m-weekly", Calendar: &Calendar{Day: time.Monday, Minute: 9 * 60}, Fresh: 30 * time.Hour, Again: Each, Text: `
id: m-weekly
title: The week's open orders
depth: playbook
why: A test.
trigger: {at: {every: week, weekday: monday, time: "09:00"}, if: service.open > 0}
fresh: 30h
limits: {again: each time}
steps:
  - id: week
    task: {title: Say where the order stands, why: It is open, role: leasing, minutes: 1, due: 1 business day}
  - wait: 3d
exits:
  - {when: service.open == 0, because: Nothing is open.}
`,
		When: func(p *person, _ hearth.Day) bool { return p.open() > 0 },
		Steps: []Step{
			{ID: "week", Task: "Say where the order stands"},
			{Wait: &Wait{Days: 3}},
			{End: true},
		},
		Exits: []Exit{{When: func(p *person, _ hearth.Day) bool { return p.open() == 0 }}},
	}
}

// thrice: the third of its kind within a span, late and out of order too, with a rest after a start.
func thrice() Playbook {
	return Playbook{
		ID: "m-thrice", Repeat: &Repeat{Event: "workorder.opened", Times: 3, Days: 20}, Fresh: 48 * time.Hour, Again: Each, Rest: 1, Text: `
id: m-thrice
title: The third order
depth: playbook
why: A test.
trigger: {repeat: {event: workorder.opened, by: resident, times: 3, within: 20d}}
limits: {again: each time, cooldown: 1d}
steps:
  - id: third
    task: {title: Look behind the orders, why: It is the third, role: maintenance_supervisor, minutes: 1, due: 2 business days}
  - wait: {event: workorder.completed, at_most: 5d}
  - branch:
      - if: run.waited == "timeout"
        steps:
          - id: sorry
            task: {title: Say sorry for the third, why: It takes long, role: property_manager, minutes: 1, due: 1 business day}
`,
		Steps: []Step{
			{ID: "third", Task: "Look behind the orders"},
			{Wait: &Wait{Event: "workorder.completed", Days: 5}},
			{Unless: timedOut, Skip: 1},
			{ID: "sorry", Task: "Say sorry for the third"},
			{End: true},
		},
	}
}

// pressed: a condition by its name, which events and time alone make true, once in some days.
func pressed() Playbook {
	return Playbook{
		ID: "m-pressed", Feeds: []string{"workorder.opened", "workorder.completed", "workorder.cancelled", "lease.renewed"}, Fresh: 48 * time.Hour,
		Again: PerDays, Days: 14, Text: `
id: m-pressed
title: An order before the end
depth: playbook
why: A test.
trigger: {when: segment.m_pressed}
limits: {again: once per 14 days}
steps:
  - id: hurry
    task: {title: Hurry the order, why: The lease ends, role: maintenance_supervisor, minutes: 1, due: 1 business day}
  - wait: 4d
  - branch:
      - if: segment.m_pressed
        steps:
          - id: still
            task: {title: Speak with them, why: It is still open, role: property_manager, minutes: 1, due: 1 business day}
`,
		When:  isPressed,
		Clock: func(p *person) []time.Time { return p.mornings(p.leaseEnd-90, p.leaseEnd+1) },
		Steps: []Step{
			{ID: "hurry", Task: "Hurry the order"},
			{Wait: &Wait{Days: 4}},
			{Unless: func(_ *Run, p *person, today hearth.Day) bool { return isPressed(p, today) }, Skip: 1},
			{ID: "still", Task: "Speak with them"},
			{End: true},
		},
	}
}

// withheld: two in five are held out, and do not count for the limit on runs at one time.
func withheld() Playbook {
	return Playbook{
		ID: "m-withheld", On: "amenity.booked", Fresh: 48 * time.Hour, Again: Each, AtOnce: 3, Holdout: 40, GoalDays: 6, Text: `
id: m-withheld
title: A word about the club
depth: playbook
why: A test.
trigger: {on: amenity.booked}
limits: {again: each time, at_once: 3}
holdout: 40
goal: {event: portal.visited, within: 6d}
steps:
  - wait: 30h
  - id: word
    send: {template: amenity-booked, class: relation, purpose: club.word}
  - wait: 2d
exits:
  - {on: workorder.opened, because: Something else matters more.}
`,
		Steps: []Step{
			{Wait: &Wait{Hours: 30}},
			{ID: "word", Send: &Send{Template: "amenity-booked", Class: hearth.ClassRelation, Purpose: "club.word"}},
			{Wait: &Wait{Days: 2}},
			{End: true},
		},
		Exits: []Exit{{On: "workorder.opened"}},
	}
}

// heldOut tells whether a playbook does nothing for somebody. It hangs on the two names alone, the same for ever: else what is
// measured over a year would mix the arms.
func (p *Playbook) heldOut(who string) bool {
	if p.Holdout == 0 {
		return false
	}
	sum := sha256.Sum256([]byte(p.ID + "\x00\x00" + who))
	return binary.BigEndian.Uint64(sum[:8])%100 < uint64(p.Holdout)
}

func isPressed(p *person, today hearth.Day) bool {
	return p.open() >= 1 && p.leaseEnd >= today && p.leaseEnd-today <= 90
}

// next gives the first occurrence after a time.
func (c *Calendar) next(now time.Time, zone *time.Location) time.Time {
	for day := hearth.DayOf(now, zone); ; day++ {
		at := day.At(c.Minute, zone).UTC()
		if at.In(zone).Weekday() == c.Day && at.After(now) {
			return at
		}
	}
}

// last gives the newest occurrence up to a time.
func (c *Calendar) last(now time.Time, zone *time.Location) time.Time {
	for day := hearth.DayOf(now, zone); ; day-- {
		at := day.At(c.Minute, zone).UTC()
		if at.In(zone).Weekday() == c.Day && !at.After(now) {
			return at
		}
	}
}

// watchCalendar has a playbook of the calendar looked at when its next time has come. seen is up to when that was done: an
// occurrence counts once, though the clock be set back, and of those that passed meanwhile the newest.
func (m *Model) watchCalendar(pb *Playbook, seen, now time.Time) {
	m.put(due{pb.Calendar.next(now, m.Place.Zone), "calendar", pb.ID, func(now time.Time) {
		if at := pb.Calendar.last(now, m.Place.Zone); at.After(seen) && now.Sub(at) <= pb.Fresh {
			m.put(due{now, "calendar.people", pb.ID, func(now time.Time) { m.occasion(pb, at, now) }})
		}
		m.watchCalendar(pb, now, now)
	}})
}

// occasion starts a playbook for everybody whom it means.
func (m *Model) occasion(pb *Playbook, at, now time.Time) {
	for _, id := range m.ids {
		if p := m.people[id]; pb.When(p, hearth.DayOf(now, p.zone)) {
			m.begin(p, pb, nil, "on:"+hearth.DayOf(at, p.zone).String(), false, now)
		}
	}
}

// repeated counts an event for the repetitions and starts those of which it makes the count full: the most of them that
// lie within one span around it are exactly as many as asked for.
func (m *Model) repeated(p *person, e *Event, now time.Time) {
	for i := range m.library {
		pb := &m.library[i]
		if pb.Repeat == nil || pb.Repeat.Event != e.Type {
			continue
		}
		// Events of one instant count in the order in which they were told, which is that of the list.
		times := append(slices.Clone(p.happened[pb.ID]), e.Time)
		p.happened[pb.ID] = times
		span, most := time.Duration(pb.Repeat.Days)*24*time.Hour, 0
		for _, first := range times {
			if first.After(e.Time) || e.Time.Sub(first) >= span {
				continue
			}
			n := 0
			for _, t := range times {
				if !t.Before(first) && t.Sub(first) < span {
					n++
				}
			}
			most = max(most, n)
		}
		if most == pb.Repeat.Times {
			m.start(p, pb, e, false, now)
		}
	}
}
