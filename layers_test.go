package hearth

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// layer is one folder of internal/ (or a folder beside it) and what its packages may call. The folders read as a
// sentence: the edge brings events in, fact remembers, sense understands, decide chooses, act does, learn measures,
// app wires, base supports.
type layer struct {
	name   string
	calls  []string // the layers below, by name
	units  []string // the packages it may hold, in order; sub-packages belong to their unit
	within siblings
}

type siblings int

const (
	never   siblings = iota // packages of this layer do not know each other
	ordered                 // a package may call those listed before it
)

// layers is the one table of who may call whom. ARCHITECTURE.md draws it; change both together.
func layers() []layer {
	all := []string{"hearth", "playbooks", "templates", "base", "fact", "sense", "act", "decide", "learn", "edge"}
	return []layer{
		{name: "hearth"},
		{name: "playbooks"}, // the shipped library: files, embedded
		{name: "templates"}, // the shipped messages: files, embedded
		{name: "base", calls: []string{"hearth"}, within: ordered, units: []string{
			"config", "rule", "tlog", "secret", "page", "httpd", "channel", "db", "blob", "dbtest", "work",
			"replay"}},
		{name: "fact", calls: []string{"hearth", "base"}, within: ordered, units: []string{
			"eventlog", "decision", "record", "quality", "identity", "consent", "account", "care"}},
		{name: "sense", calls: []string{"hearth", "base", "fact"}, within: ordered, units: []string{
			"sentiment", "heard", "signal", "segment", "pattern", "connection", "risk"}},
		{name: "act", calls: []string{"hearth", "base", "fact"}, within: never, units: []string{
			"task", "message", "workorder", "webhook", "entry", "keys", "survey", "cases", "meeting", "gathering"}},
		{name: "decide", calls: []string{"hearth", "base", "fact", "sense", "act", "playbooks",
			"templates"}, within: ordered,
			units: []string{"assign", "desk", "packet", "access", "renewal", "broadcast", "playbook", "trigger", "inbox", "outlook"}},
		{name: "learn", calls: []string{"hearth", "base", "fact", "sense", "act", "decide"}, within: ordered,
			units: []string{"trial", "metric", "loop", "rollout", "fairness"}},
		{name: "edge", calls: []string{"hearth", "base", "fact", "sense", "act", "decide", "learn"}, within: never,
			units: []string{"ingest", "api", "web", "portal", "hooks", "mailin"}},
		{name: "app", calls: all},
		{name: "sim", calls: append(slices.Clone(all), "app")},
		{name: "cmd", calls: []string{"hearth", "base/config", "app", "sim"}},
		{name: "tests", calls: append(slices.Clone(all), "app", "sim")},
	}
}

// place says where a package of ours stands: "hearth/internal/base/channel/smtptest" is unit channel of layer base.
func place(pkg string) (layerName, unit string) {
	path := strings.TrimPrefix(strings.TrimPrefix(pkg, "hearth"), "/")
	if path == "" {
		return "hearth", ""
	}
	parts := strings.Split(path, "/")
	if parts[0] != "internal" {
		return parts[0], ""
	}
	if len(parts) == 1 {
		return "internal", ""
	}
	if len(parts) == 2 {
		return parts[1], ""
	}
	return parts[1], parts[2]
}

// breach says why from may not import to, or "".
func breach(table []layer, from, to string) string {
	fl, fu := place(from)
	tl, tu := place(to)
	i := slices.IndexFunc(table, func(l layer) bool { return l.name == fl })
	if i < 0 {
		return ""
	}
	l := table[i]
	if fl != tl {
		if slices.Contains(l.calls, tl) || slices.Contains(l.calls, tl+"/"+tu) {
			return ""
		}
		return fmt.Sprintf("%s imports %s, but %s may call only %s", from, to, fl, orNothing(l.calls))
	}
	if fu == tu || len(l.units) == 0 {
		return ""
	}
	if l.within == never {
		return fmt.Sprintf("%s imports %s, but packages of %s never know each other: append an event instead", from, to, fl)
	}
	if slices.Index(l.units, tu) > slices.Index(l.units, fu) {
		return fmt.Sprintf("%s imports %s, but in %s a package calls only those before it: %s",
			from, to, fl, strings.Join(l.units, ", "))
	}
	return ""
}

func orNothing(calls []string) string {
	if len(calls) == 0 {
		return "the standard library"
	}
	return strings.Join(calls, ", ")
}

// stray says why a package has no place in the table, or "".
func stray(table []layer, pkg string) string {
	name, unit := place(pkg)
	i := slices.IndexFunc(table, func(l layer) bool { return l.name == name })
	switch {
	case i < 0:
		return fmt.Sprintf("%s is in no layer: put it where its verb belongs, or extend the table", pkg)
	case len(table[i].units) > 0 && !slices.Contains(table[i].units, unit):
		return fmt.Sprintf("%s is unknown in %s, which holds %s", pkg, name, strings.Join(table[i].units, ", "))
	}
	return ""
}

// goPackage is what `go list -json` says of a package, as far as the rules need it.
type goPackage struct {
	ImportPath   string
	Dir          string
	Standard     bool
	Imports      []string
	TestImports  []string
	XTestImports []string
}

func listPackages(t *testing.T) []goPackage {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-e",
		"-json=ImportPath,Dir,Standard,Imports,TestImports,XTestImports", "./...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var pkgs []goPackage
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		if err := dec.Decode(&p); err == io.EOF {
			return pkgs
		} else if err != nil {
			t.Fatalf("go list: %v", err)
		}
		pkgs = append(pkgs, p)
	}
}

func ours(pkg string) bool { return pkg == "hearth" || strings.HasPrefix(pkg, "hearth/") }

func TestLayers(t *testing.T) {
	table := layers()
	pkgs := listPackages(t)
	if len(pkgs) == 0 {
		t.Fatal("go list found no packages")
	}
	for _, p := range pkgs {
		if why := stray(table, p.ImportPath); why != "" {
			t.Error(why)
			continue
		}
		for _, to := range p.Imports {
			if !ours(to) {
				if p.ImportPath == "hearth" && strings.Contains(to, ".") {
					t.Errorf("hearth imports %s, but the vocabulary needs the standard library only", to)
				}
				continue
			}
			if why := breach(table, p.ImportPath, to); why != "" {
				t.Error(why)
			}
		}
		checkTestImports(t, table, p)
	}
}

// checkTestImports lets tests call their siblings (a store's test needs rows of its neighbours) and base, never
// what lies above them.
func checkTestImports(t *testing.T, table []layer, p goPackage) {
	t.Helper()
	from, _ := place(p.ImportPath)
	for _, to := range slices.Concat(p.TestImports, p.XTestImports) {
		if !ours(to) {
			continue
		}
		if layerName, _ := place(to); layerName == from || layerName == "base" {
			continue
		}
		if why := breach(table, p.ImportPath, to); why != "" {
			t.Errorf("in a test, %s", why)
		}
	}
}

func TestLayerRulesThemselves(t *testing.T) {
	for _, tt := range []struct {
		from, to string
		allowed  bool
	}{
		{"hearth/internal/base/db", "hearth", true},
		{"hearth/internal/base/db", "hearth/internal/fact/record", false},
		{"hearth/internal/base/work", "hearth/internal/base/db", true},
		{"hearth/internal/base/db", "hearth/internal/base/work", false},
		{"hearth/internal/base/channel/smtptest", "hearth/internal/base/channel", true},
		{"hearth/internal/fact/record", "hearth/internal/fact/eventlog", true},
		{"hearth/internal/fact/eventlog", "hearth/internal/fact/record", false},
		{"hearth/internal/sense/signal", "hearth/internal/sense/sentiment", true},
		{"hearth/internal/act/task", "hearth/internal/act/message", false},
		{"hearth/internal/act/task", "hearth/internal/sense/signal", false},
		{"hearth/internal/decide/trigger", "hearth/internal/decide/desk", true},
		{"hearth/internal/decide/desk", "hearth/internal/decide/trigger", false},
		{"hearth/internal/edge/api", "hearth/internal/edge/ingest", false},
		{"hearth/internal/edge/api", "hearth/internal/act/task", true},
		{"hearth/internal/learn/metric", "hearth/internal/edge/api", false},
		{"hearth/internal/app", "hearth/internal/edge/web", true},
		{"hearth/internal/app", "hearth/internal/sim", false},
		{"hearth/internal/sim", "hearth/internal/app", true},
		{"hearth/cmd/hearth", "hearth/internal/app", true},
		{"hearth/cmd/hearth", "hearth/internal/base/config", true},
		{"hearth/cmd/hearth", "hearth/internal/base/db", false},
		{"hearth/cmd/hearth", "hearth/internal/act/task", false},
		{"hearth", "hearth/internal/base/db", false},
	} {
		why := breach(layers(), tt.from, tt.to)
		if got := why == ""; got != tt.allowed {
			t.Errorf("%s -> %s: allowed is %v, want %v", tt.from, tt.to, got, tt.allowed)
		}
		if why != "" && !(strings.Contains(why, tt.from) && strings.Contains(why, tt.to)) {
			t.Errorf("%q does not name both packages", why)
		}
	}
	for pkg, known := range map[string]bool{
		"hearth": true, "hearth/internal/base/db": true, "hearth/internal/app/gen": true, "hearth/cmd/hearth": true,
		"hearth/internal/util": false, "hearth/internal/act/helper": false, "hearth/internal": false, "hearth/pkg": false,
	} {
		if got := stray(layers(), pkg) == ""; got != known {
			t.Errorf("%s: known is %v, want %v", pkg, got, known)
		}
	}
}
