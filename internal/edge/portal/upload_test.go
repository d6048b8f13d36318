package portal

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"hearth/internal/base/dbtest"
	"hearth/internal/base/page"
	"hearth/internal/base/page/pagetest"
)

func asset(name string) string { return page.Asset(name) }

func packed(t *testing.T, body []byte) int {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(body); err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	return b.Len()
}

// Of a form that breaks off in the middle of its photo, what came before it is shown again in the form, which says what to do. Nothing is opened.
func TestAFormThatBreaksOff(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	r := newRig(t, d, clock)
	code := r.doorCode()
	for _, path := range []string{"/home/repair", "/r/" + code} {
		body := "--b\r\nContent-Disposition: form-data; name=\"once\"\r\n\r\no1\r\n--b\r\nContent-Disposition: form-data; name=\"words\"\r\n\r\nThe sink drips\r\n" +
			"--b\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"a.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n" + string(photo(t)[:40])
		req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, io.MultiReader(strings.NewReader(body)))
		req.Header.Set("Content-Type", "multipart/form-data; boundary=b")
		rec := r.as(r.ana).send(req)
		for _, want := range []string{"The line broke before everything had arrived", ">The sink drips</textarea>", `name="once" value="o1"`, `type="file"`} {
			if rec.Code != http.StatusUnprocessableEntity || !strings.Contains(rec.Body.String(), want) {
				t.Errorf("%s answers %d, without %q", path, rec.Code, want)
			}
		}
	}
	if all := r.homeOrders(); len(all) != 0 {
		t.Errorf("half a form opened %+v", all)
	}
}

// In the browser a line that breaks while a photo is sent loses nothing: the page stays with words and photo and says what to do, and sent again it is one request. A file that is no picture
// leads to the same form with the words in it. Without scripts the browser says that the line broke, and the words stand in the form again on the way back.
func TestTheLineBreaksWhileAPhotoIsSent(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	r := newRig(t, d, clock)
	var cut atomic.Bool
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.Method == http.MethodPost && cut.Load() {
			io.CopyN(io.Discard, req.Body, 100)
			if c, _, err := http.NewResponseController(w).Hijack(); err == nil {
				c.Close()
			}
			return
		}
		r.handler.ServeHTTP(w, req)
	}))
	defer server.Close()
	dir := t.TempDir()
	shot, text := filepath.Join(dir, "sink.jpg"), filepath.Join(dir, "sink.txt")
	for name, body := range map[string][]byte{shot: photo(t), text: []byte("no picture")} {
		if err := os.WriteFile(name, body, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx := pagetest.Browser(t)
	r.comeIn(ctx, server.URL)
	const words = `document.querySelector('#f-words').value + '|' + document.querySelector('#f-photo').files.length`
	holds := func(when, want string) {
		t.Helper()
		if got, err := chromedp.Run(ctx, chromedp.Evaluate[string](words)); err != nil || got != want {
			t.Errorf("%s the form holds %q (%v), want %q", when, got, err, want)
		}
	}
	cut.Store(true)
	does(t, ctx, "the line breaks", chromedp.EmulateViewport(390, 844), chromedp.Navigate(server.URL+"/home/repair"), chromedp.SetValue(`#f-words`, "It drips"), chromedp.SetUploadFiles(`#f-photo`, []string{shot}),
		chromedp.Click(`.sendbar button`), chromedp.WaitVisible(`#broken`))
	holds("after a break", "It drips|1")
	pagetest.Picture(t, ctx, "broken-390")
	if at, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.activeElement.id`)); err != nil || at != "broken" {
		t.Errorf("the keyboard stands at %q (%v)", at, err)
	}
	cut.Store(false)
	does(t, ctx, "again", chromedp.Click(`.sendbar button`), chromedp.WaitVisible(`.note.good`), chromedp.WaitVisible(`img.shot`))
	does(t, ctx, "no picture", chromedp.Navigate(server.URL+"/home/repair"), chromedp.SetValue(`#f-words`, "It drips more"), chromedp.SetUploadFiles(`#f-photo`, []string{text}),
		chromedp.Click(`.sendbar button`), chromedp.WaitVisible(`#wrongs`))
	holds("after no picture", "It drips more|0")
	does(t, ctx, "a picture", chromedp.SetUploadFiles(`#f-photo`, []string{shot}), chromedp.Click(`.sendbar button`), chromedp.WaitVisible(`.note.good`))
	if all := r.homeOrders(); len(all) != 2 {
		t.Errorf("there are %d requests, want 2", len(all))
	}
	if _, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	does(t, ctx, "without scripts", chromedp.Navigate(server.URL+"/home/repair"), chromedp.WaitVisible(`#f-words`), chromedp.Focus(`#f-words`), chromedp.KeyEvent("Without scripts"), chromedp.SetUploadFiles(`#f-photo`, []string{text}), chromedp.Click(`.sendbar button`), chromedp.WaitVisible(`#wrongs`))
	holds("without scripts, no picture", "Without scripts|0")
	cut.Store(true)
	does(t, ctx, "write", chromedp.Navigate(server.URL+"/home"), chromedp.Click(`a.tile[href="/home/repair"]`), chromedp.WaitVisible(`#f-words`), chromedp.Focus(`#f-words`), chromedp.KeyEvent("Kept on the way back"))
	_ = chromedp.Do(ctx, chromedp.Click(`.sendbar button`), chromedp.WaitNotPresent(`#f-words`)) // the browser's own page says that the line broke
	does(t, ctx, "back", chromedp.NavigateBack(), chromedp.WaitVisible(`#f-words`))
	holds("without scripts, on the way back,", "Kept on the way back|0")
}
