package desk

import (
	"strings"
	"testing"

	"hearth"
)

// The mails after which a resident has something to do lead to their pages, in both languages, where there is an address; without one they say nothing
// of it, and no short text carries a link.
func TestMailsLeadToThePages(t *testing.T) {
	lib, err := Load(Shipped())
	if err != nil {
		t.Fatal(err)
	}
	const pages = "https://hearth.example/home/open"
	for _, id := range []string{"service-closed", "survey-repair", "package-arrived", "package-reminder", "renewal-open", "renewal-reminder"} {
		for _, lang := range []string{"en", "es"} {
			facts := map[string]any{"resident.name": "Ana", "staff.name": "Dana", "lease.end": "Friday, April 30, 2027", "lease.days_to_end": int64(60), "event.matter": "your sink", "event.count": int64(1)}
			bare, missing, err := lib.Render(id, lang, hearth.ChannelEmail, facts)
			if err != nil || len(missing) > 0 || strings.Contains(bare.Body, "http") {
				t.Errorf("%s in %s without an address: %v, %v, %s", id, lang, err, missing, bare.Body)
			}
			facts["portal.link"] = pages
			mail, missing, err := lib.Render(id, lang, hearth.ChannelEmail, facts)
			if err != nil || len(missing) > 0 || strings.Count(mail.Body, pages) != 1 {
				t.Errorf("%s in %s: %v, %v, %s", id, lang, err, missing, mail.Body)
			}
		}
	}
	for _, id := range lib.IDs() {
		tpl, _ := lib.Get(id)
		for lang, w := range tpl.Languages {
			if strings.Contains(w.Short, "portal.link") {
				t.Errorf("%s in %s puts a link into a short text", id, lang)
			}
		}
	}
}
