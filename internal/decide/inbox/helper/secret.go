package helper

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"hearth/internal/fact/record"
)

// secret is something that the model must not see.
type secret struct {
	words  string
	closed bool // nobody but a few may know of it: it is never named
	name   bool // a name: if it is a word as well, it is meant only where it begins with a capital letter, as "Will" is and "will" is not
	home   bool // the label of a home: of one letter, it is meant only behind a word for a home
}

// sentence is how many words make one, and how many of a reason somebody must have quoted before it is hidden: fewer could be guessed, and
// coming back as they were would say that the guess was right.
const sentence = 3

// finder gives where the secret stands first in a text, from and to; nil: nowhere.
func (s secret) finder() func(text string) []int {
	if s.home && utf8.RuneCountInString(s.words) == 1 {
		return homeFinder(s.words)
	}
	return wordFinder(s.words, s.name && isWord(s.words))
}

// namesOf are the ways in which a person's name is written. Where names are written without a blank, the last one goes first, and a short
// one stands before how somebody is addressed.
func namesOf(r record.Resident) []secret {
	names := []string{r.Name(), r.First, r.Last, r.Preferred}
	if unspaced(r.First+r.Last) && r.First != "" && r.Last != "" {
		names = append(names, r.Last+r.First, r.First+r.Last, r.Last+" "+r.First)
	}
	for _, name := range []string{r.First, r.Last, r.Preferred} {
		if unspaced(name) && utf8.RuneCountInString(name) == 1 {
			for _, title := range []string{"先生", "女士", "小姐", "太太", "老师", "様", "さん", "님", "씨"} {
				names = append(names, name+title, name+" "+title)
			}
		}
	}
	out := make([]secret, len(names))
	for i, name := range names {
		out[i] = secret{words: name, name: true}
	}
	return out
}

// longestFirst gives what is worth hiding, without doubles.
func longestFirst(secrets []secret) []secret {
	var out []secret
	for _, s := range secrets {
		s.words = strings.TrimSpace(s.words)
		if n := utf8.RuneCountInString(s.words); (n >= 2 || n == 1 && s.home) && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	slices.SortStableFunc(out, func(a, b secret) int { return len(b.words) - len(a.words) })
	return out
}

// shows tells whether something closed still stands in one of the texts.
func shows(secrets []secret, texts ...string) bool {
	for _, s := range longestFirst(secrets) {
		if !s.closed {
			continue
		}
		find := s.finder()
		if slices.ContainsFunc(texts, func(text string) bool { return find(text) != nil }) {
			return true
		}
	}
	return false
}

// wordFinder finds words in a text as words of their own, whatever their case and the blanks between them; of a capital, only those whose
// first letter is no small one. Nothing is found nowhere.
func wordFinder(words string, capital bool) func(text string) []int {
	fields := strings.Fields(words)
	if len(fields) == 0 {
		return func(string) []int { return nil }
	}
	for i := range fields {
		fields[i] = regexp.QuoteMeta(fields[i])
	}
	find := regexp.MustCompile(`(?i)` + strings.Join(fields, `\s+`))
	return func(text string) []int {
		for from := 0; ; {
			at := find.FindStringIndex(text[from:])
			if at == nil {
				return nil
			}
			at[0], at[1] = at[0]+from, at[1]+from
			first, width := utf8.DecodeRuneInString(text[at[0]:])
			if border(text, at[0]) && border(text, at[1]) && (!capital || !unicode.IsLower(first)) {
				return at
			}
			from = at[0] + width
		}
	}
}

// border tells whether a word ends or begins at a place of a text.
func border(text string, at int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:at])
	after, _ := utf8.DecodeRuneInString(text[at:])
	return !letter(before) || !letter(after)
}

// letter tells whether a word goes on with it. In scripts that put no blanks between words it may end anywhere.
func letter(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) && !unicode.In(r, scripts()...)
}

// scripts are those that put no blanks between words, or hang endings onto names.
func scripts() []*unicode.RangeTable {
	return []*unicode.RangeTable{unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar, unicode.Tibetan}
}

// unspaced tells whether words are in a script without blanks.
func unspaced(words string) bool {
	return words != "" && !strings.ContainsFunc(words, func(r rune) bool { return !unicode.In(r, scripts()...) && !unicode.IsSpace(r) })
}

// size counts words. In a script without blanks two letters are taken for one.
func size(text string) int {
	n := 0
	for _, f := range strings.Fields(text) {
		tight := 0
		for _, r := range f {
			if unicode.In(r, scripts()...) {
				tight++
			}
		}
		n += max(1, tight/2)
	}
	return n
}

// homeFinder finds the label of a home that is one letter long, behind a word for a home: nobody could write a sentence without the letter.
func homeFinder(label string) func(text string) []int {
	l := `(?i:` + regexp.QuoteMeta(label) + `)`
	if strings.Contains("AEIOUY", strings.ToUpper(label)) { // small ones are words in English or Spanish
		l = strings.ToUpper(label)
	}
	find := regexp.MustCompile(`(?:\b(?i:home|unit|apartment|apt|flat|suite|room|door|number|no|apartamento|departamento|apto|depto|unidad|vivienda|casa|piso|puerta|número|numero|núm|num)\b\.?\s*(?:#\s*)?|#\s*|(?:公寓|单元|單元|房间|房間|室|家)\s*)(` + l + `)`)
	return func(text string) []int {
		for from := 0; ; {
			at := find.FindStringSubmatchIndex(text[from:])
			if at == nil {
				return nil
			}
			if a, b := at[2]+from, at[3]+from; border(text, a) && border(text, b) {
				return []int{a, b}
			}
			from += at[3]
		}
	}
}

// sentences takes a text apart, so that each part is found wherever it is quoted; nil for a blank one. Parts that are shorter
// than a sentence are not looked for.
func sentences(text string) []string {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	out := []string{text}
	for _, s := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(".!?;:\n。！？；：", r) }) {
		if s = strings.TrimSpace(s); s != text && size(s) >= sentence {
			out = append(out, s)
		}
	}
	return out
}
