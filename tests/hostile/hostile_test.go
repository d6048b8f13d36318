package hostile

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"hearth"
	"hearth/internal/base/page/pagetest"
	"hearth/internal/base/page/sheet"
)

// Every text in every kind of field: nothing runs, nothing is asked of another host, nothing is wider than the screen, and each text is shown
// as what it is.
func TestHostileTextsInEveryField(t *testing.T) {
	h := enter(t)
	if n := h.texts(); n < 500 {
		t.Fatalf("there are %d texts", n)
	}
	ctx := pagetest.BrowserFor(t, 5*time.Minute)
	h.onPages(ctx, "team", map[string][]string{"": h.teamPages()}, h.least("team"))
	home := map[string][]string{h.link(h.ana): {"/home", "/home/messages", "/home/repair", "/home/known", "/home/wishes", "/home/wishes/pets"}}
	for _, who := range h.many {
		home[h.link(who)] = []string{"/home/messages", "/home/repairs"}
	}
	h.onPages(ctx, "portal", home, h.least("portal"))
	h.inSearches()
	h.onPaper(ctx)
	h.inMail(ctx)
	h.quiet()
}

// quiet has the log free of complaints.
func (h *house) quiet() {
	h.t.Helper()
	if log := h.log.String(); strings.Contains(strings.ReplaceAll(log, `level=ERROR msg=forged`, ""), "level=ERROR") {
		h.t.Errorf("the log complains: %.2000s", log)
	}
}

// teamPages are the pages of the team; lists go on to their end.
func (h *house) teamPages() []string {
	ana := "/residents/" + string(h.ana)
	pages := []string{"/", "/residents", ana, ana + "?see=messages", ana + "/write", ana + "/why", "/conversations?open=" + h.talk, "/find?q=Ana", "/happened", "/broadcasts", "/broadcasts/new", "/playbooks", "/playbooks/new",
		"/insight", "/insight/people", "/insight/team", "/insight/gaps", "/insight/balance", "/setup", "/setup/property", "/setup/homes", "/setup/team", "/setup/settings", "/setup/templates", "/setup/templates/new", "/setup/channels", "/setup/webhooks", "/setup/webhooks/new",
		"/imports", "/imports/new", "/accounts", "/operator", "/places"}
	return append(pages, h.more...)
}

// link gives the address that opens a resident's pages.
func (h *house) link(who hearth.ResidentID) string {
	h.t.Helper()
	link, err := h.a.HomeLink(h.t.Context(), who, time.Hour)
	if err != nil {
		h.t.Fatal(err)
	}
	return h.at + link
}

// onPages opens pages in the browser, each lot behind the link that opens it, and counts which texts stand on them.
func (h *house) onPages(ctx context.Context, who string, lots map[string][]string, least map[string]int) {
	h.t.Helper()
	began, shown, opened := time.Now(), map[string]bool{}, 0
	for link, pages := range lots {
		if link != "" {
			if err := chromedp.Do(ctx, chromedp.Navigate(link)); err != nil {
				h.t.Fatal(err)
			}
		}
		for len(pages) > 0 {
			next := h.look(ctx, pages[0], who, shown)
			if pages = pages[1:]; next != "" {
				pages = append([]string{next}, pages...)
			}
			if opened++; opened > 150 {
				h.t.Fatalf("%s: the pages have no end", who)
			}
		}
	}
	counts := map[string]int{}
	for mark := range shown {
		counts[mark[1:3]]++
	}
	h.t.Logf("%s: %d pages in %v; texts shown by field: %v", who, opened, time.Since(began).Round(time.Millisecond), counts)
	for field, want := range least {
		if counts[field] < want {
			h.t.Errorf("%s: of the field %s only %d of %d texts were on a page", who, field, counts[field], want)
		}
	}
}

// sight is what a page comes to at a width.
type sight struct {
	Ran  bool     `json:"ran"`
	Over int      `json:"over"`
	Out  []string `json:"out"`
	Live []string `json:"live"`

	Marks []string `json:"marks"`
	Next  string   `json:"next"`
}

const ask = `(() => { const w = document.documentElement.clientWidth, box = e => e.getBoundingClientRect(), word = e => e.outerHTML.slice(0, 120),
	control = e => e.matches('.btn, button, input, select, textarea, summary') || e.matches('a') && box(e).left > w - 8,
	cut = e => { for (let p = e.parentElement; p && p != document.body; p = p.parentElement) if (getComputedStyle(p).overflowX != 'visible' && getComputedStyle(p).display != 'inline') return box(p).right <= w + 1 && box(p).left >= -1; }; return {
	ran: !!top.` + pagetest.Ran + `, over: document.documentElement.scrollWidth - w,
	out: [...document.querySelectorAll('body *')].filter(e => { const b = box(e); return b.width && (b.right > w + 1 || b.left < -1) && e.checkVisibility() && !e.closest('.table, pre, .away, dialog, [popover]') && (control(e) || !cut(e)) }).slice(0, 3).map(word),
	live: [...document.querySelectorAll('iframe, object, embed, base, meta[http-equiv=refresh], math, marquee, [style], a[href^="javascript:" i], a[href^="data:" i], form[action*="evil"], script:not([src]), svg:not(.icon) script')]
		.concat([...document.querySelectorAll('*')].filter(e => [...e.attributes].some(a => /^on|^hx-get$/.test(a.name) && /evil|` + pagetest.Ran + `/.test(a.value)))).slice(0, 3).map(word),
	marks: [...new Set(document.documentElement.outerHTML.match(/q[a-z]{2}[0-9]{3}z/g))],
	next: [...document.links].map(a => a.getAttribute('href')).find(to => /[?&]after=/.test(to) && to.startsWith('/')) || '' } })()`

// look opens a page and measures it on a telephone and at a desk. It notes which texts it shows, and gives the page behind it.
func (h *house) look(ctx context.Context, path, who string, shown map[string]bool) (next string) {
	h.t.Helper()
	name := who + " " + path
	ctx, done := context.WithCancel(ctx)
	defer done()
	err := chromedp.Listen(ctx, func(ev any) {
		if d, ok := ev.(*page.EventJavascriptDialogOpening); ok {
			h.t.Errorf("%s: a dialog opened: %s", name, d.Message)
			go chromedp.Call(ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true}) //nolint:errcheck // the test has failed
		}
	})
	if err != nil {
		h.t.Fatal(err)
	}
	first := pagetest.Look(h.t, ctx, h.at+path, pagetest.Screen{Width: 390, Height: 844}, strings.NewReplacer("/", "-", "?", "-", "&", "-", "=", "-", " ", "").Replace(name))
	for _, fault := range first.Faults {
		h.t.Errorf("%s: the browser complains: %s", name, fault)
	}
	if len(first.Elsewhere) > 0 {
		h.t.Errorf("%s: asks %v", name, first.Elsewhere)
	}
	for _, width := range []int64{390, 1280} {
		if width != 390 {
			if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 900)); err != nil {
				h.t.Fatal(err)
			}
		}
		got, err := chromedp.Run(ctx, chromedp.Evaluate[sight](ask))
		if err != nil {
			h.t.Fatalf("ask %s: %v", name, err)
		}
		if got.Ran || len(got.Live) > 0 {
			h.t.Errorf("%s at %d: ran %v, alive: %q", name, width, got.Ran, got.Live)
		}
		if got.Over > 0 || len(got.Out) > 0 {
			h.t.Errorf("%s at %d: %d px too wide, out of the screen: %q", name, width, got.Over, got.Out)
		}
		for _, mark := range got.Marks {
			shown[mark] = true
		}
		next = got.Next
	}
	return next
}

// inSearches asks for every text: what comes back has it as words, never as markup.
func (h *house) inSearches() {
	h.t.Helper()
	for i, p := range h.all {
		for _, path := range []string{"/residents?q=", "/find?q=", "/conversations?q=", "/sign-in?next="} {
			if i%4 != 0 && path != "/residents?q=" {
				continue
			}
			res, err := http.Get(h.at + path + url.QueryEscape(p.Text)) //nolint:gosec // our own server
			if err != nil {
				h.t.Fatal(err)
			}
			raw, err := io.ReadAll(res.Body)
			res.Body.Close()
			if err != nil || res.StatusCode >= 500 {
				h.t.Errorf("%s%q: %d %v", path, p.Text, res.StatusCode, err)
			}
			if strings.ContainsAny(p.Text, "<\"") && len(p.Text) > 6 && strings.Contains(string(raw), p.Text) {
				h.t.Errorf("%s%q comes back as it is", path, p.Text)
			}
		}
	}
}

// onPaper prints a list and letters of all texts, many to a sheet.
func (h *house) onPaper(ctx context.Context) {
	h.t.Helper()
	batch := sheet.Batch{Title: h.all[0].Text, Head: h.all[1].Text, How: h.all[2].Text, Marks: []string{"Posted", "Returned"}}
	for i, p := range h.all {
		batch.Lines = append(batch.Lines, sheet.Line{N: i, Who: p.Text, Where: p.Text, What: p.Text})
		if i%8 == 0 {
			batch.Pages = append(batch.Pages, sheet.Page{Language: "en"})
		}
		last := &batch.Pages[len(batch.Pages)-1]
		last.To, last.From, last.Subject, last.Body, last.Door = append(last.To, p.Text), append(last.From, p.Text), p.Text, last.Body+p.Text+"\n\n", ""
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { // without the policy that the program sends along
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if err := sheet.Write(w, batch); err != nil {
			h.t.Error(err)
		}
	}))
	defer server.Close()
	sight := pagetest.Look(h.t, ctx, server.URL, pagetest.Screen{Width: 1280, Height: 900}, "paper")
	got, err := chromedp.Run(ctx, chromedp.Evaluate[sight2](`({ran: !!top.`+pagetest.Ran+`, live: document.querySelectorAll('script, img, svg, iframe, object, embed, form, input, base, math, link, a').length})`))
	if err != nil {
		h.t.Fatal(err)
	}
	faults := slices.DeleteFunc(sight.Faults, func(s string) bool { return strings.Contains(s, "favicon") })
	if got.Ran || got.Live > 0 || len(faults) > 0 || len(sight.Elsewhere) > 0 {
		h.t.Errorf("on paper: %+v, complaints %v, asks %v", got, faults, sight.Elsewhere)
	}
}

type sight2 struct {
	Ran  bool `json:"ran"`
	Live int  `json:"live"`
}

// least is how many texts of a field must stand on the pages.
func (h *house) least(who string) map[string]int {
	n := h.texts()
	if who == "portal" {
		return map[string]int{"ms": n, "mb": n, "re": n / 8} // a list of requests shows the beginning of each, and four texts stand in one
	}
	return map[string]int{"na": n, "un": n, "st": n, "mb": n, "no": n, "fa": n, "sr": n, "sb": n, "re": n / 3, "ta": 200, "tw": 200}
}
