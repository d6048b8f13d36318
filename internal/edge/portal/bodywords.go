package portal

import (
	"context"
	"io"
	"regexp"
	"strings"

	"github.com/a-h/templ"

	"hearth/internal/act/message"
)

// bodyWords writes what a message says. Where it names the residents' own pages by their address, which opens nothing for whoever is there
// already, words stand that lead to them.
func bodyWords(v *visit, body string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, to io.Writer) error {
		link := `<a href="/home">` + templ.EscapeString(v.T("letters.pages")) + `</a>`
		var b strings.Builder
		b.WriteString(`<p class="words" dir="auto">`) // it keeps blanks as they are, so that none may stand around it
		from := 0
		for _, at := range pagesAddress().FindAllStringIndex(body, -1) {
			if !endsThere(body[at[1]:]) {
				continue // the address of something else
			}
			b.WriteString(templ.EscapeString(body[from:at[0]]) + link)
			from = at[1]
		}
		b.WriteString(templ.EscapeString(body[from:]) + "</p>")
		_, err := io.WriteString(to, b.String())
		return err
	})
}

// pagesAddress finds the address of the pages, whatever the base address was when the message was written.
func pagesAddress() *regexp.Regexp {
	return regexp.MustCompile(`https?://[^\s/]+` + regexp.QuoteMeta(message.PagesPath))
}

// endsThere tells whether an address ended before rest.
func endsThere(rest string) bool {
	return rest == "" || strings.ContainsAny(rest[:1], " \t\r\n.,;:!?)")
}
