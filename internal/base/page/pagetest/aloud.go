package pagetest

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/chromedp"
)

//nolint:gochecknoglobals // a flag is one for the whole program of tests
var rewrite = flag.Bool("aloud", false, "write what pages read aloud anew")

// Aloud gives the open page as somebody hears it who does not see it: what each thing is, what it is called and how it stands, in the order in which it is read.
func Aloud(t testing.TB, ctx context.Context) string {
	t.Helper()
	got, err := chromedp.Call(ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	if err != nil {
		t.Fatalf("read the accessibility tree: %v", err)
	}
	byID := map[accessibility.NodeID]*accessibility.Node{}
	for _, n := range got.Nodes {
		byID[n.NodeID] = n
	}
	var b strings.Builder
	if len(got.Nodes) > 0 {
		aloud(&b, byID, got.Nodes[0], 0, "")
	}
	return b.String()
}

// aloud writes one node and what is in it. What only groups others is passed over; a text that says what its parent is called already is not said twice.
func aloud(b *strings.Builder, all map[accessibility.NodeID]*accessibility.Node, n *accessibility.Node, depth int, within string) {
	role, name := axText(n.Role), strings.Join(strings.Fields(axText(n.Name)), " ")
	switch {
	case role == "InlineTextBox" || role == "LineBreak" || role == "ListMarker":
		return
	case n.Ignored || slices.Contains([]string{"none", "generic", "RootWebArea", ""}, role) && name == "":
	case role == "StaticText":
		if name != "" && !strings.Contains(within, name) {
			b.WriteString(strings.Repeat("  ", depth) + "“" + name + "”\n")
		}
		return
	default:
		b.WriteString(strings.Repeat("  ", depth) + role + axStates(n, name) + "\n")
		depth, within = depth+1, name
	}
	for _, id := range n.ChildIDs {
		if child := all[id]; child != nil {
			aloud(b, all, child, depth, within)
		}
	}
}

// axStates says what a node is called, its value and description, and how it stands.
func axStates(n *accessibility.Node, name string) string {
	out := ""
	if name != "" {
		out = " “" + name + "”"
	}
	if v := axText(n.Value); v != "" {
		out += " = " + v
	}
	if d := axText(n.Description); d != "" {
		out += " (" + d + ")"
	}
	for _, p := range n.Properties {
		value := axText(p.Value)
		switch p.Name {
		case "checked", "expanded", "invalid", "level", "required", "disabled", "pressed", "selected", "keyshortcuts":
			if value != "false" && value != "" || p.Name == "checked" || p.Name == "expanded" {
				out += " " + string(p.Name) + ":" + value
			}
		}
	}
	return out
}

func axText(v *accessibility.Value) string {
	if v == nil {
		return ""
	}
	var said any
	if json.Unmarshal(v.Value, &said) != nil {
		return string(v.Value)
	}
	return fmt.Sprint(said)
}

// Transcript compares what the open page reads aloud with what testdata/aloud has under a name, and says where they part. With -aloud it is written anew: read it as somebody who hears
// the page, before it is kept.
func Transcript(t testing.TB, ctx context.Context, name string) {
	t.Helper()
	got, file := []byte(Aloud(t, ctx)), filepath.Join("testdata", "aloud", name+".txt")
	if *rewrite {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v; run the test with -aloud, and read what it wrote", err)
	}
	if bytes.Equal(got, want) {
		return
	}
	is, was := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
	for i := range max(len(is), len(was)) {
		a, b := "", ""
		if i < len(is) {
			a = is[i]
		}
		if i < len(was) {
			b = was[i]
		}
		if a != b {
			t.Errorf("%s reads aloud another thing in line %d:\n  now:    %s\n  before: %s\nIf it is meant so, run the test with -aloud.", name, i+1, a, b)
			return
		}
	}
}
