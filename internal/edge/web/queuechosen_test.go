package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"hearth"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/base/httpd"
	"hearth/internal/base/page/pagetest"
)

// calmTasks adds tasks of the manager that ask nothing.
func calmTasks(t *testing.T, b *bench, owner hearth.StaffID, ids ...hearth.TaskID) {
	t.Helper()
	err := b.web.DB.Write(t.Context(), func(tx *db.Tx) error {
		one, err := b.web.Tasks.Get(t.Context(), tx, "tsk_b")
		if err != nil {
			return err
		}
		var more []task.Task
		for i, id := range ids {
			more = append(more, task.Task{ID: id, Property: one.Property, Title: "Call roofer " + string(id), Why: "The roof leaks.", Role: hearth.RoleManager, Owner: owner, DueAt: tx.Now().Add(time.Duration(5+i) * time.Hour)})
		}
		return b.web.Tasks.Insert(t.Context(), tx, more)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// taskNow reads a task, with what it is put aside for.
func taskNow(t *testing.T, b *bench, id hearth.TaskID) (x task.Task, a task.Aside) {
	t.Helper()
	err := b.web.DB.Read(t.Context(), func(tx *db.Tx) error {
		var err error
		if x, err = b.web.Tasks.Get(t.Context(), tx, id); err != nil {
			return err
		}
		all, err := b.web.Tasks.Asides(t.Context(), tx, []hearth.TaskID{id})
		a = all[id]
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return x, a
}

// What is chosen is settled in one go: what can't be done stays chosen and says why, and one undo takes all of it back.
func TestSeveralAreSettledInOneGo(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		dana := deskOf(t, b)
		calmTasks(t, b, dana, "tsk_m1", "tsk_m2")
		back := url.Values{"back": {"/?whose=all"}}
		rec := b.post(t, "/tasks/chosen", url.Values{"task": {"tsk_m1", "tsk_b", "tsk_m2", "tsk_gone"}, "do": {"done"}, "back": {"/?whose=all"}})
		said := toast(t, rec)
		if said == nil || !strings.HasPrefix(said.Words, "2 things are done. 2 stay chosen. Read the roof report: Before this task is done") {
			t.Fatalf("said %+v", said)
		}
		at := rec.Header().Get("Location")
		body := b.get(t, at, "").Body.String()
		musts(t, "what stays", body, "It asks first: What does it say?", `value="tsk_b" checked`)
		if strings.Contains(body, `data-id="tsk_m1"`) {
			t.Error("what was done still stands in the list")
		}
		again := b.post(t, said.Undo, back)
		if words := toastOf(t, again); words != "2 things are as they were." {
			t.Errorf("undo said %q", words)
		}
		musts(t, "what came back", b.get(t, again.Header().Get("Location"), "").Body.String(), `data-id="tsk_m1"`, `value="tsk_m2" checked`)

		took := toast(t, b.post(t, "/tasks/chosen", url.Values{"task": {"tsk_a", "tsk_c"}, "do": {"take"}, "back": {"/"}}))
		if x, _ := taskNow(t, b, "tsk_c"); took == nil || x.Owner != dana {
			t.Fatalf("taken, %s has it: %+v", x.Owner, took)
		}
		b.post(t, took.Undo, back)
		if x, _ := taskNow(t, b, "tsk_c"); x.Owner != "" || x.State != task.Open {
			t.Errorf("after undo %q has it, %s", x.Owner, x.State)
		}
		// An event wakes nothing that is about nobody.
		slept := b.post(t, "/tasks/chosen", url.Values{"task": {"tsk_a", "tsk_m1"}, "do": {"later"}, "until": {"message.received"}, "back": {"/"}})
		if _, a := taskNow(t, b, "tsk_a"); a.Kind != task.Asleep {
			t.Error("the resident's task does not sleep")
		}
		musts(t, "the other", b.get(t, slept.Header().Get("Location"), "").Body.String(), "It is about no resident")
		for form, want := range map[string]string{"do=done": "Nothing is chosen", "do=give&task=tsk_m1": "Say who gets them", "do=evil&task=tsk_m1": "Say what to do"} {
			v, err := url.ParseQuery(form + "&back=/")
			if err != nil {
				t.Fatal(err)
			}
			if got := toastOf(t, b.post(t, "/tasks/chosen", v)); !strings.Contains(got, want) {
				t.Errorf("%s: %q", form, got)
			}
		}
		many := url.Values{"do": {"done"}, "back": {"/"}}
		for i := range mostChosen + 1 {
			many.Add("task", "tsk_"+string(rune('A'+i)))
		}
		if got := toastOf(t, b.post(t, "/tasks/chosen", many)); !strings.Contains(got, "At most 40") {
			t.Errorf("too many: %q", got)
		}
	})
}

// The same by keyboard at a desk, and by thumb on a phone.
func TestSeveralInTheBrowser(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := newBench(t, d, clock)
	dana := deskOf(t, b)
	calmTasks(t, b, dana, "tsk_m1", "tsk_m2", "tsk_m3")
	server := httptest.NewServer(httpd.Wrap(b.web, httpd.Options{Log: slog.New(slog.DiscardHandler), Clock: clock}))
	t.Cleanup(server.Close)
	ctx := pagetest.BrowserFor(t, 90*time.Second)
	do := func(what string, acts ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, acts...); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	says := func(words string) chromedp.Action[chromedp.Void] {
		return chromedp.WaitVisible(`//form[@id="chosen-form"][contains(normalize-space(.), "` + words + `")]`)
	}
	said := func(words string) chromedp.Action[chromedp.Void] {
		return chromedp.WaitVisible(`//div[@class="toast"][contains(., "` + words + `")]`)
	}
	do("choose by keyboard", chromedp.EmulateViewport(1280, 900), chromedp.Navigate(server.URL+"/?whose=mine&open=tsk_b"), chromedp.WaitNotVisible("#chosen-form"),
		chromedp.KeyEvent("x"), says("1 chosen"), says("Done with 0 leaves out 1. Read the roof report: It asks first: What does it say?"),
		chromedp.KeyEvent("j"), chromedp.KeyEvent("x"), chromedp.KeyEvent("J", chromedp.KeyModifiers(chromedp.ModifierShift)), says("3 chosen"), says("Done with 2 leaves out 1"))
	do("done by keyboard", chromedp.KeyEvent("e"), said("2 things are done. 1 stays chosen"), says("1 chosen"), chromedp.WaitVisible(`//li[@data-id="tsk_b"][contains(., "It asks first")]`), chromedp.WaitNotPresent(`li[data-id="tsk_m1"]`))
	do("undo by keyboard", chromedp.KeyEvent("z"), said("2 things are as they were"), says("2 chosen"), chromedp.WaitVisible(`li[data-id="tsk_m1"] input:checked`))
	do("later by keyboard", chromedp.KeyEvent("h"), chromedp.WaitVisible(`#chosen-form [name="until"]`), chromedp.KeyEvent(kb.Escape), chromedp.KeyEvent(kb.Escape), chromedp.WaitNotVisible("#chosen-form"))
	do("shift and a click", chromedp.Navigate(server.URL+"/?whose=mine&open=tsk_m1"), chromedp.Click(`li[data-id="tsk_m1"] .pick-sign`), says("1 chosen"),
		chromedp.Evaluate[chromedp.Void](`document.querySelector('li[data-id="tsk_m3"] a.cover').dispatchEvent(new MouseEvent("click", {bubbles: true, cancelable: true, shiftKey: true}))`), says("3 chosen"),
		chromedp.WaitVisible(`//aside//h2[contains(., "tsk_m1")]`))
	do("by thumb", chromedp.EmulateViewport(390, 700, chromedp.EmulateTouch), chromedp.Navigate(server.URL+"/?whose=mine"), chromedp.Click(`li[data-id="tsk_m2"] .pick-sign`), says("1 chosen"),
		// The bar lies over the foot of the list: what is under it is scrolled to.
		chromedp.Evaluate[chromedp.Void](`document.querySelector('li[data-id="tsk_m3"]').scrollIntoView({block: "center"})`), chromedp.Click(`li[data-id="tsk_m3"] .pick-sign`), says("2 chosen"),
		chromedp.Click(`#chosen-form [data-key="e"]`), said("2 things are done"))
	wide, err := chromedp.Run(ctx, chromedp.Evaluate[float64](`document.documentElement.scrollWidth`))
	if err != nil || wide > 390 {
		t.Errorf("the page is %v wide on a phone %v", wide, err)
	}
}

// A key that is held down settles one thing.
func TestAHeldKeySettlesOnce(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := newBench(t, d, clock)
	dana := deskOf(t, b)
	calmTasks(t, b, dana, "tsk_m1", "tsk_m2", "tsk_m3")
	server := httptest.NewServer(httpd.Wrap(b.web, httpd.Options{Log: slog.New(slog.DiscardHandler), Clock: clock}))
	t.Cleanup(server.Close)
	ctx := pagetest.BrowserFor(t, 60*time.Second)
	held := func(again bool) chromedp.Action[chromedp.Void] {
		return chromedp.KeyEvent("e", func(p *input.DispatchKeyEventParams) { p.AutoRepeat = &again })
	}
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(server.URL+"/?whose=mine&open=tsk_m1"), chromedp.WaitReady("#chosen-form"), held(true), chromedp.Sleep(300*time.Millisecond), chromedp.WaitReady(`li[data-id="tsk_m1"]`),
		held(false), chromedp.WaitVisible(`//div[@class="toast"][contains(., "Done")]`), held(true), held(true), chromedp.Sleep(500*time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[hearth.TaskID]task.AsideKind{"tsk_m1": task.Closing, "tsk_m2": ""} {
		if _, a := taskNow(t, b, id); a.Kind != want {
			t.Errorf("%s is %q, want %q", id, a.Kind, want)
		}
	}
}

// A server that is full is asked ever more seldom, and as before once it answers again.
func TestAFullServerIsAskedMoreSeldom(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := newBench(t, d, clock)
	deskOf(t, b)
	var asked atomic.Int32
	mux := http.NewServeMux()
	mux.HandleFunc("/live", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "full", http.StatusServiceUnavailable) })
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Fragment") == "live" && asked.Add(1) < 7 {
			http.Error(w, "full", http.StatusServiceUnavailable)
			return
		}
		b.web.ServeHTTP(w, r)
	})
	server := httptest.NewServer(httpd.Wrap(mux, httpd.Options{Log: slog.New(slog.DiscardHandler), Clock: clock}))
	t.Cleanup(server.Close)
	ctx := pagetest.BrowserFor(t, 60*time.Second)
	// The browser's waits are noted, and are a thousandth as long.
	quick := chromedp.Func(func(ctx context.Context, to *chromedp.Target) error {
		_, err := cdp.Call(ctx, to, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
			Source: `window.waits = []; const real = window.setTimeout; window.setTimeout = (f, ms) => { if (f.name === "ask") { waits.push(Math.round(ms / 10000)); ms /= 100; } return real(f, ms); };`})
		return err
	})
	if err := chromedp.Do(ctx, quick, chromedp.Navigate(server.URL+"/")); err != nil {
		t.Fatal(err)
	}
	var waits string
	for range 200 {
		var err error
		if waits, err = chromedp.Run(ctx, chromedp.Evaluate[string](`waits.join(" ")`)); err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(waits, "12 12 1 1") || strings.HasSuffix(waits, "11 11 1 1") || asked.Load() > 9 {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if !regexp.MustCompile(`^1 1 2 4 [78] 1[12] 1[12] 1 1`).MatchString(waits) {
		t.Errorf("the page waited %s times ten seconds", waits)
	}
}
