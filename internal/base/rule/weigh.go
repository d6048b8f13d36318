package rule

import (
	"math"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
)

// Weight is what a name counts for among the reasons for which a condition comes true.
type Weight int

// The weights.
const (
	None Weight = iota // where somebody stands: it holds for most, and is no reason by itself
	Weak               // a reason that needs another one beside it
	Full
)

// Ways says on what little a condition can come true.
type Ways struct {
	None bool // with nothing that counts
	Weak bool // with weak reasons, and none beside them
}

// And gives the ways in which both come true.
func (a Ways) And(b Ways) Ways {
	return Ways{None: a.None && b.None, Weak: a.Weak && (b.Weak || b.None) || a.None && b.Weak}
}

// Or gives the ways in which one of them comes true.
func (a Ways) Or(b Ways) Ways { return Ways{None: a.None || b.None, Weak: a.Weak || b.Weak} }

// Ways looks through and, or, not and ?:, so that "tone || waiting" rests on tone where "tone && waiting" does not. weigh also
// hears how much a name has to reach for its comparison with a number to come true: -Inf if that is not known, and
// +Inf if it comes true from there downwards.
func (c *Cond) Ways(weigh func(name string, reach float64) Weight) Ways {
	names := (&walker{}).namesIn
	var visit func(x ast.Expr, not bool) Ways
	visit = func(x ast.Expr, not bool) Ways {
		if !isLogic(x) {
			heaviest := None
			least := reach(x, not)
			for _, name := range names(x) {
				heaviest = max(heaviest, weigh(name, least))
			}
			return Ways{None: heaviest == None, Weak: heaviest == Weak}
		}
		args := x.AsCall().Args()
		switch x.AsCall().FunctionName() {
		case operators.LogicalNot:
			return visit(args[0], !not)
		case operators.Conditional:
			return visit(args[0], false).And(visit(args[1], not)).Or(visit(args[0], true).And(visit(args[2], not)))
		}
		all := visit(args[0], not)
		for _, a := range args[1:] {
			if both := (x.AsCall().FunctionName() == operators.LogicalAnd) != not; both {
				all = all.And(visit(a, not))
			} else {
				all = all.Or(visit(a, not))
			}
		}
		return all
	}
	return visit(c.root, false)
}

// reach reads "name OP number" and "number OP name"; not: for the opposite to come true.
func reach(x ast.Expr, not bool) float64 {
	if x.Kind() != ast.CallKind || len(x.AsCall().Args()) != 2 {
		return math.Inf(-1)
	}
	left, right := x.AsCall().Args()[0], x.AsCall().Args()[1]
	value, isNumber := number(right)
	up := not
	if _, isName := nameOf(left); !isName || !isNumber {
		if value, isNumber = number(left); !isNumber {
			return math.Inf(-1)
		}
		if _, isName := nameOf(right); !isName {
			return math.Inf(-1)
		}
		up = !up
	}
	switch x.AsCall().FunctionName() {
	case operators.Greater, operators.GreaterEquals:
		up = !up
	case operators.Less, operators.LessEquals:
	default:
		return math.Inf(-1)
	}
	if up {
		return value
	}
	return math.Inf(1)
}
