package eventlog

import (
	"encoding/json"
	"strings"

	"hearth"
)

// field is one field of an event's data.
type field struct {
	name     string
	optional bool
	kind     map[string]any // its JSON Schema
	doc      string
}

// need is a field that must be there.
func need(name string, kind map[string]any, doc string) field {
	return field{name: name, kind: kind, doc: doc}
}

// may is a field that may be missing.
func may(name string, kind map[string]any, doc string) field {
	return field{name: name, kind: kind, doc: doc, optional: true}
}

// The kinds of value. A text that must be there must also say something.
func text() map[string]any     { return map[string]any{"type": "string"} }
func words() map[string]any    { return map[string]any{"type": "string", "minLength": 1} }
func number() map[string]any   { return map[string]any{"type": "number"} }
func whole() map[string]any    { return map[string]any{"type": "integer"} }
func boolean() map[string]any  { return map[string]any{"type": "boolean"} }
func object() map[string]any   { return map[string]any{"type": "object"} }
func date() map[string]any     { return map[string]any{"type": "string", "format": "date"} }
func instant() map[string]any  { return map[string]any{"type": "string", "format": "date-time"} }
func textList() map[string]any { return map[string]any{"type": "array", "items": text()} }

func oneOf[T ~string](values ...T) map[string]any {
	list := make([]any, len(values))
	for i, v := range values {
		list[i] = string(v)
	}
	return map[string]any{"type": "string", "enum": list}
}

func channel() map[string]any {
	return oneOf(hearth.ChannelEmail, hearth.ChannelSMS, hearth.ChannelPortal, hearth.ChannelPush, hearth.ChannelCall, hearth.ChannelLetter)
}

func class() map[string]any { return oneOf(hearth.Classes()...) }

func householdRole() map[string]any {
	return oneOf(hearth.MemberLeaseholder, hearth.MemberOccupant, hearth.MemberMinor, hearth.MemberGuarantor,
		hearth.MemberRepresentative, hearth.MemberEmergency)
}

// schemaOf writes the JSON Schema of data with the fields. Fields that it does not name are let through: a connector may
// know more than we use.
func schemaOf(fields []field) string {
	props := map[string]any{}
	required := []string{}
	for _, f := range fields {
		p := map[string]any{"description": f.doc}
		for k, v := range f.kind {
			p[k] = v
		}
		props[f.name] = p
		if !f.optional {
			required = append(required, f.name)
		}
	}
	s := map[string]any{"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "properties": props}
	if len(required) > 0 {
		s["required"] = required
	}
	var out strings.Builder
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		return "" // maps of plain values always have a JSON form; a test compiles every schema
	}
	return strings.TrimSpace(out.String())
}
