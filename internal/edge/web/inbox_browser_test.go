package web

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/channel"
	"hearth/internal/base/channel/smtptest"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/base/httpd"
	"hearth/internal/base/page/pagetest"
	"hearth/internal/base/work"
	"hearth/internal/decide/desk"
	"hearth/internal/sense/signal"
)

func TestTheInboxInTheBrowser(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	r := newDeskRoom(t, d, clock)
	server := httptest.NewServer(httpd.Wrap(r.web, httpd.Options{Log: slog.New(slog.DiscardHandler), Clock: clock}))
	t.Cleanup(server.Close)
	ctx := pagetest.Browser(t)
	for i, path := range []string{"/conversations", "/conversations?why=1&open=" + r.talk, "/broadcasts", "/broadcasts/new"} {
		for _, s := range []pagetest.Screen{{Width: 320, Height: 700}, {Width: 768, Height: 900, Dark: true}, {Width: 1280, Height: 900}} {
			name := fmt.Sprintf("inbox-%d-%d-%v", i, s.Width, s.Dark)
			sight := pagetest.Look(t, ctx, server.URL+path, s, name)
			if sight.Overflow > 0 || len(sight.Elements) > 0 || len(sight.Elsewhere) > 0 || len(sight.Faults) > 0 {
				t.Errorf("%s: %d px too wide, %v stick out, asks %v, faults %v", name, sight.Overflow, sight.Elements, sight.Elsewhere, sight.Faults)
			}
			for _, fault := range pagetest.Audit(t, ctx) {
				t.Errorf("%s: %s", name, fault)
			}
		}
	}
}

// What a resident writes appears on the open page within a second, and the reply, sent by keyboard, reaches a mail server.
func TestAResidentWritesAndIsAnswered(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	r := newDeskRoom(t, d, clock)
	server := httptest.NewServer(httpd.Wrap(r.web, httpd.Options{Log: slog.New(slog.DiscardHandler), Clock: clock}))
	t.Cleanup(server.Close)
	stop := watching(t, r)
	defer stop()
	ctx := pagetest.Browser(t)
	at := server.URL + "/conversations?open=" + r.talk
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(at), chromedp.WaitVisible(`#thread`), chromedp.SendKeys(`#f-text`, "We come at nine."), chromedp.Sleep(1500*time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	clock.Advance(time.Second)
	began := time.Now()
	r.writes(t, "It is getting worse")
	if err := chromedp.Do(ctx, chromedp.WaitVisible(`//*[@id="thread"]//article[contains(., "It is getting worse")]`)); err != nil {
		t.Fatalf("it did not appear: %v", err)
	}
	t.Logf("it appeared after %v", time.Since(began))
	if text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.getElementById("f-text").value`)); err != nil || text != "We come at nine." {
		t.Errorf("what was being written is %q %v", text, err)
	}
	if err := chromedp.Do(ctx, chromedp.KeyEvent(kb.Enter, chromedp.KeyModifiers(2)), chromedp.WaitVisible(`//article[contains(., "We come at nine.") and contains(., "Take it back")]`)); err != nil {
		t.Fatalf("sent by keyboard: %v", err)
	}
	clock.Advance(undoFor + time.Second)
	r.goesOut(t)
}

// watching looks for news as the program does.
func watching(t *testing.T, r *deskRoom) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() {
		for ctx.Err() == nil {
			if _, err := r.web.Watch(ctx); err != nil && ctx.Err() == nil {
				t.Errorf("watch: %v", err)
			}
			time.Sleep(Beat)
		}
	})
	return func() { cancel(); done.Wait() }
}

// goesOut has the desk let the held reply go, and a mail server take it.
func (r *deskRoom) goesOut(t *testing.T) {
	t.Helper()
	mail, err := smtptest.Start(smtptest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { mail.Close() })
	held := r.messages(t)[0]
	r.tx(t, func(ctx context.Context, tx *db.Tx) error {
		due, err := work.Find(ctx, tx, desk.HoldKind, []string{string(held.ID)})
		if err != nil {
			return err
		}
		_, err = r.web.Inbox.Desk.Wake(ctx, tx, due, func(_ hearth.ResidentID) signal.View { return signal.NewView(&signal.State{}, tx.Now(), time.UTC) })
		return err
	})
	to, err := channel.ParseServer(mail.URL())
	if err != nil {
		t.Fatal(err)
	}
	client, err := channel.NewSMTP(channel.Config{Server: to, RootCAs: mail.Roots})
	if err != nil {
		t.Fatal(err)
	}
	sender, err := message.NewSender(t.Context(), message.Deps{DB: r.web.DB, Store: r.web.Messages, Records: r.web.Records, Node: "test", Conns: 1, From: "Oak Court <office@oak.example>",
		Sender: client, Care: r.web.Care})
	if err != nil {
		t.Fatal(err)
	}
	if err := sender.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, m := range mail.Mails() {
		if strings.Contains(m.Data, "We come at nine.") {
			return
		}
	}
	t.Error("the reply reached no mail server")
}
