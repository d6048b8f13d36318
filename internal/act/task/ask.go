package task

import (
	"errors"
	"slices"
	"sort"
	"strconv"
	"strings"

	"hearth"
	"hearth/internal/fact/record"
)

// maxFact bounds one answer, in bytes.
const maxFact = 2000

// check refuses an ask that nobody could answer.
func (a Ask) check() error {
	if strings.TrimSpace(a.Fact) == "" {
		return hearth.FieldErrorf("asks", "Each question of a task names the fact that it asks for.")
	}
	kind, arg, _ := strings.Cut(a.Kind, ":")
	switch kind {
	case "", "text", "yes_no", "number", "date", "contact", "promise":
		return nil
	case "preference", "choice":
		if arg != "" {
			return nil
		}
	case "detail":
		if arg == "email" || arg == "phone" {
			return nil
		}
	}
	return hearth.FieldErrorf("asks", "%q is not a kind of question; use text, yes_no, number, date, choice:a|b, contact, preference:NAME, detail:email, detail:phone or promise.", a.Kind)
}

// settle checks what was told against the asks and gives it trimmed and in one spelling. today is that of the property;
// nothing can be promised for a day before it. It fails with CodeInvalid naming the fact, also for one that nobody
// asked for: its name is likely mistyped, and what was learned would be lost.
func settle(asks []Ask, told map[string]string, today hearth.Day) (map[string]string, error) {
	out, err := trimmed(asks, told)
	if err != nil {
		return nil, err
	}
	for _, a := range asks {
		v, ok := out[a.Fact]
		if !ok {
			if a.Optional {
				continue
			}
			return nil, hearth.FieldErrorf(a.Fact, "Before this task is done we need to know %s: %s", a.Fact, a.Question)
		}
		v, err := a.read(v)
		if err != nil {
			return nil, err
		}
		if a.Kind == "promise" && v != "no" {
			if due, _, err := readPromise(a.Fact, v); err != nil || due < today {
				return nil, hearth.FieldErrorf(a.Fact, "The day of %s has passed already; a promise is for today, %s, or later.", a.Fact, today)
			}
		}
		out[a.Fact] = v
	}
	return out, nil
}

// trimmed gives what was told without blanks, and refuses what is too long or was not asked for.
func trimmed(asks []Ask, told map[string]string) (map[string]string, error) {
	out := map[string]string{}
	names := make([]string, 0, len(told))
	for name := range told {
		names = append(names, name)
	}
	sort.Strings(names) // so that the same input fails at the same fact
	for _, name := range names {
		v := strings.TrimSpace(told[name])
		if len(v) > maxFact || len(name) > 100 {
			return nil, hearth.FieldErrorf(name, "The fact %s is too long; keep it under %d characters.", name, maxFact)
		}
		if v == "" {
			continue
		}
		if !slices.ContainsFunc(asks, func(a Ask) bool { return a.Fact == name }) {
			return nil, hearth.FieldErrorf(name, "This task does not ask for %s; %s.", name, askedFor(asks))
		}
		out[name] = v
	}
	return out, nil
}

// askedFor names the facts of the asks.
func askedFor(asks []Ask) string {
	if len(asks) == 0 {
		return "it asks for no facts"
	}
	names := make([]string, len(asks))
	for i, a := range asks {
		names[i] = a.Fact
	}
	return "it asks for " + strings.Join(names, ", ")
}

// sameFacts tells whether a task that is done knows all that is told of it now.
func sameFacts(t Task, told map[string]string) bool {
	now, err := trimmed(t.Asks, told)
	if err != nil {
		return false
	}
	for _, a := range t.Asks {
		v, ok := now[a.Fact]
		if !ok {
			continue
		}
		if v, err = a.read(v); err != nil || a.kept(v) != t.Facts[a.Fact] {
			return false
		}
	}
	return true
}

// read brings one answer into its kind's spelling.
func (a Ask) read(v string) (string, error) {
	kind, arg, _ := strings.Cut(a.Kind, ":")
	switch kind {
	case "yes_no":
		switch strings.ToLower(v) {
		case "yes", "y", "true", "1":
			return "yes", nil
		case "no", "n", "false", "0":
			return "no", nil
		}
		return "", hearth.FieldErrorf(a.Fact, "The answer for %s is yes or no.", a.Fact)
	case "number":
		if _, err := strconv.ParseFloat(v, 64); err != nil {
			return "", hearth.FieldErrorf(a.Fact, "The answer for %s is a number.", a.Fact)
		}
	case "date":
		d, err := hearth.ParseDay(v)
		if err != nil {
			return "", hearth.FieldErrorf(a.Fact, "The answer for %s is a date like 2026-11-21.", a.Fact)
		}
		return d.String(), nil
	case "choice":
		for _, c := range strings.Split(arg, "|") {
			if strings.EqualFold(strings.TrimSpace(c), v) {
				return strings.TrimSpace(c), nil
			}
		}
		return "", hearth.FieldErrorf(a.Fact, "The answer for %s is one of: %s.", a.Fact, strings.ReplaceAll(arg, "|", ", "))
	case "preference":
		value, err := record.PreferenceValue(strings.ToLower(arg), v)
		var e *hearth.Error
		if errors.As(err, &e) {
			return "", hearth.FieldErrorf(a.Fact, "%s", e.Message)
		}
		return value, err
	case "detail":
		if v == "no" || v == "none" {
			return "no", nil
		}
		value, err := record.DetailValue(arg, v)
		var e *hearth.Error
		if errors.As(err, &e) {
			return "", hearth.FieldErrorf(a.Fact, "%s Write no if they gave none.", e.Message)
		}
		return value, err
	case "promise":
		if v == "no" || v == "none" {
			return "no", nil
		}
		if _, _, err := readPromise(a.Fact, v); err != nil {
			return "", err
		}
	}
	return v, nil
}

// kept is an answer as the task and its event keep it. How somebody is reached belongs to their record alone: here only
// its ends stay, so that the same answer told twice is known.
func (a Ask) kept(v string) string {
	if !strings.HasPrefix(a.Kind, "detail:") || v == "no" {
		return v
	}
	r := []rune(v)
	return "recorded: " + string(r[:1]) + "…" + string(r[len(r)-2:])
}

// readPromise takes "2026-11-25 a new filter" apart.
func readPromise(fact, v string) (due hearth.Day, text string, err error) {
	date, text, _ := strings.Cut(v, " ")
	due, errDay := hearth.ParseDay(strings.TrimSuffix(date, ":"))
	text = strings.TrimSpace(text)
	if errDay != nil || text == "" {
		return 0, "", hearth.FieldErrorf(fact, "Write %s as a date and what was promised: 2026-11-25 a new filter. Write no if nothing was.", fact)
	}
	return due, text, nil
}

// reached tells whether the answer to a contact ask means that they were.
func reached(v string) bool {
	switch strings.ToLower(v) {
	case "no", "none", "not reached", "no answer":
		return false
	}
	return true
}
