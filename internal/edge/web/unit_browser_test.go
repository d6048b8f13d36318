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

// A home and its photos on a telephone at the door, at a desk, and by keyboard alone.
func TestAHomeInTheBrowser(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	r := newDeskRoom(t, d, clock)
	storesOf(t, &r.web.Deps)
	x := dwellingOf(t, r.web.Deps, r.ana)
	server := httptest.NewServer(httpd.Wrap(r.web, httpd.Options{Log: slog.New(slog.DiscardHandler), Clock: clock}))
	t.Cleanup(server.Close)
	ctx := pagetest.BrowserFor(t, 8*time.Minute)
	// Two people, who live and lived there, stand before the home.
	err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(server.URL+"/residents"), chromedp.KeyEvent("/"), chromedp.WaitVisible(`#palette input`),
		chromedp.SendKeys(`#palette input`, "4"), chromedp.WaitVisible(`//li[@role="option"][contains(., "Home 4B")]`),
		chromedp.SendKeys(`#palette input`, kb.ArrowDown+kb.ArrowDown), chromedp.WaitVisible(`//li[@aria-selected="true"][contains(., "Home 4B")]`), chromedp.SendKeys(`#palette input`, kb.Enter),
		chromedp.WaitVisible(`//h1[contains(., "Home 4B")]`), chromedp.Focus(`.shots a`), chromedp.KeyEvent(kb.Enter),
		chromedp.WaitVisible(`//h1[contains(., "Photo from Ana")]`), chromedp.WaitVisible(`img.shot-large`), chromedp.KeyEvent("n"), chromedp.WaitVisible(`//h1[contains(., "Somebody at the home")]`),
		chromedp.KeyEvent("p"), chromedp.WaitVisible(`//h1[contains(., "Photo from Ana")]`), chromedp.KeyEvent("b"), chromedp.WaitVisible(`//h1[contains(., "Home 4B")]`))
	if err != nil {
		t.Fatalf("by keyboard: %v", err)
	}
	wide, err := chromedp.Run(ctx, chromedp.Evaluate[int](`document.querySelector(".shots img").naturalWidth`))
	if err != nil || wide != 320 {
		t.Errorf("the photo is drawn %d wide (%v)", wide, err)
	}
	for name, path := range map[string]string{"home": "/units/" + string(x.unit), "homes": "/units", "photo": "/photos/" + x.photos[0], "resident": "/residents/" + string(r.ana)} {
		for _, s := range []pagetest.Screen{{Width: 390, Height: 844}, {Width: 1280, Height: 900, Dark: true}} {
			shot := fmt.Sprintf("unit-%s-%d-%v", name, s.Width, s.Dark)
			sight := pagetest.Look(t, ctx, server.URL+path, s, shot)
			if sight.Overflow > 0 || len(sight.Elements) > 0 || len(sight.Elsewhere) > 0 || len(sight.Faults) > 0 {
				t.Errorf("%s: %d px too wide, %v stick out, asks %v, faults %v", shot, sight.Overflow, sight.Elements, sight.Elsewhere, sight.Faults)
			}
			for _, fault := range pagetest.Audit(t, ctx) {
				t.Errorf("%s: %s", shot, fault)
			}
		}
	}
}
