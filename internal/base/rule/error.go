package rule

import (
	"fmt"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
)

// Error says what is wrong with a condition. Line and Column count from 1, in characters.
type Error struct {
	Line, Column int
	Message      string // a whole sentence that says what to do
	Near         string // the right name that is nearest to a wrong one, if any
}

// Error gives position and sentence.
func (e *Error) Error() string {
	return fmt.Sprintf("Line %d, column %d: %s", e.Line, e.Column, e.Message)
}

// errorAt makes an Error at the beginning of x.
func (w *walker) errorAt(x ast.Expr, format string, args ...any) *Error {
	err := &Error{Line: 1, Column: 1, Message: fmt.Sprintf(format, args...)}
	loc, ok := w.begins[x.ID()]
	if !ok {
		loc = w.info.GetStartLocation(firstPart(x).ID())
	}
	if loc.Line() > 0 {
		err.Line, err.Column = loc.Line(), loc.Column()+1
	}
	return err
}

// syntaxError puts the parser's first complaint into words, with a hint for the usual slips.
func syntaxError(src string, iss *cel.Issues) *Error {
	first := iss.Errors()[0]
	err := &Error{Line: max(first.Location.Line(), 1), Column: max(first.Location.Column()+1, 1),
		Message: "The condition cannot be read from here on. Check brackets, quotes and signs."}
	rest := restOf(src, err.Line, err.Column)
	hints := []struct{ begins, hint string }{
		{"and ", `Write && instead of "and".`}, {"AND ", `Write && instead of "AND".`},
		{"or ", `Write || instead of "or".`}, {"OR ", `Write || instead of "OR".`},
		{"not ", `Write ! instead of "not".`}, {"=", `Write == to compare.`},
		{"<>", `Write != for "differs from".`}, {">", `Write a field or a value on both sides of the sign.`},
	}
	for _, h := range hints {
		if strings.HasPrefix(rest, h.begins) {
			err.Message = "The condition cannot be read from here on. " + h.hint
			return err
		}
	}
	if strings.TrimSpace(rest) == "" {
		err.Message = "The condition ends too early: a value, a quote or a closing bracket is missing."
	}
	return err
}

// restOf gives the source from a position on; line and column count from 1.
func restOf(src string, line, column int) string {
	for ; line > 1; line-- {
		_, after, ok := strings.Cut(src, "\n")
		if !ok {
			return ""
		}
		src = after
	}
	runes := []rune(src)
	return string(runes[min(column-1, len(runes)):])
}

// nearest finds the name that was probably meant: the full form of a last part, or the least edits away. It gives ""
// when nothing is near.
func nearest(name string, names []string) string {
	best, bestAt := "", 0
	for _, n := range names {
		if name == lastPart(n) {
			return n
		}
		if d := distance(name, n); best == "" || d < bestAt {
			best, bestAt = n, d
		}
	}
	if bestAt > max(2, len(name)/3) {
		return ""
	}
	return best
}

// distance counts the letters to insert, drop, change or swap with a neighbour to get from a to b.
func distance(a, b string) int {
	before, prev, cur := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], before[j-2]+1)
			}
		}
		before, prev, cur = prev, cur, before
	}
	return prev[len(b)]
}
