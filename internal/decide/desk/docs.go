package desk

import (
	"fmt"
	"io"
	"strings"
)

// WriteDocs writes, as Markdown, what templates may say and which templates a library holds: the page for whoever
// writes them.
func (l *Library) WriteDocs(w io.Writer) error {
	var b strings.Builder
	b.WriteString("# What a text may say\n\nGenerated from the code; do not edit. How to write one: [templates.md](templates.md).\n\n" +
		"A template is a YAML file with a subject, a body and, if it can stand in a digest, a short form, in English and\n" +
		"any further language. It is written in a small part of Liquid: `{{ fact }}`, `{{ fact | filter }}`, `{% if %}`,\n" +
		"`{% case %}` and `{% for line in list %}`. Filters: `" + strings.Join(filterNames(), "`, `") + "`.\n\n" +
		"## Facts\n\nWhat a text says has to be listed under `needs`, with something to stand in for it or without (then a person\n" +
		"writes when it is missing), or be asked for first with `{% if %}`. A text that says who the resident is has to say\n" +
		"something of their situation as well.\n\n| fact | what it is | situation |\n| --- | --- | --- |\n")
	for _, f := range Facts() {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", f.Name, f.Doc, yesWord(f.Situation))
	}
	b.WriteString("\n## Templates\n\n| id | class | purpose | why |\n| --- | --- | --- | --- |\n")
	for _, id := range l.IDs() {
		t := l.byID[id]
		fmt.Fprintf(&b, "| `%s` | %s | `%s` | %s |\n", t.ID, t.Class, t.Purpose, strings.Join(strings.Fields(t.Why), " "))
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write the page of templates: %w", err)
	}
	return nil
}

func yesWord(b bool) string {
	if b {
		return "yes"
	}
	return ""
}
