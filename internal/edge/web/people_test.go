package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/fact/account"

	"hearth"
)

func TestPeopleAreFound(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		deskOf(t, b)
		id := string(anaOf(t, b))
		for _, tt := range []struct {
			path, must, mustNot string
		}{
			{"/residents", "Ana Ruiz", "Nobody is found"},
			{"/residents", "Write to everybody", "Write to all of these"},
			{"/residents?list=past", "Nobody is here", "Write to"},
			{"/residents?q=ruiz", "Ana Ruiz", "Write to"},
			{"/residents?q=rui", "Ana Ruiz", "Nobody is found"},
			{"/residents?q=4b", "/residents/" + id, ""},
			{"/residents?q=608555", "Ana Ruiz", ""},
			{"/residents?q=zzz", "Nobody is found", "Ana Ruiz"},
			{"/find?q=ana", "Ana Ruiz", ""},
			{"/find?q=i+talked+with+ana", "I talked with Ana Ruiz", ""},
			{"/find?q=today", ">Today<", "Ana Ruiz"},
			{"/find?q=holidays", "How it works here", "Ana Ruiz"},
			{"/find?q=oliday", "Nothing is found", "How it works here"},
			{"/find?q=t", ">Today<", "Texts of messages"},
			{"/find?q=%3Cscript%3E", "Nothing is found", "<script>\""},
		} {
			rec := b.get(t, tt.path, "")
			if rec.Code != http.StatusOK || !strings.Contains(rec.Body.String(), tt.must) || tt.mustNot != "" && strings.Contains(rec.Body.String(), tt.mustNot) {
				t.Errorf("%s: %d, %q must stand there and %q not", tt.path, rec.Code, tt.must, tt.mustNot)
			}
		}
	})
}

// The palette gets its items and nothing around them, within the rights of who asks.
func TestThePalette(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := newBench(t, d, clock)
	anaOf(t, b)
	ask := func(token string) string {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/find?q=ana", nil)
		r.Header.Set("X-Fragment", "palette")
		r.SetBasicAuth("x", token)
		rec := httptest.NewRecorder()
		b.web.ServeHTTP(rec, r)
		return rec.Body.String()
	}
	body := ask(b.tokens[account.ScopeRead])
	if !strings.HasPrefix(body, `<li role="presentation"`) || !strings.Contains(body, `<li role="option" id="found-0"`) || strings.Contains(body, "<html") || !strings.Contains(body, "Ana Ruiz") {
		t.Errorf("the palette got %s", body)
	}
	if strings.Contains(body, "I talked with") || strings.Contains(body, "Pause everything") {
		t.Error("who may only read is offered to change something")
	}
	if strings.Contains(ask(b.tokens[account.ScopeEvents]), "Ana") {
		t.Error("who may not read finds somebody")
	}
}

// What can be done and what stands behind other pages is found by those who may, and by nobody else.
func TestOnlyWhatOneMayIsFound(t *testing.T) {
	h := newHouse(t, nil)
	found := func(role hearth.Role, text string) string {
		return h.ask("GET", "/find?q="+text, nil, map[string]string{"hearth": h.session(role)}).Body.String()
	}
	musts(t, "a manager", found(hearth.RoleManager, "pause"), `href="/pause"`, "Pause everything automatic")
	musts(t, "a manager", found(hearth.RoleManager, "capacity"), `href="/insight/team"`)
	musts(t, "a technician", found(hearth.RoleTechnician, "pause"), "!Pause everything automatic", "Nothing is found")
	musts(t, "a technician", found(hearth.RoleTechnician, "capacity"), "!/insight/team", "Nothing is found")
	musts(t, "a technician", found(hearth.RoleTechnician, "password"), `href="/account"`)
}

func TestInDays(t *testing.T) {
	for n, want := range map[int]string{0: "today", 1: "tomorrow", 2: "in 2 days"} {
		if got := inDays(n); got != want {
			t.Errorf("%d: got %q, want %q", n, got, want)
		}
	}
}

// The palette takes words as people type them.
func TestWordsAsPeopleTypeThem(t *testing.T) {
	for text, name := range map[string]string{"resdients": "Residents", "residnts": "Residents", "converz": "Conversations", "playboks": "Playbooks", "set up": "Set-up", "wrtoma": "Write to many", "whatha": "What happened", "broad": "Broadcasts", "": "Today"} {
		if !fuzzy(name, text) {
			t.Errorf("%q does not find %s", text, name)
		}
	}
	for text, name := range map[string]string{"xyz": "Residents", "ana": "Set-up", "zz": "Today", "rent": "Residents", "tests": "Residents"} {
		if fuzzy(name, text) {
			t.Errorf("%q finds %s", text, name)
		}
	}
}
