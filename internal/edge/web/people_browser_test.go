package web

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/base/httpd"
	"hearth/internal/base/page/pagetest"
	"hearth/internal/fact/record"
)

func TestPeopleInTheBrowser(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := newBench(t, d, clock)
	deskOf(t, b)
	at := "/residents/" + string(anaOf(t, b))
	server := httptest.NewServer(httpd.Wrap(b.web, httpd.Options{Log: slog.New(slog.DiscardHandler), Clock: clock}))
	t.Cleanup(server.Close)
	ctx := pagetest.Browser(t)
	for n, path := range []string{at, at + "?edit=phone", "/residents", "/find?q=ana", at + "/why"} {
		for _, s := range []pagetest.Screen{{Width: 320, Height: 700}, {Width: 1280, Height: 900, Dark: true}} {
			name := fmt.Sprintf("people-%d-%d", n, s.Width)
			sight := pagetest.Look(t, ctx, server.URL+path, s, name)
			if sight.Overflow > 0 || len(sight.Elements) > 0 || len(sight.Elsewhere) > 0 || len(sight.Faults) > 0 {
				t.Errorf("%s: %d px too wide, %v stick out, asks %v, faults %v", name, sight.Overflow, sight.Elements, sight.Elsewhere, sight.Faults)
			}
			for _, fault := range pagetest.Audit(t, ctx) {
				t.Errorf("%s: %s", name, fault)
			}
		}
	}
	// By keyboard: the palette, a name, her page; "t" notes a talk, "z" takes it back.
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(server.URL+"/residents"), chromedp.KeyEvent("/"), chromedp.WaitVisible(`#palette input`),
		chromedp.SendKeys(`#palette input`, "ana"), chromedp.WaitVisible(`//li[@role="option"][contains(., "Ana Ruiz")]`), chromedp.SendKeys(`#palette input`, kb.Enter),
		chromedp.WaitVisible(`//h1[contains(., "Ana Ruiz")]`), chromedp.KeyEvent("t"), chromedp.WaitVisible(`//div[@class="toast"][contains(., "Noted")]`),
		chromedp.KeyEvent("z"), chromedp.WaitVisible(`//div[@class="toast"][contains(., "Taken back")]`)); err != nil {
		t.Fatalf("by keyboard: %v", err)
	}
	// By mouse: what is masked is uncovered in place; a search shows as it is typed.
	if err := chromedp.Do(ctx, chromedp.Click(`//button[@aria-label="Uncover: Phone"]`), chromedp.WaitVisible(`//dl[contains(., "(608) 555-0147")]`),
		chromedp.Navigate(server.URL+"/residents"), chromedp.SendKeys(`#people-q`, "zzz"), chromedp.WaitVisible(`//section[@id="people"][contains(., "Nobody is found")]`)); err != nil {
		t.Fatalf("by mouse: %v", err)
	}
}

// BenchmarkPalette finds among five thousand residents.
func BenchmarkPalette(b *testing.B) {
	d, clock := dbtest.SQLite(b)
	bench := newBench(b, d, clock)
	bench.web.Open = true
	err := d.Write(b.Context(), func(tx *db.Tx) error {
		all, err := bench.web.Records.Properties(b.Context(), tx)
		if err != nil {
			return err
		}
		today := hearth.DayOf(tx.Now(), time.UTC)
		for i := range 5000 {
			h := record.Home{Property: all[0].ID, Unit: record.Unit{Label: fmt.Sprint("U", i)}, Members: []record.Member{{Resident: record.Resident{First: fmt.Sprintf("Fay%d", i), Last: fmt.Sprintf("Moss%d", i%700)}}},
				Lease: record.HomeLease{Start: today - 30, End: today + 300, MoveIn: today - 30}}
			if _, err := bench.web.Records.PutHome(b.Context(), tx, record.News{Source: "yardi/oak"}, h); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/find?q=mos", nil)
		r.Header.Set("X-Fragment", "palette")
		rec := httptest.NewRecorder()
		if bench.web.ServeHTTP(rec, r); rec.Code != http.StatusOK {
			b.Fatalf("answered %d", rec.Code)
		}
	}
}

// The palette shows the keys that lead to pages, they lead there, ? lists them, and none of them does anything for whoever switched single keys off.
func TestKeysLeadToPages(t *testing.T) {
	h := newHouse(t, nil)
	server := httptest.NewServer(h.handler)
	t.Cleanup(server.Close)
	ctx := pagetest.BrowserFor(t, 60*time.Second)
	value := h.session(hearth.RoleManager)
	cookie := chromedp.Func(func(ctx context.Context, to *chromedp.Target) error {
		_, err := cdp.Call(ctx, to, network.SetCookie, network.SetCookieParams{Name: "hearth", Value: value, URL: server.URL})
		return err
	})
	do := func(what string, acts ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, acts...); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	do("open", chromedp.EmulateViewport(1280, 900), cookie, chromedp.Navigate(server.URL+"/"), chromedp.KeyEvent("k", chromedp.KeyModifiers(chromedp.ModifierCtrl)), chromedp.WaitVisible(`#palette input`))
	do("a word as it is typed", chromedp.SendKeys(`#palette input`, "resdients"), chromedp.WaitVisible(`//li[@role="option"][contains(., "Residents")]/kbd[contains(., "v r")]`))
	do("the palette closes", chromedp.KeyEvent(kb.Escape), chromedp.WaitNotPresent(`#palette[open]`))
	for range 10 { // a key right behind the Escape can be the browser's own, on a busy machine
		do("the list of keys", chromedp.KeyEvent("?"), chromedp.Sleep(100*time.Millisecond))
		if open, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.querySelector("#keys").open`)); err == nil && open {
			break
		}
	}
	do("the list of keys", chromedp.WaitVisible(`//dialog[@id="keys"]//dd[contains(., "r Residents")]`))
	do("by keys", chromedp.Navigate(server.URL+"/"), chromedp.WaitReady(`#keys`), chromedp.KeyEvent("v"), chromedp.KeyEvent("r"), chromedp.WaitVisible(`//h1[contains(., "Residents")]`))
	if rec := h.ask("POST", "/account/device", url.Values{"keys": {"off"}}, map[string]string{"hearth": value}); rec.Code != 303 {
		t.Fatal(rec.Code, rec.Body)
	}
	if err := chromedp.Do(ctx, chromedp.Navigate(server.URL+"/residents"), chromedp.KeyEvent("v"), chromedp.KeyEvent("h"), chromedp.KeyEvent("?"), chromedp.Sleep(300*time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	at, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.pathname + (document.querySelector("#keys").open ? " keys" : "")`))
	if err != nil || at != "/residents" {
		t.Errorf("with keys off it stands at %q %v", at, err)
	}
}
