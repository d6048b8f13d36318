package web

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/task"
	"hearth/internal/base/httpd"
	"hearth/internal/base/page/pagetest"
	"hearth/internal/base/page/ui"
)

// What stands on a page fits every screen, loads nothing from elsewhere, and is drawn in both themes.
func TestInTheBrowser(t *testing.T) {
	g := sample()
	// Long words and names are what breaks a layout.
	g.tasks = append(g.tasks, task.Task{ID: "tsk_c", Property: "prp_a", Resident: "res_a", Role: hearth.RoleSupervisor, DueAt: g.now.AddDate(1, 0, 0),
		Title: "Find out about https://portal.example/documents/" + strings.Repeat("0123456789abcdef", 8),
		Why:   strings.Repeat("Because of a very long story that somebody wrote down here. ", 12)})
	waiting := NewWaiting()
	waiting.Set(42, "Spring is over.")
	mux := staticMux()
	mux.Handle("/waiting", waiting)
	mux.HandleFunc("/today", func(w http.ResponseWriter, r *http.Request) {
		happenedPage(ui.Frame{Title: "What happened"}, g.today()).Render(r.Context(), w)
	})
	mux.HandleFunc("/empty", func(w http.ResponseWriter, r *http.Request) {
		happenedPage(ui.Frame{Title: "What happened"}, (&glance{now: g.now}).today()).Render(r.Context(), w)
	})
	mux.HandleFunc("/signin", func(w http.ResponseWriter, r *http.Request) { signInPage().Render(r.Context(), w) })
	late := keptForm{Path: "/residents/res_a/met", Fields: []keptField{{"note", "She wants a call. " + strings.Repeat("0123456789abcdef", 12)}}}
	mux.HandleFunc("/kept", func(w http.ResponseWriter, r *http.Request) { keptDoor(late).Render(r.Context(), w) })
	mux.HandleFunc("/late", func(w http.ResponseWriter, r *http.Request) {
		signInDoor(signInView{Next: "/", Kept: "e30", Single: "Sign in with Oak Court"}).Render(r.Context(), w)
	})
	server := httptest.NewServer(httpd.Wrap(mux, httpd.Options{Log: slog.New(slog.DiscardHandler), Clock: hearth.NewVirtualClock(time.UnixMilli(0))}))
	defer server.Close()

	ctx := pagetest.Browser(t)
	for _, p := range []struct{ path, must string }{
		{"/today", "Call Ana about the renewal"}, {"/empty", "Nothing needs a person now"}, {"/waiting", "Spring is over."}, {"/signin", "Who is asking?"}, {"/kept", "She wants a call."}, {"/late", "Nothing of it is lost"},
	} {
		papers := map[string]bool{}
		for _, s := range []pagetest.Screen{{Width: 320, Height: 700}, {Width: 320, Height: 700, Dark: true}, {Width: 768, Height: 900}, {Width: 1280, Height: 900}, {Width: 1280, Height: 900, Dark: true}} {
			name := fmt.Sprintf("%s-%d-%v", p.path[1:], s.Width, s.Dark)
			sight := pagetest.Look(t, ctx, server.URL+p.path, s, name)
			if !strings.Contains(sight.Text, p.must) {
				t.Errorf("%s: %q does not show in %q", name, p.must, sight.Text)
			}
			if sight.Overflow > 0 || len(sight.Elements) > 0 {
				t.Errorf("%s: wider than the screen by %d; %v stick out", name, sight.Overflow, sight.Elements)
			}
			if len(sight.Elsewhere) > 0 {
				t.Errorf("%s: asks other hosts: %v", name, sight.Elsewhere)
			}
			papers[sight.Paper] = true
		}
		if len(papers) != 2 {
			t.Errorf("%s: drawn on %v, want one paper by day and one by night", p.path, papers)
		}
	}
}
