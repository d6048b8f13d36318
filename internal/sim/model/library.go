package model

import (
	"time"

	"hearth"
)

// Library gives the playbooks that the model knows. Each text says in the engine's language what stands behind it.
func Library() []Playbook {
	return []Playbook{parcel(), clubA(), clubB(), clubC(), order(), several(), ending(), silent(), busy()}
}

// parcel: an event, a message at once, a wait for an event with a time-out, an exit by an event.
func parcel() Playbook {
	return Playbook{
		ID: "m-parcel", On: "package.arrived", Fresh: 48 * time.Hour, Again: Each, Text: `
id: m-parcel
title: A parcel
depth: playbook
why: It waits.
trigger: {on: package.arrived}
limits: {again: each time}
steps:
  - id: tell
    send: {template: package-arrived, class: service, purpose: package.arrived}
  - id: fetch
    wait: {event: portal.visited, at_most: 3d}
  - branch:
      - if: run.waited == "timeout"
        steps:
          - id: ask
            task: {title: Ask about the parcel, why: It waits, role: leasing, minutes: 1, due: 2 business days}
  - id: rest
    wait: 12h
exits:
  - {on: package.collected, because: They have it.}
`,
		Steps: []Step{
			{ID: "tell", Send: &Send{Template: "package-arrived", Class: hearth.ClassService, Purpose: "package.arrived"}},
			{Wait: &Wait{Event: "portal.visited", Days: 3}},
			{Unless: timedOut, Skip: 1},
			{ID: "ask", Task: "Ask about the parcel"},
			{Wait: &Wait{Hours: 12}},
			{End: true},
		},
		Exits: []Exit{{On: "package.collected"}},
	}
}

func timedOut(r *Run, _ *person, _ hearth.Day) bool { return r.waited == "timeout" }

// clubA: re-entry by days, a limit on runs at one time, a message that a budget covers, a time of day.
func clubA() Playbook {
	return Playbook{
		ID: "m-club-a", On: "amenity.booked", Fresh: 24 * time.Hour, Again: PerDays, Days: 5, AtOnce: 3, Text: `
id: m-club-a
title: Club A
depth: playbook
why: A test.
trigger: {on: amenity.booked}
fresh: 24h
limits: {again: once per 5 days, at_once: 3}
steps:
  - wait: 26h
  - id: a
    send: {template: amenity-booked, class: relation, purpose: club.a}
  - wait: {until: "09:00"}
  - id: after
    task: {title: Look after the club, why: They came, role: leasing, minutes: 1, due: 1 business day}
  - wait: 3d
exits:
  - {on: lease.notice_given, because: They leave.}
`,
		Steps: []Step{
			{Wait: &Wait{Hours: 26}},
			{ID: "a", Send: &Send{Template: "amenity-booked", Class: hearth.ClassRelation, Purpose: "club.a"}},
			{Wait: &Wait{Until: 9 * 60}},
			{ID: "after", Task: "Look after the club"},
			{Wait: &Wait{Days: 3}},
			{End: true},
		},
		Exits: []Exit{{On: "lease.notice_given"}},
	}
}

// clubB: each time with a rest after a start, and a message by night.
func clubB() Playbook {
	return Playbook{
		ID: "m-club-b", On: "amenity.booked", Fresh: 48 * time.Hour, Again: Each, Rest: 3, Text: `
id: m-club-b
title: Club B
depth: playbook
why: A test.
trigger: {on: amenity.booked}
limits: {again: each time, cooldown: 3d}
steps:
  - wait: {until: "23:30"}
  - id: b
    send: {template: amenity-booked, class: relation, purpose: club.b}
`,
		Steps: []Step{
			{Wait: &Wait{Until: 23*60 + 30}},
			{ID: "b", Send: &Send{Template: "amenity-booked", Class: hearth.ClassRelation, Purpose: "club.b"}},
			{End: true},
		},
	}
}

// clubC: a condition on the event, a message that says what another playbook may have said, and one that nothing caps.
func clubC() Playbook {
	return Playbook{
		ID: "m-club-c", On: "amenity.booked", Fresh: 72 * time.Hour, Again: Each, If: func(e Event) bool { return e.Hall }, Text: `
id: m-club-c
title: Club C
depth: playbook
why: A test.
trigger: {on: amenity.booked, if: event.amenity == "Hall"}
fresh: 72h
limits: {again: each time}
steps:
  - wait: 2h
  - id: c
    send: {template: amenity-booked, class: relation, purpose: club.c}
  - wait: 2d
  - id: d
    send: {template: promise-missed, class: promise, purpose: club.d}
`,
		Steps: []Step{
			{Wait: &Wait{Hours: 2}},
			{ID: "c", Send: &Send{Template: "amenity-booked", Class: hearth.ClassRelation, Purpose: "club.c"}},
			{Wait: &Wait{Days: 2}},
			{ID: "d", Send: &Send{Template: "promise-missed", Class: hearth.ClassPromise, Purpose: "club.d"}},
			{End: true},
		},
	}
}

// order: a run that is about one work order, an audience, and branches after two waits.
func order() Playbook {
	return Playbook{
		ID: "m-order", On: "workorder.opened", Fresh: 48 * time.Hour, Again: Each, Text: `
id: m-order
title: An order
depth: playbook
why: A test.
trigger: {on: workorder.opened}
audience: lease.days_to_end > 20
limits: {again: each time}
steps:
  - id: look
    task: {title: Look at the order, why: It came in, role: maintenance_supervisor, minutes: 1, due: 1 business day}
  - wait: {event: workorder.completed, at_most: 3d}
  - branch:
      - if: run.waited == "timeout"
        steps:
          - id: slow
            task: {title: Ask where the order stands, why: It takes long, role: maintenance_supervisor, minutes: 1, due: 1 business day}
          - wait: {event: workorder.completed, at_most: 4d}
          - branch:
              - if: run.waited == "event"
                steps: [{end: Done in the end.}]
      - else:
          - wait: 36h
  - id: last
    task: {title: Close the order, why: A look back, role: leasing, minutes: 1, due: 3 business days}
exits:
  - {on: workorder.cancelled, because: It was called off.}
`,
		Audience: func(p *person, today hearth.Day) bool { return p.leaseEnd >= today && p.leaseEnd-today > 20 },
		Steps: []Step{
			{ID: "look", Task: "Look at the order"},
			{Wait: &Wait{Event: "workorder.completed", Days: 3}},
			{Unless: timedOut, Skip: 5},
			{ID: "slow", Task: "Ask where the order stands"},
			{Wait: &Wait{Event: "workorder.completed", Days: 4}},
			{Unless: func(r *Run, _ *person, _ hearth.Day) bool { return r.waited == "event" }, Skip: 1},
			{End: true},
			{Skip: 1},
			{Wait: &Wait{Hours: 36}},
			{ID: "last", Task: "Close the order"},
			{End: true},
		},
		Exits: []Exit{{On: "workorder.cancelled"}},
	}
}

// several: a standing condition that events make true, once in some days, with an exit that is a condition.
func several() Playbook {
	return Playbook{
		ID: "m-several", Feeds: []string{"workorder.opened", "workorder.completed", "workorder.cancelled"}, Fresh: 48 * time.Hour, Again: PerDays, Days: 10, Text: `
id: m-several
title: Several orders
depth: playbook
why: A test.
trigger: {when: service.open >= 2}
limits: {again: once per 10 days}
steps:
  - id: talk
    task: {title: Talk about the orders, why: There are several, role: property_manager, minutes: 1, due: 2 business days}
  - wait: 5d
  - branch:
      - if: service.open >= 2
        steps:
          - id: sorry
            send: {template: service-waiting, class: promise, purpose: club.sorry}
exits:
  - {when: service.open == 0, because: Nothing is open.}
`,
		When: func(p *person, _ hearth.Day) bool { return p.open() >= 2 },
		Steps: []Step{
			{ID: "talk", Task: "Talk about the orders"},
			{Wait: &Wait{Days: 5}},
			{Unless: func(_ *Run, p *person, _ hearth.Day) bool { return p.open() >= 2 }, Skip: 1},
			{ID: "sorry", Send: &Send{Template: "service-waiting", Class: hearth.ClassPromise, Purpose: "club.sorry"}},
			{End: true},
		},
		Exits: []Exit{{When: func(p *person, _ hearth.Day) bool { return p.open() == 0 }}},
	}
}

// ending: a condition that time alone makes true, once a term, with a wait for a day of the lease.
func ending() Playbook {
	return Playbook{
		ID: "m-ending", Feeds: []string{"lease.renewed"}, Fresh: 48 * time.Hour, Again: PerTerm, Text: `
id: m-ending
title: The lease ends
depth: playbook
why: A test.
trigger: {when: lease.days_to_end <= 60}
limits: {again: once per term}
steps:
  - id: plan
    task: {title: Plan the talk, why: The lease ends, role: leasing, minutes: 1, due: 2 business days}
  - wait: {days_before: lease_end, days: 30, at: "10:00"}
  - branch:
      - if: service.open > 0
        steps:
          - id: first
            task: {title: Settle the order first, why: It is open, role: leasing, minutes: 1, due: 2 business days}
      - else:
          - id: remind
            send: {template: renewal-reminder, class: relation, purpose: club.renewal}
  - wait: 10d
exits:
  - {on: lease.renewed, because: They stay.}
  - {on: lease.notice_given, because: They leave.}
`,
		When:  func(p *person, today hearth.Day) bool { return p.leaseEnd >= today && p.leaseEnd-today <= 60 },
		Clock: func(p *person) []time.Time { return p.mornings(p.leaseEnd-60, p.leaseEnd+1) },
		Steps: []Step{
			{ID: "plan", Task: "Plan the talk"},
			{Wait: &Wait{BeforeEnd: 30, Until: 10 * 60}},
			{Unless: func(_ *Run, p *person, _ hearth.Day) bool { return p.open() > 0 }, Skip: 2},
			{ID: "first", Task: "Settle the order first"},
			{Skip: 1},
			{ID: "remind", Send: &Send{Template: "renewal-reminder", Class: hearth.ClassRelation, Purpose: "club.renewal"}},
			{Wait: &Wait{Days: 10}},
			{End: true},
		},
		Exits: []Exit{{On: "lease.renewed"}, {On: "lease.notice_given"}},
	}
}

// silent: an absence, which is news again while it lasts.
func silent() Playbook {
	return Playbook{
		ID: "m-silent", Feeds: []string{"portal.visited"}, Silence: "portal.visited", For: 21, Fresh: 48 * time.Hour, Again: PerDays, Days: 30, Text: `
id: m-silent
title: Nothing heard
depth: playbook
why: A test.
trigger: {absence: portal.visited, for: 21d}
limits: {again: once per 30 days}
steps:
  - id: hello
    task: {title: Say hello, why: They are quiet, role: leasing, minutes: 1, due: 2 business days}
  - wait: {event: portal.visited, at_most: 7d}
  - branch:
      - if: run.waited == "timeout"
        steps:
          - id: again
            task: {title: Try once more, why: They are still quiet, role: leasing, minutes: 1, due: 2 business days}
`,
		Steps: []Step{
			{ID: "hello", Task: "Say hello"},
			{Wait: &Wait{Event: "portal.visited", Days: 7}},
			{Unless: timedOut, Skip: 1},
			{ID: "again", Task: "Try once more"},
			{End: true},
		},
	}
}

// busy: a count over a window that moves with the days, each time it is reached.
func busy() Playbook {
	return Playbook{
		ID: "m-busy", Feeds: []string{"workorder.opened"}, Fresh: 96 * time.Hour, Again: Each, Text: `
id: m-busy
title: Many orders in a month
depth: playbook
why: A test.
trigger: {when: service.opened_30d >= 3}
fresh: 96h
limits: {again: each time}
steps:
  - wait: {until: "14:15"}
  - id: see
    task: {title: See the home, why: Many orders, role: maintenance_supervisor, minutes: 1, due: 4 business hours}
  - wait: 6d
`,
		When: func(p *person, today hearth.Day) bool {
			n := 0
			for _, d := range p.opened {
				if d <= today && today-d < 30 {
					n++
				}
			}
			return n >= 3
		},
		Clock: func(p *person) []time.Time {
			var out []time.Time
			for _, d := range p.opened {
				out = append(out, p.mornings(d, d+30)...)
			}
			return out
		},
		Steps: []Step{
			{Wait: &Wait{Until: 14*60 + 15}},
			{ID: "see", Task: "See the home"},
			{Wait: &Wait{Days: 6}},
			{End: true},
		},
	}
}
