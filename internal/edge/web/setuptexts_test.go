package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
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
	"hearth/internal/decide/desk"
	"hearth/internal/decide/desk/wording"
	"hearth/internal/fact/account"
	"hearth/internal/sense/signal"
)

// viewsOfNobody knows no signals.
func viewsOfNobody(_ context.Context, tx *db.Tx, _ []hearth.ResidentID) (desk.Views, error) {
	return func(hearth.ResidentID) signal.View { return signal.NewView(&signal.State{}, tx.Now(), time.UTC) }, nil
}

// newTextRoom is the pages with the texts of messages; Ana's tap was repaired.
func newTextRoom(t *testing.T, d *db.DB, clock *hearth.VirtualClock) *deskRoom {
	t.Helper()
	r := newDeskRoom(t, d, clock)
	r.web.Wording = wording.New(wording.Deps{Log: r.web.Log, Records: r.web.Records, Desk: r.web.Inbox.Desk, Views: viewsOfNobody})
	r.tx(t, func(ctx context.Context, tx *db.Tx) error {
		who, err := r.web.Records.Resident(ctx, tx, r.ana)
		if err != nil {
			return err
		}
		for n, e := range []struct {
			id   hearth.EventType
			data string
		}{{"workorder.opened", `{"workorder":"wo1","unit":"u","category":"plumbing","description":"The tap <b>drips</b>"}`}, {"workorder.completed", `{"workorder":"wo1","resolution":"A new washer."}`}} {
			ev := &hearth.Event{ID: string(e.id), Source: "test", Type: e.id, Subject: hearth.Subject{Kind: "workorder", ID: "wo1"}, Time: tx.Now().Add(time.Duration(n) * time.Second), Property: who.Property, Residents: []hearth.ResidentID{r.ana}, Data: []byte(e.data)}
			if _, err := r.web.Log.Append(ctx, tx, ev); err != nil {
				return err
			}
		}
		return nil
	})
	return r
}

// textFields is the form of a text as a browser sends it.
func (r *deskRoom) textFields(t *testing.T, id string) url.Values {
	t.Helper()
	form := url.Values{}
	r.tx(t, func(ctx context.Context, tx *db.Tx) error {
		i, err := r.web.Wording.Get(ctx, tx, id)
		if err != nil {
			return err
		}
		form.Set("from", itoa(i.Newest))
		for lang, w := range i.Languages {
			form.Add("lang", lang)
			form.Set("subject-"+lang, w.Subject)
			form.Set("body-"+lang, strings.ReplaceAll(w.Body, "\n", "\r\n"))
			form.Set("short-"+lang, w.Short)
		}
		for fact, stands := range i.Needs {
			form.Add("need", fact)
			for lang, words := range stands {
				form.Set("stand-"+fact+"-"+lang, words)
			}
		}
		return nil
	})
	return form
}

// closedNews has the desk tell Ana what was done, and gives what was written.
func (r *deskRoom) closedNews(t *testing.T, id, what string) string {
	t.Helper()
	var body string
	r.tx(t, func(ctx context.Context, tx *db.Tx) error {
		who, err := r.web.Records.Resident(ctx, tx, r.ana)
		if err != nil {
			return err
		}
		in := desk.Intent{ID: hearth.MessageID(id), Property: who.Property, Resident: r.ana, Template: "service-closed", Facts: map[string]any{"event": map[string]any{"category": "plumbing", "resolution": what}}, Why: "The work was completed."}
		views, err := viewsOfNobody(ctx, tx, nil)
		if err != nil {
			return err
		}
		if _, err := r.web.Inbox.Desk.Submit(ctx, tx, []desk.Intent{in}, views); err != nil {
			return err
		}
		m, err := r.web.Messages.Get(ctx, tx, in.ID)
		body = m.Body
		return err
	})
	return body
}

func TestTextsAreReadAndChanged(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newTextRoom(t, d, clock)
		const at = "/setup/templates/service-closed"
		musts(t, "the list", r.page(t, "/setup/templates"), "What was done", "English, Spanish", "As it came with Hearth", "to answer STOP", "!your words")
		musts(t, "one text", r.page(t, at), "A new washer", "Ana Ruiz", `Hola, <mark class="filled">Ana`, "part as providers charge it", "The check has nothing against it", "and of their situation: event.", "workorder.completed", "!<b>drips", "!can't be used")
		form := r.textFields(t, "service-closed")
		with := func(name, value string) url.Values {
			out := url.Values{}
			for k, v := range form {
				out[k] = v
			}
			out.Set(name, value)
			return out
		}
		if rec := r.post(t, at, form); rec.Code != http.StatusSeeOther || !strings.Contains(toastOf(t, rec), "Nothing was different") || r.newest(t, "service-closed") != 0 {
			t.Errorf("saved as it stands: %d %s", rec.Code, toastOf(t, rec))
		}
		hello := "Hello {{ resident.first_name }}, all is well."
		plain := with("body-en", "{% if resident.first_name %}"+hello+"{% endif %}")
		stale := with("from", "99")
		stale.Set("subject-en", "What we did about {{ event.matter }}")
		plain.Set("subject-en", "Hello")
		plain.Set("short-en", "")
		for _, s := range []struct {
			name string
			form url.Values
			must []string
		}{
			{"a name and nothing else", with("body-en", hello), []string{"which may be missing", "Line 1", "can't be used like this yet", "f-body-en-wrong"}},
			{"asked for, and nothing else", plain, []string{"nothing of their situation", "f-body-en-wrong"}},
			{"no such fact", with("subject-es", "{{ lease.ends }}"), []string{"lease.end", "f-subject-es-wrong"}},
			{"somebody else meanwhile", stale, []string{"Not saved", "it is as it came with Hearth"}},
		} {
			before := r.newest(t, "service-closed")
			rec := r.post(t, at, s.form)
			if rec.Code != http.StatusUnprocessableEntity || r.newest(t, "service-closed") != before {
				t.Errorf("%s: answered %d, newest %d", s.name, rec.Code, r.newest(t, "service-closed"))
			}
			musts(t, s.name, rec.Body.String(), s.must...)
		}
		changed := with("body-en", strings.Replace(form.Get("body-en"), "If it works as it should, there is nothing to do.", "Our own <i>words</i>.", 1))
		if rec := r.post(t, at+"/look", changed); rec.Code != http.StatusOK || !strings.Contains(rec.Body.String(), "Our own &lt;i&gt;words&lt;/i&gt;.") {
			t.Errorf("looked at before it is saved: %d", rec.Code)
		}
		was := r.newest(t, "service-closed")
		rec := r.post(t, at, changed)
		if rec.Code != http.StatusSeeOther || !strings.Contains(toastOf(t, rec), "The next message is written from it") || r.newest(t, "service-closed") != was+1 {
			t.Fatalf("saved: %d %s %s", rec.Code, toastOf(t, rec), wrongsOf(rec.Body.String()))
		}
		if got := r.closedNews(t, "msg_c1", "One."); !strings.Contains(got, "Our own <i>words</i>.") {
			t.Errorf("the next message says %q", got)
		}
		version := at + "/versions/" + itoa(was+1)
		musts(t, "the version", r.page(t, version), "English, text", "Our own &lt;i&gt;words", "If it works as it should", "!Let this hold again")
		musts(t, "the shipped one", r.page(t, at+"/versions/0"), "Let this hold again", "Came with Hearth")
		musts(t, "the list then", r.page(t, "/setup/templates"), "your words", "by Dana Weiss")
		back := r.post(t, at+"/back?to=0&from="+itoa(was+1), url.Values{})
		if back.Code != http.StatusSeeOther || !strings.Contains(toastOf(t, back), "holds again") {
			t.Fatalf("undone: %d %s", back.Code, back.Body)
		}
		if got := r.closedNews(t, "msg_c2", "Two."); strings.Contains(got, "Our own") {
			t.Errorf("after the undo the next message says %q", got)
		}
	})
}

// wrongsOf gives what a page says is wrong.
func wrongsOf(page string) string {
	_, after, _ := strings.Cut(page, `id="wrongs"`)
	before, _, _ := strings.Cut(after, "</div>")
	return before
}

func itoa(n int) string { return countWord(n, 1<<20) + map[bool]string{true: "0"}[n == 0] }

func (r *deskRoom) newest(t *testing.T, id string) (n int) {
	t.Helper()
	r.tx(t, func(ctx context.Context, tx *db.Tx) error {
		i, err := r.web.Wording.Get(ctx, tx, id)
		n = i.Newest
		return err
	})
	return n
}

func TestATextIsMade(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newTextRoom(t, d, clock)
		form := url.Values{"title": {"The lines are painted"}, "why": {"People move their cars."}, "class": {"service"}, "window": {"3d"}, "lang": {"en", "es", "vi"},
			"subject-en": {"The parking lines"}, "body-en": {"On Friday the lines are painted."}, "subject-es": {"Las líneas"}, "body-es": {"El viernes se pintan las líneas."},
			"subject-vi": {"Vạch đỗ xe"}, "body-vi": {"Thứ Sáu sẽ sơn lại vạch đỗ xe."}}
		for name, want := range map[string]string{"title": "at least three letters", "why": "Say in a sentence", "body-en": "has no English text"} {
			bad := url.Values{}
			for k, v := range form {
				bad[k] = v
			}
			bad.Set(name, "")
			if rec := r.post(t, "/setup/templates/new", bad); rec.Code != http.StatusUnprocessableEntity || !strings.Contains(rec.Body.String(), want) {
				t.Errorf("without %s: %d, want %q", name, rec.Code, want)
			}
		}
		long := url.Values{}
		for k, v := range form {
			long[k] = v
		}
		long.Set("title", strings.Repeat("Painted lines ", 8))
		if rec := r.post(t, "/setup/templates/new", long); rec.Code != http.StatusUnprocessableEntity || !strings.Contains(rec.Body.String(), "It has 111 letters, and 80 are the most") {
			t.Errorf("a long title: %d", rec.Code)
		}
		rec := r.post(t, "/setup/templates/new", form)
		if rec.Code != http.StatusSeeOther || rec.Header().Get("Location") != "/setup/templates/the-lines-are-painted" {
			t.Fatalf("made: %d %s %s", rec.Code, rec.Header().Get("Location"), rec.Body)
		}
		musts(t, "it", r.page(t, "/setup/templates/the-lines-are-painted"), "Vietnamese", "is plainly general", "Version 1", "!The text that came with Hearth")
		musts(t, "the composer", r.page(t, "/conversations?open="+r.talk), "The lines are painted")
		if rec := r.post(t, "/setup/templates/new", form); rec.Code != http.StatusUnprocessableEntity || !strings.Contains(rec.Body.String(), "already") {
			t.Errorf("made twice: %d", rec.Code)
		}
		// One that came with Hearth stays as it is: the form is of a new text until it has a name of its own.
		for _, path := range []string{"/setup/templates/new", "/setup/templates/new/look"} {
			form.Set("title", "Service closed")
			rec := r.post(t, path, form)
			musts(t, path, rec.Body.String(), `action="/setup/templates/new"`, "Make it", `value="Service closed"`, "!/setup/templates/service-closed")
		}
		if n := r.newest(t, "service-closed"); n != 0 {
			t.Errorf("the text that came with Hearth is at version %d", n)
		}
	})
}

func TestWhoMayChangeTexts(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	r := newTextRoom(t, d, clock)
	r.web.Open = false
	for _, path := range []string{"/setup/templates", "/setup/templates/new", "/setup/templates/service-closed", "/setup/templates/service-closed/versions/0"} {
		if got := r.get(t, path, r.tokens[account.ScopeRead]).Code; got != http.StatusForbidden {
			t.Errorf("%s for a reader: %d", path, got)
		}
		if got := r.get(t, path, r.tokens[account.ScopeAdmin]).Code; got != http.StatusOK {
			t.Errorf("%s for an administrator: %d", path, got)
		}
	}
}

func TestTextsInTheBrowser(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	r := newTextRoom(t, d, clock)
	server := httptest.NewServer(httpd.Wrap(r.web, httpd.Options{Log: slog.New(slog.DiscardHandler), Clock: clock}))
	t.Cleanup(server.Close)
	ctx := pagetest.Browser(t)
	at := server.URL + "/setup/templates/service-closed"
	// By keyboard: what is typed is checked and read aloud as Ana gets it, before anything is saved; then it is saved, and undone.
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(at), chromedp.WaitVisible(`#f-subject-en`), chromedp.Focus(`#f-subject-en`), chromedp.KeyEvent(kb.End), chromedp.SendKeys(`#f-subject-en`, " today"),
		chromedp.WaitVisible(`//*[@id="look"]//b[contains(., " today")]`)); err != nil {
		t.Fatalf("typed: %v", err)
	}
	if err := chromedp.Do(ctx, chromedp.SendKeys(`#f-subject-en`, " {{ lease.ends }}"), chromedp.WaitVisible(`//*[@id="look"]//b[contains(., "can't be used like this yet")]`)); err != nil {
		t.Fatalf("wrong: %v", err)
	}
	if err := chromedp.Do(ctx, chromedp.SendKeys(`#f-subject-en`, strings.Repeat(kb.Backspace, len(" {{ lease.ends }}"))), chromedp.WaitVisible(`//*[@id="look"]//b[contains(., "nothing against it")]`),
		chromedp.SendKeys(`#f-subject-en`, kb.Enter), chromedp.WaitVisible(`//div[@class="toast"][contains(., "Saved")]`)); err != nil {
		t.Fatalf("by keyboard: %v", err)
	}
	if err := chromedp.Do(ctx, chromedp.KeyEvent("z"), chromedp.WaitVisible(`//div[@class="toast"][contains(., "holds again")]`)); err != nil {
		t.Fatalf("undone by keyboard: %v", err)
	}
	// By mouse: somebody is found to read it as.
	if err := chromedp.Do(ctx, chromedp.Navigate(at), chromedp.SendKeys(`#f-who`, "rui"), chromedp.WaitVisible(`//*[@id="look"]//input[@type="radio"]`), chromedp.Click(`//*[@id="look"]//input[@type="radio"]`),
		chromedp.WaitVisible(`//*[@id="look"]//h2[contains(., "Ana Ruiz")]`)); err != nil {
		t.Fatalf("by mouse: %v", err)
	}
	lookAt(t, ctx, server.URL, "/setup/templates", "/setup/templates/service-closed", "/setup/templates/new", "/setup/templates/service-closed/versions/1")
}
