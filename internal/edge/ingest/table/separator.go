package table

import (
	"math"
	"strings"
)

// findSeparator tries each separator on the beginning of a file and takes the one whose rows agree best on a width.
// sample is UTF-8; its last line may be cut.
func findSeparator(sample string, limits Limits) byte {
	best, bestScore := byte(','), 0.0
	for _, sep := range []byte{',', '\t', ';', '|'} {
		if s := separatorScore(sample, sep, limits); s > bestScore+1e-9 {
			best, bestScore = sep, s
		}
	}
	return best
}

// separatorScore is high when many rows have the same width and that width is more than one.
func separatorScore(sample string, sep byte, limits Limits) float64 {
	r := newCSVReader(strings.NewReader(sample), sep, limits)
	widths := map[int]int{}
	rows := 0
	for rows < 500 {
		cells, _, err := r.next()
		if err != nil {
			break // the end, or a quotation that the sample cuts: what was read counts
		}
		if blank(cells) {
			continue
		}
		rows++
		widths[len(cells)]++
	}
	mode, count := 0, 0
	for w, n := range widths {
		// A wide minority says more than many one-cell titles, and ties must not depend on the map's order.
		if weight(w, n) > weight(mode, count) || (weight(w, n) == weight(mode, count) && w > mode) {
			mode, count = w, n
		}
	}
	if rows == 0 || mode < 2 {
		return 0
	}
	agree := float64(count) / float64(rows)
	// In sentences and amounts written in words a comma has a blank behind it; a separator seldom does.
	spaced := float64(strings.Count(sample, string(sep)+" ")) / float64(max(1, strings.Count(sample, string(sep))))
	return agree * math.Log2(1+float64(mode)) * (1 - spaced/2)
}

func weight(width, n int) float64 {
	if width < 2 {
		return 0
	}
	return float64(n) * math.Log2(float64(width))
}

func blank(cells []string) bool {
	for _, c := range cells {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return true
}
