package record

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// NameKey is the form in which names are compared: no accents, case, punctuation or titles, single spaces. Suffixes
// such as Jr stay, because they tell father from son. "" for a name without letters.
func NameKey(name string) string {
	var words []string
	for _, w := range strings.Fields(plain(name, ' ')) {
		if !courtesy(w) {
			words = append(words, w)
		}
	}
	return strings.Join(words, " ")
}

// courtesy tells whether the word is a form of address, which sources add and leave out at will.
func courtesy(word string) bool {
	switch word {
	case "mr", "mrs", "ms", "miss", "mx", "dr":
		return true
	}
	return false
}

// PersonKey is the NameKey of a person.
func PersonKey(first, last string) string { return NameKey(join(first, last)) }

// EmailKey is the form in which e-mail addresses are compared. "" for what cannot be an address. The local part is
// not interpreted: dots and plus signs mean different people at most providers.
func EmailKey(address string) string {
	s := strings.ToLower(strings.TrimSpace(norm.NFKC.String(address)))
	local, domain, ok := strings.Cut(s, "@")
	if !ok || local == "" || !strings.Contains(domain, ".") || strings.ContainsAny(s, " \t\r\n,;<>") ||
		strings.Contains(domain, "@") || strings.HasPrefix(domain, ".") || strings.HasSuffix(domain, ".") {
		return ""
	}
	return s
}

// PhoneKey is the form in which telephone numbers are compared: "+" and digits with the country code. Ten digits are
// taken as a number of the North American plan. "" for what is too short or too long to be a number.
func PhoneKey(number string) string {
	s := strings.ToLower(norm.NFKC.String(number))
	for _, mark := range []string{"ext", "x", "#", ";"} { // an extension is reached through the same number
		if head, _, ok := strings.Cut(s, mark); ok {
			s = head
		}
	}
	international := strings.HasPrefix(strings.TrimSpace(s), "+")
	var b strings.Builder
	for _, r := range s {
		if r >= '0' && r <= '9' {
			b.WriteRune(r)
		}
	}
	digits := b.String()
	switch {
	case international && len(digits) >= 8 && len(digits) <= 15:
		return "+" + digits
	case len(digits) == 10 && digits[0] >= '2':
		return "+1" + digits
	case len(digits) == 11 && digits[0] == '1':
		return "+" + digits
	case len(digits) >= 12 && len(digits) <= 15 && strings.HasPrefix(digits, "00"):
		return "+" + digits[2:]
	}
	return ""
}

// PhoneWords writes a number as people do: "(920) 555-0187" for one of the North American plan with nothing else in it, and any
// other as it is on record.
func PhoneWords(number string) string {
	for _, r := range number {
		if unicode.IsLetter(r) || r == '#' || r == ';' {
			return number // an extension, or more than a number
		}
	}
	key := PhoneKey(number)
	if len(key) != 12 || !strings.HasPrefix(key, "+1") {
		return number
	}
	return "(" + key[2:5] + ") " + key[5:8] + "-" + key[8:]
}

// LabelKey is the form in which unit labels and building names are compared: no spaces, punctuation, case, leading
// words such as "Apt" or leading zeros. "Apt. 04-B", "4B" and "#4 b" are one unit. A gap between two numbers stays,
// because building 1 unit 11 is not building 11 unit 1.
func LabelKey(label string) string {
	words := strings.Fields(plain(label, ' '))
	for len(words) > 1 && unitWord(words[0]) {
		words = words[1:]
	}
	var b strings.Builder
	for i, w := range words {
		if i == 0 {
			w = trimZeros(w)
		} else if digit(words[i-1][len(words[i-1])-1]) && digit(w[0]) {
			b.WriteByte('-')
		}
		b.WriteString(w)
	}
	return b.String()
}

func trimZeros(word string) string {
	for len(word) > 1 && word[0] == '0' && digit(word[1]) {
		word = word[1:]
	}
	return word
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

func unitWord(word string) bool {
	switch word {
	case "apt", "apartment", "unit", "suite", "ste", "no", "number", "room", "rm", "home", "flat":
		return true
	}
	return false
}

// plain lowers the case, strips accents, drops apostrophes and turns every other character into gap.
func plain(s string, gap rune) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(s) {
		switch {
		case unicode.Is(unicode.Mn, r), r == '\'', r == '’', r == '‘', r == '`', r == '´':
		case unicode.IsLetter(r), unicode.IsDigit(r):
			b.WriteString(folded(unicode.ToLower(r)))
		default:
			b.WriteRune(gap)
		}
	}
	return b.String()
}

// folded writes out the letters that decomposition leaves whole but sources write both ways.
func folded(r rune) string {
	switch r {
	case 'ß':
		return "ss"
	case 'ø':
		return "o"
	case 'æ':
		return "ae"
	case 'œ':
		return "oe"
	case 'ł':
		return "l"
	case 'đ', 'ð':
		return "d"
	case 'þ':
		return "th"
	case 'ı':
		return "i"
	}
	return string(r)
}
