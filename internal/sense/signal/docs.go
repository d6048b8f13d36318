package signal

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"hearth"
	"hearth/internal/base/rule"
)

// Docs gives the catalog as a Markdown page.
func Docs() string {
	var b strings.Builder
	b.WriteString("# Signals\n\n<!-- Generated from the catalog in internal/sense/signal. Do not edit. -->\n\n")
	b.WriteString("What is known of a resident now, folded from events. Conditions, templates and screens read these names and nothing else.\n" +
		"Windows are exact to the day in the property's time zone. A signal that is not known now makes a comparison with it hold neither way.\n" +
		"A fact that fair-housing law protects, or that stands in for one, decides nothing: conditions that name it are refused.\n")
	for _, area := range areas() {
		fmt.Fprintf(&b, "\n## %s\n\n| name | type | window | kind of fact | changes | meaning |\n| --- | --- | --- | --- | --- | --- |\n", area)
		for _, f := range Fields() {
			if head, _, _ := strings.Cut(f.Name, "."); head == area {
				fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s |\n", f.Name, kindWords(f), f.Window, f.Tag, changes(f), f.Doc+closed(f))
			}
		}
	}
	return b.String()
}

// areas gives the first parts of the names, each once, in the order of the catalog.
func areas() []string {
	var all []string
	for _, f := range Fields() {
		if head, _, _ := strings.Cut(f.Name, "."); !slices.Contains(all, head) {
			all = append(all, head)
		}
	}
	return all
}

// WriteDocs writes Docs.
func WriteDocs(w io.Writer) error {
	_, err := io.WriteString(w, Docs())
	return err
}

func kindWords(f rule.Field) string {
	if f.Unit == "" || f.Unit == "count" {
		return string(f.Type)
	}
	return string(f.Type) + ", " + f.Unit
}

// changes says what makes the field another: time, or which events.
func changes(f rule.Field) string {
	var parts []string
	if f.Clock {
		parts = append(parts, "with time")
	}
	if len(f.Feeds) == len(Types()) {
		return strings.Join(append(parts, "any event"), ", ")
	}
	seen := map[hearth.EventType]bool{}
	for _, t := range f.Feeds {
		if !seen[t] {
			seen[t] = true
			parts = append(parts, "`"+string(t)+"`")
		}
	}
	return strings.Join(parts, ", ")
}

func closed(f rule.Field) string {
	switch {
	case f.Tag == rule.Protected || f.Tag == rule.Proxy:
		return " **Not in conditions.**"
	case f.Restricted:
		return " **Only in playbooks whose one effect is a task for the managers or the coordinator.**"
	}
	return ""
}
