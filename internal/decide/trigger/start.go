package trigger

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/rule"
	"hearth/internal/base/work"
	"hearth/internal/decide/playbook"
	"hearth/internal/fact/decision"
	"hearth/internal/sense/signal"
)

// cause is why a playbook is about to start.
type cause struct {
	event    *hearth.Event  // nil when time alone made the condition true
	vars     map[string]any // the event's data for conditions, if already read
	included bool           // chosen at activation though inside already
	again    bool           // it was held back before, or may start once more, and the condition still holds
}

// hold is why a playbook does not start now.
type hold struct {
	why   string    // a sentence; "" when nothing holds it
	retry time.Time // when the reason may be gone while a standing condition still holds; zero: never by itself
}

// start begins a run, or records why the playbook was held back although its trigger came true.
func (b *batch) start(ctx context.Context, en *entry, p *playbook.Program, c cause) error {
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
	r.Facts.Because = because(p, c, facts)
	b.begun(en, p, r)
	b.decide(en, decision.Decision{Stage: "trigger", Outcome: "started", Reason: r.Facts.Because, Facts: facts, Playbook: p.Def.ID,
		Version: p.Version, Run: r.ID}, string(r.ID), "started")
	return b.advance(ctx, en, p, r)
}

// begun notes the start with the resident.
func (b *batch) begun(en *entry, p *playbook.Program, r *playbook.Run) {
	x := en.edges.find(p.Def.ID)
	x.lastKey, x.lastStart = r.StartKey, b.now
	en.runs = append(en.runs, r)
	en.changed = true
	if set := b.counts[countKey{p.Def.ID, en.property}]; set != nil {
		set[r.ID] = true
	}
	if again := p.Def.Limits.Again; again.Per == playbook.PerDays && p.Def.Trigger.On == "" {
		// A standing condition that still holds after its time has passed counts as new: nobody is quiet for ever
		// because they were quiet once.
		b.puts = append(b.puts, inclusion{Again: true}.due(p.Def.ID, en.resident, b.part, b.now.AddDate(0, 0, again.Days)))
	}
}

// holdBack puts on record that the playbook did not start, and has it tried again when the reason may be gone. What was
// tried again and is held once more leaves no second row.
func (b *batch) holdBack(en *entry, p *playbook.Program, c cause, key string, held hold) {
	if !held.retry.IsZero() && p.Def.Trigger.On == "" {
		b.puts = append(b.puts, inclusion{Again: true}.due(p.Def.ID, en.resident, b.part, held.retry))
	}
	if c.again {
		return
	}
	b.decide(en, decision.Decision{Stage: "trigger", Outcome: "held back", Reason: held.why, Facts: b.explain(en, p, c), Playbook: p.Def.ID,
		Version: p.Version}, string(p.Def.ID), key, "held")
}

// startKey names what the start is for: two starts with one key are the same start.
func startKey(p *playbook.Program, en *entry, c cause, now time.Time) string {
	v := en.view(now)
	switch p.Def.Limits.Again.Per {
	case playbook.PerTerm:
		return "term:" + v.TermKey()
	case playbook.PerTenancy:
		return "tenancy:" + v.TenancyKey()
	case playbook.PerDays:
		return "at:" + hearth.DayOf(now, v.Zone).String()
	}
	if c.event != nil {
		return "event:" + c.event.Source + "/" + c.event.ID
	}
	return "at:" + strconv.FormatInt(now.UnixMilli(), 10)
}

// heldBack gives what keeps the playbook from starting, or else the identity of the run that may begin.
func (b *batch) heldBack(ctx context.Context, en *entry, p *playbook.Program, c cause, key string) (hearth.RunID, hold, error) {
	v := en.view(b.now)
	if c.event != nil {
		if old := age(c.event, b.now); old > p.Def.Fresh.Plain() {
			return "", hold{why: fmt.Sprintf("The news was %s old; this playbook takes news of at most %s.", daysOld(old), p.Def.Fresh)}, nil
		}
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
	held, err = b.full(ctx, en, p)
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
	return again(en.edges.find(p.Def.ID), p, key, b.now)
}

// again applies the re-entry and cool-down rules to what is remembered of the last start.
func again(x *edge, p *playbook.Program, key string, now time.Time) hold {
	if x.lastStart.IsZero() {
		return hold{}
	}
	rule := p.Def.Limits.Again
	when := x.lastStart.Format(time.DateOnly)
	free := x.lastStart.AddDate(0, 0, rule.Days)
	switch {
	case rule.Per == playbook.PerDays && now.Before(free):
		return hold{why: fmt.Sprintf("It starts %s and last did on %s.", rule, when), retry: free}
	case x.lastKey == key:
		return hold{why: fmt.Sprintf("It starts %s and did on %s.", rule, when)}
	}
	if cool := p.Def.Limits.Cooldown; !cool.IsZero() && now.Before(x.lastStart.Add(cool.Plain())) {
		return hold{why: fmt.Sprintf("It rests for %s after a start, and last started on %s.", cool, when), retry: x.lastStart.Add(cool.Plain())}
	}
	return hold{}
}

// identity names the run, and holds it back if there was one of that name. What happens once per term or tenancy of a
// home happens once whoever speaks for it, so such a run is named after the household.
func (b *batch) identity(ctx context.Context, en *entry, p *playbook.Program, key string) (hearth.RunID, hold, error) {
	who, per := string(en.resident), p.Def.Limits.Again.Per
	standing := per == playbook.PerTerm || per == playbook.PerTenancy
	household := standing && p.Def.For == "household"
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
	if !household && (!standing || en.edges.find(p.Def.ID).lastStart.IsZero()) {
		return id, hold{}, nil // a name of its own, or the first one
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
	return "", hold{why: fmt.Sprintf("It starts %s%s and did on %s.", p.Def.Limits.Again, whom, r.Started.Format(time.DateOnly))}, nil
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
			case r.Playbook != key.playbook || r.Property != key.property:
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

// explain gives the conditions with the values that they read, for the record of the decision.
func (b *batch) explain(en *entry, p *playbook.Program, c cause) map[string]any {
	v := rule.Vars{Fields: en.view(b.now), Event: c.vars}
	facts := map[string]any{}
	var lines []string
	for _, cond := range []*rule.Cond{p.When, p.If, p.Audience} {
		if cond == nil {
			continue
		}
		for _, part := range cond.Explain(v) {
			lines = append(lines, partLine(withConfidence(part, v.Fields)))
		}
	}
	if p.When != nil && c.event == nil {
		facts["turned"] = b.turned(en, p.When)
	}
	if len(lines) > 0 {
		facts["conditions"] = lines
	}
	if c.event != nil {
		facts["event"] = string(c.event.Type)
		facts["event_time"] = c.event.Time.Format(time.RFC3339)
	}
	return facts
}

// partLine writes one condition with its values: "lease.days_to_end <= 120: yes (lease.days_to_end is 119)".
func partLine(part rule.Part) string {
	line := part.Text + ": no"
	switch {
	case part.Holds:
		line = part.Text + ": yes"
	case !part.Known:
		line = part.Text + ": not known"
	}
	for i, val := range part.Values {
		sep := ", "
		if i == 0 {
			sep = " ("
		}
		line += sep + val.Name + " is " + val.Text
	}
	if len(part.Values) > 0 {
		line += ")"
	}
	return line
}

// turned words the parts of a standing condition that hold now and did not a day ago: those that time made true.
func (b *batch) turned(en *entry, cond *rule.Cond) []string {
	before := cond.Explain(rule.Vars{Fields: en.view(b.now.Add(-24 * time.Hour))})
	var lines []string
	for i, part := range cond.Explain(rule.Vars{Fields: en.view(b.now)}) {
		if !part.Holds || before[i].Holds {
			continue
		}
		line := part.Text
		if len(part.Values) > 0 {
			values := make([]string, len(part.Values))
			for j, val := range part.Values {
				values[j] = val.Name + " is " + val.Text
			}
			line += " (" + strings.Join(values, ", ") + ")"
		}
		lines = append(lines, line)
	}
	return lines
}

// withConfidence adds to a part that reads the tone of words how sure the reading is: it is weak evidence, and whoever
// asks why must see so.
func withConfidence(part rule.Part, fields rule.Source) rule.Part {
	v, ok := fields.(signal.View)
	if !ok {
		return part
	}
	for _, val := range part.Values {
		if val.Name == "sentiment.confidence" {
			return part
		}
	}
	for _, val := range part.Values {
		if strings.HasPrefix(val.Name, "sentiment.") {
			text := "not known"
			if c, ok := v.Float("sentiment.confidence"); ok {
				text = strconv.FormatFloat(c, 'f', 2, 64)
			}
			part.Values = append(part.Values, rule.Value{Name: "sentiment.confidence", Text: text})
			return part
		}
	}
	return part
}

// because gives the start in one sentence.
func because(p *playbook.Program, c cause, facts map[string]any) string {
	switch {
	case c.included:
		return "They were inside the condition when the playbook was switched on, and were chosen to be included."
	case c.again && p.When != nil:
		return fmt.Sprintf("It still holds that %s, and the playbook may start again.", p.When.Source())
	case p.Def.Trigger.On != "":
		return fmt.Sprintf("%s, on %s.", p.Happens, c.event.Time.Format(time.DateOnly))
	case p.Def.Trigger.Absence != "":
		return fmt.Sprintf("No %s for %s.", p.Def.Trigger.Absence, p.Def.Trigger.For)
	default:
		if turned, _ := facts["turned"].([]string); len(turned) > 0 {
			return "With time it became true that " + strings.Join(turned, ", and that ") + "."
		}
		return fmt.Sprintf("It became true that %s.", p.When.Source())
	}
}

func daysOld(d time.Duration) string {
	if d < 48*time.Hour {
		return fmt.Sprintf("%d hours", int(d.Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}

// advance carries a run on and collects what it wishes.
func (b *batch) advance(ctx context.Context, en *entry, p *playbook.Program, r *playbook.Run) error {
	wishes, err := p.Advance(r, en.view(b.now))
	if err != nil {
		return err
	}
	for _, w := range wishes {
		b.wish(en, p, w)
	}
	if r.State != playbook.RunActive {
		b.over(en, r)
		b.decide(en, decision.Decision{Stage: "run", Outcome: string(r.State), Reason: r.Ending, Playbook: r.Playbook, Version: r.Version,
			Run: r.ID}, string(r.ID), "ended")
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
	d.Resident, d.Property, d.At = en.resident, en.property, b.now
	parts := append([]string{string(en.resident), strconv.FormatInt(b.now.UnixMilli(), 10)}, about...)
	d.ID = hearth.DecisionID(hearth.DeriveID("dec_", parts...))
	b.decisions = append(b.decisions, d)
}
