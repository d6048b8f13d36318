package value

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers"
)

// Clean takes away surrounding and doubled blanks, also the non-breaking ones that web pages leave.
func Clean(s string) string {
	return strings.Join(strings.FieldsFunc(s, unicode.IsSpace), " ")
}

// None tells whether a cell says in a word that there is nothing.
func None(s string) bool {
	switch strings.ToLower(strings.Trim(s, " .-–—_*")) {
	case "", "n/a", "na", "none", "null", "nil", "unknown", "not set", "notset", "#n/a", "tbd", "not provided", "no email", "no phone":
		return true
	}
	return false
}

// Money reads an amount into cents: "$1,234.50", "1234.5", "(12.00)", "-12", "1.234,50 €", "12.00 CR" (a credit is
// negative). More than two decimals are rounded.
func Money(s string) (int64, bool) {
	s = strings.TrimSpace(s)
	if s == "" || len(s) > 30 {
		return 0, false
	}
	neg := false
	if strings.HasPrefix(s, "(") && strings.HasSuffix(s, ")") {
		neg, s = true, s[1:len(s)-1]
	}
	upper := strings.ToUpper(s)
	for _, cut := range []string{"USD", "US$", "CAD", "EUR", "GBP", "$", "€", "£"} {
		upper = strings.ReplaceAll(upper, cut, "")
	}
	s = strings.TrimSpace(upper)
	if t, ok := strings.CutSuffix(s, "CR"); ok {
		neg, s = !neg, strings.TrimSpace(t)
	}
	if t, ok := strings.CutSuffix(s, "-"); ok {
		neg, s = !neg, t
	}
	if t, ok := strings.CutPrefix(s, "-"); ok {
		neg, s = !neg, strings.TrimSpace(t)
	}
	s = strings.TrimPrefix(s, "+")
	whole, frac, ok := splitAmount(s)
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || n > 1e12 {
		return 0, false
	}
	cents := n*100 + hundredths(frac)
	if neg {
		cents = -cents
	}
	return cents, true
}

// splitAmount separates whole and fraction and checks that thousands are grouped by threes.
func splitAmount(s string) (whole, frac string, ok bool) {
	dot, comma := strings.LastIndexByte(s, '.'), strings.LastIndexByte(s, ',')
	point, group := byte('.'), ","
	switch {
	case comma > dot && dot >= 0,
		comma >= 0 && dot < 0 && len(s)-comma-1 != 3 && strings.Count(s, ",") == 1:
		point, group = ',', "."
	case strings.Count(s, ".") > 1 && comma < 0:
		point, group = ',', "."
	}
	whole = s
	if i := strings.LastIndexByte(s, point); i >= 0 {
		whole, frac = s[:i], s[i+1:]
	}
	whole = strings.ReplaceAll(whole, " ", "")
	if strings.Contains(whole, group) {
		parts := strings.Split(whole, group)
		for i, p := range parts {
			if (i == 0 && (len(p) == 0 || len(p) > 3)) || (i > 0 && len(p) != 3) {
				return "", "", false
			}
		}
		whole = strings.Join(parts, "")
	}
	if whole == "" && frac != "" {
		whole = "0"
	}
	if !digits(whole) || (frac != "" && !digits(frac)) {
		return "", "", false
	}
	return whole, frac, true
}

func hundredths(frac string) int64 {
	frac += "000"
	n, _ := strconv.ParseInt(frac[:3], 10, 64)
	return (n + 5) / 10
}

// Number reads a plain number such as a floor area or a count of rooms: "1,050", "2.5", "850 sq ft".
func Number(s string) (float64, bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	for _, cut := range []string{"sq. ft.", "sq ft", "sqft", "sf"} {
		s = strings.TrimSpace(strings.TrimSuffix(s, cut))
	}
	whole, frac, ok := splitAmount(s)
	if !ok {
		return 0, false
	}
	f, err := strconv.ParseFloat(whole+"."+frac+"0", 64)
	return f, err == nil
}

// Bool reads yes or no.
func Bool(s string) (v, ok bool) {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "y", "yes", "true", "t", "1", "x", "✓", "on", "active", "optedin", "opted in":
		return true, true
	case "n", "no", "false", "f", "0", "off", "inactive", "optedout", "opted out":
		return false, true
	}
	return false, false
}

// Email reads one address into lower case. Several in a cell give the first.
func Email(s string) (string, bool) {
	for _, p := range strings.FieldsFunc(s, func(r rune) bool { return r == ';' || r == ',' || unicode.IsSpace(r) || r == '<' || r == '>' }) {
		if p = strings.Trim(p, "\"'()"); isEmail(p) {
			return strings.ToLower(p), true
		}
	}
	return "", false
}

// isEmail checks the shape; whether anybody reads it is found out by sending.
func isEmail(s string) bool {
	at := strings.LastIndexByte(s, '@')
	if at < 1 || at > 64 || len(s) > 254 || strings.Count(s, "@") != 1 {
		return false
	}
	domain := s[at+1:]
	if !strings.Contains(domain, ".") || strings.Contains(domain, "..") || strings.HasPrefix(domain, ".") || strings.HasSuffix(domain, ".") {
		return false
	}
	for _, r := range s {
		if r <= ' ' || r == 127 || strings.ContainsRune("\"(),:;<>[]\\", r) {
			return false
		}
	}
	return true
}

// LooksLikePhone is a quick test for profiling a column; Phone decides.
func LooksLikePhone(s string) bool {
	n := 0
	for i, r := range s {
		switch {
		case r >= '0' && r <= '9':
			n++
		case r == '+' && i == 0, strings.ContainsRune(" ()-./", r):
		case n >= 7 && (r == 'x' || r == 'X' || r == 'e' || r == 'E' || r == ','):
			return n >= 10 // an extension follows
		default:
			return false
		}
	}
	return n >= 10 && n <= 15 && !looksLikeDate(s)
}

func looksLikeDate(s string) bool {
	_, _, _, ok := numbers(s)
	return ok
}

// Phone reads a number into the international form "+15035550123". region is the country that a number without a
// country code belongs to, such as "US". Labels ("Mobile: ") and extensions are left out; several give the first.
func Phone(s, region string) (string, bool) {
	for _, p := range strings.FieldsFunc(s, func(r rune) bool { return r == ';' || r == '|' || r == ',' || r == '\n' || r == '/' }) {
		if i := strings.LastIndexByte(p, ':'); i >= 0 {
			p = p[i+1:]
		}
		p = strings.TrimSpace(p)
		if len(p) < 7 || len(p) > 40 {
			continue
		}
		n, err := phonenumbers.Parse(p, region)
		if err != nil || !phonenumbers.IsPossibleNumber(n) {
			continue
		}
		return phonenumbers.Format(n, phonenumbers.E164), true
	}
	return "", false
}

// LooksLikeSSN tells whether a cell is written as a US social security number, which must never be stored.
func LooksLikeSSN(s string) bool {
	s = strings.TrimSpace(s)
	if len(s) != 11 || s[3] != '-' || s[6] != '-' {
		return false
	}
	return (digits(s[:3]) || strings.EqualFold(s[:3], "xxx") || s[:3] == "***") && (digits(s[4:6]) || strings.EqualFold(s[4:6], "xx") || s[4:6] == "**") && digits(s[7:])
}
