package identity

import (
	"slices"
	"strings"

	"hearth"
	"hearth/internal/fact/record"
)

// Person is what one record tells of somebody. Everything but ID may be unknown: empty.
type Person struct {
	ID          string
	First, Last string // as written; a full name may stand in either, "Last, First" too
	Birth       string // digits: year, month, day, such as "19810231"; only ever compared
	Emails      []string
	Phones      []string
	Street      string // with the house number
	Place       string // city or suburb
	Zip         string
	Property    string
	Unit        string // the identity of the home, such as our id of the unit
	Source      string // the system whose own list the record is from
	Homes       []Stay // lived in, by the leases
}

// Stay is a time in a home. To is zero where no end is known.
type Stay struct {
	Unit     string
	From, To hearth.Day
}

// entry is a person in the forms that are compared.
type entry struct {
	id                  string
	first, last         []string // words; suffixes are in generation
	firstAll, lastAll   string   // the words joined
	generation          int      // 1 Sr, 2 Jr or II, 3 III …; 0 not told
	birth               string
	emails, phones      []string
	number, street      string // house number and the rest
	place, zip          string
	property, unit      string
	source              string
	homes               []Stay
	soundFirst, soundIn string // of the first word of the first and of the last name
	canon               string // the first name's full form
	keys                []uint64
}

// Scorer compares people. It is safe for concurrent use.
type Scorer struct {
	nick  *nickbook
	rules *table
}

// New makes a scorer with the weights that ship.
func New() *Scorer { return &Scorer{nick: newNickbook(), rules: newTable()} }

func (s *Scorer) prepare(p Person) *entry {
	e := &entry{id: p.ID, birth: birthDigits(p.Birth), property: p.Property, unit: p.Unit, source: p.Source, homes: p.Homes}
	e.first, e.last, e.generation = splitName(p.First, p.Last)
	e.firstAll, e.lastAll = strings.Join(e.first, ""), strings.Join(e.last, "")
	e.emails, e.phones = keysOf(p.Emails, record.EmailKey), keysOf(p.Phones, record.PhoneKey)
	e.number, e.street = splitStreet(p.Street)
	e.place, e.zip = strings.ReplaceAll(record.NameKey(p.Place), " ", ""), strings.ReplaceAll(record.NameKey(p.Zip), " ", "")
	if len(e.first) > 0 {
		e.canon = s.nick.canon(e.first[0])
		e.soundFirst = sound(e.canon)
	}
	if len(e.last) > 0 {
		e.soundIn = sound(e.lastAll)
	}
	e.keys = s.blockKeys(e)
	return e
}

func keysOf(told []string, key func(string) string) []string {
	var out []string
	for _, t := range told {
		if k := key(t); k != "" && !slices.Contains(out, k) {
			out = append(out, k)
		}
	}
	return out
}

// birthDigits accepts "1981-02-28" and "19810228"; anything else is unknown.
func birthDigits(told string) string {
	var b strings.Builder
	for _, r := range told {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case r != '-' && r != ' ':
			return ""
		}
	}
	if b.Len() != 8 {
		return ""
	}
	return b.String()
}

// splitName takes a name apart into words in compared form, without titles, and tells the generation apart.
func splitName(first, last string) (f, l []string, generation int) {
	if last == "" || first == "" {
		whole := first + last
		if l, f, ok := strings.Cut(whole, ","); ok && !isSuffix(record.NameKey(f)) {
			return splitName(f, l)
		}
		words, gen := withoutSuffix(strings.Fields(record.NameKey(whole)))
		switch {
		case last != "" && len(words) == 1, len(words) == 0:
			return nil, words, gen
		case len(words) == 1:
			return words, nil, gen
		}
		return words[:len(words)-1], joinParticles(words[len(words)-1:]), gen
	}
	f, g1 := withoutSuffix(strings.Fields(record.NameKey(first)))
	l, g2 := withoutSuffix(strings.Fields(record.NameKey(last)))
	return f, joinParticles(l), max(g1, g2)
}

func withoutSuffix(words []string) (rest []string, generation int) {
	for i, w := range words {
		if g := suffix(w); g > 0 && i > 0 {
			generation = g
			continue
		}
		rest = append(rest, w)
	}
	return rest, generation
}

func isSuffix(word string) bool { return suffix(word) > 0 }

// suffix gives the generation that a word names; Jr and II are one.
func suffix(word string) int {
	switch word {
	case "sr", "senior":
		return 1
	case "jr", "junior", "ii", "2nd":
		return 2
	case "iii", "3rd":
		return 3
	case "iv", "4th":
		return 4
	}
	return 0
}

// joinParticles makes one word of a surname's particles and what follows them: "de la Cruz" is "delacruz".
func joinParticles(words []string) []string {
	var out []string
	lead := ""
	for _, w := range words {
		if particle(w) {
			lead += w
			continue
		}
		out = append(out, lead+w)
		lead = ""
	}
	if lead != "" {
		out = append(out, lead)
	}
	return out
}

func particle(word string) bool {
	switch word {
	case "de", "la", "las", "los", "del", "da", "do", "dos", "di", "du", "le", "van", "von", "der", "den", "ter", "el", "al",
		"bin", "ibn", "mc", "mac", "o", "st", "san", "santa":
		return true
	}
	return false
}

// splitStreet takes the house number from a street address and joins the rest.
func splitStreet(street string) (number, rest string) {
	words := strings.Fields(record.NameKey(street))
	var b strings.Builder
	for i, w := range words {
		if i == 0 && w[0] >= '0' && w[0] <= '9' {
			number = w
			continue
		}
		b.WriteString(w)
	}
	return number, b.String()
}
