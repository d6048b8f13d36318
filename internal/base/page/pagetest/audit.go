package pagetest

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Audit checks the page that is open for what shuts people out (WCAG 2.2, A and AA, by axe-core) and gives each fault with
// the first places where it is.
func Audit(t testing.TB, ctx context.Context) []string {
	t.Helper()
	script, err := os.ReadFile(filepath.Join(top(t), "web", "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatalf("The audit of pages needs axe-core: run scripts/setup.sh test. (%v)", err)
	}
	const ask = `;axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']}).then(r => JSON.stringify(
		r.violations.map(v => v.id + ': ' + v.help + ': ' + v.nodes.slice(0, 3).map(n => n.target.join(' ') + ' ' + (n.any[0] ? n.any[0].message : '')).join(' | '))))`
	answer, err := chromedp.Run(ctx, chromedp.Evaluate[string](string(script)+ask, chromedp.EvalAwaitPromise))
	var out []string
	if err == nil {
		err = json.Unmarshal([]byte(answer), &out)
	}
	if err != nil {
		t.Fatalf("audit the page: %v", err)
	}
	return out
}

// top is the folder of the module.
func top(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	for err == nil {
		if _, missing := os.Stat(filepath.Join(dir, "go.mod")); missing == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			break
		}
		dir = filepath.Dir(dir)
	}
	t.Fatalf("there is no go.mod above the test: %v", err)
	return ""
}

// complaints collects what the browser complains of.
func complaints(t testing.TB, ctx context.Context) func() []string {
	t.Helper()
	var mu sync.Mutex
	var out []string
	add := func(words string) {
		mu.Lock()
		defer mu.Unlock()
		out = append(out, words)
	}
	err := chromedp.Listen(ctx, func(ev any) {
		switch ev := ev.(type) {
		case *runtime.EventExceptionThrown:
			add(ev.ExceptionDetails.Text + " " + ev.ExceptionDetails.URL)
		case *log.EventEntryAdded:
			if ev.Entry.Level == log.EntryLevelError {
				add(ev.Entry.Text + " " + ev.Entry.URL)
			}
		}
	})
	if err != nil {
		t.Fatalf("listen to complaints: %v", err)
	}
	return func() []string {
		mu.Lock()
		defer mu.Unlock()
		return out
	}
}
