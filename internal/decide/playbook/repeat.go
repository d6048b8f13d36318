package playbook

import (
	"strconv"
	"strings"

	"hearth"
)

// Repeat is the trigger of things that happen again: the last of Times events within Within starts the playbook.
type Repeat struct {
	Event  hearth.EventType `yaml:"event"`
	By     string           `yaml:"by"`    // what counts as the same place: see Repeat.bys
	Same   string           `yaml:"same"`  // a field of the event's data that must be the same too: "category"
	Where  string           `yaml:"where"` // which of the events count: a condition over the event alone
	Times  int              `yaml:"times"`
	Within Span             `yaml:"within"`
}

// MaxTimes bounds Repeat.Times, and so what a counter keeps.
const MaxTimes = 32

// bys gives what repetitions can be counted by, with the words for a sentence.
func (Repeat) bys() [][2]string {
	return [][2]string{{"unit", "in this home"}, {"household", "in this household"}, {"resident", "from this resident"},
		{"equipment", "of this piece of equipment"}, {"property", "at this property"}}
}

func (r *Repeat) check() error {
	var names []string
	for _, by := range r.bys() {
		names = append(names, by[0])
	}
	switch {
	case r.Event == "":
		return invalid("trigger.repeat.event", "Say which event repeats, for example event: workorder.opened.")
	case !contains(names, r.By):
		return invalid("trigger.repeat.by", "%q is not one of %s.%s", r.By, strings.Join(names, ", "), meant(r.By, names))
	case r.Times < 2 || r.Times > MaxTimes:
		return invalid("trigger.repeat.times", "times is between 2 and %d; for a single event take the trigger on.", MaxTimes)
	case r.Within.IsZero() || r.Within.Business:
		return invalid("trigger.repeat.within", "Say within which time it repeats, for example within: 60d.")
	}
	return nil
}

// WhereWords gives what the repetition is counted by, in words: "in this home".
func (r *Repeat) WhereWords() string {
	for _, by := range r.bys() {
		if by[0] == r.By {
			return by[1]
		}
	}
	return ""
}

// Ordinal gives "3rd" for 3.
func Ordinal(n int) string {
	end := "th"
	if n%100 < 11 || n%100 > 13 {
		switch n % 10 {
		case 1:
			end = "st"
		case 2:
			end = "nd"
		case 3:
			end = "rd"
		}
	}
	return strconv.Itoa(n) + end
}
