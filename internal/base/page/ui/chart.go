package ui

import (
	"fmt"
	"math"
	"strings"
)

// Line is a chart of one figure over time: the own past in grey beside the present in pine.
type Line struct {
	Label  string    // what a screen reader says: the figure in words
	Values []float64 // oldest first; NaN where there is none
	Past   []float64 // the same length before, or a baseline; may be empty
	Ember  int       // how many of the last values are drawn in ember
	Low    float64   // the scale; Low == High takes it from the values
	High   float64
	Ticks  []string // words under the chart, spread evenly
	Base   float64  // a dashed line here, unless it is NaN or outside
	// Top and Bottom say what the upper and the lower end of the scale are; "" for none.
	Top, Bottom string
	Points      []Point // one for each of Values: said when the pointer rests there, and listed in the table behind
	Table       Columns // of the table behind; without a Head there is none
	Tall        bool    // a chart that is read, not glanced at
}

// Point is a value of a chart in words.
type Point struct {
	Name  string   // "9 November"
	Words string   // "3.2 hours, 41 answers"
	Cells []string // of the table behind, after the name
	Href  string   // the rows behind it, "" if nobody may see them
}

// Columns heads the table behind a chart.
type Columns struct {
	Head    []string
	Caption string
}

// Bars compares amounts: own in pine, past in grey, side by side.
type Bars struct {
	Label string
	Own   []float64
	Past  []float64 // empty for none
	Names []string  // one for each pair, may be shorter
	// Top says how much the highest bar is, "" for nothing; Points are as in a Line.
	Top    string
	Points []Point
	Table  Columns
}

// The size of a chart's drawing; it is stretched to the width it has.
const (
	chartWidth  = 480.0
	chartHeight = 96.0
)

func (l Line) scale() (low, high float64) {
	low, high = l.Low, l.High
	if low != high {
		return low, high
	}
	low, high = math.Inf(1), math.Inf(-1)
	for _, list := range [][]float64{l.Values, l.Past} {
		for _, v := range list {
			if !math.IsNaN(v) {
				low, high = min(low, v), max(high, v)
			}
		}
	}
	if math.IsInf(low, 0) {
		return 0, 1
	}
	if low == high {
		return low - 1, high + 1
	}
	return low, high
}

func (l Line) point(i, n int, v float64) (x, y float64) {
	low, high := l.scale()
	x = 2 + (chartWidth-4)*float64(i)/float64(max(1, n-1))
	y = 4 + (chartHeight-8)*(1-(v-low)/(high-low))
	return x, max(2, min(chartHeight-2, y))
}

// path draws values from index from on; gaps stay gaps.
func (l Line) path(values []float64, from, to int) string {
	var b strings.Builder
	pen := "M"
	for i := from; i < to; i++ {
		if i < 0 || math.IsNaN(values[i]) {
			pen = "M"
			continue
		}
		x, y := l.point(i, len(values), values[i])
		fmt.Fprintf(&b, "%s%.1f %.1f", pen, x, y)
		pen = "L"
	}
	return b.String()
}

func (l Line) calm() string {
	return l.path(l.Values, 0, len(l.Values)-max(0, l.Ember-1))
}

func (l Line) ember() string {
	if l.Ember <= 0 {
		return ""
	}
	return l.path(l.Values, len(l.Values)-l.Ember, len(l.Values))
}

func (l Line) base() (y string, ok bool) {
	low, high := l.scale()
	if math.IsNaN(l.Base) || l.Base <= low || l.Base >= high {
		return "", false
	}
	_, py := l.point(0, 1, l.Base)
	return fmt.Sprintf("%.1f", py), true
}

type bar struct{ x, y, w, h, class string }

func (b Bars) rects() []bar {
	top := 0.0
	for _, list := range [][]float64{b.Own, b.Past} {
		for _, v := range list {
			top = max(top, v)
		}
	}
	if top == 0 {
		top = 1
	}
	n := max(len(b.Own), len(b.Past))
	var out []bar
	slot := chartWidth / float64(max(1, n))
	width := slot * 0.7
	if len(b.Past) > 0 {
		width = slot * 0.36
	}
	put := func(i int, offset, v float64, class string) {
		h := (chartHeight - 2) * v / top
		out = append(out, bar{x: fmt.Sprintf("%.1f", float64(i)*slot+offset), y: fmt.Sprintf("%.1f", chartHeight-h),
			w: fmt.Sprintf("%.1f", width), h: fmt.Sprintf("%.1f", h), class: class})
	}
	for i := range n {
		left := slot * 0.12
		if i < len(b.Past) {
			put(i, left, b.Past[i], "bar-past")
			left += width + slot*0.04
		}
		if i < len(b.Own) {
			put(i, left, b.Own[i], "bar-own")
		}
	}
	return out
}

// dots marks values that no line leads to, and the last one.
func (l Line) dots() []string {
	var out []string
	last := -1
	for i, v := range l.Values {
		if !math.IsNaN(v) {
			last = i
		}
	}
	told := func(i int) bool { return i >= 0 && i < len(l.Values) && !math.IsNaN(l.Values[i]) }
	for i := range l.Values {
		if told(i) && (len(l.Points) > 0 && i == last || !told(i-1) && !told(i+1)) {
			x, y := l.point(i, len(l.Values), l.Values[i])
			out = append(out, fmt.Sprintf("M%.1f %.1fh.01", x, y))
		}
	}
	return out
}

// hit is the stretch of a chart over which a value is said.
type hit struct{ x, w, words string }

func hits(points []Point, n int, middle bool) []hit {
	out := make([]hit, 0, len(points))
	slot := chartWidth / float64(max(1, n))
	left := 0.0
	if middle { // values of a line stand at the ends too
		slot = (chartWidth - 4) / float64(max(1, n-1))
		left = 2 - slot/2
	}
	for i, p := range points {
		x := max(0, left+slot*float64(i))
		w := min(chartWidth, left+slot*float64(i+1)) - x
		out = append(out, hit{x: fmt.Sprintf("%.1f", x), w: fmt.Sprintf("%.1f", w), words: p.Name + ": " + p.Words})
	}
	return out
}

func (l Line) height() string {
	if l.Tall {
		return "112"
	}
	return "72"
}
