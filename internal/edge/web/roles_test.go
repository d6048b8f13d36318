package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/page/pagetest"
	"hearth/internal/fact/account"
)

// askedIDs gives what waits for a second person.
func (h *house) askedIDs() (out []string) {
	h.t.Helper()
	h.write(func(ctx context.Context, tx *db.Tx) error {
		all, err := h.people.RoleAsks(ctx, tx, h.oak, h.clock.Now())
		for _, a := range all {
			if a.Waits(h.clock.Now()) {
				out = append(out, a.ID)
			}
		}
		return err
	})
	return out
}

// A coordinator is made by two people: whoever asks does not say yes, nor who gets it, nor the manager, by page or by a form that was made up.
func TestARoleThatTakesTwo(t *testing.T) {
	h := newHouse(t, nil)
	in := map[hearth.Role]map[string]string{}
	for _, r := range hearth.Roles() {
		in[r] = map[string]string{"hearth": h.session(r)}
	}
	tech := h.staff[hearth.RoleTechnician]
	ask := func(by hearth.Role) {
		t.Helper()
		if rec := h.ask("POST", "/setup/team/"+string(tech)+"/roles", url.Values{"role": {"service_coordinator"}}, in[by]); rec.Code != http.StatusSeeOther {
			t.Fatalf("%s asks: %d", by, rec.Code)
		}
	}
	ask(hearth.RoleAdmin)
	ids := h.askedIDs()
	if len(ids) != 1 || h.rolesNow(tech) != "technician" {
		t.Fatalf("%d wait, and they have %s", len(ids), h.rolesNow(tech))
	}
	for _, by := range hearth.Roles() {
		if by == hearth.RoleCoordinator || by == hearth.RoleRegional {
			continue
		}
		if rec := h.ask("POST", "/roles/"+ids[0]+"/yes", nil, in[by]); rec.Code != http.StatusForbidden || h.rolesNow(tech) != "technician" {
			t.Errorf("%s says yes: %d, and they have %s", by, rec.Code, h.rolesNow(tech))
		}
	}
	if body := h.ask("GET", "/roles", nil, in[hearth.RoleAdmin]).Body.String(); strings.Contains(body, "/yes\"") || !strings.Contains(body, "Take back") {
		t.Error("whoever asked is offered to say yes, or can't take it back")
	}
	if body := h.ask("GET", "/setup/team?open="+string(tech), nil, in[hearth.RoleAdmin]).Body.String(); !strings.Contains(body, "waits until a second person says yes") || !strings.Contains(body, "Service coordinator, once a second person says yes") {
		t.Error("the page of the team does not say that a second person is waited for")
	}
	body := h.ask("GET", "/roles", nil, in[hearth.RoleCoordinator]).Body.String()
	if !regexp.MustCompile(`Somebody technician[\s\S]*Somebody administrator asked on[\s\S]*technician@oak.example[\s\S]*Yes, give it`).MatchString(body) {
		t.Error("the second person is not shown who asks for what for whom")
	}
	if rec := h.ask("POST", "/roles/"+ids[0]+"/yes", nil, in[hearth.RoleCoordinator]); rec.Code != http.StatusSeeOther || h.rolesNow(tech) != "service_coordinator technician" {
		t.Errorf("a second person says yes: %d, and they have %s", rec.Code, h.rolesNow(tech))
	}
	if rec := h.ask("POST", "/roles/"+ids[0]+"/yes", nil, in[hearth.RoleRegional]); rec.Code == http.StatusSeeOther {
		t.Error("it is settled twice")
	}
	if body := h.ask("GET", "/roles", nil, in[hearth.RoleRegional]).Body.String(); !strings.Contains(body, "Somebody service_coordinator said yes") {
		t.Error("who said yes is not shown")
	}
}

// What was asked for ends with a no, with the rights of who asked, with their leaving, and after two weeks.
func TestAnAskedRoleThatIsNotGiven(t *testing.T) {
	for _, c := range []struct {
		name  string
		then  func(h *house, id string)
		waits bool
	}{
		{"a no", func(h *house, id string) {
			h.ask("POST", "/roles/"+id+"/no", nil, map[string]string{"hearth": h.session(hearth.RoleRegional)})
		}, false},
		{"taken back", func(h *house, id string) {
			h.ask("POST", "/roles/"+id+"/no", nil, map[string]string{"hearth": h.session(hearth.RoleAdmin)})
		}, false},
		{"who asked may no more", func(h *house, _ string) {
			h.write(func(ctx context.Context, tx *db.Tx) error {
				m, err := h.web.Records.Staff(ctx, tx, h.staff[hearth.RoleAdmin])
				if err == nil {
					err = h.web.Records.DropRole(ctx, tx, m.ID, m.Roles[0])
				}
				return err
			})
		}, true},
		{"two weeks", func(h *house, _ string) { h.clock.Advance(account.RoleAskFor) }, false},
	} {
		h := newHouse(t, nil)
		h.session(hearth.RoleManager)
		tech := h.staff[hearth.RoleTechnician]
		h.ask("POST", "/setup/team/"+string(tech)+"/roles", url.Values{"role": {"service_coordinator"}}, map[string]string{"hearth": h.session(hearth.RoleAdmin)})
		ids := h.askedIDs()
		if len(ids) != 1 {
			t.Fatalf("%s: %d wait", c.name, len(ids))
		}
		c.then(h, ids[0])
		if got := len(h.askedIDs()) == 1; got != c.waits {
			t.Errorf("%s: waits %v, want %v", c.name, got, c.waits)
		}
		rec := h.ask("POST", "/roles/"+ids[0]+"/yes", nil, map[string]string{"hearth": h.session(hearth.RoleCoordinator)})
		if rec.Code == http.StatusSeeOther || h.rolesNow(tech) != "technician" {
			t.Errorf("%s: a yes after it: %d, and they have %s", c.name, rec.Code, h.rolesNow(tech))
		}
	}
}

// Whoever may say yes finds it where they begin, and by its number in the menu of every page; nobody else finds a trace there.
func TestAWaitingRoleIsTold(t *testing.T) {
	h := newHouse(t, nil)
	in := map[hearth.Role]map[string]string{}
	for _, r := range hearth.Roles() {
		in[r] = map[string]string{"hearth": h.session(r)}
	}
	tech := h.staff[hearth.RoleTechnician]
	count := regexp.MustCompile(`Roles to agree to\s*<span class="n">1</span>`)
	look := func(path string, by hearth.Role) string { return h.ask("GET", path, nil, in[by]).Body.String() }
	if body := look("/", hearth.RoleCoordinator); count.MatchString(body) || strings.Contains(body, "second person") {
		t.Error("something waits before anybody asked")
	}
	h.ask("POST", "/setup/team/"+string(tech)+"/roles", url.Values{"role": {"service_coordinator"}}, in[hearth.RoleAdmin])
	const words = "Somebody administrator asks that Somebody technician gets a role that takes two people: service coordinator. It waits for a second person"
	for _, r := range hearth.Roles() {
		may := r == hearth.RoleCoordinator || r == hearth.RoleRegional
		if body := look("/", r); strings.Contains(body, words) != may || count.MatchString(body) != may {
			t.Errorf("%s on Today: told %v, counted %v, want %v", r, strings.Contains(body, words), count.MatchString(body), may)
		}
	}
	if body := look("/", hearth.RoleCoordinator); !strings.Contains(body, "1 thing needs a person") {
		t.Error("the first line says that nothing needs a person")
	}
	if !count.MatchString(look("/residents", hearth.RoleCoordinator)) {
		t.Error("another page's menu does not count it")
	}
	h.ask("POST", "/roles/"+h.askedIDs()[0]+"/no", nil, in[hearth.RoleRegional])
	if body := look("/", hearth.RoleCoordinator); count.MatchString(body) || strings.Contains(body, words) {
		t.Error("it is told after it was settled")
	}
	// An administrator has no Today: they are told on the page with which they begin.
	h.ask("POST", "/setup/team/"+string(tech)+"/roles", url.Values{"role": {"service_coordinator"}}, in[hearth.RoleRegional])
	first := h.ask("GET", "/", nil, in[hearth.RoleAdmin]).Header().Get("Location")
	if body := look(first, hearth.RoleAdmin); first == "" || !strings.Contains(body, "Somebody regional asks that Somebody technician gets") || !count.MatchString(body) {
		t.Errorf("an administrator is not told on %q", first)
	}
	// Whom an import brought and took back is asked about no more, and nobody's pages stumble over it.
	h.write(func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, "DELETE FROM staff WHERE org = $1 AND id = $2", tx.Org(), string(tech))
		return err
	})
	for _, path := range []string{first, "/roles"} {
		if rec := h.ask("GET", path, nil, in[hearth.RoleAdmin]); rec.Code != http.StatusOK || strings.Contains(rec.Body.String(), "Somebody regional asks") {
			t.Errorf("%s after it was taken back: %d", path, rec.Code)
		}
	}
}

// An administrator who is alone is told at the asking that nobody of the team can say yes, and what whoever runs Hearth writes.
func TestALoneAdministratorIsToldWhatToDo(t *testing.T) {
	h := newHouse(t, nil)
	in := map[string]string{"hearth": h.session(hearth.RoleAdmin)}
	h.session(hearth.RoleManager)
	tech := h.staff[hearth.RoleTechnician]
	if rec := h.ask("POST", "/setup/team/"+string(tech)+"/roles", url.Values{"role": {"administrator"}}, in); rec.Code != http.StatusSeeOther {
		t.Fatalf("the administrator asks: %d", rec.Code)
	}
	id := h.askedIDs()[0]
	const nobody = "Nobody else of the team who can sign in may say yes to it"
	if body := h.ask("GET", "/roles", nil, in).Body.String(); !strings.Contains(body, nobody) || !strings.Contains(body, "hearth account agree "+id) {
		t.Errorf("the page does not say what to do: %s", body)
	}
	h.session(hearth.RoleRegional) // somebody who may say yes can sign in now
	if body := h.ask("GET", "/roles", nil, in).Body.String(); strings.Contains(body, nobody) || !strings.Contains(body, "somebody else says yes") {
		t.Error("it is said though somebody may say yes")
	}
}

// What waits for a second person, and what was settled, on every screen and in both themes; then by keyboard.
func TestRolesInTheBrowser(t *testing.T) {
	h := newHouse(t, nil)
	h.session(hearth.RoleManager) // somebody works here, so nobody sets the team up alone
	admin, regional := h.session(hearth.RoleAdmin), h.session(hearth.RoleRegional)
	for _, role := range []string{"service_coordinator", "auditor", "regional"} {
		h.ask("POST", "/setup/team/"+string(h.staff[hearth.RoleTechnician])+"/roles", url.Values{"role": {role}}, map[string]string{"hearth": admin})
	}
	h.ask("POST", "/roles/"+h.askedIDs()[0]+"/no", nil, map[string]string{"hearth": regional})
	server := httptest.NewServer(h.handler)
	t.Cleanup(server.Close)
	ctx := pagetest.Browser(t)
	if _, err := chromedp.Call(ctx, network.SetCookie, network.SetCookieParams{Name: "hearth", Value: regional, URL: server.URL + "/", Path: "/"}); err != nil {
		t.Fatal(err)
	}
	lookAt(t, ctx, server.URL, "/roles", "/")
	if err := chromedp.Do(ctx, chromedp.Navigate(server.URL+"/"), chromedp.Focus(`main .note a`), chromedp.KeyEvent(kb.Enter),
		chromedp.WaitVisible(`//h1[contains(., "Roles to agree to")]`), chromedp.Focus(`form[action$="/yes"] button`), chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(`//*[@role="status"][contains(., "has the role now")]`)); err != nil {
		t.Fatalf("by keyboard: %v", err)
	}
}
