package eventlog

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// WriteDocs writes the catalog as Markdown: one section a type, with its fields and an example.
func WriteDocs(w io.Writer) error {
	var b strings.Builder
	b.WriteString("# Events\n\nEvery fact that Hearth learns is an event in its log. Programs send them as CloudEvents to `POST /api/v1/events`;\n" +
		"`type`, `subject` and `data` are described here. Types that only Hearth tells are marked; they are refused from outside, as is a\n" +
		"`source` that begins with `hearth/`. Fields in **bold** must be there. Fields that are not listed are kept and not used.\n")
	for _, t := range Types() {
		if err := writeType(&b, t); err != nil {
			return err
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func writeType(b *strings.Builder, t Type) error {
	fmt.Fprintf(b, "\n## `%s`\n\n%s Subject: %s.", t.Name, t.Doc, either(t.Subjects))
	if t.Household {
		b.WriteString(" Concerns the whole household.")
	}
	if Ours(t.Name) {
		b.WriteString(" **Told by Hearth only.**")
	}
	b.WriteString("\n\n")
	var s struct {
		Properties map[string]struct {
			Type        string   `json:"type"`
			Format      string   `json:"format"`
			Description string   `json:"description"`
			Enum        []string `json:"enum"`
		} `json:"properties"`
		Required []string `json:"required"`
	}
	if err := json.Unmarshal([]byte(t.Schema), &s); err != nil {
		return fmt.Errorf("schema of %s: %w", t.Name, err)
	}
	names := make([]string, 0, len(s.Properties))
	for name := range s.Properties {
		names = append(names, name)
	}
	slices.SortFunc(names, func(x, y string) int {
		if rx, ry := slices.Contains(s.Required, x), slices.Contains(s.Required, y); rx != ry {
			if rx {
				return -1
			}
			return 1
		}
		return strings.Compare(x, y)
	})
	if len(names) > 0 {
		b.WriteString("| field | value | meaning |\n| --- | --- | --- |\n")
	}
	for _, name := range names {
		p := s.Properties[name]
		shown := "`" + name + "`"
		if slices.Contains(s.Required, name) {
			shown = "**" + shown + "**"
		}
		value := p.Type
		if p.Format != "" {
			value = p.Format
		}
		if len(p.Enum) > 0 {
			value = strings.Join(p.Enum, ", ")
		}
		fmt.Fprintf(b, "| %s | %s | %s |\n", shown, value, p.Description)
	}
	if len(names) > 0 {
		b.WriteString("\n")
	}
	fmt.Fprintf(b, "Example: `%s`\n", t.Example)
	return nil
}
