package helper

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// veil puts marks in place of what the model must not see, and what it hid back in place of the marks.
type veil struct {
	hidden []string       // by mark
	marks  map[string]int // by what is hidden, in lower case
}

func newVeil() *veil { return &veil{marks: map[string]int{}} }

func mark(n int) string { return fmt.Sprintf("[[%d]]", n+1) }

// patterns are what is hidden wherever it stands: what looks like a mark, Liquid, addresses, numbers that identify.
func patterns() []*regexp.Regexp {
	return []*regexp.Regexp{regexp.MustCompile(`\[\[[^\]]*\]\]`), regexp.MustCompile(`(?s)\{\{.*?\}\}|\{%.*?%\}`), addresses(), regexp.MustCompile(`\+?\d[\d ().\-/]{5,}\d`), regexp.MustCompile(`\d{5,}`)}
}

// addresses finds e-mail addresses and links.
func addresses() *regexp.Regexp {
	return regexp.MustCompile(`(?i)\b[\w.+\-]+@[\w\-]+(\.[\w\-]+)+\b|\b(https?://|www\.)\S+|\b[a-z0-9\-]+(\.[a-z0-9\-]+)*\.(com|org|net|io|example|info|biz|co|me|app|ly|xyz|top|site|online|link)\b(/\S*)?`)
}

// hide gives a text with marks in place of the secrets, whatever their case, and of all that the patterns find. What is
// long goes first, so that a sentence is hidden whole and not only the name in it.
func (v *veil) hide(text string, secrets []string) string {
	pieces := []string{text}
	apply := func(find func(string) []int) {
		for i := 0; i < len(pieces); i += 2 { // every other piece is a mark
			at := find(pieces[i])
			if at == nil {
				continue
			}
			s := pieces[i]
			pieces = slices.Replace(pieces, i, i+1, s[:at[0]], v.take(s[at[0]:at[1]]), s[at[1]:])
		}
	}
	list := patterns()
	for _, p := range list[:2] {
		apply(p.FindStringIndex)
	}
	long := func(s string) bool { return len(strings.Fields(s)) >= 3 }
	all := longestFirst(secrets)
	for _, secret := range all { // sentences, before an address in them is taken out
		if long(secret) {
			apply(func(s string) []int { return wordIndex(s, secret) })
		}
	}
	apply(list[2].FindStringIndex)
	for _, secret := range all {
		if !long(secret) {
			apply(func(s string) []int { return wordIndex(s, secret) })
		}
	}
	for _, p := range list[3:] {
		apply(p.FindStringIndex)
	}
	return strings.Join(pieces, "")
}

func (v *veil) take(words string) string {
	n, ok := v.marks[words]
	if !ok {
		n = len(v.hidden)
		v.hidden, v.marks[words] = append(v.hidden, words), n
	}
	return mark(n)
}

// longestFirst gives what is worth hiding, without doubles.
func longestFirst(secrets []string) []string {
	var out []string
	for _, s := range secrets {
		if s = strings.TrimSpace(s); utf8.RuneCountInString(s) >= 2 && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	slices.SortStableFunc(out, func(a, b string) int { return len(b) - len(a) })
	return out
}

// wordIndex finds words in a text as words of their own, whatever their case and the blanks between them.
func wordIndex(text, words string) []int {
	fields := strings.Fields(words)
	for i := range fields {
		fields[i] = regexp.QuoteMeta(fields[i])
	}
	for _, at := range regexp.MustCompile(`(?i)`+strings.Join(fields, `\s+`)).FindAllStringIndex(text, -1) {
		before, _ := utf8.DecodeLastRuneInString(text[:at[0]])
		after, _ := utf8.DecodeRuneInString(text[at[1]:])
		if !letter(before) && !letter(after) {
			return at
		}
	}
	return nil
}

func letter(r rune) bool { return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) }

// fill puts back what was hidden. ok is false when the text holds a mark that nobody set. left tells how many marks stand nowhere.
func (v *veil) fill(text string) (out string, left []string, ok bool) {
	ok = true
	seen := map[int]bool{}
	out = regexp.MustCompile(`\[\[([^\]]*)\]\]`).ReplaceAllStringFunc(text, func(m string) string {
		for n := range v.hidden {
			if m == mark(n) {
				seen[n] = true
				return v.hidden[n]
			}
		}
		ok = false
		return m
	})
	for n, words := range v.hidden {
		if !seen[n] {
			left = append(left, words)
		}
	}
	return out, left, ok
}
