package web

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	paper "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"hearth"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/base/httpd"
	"hearth/internal/base/page/pagetest"
)

// A printed page says on each sheet where, when and for whom it was printed, and which of how many it is; what only a screen can do is left
// out, a long list begins below its headline, and whoever likes dark pages gets dark ink on white paper.
func TestAPageOnPaper(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := newBench(t, d, clock)
	dana := deskOf(t, b)
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		one, err := b.web.Tasks.Get(t.Context(), tx, "tsk_b")
		if err != nil {
			return err
		}
		var more []task.Task
		for i := range 60 {
			more = append(more, task.Task{ID: hearth.TaskID(fmt.Sprintf("tsk_p%02d", i)), Property: one.Property, Title: "Call the roofer", Why: "It was promised.", Role: hearth.RoleManager, Owner: dana, DueAt: tx.Now().Add(time.Hour)})
		}
		return b.web.Tasks.Insert(t.Context(), tx, more)
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(httpd.Wrap(b.web, httpd.Options{Log: slog.New(slog.DiscardHandler), Clock: clock}))
	t.Cleanup(server.Close)
	ctx := pagetest.Browser(t)
	if _, err := chromedp.Call(ctx, network.SetCookie, network.SetCookieParams{Name: themeCookie, Value: "dark", URL: server.URL}); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(800, 1000), chromedp.Navigate(server.URL+"/")); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}); err != nil {
		t.Fatal(err)
	}
	for _, ask := range []struct{ what, script, want string }{
		{"the head of each sheet", `getComputedStyle(document.querySelector(".paper-head")).display`, "table-header-group"},
		{"the sheet's number", `String([...document.styleSheets].some(s => { const rules = list => [...list].some(r => r.cssRules ? rules(r.cssRules) || /counter\(page\)[^;]*counter\(pages\)/.test(r.cssText) : false); return rules(s.cssRules); }))`, "true"},
		{"buttons on paper", `[...document.querySelectorAll("main button, main .btn, nav a:not([aria-current])")].filter(e => e.checkVisibility()).map(e => e.textContent).join()`, ""},
		{"dark paper", `getComputedStyle(document.documentElement).colorScheme`, "light"},
	} {
		got, err := chromedp.Run(ctx, chromedp.Evaluate[string](ask.script))
		if err != nil || got != ask.want {
			t.Errorf("%s: %q, want %q %v", ask.what, got, ask.want, err)
		}
	}
	head, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.querySelector(".paper-head").innerText.replace(/\s+/g, " ")`))
	for _, must := range []string{"Oak Court", "Today", "Printed ", "Chicago time", "by Dana Weiss"} {
		if err != nil || !strings.Contains(head, must) {
			t.Errorf("the sheet's head is %q, want %q in it: %v", head, must, err)
		}
	}
	for name, size := range map[string][2]float64{"Letter": {8.5, 11}, "A4": {8.27, 11.69}} {
		if n := sheets(t, server.URL, size[0], size[1]); n < 3 || n > 9 {
			t.Errorf("62 tasks are %d sheets of %s", n, name)
		}
	}
}

// sheets counts the sheets on which a page is printed.
func sheets(t *testing.T, address string, width, height float64) int {
	t.Helper()
	ctx := pagetest.Browser(t)
	if err := chromedp.Do(ctx, chromedp.Navigate(address+"/")); err != nil {
		t.Fatal(err)
	}
	printed, err := chromedp.Call(ctx, paper.PrintToPDF, paper.PrintToPDFParams{PaperWidth: width, PaperHeight: height})
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Count(printed.Data, []byte("/Type /Page\n"))
}
