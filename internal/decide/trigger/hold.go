package trigger

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/rule"
	"hearth/internal/decide/playbook"
	"hearth/internal/sense/signal"
)

// onDay begins the key of a start that an occurrence of a calendar caused; its day follows.
const onDay = "on:"

// startKey names what the start is for: two starts with one key are the same start.
func startKey(p *playbook.Program, en *entry, c cause, now time.Time) string {
	v := en.view(now)
	switch p.Def.Limits.Again.Per {
	case playbook.PerTerm:
		return "term:" + v.TermKey()
	case playbook.PerTenancy:
		return "tenancy:" + v.TenancyKey()
	case playbook.PerDays:
		if c.day == 0 {
			return "at:" + hearth.DayOf(now, v.Zone).String()
		}
	}
	if c.day != 0 {
		return onDay + c.day.String()
	}
	if c.event != nil {
		return "event:" + c.event.Source + "/" + c.event.ID
	}
	return "at:" + strconv.FormatInt(now.UnixMilli(), 10)
}

// heldBack gives what keeps the playbook from starting, or else the identity of the run that may begin.
func (b *batch) heldBack(ctx context.Context, en *entry, p *playbook.Program, c cause, key string) (hearth.RunID, hold, error) {
	v := en.view(b.now)
	if c.event != nil && !c.slot {
		if old := age(c.event, b.now); old > p.Def.Fresh.Plain() {
			return "", hold{why: fmt.Sprintf("The news was %s old; this playbook takes news of at most %s.", daysOld(old), p.Def.Fresh)}, nil
		}
	}
	if b.care.Dead(en.resident, b.now) {
		return "", hold{why: stoppedWords}, nil
	}
	if paused, ok := b.pausedFor(en, p.Def.ID); ok {
		return "", hold{why: "Not started because " + paused.Words(en.zone) + "."}, nil
	}
	if en.edges.gone {
		return "", hold{why: "They have moved to another property."}, nil
	}
	if role := b.at.roleOf(v); role != "" && !role.Addressable() {
		return "", hold{why: fmt.Sprintf("Playbooks do not address a %s.", strings.ReplaceAll(string(role), "_", " "))}, nil
	}
	if p.Audience != nil {
		holds, err := p.Audience.Eval(rule.Vars{Fields: v})
		if err != nil {
			return "", hold{}, err
		}
		if !holds {
			return "", hold{why: "They are not in the audience: " + p.Audience.Source() + "."}, nil
		}
	}
	if held, err := endsAtOnce(p, v); held.why != "" || err != nil {
		return "", held, err
	}
	if held := b.repeated(en, p, c, key); held.why != "" {
		return "", held, nil
	}
	id, held, err := b.identity(ctx, en, p, key)
	if held.why != "" || err != nil {
		return "", held, err
	}
	if held, err = b.full(ctx, en, p); held.why != "" || err != nil {
		return "", held, err
	}
	held, err = b.slot(ctx, en, p, c)
	return id, held, err
}

// endsAtOnce holds a playbook back that one of its own exits would end: what is over before it began asks nobody for
// anything.
func endsAtOnce(p *playbook.Program, v signal.View) (hold, error) {
	for _, x := range p.Exits {
		if x.On != "" || x.Cond == nil {
			continue
		}
		holds, err := x.Cond.Eval(rule.Vars{Fields: v})
		if err != nil {
			return hold{}, err
		}
		if holds {
			return hold{why: "It would end at once: " + x.Because}, nil
		}
	}
	return hold{}, nil
}

// repeated applies what this resident's own earlier starts forbid.
func (b *batch) repeated(en *entry, p *playbook.Program, c cause, key string) hold {
	if en.run(p.Def.ID) != nil {
		held := hold{why: "It is already running for them."}
		if c.again {
			held.retry = b.now.AddDate(0, 0, 1)
		}
		return held
	}
	return again(en.edges.find(p.Def.ID), p, key, b.now.In(en.zone))
}

// again applies the re-entry and cool-down rules to what is remembered of the last start; its words say days in the zone of now.
func again(x *edge, p *playbook.Program, key string, now time.Time) hold {
	if x.lastStart.IsZero() {
		return hold{}
	}
	rule := p.Def.Limits.Again
	when := hearth.DayWords(x.lastStart, now.Location())
	if free, soon := tooSoon(x, p, playbook.Span{N: rule.Days, Unit: playbook.UnitDay}, key, now); soon && rule.Per == playbook.PerDays {
		return hold{why: fmt.Sprintf("It starts %s and last did on %s.", rule, when), retry: free}
	}
	if x.lastKey == key {
		return hold{why: fmt.Sprintf("It starts %s and did on %s.", rule, when)}
	}
	cool := p.Def.Limits.Cooldown
	if free, soon := tooSoon(x, p, cool, key, now); soon && !cool.IsZero() {
		return hold{why: fmt.Sprintf("It rests for %s after a start, and last started on %s.", cool, when), retry: free}
	}
	return hold{}
}

// tooSoon tells whether less than a span has passed since the last start, and when it will have. For a calendar that is zero: its next
// occurrence comes by itself, and no other day is one of its own. There the days of the occurrences count, not when each came to start:
// that may be some moments behind, or days where a limit put it off. It has one time a day, so a part of a day counts as a whole one.
func tooSoon(x *edge, p *playbook.Program, s playbook.Span, key string, now time.Time) (time.Time, bool) {
	zone := now.Location()
	if at := p.Def.Trigger.At; at != nil {
		const day = 24 * time.Hour
		days := hearth.Day((s.Plain() + day - 1) / day)
		return time.Time{}, occurrenceOf(at, key, now, zone) < occurrenceOf(at, x.lastKey, x.lastStart, zone)+days
	}
	free := s.After(x.lastStart, zone)
	return free, now.Before(free)
}

// occurrenceOf gives the day of a calendar's occurrence that a start at t belongs to: its key says so, else it is the last one before.
func occurrenceOf(at *playbook.Calendar, key string, t time.Time, zone *time.Location) hearth.Day {
	if text, ok := strings.CutPrefix(key, onDay); ok {
		if day, err := hearth.ParseDay(text); err == nil {
			return day
		}
	}
	_, day := at.Last(t, zone)
	return day
}

// identity names the run, and holds it back if there was one of that name. Only what happens once per term or tenancy can
// have been there before. For a home it happens once whoever speaks for it, so such a run is named after the household.
func (b *batch) identity(ctx context.Context, en *entry, p *playbook.Program, key string) (hearth.RunID, hold, error) {
	who, per := string(en.resident), p.Def.Limits.Again.Per
	if per != playbook.PerTerm && per != playbook.PerTenancy {
		return playbook.RunIDAt(p.Def.ID, who, key, b.now), hold{}, nil
	}
	household := p.Def.For == "household"
	if household {
		r, err := b.Records.Resident(ctx, b.tx, en.resident)
		if err != nil && hearth.CodeOf(err) != hearth.CodeNotFound {
			return "", hold{}, err
		}
		if r.Household != "" {
			who = string(r.Household)
		}
	}
	id := playbook.RunID(p.Def.ID, who, key)
	if !household && en.edges.find(p.Def.ID).lastStart.IsZero() {
		return id, hold{}, nil // the first one
	}
	r := b.changedRuns[id]
	if r == nil {
		stored, err := playbook.RunsByID(ctx, b.tx, []string{string(id)})
		if err != nil {
			return "", hold{}, err
		}
		if len(stored) == 0 {
			return id, hold{}, nil
		}
		r = stored[0]
	}
	whom := ""
	if household {
		whom = " for this home"
	}
	return "", hold{why: fmt.Sprintf("It starts %s%s and did on %s.", p.Def.Limits.Again, whom, hearth.DayWords(r.Started, en.zone))}, nil
}

// full applies the limit on runs at one time.
func (b *batch) full(ctx context.Context, en *entry, p *playbook.Program) (hold, error) {
	most := p.Def.Limits.AtOnce
	if most == 0 {
		return hold{}, nil
	}
	key := countKey{p.Def.ID, en.property}
	running := b.counts[key]
	if running == nil {
		ids, err := playbook.ActiveIDs(ctx, b.tx, key.playbook, key.property)
		if err != nil {
			return hold{}, err
		}
		running = make(map[hearth.RunID]bool, len(ids))
		for _, id := range ids {
			running[id] = true
		}
		// What this batch changed is not stored yet.
		for id, r := range b.changedRuns {
			switch {
			case r.Playbook != key.playbook || r.Property != key.property || r.Arm == playbook.GroupHeldOut:
			case r.State == playbook.RunActive:
				running[id] = true
			default:
				delete(running, id)
			}
		}
		b.counts[key] = running
	}
	if len(running) < most {
		return hold{}, nil
	}
	return hold{why: fmt.Sprintf("It runs for %d residents of this property already, and for at most %d at once.", len(running), most),
		retry: b.now.AddDate(0, 0, 1)}, nil
}
