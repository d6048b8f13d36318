package playbook

import (
	"math"
	"regexp"
	"strconv"
	"strings"

	"hearth"
	"hearth/internal/fact/eventlog"
)

//nolint:gochecknoglobals // compiled once, never changed: every start says dozens of conditions in words
var (
	conditionForm = regexp.MustCompile(`^(!?)\s*([a-z_]+\.[a-z0-9_]+)\s*(?:(<=|>=|==|!=|<|>)\s*(.+))?$`)
	valueForm     = regexp.MustCompile(`^("[^"()&|]*"|-?[0-9.]+|true|false)$`)
	turnedForm    = regexp.MustCompile(`^("[^"()&|]*"|-?[0-9.]+)\s*(<=|>=|==|!=|<|>)\s*([a-z_]+\.[a-z0-9_]+)$`)
	knownForm     = regexp.MustCompile(`^(!?)\s*known\(\s*([a-z_]+\.[a-z0-9_]+)\s*\)$`)
)

// Sentence says a condition in words, as far as they are known: "the lease ends in 0 to 120 days, no notice was given". What
// is not known in words stands as it was written.
func Sentence(cond string) string {
	cond = oneLine(cond)
	if either := splitTop(cond, "||"); len(either) > 1 {
		return eitherOr(either)
	}
	var parts []string
	all := splitTop(cond, "&&")
	for len(all) > 0 {
		part := all[0]
		all = all[1:]
		for i, other := range all {
			if both := between(part, other); both != "" {
				part, all = "", append(all[:i:i], all[i+1:]...)
				parts = append(parts, both)
				break
			}
		}
		if part != "" {
			parts = append(parts, clause(part))
		}
	}
	return listed(parts, "and")
}

func listed(parts []string, with string) string {
	if n := len(parts); n > 1 {
		return strings.Join(parts[:n-1], ", ") + " " + with + " " + parts[n-1]
	}
	return strings.Join(parts, "")
}

// eitherOr says alternatives; those that only differ in the value of one signal in one breath.
func eitherOr(all []string) string {
	var values []string
	name := ""
	for _, part := range all {
		m := match(part)
		if m == nil || m[3] != "==" || name != "" && m[2] != name {
			values = nil
			break
		}
		name, values = m[2], append(values, m[4])
	}
	if r, ok := readingOf(name); ok && values != nil && r.with != "" {
		for i, v := range values {
			values[i] = r.value(v)
		}
		return strings.Replace(r.with, "{}", listed(values, "or"), 1)
	}
	said := make([]string, len(all))
	for i := range all {
		said[i] = Sentence(all[i])
	}
	return "either " + strings.Join(said, " or ")
}

// splitTop splits at an operator outside of brackets and quotes.
func splitTop(s, at string) []string {
	var out []string
	depth, quoted, from := 0, false, 0
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case quoted:
		case s[i] == '(':
			depth++
		case s[i] == ')':
			depth--
		case depth == 0 && strings.HasPrefix(s[i:], at):
			out = append(out, strings.TrimSpace(s[from:i]))
			from = i + len(at)
			i = from - 1
		}
	}
	return append(out, strings.TrimSpace(s[from:]))
}

// between says two limits of one signal at once; "" if they are none.
func between(a, b string) string {
	x, y := match(a), match(b)
	if x == nil || y == nil || x[2] != y[2] {
		return ""
	}
	if strings.HasPrefix(x[3], "<") {
		x, y = y, x
	}
	r, _ := readingOf(x[2])
	if !strings.HasPrefix(x[3], ">") || !strings.HasPrefix(y[3], "<") || r.with == "" {
		return ""
	}
	low, high := r.value(x[4]), r.value(y[4])
	words := comparison(x[3], low) + " and " + comparison(y[3], high)
	if x[3] == ">=" && y[3] == "<=" {
		words = low + " to " + high
	}
	return strings.Replace(r.with, "{}", words, 1)
}

// comparison says a sign in words.
func comparison(sign, value string) string {
	switch sign {
	case "<=":
		return "at most " + value
	case "<":
		return "less than " + value
	case ">=":
		return "at least " + value
	case ">":
		return "more than " + value
	case "!=":
		return "not " + value
	}
	return value
}

// value says a value as it stands in a condition.
func (r reading) value(v string) string {
	quoted := strings.HasPrefix(v, "\"")
	v = strings.Trim(v, "\"")
	if words, ok := r.values[v]; ok {
		return words
	}
	n, err := strconv.ParseFloat(v, 64)
	switch {
	case quoted || err != nil:
		return plainValue(v)
	case r.percent:
		return strconv.FormatFloat(math.Round(1000*n)/10, 'f', -1, 64) + " %"
	}
	return strconv.FormatFloat(n, 'f', -1, 64)
}

// match reads one comparison, or a signal that stands alone: [whole, "!" or "", signal, sign, value]. A value on the left
// changes sides. nil: it is something else.
func match(part string) []string {
	if m := turnedForm.FindStringSubmatch(part); m != nil {
		turned := map[string]string{"<=": ">=", "<": ">", ">=": "<=", ">": "<", "==": "==", "!=": "!="}
		return []string{part, "", m[3], turned[m[2]], m[1]}
	}
	m := conditionForm.FindStringSubmatch(part)
	if m == nil || m[4] != "" && !valueForm.MatchString(m[4]) || m[1] != "" && m[3] != "" {
		return nil
	}
	if m[4] == "true" || m[4] == "false" { // said as the signal alone
		if negative := (m[4] == "false") == (m[3] == "=="); negative {
			return []string{part, "!", m[2], "", ""}
		}
		return []string{part, "", m[2], "", ""}
	}
	return m
}

// whole gives what stands inside brackets that enclose all of a part.
func whole(part string) (string, bool) {
	if !strings.HasPrefix(part, "(") || !strings.HasSuffix(part, ")") {
		return "", false
	}
	depth, quoted := 0, false
	for i := range part {
		switch {
		case part[i] == '"':
			quoted = !quoted
		case quoted:
		case part[i] == '(':
			depth++
		case part[i] == ')':
			if depth--; depth == 0 && i < len(part)-1 {
				return "", false
			}
		}
	}
	return strings.TrimSpace(part[1 : len(part)-1]), true
}

// clause says one part of a condition.
func clause(part string) string {
	if inner, ok := whole(part); ok {
		if said := Sentence(inner); said != inner {
			return said
		}
		return part
	}
	if rest, not := strings.CutPrefix(part, "!"); not {
		if inner, ok := whole(strings.TrimSpace(rest)); ok {
			return "it is not so that " + Sentence(inner)
		}
	}
	if m := knownForm.FindStringSubmatch(part); m != nil {
		r, _ := readingOf(m[2])
		if about := first(strings.Replace(r.with, "{}", "…", 1), r.yes); about != "" {
			return "it is " + map[bool]string{true: "not ", false: ""}[m[1] == "!"] + "known whether “" + about + "”"
		}
	}
	m := match(part)
	if m == nil {
		return part
	}
	if m[2] == "run.waited" && m[3] != "" {
		return map[bool]string{true: "nothing came in time", false: "it came in time"}[(strings.Trim(m[4], `"`) == "timeout") == (m[3] == "==")]
	}
	if m[2] == "run.event" && m[3] == "==" {
		return "what came is that " + EventWords(hearth.EventType(strings.Trim(m[4], `"`)))
	}
	r, ok := readingOf(m[2])
	if !ok {
		return part
	}
	return first(r.say(m), part)
}

// say says a comparison as match gives it; "" where there are no words for it.
func (r reading) say(m []string) string {
	sign, value := m[3], m[4]
	zero := value == "0" || value == "0.0"
	switch {
	case sign == "" && m[1] == "!":
		return r.no
	case sign == "":
		return r.yes
	case r.today != "" && sign == "==" && zero:
		return r.today
	case r.any != "" && (zero && (sign == ">" || sign == "!=") || value == "1" && sign == ">="):
		return r.any
	case r.none != "" && (zero && (sign == "==" || sign == "<=") || value == "1" && sign == "<"):
		return r.none
	case r.with == "":
		return ""
	}
	said := r.value(value)
	s := strings.Replace(r.with, "{}", comparison(sign, said), 1)
	if said == "1" {
		if r.one[0] != "" {
			s = strings.Replace(s, r.one[0], r.one[1], 1)
		}
		s = strings.Replace(s, "1 days", "1 day", 1)
	}
	return s
}

func plainValue(v string) string {
	return strings.ReplaceAll(strings.Trim(v, `"`), "_", " ")
}

// EventWords says in words what an event of the type is: "a work order was opened".
func EventWords(t hearth.EventType) string {
	known, ok := eventlog.TypeOf(t)
	if !ok || known.Doc == "" {
		return strings.NewReplacer(".", " ", "_", " ").Replace(string(t))
	}
	doc, _, _ := strings.Cut(strings.TrimSuffix(known.Doc, "."), ". ")
	return strings.ToLower(doc[:1]) + doc[1:]
}

// Starts says when the playbook starts, as the end of a sentence that begins with "Starts when": for people who do not
// write playbooks.
func (d *Definition) Starts() string {
	if d.Trigger.If != "" {
		return d.StartsBare() + ", if " + Sentence(d.Trigger.If)
	}
	return d.StartsBare()
}

// StartsBare is Starts without the condition that is asked when it comes true.
func (d *Definition) StartsBare() string {
	t := d.Trigger
	switch {
	case t.Repeat != nil:
		s := EventWords(t.Repeat.Event) + " for the " + Ordinal(t.Repeat.Times) + " time " + t.Repeat.WhereWords() + " within " + t.Repeat.Within.String()
		if t.Repeat.Same != "" {
			s += ", each of the same " + t.Repeat.Same
		}
		if t.Repeat.Where != "" {
			s += ", counting those for which " + Sentence(t.Repeat.Where)
		}
		return s
	case t.At != nil:
		return "the calendar says so, " + t.At.String()
	case t.On != "":
		return EventWords(t.On)
	case t.Absence != "":
		return "for " + t.For.String() + " it did not happen that " + EventWords(t.Absence)
	}
	return Sentence(t.When)
}
