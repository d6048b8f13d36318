package web

import (
	"fmt"
	"strconv"
	"strings"

	"hearth/internal/decide/playbook"
)

// flow is a playbook as a picture: boxes from top to bottom, the arms of a branch side by side.
type flow struct {
	ViewBox, Width, Height string
	Paths                  []string
	Wide                   bool // it does not fit, and moves within its box
	Boxes                  []flowBox
}

type flowBox struct {
	X, Y, W, H, Round, Class string
	Lines                    []flowText
}

type flowText struct{ X, Y, Words string }

// The measures of the picture.
const (
	flowBoxWidth  = 176.0
	flowBoxHeight = 46.0
	flowGapX      = 18.0
	flowGapY      = 22.0
	flowLetters   = 28    // that fit on a line of a box
	flowFits      = 720.0 // as wide as it is made narrower to fit: beyond that its letters are too small to read
)

// flowNode is a step, or a branch with its arms.
type flowNode struct {
	line playbook.Line
	arms [][]flowNode // the head of each arm comes first in it
}

// flowTree reads the lines of an outline from at on, as long as they stand at least so deep.
func flowTree(lines []playbook.Line, at *int, indent int) []flowNode {
	var out []flowNode
	for *at < len(lines) && lines[*at].Indent >= indent {
		l := lines[*at]
		if l.Number > 0 {
			out = append(out, flowNode{line: l})
			*at++
			continue
		}
		var branch flowNode
		for *at < len(lines) && lines[*at].Number == 0 && lines[*at].Indent == indent {
			if len(branch.arms) > 0 && !strings.HasPrefix(lines[*at].What, "Otherwise") {
				break // another branch follows
			}
			arm := []flowNode{{line: lines[*at]}}
			*at++
			branch.arms = append(branch.arms, append(arm, flowTree(lines, at, indent+1)...))
		}
		out = append(out, branch)
	}
	return out
}

func drawFlow(lines []playbook.Line) flow {
	at := 0
	tree := append([]flowNode{{line: playbook.Line{Kind: "start", What: "It starts"}}}, flowTree(lines, &at, 0)...)
	f := &flow{}
	width := flowWidth(tree)
	bottom, _ := f.draw(tree, width/2+2, 2)
	w, h := width+4, bottom+4
	f.ViewBox = fmt.Sprintf("0 0 %.0f %.0f", w, h)
	f.Wide = w > flowFits
	f.Width, f.Height = fmt.Sprintf("%.0f", w), fmt.Sprintf("%.0f", h)
	return *f
}

func flowWidth(list []flowNode) float64 {
	w := flowBoxWidth
	for _, n := range list {
		sum := -flowGapX
		for _, arm := range n.arms {
			sum += flowWidth(arm) + flowGapX
		}
		if len(n.arms) > 0 {
			sum += 2 * flowGapX
		}
		w = max(w, sum)
	}
	return w
}

// draw puts a list of nodes under a point; it gives where the next may begin, and whether the way goes on from there.
func (f *flow) draw(list []flowNode, x, y float64) (bottom float64, goesOn bool) {
	open := false // a way leads to here
	for _, n := range list {
		if open {
			f.Paths = append(f.Paths, fmt.Sprintf("M%.1f %.1fV%.1f", x, y, y+flowGapY))
			y += flowGapY
		}
		if len(n.arms) == 0 {
			f.box(n.line, x, y)
			y += flowBoxHeight
			open = n.line.Kind != "end"
			continue
		}
		y, open = f.branch(n, x, y)
	}
	return y, open
}

func (f *flow) branch(n flowNode, x, y float64) (bottom float64, goesOn bool) {
	total := -flowGapX
	for _, arm := range n.arms {
		total += flowWidth(arm) + flowGapX
	}
	type end struct{ x, y float64 }
	var ends []end
	left, deepest, otherwise := x-total/2, y, false
	for _, arm := range n.arms {
		w := flowWidth(arm)
		mid := left + w/2
		left += w + flowGapX
		f.Paths = append(f.Paths, fmt.Sprintf("M%.1f %.1fH%.1fV%.1f", x, y, mid, y+flowGapY))
		to, on := f.draw(arm, mid, y+flowGapY)
		if on {
			ends = append(ends, end{mid, to})
		}
		deepest = max(deepest, to)
		otherwise = otherwise || arm[0].line.Kind == "else"
	}
	join := deepest + flowGapY/2
	for _, e := range ends {
		f.Paths = append(f.Paths, fmt.Sprintf("M%.1f %.1fV%.1fH%.1f", e.x, e.y, join, x))
	}
	if !otherwise { // the way past all arms
		past := x + total/2 + flowGapX/2
		f.Paths = append(f.Paths, fmt.Sprintf("M%.1f %.1fH%.1fV%.1fH%.1f", x, y, past, join, x))
	}
	return join, len(ends) > 0 || !otherwise
}

func (f *flow) box(l playbook.Line, x, y float64) {
	class := "step"
	words := l.What
	switch {
	case l.Kind == "start":
		class = "mark"
	case l.Number == 0:
		class = "mark"
	case l.Depth == "human":
		class = "step person"
	}
	if l.Number > 0 {
		words = strconv.Itoa(l.Number) + "  " + words
	}
	b := flowBox{X: fmt.Sprintf("%.1f", x-flowBoxWidth/2), Y: fmt.Sprintf("%.1f", y), W: fmt.Sprintf("%.0f", flowBoxWidth), H: fmt.Sprintf("%.0f", flowBoxHeight), Round: "9", Class: class}
	if class == "mark" {
		b.Round = "23"
	}
	lines := wrapWords(words, flowLetters, 2)
	top := y + flowBoxHeight/2 + 4 - 7*float64(len(lines)-1)
	for i, t := range lines {
		b.Lines = append(b.Lines, flowText{X: fmt.Sprintf("%.1f", x), Y: fmt.Sprintf("%.1f", top+14*float64(i)), Words: t})
	}
	f.Boxes = append(f.Boxes, b)
}

// wrapWords breaks text into at most so many lines of about n letters; what does not fit ends with dots.
func wrapWords(text string, n, lines int) []string {
	var out []string
	line := ""
	for _, w := range strings.Fields(text) {
		if line != "" && len([]rune(line))+1+len([]rune(w)) > n {
			out = append(out, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += w
	}
	out = append(out, line)
	if len(out) > lines {
		out = append(out[:lines-1], short(out[lines-1]+" "+strings.Join(out[lines:], " "), n-2))
	}
	return out
}

// indentClass moves a step of a branch to the right.
func indentClass(n int) string {
	return []string{"", "ps-10", "ps-16", "ps-20"}[min(n, 3)]
}
