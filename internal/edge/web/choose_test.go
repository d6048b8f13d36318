package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/config"
	"hearth/internal/base/db"
	"hearth/internal/fact/account"
	"hearth/internal/fact/record"
)

// Whoever gives a link could come in by it: for an account in use only somebody may who sees all that its owner does.
func TestLinksForWhoSeesMore(t *testing.T) {
	h := newHouse(t, nil)
	h.session(hearth.RoleCoordinator)
	h.session(hearth.RoleTechnician)
	in := map[string]string{"hearth": h.session(hearth.RoleManager)}
	if rec := h.ask("POST", "/accounts/"+string(h.staff[hearth.RoleCoordinator])+"/invite", nil, in); rec.Code != http.StatusUnprocessableEntity || strings.Contains(rec.Body.String(), "/invitation/") {
		t.Errorf("a link to come in as the coordinator: %d", rec.Code)
	}
	if rec := h.ask("POST", "/accounts/"+string(h.staff[hearth.RoleTechnician])+"/invite", nil, in); rec.Code != http.StatusOK || !strings.Contains(rec.Body.String(), "/invitation/") {
		t.Errorf("a link for the technician: %d", rec.Code)
	}
}

// A role that is held everywhere opens what it opens; a role of one property opens nothing elsewhere because of it.
func TestMixedRoles(t *testing.T) {
	h := newHouse(t, nil)
	var elsewhere hearth.StaffID
	h.write(func(ctx context.Context, tx *db.Tx) error {
		elm, _, err := h.web.Records.PutProperty(ctx, tx, record.News{Source: "yardi/elm"}, record.Property{Name: "Elm Court", Zone: "America/Chicago"})
		if err != nil {
			return err
		}
		m, _, err := h.web.Records.PutStaff(ctx, tx, record.News{Source: "hr"}, record.Staff{Name: "Elmer", Email: "elmer@elm.example", Roles: []record.StaffRole{{Property: elm.ID, Role: hearth.RoleTechnician}}})
		if err != nil {
			return err
		}
		elsewhere = m.ID
		_, err = h.people.Create(ctx, tx, hearth.System("test"), account.Person{Staff: h.staff[hearth.RoleManager], Login: "mixed@oak.example", Wide: []hearth.Role{hearth.RoleAuditor}})
		return err
	})
	in := map[string]string{"hearth": h.session(hearth.RoleManager)}
	if rec := h.ask("POST", "/accounts/"+string(elsewhere)+"/invite", nil, in); rec.Code != http.StatusNotFound {
		t.Errorf("an auditor of all, who manages Oak Court, opens a sign-in at Elm Court: %d", rec.Code)
	}
	if rec := h.ask("POST", "/accounts/"+string(h.staff[hearth.RoleTechnician])+"/invite", nil, in); rec.Code != http.StatusOK {
		t.Errorf("the manager of Oak Court opens none there: %d", rec.Code)
	}
}

// A code that was mistyped leaves the key that was scanned as it is.
func TestAMistypedCodeKeepsTheKey(t *testing.T) {
	h := newHouse(t, nil)
	in := map[string]string{"hearth": h.session(hearth.RoleManager)}
	body := h.ask("GET", "/account?app=new", nil, in).Body.String()
	between := func(s, from string) string {
		_, s, _ = strings.Cut(s, from)
		s, _, _ = strings.Cut(s, `"`)
		return s
	}
	pending, key := between(body, `name="pending" value="`), between(strings.ReplaceAll(body, "&amp;", `"`), "secret=")
	if pending == "" || key == "" {
		t.Fatal(body)
	}
	rec := h.ask("POST", "/account/app", url.Values{"pending": {pending}, "code": {"000000"}}, in)
	if again := between(rec.Body.String(), `name="pending" value="`); again != pending {
		t.Fatalf("after a wrong code another key is offered: %d", rec.Code)
	}
	if rec = h.ask("POST", "/account/app", url.Values{"pending": {pending}, "code": {account.CodeNow(key, h.clock.Now())}}, in); !strings.Contains(rec.Body.String(), "Keep these recovery codes") {
		t.Errorf("the right one is not taken: %d", rec.Code)
	}
}

// What an open page asks by itself is no sign of life, and a stream ends when its viewer is nobody any more.
func TestAnOpenPageDoesNotKeepASessionAlive(t *testing.T) {
	h := newHouse(t, nil)
	in := map[string]string{"hearth": h.session(hearth.RoleManager)}
	for range 6 {
		h.clock.Advance(9 * time.Minute)
		h.quick("GET", "/live", in)
	}
	if rec := h.ask("GET", "/residents", nil, in); rec.Code != http.StatusOK {
		t.Fatalf("after 54 minutes: %d", rec.Code)
	}
	for range 7 {
		h.clock.Advance(9 * time.Minute)
		h.quick("GET", "/live", in)
	}
	if rec := h.ask("GET", "/residents", nil, in); rec.Code != http.StatusUnauthorized {
		t.Errorf("an hour without a person: %d", rec.Code)
	}
}

// Strangers can't shut the door for others, nor fill it.
func TestStrangersAtTheDoorOfPasskeys(t *testing.T) {
	h := newHouse(t, func(d *Deps) {
		d.Config = &config.Config{BaseURL: "https://hearth.oak.example", Proxies: "192.0.2.1/32"}
	})
	busy := 0
	for range 300 {
		if h.ask("POST", "/sign-in/key/ask", nil, nil).Code != http.StatusOK {
			busy++
		}
	}
	if busy != 200 {
		t.Errorf("of 300 questions in one moment %d were refused", busy)
	}
	h.clock.Advance(6 * time.Minute)
	if rec := h.ask("POST", "/sign-in/key/ask", nil, nil); rec.Code != http.StatusOK {
		t.Errorf("a while later: %d", rec.Code)
	}
}

// A leasing agent may begin to write, and goes on seeing what they began; somebody else's conversation is not theirs.
func TestWhoBeginsAConversationHasIt(t *testing.T) {
	h := newHouse(t, nil)
	var ben hearth.ResidentID
	h.write(func(ctx context.Context, tx *db.Tx) error {
		home, err := h.web.Records.PutHome(ctx, tx, record.News{Source: "yardi/oak"}, record.Home{Property: h.oak, Unit: record.Unit{Label: "7C"}, Members: []record.Member{{Resident: record.Resident{First: "Ben", Last: "Okafor", Email: "ben@home.example"}}}})
		ben = home.Members[0].ID
		return err
	})
	in := map[string]string{"hearth": h.session(hearth.RoleLeasing)}
	write := "/residents/" + string(ben) + "/write"
	if rec := h.ask("GET", write, nil, in); rec.Code != http.StatusOK {
		t.Fatalf("begin to write: %d", rec.Code)
	}
	if rec := h.ask("GET", "/residents/"+string(ben), nil, in); !strings.Contains(rec.Body.String(), write) {
		t.Error("their page offers no writing")
	}
	rec := h.ask("GET", write, nil, in)
	_, rest, _ := strings.Cut(rec.Body.String(), `action="/conversations/`)
	talk, _, _ := strings.Cut(rest, "/")
	if rec = h.ask("POST", "/conversations/"+talk+"/reply", url.Values{"resident": {string(ben)}, "text": {"Welcome home."}}, in); rec.Code != http.StatusSeeOther {
		t.Fatalf("written: %d %s", rec.Code, rec.Body)
	}
	if rec = h.ask("GET", "/conversations?open="+talk+"&view=open", nil, in); rec.Code != http.StatusOK || !strings.Contains(rec.Body.String(), "Welcome home.") {
		t.Errorf("what they began: %d", rec.Code)
	}
	if rec = h.ask("GET", "/conversations?open="+h.talk, nil, in); rec.Code != http.StatusNotFound {
		t.Errorf("a conversation of others: %d", rec.Code)
	}
	if rec = h.ask("GET", "/residents/"+string(h.ana), nil, in); strings.Contains(rec.Body.String(), "/write\"") {
		t.Error("writing is offered where it is refused")
	}
}
