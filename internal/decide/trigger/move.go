package trigger

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"hearth"
	"hearth/internal/base/work"
	"hearth/internal/decide/playbook"
	"hearth/internal/fact/eventlog"
	"hearth/internal/sense/signal"
)

// arrive gives somebody who comes from another partition the signals that were known of them there. Conditions that hold
// for them already are no news: only what changes from here on starts anything.
func (b *batch) arrive(ctx context.Context, en *entry, ev *hearth.Event) error {
	var err error
	if en.zone, err = b.zoneOf(ctx, b.tx, ev.Property); err != nil {
		return err
	}
	en.property = ev.Property
	if en.state, err = b.rebuild(ctx, b.tx, en.resident, ev, false); err != nil {
		return err
	}
	en.relook, en.changed = true, true
	for _, p := range b.act.edges {
		x := en.edges.find(p.Def.ID)
		if x.inside, err = b.inside(p, en.view(b.now)); err != nil {
			return err
		}
		x.version = p.Version
	}
	return b.remember(ctx, en)
}

// leave notes where a resident goes. If another partition follows them from there on, it is to look once more at what
// this one has started until now: it may have come to the arrival first.
func (b *batch) leaveFor(en *entry, ev *hearth.Event) {
	var data struct {
		To hearth.PropertyID `json:"moved_to"`
	}
	if json.Unmarshal(ev.Data, &data) != nil || data.To == "" {
		return
	}
	en.edges.gone, en.edges.to = true, data.To
	if part := eventlog.PartOf(data.To); part != b.part {
		b.puts = append(b.puts, work.Due{Lane: Lane, Kind: dueMoved, Key: string(en.resident) + "/" + strconv.Itoa(part), Part: part, At: b.now})
	}
}

// remember takes over when each playbook last started for the resident, wherever that was: who was asked last week is
// not asked again because they moved.
func (b *batch) remember(ctx context.Context, en *entry) error {
	starts, err := playbook.StartsOf(ctx, b.tx, en.resident)
	if err != nil {
		return err
	}
	for _, s := range starts {
		x := en.edges.find(s.Playbook)
		if !s.Started.After(x.lastStart) {
			continue
		}
		x.lastKey, x.lastStart, en.changed = s.StartKey, s.Started, true
		p := b.act.live(s.Playbook)
		if p == nil || !p.Def.Trigger.Standing() || p.Def.Limits.Again.Per != playbook.PerDays {
			continue
		}
		at := p.Def.Limits.Again.After(s.Started, en.zone)
		if at.Before(b.now) {
			at = b.now
		}
		b.puts = append(b.puts, inclusion{Again: true}.due(p.Def.ID, en.resident, b.part, at))
	}
	return nil
}

// movedDue looks again at what was started for somebody who came from another partition.
func (b *batch) movedDue(ctx context.Context, d work.Due) error {
	en, err := b.knownEntry(ctx, clockFor(d))
	if err != nil || en == nil {
		return err
	}
	return b.remember(ctx, en)
}

// forward passes news of somebody who has left on to the partition that follows them now.
func (b *batch) forward(en *entry, ev *hearth.Event) error {
	part := eventlog.PartOf(en.edges.to)
	p, err := pointerOf(ev)
	if err != nil {
		return err
	}
	if en.edges.to == "" || part == b.part || p.Part == part || !signal.Reads(p.Type) {
		return nil
	}
	data, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("forward news: %w", err)
	}
	// The identity is made of the news and of where it goes, so that news that goes in circles comes to an end.
	b.forwards = append(b.forwards, &hearth.Event{ID: fmt.Sprintf("%d/%d/%s/%d", p.Part, p.Seq, en.resident, part), Source: forwards,
		Type: forwarded, Subject: hearth.Subject{Kind: "resident", ID: string(en.resident)}, Property: en.edges.to,
		Residents: []hearth.ResidentID{en.resident}, Time: ev.Time, AsOf: ev.AsOf, History: ev.History, Data: data})
	return nil
}

// forwards is the source of forwarded news.
const forwards = "hearth/decide/trigger"

// newsOf gives the news that an event brings: itself, unless it is forwarded.
func (b *batch) newsOf(ctx context.Context, ev *hearth.Event) (*hearth.Event, error) {
	if ev.Type != forwarded {
		return ev, nil
	}
	p, err := pointerOf(ev)
	if err != nil {
		return nil, err
	}
	events, err := b.Log.Read(ctx, b.tx, p.Part, p.Seq-1, 1)
	if err != nil {
		return nil, err
	}
	if len(events) == 0 || events[0].Seq != p.Seq {
		return nil, fmt.Errorf("the news at %d of partition %d is not in the log", p.Seq, p.Part)
	}
	return events[0], nil
}
