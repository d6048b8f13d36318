package record

import (
	"encoding/json"
	"fmt"
	"math"
	"net/mail"
	"slices"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/rule"
)

// SettingKind is the form of a setting's value.
type SettingKind string

// The kinds of settings.
const (
	SettingWhole   SettingKind = "whole"   // a whole number
	SettingNumber  SettingKind = "number"  // a number
	SettingClock   SettingKind = "clock"   // a time of day in minutes after midnight; "21:00" is taken as well
	SettingYesNo   SettingKind = "yesno"   // true or false
	SettingText    SettingKind = "text"    // one line, or several where Lines is set
	SettingAddress SettingKind = "address" // an e-mail address, or ""
	SettingHours   SettingKind = "hours"   // a list of {weekday, from, to}
	SettingDays    SettingKind = "days"    // a list of {date, name}
	SettingPhrases SettingKind = "phrases" // an object of texts by language
	SettingWords   SettingKind = "words"   // a list of {word, instead, language}
)

// SettingSpec says what a setting of a property is.
type SettingSpec struct {
	Name    string // its place in Settings' document: "budget.week"
	Group   string // under which heading people look for it
	Title   string
	Meaning string // a sentence or two
	Kind    SettingKind
	Unit    string  // "" where the kind says it
	Least   float64 // of numbers and clocks; of texts the fewest letters
	Most    float64 // of numbers and clocks; of texts and lists the most letters or entries
}

// SettingSpecs gives what can be set at a property, in the order in which people read it.
func SettingSpecs() []SettingSpec {
	const day = 24 * 60
	return []SettingSpec{
		{"business", "Office", "Business hours", "When the office works. Due times, tasks and answers within the hours go by them; several stretches a day are split shifts.", SettingHours, "", 0, 50},
		{"holidays", "Office", "Holidays", "Days on which the office is closed.", SettingDays, "", 0, 200},
		{"quiet.from", "Quiet", "Quiet from", "From this time of day residents are left alone, but for answers and safety. The same time as the end: no quiet hours; those of the law stay.", SettingClock, "minutes after midnight", 0, day},
		{"quiet.to", "Quiet", "Quiet until", "Until this time of day; before the begin means the next morning.", SettingClock, "minutes after midnight", 0, day},
		{"budget.week", "Attention", "Messages a week", "The most of class relation and promotion that reaches a resident in 7 days.", SettingWhole, "messages in 7 days", 0, 20},
		{"budget.month", "Attention", "Messages a month", "The most of class relation and promotion that reaches a resident in 30 days.", SettingWhole, "messages in 30 days", 0, 60},
		{"budget.day", "Attention", "Messages a day", "The most of class service, relation and promotion that reaches a resident in a day.", SettingWhole, "messages in a day", 0, 20},
		{"surveys.month", "Attention", "Questions a month", "The most questions that a resident is asked in 30 days, all playbooks together.", SettingWhole, "questions in 30 days", 1, 10},
		{"surveys.year", "Attention", "Questions a year", "The most questions that a resident is asked in 365 days, all playbooks together.", SettingWhole, "questions in 365 days", 1, 50},
		{"attention.hour", "Attention", "Hour for what can wait", "When what can be done without goes out to those of whom neither their own acts nor those of others there tell a better hour; a full hour. 0: as soon as it may.", SettingClock, "minutes after midnight", 0, day - 60},
		{"attention.at_once", "Attention", "Nothing waits for a better hour", "Nobody's messages wait for the hour at which they usually answer.", SettingYesNo, "", 0, 0},
		{"care.frustration", "Care", "A person speaks from", "From this level of frustration on a person speaks instead of a machine.", SettingNumber, "of 1", 0.05, 1},
		{"care.calm", "Care", "And until below", "Below this level that is over; not above the other.", SettingNumber, "of 1", 0.05, 1},
		{"lists.quiet_drop", "Lists", "Quiet from a fall of", "Who does less than usual by this much and complains of nothing stands under quiet discontent: 0.5 is half of what is usual for them.", SettingNumber, "of 1", 0.1, 0.95},
		{"lists.unknown_days", "Lists", "Unknown from", "Whom nobody of the team met for so many days stands under nobody knows them.", SettingWhole, "days", 30, 730},
		{"voice.greeting", "Voice", "Greeting", "How mail greets, by language; templates say it as voice.greeting.", SettingPhrases, "", 0, 20},
		{"voice.sign_off", "Voice", "Sign-off", "How mail ends, by language; templates say it as voice.sign_off.", SettingPhrases, "", 0, 20},
		{"voice.grade_most", "Voice", "Highest reading level", "Of an English text (Flesch-Kincaid); a hint to whoever writes. 0: no limit.", SettingNumber, "years of school", 0, 20},
		{"voice.ease_least", "Voice", "Lowest reading ease", "Of a Spanish text (Fernández Huerta); a hint to whoever writes. 0: no limit.", SettingNumber, "of 100", 0, 100},
		{"voice.avoid", "Voice", "Words to avoid", "Words that this house does not use, with what it says instead; a hint to whoever writes.", SettingWords, "", 0, maxAvoid},
		{"voice.large_print", "Voice", "Large print", "Mail is set in larger letters.", SettingYesNo, "", 0, 0},
		{"sender_name", "Sender", "Sender's name", "The name that mail comes from.", SettingText, "", 0, 120},
		{"sender_address", "Sender", "Sender's address", "The e-mail address that mail comes from; without one, that of the installation.", SettingAddress, "", 0, 254},
		{"reply_to", "Sender", "Answers go to", "The e-mail address for answers, where Hearth does not take them itself.", SettingAddress, "", 0, 254},
		{"postal_address", "Sender", "Postal address", "Commercial mail must carry one; several lines are well.", SettingText, "", 0, 400},
		{"emergency_phone", "Emergency", "Emergency number", "Whom residents call about gas, fire and flood, at any hour; it stands first in their pages.", SettingText, "", 0, 40},
		{"playbook_review", "Playbooks", "A second person looks", "What somebody drafted of a playbook is switched on by somebody else, who has looked at it. As playbooks act everywhere, one property that asks for it is enough.", SettingYesNo, "", 0, 0},
	}
}

// settingSpec finds a setting by name. It fails with CodeInvalid and the nearest name.
func settingSpec(name string) (SettingSpec, error) {
	var names []string
	for _, d := range SettingSpecs() {
		if d.Name == name {
			return d, nil
		}
		names = append(names, d.Name)
	}
	if near := rule.Nearest(name, names); near != "" {
		return SettingSpec{}, hearth.FieldErrorf(name, "There is no setting %q. Is it %s?", name, near)
	}
	return SettingSpec{}, hearth.FieldErrorf(name, "There is no setting %q. There are: %s.", name, strings.Join(names, ", "))
}

// read gives a setting's value out of settings, with the default of what is zero there.
func (d SettingSpec) read(doc map[string]json.RawMessage) json.RawMessage {
	head, rest, nested := strings.Cut(d.Name, ".")
	v := doc[head]
	if nested {
		var in map[string]json.RawMessage
		if json.Unmarshal(v, &in) != nil {
			in = nil // a group that is left out: the zero value
		}
		v = in[rest]
	}
	if len(v) == 0 || string(v) == "null" {
		v = d.zero()
	}
	return v
}

func (d SettingSpec) zero() json.RawMessage {
	switch d.Kind {
	case SettingYesNo:
		return json.RawMessage("false")
	case SettingText, SettingAddress:
		return json.RawMessage(`""`)
	case SettingHours, SettingDays, SettingWords:
		return json.RawMessage("[]")
	case SettingPhrases:
		return json.RawMessage("{}")
	case SettingWhole, SettingNumber, SettingClock:
	}
	return json.RawMessage("0")
}

// take gives a told value in the form in which it is kept. It fails with CodeInvalid and the setting's name.
func (d SettingSpec) take(told json.RawMessage) (json.RawMessage, error) {
	switch d.Kind {
	case SettingWhole, SettingNumber, SettingClock:
		return d.takeNumber(told)
	case SettingYesNo:
		var b bool
		if json.Unmarshal(told, &b) != nil {
			return nil, hearth.FieldErrorf(d.Name, "%s is true or false.", d.Title)
		}
	case SettingText, SettingAddress:
		return d.takeText(told)
	case SettingHours, SettingDays, SettingWords:
		var list []json.RawMessage
		if json.Unmarshal(told, &list) != nil || float64(len(list)) > d.Most {
			return nil, hearth.FieldErrorf(d.Name, "%s is a list of at most %g.", d.Title, d.Most)
		}
	case SettingPhrases:
		var by map[string]string
		if json.Unmarshal(told, &by) != nil || float64(len(by)) > d.Most {
			return nil, hearth.FieldErrorf(d.Name, `%s is an object of at most %g texts by language, such as {"en":"Good day"}.`, d.Title, d.Most)
		}
	}
	return told, nil
}

func (d SettingSpec) takeNumber(told json.RawMessage) (json.RawMessage, error) {
	var n float64
	var at string
	if d.Kind == SettingClock && json.Unmarshal(told, &at) == nil {
		m, ok := minuteOf(at)
		if !ok {
			return nil, hearth.FieldErrorf(d.Name, "%s is a time of day such as 21:00, or minutes after midnight.", d.Title)
		}
		n = float64(m)
	} else if json.Unmarshal(told, &n) != nil {
		return nil, hearth.FieldErrorf(d.Name, "%s is a number from %g to %g%s.", d.Title, d.Least, d.Most, d.unit())
	}
	if n < d.Least || n > d.Most || d.Kind != SettingNumber && n != math.Trunc(n) {
		what := "a whole number"
		if d.Kind == SettingNumber {
			what = "a number"
		}
		return nil, hearth.FieldErrorf(d.Name, "%s is %s from %g to %g%s.", d.Title, what, d.Least, d.Most, d.unit())
	}
	return json.Marshal(n)
}

func (d SettingSpec) unit() string {
	if d.Unit == "" {
		return ""
	}
	return " (" + d.Unit + ")"
}

func (d SettingSpec) takeText(told json.RawMessage) (json.RawMessage, error) {
	var s string
	if json.Unmarshal(told, &s) != nil || float64(len(s)) > d.Most {
		return nil, hearth.FieldErrorf(d.Name, "%s is a text of at most %g letters.", d.Title, d.Most)
	}
	s = strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n"))
	lines := d.Name == "postal_address"
	if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && (r != '\n' || !lines) || r == 0x7f }) {
		return nil, hearth.FieldErrorf(d.Name, "%s has a character that cannot stand there.", d.Title)
	}
	if d.Kind == SettingAddress && s != "" {
		if a, err := mail.ParseAddress(s); err != nil || a.Address != s {
			return nil, hearth.FieldErrorf(d.Name, "%q is not an e-mail address such as office@oakcourt.example.", s)
		}
	}
	return json.Marshal(s)
}

func minuteOf(clock string) (int, bool) {
	if clock == "24:00" {
		return 24 * 60, true
	}
	t, err := time.Parse("15:04", clock)
	return t.Hour()*60 + t.Minute(), err == nil
}

func clockOf(minute int) string { return fmt.Sprintf("%02d:%02d", minute/60, minute%60) }

// set puts a value into settings; null puts the default there.
func (d SettingSpec) set(s *Settings, value json.RawMessage) error {
	at := func(v json.RawMessage) []byte {
		names := strings.Split(d.Name, ".")
		slices.Reverse(names)
		for _, n := range names {
			v = fmt.Appendf(nil, "{%q:%s}", n, v)
		}
		return v
	}
	// Lists and objects are emptied first: decoding over them would mix the old entries with the new ones.
	if err := json.Unmarshal(at(json.RawMessage("null")), s); err != nil {
		return fmt.Errorf("empty setting %s: %w", d.Name, err)
	}
	dec := json.NewDecoder(strings.NewReader(string(at(value))))
	dec.DisallowUnknownFields()
	if err := dec.Decode(s); err != nil {
		return hearth.FieldErrorf(d.Name, "%s has an entry that cannot be read: %s.", d.Title, strings.TrimPrefix(err.Error(), "json: "))
	}
	return nil
}

// words gives a value as people say it.
func (d SettingSpec) words(v json.RawMessage) string {
	switch d.Kind {
	case SettingClock:
		var m int
		if json.Unmarshal(v, &m) == nil {
			return clockOf(m)
		}
	case SettingYesNo:
		if string(v) == "true" {
			return "yes"
		}
		return "no"
	case SettingText, SettingAddress:
		var s string
		if json.Unmarshal(v, &s) == nil {
			return s
		}
	case SettingHours:
		var list []Hours
		if json.Unmarshal(v, &list) == nil {
			parts := make([]string, len(list))
			for i, h := range list {
				parts[i] = h.Weekday.String()[:3] + " " + clockOf(h.From) + "-" + clockOf(h.To)
			}
			return strings.Join(parts, ", ")
		}
	case SettingDays:
		var list []Holiday
		if json.Unmarshal(v, &list) == nil {
			parts := make([]string, len(list))
			for i, h := range list {
				parts[i] = strings.TrimSpace(h.Date + " " + h.Name)
			}
			return strings.Join(parts, ", ")
		}
	case SettingWhole, SettingNumber, SettingPhrases, SettingWords:
	}
	return string(v)
}
