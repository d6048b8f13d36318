package playbook

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"hearth"
	"hearth/internal/base/rule"
)

// Choice is a signal, or a fact of an event or a run, that a condition can be chosen from.
type Choice struct {
	Name   string // "service.open"
	Words  string // "… repairs are open"
	Group  string
	Type   rule.Type
	Values []string // that a text can have, as far as they are known
}

// Choices gives what a condition may read, in groups: signals first, then the data of the event, then what a run knows.
func (c *Compiler) Choices(event hearth.EventType, run bool) []Choice {
	var out []Choice
	for _, f := range c.env.Fields() {
		if f.Tag.Refused() {
			continue
		}
		r, _ := readingOf(f.Name)
		head, _, _ := strings.Cut(f.Name, ".")
		out = append(out, Choice{Name: f.Name, Words: r.choice(), Group: groupWords(head), Type: f.Type, Values: valuesOf(f)})
	}
	for _, n := range sortedNames(c.types[event]) {
		if c.tags[event][n].Refused() {
			continue
		}
		r, _ := readingOf("event." + n)
		if c.types[event][n] != rule.Bool && r.with == "" || c.types[event][n] == rule.Bool && r.yes == "" {
			continue
		}
		ch := Choice{Name: "event." + n, Words: r.choice(), Group: "What happened", Type: c.types[event][n]}
		if ch.Type == rule.Bool {
			ch.Words = r.yes
		} else if r.with != "" {
			ch.Words = strings.Replace(r.with, "{}", "…", 1)
		}
		out = append(out, ch)
	}
	if run {
		out = append(out, Choice{Name: "run.waited", Words: "the last wait ended by …", Group: "The steps before", Type: rule.String, Values: []string{"event", "timeout"}},
			Choice{Name: "run.score", Words: "the score is …", Group: "The steps before", Type: rule.Double})
	}
	return out
}

// choice gives the words of a signal with dots where its value goes.
func (r reading) choice() string {
	if r.yes != "" && r.with == "" {
		return r.yes
	}
	return strings.Replace(r.with, "{}", "…", 1)
}

func groupWords(head string) string {
	return map[string]string{"lease": "Lease", "tenancy": "Stay", "resident": "Resident", "household": "Home", "service": "Repairs", "engagement": "What they do",
		"connection": "Who knows them", "messages": "Messages", "sentiment": "Tone", "frustration": "Tone", "promises": "Promises", "payments": "Payments", "survey": "Answers"}[head]
}

func valuesOf(f rule.Field) []string {
	switch f.Name {
	case "lease.status":
		return []string{"applicant", "approved", "future", "current", "past", "cancelled"}
	case "resident.role":
		return slices.DeleteFunc([]string{"leaseholder", "occupant", "guarantor", "emergency_contact"}, func(v string) bool { return slices.Contains(f.Closed, v) })
	}
	return nil
}

// Comparison is one part of a condition: a signal, how it compares, and with what.
type Comparison struct {
	Signal string
	Sign   string // ==, !=, <, <=, >, >=; "yes" and "no" for what is so or not
	Value  string // without its quotes, unless it is a text that would be taken for a number then
}

// Signs gives how a signal can compare, with the words for it.
func Signs() [][2]string {
	return [][2]string{{">=", "at least"}, {"<=", "at most"}, {">", "more than"}, {"<", "less than"}, {"==", "is just"}, {"!=", "is not"}, {"yes", "is so"}, {"no", "is not so"}}
}

// Comparisons takes a condition apart into what all must hold; false: it is more than that.
func Comparisons(cond string) ([]Comparison, bool) {
	cond = oneLine(cond)
	if cond == "" {
		return nil, true
	}
	if len(splitTop(cond, "||")) > 1 {
		return nil, false
	}
	var out []Comparison
	for _, part := range splitTop(cond, "&&") {
		m := match(part)
		switch {
		case m == nil:
			return nil, false
		case m[3] == "" && m[1] == "!":
			out = append(out, Comparison{m[2], "no", ""})
		case m[3] == "":
			out = append(out, Comparison{m[2], "yes", ""})
		default:
			out = append(out, Comparison{m[2], m[3], unquoted(m[4])})
		}
	}
	return out, true
}

// Condition writes what all must hold as a condition. A value that is no number is written as text; what is left out is left out.
func Condition(list []Comparison, choices []Choice) string {
	var parts []string
	for _, x := range list {
		name := strings.TrimSpace(x.Signal)
		if !regexp.MustCompile(`^[a-z_]+\.[a-z0-9_-]+$`).MatchString(name) {
			continue
		}
		i := slices.IndexFunc(choices, func(c Choice) bool { return c.Name == name })
		isBool := i >= 0 && choices[i].Type == rule.Bool
		switch {
		case x.Sign == "no" || isBool && x.negative():
			parts = append(parts, "!"+name)
		case x.Sign == "yes" || isBool:
			parts = append(parts, name)
		default:
			parts = append(parts, name+" "+sign(x.Sign)+" "+literalOf(strings.TrimSpace(x.Value), i >= 0 && choices[i].Type == rule.String))
		}
	}
	return strings.Join(parts, " && ")
}

// negative tells whether a comparison of what is so or not asks for what is not so: "is no", "is not yes".
func (x Comparison) negative() bool {
	no := slices.Contains([]string{"no", "false", "0"}, strings.ToLower(strings.TrimSpace(x.Value)))
	switch x.Sign {
	case "yes":
		return false
	case "!=":
		return !no
	}
	return no
}

// unquoted takes the quotes off a value where it stays the same without them.
func unquoted(v string) string {
	if bare := strings.Trim(v, `"`); literalOf(bare, false) == v {
		return bare
	}
	return v
}

func sign(s string) string {
	if slices.Contains([]string{"==", "!=", "<", "<=", ">", ">="}, s) {
		return s
	}
	return "=="
}

// literalOf writes a value: numbers as they are, all else, and what stands in quotes, as text.
func literalOf(v string, text bool) string {
	if _, err := strconv.ParseFloat(v, 64); err == nil && !text {
		return v
	}
	return `"` + strings.NewReplacer(`"`, "", `\`, "", "\n", " ").Replace(v) + `"`
}

// EventTypes gives the types of events that a playbook may name, with their words.
func (c *Compiler) EventTypes() [][2]string {
	names := make([]string, 0, len(c.types))
	for t := range c.types {
		names = append(names, string(t))
	}
	slices.Sort(names)
	out := make([][2]string, len(names))
	for i, n := range names {
		out[i] = [2]string{n, EventWords(hearth.EventType(n))}
	}
	return out
}
