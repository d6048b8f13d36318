package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/base/httpd"
	"hearth/internal/base/page/pagetest"
	"hearth/internal/base/page/ui"
)

// boxHolds says what stands in a box.
func boxHolds(t *testing.T, ctx context.Context, when, box, want string) {
	t.Helper()
	got, err := chromedp.Run(ctx, chromedp.Evaluate[string](`(document.querySelector("`+box+`") || {value: "no box"}).value`))
	if err != nil || got != want {
		t.Errorf("%s the box %s holds %q, want %q %v", when, box, got, want, err)
	}
}

// Several forms of a page go to the same address. What was written in one of them never comes back in another.
func TestWordsComeBackInTheirOwnForm(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := newBench(t, d, clock)
	deskOf(t, b)
	line := func(n int) ImportLine {
		return ImportLine{Line: n, What: "Somebody", Reason: "not a number", Fields: []ImportField{{Name: "phone", Value: "none"}}}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /imports/imp_a", func(w http.ResponseWriter, r *http.Request) {
		ctx := templ.WithChildren(r.Context(), importWrong(ImportDraft{ID: "imp_a", Wrongs: []ImportProblem{{Why: "not a number", Rows: []ImportLine{line(3), line(7)}}}}))
		if err := ui.Workspace(ui.Frame{Title: "Import"}).Render(ctx, w); err != nil {
			t.Error(err)
		}
	})
	mux.HandleFunc("POST /", func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "the server has no room", http.StatusServiceUnavailable)
	})
	mux.Handle("/", b.web)
	server := httptest.NewServer(httpd.Wrap(mux, httpd.Options{Log: slog.New(slog.DiscardHandler), Clock: clock}))
	t.Cleanup(server.Close)
	ctx := pagetest.BrowserFor(t, 60*time.Second)
	sent := func(path, box, words string) {
		t.Helper()
		if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(server.URL+path), chromedp.WaitReady(box),
			chromedp.Evaluate[chromedp.Void](`document.querySelector("`+box+`").closest("details").open = true`), chromedp.WaitVisible(box), chromedp.SendKeys(box, words+kb.Enter),
			chromedp.WaitVisible(`//body[contains(., "the server has no room")]`)); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if err := pagetest.Back(ctx, box); err != nil {
			t.Fatalf("back to %s: %v", path, err)
		}
	}
	sent("/imports/imp_a", "#c7phone", " 608")
	boxHolds(t, ctx, "after line 7 was refused", "#c3phone", "none")
	boxHolds(t, ctx, "after line 7 was refused", "#c7phone", " 608none")
	sent("/residents/"+b.ana(t), "#f-note", "She was out")
	boxHolds(t, ctx, "after a talk was refused", "#f-note", "She was out")
}

// After an action with the mouse a list takes in what others end.
func TestAListTakesInWhatOthersEnd(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := newBench(t, d, clock)
	dana := deskOf(t, b)
	server := httptest.NewServer(httpd.Wrap(b.web, httpd.Options{Log: slog.New(slog.DiscardHandler), Clock: clock}))
	t.Cleanup(server.Close)
	defer server.CloseClientConnections()
	stop := watching(t, &deskRoom{bench: b})
	defer stop()
	ctx := pagetest.BrowserFor(t, 40*time.Second)
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(server.URL+"/?whose=all&open=tsk_c"), chromedp.Click(`aside button[data-key=a]`), chromedp.WaitVisible(`//div[@class="toast"][contains(., "It is yours now")]`)); err != nil {
		t.Fatalf("take: %v", err)
	}
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		return b.web.Tasks.Done(t.Context(), tx, hearth.Actor{Kind: "staff", ID: string(dana), Name: "Dana Weiss"}, "tsk_b", map[string]string{"finding": "It holds"})
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(ctx, chromedp.WaitNotPresent(`li[data-id=tsk_b]`)); err != nil {
		t.Fatalf("what somebody else ended stays in the list: %v", err)
	}
}

// What a form kept in the browser is its writer's: somebody else who signs in there does not find it, and nothing stays after a sign-out.
func TestKeptWordsAreTheirWritersAlone(t *testing.T) {
	h := newHouse(t, nil)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			http.Error(w, "the server has no room", http.StatusServiceUnavailable)
			return
		}
		h.handler.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	ctx := pagetest.BrowserFor(t, 60*time.Second)
	as := func(role hearth.Role) chromedp.Action[chromedp.Void] {
		value := h.session(role)
		return chromedp.Func(func(ctx context.Context, to *chromedp.Target) error {
			_, err := cdp.Call(ctx, to, network.SetCookie, network.SetCookieParams{Name: "hearth", Value: value, URL: server.URL})
			return err
		})
	}
	at, box := server.URL+"/residents/"+string(h.ana), "#f-note"
	refused := func() {
		t.Helper()
		if err := chromedp.Do(ctx, chromedp.Navigate(at), chromedp.WaitReady(box), chromedp.Evaluate[chromedp.Void](`document.querySelector("`+box+`").closest("details").open = true`),
			chromedp.WaitVisible(box), chromedp.SendKeys(box, "She is worried about her son"+kb.Enter), chromedp.WaitVisible(`//body[contains(., "the server has no room")]`)); err != nil {
			t.Fatal(err)
		}
	}
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900), as(hearth.RoleManager)); err != nil {
		t.Fatal(err)
	}
	refused()
	if err := pagetest.Back(ctx, box); err != nil {
		t.Fatal(err)
	}
	boxHolds(t, ctx, "for who wrote it", box, "She is worried about her son")
	refused()
	if err := chromedp.Do(ctx, as(hearth.RoleAssistant)); err != nil {
		t.Fatal(err)
	}
	if err := pagetest.Back(ctx, box); err != nil {
		t.Fatal(err)
	}
	boxHolds(t, ctx, "for somebody else", box, "")
	kept := `(sessionStorage.getItem("did") || "nothing")`
	if got, err := chromedp.Run(ctx, chromedp.Evaluate[string](kept)); err != nil || got != "nothing" {
		t.Errorf("somebody else's page keeps %s %v", got, err)
	}
	refused()
	if err := chromedp.Do(ctx, chromedp.Navigate(server.URL+"/units"), chromedp.Click(`.sidebar a[href="/sign-out"]`), chromedp.WaitVisible(`form[action="/sign-out"]`)); err != nil {
		t.Fatal(err)
	}
	if got, err := chromedp.Run(ctx, chromedp.Evaluate[string](kept)); err != nil || got != "nothing" {
		t.Errorf("whoever signs out leaves %s %v", got, err)
	}
}
