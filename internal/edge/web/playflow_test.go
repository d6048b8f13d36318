package web

import (
	"log/slog"
	"net/http/httptest"
	"testing"

	"github.com/chromedp/chromedp"

	"hearth/internal/base/dbtest"
	"hearth/internal/base/httpd"
	"hearth/internal/base/page/pagetest"
	"hearth/internal/decide/playbook"
)

// A long playbook's picture is whole: it is drawn as narrow as its letters allow, and one that is wider still moves within its box and says so.
func TestALongPictureIsWhole(t *testing.T) {
	arms := func(n int) flow {
		lines := []playbook.Line{{What: "If it is so"}}
		for range n - 1 {
			lines = append(lines, playbook.Line{What: "Otherwise, if"})
		}
		return drawFlow(lines)
	}
	if three, five := arms(3), arms(5); three.Wide || !five.Wide {
		t.Errorf("three arms are %s wide and five %s: told as too wide: %v, %v", three.Width, five.Width, three.Wide, five.Wide)
	}
	d, clock := dbtest.SQLite(t)
	b := newBench(t, d, clock)
	playsOf(t, b)
	server := httptest.NewServer(httpd.Wrap(b.web, httpd.Options{Log: slog.New(slog.DiscardHandler), Clock: clock}))
	t.Cleanup(server.Close)
	b.web.Open = true
	ctx := pagetest.Browser(t)
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(server.URL+"/playbooks/renew"), chromedp.WaitVisible(".flow")); err != nil {
		t.Fatal(err)
	}
	// As if it were a long one: three arms beside each other take 676 px.
	over, err := chromedp.Run(ctx, chromedp.Evaluate[float64](`(() => { const f = document.querySelector('.flow'), s = f.closest('.scroll'); f.setAttribute('width', 700); f.setAttribute('viewBox', '0 0 700 400'); return s.scrollWidth - s.clientWidth })()`))
	if err != nil || over > 0 {
		t.Errorf("a picture of 700 px is cut by %v: %v", over, err)
	}
}
