package web

import (
	"fmt"
	"log/slog"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"hearth/internal/base/dbtest"
	"hearth/internal/base/httpd"
	"hearth/internal/base/page/pagetest"
)

// Residents are chosen by keyboard and by finger, over a search and the next page, and written to.
func TestResidentsAreChosenInTheBrowser(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	r := newDeskRoom(t, d, clock)
	ids := castRoom(t, r, 50)
	server := httptest.NewServer(httpd.Wrap(r.web, httpd.Options{Log: slog.New(slog.DiscardHandler), Clock: clock}))
	t.Cleanup(server.Close)
	ctx := pagetest.BrowserFor(t, 4*time.Minute)
	do := func(what string, steps ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, steps...); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	const chosen = `//div[@id="chosen"][contains(., "%s chosen")]`
	// By keyboard: down to the second, choose, down, choose; take the first back; search, choose there with the space bar; write.
	do("choose by keys", chromedp.EmulateViewport(1280, 900), chromedp.Navigate(server.URL+"/residents"), chromedp.WaitVisible(`#choose-shown`),
		chromedp.KeyEvent("j"), chromedp.KeyEvent("j"), chromedp.KeyEvent("x"), chromedp.WaitVisible(fmt.Sprintf(chosen, "1 person")),
		chromedp.KeyEvent("j"), chromedp.KeyEvent("x"), chromedp.WaitVisible(fmt.Sprintf(chosen, "2 people")),
		chromedp.KeyEvent("x"), chromedp.WaitVisible(fmt.Sprintf(chosen, "1 person")))
	do("search", chromedp.SendKeys(`#people-q`, "fay50"), chromedp.WaitNotPresent(`//span[text()="Fay01 Moss"]`), chromedp.WaitVisible(fmt.Sprintf(chosen, "1 person")),
		chromedp.Focus(`input[value="`+string(ids["Fay50"])+`"][type=checkbox]`), chromedp.KeyEvent(" "), chromedp.WaitVisible(fmt.Sprintf(chosen, "2 people")))
	do("the next page", chromedp.Navigate(server.URL+"/residents"), chromedp.Click(`a[rel=next]`), chromedp.WaitVisible(`//span[text()="Fay50 Moss"]`), chromedp.WaitVisible(fmt.Sprintf(chosen, "2 people")),
		chromedp.WaitVisible(`input[value="`+string(ids["Fay50"])+`"]:checked`))
	pagetest.Look(t, ctx, server.URL+"/residents", pagetest.Screen{Width: 1280, Height: 900}, "choose-desk")
	do("write", chromedp.KeyEvent("r"), chromedp.WaitVisible(`//details[contains(., "For 2 people")]`))
	// All that are shown, by keyboard: the button keeps the focus.
	do("all", chromedp.Navigate(server.URL+"/residents"), chromedp.Focus(`#choose-shown`), chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(fmt.Sprintf(chosen, "41 people")))
	focus, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.activeElement.id`))
	if err != nil || focus != "choose-shown" {
		t.Errorf("the focus is at %q after all are chosen (%v)", focus, err)
	}
	for _, path := range []string{"/residents", "/residents?list=chosen", "/broadcasts/new?to=chosen"} {
		for _, s := range []pagetest.Screen{{Width: 320, Height: 700}, {Width: 390, Height: 844}, {Width: 1280, Height: 900, Dark: true}} {
			name := fmt.Sprintf("choose-%d-%s", s.Width, map[string]string{"/residents": "list", "/residents?list=chosen": "chosen"}[path])
			sight := pagetest.Look(t, ctx, server.URL+path, s, name)
			if sight.Overflow > 0 || len(sight.Elements) > 0 || len(sight.Faults) > 0 {
				t.Errorf("%s: %d px too wide, %v stick out, faults %v", name, sight.Overflow, sight.Elements, sight.Faults)
			}
			// At its end, where the dock lies over no row: elsewhere axe measures what is left of the row beneath.
			do("to the end", chromedp.Evaluate[chromedp.Void](`scrollTo(0, document.body.scrollHeight)`))
			for _, fault := range pagetest.Audit(t, ctx) {
				t.Errorf("%s: %s", name, fault)
			}
		}
	}
}
