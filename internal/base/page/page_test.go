package page

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
)

func TestWhen(t *testing.T) {
	zone, err := time.LoadLocation("America/Chicago")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 21, 9, 30, 0, 0, zone)
	for _, tt := range []struct {
		name string
		t    time.Time
		want string
	}{
		{"never", time.Time{}, ""},
		{"today", now.Add(-time.Hour), "08:30"},
		{"today, as UTC", now.Add(-time.Hour).UTC(), "08:30"},
		{"yesterday by the calendar, hours ago", now.Add(-10 * time.Hour), "yesterday 23:30"},
		{"tomorrow", now.Add(20 * time.Hour), "tomorrow 05:30"},
		{"this week", now.AddDate(0, 0, -3), "Wed 09:30"},
		{"in a few days", now.AddDate(0, 0, 4), "Wed 09:30"},
		{"a week ago", now.AddDate(0, 0, -7), "14 Nov"},
		{"last year", now.AddDate(-1, 0, 0), "21 Nov 2025"},
	} {
		if got := When(tt.t, now, zone); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestDocument(t *testing.T) {
	var b strings.Builder
	body := templ.Raw("<p>inside</p>")
	f := Frame{Title: "A <b> title", Nav: []Link{{"Today", "/", true}, {"API", "javascript:alert(1)", false}}, Foot: "The end.", Refresh: 2}
	if err := Document(f).Render(templ.WithChildren(t.Context(), body), &b); err != nil {
		t.Fatal(err)
	}
	out := b.String()
	for _, must := range []string{"<p>inside</p>", "A &lt;b&gt; title", `aria-current="page"`, "The end.", `content="2"`, StylePath(), `lang="en"`} {
		if !strings.Contains(out, must) {
			t.Errorf("%q is missing", must)
		}
	}
	for _, mustNot := range []string{"<script", `href="javascript:`, "http://", "https://"} {
		if strings.Contains(out, mustNot) {
			t.Errorf("%q is there", mustNot)
		}
	}
}

// The style sheet loads nothing, and draws both themes from the same names.
func TestStyle(t *testing.T) {
	rec := httptest.NewRecorder()
	Style().ServeHTTP(rec, httptest.NewRequest(http.MethodGet, StylePath(), nil))
	css := rec.Body.String()
	if rec.Header().Get("Content-Type") != "text/css; charset=utf-8" || !strings.Contains(rec.Header().Get("Cache-Control"), "immutable") {
		t.Errorf("headers are %v", rec.Header())
	}
	if strings.Contains(css, "url(") || strings.Contains(css, "@import") {
		t.Error("the style sheet loads something")
	}
	light, dark, ok := strings.Cut(css, "prefers-color-scheme: dark")
	if !ok {
		t.Fatal("no dark theme")
	}
	dark, _, _ = strings.Cut(dark, "*, *::before")
	defined := regexp.MustCompile(`(--[a-z-]+): oklch`)
	for _, m := range defined.FindAllStringSubmatch(light, -1) {
		if !strings.Contains(dark, m[1]+":") {
			t.Errorf("%s has no dark value", m[1])
		}
	}
	for _, m := range regexp.MustCompile(`var\((--[a-z-]+)\)`).FindAllStringSubmatch(css, -1) {
		if !strings.Contains(light, m[1]+":") {
			t.Errorf("%s is used and not defined", m[1])
		}
	}
}
