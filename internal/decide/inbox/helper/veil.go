package helper

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// veil puts marks in place of what the model must not see, and what it hid back in place of the marks.
type veil struct {
	hidden []string       // by mark
	marks  map[string]int // by what is hidden, as it stands there
	closed map[int]bool   // marks of what nobody but a few may know
}

func newVeil() *veil { return &veil{marks: map[string]int{}, closed: map[int]bool{}} }

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
func (v *veil) hide(text string, secrets []secret) string {
	pieces := []string{text}
	apply := func(closed bool, find func(string) []int) {
		for i := 0; i < len(pieces); i += 2 { // every other piece is a mark
			at := find(pieces[i])
			if at == nil {
				continue
			}
			s := pieces[i]
			pieces = slices.Replace(pieces, i, i+1, s[:at[0]], v.take(s[at[0]:at[1]], closed), s[at[1]:])
		}
	}
	list := patterns()
	for _, p := range list[:2] {
		apply(false, p.FindStringIndex)
	}
	all := longestFirst(secrets)
	for _, secret := range all { // sentences, before an address in them is taken out
		if size(secret.words) >= sentence {
			apply(secret.closed, secret.finder())
		}
	}
	apply(false, list[2].FindStringIndex)
	for _, secret := range all {
		if size(secret.words) < sentence {
			apply(secret.closed, secret.finder())
		}
	}
	for _, p := range list[3:] {
		apply(false, p.FindStringIndex)
	}
	return strings.Join(pieces, "")
}

func (v *veil) take(words string, closed bool) string {
	n, ok := v.marks[words]
	if !ok {
		n = len(v.hidden)
		v.hidden, v.marks[words] = append(v.hidden, words), n
	}
	if closed {
		v.closed[n] = true
	}
	return mark(n)
}

// fill puts back what was hidden. ok is false when the text holds a mark that nobody set. left tells what stands
// nowhere any more, but never what is closed: that it was hidden is nobody's to know.
func (v *veil) fill(text string) (out string, left []string, ok bool) {
	ok = true
	seen := map[int]bool{}
	out = regexp.MustCompile(`\[\[[^\[\]]*\]\]`).ReplaceAllStringFunc(text, func(m string) string {
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
		if !seen[n] && !v.closed[n] {
			left = append(left, words)
		}
	}
	return out, left, ok
}
