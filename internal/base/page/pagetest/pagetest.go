// Package pagetest looks at pages in a real browser, for tests: whether they fit the screen, what they load and what
// they say. It starts the Chromium that is installed and stops it with the test; it downloads nothing.
package pagetest

import (
	"context"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// Browser starts a browser for the length of the test, two minutes at most. It fails the test with what to install if there is none.
func Browser(t testing.TB) context.Context { return BrowserFor(t, 2*time.Minute) }

// BrowserFor starts a browser for a test that may take longer.
func BrowserFor(t testing.TB, most time.Duration) context.Context {
	t.Helper()
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program(t)), chromedp.UserDataDir(t.TempDir()),
		// Without these it looks for its maker's hosts at every start.
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("disable-quic", true), chromedp.Flag("no-first-run", true),
		// A page that is put back from the browser's memory comes with another target, which what waits for it does not see.
		chromedp.Flag("disable-features", "Translate,BlinkGenPropertyTrees,BackForwardCache"),
		chromedp.Flag("disable-gpu", true), chromedp.Flag("disable-dev-shm-usage", true))
	if os.Geteuid() == 0 {
		opts = append(opts, chromedp.NoSandbox) // it refuses to run as root otherwise
	}
	ctx, stop := context.WithTimeout(context.Background(), most)
	t.Cleanup(stop)
	ctx, stopAllocator := chromedp.NewExecAllocator(ctx, opts...)
	t.Cleanup(stopAllocator)
	ctx, stopBrowser := chromedp.NewContext(ctx)
	t.Cleanup(stopBrowser)
	// The browser lives as long as the context that it was started with: this one, not that of the first look.
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatalf("start the browser: %v", err)
	}
	return ctx
}

// Back goes to the page before, which has sign on it, and waits until it is loaded. The page itself is told to go: the
// browser's own command counts from the last page that the browser knows of, and a page shows its words a moment before that.
// It goes once it has answered: who gets no answer asks the next page too, which would go back as well.
func Back(ctx context.Context, sign string) error {
	return chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](`void setTimeout(() => history.back(), 100)`), chromedp.WaitReady(sign),
		chromedp.Evaluate[chromedp.Void](`new Promise(loaded => document.readyState === "complete" ? loaded() : addEventListener("load", () => loaded()))`, chromedp.EvalAwaitPromise))
}

func program(t testing.TB) string {
	t.Helper()
	names := []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"}
	if name := os.Getenv("HEARTH_TEST_CHROMIUM"); name != "" {
		names = []string{name}
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatal("The tests of pages need Chromium: run scripts/setup.sh test, or name one in HEARTH_TEST_CHROMIUM.")
	return ""
}

// Screen is what a page is looked at on.
type Screen struct {
	Width, Height int64 // in CSS pixels
	Dark          bool
}

// Sight is what was seen.
type Sight struct {
	Text      string   // what the page says
	Overflow  int      // pixels by which it is wider than the screen
	Elements  []string // what sticks out, as tag.class
	Elsewhere []string // addresses at other hosts that it asked for
	Paper     string   // the background colour
	Faults    []string // what the browser complained of: errors of scripts, what the page's own policy refused
}

// Look opens address on the screen. With HEARTH_TEST_SHOTS set to a directory it leaves a picture there under name.
func Look(t testing.TB, ctx context.Context, address string, s Screen, name string) Sight {
	t.Helper()
	ctx, done := context.WithCancel(ctx) // ends the listening, not the browser
	defer done()
	var sight Sight
	elsewhere, faults := asked(t, ctx, address), complaints(t, ctx)
	scheme := "light"
	if s.Dark {
		scheme = "dark"
	}
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}); err != nil {
		t.Fatalf("set the colour scheme: %v", err)
	}
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(s.Width, s.Height), chromedp.Navigate(address)); err != nil {
		t.Fatalf("open %s: %v", address, err)
	}
	for _, ask := range []struct {
		script string
		into   any
	}{
		{`document.body.innerText`, &sight.Text},
		{`getComputedStyle(document.body).backgroundColor`, &sight.Paper},
		{`document.documentElement.scrollWidth - document.documentElement.clientWidth`, &sight.Overflow},
		{`[...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.table, pre')).map(e => e.tagName + '.' + e.className)`, &sight.Elements},
	} {
		evaluate(t, ctx, ask.script, ask.into)
	}
	sight.Elsewhere, sight.Faults = elsewhere(), faults()
	Picture(t, ctx, name)
	return sight
}

func evaluate(t testing.TB, ctx context.Context, script string, into any) {
	t.Helper()
	var err error
	switch into := into.(type) {
	case *string:
		*into, err = chromedp.Run(ctx, chromedp.Evaluate[string](script))
	case *int:
		*into, err = chromedp.Run(ctx, chromedp.Evaluate[int](script))
	case *[]string:
		*into, err = chromedp.Run(ctx, chromedp.Evaluate[[]string](script))
	}
	if err != nil {
		t.Fatalf("ask the page %s: %v", script, err)
	}
}

// asked collects the requests to other hosts than the page's own.
func asked(t testing.TB, ctx context.Context, address string) func() []string {
	t.Helper()
	home, err := url.Parse(address)
	if err != nil {
		t.Fatalf("%s is no address: %v", address, err)
	}
	var mu sync.Mutex
	var out []string
	err = chromedp.Listen(ctx, func(ev any) {
		sent, ok := ev.(*network.EventRequestWillBeSent)
		if !ok {
			return
		}
		if u, err := url.Parse(sent.Request.URL); err == nil && u.Scheme != "data" && u.Host != home.Host {
			mu.Lock()
			out = append(out, sent.Request.URL)
			mu.Unlock()
		}
	})
	if err != nil {
		t.Fatalf("listen to requests: %v", err)
	}
	return func() []string {
		mu.Lock()
		defer mu.Unlock()
		return out
	}
}

// Picture leaves a picture of the whole page under name in the directory that HEARTH_TEST_SHOTS is set to, if it is.
func Picture(t testing.TB, ctx context.Context, name string) {
	t.Helper()
	dir := os.Getenv("HEARTH_TEST_SHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644)
	}
	if err != nil {
		t.Fatalf("take a picture of %s: %v", name, err)
	}
}
