package web

import (
	"strings"
	"testing"
)

// An address breaks behind its @; other words are as they are, and nothing in them is markup.
func TestAnAddressBreaksWhereItMay(t *testing.T) {
	for value, want := range map[string]string{
		"a•••@mail.example":     "a•••@<wbr>mail.example",
		"(512) 555-0147":        "(512) 555-0147",
		"ask <me>@home.example": "ask &lt;me&gt;@home.example",
		"<b>@home.example":      "&lt;b&gt;@<wbr>home.example",
	} {
		var b strings.Builder
		if err := addressWords(value).Render(t.Context(), &b); err != nil || b.String() != want {
			t.Errorf("%s: %q, %v, want %q", value, b.String(), err, want)
		}
	}
}
