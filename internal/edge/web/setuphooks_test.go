package web

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"hearth"
	"hearth/internal/act/webhook"
	call "hearth/internal/base/channel/webhook"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/base/httpd"
	"hearth/internal/base/page/pagetest"
	"hearth/internal/fact/account"
	"hearth/internal/fact/record"
)

// listener is another program: it answers as it is told to.
type listener struct {
	server *httptest.Server
	answer atomic.Int32
	calls  atomic.Int32
}

// listen gives the room webhooks, and a program that hears.
func (r *deskRoom) listen(t *testing.T) *listener {
	t.Helper()
	l := &listener{}
	l.answer.Store(http.StatusNoContent)
	l.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		l.calls.Add(1)
		_, _ = io.Copy(io.Discard, q.Body)
		if to := int(l.answer.Load()); to == http.StatusFound {
			http.Redirect(w, q, "http://127.0.0.1:1/", to)
		} else {
			w.WriteHeader(to)
		}
	}))
	t.Cleanup(l.server.Close)
	guard, err := call.ParseGuard([]string{"127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	client := call.NewClient(call.Config{Guard: guard, Timeout: 5 * time.Second})
	t.Cleanup(client.Close)
	r.web.Webhooks = webhook.New(webhook.Deps{DB: r.web.DB, Log: r.web.Log, Guard: guard, Client: client, Random: rand.Reader, Node: "test",
		Alert: func(context.Context, *db.Tx, webhook.Hook, string) error { return nil },
		May:   func(context.Context, *db.Tx, hearth.Actor, []hearth.PropertyID) (bool, error) { return true, nil },
		Places: func(ctx context.Context, tx *db.Tx) (ids []hearth.PropertyID, err error) {
			all, err := r.web.Records.Properties(ctx, tx)
			for _, p := range all {
				ids = append(ids, p.ID)
			}
			return ids, err
		}})
	return l
}

// carry follows the log and makes the calls that are due.
func (r *deskRoom) carry(t *testing.T) {
	t.Helper()
	for more := true; more; {
		var err error
		if _, err = r.web.Webhooks.Feed(t.Context()); err == nil {
			more, err = r.web.Webhooks.Deliver(t.Context())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// The whole life of a program that hears: refused addresses, the secret once, a test, failing and trying again, pausing, telling again, removing.
func TestAnotherProgramHears(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newDeskRoom(t, d, clock)
		l := r.listen(t)
		clock.Advance(time.Minute) // what was before is none of its business
		const at = "/setup/webhooks"
		musts(t, "empty", r.page(t, at), "No other program hears of this.", `href="/setup/webhooks/new"`, `href="/setup/webhooks"`)
		musts(t, "the form", r.page(t, at+"/new"), "Add it and send a test", "A resident wrote to us", "!welfare.concern", `action="/setup/webhooks"`)
		for name, x := range map[string]struct {
			form url.Values
			want string
		}{
			"inside":     {url.Values{"url": {"https://169.254.169.254/latest"}, "type": {"workorder.opened"}}, "inside the house or reserved"},
			"by a trick": {url.Values{"url": {"https://0xa.1/"}, "type": {"workorder.opened"}, "note": {"<b>mine</b>"}}, "&lt;b&gt;mine"},
			"no events":  {url.Values{"url": {l.server.URL}}, "Name the events that it is to hear"},
			"closed":     {url.Values{"url": {l.server.URL}, "type": {"welfare.concern"}}, "for a few people only"},
			"no address": {url.Values{"type": {"workorder.opened"}}, "begins with https://"},
		} {
			x.form.Set("every", "1")
			if rec := r.post(t, at, x.form); rec.Code != http.StatusUnprocessableEntity || !strings.Contains(rec.Body.String(), x.want) {
				t.Errorf("%s: %d, %q is missing in %s", name, rec.Code, x.want, rec.Body)
			}
		}
		if rec := r.post(t, at, url.Values{"url": {l.server.URL}, "type": {"workorder.opened"}}); rec.Code != http.StatusUnprocessableEntity || !strings.Contains(rec.Body.String(), "Choose of which communities it hears.") {
			t.Errorf("of no community: %d %s", rec.Code, rec.Body)
		}
		if rec := r.post(t, at, url.Values{"url": {"https://0xa.1/"}, "every": {"1"}, "type": {"workorder.opened"}}); !regexp.MustCompile(`value="workorder.opened" checked`).MatchString(rec.Body.String()) {
			t.Error("what was chosen is lost with a wrong address")
		}
		l.answer.Store(http.StatusFound)
		rec := r.post(t, at, url.Values{"url": {l.server.URL + "/hear?key=open-sesame"}, "every": {"1"}, "type": {"message.received", "workorder.opened"}, "note": {"The owner's reports"}})
		musts(t, "added", rec.Body.String(), "whsec_", "shown only now", "did not take the test", "redirect (302), which is not followed", "The owner&#39;s reports", "2 kinds of events of every community, also those that are added later", "open-sesame", "by Dana Weiss", "Dana Weiss added it.")
		secret := regexp.MustCompile(`whsec_[^<]+`).FindString(rec.Body.String())
		musts(t, "later", r.page(t, at), "!whsec_", "A test.", "not taken. It answered with a redirect")
		l.answer.Store(http.StatusNoContent)
		one := at + "/" + regexp.MustCompile(`whk_\w+`).FindString(rec.Body.String())
		act := func(does string, form url.Values) string {
			t.Helper()
			form.Set("back", at)
			rec := r.post(t, one+"/"+does, form)
			if rec.Code != http.StatusSeeOther || rec.Header().Get("Location") != at {
				t.Errorf("%s: %d %s", does, rec.Code, rec.Body)
			}
			return toastOf(t, rec)
		}
		none := url.Values{}
		musts(t, "a test", act("test", none), "took the test")
		l.answer.Store(http.StatusInternalServerError)
		musts(t, "a test that fails", act("test", none), "did not take the test. It answered with 500.")
		r.writes(t, "It drips still")
		r.carry(t)
		musts(t, "failing", r.page(t, at), "takes nothing", "It answered with 500. It is tried again by itself", "Try now what waits", "1 event", "A resident wrote to us")
		l.answer.Store(http.StatusNoContent)
		musts(t, "now", act("now", none), "1 event that waits is tried now")
		clock.Advance(10 * time.Second)
		r.carry(t)
		musts(t, "taken", r.page(t, at), "!takes nothing", "!Try now what waits", "attempt 2, taken")
		musts(t, "paused", act("off", none), "is told nothing until somebody resumes")
		r.writes(t, "And drips")
		r.carry(t)
		musts(t, "while paused", r.page(t, at), ">paused<", "Resume", "!Tell it again")
		musts(t, "resumed", act("on", none), "with what it missed")
		r.carry(t)
		musts(t, "what was missed", r.page(t, at), "3 events") // the one of the hour before it was paused once more
		calls := l.calls.Load()
		musts(t, "told again", act("again", url.Values{"hours": {"24"}}), "told again", "identity")
		r.carry(t)
		if l.calls.Load() == calls {
			t.Error("nothing was told again")
		}
		musts(t, "no span", act("again", url.Values{"hours": {"9999"}}), "Choose how far back")
		// What it hears is changed; the form shows what it hears by now, and what is wrong in it.
		musts(t, "the form", r.page(t, one+"/change"), "Change it", `value="message.received" checked`, `name="every" value="1" checked`, "reports")
		if rec := r.post(t, one+"/change", url.Values{"every": {"1"}}); rec.Code != http.StatusUnprocessableEntity || !strings.Contains(rec.Body.String(), "Name the events that it is to hear") || !strings.Contains(rec.Body.String(), one+"/change") {
			t.Errorf("changed to hear nothing: %d %s", rec.Code, rec.Body)
		}
		if rec := r.post(t, one+"/change", url.Values{"type": {"task.done"}}); rec.Code != http.StatusUnprocessableEntity || !strings.Contains(rec.Body.String(), "Choose of which communities it hears.") {
			t.Errorf("changed to hear of no community: %d %s", rec.Code, rec.Body)
		}
		musts(t, "changed", act("change", url.Values{"every": {"1"}, "type": {"task.done"}, "note": {"The chat of the team"}}), "hears from now on what you chose")
		musts(t, "after the change", r.page(t, at), "1 kind of event", "The chat of the team", "!owner&#39;s reports", "Dana Weiss changed it. It hears too: A task was done. It hears no more:", "What it is for was written anew.", "Dana Weiss paused it.", "Dana Weiss resumed it.")
		turned := r.post(t, one+"/secret", none)
		if now := regexp.MustCompile(`whsec_[^<]+`).FindString(turned.Body.String()); now == "" || now == secret {
			t.Errorf("turned: %d %q", turned.Code, now)
		}
		musts(t, "removed", act("remove", none), "is removed")
		if rec := r.post(t, one+"/test", url.Values{}); rec.Code != http.StatusNotFound {
			t.Errorf("what was removed: %d", rec.Code)
		}
		musts(t, "empty again", r.page(t, at), "No other program hears of this.", "Removed lately", "Dana Weiss removed it.")
	})
}

// A program hears of every property: the manager of one of two sees that it does, and neither decides it nor reads its whole address.
// Whoever may decide it signs in once more first.
func TestWhoMayHaveOthersHear(t *testing.T) {
	var l *listener
	h := newHouse(t, nil)
	l = h.listen(t)
	const at = "/setup/webhooks"
	in := map[string]string{"hearth": h.session(hearth.RoleManager)}
	ask := func(method, path string) *httptest.ResponseRecorder {
		return h.ask(method, path, url.Values{"url": {l.server.URL + "/?key=open-sesame"}, "every": {"1"}, "type": {"workorder.opened"}, "note": {"The owner's reports"}, "hours": {"1"}}, in)
	}
	if rec := ask("POST", at); rec.Code != http.StatusOK || !strings.Contains(rec.Body.String(), "whsec_") {
		t.Fatalf("with one property: %d %s", rec.Code, rec.Body)
	}
	first := ask("GET", at).Body.String()
	musts(t, "with one", first, "open-sesame", "reports", "What it was told last", "nothing yet")
	one := at + "/" + regexp.MustCompile(`whk_\w+`).FindString(first)
	every := []string{at, one + "/secret", one + "/test", one + "/off", one + "/on", one + "/now", one + "/again", one + "/change", one + "/remove"}
	h.clock.Advance(11 * time.Minute)
	for _, path := range every {
		if rec := ask("POST", path); rec.Code != http.StatusSeeOther || !strings.HasPrefix(rec.Header().Get("Location"), "/account/again") {
			t.Errorf("%s eleven minutes after the sign-in: %d to %s", path, rec.Code, rec.Header().Get("Location"))
		}
	}
	// It is asked before anything is written, and not when a form was filled in.
	if rec := ask("GET", at+"/new"); rec.Code != http.StatusSeeOther || rec.Header().Get("Location") != "/account/again?next="+url.QueryEscape(at+"/new") {
		t.Errorf("the form eleven minutes after the sign-in: %d to %s", rec.Code, rec.Header().Get("Location"))
	}
	h.tx(t, func(ctx context.Context, tx *db.Tx) error {
		_, _, err := h.web.Records.PutProperty(ctx, tx, record.News{}, record.Property{Name: "Elm Court", Zone: "America/Chicago"})
		return err
	})
	in["hearth"] = h.session(hearth.RoleManager)
	musts(t, "with two", ask("GET", at).Body.String(), "property manager of each of them", "127.0.0.1", "1 kind of event", "!open-sesame", "!reports", "!told last", "!nothing yet", "!Send a test", "!Change what it hears", "!Remove", "!Who did what")
	musts(t, "the form, for the manager of one of two", ask("GET", at+"/new").Body.String(), "Oak Court", "!Elm Court", "!also those that are added later")
	if rec := ask("GET", one+"/change"); rec.Code != http.StatusForbidden {
		t.Errorf("the form of one that hears of both: %d", rec.Code)
	}
	for _, path := range every {
		if rec := ask("POST", path); rec.Code != http.StatusForbidden || strings.Contains(rec.Body.String(), "whsec_") {
			t.Errorf("%s by the manager of one of two: %d", path, rec.Code)
		}
	}
	// Of the one that they manage they decide alone, and of no other.
	var oak, elm string
	h.tx(t, func(ctx context.Context, tx *db.Tx) error {
		all, err := h.web.Records.Properties(ctx, tx)
		for _, p := range all {
			if p.Name == "Elm Court" {
				elm = string(p.ID)
			} else {
				oak = string(p.ID)
			}
		}
		return err
	})
	of := func(path string, places ...string) *httptest.ResponseRecorder {
		return h.ask("POST", path, url.Values{"url": {l.server.URL + "/oak"}, "property": places, "type": {"workorder.opened"}, "note": {"Our chat"}}, in)
	}
	for _, places := range [][]string{{elm}, {oak, elm}} {
		if rec := of(at, places...); rec.Code != http.StatusForbidden {
			t.Errorf("of %v by the manager of one: %d", places, rec.Code)
		}
	}
	if rec := of(at, oak); rec.Code != http.StatusOK || !strings.Contains(rec.Body.String(), "whsec_") {
		t.Fatalf("of their own: %d %s", rec.Code, rec.Body)
	}
	page := ask("GET", at).Body.String()
	musts(t, "their own", page, "1 kind of event of Oak Court, since", "Our chat", "Change what it hears", "!reports")
	own := regexp.MustCompile(at + `/(whk_\w+)/change`).FindString(page)
	musts(t, "the form of their own", ask("GET", own).Body.String(), "Change what 127.0.0.1", "Our chat", "!whsec_")
	if rec := of(own, elm); rec.Code != http.StatusForbidden {
		t.Errorf("changed to hear of another: %d", rec.Code)
	}
	if rec := of(own, oak); rec.Code != http.StatusSeeOther || rec.Header().Get("Location") != at {
		t.Errorf("changed: %d %s", rec.Code, rec.Body)
	}
	if rec := of(strings.TrimSuffix(own, "change")+"remove", oak); rec.Code != http.StatusSeeOther {
		t.Errorf("removed: %d", rec.Code)
	}
	musts(t, "removed", ask("GET", at).Body.String(), "Removed lately", "removed it.", "!reports")
	calls := l.calls.Load()
	// Residents' words are not for these, so they have no other program hear them either.
	for _, role := range []hearth.Role{hearth.RoleAssistant, hearth.RoleRegional, hearth.RoleAdmin} {
		in["hearth"] = h.session(role)
		musts(t, string(role), ask("GET", at).Body.String(), "127.0.0.1", "!open-sesame", "!reports", "!told last", "!Send a test")
		if rec := ask("POST", one+"/again"); rec.Code != http.StatusForbidden {
			t.Errorf("%s told it again: %d", role, rec.Code)
		}
	}
	if n := l.calls.Load(); n != calls {
		t.Errorf("%d calls were made", n)
	}
	musts(t, "a program of the administrator's", h.get(t, at, h.tokens[account.ScopeAdmin]).Body.String(), "Send a test", "open-sesame")
	if got := h.get(t, at, h.tokens[account.ScopeRead]).Code; got != http.StatusForbidden {
		t.Errorf("for a reader: %d", got)
	}
}

func TestOtherProgramsInTheBrowser(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	r := newDeskRoom(t, d, clock)
	l := r.listen(t)
	server := httptest.NewServer(httpd.Wrap(r.web, httpd.Options{Log: slog.New(slog.DiscardHandler), Clock: clock}))
	t.Cleanup(server.Close)
	ctx := pagetest.Browser(t)
	const at = "/setup/webhooks"
	lookAt(t, ctx, server.URL, at, at+"/new")
	// By keyboard alone: the address, a group of events, one of them, and the button.
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(390, 844), chromedp.Navigate(server.URL+at), chromedp.Focus(`//a[contains(., "Have another program hear")]`), chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(`[name="url"]`), chromedp.SendKeys(`[name="url"]`, l.server.URL+"/a-rather-long-path-that-does-not-fit-into-a-line-of-a-telephone"),
		chromedp.Focus(`[name="every"]`), chromedp.KeyEvent(" "), chromedp.Focus(`//summary[.="Repairs"]`), chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(`[value="workorder.opened"]`), chromedp.Focus(`[value="workorder.opened"]`), chromedp.KeyEvent(" "),
		chromedp.Focus(`//button[contains(., "Add it and send a test")]`), chromedp.KeyEvent(kb.Enter),
		chromedp.WaitVisible(`//section[contains(., "shown only now")]//code[starts-with(., "whsec_")]`), chromedp.WaitVisible(`//*[contains(., "A test was sent, and it took it")]`)); err != nil {
		t.Fatalf("added by keyboard: %v", err)
	}
	for _, fault := range pagetest.Audit(t, ctx) {
		t.Errorf("with the secret: %s", fault)
	}
	l.answer.Store(http.StatusServiceUnavailable)
	if err := chromedp.Do(ctx, chromedp.Navigate(server.URL+at), chromedp.Focus(`//button[contains(., "Send a test")]`), chromedp.KeyEvent(kb.Enter),
		chromedp.WaitVisible(`//div[contains(@class, "toast")][contains(., "did not take the test. It answered with 503")]`)); err != nil {
		t.Fatalf("a test by keyboard: %v", err)
	}
	change := regexp.MustCompile(at + `/whk_\w+/change`).FindString(r.page(t, at))
	lookAt(t, ctx, server.URL, at, change)
	// Changed by keyboard alone.
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(390, 844), chromedp.Navigate(server.URL+change), chromedp.WaitVisible(`[name="type"][value="workorder.opened"]`), chromedp.Focus(`[name="note"]`), chromedp.KeyEvent("The chat"),
		chromedp.Focus(`//button[contains(., "Change it")]`), chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(`//div[contains(@class, "toast")][contains(., "hears from now on what you chose")]`), chromedp.WaitVisible(`//p[.="The chat"]`)); err != nil {
		t.Fatalf("changed by keyboard: %v", err)
	}
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(server.URL+at), chromedp.Focus(`//summary[contains(., "remove")]`), chromedp.KeyEvent(kb.Enter),
		chromedp.WaitVisible(`//button[contains(., "Remove it for good")]`), chromedp.Focus(`//button[contains(., "Remove it for good")]`), chromedp.KeyEvent(kb.Enter),
		chromedp.WaitVisible(`//*[contains(., "No other program hears of this")]`)); err != nil {
		t.Fatalf("removed by keyboard: %v", err)
	}
}
