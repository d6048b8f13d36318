package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"hearth"
)

// An address without a page is answered by one that leads on; that of an action leads to its page, and a stranger is told the same of both.
func TestWhereThereIsNoPage(t *testing.T) {
	h := newHouse(t, nil)
	session := h.session(hearth.RoleManager)
	ask := func(path, accept, session string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
		r.Header.Set("Accept", accept)
		if session != "" {
			r.AddCookie(&http.Cookie{Name: sessionCookie, Value: session})
		}
		rec := httptest.NewRecorder()
		h.web.ServeHTTP(rec, r)
		return rec
	}
	const browser = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"
	for _, path := range []string{"/nosuch", "/residents/", "/setup/nosuch"} {
		rec := ask(path, browser, session)
		musts(t, path, rec.Body.String(), "There is nothing here", "There is no page at this address", `href="/residents"`)
		if rec.Code != http.StatusNotFound {
			t.Errorf("%s answered %d", path, rec.Code)
		}
	}
	if rec := ask("/favicon.ico", "image/*", session); rec.Code != http.StatusNotFound || strings.Contains(rec.Body.String(), "<html") {
		t.Errorf("a picture that is not there answered %d: %s", rec.Code, rec.Body)
	}
	if rec := ask("/residents/res_x/met", browser, session); rec.Code != http.StatusSeeOther || rec.Header().Get("Location") != "/residents/res_x" {
		t.Errorf("an action's address answered %d, to %q", rec.Code, rec.Header().Get("Location"))
	}
	if rec := ask("/nosuch", browser, ""); rec.Code != http.StatusUnauthorized || strings.Contains(rec.Body.String(), "There is no page") {
		t.Errorf("a stranger was answered %d", rec.Code)
	}
}
