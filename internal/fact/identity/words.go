package identity

import (
	"cmp"
	"slices"
	"strings"
)

// Evidence is one field's part in a judgement.
type Evidence struct {
	Field  string  // "first name", "phone"
	Words  string  // "first names one letter apart"
	Weight float64 // in bits: above 0 it speaks for one person, below against, beside the likeliest other explanation
}

// words names a guess as the end of "they may also be …".
func (g guess) words() string {
	switch g {
	case strangers:
		return "strangers"
	case housemates:
		return "two people of one household or family"
	case twins:
		return "twins"
	case namesakes:
		return "a parent and child of one name"
	}
	return "one person"
}

const bit = 0.6931471805599453 // ln 2

// evidence says what each field told, the strongest first, what speaks for one person before what speaks against.
func (s *Scorer) evidence(v *comparison, a, b *entry, rival guess) []Evidence {
	var out []Evidence
	for f := range fields {
		l := v.at[f]
		said := say(f, l, a, b)
		if said == "" {
			continue
		}
		w := s.rules.log[f][l][onePerson] - s.rules.log[f][l][rival]
		if rival == strangers {
			w -= s.rules.chance(f, l, v.share[f])
		}
		out = append(out, Evidence{Field: f.words(), Words: said, Weight: w / bit})
	}
	slices.SortStableFunc(out, func(x, y Evidence) int {
		if (x.Weight >= 0) != (y.Weight >= 0) {
			return cmp.Compare(y.Weight, x.Weight)
		}
		return cmp.Compare(abs(y.Weight), abs(x.Weight))
	})
	return out
}

func abs(x float64) float64 { return max(x, -x) }

func (f field) words() string {
	return [fields]string{"first name", "last name", "order of names", "middle name", "suffix", "date of birth", "phone", "e-mail",
		"home", "address", "lease dates", "source"}[f]
}

// say puts a field's level into words; "" where nothing is worth saying.
func say(f field, l level, a, b *entry) string {
	if f == generation {
		return saySuffix(l, a, b)
	}
	return sayings()[f][l]
}

func sayings() map[field]map[level]string {
	return map[field]map[level]string{
		firstName: {equal: "same first name", pet: "first names that are forms of one", initial: "the same first initial",
			near: "first names a slip apart", part: "first names that share a part", weak: "first names somewhat alike", differs: "different first names"},
		lastName: {equal: "same surname", initial: "the same initial of the surname", near: "surnames a slip apart",
			part: "surnames that share a part", weak: "surnames somewhat alike", differs: "different surnames"},
		order: {differs: "first name and surname exchanged"},
		middle: {equal: "same middle name", initial: "the same middle initial", near: "middle names a slip apart",
			differs: "different middle names"},
		birth: {equal: "same date of birth", near: "dates of birth a slip apart", part: "dates of birth that agree in part",
			weak: "dates of birth two slips apart", differs: "different dates of birth"},
		phone: {equal: "same phone", near: "phones one digit apart", differs: "different phones"},
		email: {equal: "same e-mail", near: "e-mails a slip apart", part: "the same e-mail name at another provider",
			weak: "e-mails somewhat alike", differs: "different e-mails"},
		unit:    {equal: "same home", part: "another home in the same property", differs: "another property"},
		address: {equal: "same address", near: "addresses a slip apart", part: "same town", weak: "addresses that agree in part", differs: "different addresses"},
		dates:   {follows: "one moved in when the other moved out", overlaps: "both live in their homes at the same time"},
		source:  {equal: "one list tells of both"},
	}
}

func saySuffix(l level, a, b *entry) string {
	x, y := suffixWord(a.generation), suffixWord(b.generation)
	switch l {
	case equal:
		return "both '" + x + "'"
	case oneSided:
		return "'" + max(x, y) + "' in one only"
	case differs:
		return "'" + x + "' against '" + y + "'"
	}
	return ""
}

func suffixWord(generation int) string { return [...]string{"", "Sr", "Jr", "III", "IV"}[generation] }

// Sentence puts evidence into one: "same surname, first names a slip apart, same phone; but 'Jr' against 'Sr'".
func Sentence(evidence []Evidence) string {
	var pro, contra []string
	for _, e := range evidence {
		if e.Weight >= 0 {
			pro = append(pro, e.Words)
		} else {
			contra = append(contra, e.Words)
		}
	}
	switch {
	case len(contra) == 0:
		return strings.Join(pro, ", ")
	case len(pro) == 0:
		return strings.Join(contra, ", ")
	}
	return strings.Join(pro, ", ") + "; but " + strings.Join(contra, ", ")
}
