package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"hearth"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/base/httpd"
	"hearth/internal/base/page/pagetest"
)

// focused says on what the keyboard stands: the address of a link, or the name of a field, or the words of a button.
const focused = `(() => { const e = document.activeElement; return e === document.body ? "nowhere" : e.getAttribute("href") || e.name || e.textContent.trim(); })()`

// standsOn waits until the keyboard stands on something with these words, for an action draws the page anew.
func standsOn(t *testing.T, ctx context.Context, after, words string) {
	t.Helper()
	at := ""
	for range 60 {
		at, _ = chromedp.Run(ctx, chromedp.Evaluate[string](focused)) // between two pages there is nothing to ask
		if strings.Contains(at, words) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Errorf("after %s the keyboard stands on %q, want %q", after, at, words)
}

// Whoever works by keyboard is never put back to the top of the page: after each action the keyboard stands on the row that is open, and undo
// leads to what it brought back.
func TestAnActionLeavesTheKeyboardInTheList(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := newBench(t, d, clock)
	deskOf(t, b)
	server := httptest.NewServer(httpd.Wrap(b.web, httpd.Options{Log: slog.New(slog.DiscardHandler), Clock: clock}))
	t.Cleanup(server.Close)
	ctx := pagetest.BrowserFor(t, 30*time.Second)
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(server.URL+"/?whose=all&open=tsk_c"), chromedp.KeyEvent("a"), chromedp.WaitVisible(`//div[@class="toast"][contains(., "It is yours now")]`)); err != nil {
		t.Fatalf("take: %v", err)
	}
	standsOn(t, ctx, "a", "open=tsk_c")
	if err := chromedp.Do(ctx, chromedp.Navigate(server.URL+"/?whose=all&open=tsk_a"), chromedp.KeyEvent("h"), chromedp.WaitVisible(`#f-until`), chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(`//div[@class="toast"][contains(., "It sleeps")]`)); err != nil {
		t.Fatalf("later: %v", err)
	}
	standsOn(t, ctx, "h", "open=tsk_b")
	if err := chromedp.Do(ctx, chromedp.KeyEvent("z"), chromedp.WaitVisible(`//div[@class="toast"][contains(., "It is back")]`)); err != nil {
		t.Fatalf("undo: %v", err)
	}
	standsOn(t, ctx, "z", "open=tsk_a")
	if at, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.search`)); err != nil || !strings.Contains(at, "open=tsk_a") || !strings.Contains(at, "whose=all") {
		t.Errorf("undo leads to %q %v, want what it brought back, in the same list", at, err)
	}
}

// What somebody wrote stands in its box again when it was not taken: because the action was refused, because the server could not, because
// nobody answered.
func TestWhatWasNotTakenStandsInItsBox(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := newBench(t, d, clock)
	deskOf(t, b)
	var down atomic.Bool
	server := httptest.NewServer(httpd.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if down.Load() && r.Method == http.MethodPost {
			http.Error(w, "the server has no room", http.StatusServiceUnavailable)
			return
		}
		b.web.ServeHTTP(w, r)
	}), httpd.Options{Log: slog.New(slog.DiscardHandler), Clock: clock}))
	t.Cleanup(server.Close)
	ctx := pagetest.BrowserFor(t, 30*time.Second)
	const box, words = `#f-reason`, "I am on the roof all day"
	open := func() {
		t.Helper()
		if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(server.URL+"/?whose=all&open=tsk_b"), chromedp.Click(`aside details[data-key=g] summary`), chromedp.WaitVisible(box), chromedp.SendKeys(box, words)); err != nil {
			t.Fatal(err)
		}
	}
	stands := func(when, want string) {
		t.Helper()
		if got, err := chromedp.Run(ctx, chromedp.Evaluate[string](`(document.querySelector("`+box+`") || {value: "no box"}).value`)); err != nil || got != want {
			t.Errorf("%s the box holds %q, want %q %v", when, got, want, err)
		}
	}
	down.Store(true)
	open()
	if err := chromedp.Do(ctx, chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(`//body[contains(., "the server has no room")]`)); err != nil {
		t.Fatalf("the server is too busy: %v", err)
	}
	if err := pagetest.Back(ctx, box); err != nil {
		t.Fatalf("back from a busy server: %v", err)
	}
	stands("after going back from a busy server", words)
	down.Store(false)

	ana := server.URL + "/residents/" + b.ana(t) + "?edit=phone"
	if err := chromedp.Do(ctx, chromedp.Navigate(ana), chromedp.WaitVisible(`#f-value`)); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(ctx, chromedp.SendKeys(`#f-value`, "call 12"+kb.Enter), chromedp.WaitVisible(`//div[@class="toast"][contains(., "What you wrote stands in its box.")]`)); err != nil {
		t.Fatalf("refused: %v", err)
	}
	if got, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.querySelector("#f-value").value`)); err != nil || !strings.HasSuffix(got, "call 12") {
		t.Errorf("after it was refused the box holds %q %v", got, err)
	}
}

// Where no stream of news comes through, an open page asks by itself, and who takes the news goes on with what is new.
func TestNewsWithoutAStream(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := newBench(t, d, clock)
	dana := deskOf(t, b)
	server := httptest.NewServer(httpd.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/live" {
			http.Error(w, "no streams here", http.StatusServiceUnavailable)
			return
		}
		b.web.ServeHTTP(w, r)
	}), httpd.Options{Log: slog.New(slog.DiscardHandler), Clock: clock}))
	t.Cleanup(server.Close)
	ctx := pagetest.BrowserFor(t, 30*time.Second)
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(server.URL+"/")); err != nil {
		t.Fatal(err)
	}
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		one, err := b.web.Tasks.Get(t.Context(), tx, "tsk_b")
		if err != nil {
			return err
		}
		return b.web.Tasks.Insert(t.Context(), tx, []task.Task{{ID: "tsk_new", Property: one.Property, Title: "Call the roofer", Role: hearth.RoleManager, Owner: dana, DueAt: tx.Now().Add(time.Hour)}})
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(ctx, chromedp.WaitVisible(`#news-queue`), chromedp.Click(`#news-queue`)); err != nil {
		t.Fatalf("the page did not ask: %v", err)
	}
	standsOn(t, ctx, "taking the news", "open=tsk_new")
}
