package portal

import (
	"html"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"hearth/internal/base/dbtest"
)

// The title of a page stands in the list of tabs and of where somebody was. It says what kind of page it is and nothing of who reads it, where they live, or what they wrote; and the subject of the mail
// with a code names only the community.
func TestTitlesAreNeutral(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	r := newRig(t, d, clock)
	order := r.furnished()
	ana, stranger := r.as(r.ana), r.stranger()
	known := map[string][]string{}
	for _, w := range r.words {
		for key, line := range w.said {
			if strings.HasSuffix(key, ".title") || slices.Contains([]string{"enter.code-title", "enter.who", "repair.one", "fewer.done"}, key) {
				known[w.tag] = append(known[w.tag], line+" · Hearth")
				if strings.Contains(line, "{") {
					t.Errorf("the title %s in %s is filled in: %q", key, w.tag, line)
				}
			}
		}
	}
	title := regexp.MustCompile(`<title>(.*)</title>`)
	for _, lang := range []string{"en", "es"} {
		for _, p := range []*person{ana, stranger} {
			p.cookies[languageCookie] = lang
			for _, path := range append(r.looked(order), DoorPath+r.doorCode(), EnterPath, "/home/repair/none", ShortPath) {
				rec := p.get(path)
				if rec.Code == http.StatusSeeOther {
					continue
				}
				m := title.FindStringSubmatch(rec.Body.String())
				if m == nil || !slices.Contains(known[lang], html.UnescapeString(m[1])) {
					t.Errorf("%s in %s is titled %q", path, lang, m)
				}
			}
		}
	}
	for _, w := range r.words {
		if strings.Contains(w.T("code.subject"), "{") {
			t.Errorf("the subject of a code in %s is %q", w.tag, w.T("code.subject"))
		}
	}
}
