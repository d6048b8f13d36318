package desk

import (
	"strings"
	"testing"
)

func TestTheDocsNameEveryFactAndTemplate(t *testing.T) {
	l := shippedLibrary(t)
	var b strings.Builder
	if err := l.WriteDocs(&b); err != nil {
		t.Fatal(err)
	}
	for _, f := range Facts() {
		if !strings.Contains(b.String(), "| `"+f.Name+"` | "+f.Doc) {
			t.Errorf("the page lacks %s", f.Name)
		}
	}
	for _, id := range l.IDs() {
		if !strings.Contains(b.String(), "| `"+id+"` |") {
			t.Errorf("the page lacks the template %s", id)
		}
	}
}
