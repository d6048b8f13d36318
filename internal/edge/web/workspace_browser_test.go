package web

import (
	"log/slog"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/base/httpd"
	"hearth/internal/base/page/pagetest"
)

// After an action with the mouse a list takes in what others end.
func TestAListTakesInWhatOthersEnd(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := newBench(t, d, clock)
	dana := deskOf(t, b)
	server := httptest.NewServer(httpd.Wrap(b.web, httpd.Options{Log: slog.New(slog.DiscardHandler), Clock: clock}))
	t.Cleanup(server.Close)
	defer server.CloseClientConnections()
	stop := watching(t, &deskRoom{bench: b})
	defer stop()
	ctx := pagetest.BrowserFor(t, 40*time.Second)
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(server.URL+"/?whose=all&open=tsk_c"), chromedp.Click(`aside button[data-key=a]`), chromedp.WaitVisible(`//div[@class="toast"][contains(., "It is yours now")]`)); err != nil {
		t.Fatalf("take: %v", err)
	}
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		return b.web.Tasks.Done(t.Context(), tx, hearth.Actor{Kind: "staff", ID: string(dana), Name: "Dana Weiss"}, "tsk_b", map[string]string{"finding": "It holds"})
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(ctx, chromedp.WaitNotPresent(`li[data-id=tsk_b]`)); err != nil {
		t.Fatalf("what somebody else ended stays in the list: %v", err)
	}
}
