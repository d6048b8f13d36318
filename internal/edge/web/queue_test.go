package web

import (
	"context"
	"fmt"
	"html"
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
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/base/httpd"
	"hearth/internal/base/page/pagetest"
	"hearth/internal/base/page/ui"
	"hearth/internal/fact/record"
)

// deskOf makes a manager and further tasks, so that pages are looked at as her.
func deskOf(t testing.TB, b *bench) (manager hearth.StaffID) {
	t.Helper()
	b.web.Open = true
	err := b.web.DB.Write(t.Context(), func(tx *db.Tx) error {
		all, err := b.web.Records.Properties(t.Context(), tx)
		if err != nil {
			return err
		}
		at := all[0].ID
		m, _, err := b.web.Records.PutStaff(t.Context(), tx, record.News{}, record.Staff{Name: "Dana Weiss", Roles: []record.StaffRole{{Property: at, Role: hearth.RoleManager}}})
		if err != nil {
			return err
		}
		manager = m.ID
		return b.web.Tasks.Insert(t.Context(), tx, []task.Task{
			{ID: "tsk_b", Property: at, Title: "Read the roof report", Why: "It came in on Friday.", Role: hearth.RoleManager, Owner: m.ID, DueAt: tx.Now().Add(time.Hour),
				Asks: []task.Ask{{Fact: "finding", Question: "What does it say?"}}, Checklist: []string{"Look at the pictures"}, Context: task.Context{Facts: []task.Fact{{Name: "roof", Value: "2009"}}}},
			{ID: "tsk_c", Property: at, Title: strings.Repeat("Order a very long thing ", 8), Why: strings.Repeat("0123456789abcdef", 12), Role: hearth.RoleManager, DueAt: tx.Now().Add(90 * time.Hour)},
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return manager
}

func (b *bench) post(t *testing.T, path string, form url.Values) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	rec := httptest.NewRecorder()
	b.web.ServeHTTP(rec, r)
	return rec
}

func TestTheQueue(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		manager := deskOf(t, b)
		page := func(path string) string { return b.get(t, path, "").Body.String() }
		first := page("/")
		for _, must := range []string{"Dana", "Ana Ruiz", "Call Ana", "due in 1 h", "Nobody has it yet"} {
			if !strings.Contains(first, must) {
				t.Errorf("%q is missing", must)
			}
		}
		if open := page("/?open=tsk_b"); !strings.Contains(open, "What does it say?") || !strings.Contains(open, "Look at the pictures") {
			t.Error("the open task does not show what it asks and what to do")
		}
		if mine := page("/?whose=mine"); strings.Contains(mine, "Call Ana") || !strings.Contains(mine, "roof report") {
			t.Error("mine shows another's or not mine")
		}
		steps := []struct {
			path string
			form url.Values
			said string
			then func() bool
		}{
			{"/tasks/tsk_a/take", nil, "yours", func() bool { return strings.Contains(page("/?whose=mine"), "Call Ana") }},
			{"/tasks/tsk_b/done", nil, "we need to know", func() bool { return strings.Contains(page("/"), "roof report") }},
			{"/tasks/tsk_b/done", url.Values{"fact.finding": {"It leaks <b>"}}, "Done", func() bool { return !strings.Contains(page("/"), "roof report") }},
			{"/tasks/tsk_b/undone", nil, "Taken back", func() bool { return strings.Contains(page("/"), "roof report") }},
			{"/tasks/tsk_b/snooze", url.Values{"until": {clock.Now().Add(2 * time.Hour).Format(time.RFC3339)}}, "sleeps", func() bool { return strings.Contains(page("/"), "sleeps until") }},
			{"/tasks/tsk_b/wake", nil, "back", func() bool { return !strings.Contains(page("/"), "sleeps until") }},
			{"/tasks/tsk_a/snooze", url.Values{"until": {"workorder.completed"}}, "sleeps", func() bool { return strings.Contains(page("/"), "sleeps until the repair is finished") }},
			{"/tasks/tsk_a/snooze", url.Values{"until": {clock.Now().Add(48*time.Hour).Format(time.RFC3339) + unlessTheyWrite}}, "sleeps", func() bool {
				return strings.Contains(page("/"), "sleeps until Wed 08:00 or until they write")
			}},
			{"/tasks/tsk_a/snooze", url.Values{"until": {"no.such.event"}}, "Say until when", nil},
			{"/tasks/tsk_c/give", url.Values{"to": {string(manager)}}, "Dana Weiss has it now", func() bool { return strings.Contains(page("/?whose=mine"), "Order a very") }},
			{"/tasks/tsk_c/decline", url.Values{"reason": {"no time"}}, "Given back", nil},
			{"/tasks/tsk_zz/take", nil, "no task", nil},
		}
		for _, s := range steps {
			if s.form == nil {
				s.form = url.Values{}
			}
			s.form.Set("back", "/")
			rec := b.post(t, s.path, s.form)
			if rec.Code != http.StatusSeeOther {
				t.Errorf("%s %v: answered %d: %s", s.path, s.form, rec.Code, rec.Body)
				continue
			}
			if got := toastOf(t, rec); !strings.Contains(got, s.said) {
				t.Errorf("%s %v: said %q, want %q", s.path, s.form, got, s.said)
			}
			if s.then != nil && !s.then() {
				t.Errorf("%s %v: the page does not show it", s.path, s.form)
			}
		}
		// Nobody leads elsewhere, and no other site presses buttons.
		if to := b.post(t, "/tasks/tsk_a/wake", url.Values{"back": {"//evil.example/"}}).Header().Get("Location"); to != "/?open=tsk_a" {
			t.Errorf("led to %q", to)
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/tasks/tsk_a/take", nil)
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		rec := httptest.NewRecorder()
		if b.web.ServeHTTP(rec, r); rec.Code != http.StatusForbidden {
			t.Errorf("another site's form: %d", rec.Code)
		}
	})
}

// Two who open the same task see each other, and what the other does with it, without drawing the page anew.
func TestASecondOneAtATaskIsSeen(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		dana := deskOf(t, b)
		var sam hearth.StaffID
		tx := func(fn func(ctx context.Context, tx *db.Tx) error) {
			t.Helper()
			if err := d.Write(t.Context(), func(tx *db.Tx) error { return fn(t.Context(), tx) }); err != nil {
				t.Fatal(err)
			}
		}
		tx(func(ctx context.Context, tx *db.Tx) error {
			all, err := b.web.Records.Properties(ctx, tx)
			if err != nil {
				return err
			}
			m, _, err := b.web.Records.PutStaff(ctx, tx, record.News{}, record.Staff{Name: "Sam Ortiz", Roles: []record.StaffRole{{Property: all[0].ID, Role: hearth.RoleAssistant}}})
			sam = m.ID
			return err
		})
		by := hearth.Actor{Kind: "staff", ID: string(sam), Name: "Sam Ortiz"}
		look := func() string { return b.post(t, "/tasks/tsk_a/look", url.Values{"had": {""}}).Body.String() }
		musts(t, "open", b.get(t, "/?open=tsk_a", "").Body.String(), `hx-post="/tasks/tsk_a/look?had="`, "!has this open too")
		musts(t, "alone", look(), "!open too", "!has it now")
		tx(func(ctx context.Context, tx *db.Tx) error { return b.web.Tasks.Saw(ctx, tx, "tsk_a", sam) })
		musts(t, "both", look(), "Sam Ortiz has this open too.", "!Dana Weiss has")
		musts(t, "drawn", b.get(t, "/?open=tsk_a", "").Body.String(), "Sam Ortiz has this open too.")
		musts(t, "another task", b.get(t, "/?open=tsk_b", "").Body.String(), "!has this open too")
		tx(func(ctx context.Context, tx *db.Tx) error { return b.web.Tasks.Take(ctx, tx, by, "tsk_a") })
		musts(t, "taken", look(), "Sam Ortiz has it now.")
		musts(t, "known when drawn", b.post(t, "/tasks/tsk_a/look", url.Values{"had": {string(sam)}}).Body.String(), "!has it now", "has this open too")
		clock.Advance(task.LookFor + time.Second)
		musts(t, "gone", look(), "!has this open too")
		tx(func(ctx context.Context, tx *db.Tx) error { return b.web.Tasks.DoneSoon(ctx, tx, by, "tsk_a", nil) })
		musts(t, "done", look(), "Sam Ortiz has just said that it is done.")
		if rec := b.post(t, "/tasks/tsk_none/look", nil); rec.Code != http.StatusNotFound {
			t.Errorf("a task that is not there: %d", rec.Code)
		}
		tx(func(ctx context.Context, tx *db.Tx) error { // what is noted goes by itself
			list, err := b.web.Tasks.Looking(ctx, tx, "tsk_a")
			if len(list) != 1 || list[0] != dana {
				t.Errorf("who has it open: %v, want Dana alone", list)
			}
			return err
		})
	})
}

// What changed hands goes back by Undo: whoever took it from somebody gives it back, and whoever gave it away has it again.
func TestATaskGoesBackToWhoHadIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		dana := deskOf(t, b)
		var sam hearth.StaffID
		owner := func() (of hearth.StaffID) {
			t.Helper()
			err := b.web.DB.Read(t.Context(), func(tx *db.Tx) error {
				x, err := b.web.Tasks.Get(t.Context(), tx, "tsk_b")
				of = x.Owner
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return of
		}
		err := b.web.DB.Write(t.Context(), func(tx *db.Tx) error {
			all, err := b.web.Records.Properties(t.Context(), tx)
			if err != nil {
				return err
			}
			m, _, err := b.web.Records.PutStaff(t.Context(), tx, record.News{}, record.Staff{Name: "Sam Ortiz", Roles: []record.StaffRole{{Property: all[0].ID, Role: hearth.RoleLeasing}}})
			sam = m.ID
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		gave := toast(t, b.post(t, "/tasks/tsk_b/give", url.Values{"to": {string(sam)}, "back": {"/"}}))
		if owner() != sam || gave == nil || !strings.HasPrefix(gave.Words, "Sam Ortiz has it now") || gave.Undo == "" {
			t.Fatalf("given to %s: %+v", owner(), gave)
		}
		back := b.post(t, gave.Undo, url.Values{"back": {"/?open=tsk_a&whose=all"}})
		if owner() != dana || toast(t, back) == nil {
			t.Errorf("undone, it is with %s: %s", owner(), toastOf(t, back))
		}
		if at := back.Header().Get("Location"); at != "/?open=tsk_b&whose=all" {
			t.Errorf("undo leads to %s and not to the row that came back", at)
		}
		b.post(t, "/tasks/tsk_b/give", url.Values{"to": {string(sam)}, "back": {"/"}})
		took := toast(t, b.post(t, "/tasks/tsk_b/take", url.Values{"back": {"/"}}))
		if owner() != dana || took == nil || took.Undo == "" {
			t.Fatalf("taken, it is with %s: %+v", owner(), took)
		}
		if b.post(t, took.Undo, url.Values{"back": {"/"}}); owner() != sam {
			t.Errorf("undone, it is with %s", owner())
		}
		first := toast(t, b.post(t, "/tasks/tsk_c/take", url.Values{"back": {"/"}}))
		if first == nil || first.Undo == "" {
			t.Fatalf("what nobody had can't be put back: %+v", first)
		}
		b.post(t, first.Undo, url.Values{"back": {"/"}})
		err = b.web.DB.Read(t.Context(), func(tx *db.Tx) error {
			x, err := b.web.Tasks.Get(t.Context(), tx, "tsk_c")
			if x.Owner != "" || x.State != task.Open {
				t.Errorf("put back, it is with %q and %s", x.Owner, x.State)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// What is settled leads to the next in the list that somebody looks at, and what could not be done stays open.
func TestDoneLeadsToTheNext(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := newBench(t, d, clock)
	dana, web := deskOf(t, b), b.web
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		one, err := web.Tasks.Get(t.Context(), tx, "tsk_b")
		if err != nil {
			return err
		}
		var more []task.Task
		for i, id := range []hearth.TaskID{"tsk_m1", "tsk_m2"} {
			more = append(more, task.Task{ID: id, Property: one.Property, Title: "Call the roofer", Role: hearth.RoleManager, Owner: dana, DueAt: tx.Now().Add(time.Duration(2+i) * time.Hour)})
		}
		return web.Tasks.Insert(t.Context(), tx, more)
	})
	if err != nil {
		t.Fatal(err)
	}
	open := func(id string) string {
		body := b.get(t, "/?whose=mine&open="+id, "").Body.String()
		m := regexp.MustCompile(`name="next" value="([^"]+)"`).FindStringSubmatch(body)
		if m == nil {
			t.Fatalf("nothing comes after %s: %s", id, body)
		}
		return html.UnescapeString(m[1])
	}
	for id, next := range map[string]string{"tsk_b": "/?open=tsk_m1&whose=mine", "tsk_m1": "/?open=tsk_m2&whose=mine", "tsk_c": "/?open=tsk_m2&whose=mine"} {
		if got := open(id); got != next {
			t.Errorf("after %s comes %s, want %s", id, got, next)
		}
	}
	form := url.Values{"back": {"/?open=tsk_b&whose=mine"}, "next": {open("tsk_b")}}
	if at := b.post(t, "/tasks/tsk_b/done", form).Header().Get("Location"); at != "/?open=tsk_b&whose=mine" {
		t.Errorf("what still asks something leads away to %s", at)
	}
	form.Set("fact.finding", "It leaks")
	if at := b.post(t, "/tasks/tsk_b/done", form).Header().Get("Location"); at != "/?open=tsk_m1&whose=mine" {
		t.Errorf("done leads to %s", at)
	}
	form = url.Values{"back": {"/"}, "next": {"//evil.example"}, "until": {"message.received"}}
	if at := b.post(t, "/tasks/tsk_a/snooze", form).Header().Get("Location"); at != "/" {
		t.Errorf("led elsewhere: %s", at)
	}
}

// toastOf reads what an answer says was done.
func toastOf(t *testing.T, rec *httptest.ResponseRecorder) string {
	t.Helper()
	if said := toast(t, rec); said != nil {
		return said.Words
	}
	return ""
}

// toast reads what an answer says was done, with the way back.
func toast(t *testing.T, rec *httptest.ResponseRecorder) *ui.Toast {
	t.Helper()
	for _, c := range rec.Result().Cookies() {
		if c.Name == saidCookie {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
			r.AddCookie(c)
			return heard(httptest.NewRecorder(), r)
		}
	}
	return nil
}

func TestTheQueueInTheBrowser(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := newBench(t, d, clock)
	deskOf(t, b)
	server := httptest.NewServer(httpd.Wrap(b.web, httpd.Options{Log: slog.New(slog.DiscardHandler), Clock: clock}))
	t.Cleanup(server.Close)
	ctx := pagetest.Browser(t)
	for _, path := range []string{"/", "/gallery", "/places"} {
		for _, s := range []pagetest.Screen{{Width: 320, Height: 700}, {Width: 768, Height: 900, Dark: true}, {Width: 1280, Height: 900}, {Width: 1280, Height: 900, Dark: true}} {
			name := fmt.Sprintf("queue-%s-%d-%v", strings.Trim(path, "/"), s.Width, s.Dark)
			sight := pagetest.Look(t, ctx, server.URL+path, s, name)
			if sight.Overflow > 0 || len(sight.Elements) > 0 || len(sight.Elsewhere) > 0 || len(sight.Faults) > 0 {
				t.Errorf("%s: %d px too wide, %v stick out, asks %v, faults %v", name, sight.Overflow, sight.Elements, sight.Elsewhere, sight.Faults)
			}
			for _, fault := range pagetest.Audit(t, ctx) {
				t.Errorf("%s: %s", name, fault)
			}
		}
	}
	byKeyboard(t, ctx, server.URL)
	byThumb(t, ctx, server.URL)
}

// byThumb opens a row on a phone, where what is open stands below the list: one is taken there.
func byThumb(t *testing.T, ctx context.Context, address string) {
	t.Helper()
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(390, 600), chromedp.Navigate(address+"/"), chromedp.Click(`[data-id="tsk_c"] a.cover`), chromedp.WaitVisible(`//aside//h2[contains(., "Order a very")]`)); err != nil {
		t.Fatalf("open a row on a phone: %v", err)
	}
	top := 0.0
	for range 50 {
		var err error
		if top, err = chromedp.Run(ctx, chromedp.Evaluate[float64](`document.querySelector("#beside").getBoundingClientRect().top`)); err != nil {
			t.Fatal(err)
		}
		if top >= 0 && top < 300 {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("what was opened stands %v px down on a screen of 600", top)
}

// byKeyboard does the day's work without a mouse: down, open, answer, done, undo.
func byKeyboard(t *testing.T, ctx context.Context, address string) {
	t.Helper()
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(address+"/"), chromedp.KeyEvent("j"), chromedp.WaitVisible(`//aside//h2[contains(., "roof report")]`),
		chromedp.SendKeys(`[name="fact.finding"]`, "It leaks."+kb.Escape), chromedp.KeyEvent("e"), chromedp.WaitVisible(`//div[@class="toast"][contains(., "Done")]`)); err != nil {
		t.Fatalf("done by keyboard: %v", err)
	}
	if err := chromedp.Do(ctx, chromedp.KeyEvent("z"), chromedp.WaitVisible(`//div[@class="toast"][contains(., "Taken back")]`), chromedp.KeyEvent("?"), chromedp.WaitVisible(`#keys[open]`)); err != nil {
		t.Fatalf("undone by keyboard: %v", err)
	}
}

// What came to whoever is on call in the night stands first for them, though it is due on the next working day; what waits for their next shift does not.
func TestTheNightStandsFirst(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := newBench(t, d, clock)
	manager := deskOf(t, b)
	night := time.Date(2026, 3, 1, 5, 0, 0, 0, time.UTC) // Saturday, 23:00 in Chicago
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		all, err := b.web.Records.Properties(t.Context(), tx)
		if err != nil {
			return err
		}
		of := task.Task{Property: all[0].ID, Role: hearth.RoleManager, Owner: manager, DueAt: tx.Now().Add(90 * time.Hour), Made: night}
		urgent, calm := of, of
		urgent.ID, urgent.Title, urgent.NotifyAt = "tsk_n", "Water pours down", night
		calm.ID, calm.Title, calm.NotifyAt = "tsk_m", "Read a letter", night.Add(34*time.Hour)
		return b.web.Tasks.Insert(t.Context(), tx, []task.Task{urgent, calm})
	})
	if err != nil {
		t.Fatal(err)
	}
	err = d.Write(t.Context(), func(tx *db.Tx) error { // nobody's, made in the night, and given away by hand in the morning
		x, err := b.web.Tasks.Get(t.Context(), tx, "tsk_n")
		if err != nil {
			return err
		}
		x.ID, x.Title, x.Owner = "tsk_g", "Order a new sign", ""
		if err := b.web.Tasks.Insert(t.Context(), tx, []task.Task{x}); err != nil {
			return err
		}
		return b.web.Tasks.Give(t.Context(), tx, hearth.Actor{Kind: "staff", ID: string(manager), Name: "Dana Weiss"}, "tsk_g", manager)
	})
	if err != nil {
		t.Fatal(err)
	}
	page := b.get(t, "/", "").Body.String()
	now, waiting := strings.Index(page, `aria-label="Now"`), strings.Index(page, `aria-label="Waiting"`)
	if at := strings.Index(page, "Water pours down"); at < now || at > waiting {
		t.Errorf("the urgent thing stands at %d, now is at %d and waiting at %d", at, now, waiting)
	}
	if at := strings.Index(page, "Order a new sign"); at < waiting {
		t.Errorf("what was given away by hand is no news of the night; it stands at %d, waiting at %d", at, waiting)
	}
	if at := strings.Index(page, "Read a letter"); at < waiting {
		t.Errorf("what waits for the morning stands at %d, waiting at %d", at, waiting)
	}
}
