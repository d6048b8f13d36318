package api

import (
	"bytes"
	"encoding/json"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hearth/internal/base/dbtest"
	"hearth/internal/base/page"
	"hearth/internal/base/page/pagetest"
)

// update rewrites the golden file: go test ./internal/edge/api -run Golden -update.
var update = flag.Bool("update", false, "rewrite golden files")

// The description is a promise to programs: a change of it is made on purpose, or not at all.
func TestGoldenDescription(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := newBench(t, d, clock)
	var got bytes.Buffer
	if err := json.Indent(&got, b.api.specJSON, "", "  "); err != nil {
		t.Fatal(err)
	}
	got.WriteByte('\n')
	path := filepath.Join("testdata", "openapi.json")
	if *update {
		if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("the API is described differently from %s. If that is meant: go test ./internal/edge/api -run Golden -update", path)
	}
}

// Whatever the description refers to is there, and every operation says what it is for, what it needs and what can go
// wrong.
func TestDescriptionIsWhole(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := newBench(t, d, clock)
	var doc struct {
		OpenAPI string `json:"openapi"`
		Paths   map[string]map[string]struct {
			OperationID string                     `json:"operationId"`
			Summary     string                     `json:"summary"`
			Security    []map[string][]string      `json:"security"`
			Responses   map[string]json.RawMessage `json:"responses"`
		} `json:"paths"`
		Components struct {
			Schemas map[string]json.RawMessage `json:"schemas"`
		} `json:"components"`
	}
	if err := json.Unmarshal(b.api.specJSON, &doc); err != nil {
		t.Fatal(err)
	}
	if doc.OpenAPI != "3.1.0" || len(doc.Paths) < 12 {
		t.Errorf("version %q with %d paths", doc.OpenAPI, len(doc.Paths))
	}
	ids := map[string]bool{}
	for path, methods := range doc.Paths {
		for method, op := range methods {
			name := strings.ToUpper(method) + " " + path
			if op.Summary == "" || len(op.Security) != 1 || len(op.Security[0][securityName]) != 1 || op.Responses["default"] == nil {
				t.Errorf("%s is not whole: %+v", name, op)
			}
			if ids[op.OperationID] {
				t.Errorf("%s: the operation id %s is there twice", name, op.OperationID)
			}
			ids[op.OperationID] = true
			if scope := b.api.scopes[name]; string(scope) != op.Security[0][securityName][0] {
				t.Errorf("%s asks for %q and is described with %v", name, scope, op.Security[0])
			}
		}
	}
	for _, part := range strings.Split(string(b.api.specJSON), `"$ref":"#/components/schemas/`)[1:] {
		name, _, _ := strings.Cut(part, `"`)
		if doc.Components.Schemas[name] == nil {
			t.Errorf("the schema %s is referred to and not there", name)
		}
	}
}

// The readable page lists every operation, and fits a phone.
func TestReadablePage(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := newBench(t, d, clock)
	mux := http.NewServeMux()
	mux.Handle("/", b.handler)
	mux.Handle(page.StylePath(), page.Style())
	server := httptest.NewServer(mux)
	defer server.Close()
	ctx := pagetest.Browser(t)
	for _, s := range []pagetest.Screen{{Width: 320, Height: 700}, {Width: 1280, Height: 900}, {Width: 1280, Height: 900, Dark: true}} {
		name := "api"
		if s.Dark {
			name += "-dark"
		}
		if s.Width < 400 {
			name += "-phone"
		}
		sight := pagetest.Look(t, ctx, server.URL+"/api", s, name)
		if sight.Overflow > 0 || len(sight.Elements) > 0 || len(sight.Elsewhere) > 0 {
			t.Errorf("%s: wider by %d, %v stick out, asks %v", name, sight.Overflow, sight.Elements, sight.Elsewhere)
		}
		for _, op := range b.api.order {
			if !strings.Contains(sight.Text, op.Summary) || !strings.Contains(sight.Text, op.Method+" "+op.Path) {
				t.Errorf("%s: %s %s is missing", name, op.Method, op.Path)
			}
		}
	}
}
