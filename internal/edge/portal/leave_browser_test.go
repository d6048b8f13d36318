package portal

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"hearth/internal/base/dbtest"
	"hearth/internal/base/page/pagetest"
)

// elsewhere answers for the page that the quick exit leads to, since a test asks nobody outside.
func elsewhere(t *testing.T, ctx context.Context) {
	t.Helper()
	err := chromedp.Listen(ctx, func(ev any) {
		p, ok := ev.(*fetch.EventRequestPaused)
		if !ok {
			return
		}
		go func() {
			_, _ = chromedp.Call(ctx, fetch.FulfillRequest, fetch.FulfillRequestParams{RequestID: p.RequestID, ResponseCode: 200, Body: []byte("<p id=weather>Weather</p>")})
		}()
	})
	if err == nil {
		_, err = chromedp.Call(ctx, fetch.Enable, fetch.EnableParams{Patterns: []*fetch.RequestPattern{{URLPattern: neutral + "*"}}})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Esc three times quickly leaves: it is said after each what comes, the session is over, and the way back leads past the page. Slowly it does nothing. Without scripts the link leaves.
func TestLeavingByKeyboard(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	r := newRig(t, d, clock)
	server := httptest.NewServer(r.handler)
	defer server.Close()
	ctx := pagetest.Browser(t)
	elsewhere(t, ctx)
	r.comeIn(ctx, server.URL)
	does(t, ctx, "two pages", chromedp.Navigate(server.URL+"/home/enter"), chromedp.Navigate(server.URL+"/home/messages"), chromedp.WaitVisible(`#f-words`), chromedp.Focus(`#f-words`), chromedp.KeyEvent(kb.Escape))
	said := func(want string) {
		t.Helper()
		if got, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.getElementById('leave-said').textContent`)); err != nil || got != want {
			t.Errorf("it is said %q (%v), want %q", got, err, want)
		}
	}
	said("Leave? Press Esc two more times.")
	does(t, ctx, "again", chromedp.KeyEvent(kb.Escape))
	said("Leave? Press Esc once more.")
	does(t, ctx, "too slow", chromedp.Sleep(2200*time.Millisecond))
	said("")
	does(t, ctx, "once", chromedp.KeyEvent(kb.Escape))
	said("Leave? Press Esc two more times.")
	does(t, ctx, "thrice", chromedp.KeyEvent(kb.Escape), chromedp.KeyEvent(kb.Escape), chromedp.WaitVisible(`p#weather`))
	does(t, ctx, "back", chromedp.NavigateBack())
	if at, err := chromedp.Run(ctx, chromedp.Location()); err != nil || strings.Contains(at, "/home/messages") {
		t.Errorf("the way back leads to %s (%v)", at, err)
	}
	does(t, ctx, "come again", chromedp.Navigate(server.URL+"/home/messages"), chromedp.WaitVisible(`#f-address`))
	if _, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	r.comeIn(ctx, server.URL)
	does(t, ctx, "without scripts", chromedp.Navigate(server.URL+"/home"), chromedp.Click(`a[href="/home/leave"]`), chromedp.WaitVisible(`p#weather`))
}

// What residents' pages ask of a browser beyond words and colours stays under 20 kB, packed as it is sent.
func TestScriptsAreSmall(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	r := newRig(t, d, clock)
	sum := 0
	for _, name := range []string{"portal.js", "passkey.js"} {
		rec := r.stranger().get(asset(name))
		if rec.Code != http.StatusOK {
			t.Fatalf("%s answers %d", name, rec.Code)
		}
		sum += packed(t, rec.Body.Bytes())
	}
	if sum > 20<<10 {
		t.Errorf("the scripts are %d bytes", sum)
	}
	t.Logf("the scripts are %d bytes packed", sum)
}
