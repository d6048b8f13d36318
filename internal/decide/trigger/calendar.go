package trigger

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/base/rule"
	"hearth/internal/base/work"
	"hearth/internal/decide/playbook"
	"hearth/internal/fact/eventlog"
)

// The kinds of due rows of calendar triggers.
const (
	dueCalendar = "calendar"        // playbook, version and partition: some property's time has come
	dueOccasion = "calendar.people" // playbook, version and property: the residents of one property, some at a time
)

// calendarLook is the payload of a partition's row of a calendar trigger.
type calendarLook struct {
	Playbook hearth.PlaybookID `json:"playbook"`
	Version  int               `json:"version"`
	Since    int64             `json:"since"` // in ms: occurrences up to then have been seen to
}

// occasion is the payload of the row under which one property's residents are gone through for one occurrence.
type occasion struct {
	Playbook hearth.PlaybookID `json:"playbook"`
	Version  int               `json:"version"`
	Property hearth.PropertyID `json:"property"`
	Day      hearth.Day        `json:"day"`             // the local day of the occurrence
	After    hearth.ResidentID `json:"after,omitempty"` // the last one who was looked at
}

// longestNap is how long a calendar sleeps at most, so that a property that is new, or whose zone was corrected, is
// found in time.
const longestNap = 24 * time.Hour

// calendarDue finds the properties of the partition whose time has come since the last look, and sleeps until the next.
// Of several occurrences that passed meanwhile the newest counts: a long stop is no reason for a flood.
func (b *batch) calendarDue(ctx context.Context, d work.Due) error {
	var l calendarLook
	if err := json.Unmarshal([]byte(d.Payload), &l); err != nil {
		return err
	}
	p := b.act.live(l.Playbook)
	if p == nil || p.Version != l.Version || p.Def.Trigger.At == nil {
		return nil // switched off, or another version since
	}
	sites, err := b.Records.Properties(ctx, b.tx)
	if err != nil {
		return err
	}
	next := b.now.Add(longestNap)
	for _, s := range sites {
		if eventlog.PartOf(s.ID) != b.part {
			continue
		}
		zone, err := b.zoneOf(ctx, b.tx, s.ID)
		if err != nil {
			return err
		}
		if at, day := p.Def.Trigger.At.Last(b.now, zone); hearth.Millis(at) > l.Since {
			if err := b.occur(p, s.ID, day, at); err != nil {
				return err
			}
		}
		at, _ := p.Def.Trigger.At.Next(b.now, zone)
		next = earliest(next, at)
	}
	l.Since = hearth.Millis(b.now)
	payload, err := json.Marshal(l)
	if err != nil {
		return err
	}
	d.At, d.Payload = next, string(payload)
	b.puts = append(b.puts, d)
	return nil
}

// occur begins an occurrence at a property, unless it is no news any more.
func (b *batch) occur(p *playbook.Program, at hearth.PropertyID, day hearth.Day, when time.Time) error {
	if b.now.Sub(when) > p.Def.Fresh.Plain() {
		b.Logger.Warn("a calendar's time passed while nothing was decided, and is left out", "playbook", p.Def.ID, "property", at, "time", when)
		return nil
	}
	payload, err := json.Marshal(occasion{Playbook: p.Def.ID, Version: p.Version, Property: at, Day: day})
	if err != nil {
		return err
	}
	b.puts = append(b.puts, work.Due{Lane: Lane, Kind: dueOccasion, Key: versionKey(p) + "/" + string(at), Part: b.part, At: b.now,
		Payload: string(payload)})
	return nil
}

// occasionStep is how many residents one batch looks at for an occurrence.
const occasionStep = 250

const peopleSQL = `SELECT resident FROM states WHERE org = $1 AND part = $2 AND property = $3 AND resident > $4
ORDER BY resident LIMIT 250`

// occasionDue starts a calendar's playbook for some of the residents of a property, or for the property itself.
func (b *batch) occasionDue(ctx context.Context, d work.Due) error {
	var o occasion
	if err := json.Unmarshal([]byte(d.Payload), &o); err != nil {
		return err
	}
	p := b.act.live(o.Playbook)
	if p == nil || p.Version != o.Version || p.Def.Trigger.At == nil {
		return nil
	}
	if p.Def.For == "property" {
		en, err := b.entry(ctx, siteID(o.Property), o.Property)
		if err != nil {
			return err
		}
		return b.start(ctx, en, p, cause{day: o.Day})
	}
	ids, err := b.idsOf(b.tx.Query(ctx, peopleSQL, b.tx.Org(), b.part, string(o.Property), string(o.After)))
	if err != nil {
		return fmt.Errorf("list the residents of %s: %w", o.Property, err)
	}
	if err := b.cache.load(ctx, b.tx, ids, b.Engine); err != nil {
		return err
	}
	for _, id := range ids {
		if err := b.occasionFor(ctx, p, id, o); err != nil {
			return err
		}
	}
	if len(ids) < occasionStep {
		return nil
	}
	o.After = ids[len(ids)-1]
	payload, err := json.Marshal(o)
	if err != nil {
		return err
	}
	d.Payload, d.At = string(payload), b.now
	b.puts = append(b.puts, d)
	return nil
}

// occasionFor starts the playbook for one resident. Whoever is not meant leaves no row: a condition that is merely false
// decides nothing.
func (b *batch) occasionFor(ctx context.Context, p *playbook.Program, id hearth.ResidentID, o occasion) error {
	if id == siteID(o.Property) {
		return nil
	}
	en, err := b.entry(ctx, id, "")
	if err != nil || en.edges.gone {
		return err
	}
	meant, err := b.Engine.counts(p, en, b.now)
	if err != nil || !meant {
		return err
	}
	if role := b.at.roleOf(en.view(b.now)); role != "" && !role.Addressable() {
		return nil
	}
	return b.start(ctx, en, p, cause{day: o.Day})
}

// onCalendar tells whether a calendar's playbook means the resident: its condition holds, and they speak for the home where it
// is for households.
func (e *Engine) onCalendar(p *playbook.Program, vars rule.Vars) (bool, error) {
	if p.If == nil {
		return true, nil
	}
	return p.If.Eval(vars)
}

// startCalendar are the due rows that make every partition look at the calendar.
func startCalendar(id hearth.PlaybookID, version int, now time.Time) ([]work.Due, error) {
	payload, err := json.Marshal(calendarLook{Playbook: id, Version: version, Since: hearth.Millis(now)})
	if err != nil {
		return nil, err
	}
	var dues []work.Due
	for part := range eventlog.Parts {
		dues = append(dues, work.Due{Lane: Lane, Kind: dueCalendar, Key: fmt.Sprintf("%s@%d/%d", id, version, part), Part: part,
			At: now, Payload: string(payload)})
	}
	return dues, nil
}
