package value

import (
	"strings"

	"hearth"
)

// Span is a stretch of days, both ends included.
type Span struct{ From, To hearth.Day }

// Spans reads a list of days and stretches of days: "2025-03-11..2025-03-24; 2025-05-01", "3/11/2025 - 3/24/2025". It
// gives the first piece that is neither as bad; spans may end before they begin, which is for the caller to judge.
func Spans(s string, order Order) (spans []Span, bad string) {
	pieces := spanPieces(s)
	for _, p := range pieces {
		from, to, ok := spanEnds(p, order)
		if !ok {
			return nil, p
		}
		a, _ := Date(from, order)
		b, _ := Date(to, order)
		spans = append(spans, Span{a, b})
	}
	return spans, ""
}

// AddSpans takes the dates of a list as Spans reads it into account.
func (d *Dates) AddSpans(s string) {
	for _, p := range spanPieces(s) {
		for _, order := range []Order{MonthFirst, DayFirst} {
			if from, to, ok := spanEnds(p, order); ok {
				d.Add(from)
				d.Add(to)
				break
			}
		}
	}
}

// spanPieces cuts a list at semicolons and bars, and at commas unless these stand inside a date ("March 3, 2025").
func spanPieces(s string) []string {
	cut := func(s, at string) []string {
		var out []string
		for _, p := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(at, r) }) {
			if p = strings.TrimSpace(p); p != "" {
				out = append(out, p)
			}
		}
		return out
	}
	var out []string
	for _, p := range cut(s, ";|\n") {
		parts := cut(p, ",")
		dates := true
		for _, q := range parts {
			_, _, monthFirst := spanEnds(q, MonthFirst)
			_, _, dayFirst := spanEnds(q, DayFirst)
			dates = dates && (monthFirst || dayFirst)
		}
		if !dates {
			parts = []string{p}
		}
		out = append(out, parts...)
	}
	return out
}

// spanEnds cuts "2025-03-11..2025-03-24" into its two dates; one day is both.
func spanEnds(s string, order Order) (from, to string, ok bool) {
	if len(s) > 80 {
		return "", "", false
	}
	if _, ok := Date(s, order); ok {
		return s, s, true
	}
	lower := strings.ToLower(s)
	for _, sep := range []string{"..", "…", " to ", " until ", " till ", " through ", " thru ", " - ", "–", "—", "-", "/"} {
		for at := 0; ; {
			i := strings.Index(lower[at:], sep)
			if i < 0 || len(lower) != len(s) {
				break
			}
			i += at
			from, to := strings.TrimSpace(s[:i]), strings.TrimSpace(s[i+len(sep):])
			_, okFrom := Date(from, order)
			_, okTo := Date(to, order)
			if okFrom && okTo {
				return from, to, true
			}
			at = i + len(sep)
		}
	}
	return "", "", false
}
