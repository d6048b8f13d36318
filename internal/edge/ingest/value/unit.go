package value

import (
	"strings"
	"unicode"
)

// UnitLabel cleans the label of a home as it is shown: padding and words such as "Apt" in front are left out.
func UnitLabel(s string) string {
	s = Clean(s)
	lower := strings.ToLower(s)
	for _, w := range []string{"apartment ", "apt. ", "apt ", "unit ", "suite ", "ste ", "room ", "rm ", "lot ", "no. ", "#"} {
		if strings.HasPrefix(lower, w) && len(s) > len(w) {
			return UnitLabel(s[len(w):])
		}
	}
	return s
}

// UnitKey folds a label so that "A-101", "a101" and "Apt A 101" are one home. Leading zeros of a label that is all
// digits do not count.
func UnitKey(s string) string {
	var b strings.Builder
	for _, r := range strings.ToUpper(UnitLabel(s)) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			b.WriteRune(r)
		}
	}
	key := b.String()
	if digits(key) {
		if t := strings.TrimLeft(key, "0"); t != "" {
			return t
		}
	}
	return key
}

// LooksLikeUnit tells whether a cell can be the label of a home: short, with a digit, no amount, date or phone.
func LooksLikeUnit(s string) bool {
	s = UnitLabel(s)
	if len(s) == 0 || len(s) > 14 || strings.ContainsAny(s, "$@/,:.()") || strings.Count(s, " ") > 2 {
		return false
	}
	n, letters := 0, 0
	for _, r := range s {
		switch {
		case unicode.IsDigit(r):
			n++
		case unicode.IsLetter(r):
			letters++
		case r != '-' && r != ' ' && r != '#' && r != '_':
			return false
		}
	}
	if n == 0 {
		return letters == 1 // homes named A, B, C
	}
	return n <= 6 && letters <= 6
}

// LooksLikeCode tells whether a cell can be an identifier of some system: no blanks, with digits, not an amount.
func LooksLikeCode(s string) bool {
	s = strings.TrimSpace(s)
	if len(s) < 1 || len(s) > 40 || strings.ContainsAny(s, " $@,.()/") {
		return false
	}
	return strings.ContainsFunc(s, unicode.IsDigit)
}
