package eventlog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"hearth"
)

// Limits of an event from outside.
const (
	MaxData   = 64 << 10       // bytes of data
	MaxID     = 256            // bytes of id, source and subject each
	MaxFuture = 24 * time.Hour // how far ahead of our clock a sender's may be
)

// compiled is a catalog entry ready for checking.
type compiled struct {
	Type
	schema *jsonschema.Schema
}

func compileTypes(types []Type) (map[hearth.EventType]*compiled, error) {
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	out := make(map[hearth.EventType]*compiled, len(types))
	for _, t := range types {
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(t.Schema))
		if err != nil {
			return nil, fmt.Errorf("schema of %s: %w", t.Name, err)
		}
		name := "mem:" + string(t.Name)
		if err := c.AddResource(name, doc); err != nil {
			return nil, fmt.Errorf("schema of %s: %w", t.Name, err)
		}
		s, err := c.Compile(name)
		if err != nil {
			return nil, fmt.Errorf("schema of %s: %w", t.Name, err)
		}
		out[t.Name] = &compiled{Type: t, schema: s}
	}
	return out, nil
}

// Check tells what is wrong with an event that came from outside: CodeInvalid with the field, as its sender wrote it.
func (l *Log) Check(ev *hearth.Event) error {
	if ev.Subject.Kind == "" {
		return hearth.FieldErrorf("subject", `An event needs a subject such as "resident/ID".`)
	}
	return l.check(ev, l.clock.Now())
}

func (l *Log) check(ev *hearth.Event, now time.Time) error {
	for _, f := range []struct{ name, value string }{{"id", ev.ID}, {"source", ev.Source}} {
		if f.value == "" {
			return hearth.FieldErrorf(f.name, "An event needs its %s.", f.name)
		}
	}
	for _, f := range []struct{ name, value string }{{"id", ev.ID}, {"source", ev.Source}, {"subject", ev.Subject.String()}} {
		if len(f.value) > MaxID || !printable(f.value) {
			return hearth.FieldErrorf(f.name, "The %s must be printable and at most %d bytes long.", f.name, MaxID)
		}
	}
	t := l.types[ev.Type]
	if t == nil {
		return hearth.FieldErrorf("type", "There is no event type %q. The documentation lists the types.", clip(string(ev.Type)))
	}
	if k := ev.Subject.Kind; k != "" && !slices.Contains(t.Subjects, k) {
		return hearth.FieldErrorf("subject", "An event of type %s is about %s, not about %q.", ev.Type, either(t.Subjects), clip(k))
	}
	if err := checkTime(ev.Time, now); err != nil {
		return err
	}
	return t.checkData(ev.Data)
}

func checkTime(at, now time.Time) error {
	switch {
	case at.IsZero():
		return hearth.FieldErrorf("time", "An event needs the time at which it happened.")
	case at.After(now.Add(MaxFuture)):
		return hearth.FieldErrorf("time", "The time %s lies in the future. Check the sender's clock.", at.UTC().Format(time.RFC3339))
	case at.Year() < 1970:
		return hearth.FieldErrorf("time", "The time %s is too long ago to be right.", at.UTC().Format(time.RFC3339))
	}
	return nil
}

func (t *compiled) checkData(data json.RawMessage) error {
	if len(data) > MaxData {
		return hearth.FieldErrorf("data", "The data has %d bytes; at most %d are taken.", len(data), MaxData)
	}
	if len(data) == 0 {
		data = json.RawMessage("{}")
	}
	if !utf8.Valid(data) {
		return hearth.FieldErrorf("data", "The data is not UTF-8.")
	}
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		return hearth.FieldErrorf("data", "The data is not JSON.")
	}
	if _, ok := v.(map[string]any); !ok {
		return hearth.FieldErrorf("data", "The data must be a JSON object.")
	}
	if bytes.Contains(data, []byte(`\u0000`)) && hasNUL(v) {
		return hearth.FieldErrorf("data", "The data holds a NUL character, which no text needs.")
	}
	err := t.schema.Validate(v)
	if err == nil {
		return nil
	}
	var ve *jsonschema.ValidationError
	if !errors.As(err, &ve) {
		return fmt.Errorf("check %s: %w", t.Name, err)
	}
	return explain(t.Name, ve)
}

// explain puts the first thing that is wrong into a sentence.
func explain(name hearth.EventType, ve *jsonschema.ValidationError) error {
	for len(ve.Causes) > 0 {
		ve = ve.Causes[0]
	}
	field := "data"
	if len(ve.InstanceLocation) > 0 {
		field += "." + strings.Join(ve.InstanceLocation, ".")
	}
	switch k := ve.ErrorKind.(type) {
	case *kind.Required:
		missing := field + "." + k.Missing[0]
		return hearth.FieldErrorf(missing, "An event of type %s needs %s.", name, missing)
	case *kind.Type:
		return hearth.FieldErrorf(field, "%s must be %s, not %s.", field, article(strings.Join(k.Want, " or ")), article(k.Got))
	case *kind.Enum:
		want := make([]string, len(k.Want))
		for i, w := range k.Want {
			want[i] = fmt.Sprint(w)
		}
		return hearth.FieldErrorf(field, "%s must be one of %s.", field, strings.Join(want, ", "))
	case *kind.MinLength:
		return hearth.FieldErrorf(field, "%s must not be empty.", field)
	case *kind.Format:
		if k.Want == "date" {
			return hearth.FieldErrorf(field, "%s must be a date like 2026-11-21.", field)
		}
		return hearth.FieldErrorf(field, "%s must be a time like 2026-11-21T15:00:00Z.", field)
	}
	return hearth.FieldErrorf(field, "%s does not fit the type %s.", field, name)
}

func article(what string) string {
	switch what {
	case "integer", "object", "array":
		return "an " + what
	case "null":
		return what
	case "string":
		return "a text"
	}
	return "a " + what
}

func either(names []string) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = "a " + n
		if strings.ContainsRune("aeiou", rune(n[0])) && n != "unit" {
			out[i] = "an " + n
		}
	}
	return strings.Join(out, " or ")
}

func printable(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if !unicode.IsPrint(r) {
			return false
		}
	}
	return true
}

// clip shortens what a sender wrote for an answer to it.
func clip(s string) string {
	s = strings.ToValidUTF8(s, "?")
	if len(s) > 60 {
		return strings.ToValidUTF8(s[:60], "") + "…"
	}
	return s
}

func hasNUL(v any) bool {
	switch x := v.(type) {
	case string:
		return strings.IndexByte(x, 0) >= 0
	case []any:
		return slices.ContainsFunc(x, hasNUL)
	case map[string]any:
		for k, e := range x {
			if hasNUL(k) || hasNUL(e) {
				return true
			}
		}
	}
	return false
}
