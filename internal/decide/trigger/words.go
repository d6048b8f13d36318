package trigger

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/rule"
	"hearth/internal/decide/playbook"
	"hearth/internal/sense/signal"
)

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
		facts["turned"] = b.turned(en, p)
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

// turned words the parts of a standing condition that hold now and did not a day ago: those that time made true. "the lease ends in
// at most 120 days (now 119)".
func (b *batch) turned(en *entry, p *playbook.Program) []string {
	before := p.When.Explain(rule.Vars{Fields: en.view(b.now.Add(-24 * time.Hour))})
	var lines []string
	for i, part := range p.When.Explain(rule.Vars{Fields: en.view(b.now)}) {
		if part.Holds && !before[i].Holds {
			lines = append(lines, turnedLine(p, part))
		}
	}
	return lines
}

func turnedLine(p *playbook.Program, part rule.Part) string {
	line, said := p.Words(part.Text)
	now, with := "now ", " and "
	if !said {
		line, now, with = part.Text, "", ", "
	}
	if len(part.Values) == 0 {
		return line
	}
	values := make([]string, len(part.Values))
	for i, val := range part.Values {
		if values[i] = val.Text; !said {
			values[i] = val.Name + " is " + val.Text
		}
	}
	return line + " (" + now + strings.Join(values, with) + ")"
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
func because(p *playbook.Program, c cause, facts map[string]any, zone *time.Location) string {
	switch {
	case c.included:
		return "They were inside the condition when the playbook was switched on, and were chosen to be included."
	case c.repeated != "":
		return c.repeated
	case c.day != 0:
		return fmt.Sprintf("The calendar says so: %s, on %s.", p.Def.Trigger.At, c.day.Words())
	case c.late:
		return "It came true while nothing was decided, because the program stood still or the clock was set, and it still holds."
	case c.again && p.When != nil:
		return fmt.Sprintf("It still holds that %s, and the playbook may start again.", p.Starts)
	case p.Def.Trigger.On != "":
		return fmt.Sprintf("%s, on %s.", p.Happens, hearth.DayWords(c.event.Time, zone))
	case p.Def.Trigger.Absence != "":
		return "F" + strings.TrimPrefix(p.Starts, "f") + "."
	default:
		if turned, _ := facts["turned"].([]string); len(turned) > 0 {
			return "The time has come: " + strings.Join(turned, ", and ") + "."
		}
		return fmt.Sprintf("It became true that %s.", p.Starts)
	}
}

func daysOld(d time.Duration) string {
	if d < 48*time.Hour {
		return fmt.Sprintf("%d hours", int(d.Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}
