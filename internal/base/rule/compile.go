package rule

import (
	"errors"
	"fmt"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/checker"
	"github.com/google/cel-go/common"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"
)

// eventPrefix begins the names of the event's data in a condition.
const eventPrefix = "event."

// Option changes what a condition may read.
type Option func(*scope)

// WithEvent lets the condition read the event that started it: event.type, and event.<name> for each of vars.
func WithEvent(vars map[string]Type) Option {
	return func(s *scope) {
		s.add(eventPrefix+"type", variable{field: -1, event: "type", typ: String})
		for name, t := range vars {
			s.add(eventPrefix+name, variable{field: -1, event: name, typ: t})
		}
	}
}

// WithTags says what kind of fact the data of the event is, by name; names without a tag are plain. A condition may not
// read what is protected or stands in for it.
func WithTags(tags map[string]Tag) Option {
	return func(s *scope) { s.tags = tags }
}

// variable is what a name in a condition stands for.
type variable struct {
	field int    // index into the catalog, or -1 for the event's data
	event string // key in the event's data
	typ   Type
}

// scope holds the names that one condition may use.
type scope struct {
	env  *Env
	vars map[string]variable // the event's; the catalog's are in env
	tags map[string]Tag      // of the event's data

	segments map[string]string // conditions by the name of the segment; nil: none may be named
}

func (s *scope) add(name string, v variable) {
	if s.vars == nil {
		s.vars = map[string]variable{}
	}
	s.vars[name] = v
}

func (s *scope) lookup(name string) (variable, bool) {
	if i, ok := s.env.index[name]; ok {
		return variable{field: i, typ: s.env.fields[i].Type}, true
	}
	v, ok := s.vars[name]
	return v, ok
}

// Cond is a compiled condition. It is immutable and safe for concurrent use.
type Cond struct {
	src      string
	env      *Env
	prog     cel.Program
	root     ast.Expr
	names    map[string]variable // what it reads
	segments []string            // by whose names it was written
	written  string              // with these written out
	fields   []int
	clocks   []Atom
	parts    []conjunct
	plain    []node // those of the parts joined by && that have a plain form
	isPlain  bool   // all have
}

// conjunct is one of the parts that && joins at the top, compiled by itself for Explain.
type conjunct struct {
	text  string
	prog  cel.Program
	reads []string
}

// Compile checks and compiles a condition. It fails with *Error for a condition that cannot be read, names what does
// not exist or may not be used, does not fit in type, is not a yes-or-no question, or could take too long.
func (e *Env) Compile(src string, opts ...Option) (*Cond, error) {
	s := &scope{env: e}
	for _, o := range opts {
		o(s)
	}
	if err := tooLong(src, "The condition"); err != nil {
		return nil, err
	}
	if strings.TrimSpace(src) == "" {
		return nil, &Error{Line: 1, Column: 1, Message: "The condition is empty. Write for example: lease.days_to_end <= 120"}
	}
	x, bad := s.inline(src)
	if bad != nil {
		return nil, bad
	}
	if err := tooLong(x.text, "With its segments the condition"); err != nil {
		return nil, err
	}
	c, err := s.compile(x.text)
	if errors.As(err, &bad) {
		return nil, x.place(bad)
	}
	if err != nil {
		return nil, err
	}
	c.src, c.written, c.segments = src, x.text, x.names
	return c, nil
}

func tooLong(src, what string) error {
	if n := utf8.RuneCountInString(src); n > maxSource {
		return &Error{Line: 1, Column: 1, Message: fmt.Sprintf("%s has %d characters; at most %d are read. Split it over two playbooks.", what, n, maxSource)}
	}
	return nil
}

// compile is Compile for a condition without segments, of a length that is read.
func (s *scope) compile(src string) (*Cond, error) {
	ce, err := s.celEnv()
	if err != nil {
		return nil, &Error{Line: 1, Column: 1, Message: "The condition cannot be used with this event: " + err.Error() + "."}
	}
	parsed, iss := ce.Parse(src)
	if iss.Err() != nil {
		return nil, syntaxError(src, iss)
	}
	w := &walker{scope: s, info: parsed.NativeRep().SourceInfo(), reads: map[string]variable{}, begins: map[int64]common.Location{}}
	if err := w.check(parsed.NativeRep().Expr()); err != nil {
		return nil, err
	}
	checked, iss := ce.Check(parsed)
	if iss.Err() != nil {
		return nil, w.typeError(parsed.NativeRep().Expr(), iss)
	}
	if checked.OutputType() != cel.BoolType {
		return nil, w.errorAt(parsed.NativeRep().Expr(), "The condition must be a question with the answer yes or no, but this is %s. Compare it with something.",
			w.typeOf(parsed.NativeRep().Expr()).words())
	}
	return s.finish(src, ce, checked, w)
}

func (s *scope) celEnv() (*cel.Env, error) {
	if len(s.vars) == 0 {
		return s.env.cel, nil
	}
	opts := make([]cel.EnvOption, 0, len(s.vars))
	for name, v := range s.vars {
		if v.typ.cel() == nil {
			return nil, fmt.Errorf("%s has the unknown type %q", name, v.typ)
		}
		opts = append(opts, cel.Variable(name, v.typ.cel()))
	}
	return s.env.cel.Extend(opts...)
}

// finish bounds the cost of a checked condition and builds its programs.
func (s *scope) finish(src string, ce *cel.Env, checked *cel.Ast, w *walker) (*Cond, error) {
	cost, err := ce.EstimateCost(checked, sizes{s})
	if err != nil {
		return nil, &Error{Line: 1, Column: 1, Message: "The cost of the condition cannot be bounded: " + err.Error() + "."}
	}
	if cost.Max > maxCost {
		return nil, &Error{Line: 1, Column: 1,
			Message: "The condition could take too long: it compares long texts too often. Look for fewer words, or split it."}
	}
	c := &Cond{src: src, env: s.env, names: w.reads}
	if c.prog, err = program(ce, checked); err != nil {
		return nil, &Error{Line: 1, Column: 1, Message: "The condition cannot be compiled: " + err.Error() + "."}
	}
	for _, v := range w.reads {
		if v.field >= 0 {
			c.fields = append(c.fields, v.field)
		}
	}
	sort.Ints(c.fields)
	root := checked.NativeRep().Expr()
	c.root, c.clocks = root, w.clocks(root)
	for _, x := range flatten(root, operators.LogicalAnd, nil) {
		part, err := s.conjunct(ce, x, w)
		if err != nil {
			return nil, &Error{Line: 1, Column: 1, Message: "The condition cannot be explained: " + err.Error() + "."}
		}
		c.parts = append(c.parts, part)
		if n, ok := w.plain(x); ok {
			c.plain = append(c.plain, n)
		}
	}
	c.isPlain = len(c.plain) == len(c.parts)
	return c, nil
}

func (s *scope) conjunct(ce *cel.Env, x ast.Expr, w *walker) (conjunct, error) {
	text, err := cel.ExprToString(x, w.info)
	if err != nil {
		return conjunct{}, err
	}
	a, iss := ce.Compile(text)
	if iss.Err() != nil {
		return conjunct{}, iss.Err()
	}
	p, err := program(ce, a)
	return conjunct{text: text, prog: p, reads: w.namesIn(x)}, err
}

// program plans an evaluation. No run-time cost limit is used: cel-go 0.31.0 does not enforce one together with
// OptTrackState or OptExhaustiveEval, and the static bound makes it unnecessary. Explanations use programs of their
// own instead of tracked state, for the same reason.
func program(ce *cel.Env, a *cel.Ast) (cel.Program, error) {
	return ce.Program(a, cel.EvalOptions(cel.OptOptimize))
}

// sizes bounds the texts that a condition can meet; activation cuts longer ones.
type sizes struct{ s *scope }

// EstimateSize gives the bound for a text by the name that it is read by.
func (z sizes) EstimateSize(n checker.AstNode) *checker.SizeEstimate {
	if n.Type().Kind() != types.StringKind {
		return nil
	}
	limit := uint64(maxEventText)
	if p := n.Path(); len(p) > 0 {
		if v, ok := z.s.lookup(strings.Join(p, ".")); ok && v.field >= 0 {
			limit = maxFieldText
		}
	}
	return &checker.SizeEstimate{Max: limit}
}

// EstimateCallCost leaves the cost of calls to CEL.
func (sizes) EstimateCallCost(_, _ string, _ *checker.AstNode, _ []checker.AstNode) *checker.CallEstimate {
	return nil
}

// flatten lists the operands of nested calls of op from left to right.
func flatten(x ast.Expr, op string, dst []ast.Expr) []ast.Expr {
	if x.Kind() == ast.CallKind && x.AsCall().FunctionName() == op {
		for _, a := range x.AsCall().Args() {
			dst = flatten(a, op, dst)
		}
		return dst
	}
	return append(dst, x)
}
