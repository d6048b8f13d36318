package api

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// The readable page is made from the same description that programs read, so the two cannot differ.

// operation is one operation, ready to be drawn.
type operation struct {
	Anchor, Method, Path string
	Summary, Doc, Scope  string
	Params               []field
	Bodies               []body
	Answers              []answer
}

// body is a request body of one media type.
type body struct {
	Media  string
	Fields []field
}

// answer is what an operation answers with.
type answer struct {
	Status, Doc string
	Fields      []field
}

// field is a parameter or a field of a body; nested fields carry their path.
type field struct {
	Name, Type, Doc string
	Required        bool
}

// section is the operations under one tag.
type section struct {
	Name       string
	Operations []operation
}

// describe reads the sections off the description, in the order in which operations were added.
func (a *API) describe() []section {
	var out []section
	for _, op := range a.order {
		item := a.operation(op)
		tag := op.Tags[0]
		i := slices.IndexFunc(out, func(s section) bool { return s.Name == tag })
		if i < 0 {
			out = append(out, section{Name: tag})
			i = len(out) - 1
		}
		out[i].Operations = append(out[i].Operations, item)
	}
	return out
}

func (a *API) operation(op *huma.Operation) operation {
	o := operation{Anchor: op.OperationID, Method: op.Method, Path: op.Path, Summary: op.Summary, Doc: op.Description}
	for _, need := range op.Security {
		o.Scope = strings.Join(need[securityName], ", ")
	}
	for _, p := range op.Parameters {
		o.Params = append(o.Params, field{Name: p.Name, Type: typeOf(p.Schema), Doc: p.Description, Required: p.Required})
	}
	if op.RequestBody != nil {
		for _, media := range sortedKeys(op.RequestBody.Content) {
			o.Bodies = append(o.Bodies, body{Media: media, Fields: a.fields(op.RequestBody.Content[media].Schema, "", 0)})
		}
	}
	for _, status := range sortedKeys(op.Responses) {
		r := op.Responses[status]
		if !strings.HasPrefix(status, "2") {
			continue // problems are alike everywhere, and described once
		}
		ans := answer{Status: status, Doc: r.Description}
		for _, media := range sortedKeys(r.Content) {
			ans.Fields = append(ans.Fields, a.fields(r.Content[media].Schema, "", 0)...)
		}
		o.Answers = append(o.Answers, ans)
	}
	return o
}

// depth is how far nested fields are listed.
const depth = 4

// fields lists a schema's fields, nested ones by path: "items[].name".
func (a *API) fields(s *huma.Schema, path string, level int) []field {
	s = a.resolve(s)
	if s == nil || level > depth {
		return nil
	}
	if s.Type == huma.TypeArray {
		return a.fields(s.Items, path+"[]", level+1)
	}
	var out []field
	for _, either := range s.OneOf {
		out = append(out, a.fields(either, path, level)...)
	}
	for _, name := range sortedKeys(s.Properties) {
		p := s.Properties[name]
		full := name
		if path != "" {
			full = path + "." + name
		}
		r := a.resolve(p)
		doc := p.Description
		if doc == "" {
			doc = r.Description
		}
		out = append(out, field{Name: full, Type: typeOf(r), Doc: doc, Required: slices.Contains(s.Required, name)})
		out = append(out, a.fields(p, full, level+1)...)
	}
	return out
}

// resolve follows a reference.
func (a *API) resolve(s *huma.Schema) *huma.Schema {
	if s != nil && s.Ref != "" {
		return a.spec.Components.Schemas.SchemaFromRef(s.Ref)
	}
	return s
}

// typeOf says a schema's type in a word or two.
func typeOf(s *huma.Schema) string {
	if s == nil {
		return ""
	}
	words := s.Type
	if s.Type == huma.TypeArray {
		words = "list"
	}
	if s.Format != "" {
		words += ", " + s.Format
	}
	if len(s.Enum) > 0 {
		var of []string
		for _, v := range s.Enum {
			of = append(of, fmt.Sprint(v))
		}
		words = "one of " + strings.Join(of, ", ")
	}
	if s.Default != nil {
		words += fmt.Sprintf("; %v if left out", s.Default)
	}
	return words
}

func sortedKeys[K ~string, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

// serveDocs answers with the readable page.
func (a *API) serveDocs(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if err := docsPage(a.describe(), kinds()).Render(r.Context(), w); err != nil {
		a.log.DebugContext(r.Context(), "a page could not be sent", "error", err)
	}
}

// serveSpec answers with the OpenAPI description.
func (a *API) serveSpec(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/openapi+json")
	w.Write(a.specJSON)
}
