package rule

import (
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"
)

// Atom is a comparison that time alone can change: "lease.days_to_end <= 120".
type Atom struct {
	Field int     // place in the catalog
	Op    string  // "<", "<=", ">", ">=", "==" or "!=", with the field on the left; "" when not Simple
	Value float64 // what the field is compared with
	// Simple is false when the field is not compared with a plain number, so that the moment of change cannot be
	// computed: evaluate the condition again every day.
	Simple bool
}

// Clocks gives the comparisons that time alone can change, each once, in the order of reading.
func (c *Cond) Clocks() []Atom { return c.clocks }

// clocks looks through and, or, not and ?: for comparisons; what is left over is not simple.
func (w *walker) clocks(x ast.Expr) []Atom {
	var atoms []Atom
	seen := map[Atom]bool{}
	add := func(a Atom) {
		if !seen[a] {
			seen[a] = true
			atoms = append(atoms, a)
		}
	}
	var visit func(ast.Expr)
	visit = func(x ast.Expr) {
		if isLogic(x) {
			for _, c := range children(x) {
				visit(c)
			}
			return
		}
		if a, ok := w.simple(x); ok {
			if w.scope.env.fields[a.Field].Clock {
				add(a)
			}
			return
		}
		for _, name := range w.namesIn(x) {
			if v, _ := w.scope.lookup(name); v.field >= 0 && w.scope.env.fields[v.field].Clock {
				add(Atom{Field: v.field})
			}
		}
	}
	visit(x)
	return atoms
}

func isLogic(x ast.Expr) bool {
	if x.Kind() != ast.CallKind {
		return false
	}
	switch x.AsCall().FunctionName() {
	case operators.LogicalAnd, operators.LogicalOr, operators.LogicalNot, operators.Conditional:
		return true
	}
	return false
}

// simple reads "field OP number" and "number OP field".
func (w *walker) simple(x ast.Expr) (Atom, bool) {
	if x.Kind() != ast.CallKind || len(x.AsCall().Args()) != 2 {
		return Atom{}, false
	}
	mirror := map[string]string{"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
	op := allowedCalls()[x.AsCall().FunctionName()]
	if mirror[op] == "" {
		return Atom{}, false
	}
	left, right := x.AsCall().Args()[0], x.AsCall().Args()[1]
	if left.Kind() == ast.LiteralKind {
		left, right, op = right, left, mirror[op]
	}
	name, isName := nameOf(left)
	value, isNumber := number(right)
	v, _ := w.scope.lookup(name)
	if !isName || !isNumber || v.field < 0 || (v.typ != Int && v.typ != Double) {
		return Atom{}, false
	}
	return Atom{Field: v.field, Op: op, Value: value, Simple: true}, true
}

func number(x ast.Expr) (float64, bool) {
	if x.Kind() != ast.LiteralKind {
		return 0, false
	}
	switch n := x.AsLiteral().(type) {
	case types.Int:
		return float64(n), true
	case types.Double:
		return float64(n), true
	}
	return 0, false
}
