// Package rule is the condition language of playbooks: small boolean expressions over a fixed catalog of typed
// fields and the data of one event, compiled once and evaluated often.
//
// It says in words what is wrong with a condition, where, and which name was probably meant; it refuses fields that
// must not decide about people; and it can tell part by part why a condition holds. It does not know where values
// come from (a Source gives them), when to evaluate, or what to do when a condition is true.
package rule

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/env"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"

	"hearth"
)

// Type is the type of a field's value.
type Type string

// The types and the Go values that a Source gives for them.
const (
	Int      Type = "int"      // int64
	Double   Type = "double"   // float64
	Bool     Type = "bool"     // bool
	String   Type = "string"   // string
	Duration Type = "duration" // time.Duration
)

func (t Type) cel() *cel.Type {
	switch t {
	case Int:
		return cel.IntType
	case Double:
		return cel.DoubleType
	case Bool:
		return cel.BoolType
	case String:
		return cel.StringType
	case Duration:
		return cel.DurationType
	}
	return nil
}

// words is how the type is called in a sentence.
func (t Type) words() string {
	switch t {
	case Int:
		return "a whole number"
	case Double:
		return "a number"
	case Bool:
		return "yes or no"
	case String:
		return "text"
	case Duration:
		return "a duration"
	case listType:
		return "a list"
	}
	return "something else"
}

// Tag says what kind of fact a field is, and with it whether a condition may read it.
type Tag string

// The tags. A field without a tag is refused by NewEnv, so nobody can add one without thinking about it.
const (
	Behaviour Tag = "behaviour" // what the person or we did
	Contract  Tag = "contract"  // what was agreed: lease, rent, promises
	Contact   Tag = "contact"   // how the person can be reached
	Protected Tag = "protected" // a class that fair-housing law protects; never in a condition
	Proxy     Tag = "proxy"     // stands in for a protected class (language, name); never in a condition
)

// Refused tells whether nothing may be decided by facts with this tag.
func (t Tag) Refused() bool { return t.refused() }

// Valid tells whether it is one of the tags.
func (t Tag) Valid() bool { return t.valid() }

func (t Tag) valid() bool {
	switch t {
	case Behaviour, Contract, Contact, Protected, Proxy:
		return true
	}
	return false
}

// refused tells whether conditions may not read fields with this tag.
func (t Tag) refused() bool { return t == Protected || t == Proxy }

// Field is one entry of the catalog.
type Field struct {
	Name   string // "lease.days_to_end"; flat, dotted
	Type   Type
	Unit   string // "days", "count", "0..1"; empty for text and yes or no
	Doc    string // one sentence
	Window string // "90 days", "half-life 30 days"; empty when there is none

	Feeds      []hearth.EventType // which events can change it
	Clock      bool               // time alone changes it
	Tag        Tag
	Restricted bool // only for playbooks whose one effect is a task for the managers or the coordinator
	// Closed are values that a condition may not compare the field with: they stand in for a protected characteristic,
	// which the others do not.
	Closed []string
}

// Env is a catalog that conditions are compiled against. It is immutable and safe for concurrent use.
type Env struct {
	fields []Field
	index  map[string]int
	cel    *cel.Env
	// unknown stands for every value that is not known.
	unknown ref.Val
}

// Bounds of a condition. They keep the longest possible evaluation at well under a millisecond.
const (
	maxSource    = 2000   // characters
	maxDepth     = 64     // nesting of brackets and operators
	maxCost      = 50_000 // static worst case, in CEL's cost units
	maxFieldText = 256    // bytes of a text field that a condition sees
	maxEventText = 10_000 // bytes of an event's text that a condition sees
)

// NewEnv checks the catalog and makes an Env of it. It fails for a name, type or tag that is missing, malformed or
// doubled: a mistake of the program, found at start-up.
func NewEnv(fields []Field) (*Env, error) {
	e := &Env{fields: append([]Field(nil), fields...), index: make(map[string]int, len(fields)), unknown: types.NewUnknown(0, nil)}
	name := regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$`)
	opts := []cel.EnvOption{
		cel.StdLib(cel.StdLibSubset(subset())),
		cel.CrossTypeNumericComparisons(true),
		cel.HomogeneousAggregateLiterals(),
		cel.ParserRecursionLimit(maxDepth),
		cel.ParserExpressionSizeLimit(maxSource),
		knownFunction(),
	}
	for i, f := range e.fields {
		switch {
		case !name.MatchString(f.Name):
			return nil, fmt.Errorf("field %q: the name is not of the form area.name", f.Name)
		case strings.HasPrefix(f.Name, eventPrefix), strings.HasPrefix(f.Name, runPrefix):
			return nil, fmt.Errorf("field %q: names that begin with %q or %q belong to the event and the run", f.Name, eventPrefix, runPrefix)
		case f.Type.cel() == nil:
			return nil, fmt.Errorf("field %q: unknown type %q", f.Name, f.Type)
		case !f.Tag.valid():
			return nil, fmt.Errorf("field %q: needs a tag", f.Name)
		}
		if _, ok := e.index[f.Name]; ok {
			return nil, fmt.Errorf("field %q: declared twice", f.Name)
		}
		e.index[f.Name] = i
		opts = append(opts, cel.Variable(f.Name, f.Type.cel()))
	}
	var err error
	if e.cel, err = cel.NewCustomEnv(opts...); err != nil {
		return nil, fmt.Errorf("set up conditions: %w", err)
	}
	return e, nil
}

// Fields gives the catalog. The caller must not change it.
func (e *Env) Fields() []Field { return e.fields }

// Index gives the place of a field in the catalog by its name.
func (e *Env) Index(name string) (int, bool) {
	i, ok := e.index[name]
	return i, ok
}

// subset is the part of CEL that conditions may use: no macros (they loop), no regular expressions, no conversions
// except duration("2h").
func subset() *env.LibrarySubset {
	lib := &env.LibrarySubset{DisableMacros: true}
	for name := range allowedCalls() {
		if name != knownName {
			lib.IncludeFunctions = append(lib.IncludeFunctions, &env.Function{Name: name})
		}
	}
	return lib
}

const knownName = "known"

// knownFunction declares known(x): whether the field has a value now. It is the one place where an unknown value
// gives an answer instead of making the comparison unknown.
func knownFunction() cel.EnvOption {
	answer := func(v ref.Val) ref.Val { return types.Bool(!types.IsUnknownOrError(v)) }
	over := func(t Type) cel.FunctionOpt {
		return cel.Overload(knownName+"_"+string(t), []*cel.Type{t.cel()}, cel.BoolType,
			cel.OverloadIsNonStrict(), cel.UnaryBinding(answer))
	}
	return cel.Function(knownName, over(Int), over(Double), over(Bool), over(String), over(Duration))
}
