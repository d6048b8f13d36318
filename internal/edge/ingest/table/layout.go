package table

import (
	"strings"
	"unicode"

	"hearth"
)

// headRows is how far down a heading row is looked for.
const headRows = 60

// Layout says where a file's heading stands and what its rows are. Make one with FindLayout.
type Layout struct {
	Header     []string // one heading per column; stacked heading rows are joined
	HeaderLine int      // line of the (first) heading row
	BodyLine   int      // rows from this line on belong to the body
	Titles     []string // what stands above the heading: report name, property, date
	names      []string // Header, folded for comparison
	summary    bool     // a summary block has begun
}

// RowKind says what a row of the body is.
type RowKind int

// The kinds.
const (
	Data    RowKind = iota
	Blank           // nothing in it
	Total           // a sum of rows above it
	Group           // a title for the rows below it: a building, a status, a property
	Heading         // the heading again, as on a new page
	Above           // at or above the heading
)

// FindLayout looks for the heading row among the first rows. known gives 0 to 1: how much a text looks like a heading
// that means something here. It fails with CodeInvalid when no row can be the heading.
func FindLayout(rows []Row, known func(string) float64) (*Layout, error) {
	rows = rows[:min(len(rows), headRows)]
	width := 0
	for _, r := range rows {
		width = max(width, filled(r.Cells))
	}
	best, bestScore, stacked := -1, 0.0, false
	for i, r := range rows {
		s := headScore(r.Cells, width, known)
		if s > bestScore+1e-9 {
			best, bestScore, stacked = i, s, false
		}
		if i+1 < len(rows) && wordsOnly(rows[i+1].Cells) && !r.Blank() {
			both := stack(r.Cells, rows[i+1].Cells)
			// Two rows must be clearly better than one, or a first data row of words would be swallowed.
			if t := headScore(both, width, known); t > bestScore*1.15+0.05 && t > headScore(rows[i+1].Cells, width, known)*1.15 {
				best, bestScore, stacked = i, t, true
			}
		}
	}
	if best < 0 || bestScore < 0.12 {
		return nil, hearth.Errorf(hearth.CodeInvalid, "No heading row was found in the first %d rows. The file needs one row that names its columns.", headRows)
	}
	l := &Layout{HeaderLine: rows[best].Line, BodyLine: rows[best].Line + 1, Header: trimAll(rows[best].Cells)}
	if stacked {
		l.Header = stack(rows[best].Cells, rows[best+1].Cells)
		l.BodyLine = rows[best+1].Line + 1
	}
	for len(l.Header) > 0 && l.Header[len(l.Header)-1] == "" {
		l.Header = l.Header[:len(l.Header)-1]
	}
	for _, r := range rows[:best] {
		if t := strings.TrimSpace(strings.Join(strings.Fields(strings.Join(r.Cells, " ")), " ")); t != "" {
			l.Titles = append(l.Titles, t)
		}
	}
	l.names = fold(l.Header)
	return l, nil
}

// headScore judges one row as a heading: known words, text and not values, filled, each different.
func headScore(cells []string, width int, known func(string) float64) float64 {
	n, words, sum := 0, 0, 0.0
	seen := map[string]bool{}
	for _, c := range cells {
		c = strings.TrimSpace(c)
		if c == "" {
			continue
		}
		n++
		if !isWords(c) || seen[c] {
			continue
		}
		seen[c] = true
		words++
		sum += known(c)
	}
	if n == 0 || width == 0 || (n == 1 && width > 1) {
		return 0
	}
	full := float64(n) / float64(width)
	text := float64(words) / float64(n)
	return text * text * (0.25 + full) * (0.1 + sum/float64(n))
}

// isWords tells whether a cell can be a heading: letters, not too long, no amount, date or address of any kind.
func isWords(c string) bool {
	if len(c) > 80 || strings.Contains(c, "@") {
		return false
	}
	letters, digits := 0, 0
	for _, r := range c {
		switch {
		case unicode.IsLetter(r):
			letters++
		case unicode.IsDigit(r):
			digits++
		}
	}
	if letters == 0 {
		return c == "#"
	}
	return digits <= letters
}

func wordsOnly(cells []string) bool {
	n := 0
	for _, c := range cells {
		c = strings.TrimSpace(c)
		if c == "" {
			continue
		}
		if !isWords(c) || strings.ContainsFunc(c, unicode.IsDigit) {
			return false
		}
		n++
	}
	return n >= 2
}

func stack(upper, lower []string) []string {
	out := make([]string, max(len(upper), len(lower)))
	for i := range out {
		var a, b string
		if i < len(upper) {
			a = strings.TrimSpace(upper[i])
		}
		if i < len(lower) {
			b = strings.TrimSpace(lower[i])
		}
		out[i] = strings.TrimSpace(a + " " + b)
	}
	return out
}

// Kind says what a row is. Rows must be asked in order: a summary block goes on until the next heading.
func (l *Layout) Kind(r Row) RowKind {
	if r.Line < l.BodyLine {
		return Above
	}
	n := filled(r.Cells)
	if n == 0 {
		return Blank
	}
	if l.repeats(r.Cells) {
		l.summary = false
		return Heading
	}
	first := firstFilled(r.Cells)
	if n == 1 && len(l.Header) > 2 && strings.HasPrefix(strings.ToLower(first), "summary") {
		l.summary = true
	}
	if l.summary || isTotal(r.Cells) {
		return Total
	}
	if n == 1 && len(l.Header) > 2 && len(first) > 1 && groupLike(r.Cells) {
		return Group
	}
	return Data
}

// GroupText gives the title in a Group row.
func (l *Layout) GroupText(r Row) string { return firstFilled(r.Cells) }

// Overlong tells whether a row has values beyond the last heading.
func (l *Layout) Overlong(r Row) bool {
	for i := len(l.Header); i < len(r.Cells); i++ {
		if strings.TrimSpace(r.Cells[i]) != "" {
			return true
		}
	}
	return false
}

func (l *Layout) repeats(cells []string) bool {
	same, n := 0, 0
	for i, c := range fold(cells) {
		if c == "" {
			continue
		}
		n++
		if i < len(l.names) && l.names[i] == c {
			same++
		}
	}
	return n >= 2 && same*10 >= n*8
}

// isTotal recognises sums: a label such as "Charge Total:" or "Totals" beside nothing but amounts.
func isTotal(cells []string) bool {
	label := false
	for _, c := range cells {
		c = strings.ToLower(strings.TrimSpace(c))
		switch {
		case c == "":
		case totalLabel(c):
			label = true
		case strings.ContainsFunc(c, unicode.IsLetter) && !label:
			return false // another text before the label: a row about somebody
		}
	}
	return label
}

func totalLabel(c string) bool {
	bare := strings.TrimRight(c, ": ")
	for _, w := range []string{"total", "totals", "grand total", "grand totals", "subtotal", "sub total", "subtotals", "charge total"} {
		if bare == w {
			return true
		}
	}
	return strings.HasPrefix(c, "total ") || strings.HasPrefix(c, "total:") || strings.HasPrefix(c, "totals ") || strings.HasPrefix(c, "grand total") ||
		strings.HasPrefix(c, "subtotal") || strings.HasSuffix(c, " total:") || strings.HasSuffix(c, " totals:")
}

// groupLike tells whether the one filled cell of a row is a title and not a stray value.
func groupLike(cells []string) bool {
	for i, c := range cells {
		if strings.TrimSpace(c) != "" {
			return i <= 2 && strings.ContainsFunc(c, unicode.IsLetter)
		}
	}
	return false
}

func filled(cells []string) int {
	n := 0
	for _, c := range cells {
		if strings.TrimSpace(c) != "" {
			n++
		}
	}
	return n
}

func firstFilled(cells []string) string {
	for _, c := range cells {
		if c = strings.TrimSpace(c); c != "" {
			return c
		}
	}
	return ""
}

func trimAll(cells []string) []string {
	out := make([]string, len(cells))
	for i, c := range cells {
		out[i] = strings.Join(strings.Fields(c), " ")
	}
	return out
}

func fold(cells []string) []string {
	out := trimAll(cells)
	for i, c := range out {
		out[i] = strings.ToLower(c)
	}
	return out
}
