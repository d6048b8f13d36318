package playbook

import (
	"regexp"
	"strings"

	"hearth"
	"hearth/internal/fact/eventlog"
)

// said of a signal: with is the sentence around "{}", which stands for the comparison; yes and no are those of a signal
// that is true or false.
type reading struct{ with, yes, no string }

// readings say in words what the signals mean that playbooks ask for most. A signal that is missing here is said by its name.
func readings() map[string]reading {
	return map[string]reading{
		"lease.status":                  {with: "the lease is {}"},
		"lease.days_to_end":             {with: "the lease ends in {} days"},
		"lease.days_to_start":           {with: "the stay begins in {} days"},
		"lease.days_since_move_in":      {with: "they moved in {} days ago"},
		"lease.days_to_move_out":        {with: "they move out in {} days"},
		"lease.days_since_notice":       {with: "notice was given {} days ago"},
		"lease.notice_given":            {yes: "notice was given", no: "no notice was given"},
		"lease.month_to_month":          {yes: "the stay goes on month by month", no: "the stay does not go on month by month"},
		"lease.term_number":             {with: "it is term number {} of the stay"},
		"tenancy.days":                  {with: "they have lived here for {} days"},
		"resident.reachable":            {yes: "there is a way to write to them", no: "there is no way to write to them"},
		"household.primary":             {yes: "they speak for the home", no: "somebody else speaks for the home"},
		"service.open":                  {with: "{} repairs are open"},
		"service.urgent_open":           {with: "{} urgent repairs are open"},
		"service.opened_30d":            {with: "{} repairs were requested in 30 days"},
		"service.opened_90d":            {with: "{} repairs were requested in 90 days"},
		"service.opened_365d":           {with: "{} repairs were requested in a year"},
		"service.total":                 {with: "{} repairs were requested ever"},
		"service.repeats_90d":           {with: "{} repairs came back in 90 days"},
		"service.reopened_90d":          {with: "{} repairs were opened again in 90 days"},
		"service.days_waiting":          {with: "the oldest open repair has waited for {} days"},
		"service.last_closed_days":      {with: "the last repair was finished {} days ago"},
		"engagement.drop":               {with: "they take part less than they used to by {}"},
		"engagement.level":              {with: "their engagement is {}"},
		"engagement.last_days":          {with: "nothing was heard of them for {} days"},
		"connection.last_personal_days": {with: "the last real contact was {} days ago"},
		"connection.people":             {with: "{} of the team know them"},
		"sentiment.level":               {with: "the tone of their words is {}"},
		"sentiment.shift":               {with: "the tone of their words changed by {}"},
		"frustration.level":             {with: "their frustration is {}"},
		"promises.broken_90d":           {with: "{} promises to them were broken in 90 days"},
		"payments.arrears":              {with: "the balance in arrears is {}"},
		"run.waited":                    {with: "the wait ended by {}"},
		"run.answer":                    {with: "the answer is {}"},
		"run.score":                     {with: "the score is {}"},
		"event.category":                {with: "it is about {}"},
		"event.what":                    {with: "it is about {}"},
		"event.band":                    {with: "the risk is {}"},
		"event.by":                      {with: "it was called off by {}"},
		"event.priority":                {with: "its priority is {}"},
	}
}

const (
	conditionForm = `^(!?)\s*([a-z_]+\.[a-z0-9_]+)\s*(?:(<=|>=|==|!=|<|>)\s*(.+))?$`
	valueForm     = `^("[^"()&|]*"|-?[0-9.]+|true|false)$`
)

// Sentence says a condition in words, as far as they are known: "the lease ends in 0 to 120 days, no notice was given". What
// is not known in words stands as it was written.
func Sentence(cond string) string {
	cond = oneLine(cond)
	var parts []string
	all := splitTop(cond, "&&")
	for i := 0; i < len(all); i++ {
		if i+1 < len(all) {
			if both := between(all[i], all[i+1]); both != "" {
				parts, i = append(parts, both), i+1
				continue
			}
		}
		parts = append(parts, clause(all[i]))
	}
	if n := len(parts); n > 1 {
		return strings.Join(parts[:n-1], ", ") + " and " + parts[n-1]
	}
	return strings.Join(parts, "")
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

// between says two limits of one signal at once.
func between(a, b string) string {
	x, y := match(a), match(b)
	if x == nil || y == nil || x[2] != y[2] {
		return ""
	}
	if x[3] == "<=" && y[3] == ">=" {
		x, y = y, x
	}
	r := readings()[x[2]]
	if x[3] != ">=" || y[3] != "<=" || r.with == "" {
		return ""
	}
	return strings.Replace(r.with, "{}", plainValue(x[4])+" to "+plainValue(y[4]), 1)
}

func match(part string) []string {
	m := regexp.MustCompile(conditionForm).FindStringSubmatch(part)
	if m == nil || m[4] != "" && !regexp.MustCompile(valueForm).MatchString(m[4]) {
		return nil
	}
	return m
}

// clause says one part of a condition.
func clause(part string) string {
	if strings.HasPrefix(part, "(") && strings.HasSuffix(part, ")") {
		inner := part[1 : len(part)-1]
		if either := splitTop(inner, "||"); len(either) > 1 {
			for i := range either {
				either[i] = Sentence(either[i])
			}
			return "either " + strings.Join(either, " or ")
		}
	}
	if either := splitTop(part, "||"); len(either) > 1 {
		for i := range either {
			either[i] = Sentence(either[i])
		}
		return "either " + strings.Join(either, " or ")
	}
	m := match(part)
	if m == nil {
		return part
	}
	r, ok := readings()[m[2]]
	switch {
	case !ok:
		return part
	case m[3] == "" && m[1] == "!" && r.no != "":
		return r.no
	case m[3] == "" && m[1] == "" && r.yes != "":
		return r.yes
	case m[3] == "" || r.with == "":
		return part
	}
	value := plainValue(m[4])
	if m[2] == "run.waited" && m[3] == "==" {
		return map[bool]string{true: "nothing came in time", false: "it came in time"}[value == "timeout"]
	}
	switch m[3] {
	case "<=":
		value = "at most " + value
	case "<":
		value = "less than " + value
	case ">=":
		value = "at least " + value
	case ">":
		value = "more than " + value
	case "!=":
		value = "not " + value
	}
	s := strings.Replace(r.with, "{}", value, 1)
	if value == "1" {
		s = strings.NewReplacer("1 repairs were", "1 repair was", "1 repairs are", "1 repair is", "1 repairs", "1 repair", "1 days", "1 day", "1 promises to them were", "1 promise to them was").Replace(s)
	}
	return s
}

func plainValue(v string) string {
	return strings.ReplaceAll(strings.Trim(v, `"`), "_", " ")
}

// EventWords says in words what an event of the type is: "a work order was opened".
func EventWords(t hearth.EventType) string {
	for _, have := range eventlog.Types() {
		if have.Name == t && have.Doc != "" {
			doc := strings.TrimSuffix(have.Doc, ".")
			if first, _, ok := strings.Cut(doc, ". "); ok {
				doc = first
			}
			return strings.ToLower(doc[:1]) + doc[1:]
		}
	}
	return strings.NewReplacer(".", " ", "_", " ").Replace(string(t))
}

// Starts says when the playbook starts, as the end of a sentence that begins with "Starts when": for people who do not
// write playbooks.
func (d *Definition) Starts() string {
	t := d.Trigger
	only := ""
	if t.If != "" {
		only = ", if " + Sentence(t.If)
	}
	switch {
	case t.Repeat != nil:
		s := EventWords(t.Repeat.Event) + " for the " + Ordinal(t.Repeat.Times) + " time " + t.Repeat.WhereWords() + " within " + t.Repeat.Within.String()
		if t.Repeat.Same != "" {
			s += ", each of the same " + t.Repeat.Same
		}
		if t.Repeat.Where != "" {
			s += ", counting those for which " + Sentence(t.Repeat.Where)
		}
		return s + only
	case t.At != nil:
		return "the calendar says so, " + t.At.String() + only
	case t.On != "":
		return EventWords(t.On) + only
	case t.Absence != "":
		return "for " + t.For.String() + " it did not happen that " + EventWords(t.Absence) + only
	}
	return Sentence(t.When)
}
