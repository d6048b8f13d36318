package portal

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/base/page/pagetest"
	"hearth/internal/fact/record"
)

// named serves the pages at a name, because browsers know no passkeys at a bare address.
func (r *rig) named() (address string) {
	r.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		r.t.Fatal(err)
	}
	s := &httptest.Server{Listener: l, Config: &http.Server{Handler: r.handler, ReadHeaderTimeout: time.Minute}}
	s.Start()
	r.t.Cleanup(s.Close)
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return "http://localhost:" + port
}

// phone gives a browser that is a telephone which makes passkeys and knows its owner.
func phone(t *testing.T) (context.Context, webauthn.AuthenticatorID) {
	t.Helper()
	ctx := pagetest.Browser(t)
	if _, err := chromedp.Call(ctx, webauthn.Enable, webauthn.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	device := &webauthn.VirtualAuthenticatorOptions{Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
		HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true}
	made, err := chromedp.Call(ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: device})
	if err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(390, 844)); err != nil {
		t.Fatal(err)
	}
	return ctx, made.AuthenticatorID
}

// does runs steps in the browser, and tells where it stood when one fails.
func does(t testing.TB, ctx context.Context, what string, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	limited, stop := context.WithTimeout(ctx, 30*time.Second)
	defer stop()
	if err := chromedp.Do(limited, steps...); err != nil {
		at, says := stands(ctx)
		t.Fatalf("%s: %v, at %s:\n%s", what, err, at, says)
	}
}

// stands tells where the browser is, and what it shows.
func stands(ctx context.Context) (at, says string) {
	at, _ = chromedp.Run(ctx, chromedp.Location())
	says, _ = chromedp.Run(ctx, chromedp.Evaluate[string](`document.body.innerText`))
	return at, says
}

// here says where the browser has to be, and what it has to show.
func here(t *testing.T, ctx context.Context, what, path string, words ...string) {
	t.Helper()
	at, says := stands(ctx)
	if u, err := url.Parse(at); err != nil || u.Path != path {
		t.Fatalf("%s: at %s, want %s:\n%s", what, at, path, says)
	}
	for _, w := range words {
		if !strings.Contains(says, w) {
			t.Errorf("%s: %q is not on the page:\n%s", what, w, says)
		}
	}
}

// byCode types Ana's code, from the page that asks for an address.
func (r *rig) byCode(ctx context.Context, box *postbox) {
	r.t.Helper()
	does(r.t, ctx, "ask for a code", chromedp.WaitVisible(`#f-address`), chromedp.SetValue(`#f-address`, "ana@home.example"), chromedp.Click(`form:not([data-passkey]) button`), chromedp.WaitVisible(`#f-code`))
	does(r.t, ctx, "type it", chromedp.SendKeys(`#f-code`, r.arrived(box)[0]), chromedp.Click(`form button`), chromedp.WaitVisible(`a[href="/home/leave"]`))
}

const (
	makes = `form[data-passkey=create] button`
	shows = `form[data-passkey=get] button`
	drops = `form[action$="/drop"] button`
)

// Offered after a code, made in one press, used by the keyboard, listed and removed; and nothing of it where there is no script.
func TestAPasskeyOfAResident(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newRig(t, d, clock)
		box, address := r.post(), r.named()
		ctx, _ := phone(t)
		does(t, ctx, "the door", chromedp.Navigate(address+EnterPath))
		r.byCode(ctx, box)
		does(t, ctx, "it is offered", chromedp.WaitVisible(makes))
		fits(t, ctx, "offered")
		does(t, ctx, "make it", chromedp.Click(makes), chromedp.WaitVisible(drops))
		here(t, ctx, "made", "/home/known", "From now on this device lets you in without a code.", "Linux, Chrome", "Added today")
		fits(t, ctx, "listed")
		does(t, ctx, "home", chromedp.Navigate(address+"/home"), chromedp.WaitVisible(`a[href="/home/leave"]`))
		if offered, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`!!document.querySelector("form[data-passkey], script[src*=passkey]")`)); err != nil || offered {
			t.Errorf("whoever has a passkey is offered one still: %v %v", offered, err)
		}
		clock.Advance(40 * 24 * time.Hour)
		does(t, ctx, "in by the keyboard, to what was wanted", chromedp.Navigate(address+"/home/known"), chromedp.WaitVisible(shows))
		fits(t, ctx, "door")
		does(t, ctx, "in by the keyboard", chromedp.Focus(shows), chromedp.KeyEvent("\r"), chromedp.WaitVisible(drops))
		here(t, ctx, "what was wanted", "/home/known", "last used today")
		clock.Advance(11 * time.Minute)
		does(t, ctx, "another one, later", chromedp.Navigate(address+"/home/known"), chromedp.WaitVisible(`a[data-passkeys]`), chromedp.Click(`a[data-passkeys]`), chromedp.WaitVisible(shows))
		here(t, ctx, "is it you", EnterPath, "Show once more that it is you")
		does(t, ctx, "it is", chromedp.Click(shows), chromedp.WaitVisible(makes))
		here(t, ctx, "it was", "/home/known")
		does(t, ctx, "the same device again", chromedp.Click(makes), chromedp.WaitVisible(`form[data-passkey] button:not([disabled])`), chromedp.Sleep(300*time.Millisecond))
		here(t, ctx, "it has one", "/home/known", "The device did not answer, or you stopped it.")
		does(t, ctx, "away with it", chromedp.Click(drops), chromedp.WaitNotPresent(drops))
		here(t, ctx, "gone", "/home/known", "a code works as before")
		does(t, ctx, "leave", chromedp.Click(`form[action="/home/leave/all"] button`), chromedp.WaitVisible(shows), chromedp.Click(shows), chromedp.WaitVisible(`.note`))
		here(t, ctx, "removed", EnterPath+"/key", "This device is not known here, or not any more.")
		if _, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
			t.Fatal(err)
		}
		does(t, ctx, "without a script", chromedp.Navigate(address+"/home/known"), chromedp.WaitNotVisible(shows))
		r.byCode(ctx, box)
		does(t, ctx, "by the code as before", chromedp.WaitReady(`#keys`), chromedp.WaitNotVisible(makes))
	})
}

// fits audits the page on a telephone.
func fits(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	pagetest.Picture(t, ctx, "key-"+name)
	for _, fault := range append(pagetest.Audit(t, ctx), small(t, ctx)...) {
		t.Errorf("%s: %s", name, fault)
	}
	wide, err := chromedp.Run(ctx, chromedp.Evaluate[int](`document.documentElement.scrollWidth - document.documentElement.clientWidth`))
	if err != nil || wide > 0 {
		t.Errorf("%s: wider than the screen by %d (%v)", name, wide, err)
	}
}

// A passkey opens nothing for whoever has moved out, nothing at another origin, nothing as a copy whose counter went back, nothing in the workspace's
// way in, and its answer nothing twice.
func TestPasskeysThatOpenNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newRig(t, d, clock)
		box, address, elsewhere := r.post(), r.named(), r.named()
		r.BaseURL = address
		ctx, device := phone(t)
		does(t, ctx, "the door", chromedp.Navigate(address+EnterPath))
		r.byCode(ctx, box)
		does(t, ctx, "make it", chromedp.WaitVisible(makes), chromedp.Click(makes), chromedp.WaitVisible(drops), chromedp.Navigate(address+"/home/language?to=en&back=/home"))
		refused := func(what, at string) {
			t.Helper()
			does(t, ctx, what, chromedp.Navigate(at+EnterPath+"?again"), chromedp.WaitVisible(shows), chromedp.Click(shows), chromedp.WaitVisible(`.note`), chromedp.WaitNotPresent(`form[data-passkey] [disabled]`))
			here(t, ctx, what, EnterPath+"/key", "This device is not known here, or not any more.")
		}
		opens := func(what string) {
			t.Helper()
			does(t, ctx, what, chromedp.Navigate(address+EnterPath+"?again"), chromedp.WaitVisible(shows), chromedp.Click(shows), chromedp.WaitVisible(`a.tile`))
			here(t, ctx, what, "/home")
		}
		opens("as it should be")
		refused("at another origin", elsewhere)
		if !strings.Contains(r.log.String(), "rigin") {
			t.Errorf("it was not the origin that was refused: %s", r.log)
		}
		r.count(ctx, device, 0)
		refused("a copy", address)
		if !strings.Contains(r.log.String(), "its counter went back") {
			t.Errorf("it was not the counter that was refused: %s", r.log)
		}
		r.count(ctx, device, 100)
		opens("further on")
		r.twice(ctx, address)
		r.write(func(ctx context.Context, tx *db.Tx) error {
			today := hearth.DayOf(tx.Now(), time.UTC)
			_, err := r.Records.PutHome(ctx, tx, record.News{Source: "yardi/oak"}, record.Home{Property: r.place, Unit: record.Unit{Label: "4B"},
				Members: []record.Member{{Resident: record.Resident{First: "Ana", Last: "Ruiz", Email: "ana@home.example"}}, {Resident: record.Resident{First: "Ben", Last: "Ruiz"}}},
				Lease:   record.HomeLease{Start: today - 300, End: today + 65, MoveIn: today - 300, MoveOut: today - 2, Status: record.StatusPast}})
			return err
		})
		refused("moved out", address)
	})
}

// count makes the device's passkey a copy that was used so many times.
func (r *rig) count(ctx context.Context, device webauthn.AuthenticatorID, n float64) {
	r.t.Helper()
	got, err := chromedp.Call(ctx, webauthn.GetCredentials, webauthn.GetCredentialsParams{AuthenticatorID: device})
	if err != nil || len(got.Credentials) != 1 {
		r.t.Fatalf("the device holds %d passkeys: %v", len(got.Credentials), err)
	}
	had := got.Credentials[0]
	// Written out, because browsers refuse what the library's own form says of newer extensions.
	copied := map[string]any{"authenticatorId": device, "credential": map[string]any{"credentialId": had.CredentialID, "isResidentCredential": true, "rpId": had.RpID,
		"privateKey": had.PrivateKey, "userHandle": had.UserHandle, "signCount": n}}
	if _, err := chromedp.Call(ctx, webauthn.ClearCredentials, webauthn.ClearCredentialsParams{AuthenticatorID: device}); err != nil {
		r.t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, cdp.Command[map[string]any, cdp.Empty]{Method: webauthn.CommandAddCredential}, copied); err != nil {
		r.t.Fatal(err)
	}
}

// twice takes an answer from the device and sends it two times, and beside the question of somebody else.
func (r *rig) twice(ctx context.Context, address string) {
	r.t.Helper()
	const ask = `(async () => {
		const q = await (await fetch("/home/enter/key/ask", {method: "POST"})).json();
		const key = await navigator.credentials.get({publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(JSON.parse(q.options))});
		const other = await (await fetch("/home/enter/key/ask", {method: "POST"})).json();
		return [q.pending, JSON.stringify(key.toJSON()), other.pending];
	})()`
	does(r.t, ctx, "the door", chromedp.Navigate(address+EnterPath+"?again"), chromedp.WaitVisible(shows))
	got, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](ask, chromedp.EvalAwaitPromise))
	if err != nil {
		r.t.Fatal(err)
	}
	for i, want := range []struct {
		pending string
		code    int
	}{{got[2], http.StatusUnprocessableEntity}, {got[0], http.StatusSeeOther}, {got[0], http.StatusUnprocessableEntity}} {
		p := r.stranger()
		if rec := p.post(EnterPath+"/key", url.Values{"pending": {want.pending}, "answer": {got[1]}}); rec.Code != want.code || (p.cookies[deviceCookie] != "") != (want.code == http.StatusSeeOther) {
			r.t.Errorf("try %d of an answer: %d, want %d", i+1, rec.Code, want.code)
		}
	}
}
