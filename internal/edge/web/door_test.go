package web

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/config"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/base/httpd"
	"hearth/internal/base/page/sheet"
	"hearth/internal/decide/broadcast"
	"hearth/internal/decide/desk"
	"hearth/internal/fact/account"
	"hearth/internal/fact/record"
	"hearth/internal/sense/signal"
)

// house is the pages with a door: somebody of each role, at one property.
type house struct {
	*deskRoom
	t       *testing.T
	clock   *hearth.VirtualClock
	people  *account.People
	handler http.Handler
	oak     hearth.PropertyID
	staff   map[hearth.Role]hearth.StaffID
	rounds  map[string]hearth.PropertyID // what is there to be printed
}

func newHouse(t *testing.T, change func(*Deps)) *house {
	t.Helper()
	d, clock := dbtest.SQLite(t)
	h := &house{deskRoom: newDeskRoom(t, d, clock), t: t, clock: clock, staff: map[hearth.Role]hearth.StaffID{}, rounds: map[string]hearth.PropertyID{}}
	deps := h.web.Deps
	var err error
	if h.people, err = account.NewPeople(account.Deps{DB: d, Records: deps.Records, Random: rand.Reader, Cost: account.Cost{KiB: 64, Rounds: 1}}); err != nil {
		t.Fatal(err)
	}
	deps.People, deps.Config, deps.Open = h.people, &config.Config{}, false
	deps.Round = func(_ context.Context, id string) (sheet.Batch, hearth.PropertyID, error) {
		if at, ok := h.rounds[id]; ok {
			return sheet.Batch{Title: "Letters for Ben"}, at, nil
		}
		return sheet.Batch{}, "", hearth.Errorf(hearth.CodeNotFound, "There is no such round.")
	}
	deps.Broadcasts = broadcast.New(broadcast.Deps{DB: d, Records: deps.Records, Messages: deps.Messages, Desk: deps.Inbox.Desk, Views: noSigns,
		Members: func(context.Context, string, hearth.PropertyID) ([]hearth.ResidentID, error) { return nil, nil },
		NewID:   func() (string, error) { return "brd_1", nil }, Cost: func(int) string { return "" }})
	if change != nil {
		change(&deps)
	}
	h.web = New(deps)
	h.handler = httpd.Wrap(h.web, httpd.Options{Log: deps.Logger, Clock: clock})
	h.write(func(ctx context.Context, tx *db.Tx) error {
		all, err := deps.Records.Properties(ctx, tx)
		if err != nil {
			return err
		}
		h.oak = all[0].ID
		for _, role := range hearth.Roles() {
			m, _, err := deps.Records.PutStaff(ctx, tx, record.News{Source: "hr"}, record.Staff{Name: "Somebody " + string(role), Email: string(role) + "@oak.example",
				Roles: []record.StaffRole{{Property: h.oak, Role: role}}})
			if err != nil {
				return err
			}
			h.staff[role] = m.ID
		}
		return nil
	})
	return h
}

// noSigns knows no signals of anybody.
func noSigns(_ context.Context, tx *db.Tx, _ []hearth.ResidentID) (desk.Views, error) {
	return func(hearth.ResidentID) signal.View { return signal.NewView(&signal.State{}, tx.Now(), time.UTC) }, nil
}

func (h *house) write(f func(ctx context.Context, tx *db.Tx) error) {
	h.t.Helper()
	if err := h.web.DB.Write(h.t.Context(), func(tx *db.Tx) error { return f(h.t.Context(), tx) }); err != nil {
		h.t.Fatal(err)
	}
}

// session signs a role in.
func (h *house) session(role hearth.Role) string {
	h.t.Helper()
	var id string
	h.write(func(ctx context.Context, tx *db.Tx) error {
		p, err := h.people.ByStaff(ctx, tx, h.staff[role])
		if hearth.CodeOf(err) == hearth.CodeNotFound {
			p, err = h.people.Create(ctx, tx, hearth.System("test"), account.Person{Staff: h.staff[role], Login: string(role) + "@oak.example"})
		}
		id = p.ID
		return err
	})
	s, err := h.people.Guest(h.t.Context(), id, account.From{Device: "Firefox on Linux"})
	if err != nil {
		h.t.Fatal(err)
	}
	return s
}

// ask sends a request with cookies, as a browser of the same site does.
func (h *house) ask(method, path string, form url.Values, cookies map[string]string) *httptest.ResponseRecorder {
	h.t.Helper()
	r := httptest.NewRequestWithContext(h.t.Context(), method, path, strings.NewReader(form.Encode()))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for n, v := range cookies {
		r.AddCookie(&http.Cookie{Name: n, Value: v})
	}
	r.RemoteAddr = "192.0.2.1:1234"
	rec := httptest.NewRecorder()
	h.handler.ServeHTTP(rec, r)
	return rec
}

func given(rec *httptest.ResponseRecorder, name string) *http.Cookie {
	for _, c := range rec.Result().Cookies() {
		if c.Name == name {
			return c
		}
	}
	return nil
}

const (
	words4  = "copper lantern walks slowly"
	others5 = "seven geese over the harbour"
)

// From the first start to a second factor, through the pages alone, without a script.
func TestFromTheFirstStart(t *testing.T) {
	h := newHouse(t, nil)
	if rec := h.ask("GET", "/sign-in", nil, nil); !strings.Contains(rec.Body.String(), "Nobody has an account yet") {
		t.Error(rec.Body)
	}
	var link string
	h.write(func(ctx context.Context, tx *db.Tx) (err error) { link, err = h.people.SetupLink(ctx, tx); return err })
	path := "/set-up/" + link
	rec := h.ask("GET", path, nil, nil)
	app := regexp.MustCompile(`secret=([A-Z2-7]+)`).FindStringSubmatch(rec.Body.String())
	if rec.Code != 200 || app == nil {
		t.Fatal(rec.Code, rec.Body)
	}
	form := url.Values{"name": {"Dana Reyes"}, "login": {"dana@oak.example"}, "password": {"short"}, "manages": {"yes"}}
	if rec = h.ask("POST", path, form, nil); rec.Code != 422 || !strings.Contains(rec.Body.String(), "at least 15 characters") || !strings.Contains(rec.Body.String(), "Dana Reyes") {
		t.Error(rec.Code, rec.Body)
	}
	form.Set("password", words4)
	form.Set("code", account.CodeNow(app[1], h.clock.Now()))
	if rec = h.ask("POST", path, form, nil); rec.Code != 200 || !strings.Contains(rec.Body.String(), "Keep these codes") {
		t.Fatal(rec.Code, rec.Body)
	}
	c := given(rec, "hearth")
	if c == nil || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode {
		t.Fatalf("cookie %+v", c)
	}
	if rec = h.ask("GET", path, nil, nil); rec.Code != 404 {
		t.Errorf("the link opens twice: %d", rec.Code)
	}
	if rec = h.ask("GET", "/happened", nil, map[string]string{"hearth": c.Value}); rec.Code != 200 {
		t.Error(rec.Code, rec.Body)
	}
	if rec = h.ask("POST", "/sign-out", nil, map[string]string{"hearth": c.Value}); rec.Code != 303 || given(rec, "hearth").MaxAge >= 0 {
		t.Error(rec.Code)
	}
	if rec = h.ask("GET", "/happened", nil, map[string]string{"hearth": c.Value}); rec.Code != 401 || !strings.Contains(rec.Body.String(), `value="/happened"`) {
		t.Error(rec.Code, rec.Body)
	}
	h.clock.Advance(time.Minute)
	if rec = h.ask("POST", "/sign-in", url.Values{"login": {"dana@oak.example"}, "password": {others5}}, nil); rec.Code != 422 || !strings.Contains(rec.Body.String(), "not right") {
		t.Error(rec.Code, rec.Body)
	}
	rec = h.ask("POST", "/sign-in", url.Values{"login": {"dana@oak.example"}, "password": {words4}, "next": {"/happened"}}, nil)
	if rec.Code != 303 || rec.Header().Get("Location") != "/sign-in/code?next=%2Fhappened" || given(rec, "hearth") != nil {
		t.Fatal(rec.Code, rec.Header())
	}
	half := map[string]string{"hearth-second": given(rec, "hearth-second").Value}
	if rec = h.ask("POST", "/sign-in/code", url.Values{"code": {"000000"}}, half); rec.Code != 422 {
		t.Error(rec.Code)
	}
	rec = h.ask("POST", "/sign-in/code", url.Values{"code": {account.CodeNow(app[1], h.clock.Now())}, "next": {"/happened"}}, half)
	if rec.Code != 303 || rec.Header().Get("Location") != "/happened" || given(rec, "hearth") == nil {
		t.Error(rec.Code, rec.Body)
	}
}

// Nobody is led elsewhere by a link to the door.
func TestNextStaysHere(t *testing.T) {
	h := newHouse(t, func(d *Deps) { d.Open = true })
	for _, next := range []string{"https://evil.example", "//evil.example", `/\evil.example`, "javascript:alert(1)", "/\t/evil.example", "evil", "%2F%2Fevil.example", "/\r\nSet-Cookie: x=1",
		"///evil.example", "/%5Cevil.example/..//", "http:/evil.example"} {
		rec := h.ask("GET", "/sign-in?next="+url.QueryEscape(next), nil, nil)
		if m := regexp.MustCompile(`name="next" value="([^"]*)"`).FindStringSubmatch(rec.Body.String()); m == nil || !strings.HasPrefix(m[1], "/") || strings.HasPrefix(m[1], "//") || strings.Contains(m[1], `\`) {
			t.Errorf("next=%q leads to %q", next, m)
		}
	}
}

// ownPage is the page about one's own sign-in.
func ownPage(h *house, cookies map[string]string) string {
	return h.ask("GET", "/account", nil, cookies).Body.String()
}

func TestAccountPages(t *testing.T) {
	h := newHouse(t, nil)
	mine, other := h.session(hearth.RoleManager), h.session(hearth.RoleManager)
	in := map[string]string{"hearth": mine}
	rec := h.ask("GET", "/account", nil, in)
	if rec.Code != 200 || strings.Count(rec.Body.String(), "Firefox on Linux") < 2 {
		t.Fatal(rec.Code, rec.Body)
	}
	if rec = h.ask("POST", "/account/sessions/end", nil, in); rec.Code != 303 {
		t.Error(rec.Code)
	}
	// Light or dark is this device's; single keys are the person's, and off on whatever else they sign in at.
	musts(t, "how pages are", ownPage(h, in), "How pages are for you", `action="/account/device"`, `href="/account#device"`, `data-keys=""`)
	if rec = h.ask("POST", "/account/device", url.Values{"theme": {"dark"}, "keys": {"off"}}, in); rec.Code != 303 || given(rec, "theme") == nil {
		t.Fatal(rec.Code, rec.Body)
	}
	chosen := map[string]string{"hearth": mine, "theme": given(rec, "theme").Value}
	musts(t, "dark, without keys", ownPage(h, chosen), `class="dark"`, `data-keys="off"`, `value="dark" selected`)
	musts(t, "at another device", ownPage(h, map[string]string{"hearth": h.session(hearth.RoleManager)}), `data-keys="off"`, `class=""`)
	musts(t, "somebody else there", ownPage(h, map[string]string{"hearth": h.session(hearth.RoleAssistant)}), `data-keys=""`)
	if rec = h.ask("POST", "/account/device", url.Values{"theme": {"<b>"}}, in); rec.Code != 422 || given(rec, "theme") != nil {
		t.Error("what is not offered is kept:", rec.Code)
	}
	if rec = h.ask("POST", "/account/device", url.Values{}, chosen); given(rec, "theme").MaxAge >= 0 || !strings.Contains(ownPage(h, in), `data-keys=""`) {
		t.Error("the choice does not go back to what the device says")
	}
	if rec = h.ask("GET", "/account", nil, map[string]string{"hearth": other}); rec.Code != 401 {
		t.Errorf("the other device: %d", rec.Code)
	}
	if rec = h.ask("POST", "/account/password", url.Values{"password": {"password"}}, in); rec.Code != 422 || !strings.Contains(rec.Body.String(), "at least 15") {
		t.Error(rec.Code, rec.Body)
	}
	rec = h.ask("POST", "/account/password", url.Values{"password": {words4}}, in)
	if rec.Code != 303 || given(rec, "hearth") == nil {
		t.Fatal(rec.Code, rec.Body)
	}
	in["hearth"] = given(rec, "hearth").Value
	h.clock.Advance(account.StepUpWithin + time.Minute)
	if rec = h.ask("POST", "/account/password", url.Values{"password": {others5}}, in); rec.Code != 303 || !strings.HasPrefix(rec.Header().Get("Location"), "/account/again") {
		t.Errorf("no question before a change: %d %s", rec.Code, rec.Header())
	}
	if rec = h.ask("POST", "/account/again", url.Values{"password": {others5}}, in); rec.Code != 422 {
		t.Error(rec.Code, rec.Body)
	}
	rec = h.ask("POST", "/account/again", url.Values{"password": {words4}, "next": {"/account?app=new"}}, in)
	if rec.Code != 303 || given(rec, "hearth") == nil || given(rec, "hearth").Value == in["hearth"] {
		t.Fatal(rec.Code, rec.Body)
	}
	in["hearth"] = given(rec, "hearth").Value
	rec = h.ask("GET", "/account?app=new", nil, in)
	app := regexp.MustCompile(`secret=([A-Z2-7]+)`).FindStringSubmatch(rec.Body.String())
	pending := regexp.MustCompile(`name="pending" value="([^"]+)"`).FindStringSubmatch(rec.Body.String())
	if app == nil || pending == nil {
		t.Fatal(rec.Body)
	}
	if rec = h.ask("POST", "/account/app", url.Values{"pending": {pending[1]}, "code": {account.CodeNow(app[1], h.clock.Now())}}, in); rec.Code != 200 || !strings.Contains(rec.Body.String(), "Keep these recovery codes") {
		t.Error(rec.Code, rec.Body)
	}
}

// Who opens sign-ins gives links and can't choose; they reach only those whose every role lies where they may.
func TestTheTeamsSignIns(t *testing.T) {
	h := newHouse(t, nil)
	in := map[string]string{"hearth": h.session(hearth.RoleManager)}
	var elsewhere hearth.StaffID
	h.write(func(ctx context.Context, tx *db.Tx) error {
		elm, _, err := h.web.Records.PutProperty(ctx, tx, record.News{Source: "hr"}, record.Property{Name: "Elm Court", Zone: "America/Chicago"})
		if err != nil {
			return err
		}
		m, _, err := h.web.Records.PutStaff(ctx, tx, record.News{Source: "hr"}, record.Staff{Name: "Quinn Elsewhere", Email: "quinn@elm.example",
			Roles: []record.StaffRole{{Property: elm.ID, Role: hearth.RoleManager}, {Property: h.oak, Role: hearth.RoleLeasing}}})
		elsewhere = m.ID
		return err
	})
	rec := h.ask("GET", "/accounts", nil, in)
	if rec.Code != 200 || !strings.Contains(rec.Body.String(), "Somebody technician") || strings.Contains(rec.Body.String(), "Quinn") {
		t.Fatal(rec.Code, rec.Body)
	}
	if rec = h.ask("POST", "/accounts/"+string(elsewhere)+"/invite", nil, in); rec.Code != 404 {
		t.Errorf("somebody of others5 property: %d", rec.Code)
	}
	tech := "/accounts/" + string(h.staff[hearth.RoleTechnician])
	rec = h.ask("POST", tech+"/invite", nil, in)
	link := regexp.MustCompile(`http://[^/]+(/invitation/[\w-]+)`).FindStringSubmatch(rec.Body.String())
	if rec.Code != 200 || link == nil {
		t.Fatal(rec.Code, rec.Body)
	}
	rec = h.ask("POST", link[1], url.Values{"password": {words4}}, nil)
	if rec.Code != 303 {
		t.Fatal(rec.Code, rec.Body)
	}
	theirs := map[string]string{"hearth": given(rec, "hearth").Value}
	if rec = h.ask("GET", "/", nil, theirs); rec.Code != 200 {
		t.Error(rec.Code)
	}
	if rec = h.ask("POST", tech+"/close", nil, theirs); rec.Code != 403 {
		t.Errorf("a technician closes sign-ins: %d", rec.Code)
	}
	if rec = h.ask("POST", tech+"/close", nil, in); rec.Code != 303 {
		t.Error(rec.Code, rec.Body)
	}
	if rec = h.ask("GET", "/", nil, theirs); rec.Code != 401 {
		t.Errorf("closed, and yet %d", rec.Code)
	}
	h.clock.Advance(account.StepUpWithin + time.Minute)
	if rec = h.ask("POST", tech+"/invite", nil, in); rec.Code != 303 || rec.Header().Get("Location") != "/account/again?next=%2Faccounts&form=1" {
		t.Errorf("no question before a sign-in is opened: %d", rec.Code)
	}
}

// Behind TLS the cookie is bound to the host, and browsers are told to stay with TLS.
func TestBehindTLS(t *testing.T) {
	h := newHouse(t, func(d *Deps) { d.Config = &config.Config{BaseURL: "https://hearth.oak.example"}; d.Open = true })
	rec := h.ask("POST", "/look", url.Values{"staff": {string(h.staff[hearth.RoleTechnician])}}, nil)
	c := given(rec, "__Host-hearth")
	if c == nil || !c.Secure || !c.HttpOnly || c.Path != "/" || c.Domain != "" {
		t.Fatalf("cookie %+v", c)
	}
	if hsts := rec.Header().Get("Strict-Transport-Security"); !strings.HasPrefix(hsts, "max-age=31536000") {
		t.Error(hsts)
	}
	r := httptest.NewRequestWithContext(t.Context(), "GET", "/", nil)
	r.AddCookie(&http.Cookie{Name: "hearth", Value: c.Value})
	if h.web.sessionOf(r) != "" {
		t.Error("a cookie without the prefix was believed behind TLS")
	}
}

func TestAnOpenCommunity(t *testing.T) {
	h := newHouse(t, func(d *Deps) { d.Open = true })
	rec := h.ask("GET", "/", nil, nil)
	if rec.Code != 200 || !strings.Contains(rec.Body.String(), "Look around as somebody else") {
		t.Fatal(rec.Code, rec.Body)
	}
	rec = h.ask("GET", "/sign-in", nil, nil)
	if !strings.Contains(rec.Body.String(), "Somebody service_coordinator, service coordinator") {
		t.Error(rec.Body)
	}
	rec = h.ask("POST", "/look", url.Values{"staff": {string(h.staff[hearth.RoleTechnician])}}, nil)
	in := map[string]string{"hearth": given(rec, "hearth").Value}
	if rec = h.ask("GET", "/happened", nil, in); rec.Code != 403 {
		t.Errorf("as a technician: %d", rec.Code)
	}
	closed := newHouse(t, nil)
	if rec = closed.ask("POST", "/look", url.Values{"staff": {string(closed.staff[hearth.RoleTechnician])}}, nil); rec.Code != 404 && rec.Code != 405 {
		t.Errorf("a community that is not open lets guests in: %d", rec.Code)
	}
}

// What a proxy says is believed of those that the settings name, and of nobody else.
func TestAddressBehindProxies(t *testing.T) {
	for _, c := range []struct{ proxies, remote, forwarded, want string }{
		{"", "10.0.0.1:1", "203.0.113.5", "10.0.0.1"},
		{"10.0.0.0/8", "10.0.0.1:1", "203.0.113.5", "203.0.113.5"},
		{"10.0.0.0/8", "10.0.0.1:1", "1.1.1.1, 203.0.113.5, 10.0.0.9", "203.0.113.5"},
		{"10.0.0.0/8", "203.0.113.9:1", "1.1.1.1", "203.0.113.9"},
		{"10.0.0.0/8", "10.0.0.1:1", "nonsense", "10.0.0.1"},
		{"::1/128", "[::1]:1", "2001:db8::1", "2001:db8::1"},
	} {
		w := &Web{Deps: Deps{Config: &config.Config{Proxies: c.proxies}}}
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/", nil)
		r.RemoteAddr = c.remote
		r.Header.Set("X-Forwarded-For", c.forwarded)
		if got := w.address(r); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

func TestDeviceWords(t *testing.T) {
	for agent, want := range map[string]string{
		"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0":                                                "Firefox on Linux",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1":   "Safari on iPhone",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0": "Edge on Windows",
		"": "Another device",
	} {
		if got := deviceWords(agent); got != want {
			t.Errorf("%q: %q, want %q", agent, got, want)
		}
	}
}

// publicRoutes are all that may be reached without being signed in.
func publicRoutes() []string {
	return []string{"GET /healthz", "GET /readyz", "GET /sign-in", "POST /sign-in", "GET /sign-in/code", "POST /sign-in/code", "GET /sign-out", "POST /sign-out",
		"GET /set-up/{key}", "POST /set-up/{key}", "GET /invitation/{key}", "POST /invitation/{key}", "POST /invitation/{key}/key",
		"POST /sign-in/key/ask", "POST /sign-in/key"}
}

// The matrix: every page and action that is there, asked by nobody and by somebody of each role. Whoever lacks the right is refused, whoever
// has it is not, and a route whose right the policy does not know fails.
func TestEveryRouteIsInThePolicy(t *testing.T) {
	h := newHouse(t, nil)
	sessions := map[hearth.Role]string{}
	for _, role := range hearth.Roles() {
		sessions[role] = h.session(role)
	}
	known := map[right]account.Grant{}
	for _, g := range account.Grants() {
		known[g.Right] = g
	}
	asked := 0
	for _, rt := range h.web.routes() {
		method, pattern, _ := strings.Cut(rt.pattern, " ")
		path := regexp.MustCompile(`\{\$\}$|\{[^}]+\}`).ReplaceAllStringFunc(pattern, func(s string) string {
			if s == "{$}" {
				return ""
			}
			return "none"
		})
		if rt.need == anybody {
			if !slices.Contains(publicRoutes(), rt.pattern) {
				t.Errorf("%s is open to anybody, and is not among those that may be", rt.pattern)
			}
			continue
		}
		grant, ok := known[rt.need]
		if !ok {
			t.Errorf("%s needs %q, which the policy does not know", rt.pattern, rt.need)
			continue
		}
		if rec := h.quick(method, path, nil); rec.Code != http.StatusUnauthorized {
			t.Errorf("%s: nobody is answered %d, want 401", rt.pattern, rec.Code)
		}
		for _, role := range hearth.Roles() {
			// What is done may end sessions: each is asked with one of its own.
			if rt.need == account.OwnAccount && method == http.MethodPost {
				sessions[role] = h.session(role)
			}
			rec := h.quick(method, path, map[string]string{"hearth": sessions[role]})
			asked++
			led := pattern == "/{$}" && rec.Code == http.StatusSeeOther // to the first page that the role may see
			if refused := rec.Code == http.StatusForbidden || led; refused == grant.Has(role) && !grant.Self || rec.Code >= 500 && rec.Code != 503 {
				t.Errorf("%s as %s: %d, and the right is %v", rt.pattern, role, rec.Code, grant.Has(role))
			}
			if grant.Self && rec.Code == http.StatusForbidden {
				t.Errorf("%s as %s: %d, and it is their own", rt.pattern, role, rec.Code)
			}
		}
	}
	if asked < 100 {
		t.Errorf("only %d cells were asked", asked)
	}
	t.Logf("%d cells", asked)
}

// quick asks and hangs up at once where an answer would go on and on.
func (h *house) quick(method, path string, cookies map[string]string) *httptest.ResponseRecorder {
	h.t.Helper()
	if path != "/live" {
		return h.ask(method, path, nil, cookies)
	}
	ctx, cancel := context.WithTimeout(h.t.Context(), 50*time.Millisecond)
	defer cancel()
	r := httptest.NewRequestWithContext(ctx, method, path, nil)
	for n, v := range cookies {
		r.AddCookie(&http.Cookie{Name: n, Value: v})
	}
	rec := httptest.NewRecorder()
	h.handler.ServeHTTP(rec, r)
	return rec
}

// Every page carries the headers that browsers hold it to, and nothing inline that they would have to believe.
func TestHeadersOfEveryPage(t *testing.T) {
	h := newHouse(t, func(d *Deps) { d.Config = &config.Config{BaseURL: "https://hearth.oak.example"} })
	in := map[string]string{"__Host-hearth": h.session(hearth.RoleManager)}
	inline := regexp.MustCompile(`(?i)<script(?:\s[^>]*)?>\s*[^\s<]|<style|\son[a-z]+\s*=\s*"|\sstyle\s*=|javascript:`)
	pages := 0
	for _, rt := range h.web.routes() {
		method, pattern, _ := strings.Cut(rt.pattern, " ")
		if method != http.MethodGet || pattern == "/live" {
			continue
		}
		path := regexp.MustCompile(`\{[^}]+\}`).ReplaceAllString(strings.TrimSuffix(pattern, "{$}"), "none")
		rec := h.ask(method, path, nil, in)
		pages++
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "Strict-Transport-Security": "max-age=31536000; includeSubDomains"} {
			if got := rec.Header().Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", rt.pattern, name, got, want)
			}
		}
		csp := rec.Header().Get("Content-Security-Policy")
		for _, must := range []string{"default-src 'none'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"} {
			if !strings.Contains(csp, must) {
				t.Errorf("%s: the policy lacks %s: %s", rt.pattern, must, csp)
			}
		}
		if strings.Contains(csp, "unsafe") || strings.Contains(csp, "*") {
			t.Errorf("%s: the policy is loose: %s", rt.pattern, csp)
		}
		if m := inline.FindString(rec.Body.String()); m != "" && strings.Contains(rec.Header().Get("Content-Type"), "html") {
			t.Errorf("%s: something inline: %q", rt.pattern, m)
		}
	}
	if pages < 10 {
		t.Errorf("only %d pages were looked at", pages)
	}
}

// A form that others5 site sends is refused, whatever it is.
func TestFormsOfOtherSites(t *testing.T) {
	h := newHouse(t, nil)
	for _, rt := range h.web.routes() {
		method, pattern, _ := strings.Cut(rt.pattern, " ")
		if method == http.MethodGet {
			continue
		}
		r := httptest.NewRequestWithContext(t.Context(), method, regexp.MustCompile(`\{[^}]+\}`).ReplaceAllString(pattern, "none"), nil)
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		r.Header.Set("Origin", "https://evil.example")
		r.AddCookie(&http.Cookie{Name: "hearth", Value: h.session(hearth.RoleManager)})
		rec := httptest.NewRecorder()
		h.handler.ServeHTTP(rec, r)
		if rec.Code != http.StatusForbidden {
			t.Errorf("%s from elsewhere: %d", rt.pattern, rec.Code)
		}
	}
}
