package ui

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"hearth/internal/base/page"
	"hearth/internal/base/page/pagetest"
)

// What nothing breaks, spaces that hang and marks upon marks, makes no page wider than its screen.
func TestWhatNothingBreaksIsCutOff(t *testing.T) {
	floods := []string{strings.Repeat("\u3000", 90) + "x", strings.Repeat("\u0e4a", 100) + "\u0e01", strings.Repeat("\u0f71\u0f72", 60) + "\u0f40", strings.Repeat("\u115f", 100) + "x", strings.Repeat("W", 190)}
	var facts []Fact
	for _, f := range floods {
		facts = append(facts, Fact{Name: f, Value: f, From: "Rosa", Edit: "#facts"})
	}
	rows := templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		for _, f := range floods {
			if _, err := io.WriteString(w, `<ul class="rows"><li><div class="row"><span></span><div><span class="who" dir="auto">`+f+`</span><p>`+f+`</p></div><div class="side"><button class="btn">Do it</button></div></div></li></ul>`); err != nil {
				return err
			}
		}
		return Facts(facts).Render(ctx, w)
	})
	mux := http.NewServeMux()
	mux.Handle("GET "+page.AssetsPath, page.Assets())
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if err := Workspace(Frame{Title: "Floods"}).Render(templ.WithChildren(r.Context(), rows), w); err != nil {
			t.Error(err)
		}
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	ctx := pagetest.Browser(t)
	for _, s := range []pagetest.Screen{{Width: 390, Height: 844}, {Width: 1280, Height: 900}} {
		if sight := pagetest.Look(t, ctx, server.URL, s, "floods"); sight.Overflow > 0 || len(sight.Text) < 200 {
			t.Errorf("at %d: %d px too wide, with %d letters", s.Width, sight.Overflow, len(sight.Text))
		}
	}
}
