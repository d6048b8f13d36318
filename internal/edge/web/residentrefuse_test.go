package web

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/base/httpd"
	"hearth/internal/base/page/pagetest"
	"hearth/internal/fact/consent"
)

// The team records on a resident's page what they were told, sees it there and in the list of who wants no more, and takes it back.
func TestARefusalThatTheTeamWasTold(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		deskOf(t, b)
		b.web.Consent = consent.New(b.web.Log)
		at := "/residents/" + string(anaOf(t, b))
		day := regexp.MustCompile(`id="f-day"[^>]*value="([^"]+)"`).FindStringSubmatch(b.get(t, at, "").Body.String())
		if day == nil {
			t.Fatal("the form does not begin with today")
		}
		today := day[1]
		form := func(what, how, day string) url.Values {
			return url.Values{"what": {what}, "how": {how}, "day": {day}, "words": {"I have had <enough> of it"}}
		}
		for _, c := range []struct{ what, shown string }{{noTexts, "Everything by text"}, {noMarketing, "What they can do without by any way"}, {noNothing, "Everything by any way"}} {
			clock.Advance(time.Minute)
			rec := b.post(t, at+"/refuse", form(c.what, "said so in person", today))
			if said := toastOf(t, rec); rec.Code != http.StatusSeeOther || !strings.Contains(said, "Recorded.") {
				t.Fatalf("%s: %d %q %s", c.what, rec.Code, said, rec.Body)
			}
			for path, musts := range map[string][]string{at: {c.shown, "They said so in person", "recorded by Dana Weiss", "I have had &lt;enough&gt; of it"}, "/residents/refused": {c.shown, "recorded by Dana Weiss"}} {
				body := b.get(t, path, "").Body.String()
				for _, must := range musts {
					if !strings.Contains(body, must) {
						t.Errorf("%s: %q does not stand at %s", c.what, must, path)
					}
				}
			}
			found := regexp.MustCompile(`action="(/residents/[^"]+/unrefuse\?at=\d+)"`).FindStringSubmatch(b.get(t, at, "").Body.String())
			if found == nil {
				t.Fatalf("%s can't be taken back", c.what)
			}
			if said := toastOf(t, b.post(t, found[1], nil)); !strings.Contains(said, "Taken back") {
				t.Errorf("%s: %q", c.what, said)
			}
			if strings.Contains(b.get(t, at, "").Body.String(), c.shown) || !strings.Contains(b.get(t, "/residents/refused", "").Body.String(), "Nobody has refused anything") {
				t.Errorf("%s still stands after it was taken back", c.what)
			}
			if rec := b.post(t, found[1], nil); rec.Code != http.StatusUnprocessableEntity {
				t.Errorf("taken back twice: %d", rec.Code)
			}
		}
		for _, wrong := range []url.Values{form("", "said so in person", today), form(noTexts, "dreamt", today), form(noTexts, "said so in person", ""), form(noTexts, "said so in person", "2099-01-01"),
			form(noTexts, "said so in person", "1999-01-01")} {
			if rec := b.post(t, at+"/refuse", wrong); rec.Code != http.StatusUnprocessableEntity {
				t.Errorf("%v: %d", wrong, rec.Code)
			}
		}
	})
}

func TestARefusalInTheBrowser(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := newBench(t, d, clock)
	deskOf(t, b)
	b.web.Consent = consent.New(b.web.Log)
	at := "/residents/" + string(anaOf(t, b))
	server := httptest.NewServer(httpd.Wrap(b.web, httpd.Options{Log: slog.New(slog.DiscardHandler), Clock: clock}))
	t.Cleanup(server.Close)
	ctx := pagetest.Browser(t)
	look := func(name string) {
		t.Helper()
		for _, s := range []pagetest.Screen{{Width: 390, Height: 844}, {Width: 1280, Height: 900}, {Width: 1280, Height: 900, Dark: true}} {
			sight := pagetest.Look(t, ctx, server.URL+at, s, fmt.Sprintf("%s-%d-%t", name, s.Width, s.Dark))
			if sight.Overflow > 0 || len(sight.Elements) > 0 || len(sight.Faults) > 0 {
				t.Errorf("%s: %d px too wide, %v stick out, faults %v", name, sight.Overflow, sight.Elements, sight.Faults)
			}
			if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.querySelector('#refuses').closest('section').querySelector('details').open = true`)); err != nil {
				t.Fatal(err)
			}
			for _, fault := range pagetest.Audit(t, ctx) {
				t.Errorf("%s: %s", name, fault)
			}
		}
	}
	look("refuse")
	if chosen, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`!!document.querySelector('input[name=what]:checked')`)); err != nil || chosen {
		t.Errorf("what they want no more of is chosen before anybody said it (%v)", err)
	}
	const summary = `//summary[contains(., "They told us")]`
	// By keyboard: open, down to the second choice, on through the form with the tabulator, and send it.
	short, end := context.WithTimeout(ctx, 15*time.Second)
	defer end()
	if err := chromedp.Do(short, chromedp.Navigate(server.URL+at), chromedp.WaitVisible(summary), chromedp.Focus(summary), chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(`input[name=what][value=texts]`),
		chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(kb.ArrowDown), chromedp.Focus(`#f-words`), chromedp.KeyEvent("at the office"), chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(kb.Enter),
		chromedp.WaitVisible(`//p[contains(., "What they can do without by any way")]`)); err != nil {
		t.Fatalf("by keyboard: %v", err)
	}
	look("refused")
	// By mouse: take it back.
	if err := chromedp.Do(ctx, chromedp.Navigate(server.URL+at), chromedp.Click(`//button[contains(., "Take it back")]`), chromedp.WaitVisible(`//*[contains(., "Taken back. What they said before")]`)); err != nil {
		t.Fatalf("by mouse: %v", err)
	}
	if body := b.get(t, at, "").Body.String(); strings.Contains(body, "Take it back") {
		t.Error("it still stands")
	}
}
