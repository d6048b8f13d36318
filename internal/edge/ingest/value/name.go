package value

import (
	"strings"
	"unicode"
)

// Person is a name taken apart. An organization stands in Last alone.
type Person struct {
	First, Middle, Last, Suffix string
	Preferred                   string // a name in quotation marks or brackets
}

// Full gives the name as people write it.
func (p Person) Full() string {
	return Clean(strings.Join([]string{p.First, p.Middle, p.Last, p.Suffix}, " "))
}

// NameOrder is the order in which a column writes names without a comma.
type NameOrder string

// The orders.
const (
	FirstLast NameOrder = "first name first"
	LastFirst NameOrder = "last name first"
)

// Names gathers evidence on how a column writes names.
type Names struct {
	Seen, Comma, FirstFirst, LastFirst int
}

// Add takes one cell into account.
func (n *Names) Add(s string) {
	s = Clean(s)
	if s == "" || Vacant(s) != "" || !LooksLikeName(s) {
		return
	}
	n.Seen++
	if strings.Contains(s, ",") {
		n.Comma++
		return
	}
	words := strings.Fields(stripSuffix(s))
	if len(words) < 2 || strings.ContainsAny(s, "&/;") {
		return
	}
	// A middle initial stands behind the first name: "Kim A Lee" against "Lee Kim A".
	if len(words) == 3 {
		if initial(words[1]) {
			n.FirstFirst++
			return
		}
		if initial(words[2]) {
			n.LastFirst++
			return
		}
	}
	a, z := givenName(words[0]), givenName(words[len(words)-1])
	if len(words) == 3 && !a && !z {
		z = givenName(words[1]) // "Lee Maria Ann": the middle word
	}
	switch {
	case a && !z:
		n.FirstFirst++
	case z && !a:
		n.LastFirst++
	}
}

// Order gives the order that fits the column and the reason in words.
func (n *Names) Order() (NameOrder, string) {
	switch {
	case n.LastFirst > n.FirstFirst:
		return LastFirst, "known first names stand behind"
	case n.FirstFirst > 0:
		return FirstLast, "known first names stand in front"
	case n.Comma > 0:
		return FirstLast, "names are written with a comma"
	}
	return FirstLast, "no name in the column settles it; assumed"
}

// Doubtful tells whether the column itself does not settle the order: names without a comma of which none is known, or as many one way as
// nearly the other.
func (n *Names) Doubtful() bool {
	less, more := min(n.FirstFirst, n.LastFirst), max(n.FirstFirst, n.LastFirst)
	return n.Seen > n.Comma && (more == 0 || less > 0 && 4*less >= more)
}

// Vacant gives the state of a home in words when a name cell says that nobody lives there, "" otherwise.
func Vacant(s string) string {
	w := strings.ToLower(strings.Trim(Clean(s), " -–—*_.()[]"))
	w, _, _ = strings.Cut(w, " - ")
	switch {
	case w == "vacant", strings.HasPrefix(w, "vacant "), w == "vacancy", w == "empty", w == "unoccupied", w == "available",
		strings.HasPrefix(w, "vacant-"), strings.HasPrefix(w, "vacant/"):
		return "vacant"
	case w == "model", w == "model unit", w == "model apartment":
		return "model"
	case w == "down", w == "down unit", w == "offline", w == "off line", w == "out of service":
		return "down"
	case w == "admin", w == "admin unit", w == "office", w == "employee unit", w == "non-revenue", w == "non revenue", w == "storage":
		return "not for rent"
	}
	return ""
}

// LooksLikeName tells whether a cell can be the name of a person, several people or a company.
func LooksLikeName(s string) bool {
	s = strings.TrimSpace(s)
	if len(s) < 3 || len(s) > 120 || strings.Contains(s, "@") {
		return false
	}
	words, letters := 0, 0
	for _, w := range strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",;&/", r) }) {
		words++
		for _, r := range w {
			if unicode.IsDigit(r) {
				return false
			}
			if unicode.IsLetter(r) {
				letters++
			}
		}
		if r := []rune(strings.TrimLeft(w, "\"'(“")); len(r) > 0 && unicode.IsLower(r[0]) && !particle(w) && w != "and" {
			return false // prose, not a name
		}
	}
	return words >= 2 && words <= 12 && letters >= 3
}

// People reads everybody named in a cell: "Smith, John & Jane", "John and Jane Smith", "Kim Lee; Ana Ruiz". A cell
// that names nobody gives none.
func People(s string, order NameOrder) []Person {
	s = Clean(strings.ReplaceAll(s, "\n", ";"))
	if s == "" || Vacant(s) != "" || None(s) {
		return nil
	}
	if company(s) {
		return []Person{{Last: s}}
	}
	var out []Person
	for _, part := range strings.FieldsFunc(s, func(r rune) bool { return r == ';' || r == '/' || r == '|' }) {
		for _, p := range couple(part, order) {
			if p.First+p.Last+p.Preferred != "" { // quotation marks and the like name nobody
				out = append(out, p)
			}
		}
	}
	return out
}

// couple reads one or more people joined with "&" or "and". A person with one word takes the family name of the other.
func couple(s string, order NameOrder) []Person {
	s = strings.ReplaceAll(strings.ReplaceAll(s, " and ", " & "), " AND ", " & ")
	s = strings.ReplaceAll(s, " + ", " & ")
	var pieces []string
	for _, p := range strings.Split(s, "&") {
		if p = strings.Trim(p, " ,"); p != "" {
			pieces = append(pieces, p)
		}
	}
	pieces = splitCommas(pieces)
	out := make([]Person, 0, len(pieces))
	family := ""
	for _, p := range pieces {
		one := person(p, order)
		if len(strings.Fields(stripSuffix(p))) == 1 {
			// One word says the first name of somebody with the other's family name.
			one = Person{First: p}
		}
		if one.Last != "" && family == "" {
			family = one.Last
		}
		out = append(out, one)
	}
	for i := range out {
		if out[i].Last == "" {
			out[i].Last = family
		}
		if len(out) == 1 && out[i].Last == "" {
			out[i] = Person{Last: out[i].First} // one word for one person: treated as the family name
		}
	}
	return out
}

// splitCommas separates a list of full names, "Ana Ruiz, Kim Lee", from one name written "Ruiz, Ana".
func splitCommas(pieces []string) []string {
	var out []string
	for _, p := range pieces {
		parts := strings.Split(p, ",")
		full := len(parts) >= 2
		for _, q := range parts {
			q = strings.TrimSpace(q)
			if len(strings.Fields(q)) < 2 || suffix(q) || !LooksLikeName(q) {
				full = false
			}
		}
		// "De La Cruz, Ana Maria" is one person: a list has a given name in front of each part.
		if full && givenName(strings.Fields(parts[0])[0]) && givenName(strings.Fields(strings.TrimSpace(parts[1]))[0]) {
			for _, q := range parts {
				out = append(out, strings.TrimSpace(q))
			}
			continue
		}
		out = append(out, p)
	}
	return out
}

// person reads one name.
func person(s string, order NameOrder) Person {
	var p Person
	s, p.Preferred = nickname(s)
	parts := strings.Split(s, ",")
	var words []string
	switch {
	case len(parts) >= 2 && suffix(parts[1]) && len(parts) == 2:
		p.Suffix = neatSuffix(parts[1])
		words = strings.Fields(parts[0])
	case len(parts) >= 2:
		p.Last = Clean(parts[0])
		if bare := stripSuffix(p.Last); bare != p.Last {
			p.Suffix = neatSuffix(strings.TrimPrefix(p.Last, bare))
			p.Last = bare
		}
		given := Clean(strings.Join(parts[1:], " "))
		if bare := stripSuffix(given); bare != given {
			p.Suffix = neatSuffix(strings.TrimPrefix(given, bare))
			given = bare
		}
		p.First, p.Middle, _ = strings.Cut(given, " ")
		return neat(p)
	default:
		words = strings.Fields(s)
	}
	for len(words) > 1 && title(words[0]) {
		words = words[1:]
	}
	if n := len(words); n > 2 && suffix(words[n-1]) {
		p.Suffix = neatSuffix(words[n-1])
		words = words[:n-1]
	}
	switch {
	case len(words) == 0:
		return p
	case len(words) == 1:
		p.Last = words[0]
	case order == LastFirst:
		n := 1
		for n < len(words)-1 && particle(words[n-1]) {
			n++
		}
		p.Last = strings.Join(words[:n], " ")
		p.First = words[n]
		p.Middle = strings.Join(words[n+1:], " ")
	default:
		n := len(words) - 1
		for n > 1 && particle(words[n-1]) {
			n--
		}
		p.First = words[0]
		p.Middle = strings.Join(words[1:n], " ")
		p.Last = strings.Join(words[n:], " ")
	}
	return neat(p)
}

// nickname takes a name in quotation marks or brackets out of s.
func nickname(s string) (rest, nick string) {
	for _, q := range [][2]string{{"\"", "\""}, {"(", ")"}, {"“", "”"}} {
		i := strings.Index(s, q[0])
		if i < 0 {
			continue
		}
		j := strings.Index(s[i+len(q[0]):], q[1])
		if j <= 0 {
			continue
		}
		nick = Clean(s[i+len(q[0]) : i+len(q[0])+j])
		rest = Clean(s[:i] + " " + s[i+len(q[0])+j+len(q[1]):])
		if strings.ContainsFunc(nick, unicode.IsDigit) {
			nick = ""
		}
		return rest, neatCase(nick)
	}
	return s, ""
}

// neat writes names that are all capitals the way people write them; others stay as they are.
func neat(p Person) Person {
	p.First, p.Middle, p.Last = neatCase(p.First), neatCase(p.Middle), neatCase(p.Last)
	return p
}

func neatCase(s string) string {
	if s == "" || s != strings.ToUpper(s) || len([]rune(s)) < 3 {
		return s
	}
	out := []rune(strings.ToLower(s))
	start := true
	for i, r := range out {
		if start {
			out[i] = unicode.ToUpper(r)
		}
		start = !unicode.IsLetter(r)
	}
	t := string(out)
	if strings.HasPrefix(t, "Mc") && len(out) > 4 {
		return "Mc" + strings.ToUpper(t[2:3]) + t[3:]
	}
	return t
}

func stripSuffix(s string) string {
	words := strings.Fields(s)
	if n := len(words); n > 1 && suffix(words[n-1]) {
		return strings.TrimRight(strings.Join(words[:n-1], " "), ", ")
	}
	return s
}

func suffix(s string) bool { return neatSuffix(s) != "" }

func neatSuffix(s string) string {
	switch strings.ToUpper(strings.Trim(s, " .,")) {
	case "JR", "JNR":
		return "Jr."
	case "SR", "SNR":
		return "Sr."
	case "II":
		return "II"
	case "III":
		return "III"
	case "IV":
		return "IV"
	}
	return ""
}

func title(s string) bool {
	switch strings.ToLower(strings.TrimRight(s, ".")) {
	case "mr", "mrs", "ms", "miss", "dr", "prof", "rev", "mx":
		return true
	}
	return false
}

func particle(s string) bool {
	switch strings.ToLower(s) {
	case "de", "del", "della", "di", "da", "dos", "das", "du", "la", "le", "van", "von", "der", "den", "ter", "ten", "bin", "al", "el", "st", "st.", "san", "mc", "mac", "o":
		return true
	}
	return false
}

func initial(s string) bool {
	s = strings.TrimRight(s, ".")
	return len(s) == 1 && unicode.IsLetter(rune(s[0]))
}

// company recognises leases that an organization holds.
func company(s string) bool {
	words := strings.Fields(strings.ToLower(strings.NewReplacer(",", " ", ".", "").Replace(s)))
	if len(words) < 2 {
		return false
	}
	switch words[len(words)-1] {
	case "llc", "inc", "corp", "corporation", "ltd", "lp", "llp", "company", "gmbh", "foundation", "authority":
		return true
	}
	return false
}

// NameKey folds a name so that two spellings of it compare equal: case, accents' case, dots and hyphens do not count,
// nor do middle names and suffixes.
func NameKey(p Person) string {
	first, _, _ := strings.Cut(p.First, " ")
	return foldName(first) + " " + foldName(p.Last)
}

func foldName(s string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(s) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			b.WriteRune(r)
		}
	}
	return b.String()
}
