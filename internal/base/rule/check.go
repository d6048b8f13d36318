package rule

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
)

// listType is the type of a list literal; there are no fields of it.
const listType Type = "list"

// allowedCalls names the operators and functions of the language, with the sign that people write.
func allowedCalls() map[string]string {
	return map[string]string{
		operators.LogicalAnd: "&&", operators.LogicalOr: "||", operators.LogicalNot: "!", operators.Conditional: "? :",
		operators.Equals: "==", operators.NotEquals: "!=",
		operators.Less: "<", operators.LessEquals: "<=", operators.Greater: ">", operators.GreaterEquals: ">=",
		operators.Add: "+", operators.Subtract: "-", operators.Multiply: "*", operators.Divide: "/",
		operators.Modulo: "%", operators.Negate: "-", operators.In: "in",
		"contains": "contains", "startsWith": "startsWith", "endsWith": "endsWith", "size": "size",
		"duration": "duration", knownName: knownName,
	}
}

// walker goes through a parsed condition: names, functions, positions.
type walker struct {
	scope *scope
	info  *ast.SourceInfo
	reads map[string]variable
	// begins keeps where a name begins: the checker folds a chain of selections into one node positioned at a dot.
	begins map[int64]common.Location
}

// check refuses names, functions and literals that are not of the language, in words.
func (w *walker) check(x ast.Expr) *Error {
	switch x.Kind() {
	case ast.LiteralKind:
		if literalType(x.AsLiteral()) == "" {
			return w.errorAt(x, "This value is of a kind that conditions do not know. Use numbers, texts in quotes, true or false.")
		}
		return nil
	case ast.IdentKind, ast.SelectKind:
		return w.checkName(x)
	case ast.ListKind:
		return w.checkAll(x.AsList().Elements())
	case ast.CallKind:
		return w.checkCall(x)
	}
	return w.errorAt(x, "Conditions know no maps, records or loops. Compare fields with values, joined by && and ||.")
}

func (w *walker) checkAll(xs []ast.Expr) *Error {
	for _, x := range xs {
		if err := w.check(x); err != nil {
			return err
		}
	}
	return nil
}

func (w *walker) checkCall(x ast.Expr) *Error {
	call := x.AsCall()
	if _, ok := allowedCalls()[call.FunctionName()]; !ok {
		var names []string
		for name := range allowedCalls() {
			if name[0] >= 'a' && name[0] <= 'z' {
				names = append(names, name)
			}
		}
		sort.Strings(names)
		err := w.errorAt(x, "Conditions have no function %q.", call.FunctionName())
		if near := nearest(call.FunctionName(), names); near != "" {
			err.Near = near
			err.Message += fmt.Sprintf(" Did you mean %q?", near)
		} else {
			err.Message += " There are " + strings.Join(names, ", ") + "."
		}
		return err
	}
	if call.IsMemberFunction() {
		if err := w.check(call.Target()); err != nil {
			return err
		}
	}
	if err := w.checkAll(call.Args()); err != nil {
		return err
	}
	return w.checkValues(x)
}

// checkValues refuses to compare a field with a value that stands in for a protected characteristic, whichever way: the
// field itself may be an honest one.
func (w *walker) checkValues(x ast.Expr) *Error {
	call := x.AsCall()
	parts := children(x)
	for _, part := range parts {
		name, ok := nameOf(part)
		if !ok {
			continue
		}
		closed := w.closedValues(name)
		if len(closed) == 0 {
			continue
		}
		if call.IsMemberFunction() {
			return w.errorAt(x, "Parts of %s may not be looked at. Compare it with a whole value.", name)
		}
		for _, other := range parts {
			for _, lit := range append([]ast.Expr{other}, children(other)...) {
				if lit.Kind() != ast.LiteralKind {
					continue
				}
				if s, ok := lit.AsLiteral().(types.String); ok && slices.Contains(closed, string(s)) {
					return w.errorAt(lit, "%s may not be compared with %q: it stands in for a characteristic that fair-housing law protects. Decide by behaviour or by the lease instead.", name, string(s))
				}
			}
		}
	}
	return nil
}

// closedValues gives the values that a name may not be compared with; an event's data under the same name is no way
// around.
func (w *walker) closedValues(name string) []string {
	for _, f := range w.scope.env.fields {
		if len(f.Closed) > 0 && lastPart(f.Name) == lastPart(name) {
			return f.Closed
		}
	}
	return nil
}

func (w *walker) checkName(x ast.Expr) *Error {
	name, ok := dotted(x)
	if !ok {
		return w.errorAt(x, "A part of a value cannot be taken here. Fields are written like lease.days_to_end.")
	}
	v, ok := w.scope.lookup(name)
	if !ok {
		return w.unknownName(x, name)
	}
	if tag, bad := w.refusedTag(name, v); bad {
		return w.errorAt(x, "%s may not be used in a condition: it is %s. Decide by behaviour or by the lease instead.", name, tag)
	}
	w.reads[name] = v
	w.begins[x.ID()] = w.info.GetStartLocation(firstPart(x).ID())
	return nil
}

// refusedTag finds fields that must not decide about people; an event's data under the same name is no way around.
func (w *walker) refusedTag(name string, v variable) (string, bool) {
	words := map[Tag]string{Protected: "a characteristic that fair-housing law protects", Proxy: "a stand-in for a characteristic that fair-housing law protects"}
	if v.field >= 0 {
		tag := w.scope.env.fields[v.field].Tag
		return words[tag], tag.refused()
	}
	if tag := w.scope.tags[v.event]; tag.refused() {
		return words[tag], true
	}
	for _, f := range w.scope.env.fields {
		if f.Tag.refused() && lastPart(f.Name) == lastPart(name) {
			return words[f.Tag], true
		}
	}
	return "", false
}

func (w *walker) unknownName(x ast.Expr, name string) *Error {
	if strings.HasPrefix(name, eventPrefix) && len(w.scope.vars) == 0 {
		return w.errorAt(x, "%s cannot be used here: this condition is not about one event.", name)
	}
	err := w.errorAt(x, "There is no field %q.", name)
	if err.Near = nearest(name, w.scope.names()); err.Near != "" {
		err.Message += fmt.Sprintf(" Did you mean %q?", err.Near)
	} else {
		err.Message += " The catalog of signals lists all fields."
	}
	return err
}

// names lists what a condition may read, sorted.
func (s *scope) names() []string {
	var names []string
	for _, f := range s.env.fields {
		if !f.Tag.refused() {
			names = append(names, f.Name)
		}
	}
	for name, v := range s.vars {
		if !s.tags[v.event].refused() {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	return names
}

// namesIn lists the names that x reads, in the order of reading, once each.
func (w *walker) namesIn(x ast.Expr) []string {
	var names []string
	seen := map[string]bool{}
	var visit func(ast.Expr)
	visit = func(x ast.Expr) {
		if name, ok := nameOf(x); ok {
			if !seen[name] {
				seen[name] = true
				names = append(names, name)
			}
			return
		}
		for _, c := range children(x) {
			visit(c)
		}
	}
	visit(x)
	return names
}

// children lists the direct operands of x.
func children(x ast.Expr) []ast.Expr {
	switch x.Kind() {
	case ast.ListKind:
		return x.AsList().Elements()
	case ast.CallKind:
		call := x.AsCall()
		if call.IsMemberFunction() {
			return append([]ast.Expr{call.Target()}, call.Args()...)
		}
		return call.Args()
	}
	return nil
}

// nameOf gives the field that x is, if it is one: as parsed (a chain of selections) or as checked (one identifier).
func nameOf(x ast.Expr) (string, bool) {
	if k := x.Kind(); k != ast.IdentKind && k != ast.SelectKind {
		return "", false
	}
	return dotted(x)
}

func dotted(x ast.Expr) (string, bool) {
	switch x.Kind() {
	case ast.IdentKind:
		return x.AsIdent(), true
	case ast.SelectKind:
		head, ok := dotted(x.AsSelect().Operand())
		return head + "." + x.AsSelect().FieldName(), ok && !x.AsSelect().IsTestOnly()
	}
	return "", false
}

// typeOf infers the type of a part for a sentence; "" when it has none.
func (w *walker) typeOf(x ast.Expr) Type {
	if name, ok := nameOf(x); ok {
		v, _ := w.scope.lookup(name)
		return v.typ
	}
	switch x.Kind() {
	case ast.LiteralKind:
		return literalType(x.AsLiteral())
	case ast.ListKind:
		return listType
	case ast.CallKind:
		switch call := x.AsCall(); call.FunctionName() {
		case operators.Add, operators.Subtract, operators.Multiply, operators.Divide, operators.Modulo, operators.Negate:
			return w.typeOf(call.Args()[0])
		case operators.Conditional:
			return w.typeOf(call.Args()[1])
		case "size":
			return Int
		case "duration":
			return Duration
		}
		return Bool
	}
	return ""
}

func literalType(v ref.Val) Type {
	switch v.(type) {
	case types.Int:
		return Int
	case types.Double:
		return Double
	case types.Bool:
		return Bool
	case types.String:
		return String
	}
	return ""
}

// typeError puts the checker's first complaint into words.
func (w *walker) typeError(root ast.Expr, iss *cel.Issues) *Error {
	first := iss.Errors()[0]
	x, parent := find(root, nil, first.ExprID)
	if parent != nil && isLogic(parent) && w.typeOf(x) != Bool {
		return w.errorAt(x, "%q joins questions with the answer yes or no, but this is %s. Compare it with something.",
			allowedCalls()[parent.AsCall().FunctionName()], w.typeOf(x).words())
	}
	if x == nil || x.Kind() != ast.CallKind {
		return &Error{Line: first.Location.Line(), Column: first.Location.Column() + 1,
			Message: "The parts here do not fit together. Compare like with like: numbers with numbers, texts with texts."}
	}
	var kinds []string
	for _, c := range children(x) {
		kinds = append(kinds, w.typeOf(c).words())
	}
	call := x.AsCall()
	err := w.errorAt(x, "%q does not fit %s.", allowedCalls()[call.FunctionName()], strings.Join(kinds, " and "))
	if len(call.Args()) == 2 && w.mixed(call.Args()) {
		err.Message += " Write the whole number with a decimal point, for example 2.0."
	} else {
		err.Message += " Compare like with like: numbers with numbers, texts in quotes with texts."
	}
	return err
}

func (w *walker) mixed(xs []ast.Expr) bool {
	a, b := w.typeOf(xs[0]), w.typeOf(xs[1])
	return a == Int && b == Double || a == Double && b == Int
}

// find looks for the part with an id, and the part that it is an operand of.
func find(x, parent ast.Expr, id int64) (found, above ast.Expr) {
	if x.ID() == id {
		return x, parent
	}
	for _, c := range children(x) {
		if got, p := find(c, x, id); got != nil {
			return got, p
		}
	}
	return nil, nil
}

// firstPart gives the identifier that a chain of selections begins with.
func firstPart(x ast.Expr) ast.Expr {
	for x.Kind() == ast.SelectKind {
		x = x.AsSelect().Operand()
	}
	return x
}

func lastPart(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }
