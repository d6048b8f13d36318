package web

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"hearth/internal/base/dbtest"
	"hearth/internal/base/httpd"
	"hearth/internal/base/page/pagetest"
	"hearth/internal/decide/assign"
)

func TestInsightInTheBrowser(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := newBench(t, d, clock)
	playsOf(t, b)
	insightOf(t, b, 12)
	b.web.Assign = assign.New(b.web.Records, b.web.Tasks)
	if err := b.web.Engine.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(httpd.Wrap(b.web, httpd.Options{Log: slog.New(slog.DiscardHandler), Clock: clock}))
	t.Cleanup(server.Close)
	ctx := pagetest.Browser(t)
	for n, path := range []string{"/insight", "/insight/rows?figure=repair", "/insight/people", "/insight/team", "/insight/gaps", "/insight/balance"} {
		for _, s := range []pagetest.Screen{{Width: 320, Height: 700}, {Width: 390, Height: 800, Dark: true}, {Width: 1280, Height: 900}, {Width: 1280, Height: 900, Dark: true}} {
			name := fmt.Sprintf("insight-%d-%d-%v", n, s.Width, s.Dark)
			sight := pagetest.Look(t, ctx, server.URL+path, s, name)
			if sight.Overflow > 0 || len(sight.Elements) > 0 || len(sight.Elsewhere) > 0 || len(sight.Faults) > 0 {
				t.Errorf("%s: %d px too wide, %v stick out, asks %v, faults %v", name, sight.Overflow, sight.Elements, sight.Elsewhere, sight.Faults)
			}
			for _, fault := range pagetest.Audit(t, ctx) {
				t.Errorf("%s: %s", name, fault)
			}
		}
	}
	// By keyboard: the numbers behind the first chart are opened, and from a week the rows behind it.
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(server.URL+"/insight"), chromedp.WaitVisible(`//h1[contains(., "Insight")]`),
		chromedp.Focus(`//section[@aria-labelledby="fig-repair"]//summary`), chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(`//section[@aria-labelledby="fig-repair"]//table//a[contains(., "23 February")]`),
		chromedp.Focus(`//section[@aria-labelledby="fig-repair"]//table//a[contains(., "23 February")]`), chromedp.KeyEvent(kb.Enter),
		chromedp.WaitVisible(`//h1[contains(., "Until a repair is done")]`), chromedp.WaitVisible(`//tbody//a[contains(., "Neighbour4")]`)); err != nil {
		t.Fatalf("by keyboard: %v", err)
	}
	// By mouse: a talk is noted from the list, and the limit is changed in place.
	if err := chromedp.Do(ctx, chromedp.Navigate(server.URL+"/insight/people"), chromedp.Click(`//button[@aria-label="I talked with them: Neighbour4 Moss"]`),
		chromedp.WaitVisible(`//div[@class="toast"][contains(., "Noted")]`), chromedp.WaitVisible(`//h2[@id="list-unknown"]`),
		chromedp.SetValue(`//input[@name="lists.unknown_days"]`, "700"), chromedp.Click(`//button[@aria-label="Change the limit: Nobody knows them"]`),
		chromedp.WaitVisible(`//div[@class="toast"][contains(., "The limit is changed")]`), chromedp.WaitVisible(`//section[@aria-labelledby="list-unknown"][contains(., "Somebody of the team met everybody")]`)); err != nil {
		t.Fatalf("by mouse: %v", err)
	}
}

// BenchmarkInsight draws each part of the page over five thousand residents.
func BenchmarkInsight(b *testing.B) {
	d, clock := dbtest.SQLite(b)
	bench := newBench(b, d, clock)
	playsOf(b, bench)
	insightOf(b, bench, 5000)
	bench.web.Assign = assign.New(bench.web.Records, bench.web.Tasks)
	if err := bench.web.Engine.Drain(b.Context()); err != nil {
		b.Fatal(err)
	}
	for _, path := range []string{"/insight", "/insight/rows", "/insight/people", "/insight/team", "/insight/gaps", "/insight/balance"} {
		b.Run(path[1:], func(b *testing.B) {
			var most time.Duration
			for b.Loop() {
				before := b.Elapsed()
				rec := httptest.NewRecorder()
				if bench.web.ServeHTTP(rec, httptest.NewRequestWithContext(b.Context(), http.MethodGet, path, nil)); rec.Code != http.StatusOK {
					b.Fatalf("answered %d", rec.Code)
				}
				most = max(most, b.Elapsed()-before)
			}
			b.ReportMetric(float64(most.Milliseconds()), "ms-most")
		})
	}
}
