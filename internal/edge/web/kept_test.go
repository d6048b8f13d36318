package web

import (
	"context"
	"encoding/base64"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"hearth"
	"hearth/internal/base/db"
)

// keptIn gives the form that a page of the door carries along, "" for none.
func keptIn(rec *httptest.ResponseRecorder) string {
	m := regexp.MustCompile(`name="kept" value="([^"]*)"`).FindStringSubmatch(rec.Body.String())
	if m == nil {
		return ""
	}
	return m[1]
}

// What somebody wrote is not lost when their session had ended: who has signed in finds it, and sends it on with one button.
func TestAFormThatComesTooLateIsKept(t *testing.T) {
	h := newHouse(t, nil)
	h.session(hearth.RoleManager)
	login := "property_manager@oak.example"
	var id string
	h.write(func(ctx context.Context, tx *db.Tx) error {
		p, err := h.people.ByLogin(ctx, tx, login)
		id = p.ID
		return err
	})
	if err := h.people.SetPassword(t.Context(), id, "four words of mine"); err != nil {
		t.Fatal(err)
	}
	action := "/residents/" + string(h.ana) + "/facts"
	note := "\"After <b>six</b>\" & never before"
	late := h.ask("POST", action, url.Values{"name": {"hours"}, "value": {note}, "back": {"/residents/" + string(h.ana)}}, nil)
	kept := keptIn(late)
	if late.Code != http.StatusUnauthorized || kept == "" || !strings.Contains(late.Body.String(), "Nothing of it is lost") {
		t.Fatalf("a late form: %d, and it carries %q", late.Code, kept)
	}
	wrong := h.ask("POST", "/sign-in", url.Values{"login": {login}, "password": {"another one"}, "kept": {kept}}, nil)
	if keptIn(wrong) != kept {
		t.Errorf("it is lost with a wrong password: %d", wrong.Code)
	}
	in := h.ask("POST", "/sign-in", url.Values{"login": {login}, "password": {"four words of mine"}, "kept": {kept}}, nil)
	if in.Code != http.StatusOK || !strings.Contains(in.Body.String(), html.EscapeString(note)) || strings.Contains(in.Body.String(), "<b>six") {
		t.Fatalf("after the sign-in: %d %s", in.Code, in.Body)
	}
	form := url.Values{}
	for _, m := range regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)">`).FindAllStringSubmatch(in.Body.String(), -1) {
		form.Add(html.UnescapeString(m[1]), html.UnescapeString(m[2]))
	}
	if form.Get("value") != note || form.Get("name") != "hours" || !strings.Contains(in.Body.String(), `action="`+action+`"`) {
		t.Fatalf("the form holds %v", form)
	}
	session := given(in, "hearth")
	if session == nil {
		t.Fatal("nobody is signed in")
	}
	if rec := h.ask("POST", action, form, map[string]string{"hearth": session.Value}); rec.Code != http.StatusSeeOther {
		t.Errorf("sent on: %d to %s", rec.Code, rec.Header().Get("Location"))
	}
	if body := h.ask("GET", "/residents/"+string(h.ana), nil, map[string]string{"hearth": session.Value}).Body.String(); !strings.Contains(body, "never before") {
		t.Error("what was sent on is not on the resident's page")
	}
}

// The door carries nothing that opens something, nothing without words, and shows nothing that no form of this program could have brought.
func TestWhatTheDoorDoesNotCarry(t *testing.T) {
	h := newHouse(t, nil)
	words := url.Values{"note": {"a few words"}}
	for path, want := range map[string]bool{"/residents/" + string(h.ana) + "/met": true, "/account/password": false, "/setup/channels": false, "/residents/" + string(h.ana) + "/met?property=x": true} {
		if got := keptIn(h.ask("POST", path, words, nil)) != ""; got != want {
			t.Errorf("%s: carried %v, want %v", path, got, want)
		}
	}
	if kept := keptIn(h.ask("POST", "/tasks/tsk_1/take", url.Values{"back": {"/"}}, nil)); kept != "" {
		t.Error("a button is carried along")
	}
	if kept := keptIn(h.ask("POST", "/residents/"+string(h.ana)+"/met", url.Values{"note": {strings.Repeat("many words ", keptMost/10)}}, nil)); kept != "" {
		t.Error("more than the door carries is carried")
	}
	for _, raw := range []string{`{"path":"https://elsewhere.example/x","fields":[{"name":"a","value":"b c"}]}`, `{"path":"//elsewhere.example","fields":[{"name":"a","value":"b c"}]}`,
		`{"path":"/residents","fields":[{"name":"a","value":"b c"}]}`, `{"path":"/account/password","fields":[{"name":"a","value":"b c"}]}`, `{`} {
		rec := h.ask("POST", "/sign-in", url.Values{"login": {"x@oak.example"}, "password": {"wrong"}, "kept": {base64.RawURLEncoding.EncodeToString([]byte(raw))}}, nil)
		if keptIn(rec) != "" {
			t.Errorf("%s is carried", raw)
		}
	}
	// Another site's page can make the door carry nothing: it is refused before.
	r := httptest.NewRequestWithContext(t.Context(), "POST", "/residents/"+string(h.ana)+"/met", strings.NewReader(words.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	rec := httptest.NewRecorder()
	h.handler.ServeHTTP(rec, r)
	if rec.Code != http.StatusForbidden || keptIn(rec) != "" {
		t.Errorf("from another site: %d", rec.Code)
	}
}
