package inbound

import (
	"strings"
	"testing"
)

// Letters that are longer in lower case moved the places of what is passed over; a text full of openings must not be read
// again and again from each of them.
func TestWhatIsPassedOverInMarkup(t *testing.T) {
	for in, want := range map[string]string{
		"<style>" + strings.Repeat("Ⱥ", 20) + "</style>Hello":     "Hello",
		"<STYLE>x</StYlE >Hello":                                  "Hello",
		"<script>if (a</b) {}</script>Hello":                      "Hello",
		"<style>" + strings.Repeat("İ", 30) + "</STYLE\n>Hello":   "Hello",
		"<title>never closed":                                     "",
		"<style></sty</style>Hello":                               "Hello",
		"before<style>" + strings.Repeat("</", 50) + "</style>Ⱥ!": "beforeȺ!",
	} {
		if got := strings.TrimSpace(fromHTML(in)); got != want {
			t.Errorf("%q reads %q, want %q", in, got, want)
		}
	}
	many := strings.Repeat("<title></title>", 200_000)
	if got := fromHTML(many); strings.TrimSpace(got) != "" {
		t.Errorf("%d bytes of nothing read %d", len(many), len(got))
	}
}
