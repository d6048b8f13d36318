package rule

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/interpreter"
)

// Source gives values of the catalog's fields as of one moment.
type Source interface {
	// Field gives the value of the i-th field as int64, float64, bool, string or time.Duration, as its type says;
	// ok is false when there is none now.
	Field(i int) (val any, ok bool)
}

// Vars is what a condition is evaluated over. Both parts may be nil: then nothing is known.
type Vars struct {
	Fields Source
	Event  map[string]any // the event's data, and its type under "type"; numbers as float64, int64 or json.Number
}

// Eval tells whether the condition holds. A comparison with an unknown value holds neither way: it makes the whole
// condition false unless || or && decide without it, and so does arithmetic that has no answer (a division by zero).
// The error is for a program that could not run at all; it never panics on any input.
func (c *Cond) Eval(v Vars) (bool, error) {
	for i := range c.plain {
		if c.plain[i].says(&v) != yes {
			return false, nil // all must hold, see plain
		}
	}
	if c.isPlain {
		return true, nil
	}
	return c.evalCEL(v)
}

func (c *Cond) evalCEL(v Vars) (bool, error) {
	out, _, err := c.prog.Eval(&activation{vars: v, names: c.names, unknown: c.env.unknown})
	if err != nil {
		if types.IsError(out) {
			return false, nil
		}
		return false, fmt.Errorf("evaluate condition %q: %w", c.src, err)
	}
	return out == types.True, nil
}

// Source gives the condition as written.
func (c *Cond) Source() string { return c.src }

// Parts gives the text of each of the parts that && joins at the top, as Explain has it.
func (c *Cond) Parts() []string {
	out := make([]string, len(c.parts))
	for i, p := range c.parts {
		out[i] = p.text
	}
	return out
}

// FieldIDs gives the places in the catalog of the fields that the condition reads, ascending.
func (c *Cond) FieldIDs() []int { return c.fields }

// Restricted names the fields it reads that only a playbook whose one effect is a task may read.
func (c *Cond) Restricted() []string {
	var names []string
	for _, i := range c.fields {
		if f := c.env.fields[i]; f.Restricted {
			names = append(names, f.Name)
		}
	}
	return names
}

// activation hands values to CEL by name, converting on the way.
type activation struct {
	vars    Vars
	names   map[string]variable
	unknown ref.Val // CEL's "unknown", shared: nothing writes to it
}

var _ interpreter.Activation = (*activation)(nil)

// Parent is nil: all names are here.
func (a *activation) Parent() interpreter.Activation { return nil }

// ResolveName gives the value of a name, or CEL's "unknown" for what has none now.
func (a *activation) ResolveName(name string) (any, bool) {
	v, ok := a.names[name]
	if !ok {
		return nil, false
	}
	val, ok := a.value(v)
	if !ok {
		return a.unknown, true
	}
	return val, true
}

// value gives a CEL value of exactly the declared type; a value of another type counts as unknown.
func (a *activation) value(v variable) (any, bool) {
	raw, ok := a.vars.raw(v)
	if !ok {
		return nil, false
	}
	switch v.typ {
	case Int:
		n, ok := asInt(raw)
		return types.Int(n), ok
	case Double:
		f, ok := asFloat(raw)
		return types.Double(f), ok
	case Bool:
		b, ok := raw.(bool)
		return types.Bool(b), ok
	case String:
		s, ok := raw.(string)
		return types.String(cut(s, v.mostText())), ok
	case Duration:
		d, ok := raw.(time.Duration)
		return types.Duration{Duration: d}, ok
	}
	return nil, false
}

func asInt(raw any) (int64, bool) {
	switch n := raw.(type) {
	case int64:
		return n, true
	case int:
		return int64(n), true
	case float64:
		// JSON knows only one kind of number; 3.0 is a whole one.
		if n == math.Trunc(n) && math.Abs(n) < 1<<53 {
			return int64(n), true
		}
	case json.Number:
		i, err := n.Int64()
		return i, err == nil
	}
	return 0, false
}

func asFloat(raw any) (float64, bool) {
	f := math.NaN()
	switch n := raw.(type) {
	case float64:
		f = n
	case int64:
		f = float64(n)
	case int:
		f = float64(n)
	case json.Number:
		if g, err := n.Float64(); err == nil {
			f = g
		}
	}
	return f, !math.IsNaN(f)
}

// cut shortens s to at most n bytes without splitting a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// Value is a field as it was read, in words.
type Value struct {
	Name string // "lease.days_to_end"
	Text string // "118", "0.42", "yes", "current", "not known"
}

// Part is one of the parts that && joins at the top of a condition, evaluated by itself.
type Part struct {
	Text   string // the part as the condition has it, in canonical spacing
	Holds  bool
	Known  bool // false: a value that it needs is not known, so it holds neither way
	Values []Value
}

// Explain evaluates the condition part by part. All parts hold if and only if the condition holds.
func (c *Cond) Explain(v Vars) []Part {
	act := &activation{vars: v, names: c.names, unknown: c.env.unknown}
	parts := make([]Part, 0, len(c.parts))
	for _, p := range c.parts {
		out, _, err := p.prog.Eval(act)
		_, known := out.(types.Bool)
		part := Part{Text: p.text, Known: known && err == nil, Holds: err == nil && out == types.True}
		for _, name := range p.reads {
			part.Values = append(part.Values, Value{Name: name, Text: act.text(name)})
		}
		parts = append(parts, part)
	}
	return parts
}

// text gives a value in words.
func (a *activation) text(name string) string {
	val, ok := a.value(a.names[name])
	if !ok {
		return "not known"
	}
	switch x := val.(type) {
	case types.Int:
		return strconv.FormatInt(int64(x), 10)
	case types.Double:
		return strconv.FormatFloat(math.Round(float64(x)*100)/100, 'f', -1, 64)
	case types.Bool:
		if x {
			return "yes"
		}
		return "no"
	case types.String:
		return cut(string(x), maxFieldText)
	case types.Duration:
		return x.String()
	}
	return "not known"
}
