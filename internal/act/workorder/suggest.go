package workorder

import (
	"strings"
	"time"
	"unicode"
)

// The categories, by how often they occur.
const (
	Appliance  = "appliance"
	Plumbing   = "plumbing"
	HVAC       = "hvac"
	Electrical = "electrical"
	Doors      = "doors_locks"
	Pest       = "pest"
	Lockout    = "lockout"
	LifeSafety = "life_safety"
	Structure  = "structure" // walls, floors, windows, roofs, mold
	Grounds    = "grounds"   // outside and shared
	Internet   = "internet"
	General    = "general"
)

// The priorities, most pressing first.
const (
	Emergency  = "emergency"
	Urgent     = "urgent"
	Routine    = "routine"
	Preventive = "preventive"
	MakeReady  = "make_ready"
)

// Pressing tells whether a priority is emergency or urgent.
func Pressing(priority string) bool { return priority == Emergency || priority == Urgent }

// Suggestion is what the words of a request point to. It is a suggestion: whoever triages decides.
type Suggestion struct {
	Category string
	Priority string
	Words    []string // the words that it rests on
}

// Suggest reads a request. Dangers to people or homes are emergencies wherever they stand in the text; lack of heat is
// one in the cold months, lack of cooling is urgent in the hot ones. A sentence in which a danger is denied ("no smell
// of gas") is not one. When in doubt the more pressing reading wins.
func Suggest(text string, at time.Time) Suggestion {
	s := Suggestion{Category: General, Priority: Routine}
	clauses := clausesOf(text)
	best := 0
	for _, line := range lines(categoryWords) {
		score, hits := 0, []string(nil)
		for _, phrase := range line.phrases {
			for _, c := range clauses {
				if c.means(phrase) {
					score += 1 + strings.Count(phrase, " ")
					hits = append(hits, phrase)
					break
				}
			}
		}
		if score > best {
			best, s.Category, s.Words = score, line.name, hits
		}
	}
	for _, line := range lines(priorityWords) {
		if line.name == "winter" && !cold(at) || line.name == "summer" && !hot(at) {
			continue
		}
		for _, phrase := range line.phrases {
			for _, c := range clauses {
				if c.means(phrase) {
					return s.press(line.name, phrase, text)
				}
			}
		}
	}
	return s
}

// press raises the priority by the line that matched.
func (s Suggestion) press(line, phrase, text string) Suggestion {
	switch line {
	case "danger":
		s.Priority = Emergency
		if s.Category == General {
			s.Category = LifeSafety
		}
	case "flood", "winter":
		s.Priority = Emergency
	case "lockout":
		s.Category, s.Priority = Lockout, Urgent
		for _, c := range clausesOf(text) {
			for _, who := range []string{"child", "kid", "baby", "toddler", "infant", "stove", "oven", "medication", "insulin", "oxygen"} {
				if c.has(who) {
					s.Priority, s.Words = Emergency, append(s.Words, who)
					return s
				}
			}
		}
	case "urgent", "summer":
		s.Priority = Urgent
	case "preventive":
		s.Priority = Preventive
	case "make ready":
		s.Priority = MakeReady
	}
	for _, w := range s.Words {
		if w == phrase {
			return s
		}
	}
	s.Words = append(s.Words, phrase)
	return s
}

func cold(at time.Time) bool { return at.Month() >= time.October || at.Month() <= time.April }

func hot(at time.Time) bool { return at.Month() >= time.May && at.Month() <= time.September }

// clause is a stretch of words between punctuation, in lower case.
type clause []string

func clausesOf(text string) []clause {
	var out []clause
	var words clause
	var word strings.Builder
	end := func() {
		if word.Len() > 0 {
			words = append(words, word.String())
			word.Reset()
		}
	}
	for _, r := range strings.ToLower(text) {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r):
			word.WriteRune(r)
		case r == '\'', r == '’': // isn't -> isnt
		case unicode.IsSpace(r), r == '-', r == '/':
			end()
		default:
			end()
			out = append(out, words)
			words = nil
		}
	}
	end()
	return append(out, words)
}

// has tells whether the phrase stands in the clause; a word also matches with a plural s and a trailing star matches
// any ending.
func (c clause) has(phrase string) bool { return c.find(phrase) >= 0 }

func (c clause) find(phrase string) int {
	want := strings.Fields(phrase)
	for i := 0; i+len(want) <= len(c); i++ {
		all := true
		for k, w := range want {
			all = all && fits(c[i+k], w)
		}
		if all {
			return i
		}
	}
	return -1
}

func fits(word, want string) bool {
	if stem, ok := strings.CutSuffix(want, "*"); ok {
		return strings.HasPrefix(word, stem)
	}
	return word == want || word == want+"s" || word == want+"es"
}

// means tells whether the clause states the phrase and does not deny it just before.
func (c clause) means(phrase string) bool {
	i := c.find(phrase)
	if i < 0 {
		return false
	}
	if first, _, _ := strings.Cut(phrase, " "); denial(first) {
		return true // the lack is what the phrase is about: "no heat"
	}
	for k := max(0, i-3); k < i; k++ {
		if denial(c[k]) {
			return false
		}
	}
	return true
}

func denial(word string) bool {
	switch word {
	case "no", "not", "isnt", "without", "never", "dont", "doesnt", "wasnt":
		return true
	}
	return false
}

type wordLine struct {
	name    string
	phrases []string
}

// lines reads a table of the form "name: phrase, phrase".
func lines(table string) []wordLine {
	var out []wordLine
	for _, row := range strings.Split(strings.TrimSpace(table), "\n") {
		name, list, _ := strings.Cut(row, ":")
		l := wordLine{name: name}
		for _, p := range strings.Split(list, ",") {
			l.phrases = append(l.phrases, strings.TrimSpace(p))
		}
		out = append(out, l)
	}
	return out
}
