package web

import (
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"hearth"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/base/httpd"
	"hearth/internal/base/page/pagetest"
)

// On a telephone the next thing after an action begins at the top of the screen: its buttons alone would be taken for those of the last.
func TestTheNextThingBeginsInSight(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := newBench(t, d, clock)
	manager, long := deskOf(t, b), strings.Split(strings.Repeat("look there,", 40), ",")
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		all, err := b.web.Records.Properties(t.Context(), tx)
		if err != nil {
			return err
		}
		about := task.Task{ID: "tsk_x", Property: all[0].ID, Title: "Walk through the house", Why: "It is Monday.", Role: hearth.RoleManager, Owner: manager, DueAt: tx.Now().Add(-3 * time.Hour), Checklist: long}
		next := about
		next.ID, next.DueAt = "tsk_y", about.DueAt.Add(time.Hour)
		return b.web.Tasks.Insert(t.Context(), tx, []task.Task{about, next})
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(httpd.Wrap(b.web, httpd.Options{Log: slog.New(slog.DiscardHandler), Clock: clock}))
	t.Cleanup(server.Close)
	ctx := pagetest.Browser(t)
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(390, 600), chromedp.Navigate(server.URL+"/?open=tsk_x"),
		chromedp.Click(`//aside//summary[text()="Later"]`), chromedp.Click(`//aside//button[text()="Let it sleep"]`), chromedp.WaitVisible(`//div[@class="toast"][contains(., "It sleeps")]`)); err != nil {
		t.Fatal(err)
	}
	top, err := chromedp.Run(ctx, chromedp.Evaluate[float64](`document.querySelector("#beside h2").getBoundingClientRect().top`))
	if err != nil || top < 0 || top > 200 {
		t.Errorf("the next thing's title stands at %v px: %v", top, err)
	}
}
