package web

import (
	"strconv"
	"strings"
)

// diffLine is a line of two texts side by side: "+" only in the new one, "-" only in the old one, "" in both, "…" for lines
// that are the same and are left out.
type diffLine struct{ Kind, Words string }

func splitLines(text string) []string {
	if text = strings.TrimRight(text, "\n"); text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

// diffAround is how many lines that are the same stand around one that changed.
const diffAround = 3

// diffOf compares two lists of lines by their longest common part. Long runs of what is the same are left out; a text that
// has nothing before it is shown whole.
func diffOf(old, now []string) []diffLine {
	if len(old) == 0 {
		out := make([]diffLine, len(now))
		for i, l := range now {
			out[i] = diffLine{Words: l}
		}
		return out
	}
	longest := make([][]int, len(old)+1)
	for i := range longest {
		longest[i] = make([]int, len(now)+1)
	}
	for i := len(old) - 1; i >= 0; i-- {
		for j := len(now) - 1; j >= 0; j-- {
			if old[i] == now[j] {
				longest[i][j] = longest[i+1][j+1] + 1
			} else {
				longest[i][j] = max(longest[i+1][j], longest[i][j+1])
			}
		}
	}
	var all []diffLine
	i, j := 0, 0
	for i < len(old) || j < len(now) {
		switch {
		case i < len(old) && j < len(now) && old[i] == now[j]:
			all = append(all, diffLine{"", now[j]})
			i, j = i+1, j+1
		case i < len(old) && (j == len(now) || longest[i+1][j] >= longest[i][j+1]):
			all = append(all, diffLine{"-", old[i]})
			i++
		default:
			all = append(all, diffLine{"+", now[j]})
			j++
		}
	}
	return foldSame(all)
}

func foldSame(all []diffLine) []diffLine {
	near := make([]bool, len(all))
	changed := false
	for i, l := range all {
		if l.Kind == "" {
			continue
		}
		changed = true
		for k := max(0, i-diffAround); k < min(len(all), i+diffAround+1); k++ {
			near[k] = true
		}
	}
	if !changed {
		return []diffLine{{"…", "Nothing is different."}}
	}
	var out []diffLine
	skipped := 0
	for i, l := range all {
		if near[i] {
			if skipped > 0 {
				out = append(out, diffLine{"…", strconv.Itoa(skipped) + " lines are the same"})
			}
			skipped = 0
			out = append(out, l)
			continue
		}
		skipped++
	}
	if skipped > 0 {
		out = append(out, diffLine{"…", strconv.Itoa(skipped) + " lines are the same"})
	}
	return out
}
