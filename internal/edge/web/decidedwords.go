package web

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/page/ui"
	"hearth/internal/decide/playbook"
)

// decidedWords says the facts that a decision rests on as a colleague would, in the order in which they are asked for. What only programs use (numbers
// of records, the question's number, the mood as a figure) stays in the API's answer.
type decidedWords struct {
	now  time.Time
	zone *time.Location
}

// factWords names the facts of decisions for people; "" leaves one out. What is missing here reads as its name.
func factWords() map[string]string {
	return map[string]string{
		"event": "What happened", "event_time": "When", "conditions": "What was looked at", "turned": "", "why": "What it came from",
		"class": "Kind of message", "template": "Text", "template_version": "", "purpose": "", "question": "", "zone": "", "frustration": "",
		"channel": "Way", "local": "Their time then", "quiet_hours": "Quiet hours", "until": "Until", "missing": "Facts that are missing",
		"said_7d": "Messages in the last 7 days", "discretionary_7d": "Of those, what they can do without", "discretionary_30d": "The same in 30 days", "capped_today": "Told today before",
		"urgent_open": "Something urgent is open", "usual_hour": "When they usually answer", "hour_of": "", "hour_counts": "How often", "into": "", "task": "", "step": "",
	}
}

// factOrder is what comes first; the rest follows by name.
func factOrder() []string {
	return []string{"event", "event_time", "conditions", "why", "class", "template", "channel", "local", "until", "missing", "quiet_hours", "said_7d", "discretionary_7d", "discretionary_30d", "capped_today"}
}

func (w decidedWords) facts(all map[string]any) []ui.Fact {
	names, order, words := make([]string, 0, len(all)), factOrder(), factWords()
	for name := range all {
		names = append(names, name)
	}
	place := func(name string) string {
		if i := slices.Index(order, name); i >= 0 {
			return "0" + string(rune('a'+i))
		}
		return "1" + name
	}
	slices.SortFunc(names, func(a, b string) int { return strings.Compare(place(a), place(b)) })
	var out []ui.Fact
	for _, name := range names {
		label, known := words[name]
		if known && label == "" {
			continue
		}
		if !known {
			label = capital(plainWords(name))
		}
		if value := w.value(name, all[name]); value != "" {
			out = append(out, ui.Fact{Name: label, Value: value})
		}
	}
	return out
}

// value says a fact's value; "" where it says nothing to a person.
func (w decidedWords) value(name string, v any) string {
	switch name {
	case "conditions":
		return w.conditions(v)
	case "urgent_open":
		if v == false || v == float64(0) {
			return ""
		}
		return "yes"
	}
	text, ok := v.(string)
	if !ok {
		return inWords(v)
	}
	switch name {
	case "event":
		return capital(playbook.EventWords(hearth.EventType(text)))
	case "class":
		return capital(className(hearth.Class(text)))
	case "channel":
		return channelWords(hearth.Channel(text))
	case "template":
		return capital(strings.NewReplacer("-", " ", "_", " ").Replace(text))
	}
	return w.text(text)
}

// conditions says each that was looked at, and whether it held.
func (w decidedWords) conditions(v any) string {
	lines, ok := v.([]any)
	if !ok {
		return inWords(v)
	}
	out := make([]string, 0, len(lines))
	for _, l := range lines {
		if line, ok := l.(string); ok {
			out = append(out, conditionWords(line))
		}
	}
	return strings.Join(out, "; ")
}

// conditionWords says a line as the engine keeps it, "lease.days_to_end <= 120: yes (lease.days_to_end is 119)", in words: "the lease ends in at most
// 120 days: yes (119)". Values without a number of their own say the same once more, and are left out.
func conditionWords(line string) string {
	for _, held := range []string{": yes", ": no", ": not known"} {
		cond, rest, ok := strings.Cut(line, held)
		if !ok || rest != "" && !strings.HasPrefix(rest, " (") {
			continue
		}
		words := playbook.Sentence(cond)
		if words == cond {
			return line // an expert wrote it, and it reads as it was written
		}
		out := words + held
		_, value, _ := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(rest, " ("), ")"), " is ")
		if _, err := strconv.ParseFloat(value, 64); err == nil {
			out += " (" + value + ")"
		}
		return out
	}
	return line
}

// text says days and moments that stand in a value, and leaves out what is only a record's number.
func (w decidedWords) text(s string) string {
	if recordID.MatchString(s) {
		return ""
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return hearth.MomentWords(t, w.zone)
	}
	if t, err := time.ParseInLocation("2006-01-02 15:04", s, w.zone); err == nil {
		return hearth.MomentWords(t, w.zone)
	}
	return plainDays(s)
}

// inside says the moments and days that stand inside a sentence.
func (w decidedWords) inside(s string) string {
	return plainDays(writtenMoment.ReplaceAllStringFunc(s, w.text))
}

// How moments, days and the numbers of records look.
//
//nolint:gochecknoglobals // compiled once, never changed
var (
	writtenMoment = regexp.MustCompile(`\b20\d\d-\d\d-\d\dT[0-9:.]+(Z|[+-]\d\d:\d\d)`)
	writtenDay    = regexp.MustCompile(`\b20\d\d-\d\d-\d\d( \d\d:\d\d)?\b`)
	recordID      = regexp.MustCompile(`^[a-z]{2,5}_[0-9a-z]{12,}$`)
)

// plainDays writes the days and moments that stand in a text as people do; what was decided before they were written so says them as records do.
func plainDays(s string) string {
	if !strings.Contains(s, "-") {
		return s
	}
	return writtenDay.ReplaceAllStringFunc(s, func(written string) string {
		day, hour, _ := strings.Cut(written, " ")
		d, err := hearth.ParseDay(day)
		switch {
		case err != nil:
			return written
		case hour != "":
			return d.Words() + ", " + hour
		}
		return d.Words()
	})
}
