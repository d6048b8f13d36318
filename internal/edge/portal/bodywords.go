package portal

import (
	"context"
	"io"
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
		for _, at := range message.PagesIn(body) {
			b.WriteString(templ.EscapeString(body[from:at[0]]) + link)
			from = at[1]
		}
		b.WriteString(templ.EscapeString(body[from:]) + "</p>")
		_, err := io.WriteString(to, b.String())
		return err
	})
}
