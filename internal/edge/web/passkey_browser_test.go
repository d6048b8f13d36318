package web

import (
	"context"
	"crypto/rand"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/op"

	"hearth"
	"hearth/internal/base/config"
	"hearth/internal/base/db"
	"hearth/internal/base/page/pagetest"
	"hearth/internal/edge/web/single"
	"hearth/internal/fact/account"
)

// named serves a handler at a name, because browsers know no passkeys at a bare address.
func named(t *testing.T) (address string, serve func(http.Handler)) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return "http://localhost:" + port, func(h http.Handler) {
		s := &httptest.Server{Listener: l, Config: &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}}
		s.Start()
		t.Cleanup(s.Close)
	}
}

// token gives the browser a device that makes passkeys and knows its owner.
func token(t *testing.T, ctx context.Context) {
	t.Helper()
	if _, err := chromedp.Call(ctx, webauthn.Enable, webauthn.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	device := &webauthn.VirtualAuthenticatorOptions{Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
		HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true}
	if _, err := chromedp.Call(ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: device}); err != nil {
		t.Fatal(err)
	}
}

// does runs steps in the browser, and tells where it stood when one fails.
func does(t *testing.T, ctx context.Context, what string, steps ...chromedp.Action[chromedp.Void]) {
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

// An invitation is taken with a passkey; it opens the door without a name or a word, is asked for again before what would hurt, can't be the last to go, and
// opens nothing once its owner has left.
func TestAPasskeyFromTheInvitationToTheEnd(t *testing.T) {
	address, serve := named(t)
	h := newHouse(t, func(d *Deps) { d.Config = &config.Config{BaseURL: address} })
	serve(h.handler)
	var link string
	var id string
	h.write(func(ctx context.Context, tx *db.Tx) error {
		p, err := h.people.Create(ctx, tx, hearth.System("test"), account.Person{Staff: h.staff[hearth.RoleManager], Login: "dana@oak.example"})
		if err != nil {
			return err
		}
		id = p.ID
		link, err = h.people.Invite(ctx, tx, p.ID)
		return err
	})
	if err := h.people.SetPassword(t.Context(), id, words4); err != nil {
		t.Fatal(err)
	}
	ctx := pagetest.Browser(t)
	token(t, ctx)
	create, get := `form[data-passkey=create] button`, `form[data-passkey=get] button`
	does(t, ctx, "take the invitation", chromedp.Navigate(address+"/invitation/"+link), chromedp.WaitVisible(create), chromedp.SetValue(`form[data-passkey=create] [name=name]`, "My telephone"), chromedp.Click(create), chromedp.WaitVisible(`.shell`))
	here(t, ctx, "signed in", "/", "Today")
	if _, err := h.people.SignIn(t.Context(), "dana@oak.example", words4, account.From{}); hearth.CodeOf(err) != hearth.CodeForbidden {
		t.Errorf("the password of before still opens: %v", err)
	}
	does(t, ctx, "out", chromedp.Navigate(address+"/sign-out"), chromedp.Click(`form button`), chromedp.WaitVisible(`[name=login]`))
	if faults := pagetest.Audit(t, ctx); len(faults) > 0 {
		t.Errorf("the door: %v", faults)
	}
	does(t, ctx, "in by the keyboard", chromedp.WaitVisible(get), chromedp.Focus(get), chromedp.KeyEvent("\r"), chromedp.WaitVisible(`.shell`))
	does(t, ctx, "look at it", chromedp.Navigate(address+"/account"), chromedp.WaitVisible(`form[action$="/drop"] button`))
	here(t, ctx, "own sign-in", "/account", "My telephone", "last used on")
	if faults := pagetest.Audit(t, ctx); len(faults) > 0 {
		t.Errorf("one's own sign-in: %v", faults)
	}
	does(t, ctx, "the only way in", chromedp.Click(`form[action$="/drop"] button`), chromedp.WaitVisible(`.toast`))
	here(t, ctx, "it stays", "/account", "My telephone", "your only way in")
	h.clock.Advance(11 * time.Minute)
	does(t, ctx, "asked again", chromedp.Navigate(address+"/account?key=new"), chromedp.WaitVisible(get))
	here(t, ctx, "is it you", "/account/again", "Is it you?")
	if faults := pagetest.Audit(t, ctx); len(faults) > 0 {
		t.Errorf("is it you: %v", faults)
	}
	does(t, ctx, "it is", chromedp.Click(get), chromedp.WaitVisible(create))
	here(t, ctx, "and on", "/account")
	h.write(func(ctx context.Context, tx *db.Tx) error { return h.people.Close(ctx, tx, id) })
	does(t, ctx, "after leaving", chromedp.Navigate(address+"/sign-in"), chromedp.WaitVisible(get), chromedp.Click(get), chromedp.WaitVisible(`.note`))
	here(t, ctx, "nobody", "/sign-in/key", "was not recognised")
}

// An answer is good once, for the question that it answers, at the address where it was asked.
func TestAnswersOfPasskeysThatProveNothing(t *testing.T) {
	h := newHouse(t, func(d *Deps) { d.Config = &config.Config{BaseURL: "https://hearth.oak.example"} })
	for _, form := range []url.Values{{}, {"pending": {"none"}, "answer": {"{}"}}, {"pending": {strings.Repeat("a", 5000)}, "answer": {strings.Repeat("[", 100000)}}, {"answer": {`{"id":"x","type":"public-key"}`}}} {
		if rec := h.ask("POST", "/sign-in/key", form, nil); rec.Code != http.StatusUnprocessableEntity || given(rec, "__Host-hearth") != nil {
			t.Errorf("%v: %d", form["answer"], rec.Code)
		}
	}
	rec := h.ask("POST", "/sign-in/key/ask", nil, nil)
	if rec.Code != 200 || !strings.Contains(rec.Body.String(), "hearth.oak.example") || strings.Contains(rec.Body.String(), "allowCredentials") {
		t.Errorf("a question to strangers: %d %s", rec.Code, rec.Body)
	}
	plain := newHouse(t, func(d *Deps) { d.Config = &config.Config{BaseURL: "http://192.0.2.7:8080"} })
	if rec := plain.ask("GET", "/sign-in", nil, nil); strings.Contains(rec.Body.String(), "data-passkey") {
		t.Error("a passkey is offered at a bare address")
	}
	if rec := plain.ask("POST", "/sign-in/key/ask", nil, nil); rec.Code != http.StatusUnprocessableEntity {
		t.Errorf("asked at a bare address: %d", rec.Code)
	}
}

// provided is a real provider of single sign-on, with its people.
type provided struct{ people map[string]*storage.User }

// GetUserByID finds one of them.
func (p provided) GetUserByID(id string) *storage.User { return p.people[id] }

// GetUserByUsername finds one of them.
func (p provided) GetUserByUsername(name string) *storage.User {
	for _, u := range p.people {
		if u.Username == name {
			return u
		}
	}
	return nil
}

// ExampleClientID is asked for by the provider's storage.
func (provided) ExampleClientID() string { return "service" }

// Somebody of the team comes in through the organization's own sign-in, and proves it there once more; a stranger, an address that was not checked, and an
// answer that belongs to another browser open nothing.
func TestThroughAnOrganizationsSignIn(t *testing.T) {
	address, serve := named(t)
	issuer, provide := named(t)
	people := provided{map[string]*storage.User{}}
	for _, u := range []*storage.User{{ID: "u1", Username: "dana", Password: "dana's word", Email: "property_manager@oak.example", EmailVerified: true},
		{ID: "u2", Username: "stranger", Password: "a word", Email: "stranger@elsewhere.example", EmailVerified: true},
		{ID: "u3", Username: "unchecked", Password: "a word", Email: "technician@oak.example"}} {
		people.people[u.ID] = u
	}
	clients := map[string]*storage.Client{"hearth": storage.WebClient("hearth", "a secret", address+BackPath)}
	provide(exampleop.SetupServer(issuer, storage.NewStorageWithClients(people, clients), nil, false, op.WithAllowInsecure()))
	h := newHouse(t, func(d *Deps) {
		d.Config = &config.Config{BaseURL: address}
		d.Single = single.New(single.Settings{Issuer: issuer, Client: "hearth", Secret: "a secret", Name: "Oak Living", Back: address + BackPath}, d.Clock.Now, rand.Reader)
	})
	serve(h.handler)
	// The provider lives in real time, and what it says is held to the clock: ours is eleven minutes behind until it has to be right.
	res, err := http.Get(issuer + "/.well-known/openid-configuration") //nolint:gosec,noctx // our own server
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	now, err := http.ParseTime(res.Header.Get("Date"))
	if err != nil {
		t.Fatal(err)
	}
	h.clock.Advance(now.Sub(h.clock.Now()) - 11*time.Minute)
	for role := range h.staff {
		h.session(role)
	}
	ctx := pagetest.Browser(t)
	through := func(name, word string) []chromedp.Action[chromedp.Void] {
		return []chromedp.Action[chromedp.Void]{chromedp.WaitVisible(`#username`), chromedp.SendKeys(`#username`, name), chromedp.SendKeys(`#password`, word), chromedp.Click(`button`)}
	}
	way := `a[href^="/sign-in/single"]`
	begin := []chromedp.Action[chromedp.Void]{chromedp.Navigate(address + "/residents"), chromedp.WaitVisible(way), chromedp.Click(way)}
	does(t, ctx, "a stranger", append(append(begin, through("stranger", "a word")...), chromedp.WaitVisible(`.note`))...)
	here(t, ctx, "a stranger", BackPath, "Nobody with the address stranger@elsewhere.example can sign in here")
	does(t, ctx, "unchecked", append(append(begin, through("unchecked", "a word")...), chromedp.WaitVisible(`.note`))...)
	here(t, ctx, "unchecked", BackPath, "did not say an address that it has checked")
	does(t, ctx, "dana", append(append(begin, through("dana", "dana's word")...), chromedp.WaitVisible(`.shell`))...)
	here(t, ctx, "dana is in", "/residents", "Residents")
	h.clock.Advance(11 * time.Minute)
	again := `a[href^="/account/again/single"]`
	does(t, ctx, "once more", chromedp.Navigate(address+"/account?key=new"), chromedp.WaitVisible(again), chromedp.Click(again), chromedp.WaitVisible(`#username`))
	does(t, ctx, "proved", append(through("dana", "dana's word"), chromedp.WaitVisible(`form[data-passkey=create] button`))...)
	here(t, ctx, "proved", "/account", "Make a passkey on this device")

	if rec := h.ask("GET", BackPath+"?state=x&code=y", nil, nil); rec.Code != http.StatusUnprocessableEntity || given(rec, "hearth") != nil {
		t.Errorf("a way back without a beginning: %d", rec.Code)
	}
	rec := h.ask("GET", "/sign-in/single", nil, nil)
	state := given(rec, "hearth-single")
	if rec.Code != http.StatusSeeOther || state == nil || !strings.Contains(rec.Header().Get("Location"), "code_challenge_method=S256") {
		t.Fatalf("away: %d %v", rec.Code, rec.Header())
	}
	if rec := h.ask("GET", BackPath+"?code=y&state="+url.QueryEscape(state.Value), nil, map[string]string{"hearth-single": "another"}); rec.Code != http.StatusUnprocessableEntity || given(rec, "hearth") != nil {
		t.Errorf("a way back begun in another browser: %d", rec.Code)
	}
	if rec := h.ask("GET", BackPath+"?code=y&state="+url.QueryEscape(state.Value), nil, map[string]string{"hearth-single": state.Value}); rec.Code != http.StatusUnprocessableEntity || given(rec, "hearth") != nil {
		t.Errorf("a code that the provider never gave: %d", rec.Code)
	}
	if rec := h.ask("GET", BackPath+"?code=y&state="+url.QueryEscape(state.Value), nil, map[string]string{"hearth-single": state.Value}); !strings.Contains(rec.Body.String(), "used already") {
		t.Errorf("a way back twice: %d %s", rec.Code, rec.Body)
	}
}

// While the provider is down the other ways in are open.
func TestTheOrganizationsSignInIsDown(t *testing.T) {
	h := newHouse(t, func(d *Deps) {
		d.Single = single.New(single.Settings{Issuer: "http://127.0.0.1:1", Client: "hearth", Secret: "a secret", Back: "http://localhost" + BackPath}, d.Clock.Now, rand.Reader)
	})
	rec := h.ask("GET", "/sign-in/single", nil, nil)
	if rec.Code != http.StatusServiceUnavailable || !strings.Contains(rec.Body.String(), "does not answer") || !strings.Contains(rec.Body.String(), `name="password"`) {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
}
