package web

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/chromedp/chromedp"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/base/httpd"
	"hearth/internal/base/page/pagetest"
	"hearth/internal/base/page/ui"
	"hearth/internal/decide/inbox"
	"hearth/internal/decide/trigger"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
)

// write makes a change that stands in the log.
func (b *bench) change(t *testing.T, name string) {
	t.Helper()
	if err := b.web.DB.Write(t.Context(), func(tx *db.Tx) error {
		all, err := b.web.Records.Properties(t.Context(), tx)
		if err == nil {
			_, _, err = b.web.Records.PutStaff(t.Context(), tx, record.News{}, record.Staff{Name: name, Roles: []record.StaffRole{{Property: all[0].ID, Role: hearth.RoleTechnician}}})
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func TestNews(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		look := func() {
			t.Helper()
			if _, err := b.web.Watch(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		c, ok := b.web.news.enter()
		if !ok {
			t.Fatal("no room for one")
		}
		told := func() (w word, any bool) {
			select {
			case w = <-c:
				return w, true
			default:
				return w, false
			}
		}
		look() // what came before it listened counts as news
		if w, any := told(); !any || w != isNew {
			t.Error("not told of what there is")
		}
		look()
		if _, any := told(); any {
			t.Error("told of nothing")
		}
		b.change(t, "Tom Reed")
		look()
		if w, any := told(); !any || w != isNew {
			t.Error("not told of a change")
		}
		for _, follower := range []string{inbox.Follower, trigger.Follower} { // what they make of it stands on pages as well
			if err := d.Write(t.Context(), func(tx *db.Tx) error {
				heads, err := b.web.Log.Heads(t.Context(), tx)
				for part, head := range heads {
					if head == 0 || err != nil {
						continue
					}
					pos, ok, lockErr := b.web.Log.Lock(t.Context(), tx, follower, part)
					if lockErr != nil || !ok {
						return fmt.Errorf("lock: %v %w", ok, lockErr)
					}
					return b.web.Log.Move(t.Context(), tx, follower, part, eventlog.Position{Seq: head, Node: "test", Epoch: pos.Epoch + 1})
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
			look()
			if w, any := told(); !any || w != isNew {
				t.Errorf("not told of what the follower %s made of it", follower)
			}
		}
		for range helloEvery {
			look()
		}
		b.change(t, "Liv Dale") // over the hello that nobody has taken
		look()
		if w, any := told(); !any || w != isNew {
			t.Error("a hello hides the news")
		}
		b.web.news.leave(c)
		b.change(t, "Ben Moss")
		look()
		if _, any := told(); any {
			t.Error("told although it left")
		}
	})
}

// The stream says that something happened, and nothing of what; strangers get none.
func TestTheStream(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := newBench(t, d, clock)
	if rec := b.get(t, "/live", ""); rec.Code != http.StatusUnauthorized {
		t.Errorf("a stranger is answered %d", rec.Code)
	}
	b.web.Open = true
	server := httptest.NewServer(httpd.Wrap(b.web, httpd.Options{Log: slog.New(slog.DiscardHandler), Clock: clock}))
	defer server.Close()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/live", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if got := resp.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Errorf("content type %q", got)
	}
	lines := bufio.NewScanner(resp.Body)
	b.change(t, "Tom Reed")
	for lines.Scan() {
		if lines.Text() == "retry: 2000" {
			if _, err := b.web.Watch(ctx); err != nil {
				t.Fatal(err)
			}
		}
		if strings.HasPrefix(lines.Text(), "data:") {
			break
		}
	}
	if lines.Text() != "data: 1" {
		t.Errorf("the stream says %q: %v", lines.Text(), lines.Err())
	}
}

// A page with nothing that news change is not asked for again when they come: a form's answer has no address that could be, and a heavy page would be
// counted anew for every event.
func TestNewsDrawOnlyWhatAsksForThem(t *testing.T) {
	var quiet, lively, told atomic.Int32
	mux := staticMux()
	page := func(asked *atomic.Int32, inside string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			asked.Add(1)
			ctx := templ.WithChildren(r.Context(), templ.Raw(inside))
			if err := ui.Workspace(ui.Frame{Title: "News", Live: "/live"}).Render(ctx, w); err != nil {
				t.Error(err)
			}
		}
	}
	mux.HandleFunc("GET /quiet", page(&quiet, "<p>as it was</p>"))
	mux.HandleFunc("GET /lively", page(&lively, `<div id="part" data-live="now">as it is</div>`))
	mux.HandleFunc("GET /live", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprint(w, "data: 1\n\n")
		told.Add(1)
		http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	defer server.CloseClientConnections() // the stream of news would be waited for
	ctx := pagetest.Browser(t)
	waits := func(what string, ok func() bool) {
		t.Helper()
		for range 200 {
			if ok() {
				return
			}
			time.Sleep(50 * time.Millisecond)
		}
		t.Errorf("%s: asked %d times quietly, %d lively, told %d times", what, quiet.Load(), lively.Load(), told.Load())
	}
	for _, path := range []string{"/quiet", "/lively"} {
		before := told.Load()
		if err := chromedp.Do(ctx, chromedp.Navigate(server.URL+path)); err != nil {
			t.Fatal(err)
		}
		waits(path+" hears of news", func() bool { return told.Load() > before })
		if path == "/quiet" {
			time.Sleep(time.Second) // news come to a page after an eighth of one
		}
	}
	waits("what is drawn anew", func() bool { return lively.Load() == 2 })
	if n := quiet.Load(); n != 1 {
		t.Errorf("a page with nothing to draw anew was asked for %d times", n)
	}
}
