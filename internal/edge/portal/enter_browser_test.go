package portal

import (
	"net/http/httptest"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"hearth/internal/base/dbtest"
	"hearth/internal/base/page/pagetest"
	"hearth/internal/fact/record"
)

// On a phone, without scripts and in both languages: asked for, typed, chosen, in. Each page on the way fits and shuts nobody out.
func TestEnterInTheBrowser(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	r := newRig(t, d, clock)
	box := r.post()
	r.newHome("6C", record.Resident{First: "Tom", Last: "Berg", Email: "berg@home.example"}, record.Resident{First: "Ida", Last: "Berg", Email: "berg@home.example"})
	server := httptest.NewServer(r.handler)
	defer server.Close()
	for _, lang := range []string{"en", "es"} {
		t.Run(lang, func(t *testing.T) {
			clock.Advance(time.Hour)
			ctx := pagetest.Browser(t)
			look := func(path string) {
				t.Helper()
				for _, s := range []pagetest.Screen{{Width: 320, Height: 700}, {Width: 390, Height: 844, Dark: true}} {
					lookAt(t, ctx, server.URL, path, lang, s)
				}
			}
			scripts := func(on bool) {
				t.Helper()
				if _, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on}); err != nil {
					t.Fatal(err)
				}
			}
			err := chromedp.Do(ctx, chromedp.EmulateViewport(390, 844), chromedp.Navigate(server.URL+"/home/language?to="+lang+"&back=/home/enter"))
			if err != nil {
				t.Fatal(err)
			}
			look(EnterPath)
			look(EnterPath + "?over")
			scripts(false)
			if err := chromedp.Do(ctx, chromedp.EmulateViewport(390, 844), chromedp.Navigate(server.URL+EnterPath), chromedp.Focus(`#f-address`),
				chromedp.KeyEvent("berg@home.example"), chromedp.Click(`form button`), chromedp.WaitVisible(`#f-code`)); err != nil {
				t.Fatalf("asking for a code: %v", err)
			}
			scripts(true)
			look(EnterPath + "/code")
			scripts(false)
			code := r.arrived(box)[0]
			if err := chromedp.Do(ctx, chromedp.EmulateViewport(390, 844), chromedp.Navigate(server.URL+EnterPath+"/code"), chromedp.Focus(`#f-code`), chromedp.KeyEvent(other(code)), chromedp.Click(`form button`), chromedp.WaitVisible(`#wrongs`),
				chromedp.Focus(`#f-code`), chromedp.KeyEvent(code), chromedp.Click(`form button`), chromedp.WaitVisible(`button[name=who]`)); err != nil {
				t.Fatalf("typing the code: %v", err)
			}
			scripts(true)
			look(EnterPath + "/who")
			scripts(false)
			if err := chromedp.Do(ctx, chromedp.EmulateViewport(390, 844), chromedp.Navigate(server.URL+EnterPath+"/who"), chromedp.Click(`button[name=who]`), chromedp.WaitVisible(`a.tile[href="/home/repair"]`)); err != nil {
				t.Fatalf("coming in: %v", err)
			}
		})
	}
}
