// Package heard reads what residents say about how they like to be reached and lived with: "I work nights", "we got a
// puppy", "please text me, don't call". Each fact comes with the very words that made it so and a confidence. It is
// meant to be sure rather than complete: a question, a wish, another person's life or a one-time request is no fact.
//
// It never reads what somebody is: no health, disability, faith, origin, family, age, gender or money. A sentence that
// speaks of any of these gives nothing at all, not even what else stands in it. It keeps nothing and decides nothing;
// package proposal keeps what a person then decides on.
package heard

import (
	"cmp"
	"regexp"
	"slices"

	"hearth/internal/fact/record"
)

// Kind is what a fact is about: the name of the preference that it would become.
type Kind string

// The kinds.
const (
	Channel  Kind = "channel"  // how they like to be reached: email, sms, call, letter, portal
	Avoid    Kind = "avoid"    // a channel that they do not want
	Hours    Kind = "hours"    // when to reach them: "after 17:00", "09:00 to 12:00", "mornings"
	Entry    Kind = "entry"    // when to come to the door, in the same words
	Notice   Kind = "notice"   // what they want to hear before somebody comes: "call first"
	Access   Kind = "access"   // "enter when nobody is home" or "only when somebody is home"
	Schedule Kind = "schedule" // "works nights", "sleeps during the day"
	Pets     Kind = "pets"     // "dog", "2 cats"
	Name     Kind = "name"     // how they like to be called
	Language Kind = "language" // the language that they asked to be written to in, as a BCP 47 tag
)

// The values of Access.
const (
	MayEnter = record.MayEnter
	NotAlone = record.NotAlone
)

// Kinds gives all kinds.
func Kinds() []Kind {
	return []Kind{Channel, Avoid, Hours, Entry, Notice, Access, Schedule, Pets, Name, Language}
}

// Home tells whether a fact of the kind is about the home, so that it may be heard from any member of the household.
func (k Kind) Home() bool { return k == Entry || k == Notice || k == Access || k == Pets }

// Many tells whether facts of the kind stand beside each other; of the others a new one takes the place of the old.
func (k Kind) Many() bool { return k == Pets || k == Avoid }

// Fact is one thing that was said.
type Fact struct {
	Kind       Kind
	Value      string
	Ended      bool // it was said to be so no longer
	Words      string
	From, To   int     // where the words stand in the text, in bytes
	Confidence float64 // from 0 to 1: how often words like these mean it, by our judgement; corpora measure the sum
}

// Voice is who speaks.
type Voice uint8

// The voices.
const (
	Own  Voice = iota // the resident: "I work nights"
	Note              // a member of the team about the resident: "Works nights"
)

// maxText is how much of a text is read, in bytes; maxWords bounds the words that are quoted.
const (
	maxText  = 4000
	maxWords = 200
)

// Reader reads facts. It is immutable and safe for concurrent use.
type Reader struct {
	spell  *speller
	rules  [2][]group // by voice
	denied []pattern
	tongue pattern // a language that is asked for: "in Somali"
}

// New makes a reader.
func New() *Reader {
	r := &Reader{spell: newSpeller(), denied: deniedPatterns(), tongue: regexp.MustCompile(` in ` + tongues + ` `)}
	for _, v := range []Voice{Own, Note} {
		r.rules[v] = allRules(v)
	}
	return r
}

// Read gives the facts of a text in the order of the words, each kind and value once. The same text gives the same facts.
func (r *Reader) Read(text string, v Voice) []Fact {
	if len(text) > maxText {
		text = cut(text, maxText)
	}
	var out []Fact
	all := r.spell.sentences(text)
	for i, s := range all {
		found := r.readOne(s, v)
		if len(found) == 0 || r.deniedIn(s) || i+1 < len(all) && all[i+1].explains() && r.deniedIn(all[i+1]) {
			continue
		}
		out = append(out, found...)
	}
	slices.SortStableFunc(out, func(a, b Fact) int { return cmp.Compare(a.From, b.From) })
	return slices.CompactFunc(dropRepeats(out), func(a, b Fact) bool { return a.Kind == b.Kind && a.Value == b.Value && a.Ended == b.Ended })
}

// readOne gives the facts of a sentence.
func (r *Reader) readOne(s sentence, v Voice) []Fact {
	var out []Fact
	for _, g := range r.rules[v] {
		if g.possible(s) {
			out = append(out, g.read(s, v)...)
		}
	}
	return out
}

func (g group) read(s sentence, v Voice) []Fact {
	var out []Fact
	for _, x := range g.rules {
		for _, m := range x.re.FindAllStringSubmatchIndex(s.norm, -1) {
			f, ok := x.fact(s, m, v)
			if ok && len(f.Words) <= maxWords {
				out = append(out, f)
			}
		}
	}
	return out
}

// dropRepeats keeps the surest of those that say the same, in the order in which they stand.
func dropRepeats(facts []Fact) []Fact {
	var out []Fact
	for _, f := range facts {
		i := slices.IndexFunc(out, func(o Fact) bool { return o.Kind == f.Kind && o.Value == f.Value && o.Ended == f.Ended })
		switch {
		case i < 0:
			out = append(out, f)
		case f.Confidence > out[i].Confidence:
			out[i] = f
		}
	}
	return out
}
