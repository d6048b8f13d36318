package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"hearth"
	"hearth/internal/base/config"
	"hearth/internal/base/db"
	"hearth/internal/base/page/pagetest"
	"hearth/internal/fact/account"
)

// What somebody wrote goes along through the second factor as well: a password, a wrong code, the right one, and it is there to be sent on.
func TestALateFormIsKeptThroughASecondFactor(t *testing.T) {
	h := newHouse(t, nil)
	s := h.session(hearth.RoleManager)
	const login = "property_manager@oak.example"
	app := ""
	h.write(func(ctx context.Context, tx *db.Tx) error {
		v, _, err := h.people.Who(ctx, tx, s)
		if err != nil {
			return err
		}
		var pending string
		if app, pending, err = h.people.OfferApp(ctx, tx, v); err != nil {
			return err
		}
		_, err = h.people.ConfirmApp(ctx, tx, v, pending, account.CodeNow(app, h.clock.Now()))
		return err
	})
	h.write(func(ctx context.Context, tx *db.Tx) error {
		p, err := h.people.ByLogin(ctx, tx, login)
		if err == nil {
			s = p.ID
		}
		return err
	})
	if err := h.people.SetPassword(t.Context(), s, words4); err != nil {
		t.Fatal(err)
	}
	h.clock.Advance(2 * time.Minute)
	action, note := "/residents/"+string(h.ana)+"/facts", "After six & never before"
	kept := keptIn(h.ask("POST", action, url.Values{"name": {"hours"}, "value": {note}, "back": {"/"}}, nil))
	half := h.ask("POST", "/sign-in", url.Values{"login": {login}, "password": {words4}, "kept": {kept}}, nil)
	second := given(half, secondCookie)
	if kept == "" || half.Code != http.StatusOK || second == nil || keptIn(half) != kept || !strings.Contains(half.Body.String(), `name="code"`) {
		t.Fatalf("after the password: %d, it carries %q of %q", half.Code, keptIn(half), kept)
	}
	with := map[string]string{secondCookie: second.Value}
	if wrong := h.ask("POST", "/sign-in/code", url.Values{"code": {"000000"}, "kept": {kept}}, with); keptIn(wrong) != kept {
		t.Errorf("it is lost with a wrong code: %d", wrong.Code)
	}
	in := h.ask("POST", "/sign-in/code", url.Values{"code": {account.CodeNow(app, h.clock.Now())}, "kept": {kept}}, with)
	if in.Code != http.StatusOK || given(in, sessionCookie) == nil || !strings.Contains(in.Body.String(), "After six &amp; never before") || !strings.Contains(in.Body.String(), `action="`+action+`"`) {
		t.Errorf("after the code: %d %.600s", in.Code, in.Body)
	}
}

// And through a passkey, in a browser whose session was ended while its owner wrote.
func TestALateFormIsKeptThroughAPasskey(t *testing.T) {
	address, serve := named(t)
	h := newHouse(t, func(d *Deps) { d.Config = &config.Config{BaseURL: address} })
	serve(h.handler)
	var link string
	h.write(func(ctx context.Context, tx *db.Tx) error {
		p, err := h.people.Create(ctx, tx, hearth.System("test"), account.Person{Staff: h.staff[hearth.RoleManager], Login: "dana@oak.example"})
		if err == nil {
			link, err = h.people.Invite(ctx, tx, p.ID)
		}
		return err
	})
	ctx := pagetest.Browser(t)
	token(t, ctx)
	const create, get, note = `form[data-passkey=create] button`, `form[data-passkey=get] button`, `#write textarea, form[action$="/met"] [name=note]`
	does(t, ctx, "take the invitation", chromedp.Navigate(address+"/invitation/"+link), chromedp.WaitVisible(create), chromedp.SetValue(`form[data-passkey=create] [name=name]`, "My telephone"), chromedp.Click(create), chromedp.WaitVisible(`.shell`))
	at := "/residents/" + string(h.ana)
	does(t, ctx, "write", chromedp.Navigate(address+at), chromedp.WaitReady(note))
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`(() => { const words = document.querySelector(`+"`"+note+"`"+`); for (let p = words; p; p = p.parentElement) if (p.matches('details, dialog')) p.open = true; words.value = 'Asked about the heating in the hall'; words.form.removeAttribute('hx-post'); words.form.id = 'late'; return true; })()`)); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, network.ClearBrowserCookies, cdp.Empty{}); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`(document.querySelector('#late').submit(), true)`)); err != nil {
		t.Fatal(err)
	}
	does(t, ctx, "too late", chromedp.WaitVisible(get))
	here(t, ctx, "the door", at+"/met", "Nothing of it is lost")
	does(t, ctx, "in", chromedp.Click(get), chromedp.WaitVisible(`form[action="`+at+`/met"] button`))
	here(t, ctx, "it is here", "/sign-in/key", "Asked about the heating in the hall")
	if faults := pagetest.Audit(t, ctx); len(faults) > 0 {
		t.Errorf("what was kept: %v", faults)
	}
	does(t, ctx, "sent on by keyboard", chromedp.Focus(`form[action="`+at+`/met"] button`), chromedp.KeyEvent("\r"), chromedp.WaitVisible(`.shell`))
	here(t, ctx, "it is noted", at, "Noted: you talked, just now")
}
