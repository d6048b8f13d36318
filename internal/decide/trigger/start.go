package trigger

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"hearth"
	"hearth/internal/base/rule"
	"hearth/internal/base/work"
	"hearth/internal/decide/playbook"
	"hearth/internal/fact/decision"
)

// cause is why a playbook is about to start.
type cause struct {
	event    *hearth.Event  // nil when time alone made the condition true
	vars     map[string]any // the event's data for conditions, if already read
	included bool           // chosen at activation though inside already
}

// start begins a run, or records why the playbook was held back although its trigger came true.
func (b *batch) start(ctx context.Context, en *entry, p *playbook.Program, c cause) error {
	v := en.view(b.now)
	if speaks, _ := v.Bool("household.primary"); p.Def.For == "household" && !speaks {
		// Somebody else speaks for this home; the playbook is theirs, so for this resident nothing came true.
		return nil
	}
	key := startKey(p, en, c, b.now)
	why, err := b.heldBack(ctx, en, p, c, key)
	if err != nil {
		return err
	}
	if c.vars == nil && c.event != nil {
		c.vars = playbook.EventVars(c.event)
	}
	facts := b.explain(en, p, c)
	if why != "" {
		b.decide(en, decision.Decision{Stage: "trigger", Outcome: "held back", Reason: why, Facts: facts, Playbook: p.Def.ID,
			Version: p.Version}, string(p.Def.ID), key, "held")
		return nil
	}
	r := &playbook.Run{ID: playbook.RunID(p.Def.ID, en.resident, key), Part: b.part, Property: en.property, Resident: en.resident,
		Playbook: p.Def.ID, Version: p.Version, StartKey: key, State: playbook.RunActive, Started: b.now}
	if c.event != nil {
		r.Facts.EventType, r.Facts.Event = c.event.Type, playbook.FlatData(c.event.Data)
	}
	r.Facts.Because = because(p, c, facts)
	x := en.edges.find(p.Def.ID)
	x.lastKey, x.lastStart = key, b.now
	en.runs = append(en.runs, r)
	en.changed = true
	if _, counted := b.counts[p.Def.ID]; counted {
		b.counts[p.Def.ID]++
	}
	b.decide(en, decision.Decision{Stage: "trigger", Outcome: "started", Reason: r.Facts.Because, Facts: facts, Playbook: p.Def.ID,
		Version: p.Version, Run: r.ID}, string(r.ID), "started")
	return b.advance(ctx, en, p, r)
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

// heldBack gives the sentence that keeps the playbook from starting, or "".
func (b *batch) heldBack(ctx context.Context, en *entry, p *playbook.Program, c cause, key string) (string, error) {
	v := en.view(b.now)
	if c.event != nil && c.event.Age() > p.Def.Fresh.Plain() {
		return fmt.Sprintf("The news was %s old; this playbook takes news of at most %s.", daysOld(c.event.Age()), p.Def.Fresh), nil
	}
	role, known := v.Text("resident.role")
	if known && !hearth.HouseholdRole(role).Addressable() {
		return fmt.Sprintf("Playbooks do not address a %s.", role), nil
	}
	if p.Audience != nil {
		holds, err := p.Audience.Eval(rule.Vars{Fields: v})
		if err != nil {
			return "", err
		}
		if !holds {
			return "They are not in the audience: " + p.Audience.Source() + ".", nil
		}
	}
	if en.run(p.Def.ID) != nil {
		return "It is already running for them.", nil
	}
	if why := again(en.edges.find(p.Def.ID), p, key, b.now); why != "" {
		return why, nil
	}
	return b.full(ctx, p)
}

// again applies the re-entry and cool-down rules to what is remembered of the last start.
func again(x *edge, p *playbook.Program, key string, now time.Time) string {
	if x.lastStart.IsZero() {
		return ""
	}
	rule := p.Def.Limits.Again
	when := x.lastStart.Format(time.DateOnly)
	switch {
	case x.lastKey == key:
		return fmt.Sprintf("It starts %s and did on %s.", rule, when)
	case rule.Per == playbook.PerDays && now.Before(x.lastStart.AddDate(0, 0, rule.Days)):
		return fmt.Sprintf("It starts %s and last did on %s.", rule, when)
	}
	if cool := p.Def.Limits.Cooldown; !cool.IsZero() && now.Before(x.lastStart.Add(cool.Plain())) {
		return fmt.Sprintf("It rests for %s after a start, and last started on %s.", cool, when)
	}
	return ""
}

// full applies the limit on runs at one time.
func (b *batch) full(ctx context.Context, p *playbook.Program) (string, error) {
	most := p.Def.Limits.AtOnce
	if most == 0 {
		return "", nil
	}
	n, counted := b.counts[p.Def.ID]
	if !counted {
		var err error
		if n, err = playbook.CountActive(ctx, b.tx, p.Def.ID); err != nil {
			return "", err
		}
		for _, r := range b.changedRuns {
			if r.Playbook == p.Def.ID && r.Started.Equal(b.now) && r.State == playbook.RunActive {
				n++
			}
		}
		b.counts[p.Def.ID] = n
	}
	if n >= most {
		return fmt.Sprintf("It runs for %d residents already, and for at most %d at once.", n, most), nil
	}
	return "", nil
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
			lines = append(lines, partLine(part))
		}
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

// because gives the start in one sentence.
func because(p *playbook.Program, c cause, facts map[string]any) string {
	switch {
	case c.included:
		return "They were inside the condition when the playbook was switched on, and were chosen to be included."
	case p.Def.Trigger.On != "":
		return fmt.Sprintf("%s happened on %s.", c.event.Type, c.event.Time.Format(time.DateOnly))
	case p.Def.Trigger.Absence != "":
		return fmt.Sprintf("No %s for %s.", p.Def.Trigger.Absence, p.Def.Trigger.For)
	default:
		lines, _ := facts["conditions"].([]string)
		if len(lines) > 0 && c.event == nil {
			return "With time it became true that " + lines[0] + "."
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
	b.puts = append(b.puts, work.Due{Lane: Lane, Kind: dueRun, Key: string(r.ID), Part: b.part, At: r.WakeAt, Payload: string(r.Resident)})
	return nil
}

// over takes a finished run from the resident and voids its timer.
func (b *batch) over(en *entry, r *playbook.Run) {
	en.dropRun(r)
	b.keep(r)
	b.drops = append(b.drops, string(r.ID))
	if n, counted := b.counts[r.Playbook]; counted {
		b.counts[r.Playbook] = n - 1
	}
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
