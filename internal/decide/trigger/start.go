package trigger

import (
	"context"
	"strconv"
	"time"

	"hearth"
	"hearth/internal/base/work"
	"hearth/internal/decide/playbook"
	"hearth/internal/fact/decision"
)

// cause is why a playbook is about to start.
type cause struct {
	event    *hearth.Event  // nil when time alone made the condition true
	vars     map[string]any // the event's data for conditions, if already read
	included bool           // chosen at activation though inside already
	late     bool           // it came true long before anybody looked
	again    bool           // it was held back before, or may start once more, and the condition still holds
	day      hearth.Day     // of the calendar's occurrence
	repeated string         // how something repeated, in a sentence
	slot     bool           // its day was given out already
}

// hold is why a playbook does not start now.
type hold struct {
	why   string    // a sentence; "" when nothing holds it
	slot  bool      // the time of retry was given out for this start
	retry time.Time // when the reason may be gone while a standing condition still holds; zero: never by itself
}

// start begins a run, or records why the playbook was held back although its trigger came true.
func (b *batch) start(ctx context.Context, en *entry, p *playbook.Program, c cause) error {
	if en.edges.into != "" {
		return nil // they are seen under another resident, for whom the same came true
	}
	if p.Def.For == "household" && !b.at.speaks(en.view(b.now)) {
		// Somebody else speaks for this home; the playbook is theirs, so for this resident nothing came true.
		return nil
	}
	key := startKey(p, en, c, b.now)
	id, held, err := b.heldBack(ctx, en, p, c, key)
	if err != nil {
		return err
	}
	if c.vars == nil && c.event != nil {
		c.vars = playbook.EventVars(c.event)
	}
	if held.why != "" {
		b.holdBack(en, p, c, key, held)
		return nil
	}
	facts := b.explain(en, p, c)
	r := &playbook.Run{ID: id, Part: b.part, Property: en.property, Resident: en.resident, Playbook: p.Def.ID, Version: p.Version,
		StartKey: key, State: playbook.RunActive, Started: b.now}
	if c.event != nil {
		r.Facts.EventType, r.Facts.Event, r.Facts.EventTime = c.event.Type, playbook.FlatData(c.event.Data), hearth.Millis(c.event.Time)
	}
	if p.Def.Trigger.On != "" {
		r.Facts.Matter = playbook.MatterOf(c.event)
	}
	r.Facts.Because = because(p, c, facts, en.zone)
	whom, err := b.chanceOf(ctx, en, p)
	if err != nil || b.heldOut(en, p, r, whom) {
		return err
	}
	b.begun(en, p, r)
	b.hope(en, p, r, whom)
	b.decide(en, decision.Decision{Stage: "trigger", Outcome: "started", Reason: r.Facts.Because, Facts: facts, Playbook: p.Def.ID,
		Version: p.Version, Run: r.ID}, r.Name(), "started")
	return b.advance(ctx, en, p, r)
}

// begun notes the start with the resident.
func (b *batch) begun(en *entry, p *playbook.Program, r *playbook.Run) {
	x := en.edges.find(p.Def.ID)
	x.lastKey, x.lastStart = r.StartKey, b.now
	en.runs = append(en.runs, r)
	en.changed = true
	b.fresh[string(r.ID)] = true
	if set := b.counts[countKey{p.Def.ID, en.property}]; set != nil && r.Arm == playbook.GroupTreated {
		set[r.ID] = true
	}
	if again := p.Def.Limits.Again; again.Per == playbook.PerDays && p.Def.Trigger.Standing() {
		// A standing condition that still holds after its time has passed counts as new: nobody is quiet for ever
		// because they were quiet once.
		b.puts = append(b.puts, inclusion{Again: true}.due(p.Def.ID, en.resident, b.part, again.After(b.now, en.zone)))
	}
}

// holdBack puts on record that the playbook did not start, and has it tried again when the reason may be gone. What was
// tried again and is held once more leaves no second row.
func (b *batch) holdBack(en *entry, p *playbook.Program, c cause, key string, held hold) {
	if !held.retry.IsZero() && (p.Def.Trigger.Event() == "" || held.slot) {
		x := inclusion{Again: true, Day: c.day, Slot: held.slot}
		if c.event != nil && p.Def.Trigger.Event() != "" {
			x.Seq, x.Because = c.event.Seq, c.repeated
		}
		b.puts = append(b.puts, x.due(p.Def.ID, en.resident, b.part, held.retry))
	}
	if c.again {
		return
	}
	b.decide(en, decision.Decision{Stage: "trigger", Outcome: "held back", Reason: held.why, Facts: b.explain(en, p, c), Playbook: p.Def.ID,
		Version: p.Version}, string(p.Def.ID), key, "held")
}

// advance carries a run on and collects what it wishes.
func (b *batch) advance(ctx context.Context, en *entry, p *playbook.Program, r *playbook.Run) error {
	wishes, err := b.carry(en, p, r)
	if err != nil {
		return err
	}
	for _, w := range wishes {
		b.wish(en, p, w)
	}
	return b.advanced(en, p, r)
}

// advanced notes where a run stands after its step.
func (b *batch) advanced(en *entry, _ *playbook.Program, r *playbook.Run) error {
	if r.State != playbook.RunActive {
		b.over(en, r)
		b.decide(en, decision.Decision{Stage: "run", Outcome: string(r.State), Reason: r.Ending, Playbook: r.Playbook, Version: r.Version,
			Run: r.ID}, r.Name(), "ended")
		return nil
	}
	b.keep(r)
	b.timer(r)
	return nil
}

// timer sets when the run wakes.
func (b *batch) timer(r *playbook.Run) {
	b.puts = append(b.puts, work.Due{Lane: Lane, Kind: dueRun, Key: string(r.ID), Part: b.part, At: r.WakeAt, Payload: string(r.Resident)})
}

// over takes a finished run from the resident and voids its timer.
func (b *batch) over(en *entry, r *playbook.Run) {
	en.dropRun(r)
	b.keep(r)
	b.drops = append(b.drops, string(r.ID))
	delete(b.counts[countKey{r.Playbook, r.Property}], r.ID)
}

// keep marks the run to be written.
func (b *batch) keep(r *playbook.Run) {
	if _, ok := b.changedRuns[r.ID]; !ok {
		b.runOrder = append(b.runOrder, r.ID)
	}
	b.changedRuns[r.ID] = r
}

// decide puts a decision on record. Its id comes from what it is about, so that a repeated batch writes it once.
func (b *batch) decide(en *entry, d decision.Decision, about ...string) {
	d.Resident, d.Property, d.At = en.who(), en.property, b.now
	parts := append([]string{string(en.resident), strconv.FormatInt(b.now.UnixMilli(), 10)}, about...)
	d.ID = hearth.DecisionID(hearth.DeriveIDAt("dec_", b.now, parts...))
	b.decisions = append(b.decisions, d)
}
