package portal

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/workorder"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/base/page/pagetest"
	"hearth/internal/fact/record"
)

// furnished puts something to see into Ana's pages.
func (r *rig) furnished() (order hearth.WorkOrderID) {
	r.tell(message.Message{ID: "msg_q", Resident: r.ana, Class: hearth.ClassService, Channel: hearth.ChannelPortal, Purpose: "survey.repair", Subject: "How was the repair?", Body: "One figure from 1 to 5."})
	r.tell(message.Message{ID: "msg_p", Resident: r.ana, Class: hearth.ClassService, Channel: hearth.ChannelPortal, Subject: "Water off " + strings.Repeat("w", 60), Body: "On Tuesday: https://oak.example/" + strings.Repeat("x", 90)})
	r.write(func(ctx context.Context, tx *db.Tx) error {
		for i, words := range []string{"The kitchen sink leaks again. It is worse than before.", "مصباح الممر لا يعمل"} {
			o, err := r.Workorders.Open(ctx, tx, record.News{Source: source, EventID: fmt.Sprint("o", i)}, workorder.Order{Resident: r.ana, Description: words})
			if err != nil {
				return err
			}
			if order = o.ID; i == 0 {
				if _, err := r.Workorders.Schedule(ctx, tx, record.News{}, o.ID, r.clock.Now().Add(24*time.Hour), r.clock.Now().Add(26*time.Hour)); err != nil {
					return err
				}
			} else if _, err := r.Workorders.Complete(ctx, tx, record.News{}, o.ID, "New bulb."); err != nil {
				return err
			}
		}
		return nil
	})
	start := r.clock.Now().Add(3 * time.Hour)
	r.happens("package.arrived", map[string]any{"count": 2, "where": "Parcel room, shelf 4 " + strings.Repeat("w", 60)}, r.ana)
	r.happens("outage.announced", map[string]any{"what": "drinking_water", "start": start.Format(time.RFC3339), "end": start.Add(40 * time.Hour).Format(time.RFC3339)}, r.ana)
	r.happens("amenity.booked", map[string]any{"amenity": "Clubhouse " + strings.Repeat("w", 60), "start": start.Format(time.RFC3339), "end": start.Add(time.Hour).Format(time.RFC3339)}, r.ana)
	return order
}

// Every page fits a phone in both languages and themes, shuts nobody out, and has text and targets that are large enough; all of it with scripts
// switched off.
func TestPagesInTheBrowser(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	r := newRig(t, d, clock)
	order := r.furnished()
	var door string
	r.write(func(ctx context.Context, tx *db.Tx) (err error) {
		door, err = r.Records.UnitCode(ctx, tx, r.unit)
		return err
	})
	server := httptest.NewServer(r.handler)
	defer server.Close()
	for _, lang := range []string{"en", "es"} {
		t.Run(lang, func(t *testing.T) {
			ctx := pagetest.Browser(t)
			r.comeIn(ctx, server.URL)
			pagetest.Look(t, ctx, server.URL+"/home/language?to="+lang, pagetest.Screen{Width: 390, Height: 800}, "language")
			for _, path := range append(r.looked(order), DoorPath+door, "/home/repair/wo_none") {
				for _, s := range []pagetest.Screen{{Width: 320, Height: 700}, {Width: 390, Height: 844, Dark: true}} {
					lookAt(t, ctx, server.URL, path, lang, s)
				}
			}
		})
	}
}

// With letters twice as large, names that are very long, and words that can't be broken, every page still fits a telephone, and nothing lies over something else.
func TestLargeLettersAndLongNames(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	r := newRig(t, d, clock)
	r.ana = r.newHome("Building Rosenthaler-Northwest 4-B", record.Resident{First: "Maximiliana-Guadalupe", Last: "Wolfeschlegelsteinhausenbergerdorff-Ramírez", Email: "maximiliana.guadalupe.wolfeschlegelsteinhausenbergerdorff@home.example"})[0]
	order := r.furnished()
	server := httptest.NewServer(r.handler)
	defer server.Close()
	const wide = `(() => { document.documentElement.style.fontSize = '200%'; const most = document.documentElement.clientWidth;
		return [...document.querySelectorAll('main *')].filter(e => { const b = e.getBoundingClientRect(); return b.width && (b.right > most + 1 || b.left < -1 || e.matches('.btn, .alarm, .tile, p, h1, h2, dd, .row > span') && e.scrollWidth > e.clientWidth + 1 && e.clientWidth); })
			.map(e => e.tagName + '.' + e.className + ' ' + e.innerText.slice(0, 40)); })()`
	for _, lang := range []string{"en", "es"} {
		ctx := pagetest.BrowserFor(t, 4*time.Minute)
		r.comeIn(ctx, server.URL)
		does(t, ctx, "the language", chromedp.EmulateViewport(390, 844), chromedp.Navigate(server.URL+"/home/language?to="+lang))
		for _, path := range append(r.looked(order), EnterPath+"?again") {
			does(t, ctx, path, chromedp.Navigate(server.URL+path))
			got, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](wide))
			if err != nil || len(got) > 0 {
				t.Errorf("%s %s at twice the size: %q sticks out (%v)", lang, path, got, err)
			}
			pagetest.Picture(t, ctx, fmt.Sprintf("large%s-%s", strings.ReplaceAll(path, "/", "-"), lang))
		}
	}
}

// lookAt opens a page and tells what is wrong with it.
func lookAt(t *testing.T, ctx context.Context, base, path, lang string, s pagetest.Screen) {
	t.Helper()
	name := fmt.Sprintf("portal%s-%s-%d", strings.ReplaceAll(path, "/", "-"), lang, s.Width)
	sight := pagetest.Look(t, ctx, base+path, s, name)
	if strings.HasSuffix(path, "/wo_none") {
		sight.Faults = nil // the browser complains of the 404 that it is
	}
	if sight.Overflow > 0 || len(sight.Elements) > 0 || len(sight.Elsewhere) > 0 || len(sight.Faults) > 0 {
		t.Errorf("%s: wider by %d (%v), asks %v, complaints %v", name, sight.Overflow, sight.Elements, sight.Elsewhere, sight.Faults)
	}
	for _, fault := range append(pagetest.Audit(t, ctx), small(t, ctx)...) {
		t.Errorf("%s: %s", name, fault)
	}
}

// looked are the pages that are looked at.
func (r *rig) looked(order hearth.WorkOrderID) []string {
	return []string{"/home", "/home/wishes/pets", "/home/repair", "/home/repair/" + string(order), "/home/repair/" + string(order) + "/change", "/home/repairs", "/home/messages", "/home/question/msg_q", "/home/wishes", "/home/wishes/access", "/home/known", "/home/ahead"}
}

// comeIn signs Ana in.
func (r *rig) comeIn(ctx context.Context, base string) {
	r.t.Helper()
	_, err := chromedp.Call(ctx, network.SetCookie, network.SetCookieParams{Name: deviceCookie, Value: r.signIn(r.ana), URL: base + "/home", Path: "/home"})
	if err != nil {
		r.t.Fatal(err)
	}
}

// small gives what is too small: what can be pressed below 48 points, text that is read below 16, except remarks.
func small(t *testing.T, ctx context.Context) []string {
	t.Helper()
	const ask = `[...document.querySelectorAll('a, button, input:not([type=hidden]), textarea, summary')].filter(e => !e.closest('.away') && e.type != 'radio' && e.type != 'checkbox')
		.filter(e => { const b = e.getBoundingClientRect(); return b.width && Math.round(b.height) < 48 }).map(e => 'only ' + Math.round(e.getBoundingClientRect().height) + ' high: ' + e.outerHTML.slice(0, 80))
		.concat([...document.querySelectorAll('p, li > a, label')].filter(e => e.innerText && !e.closest('.fine, .stepwords') && !e.matches('.fine, .stepwords') && parseFloat(getComputedStyle(e).fontSize) < 16).map(e => 'small text: ' + e.innerText.slice(0, 60)))`
	out, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](ask))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// The only way to send stands behind everything that can be filled in, where the keyboard and whoever hears the page come last; on a telephone it is in sight
// from the beginning to the end, and hides nothing that has the focus.
func TestSendIsLastAndInReach(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	r := newRig(t, d, clock)
	server := httptest.NewServer(r.handler)
	defer server.Close()
	ctx := pagetest.Browser(t)
	r.comeIn(ctx, server.URL)
	const last = `(() => { const all = [...document.querySelectorAll('form[enctype] input:not([type=hidden]), form[enctype] textarea, form[enctype] button')]; return all.filter(e => e.tagName == 'BUTTON').length == 1 && all.at(-1).tagName == 'BUTTON'; })()`
	const inSight = `(() => { const b = document.querySelector('form[enctype] button').getBoundingClientRect(); return b.top >= 0 && b.bottom <= innerHeight; })()`
	const hidden = `(() => { const bar = document.querySelector('.sendbar'); return [...document.querySelectorAll('form[enctype] input:not([type=hidden]), form[enctype] textarea')].filter(e => { e.focus(); const b = (e.closest('.tile') || e).getBoundingClientRect(); const over = bar.getBoundingClientRect(); return b.bottom > over.top + 1 && b.top < over.bottom - 1; }).map(e => { e.focus(); const b = e.getBoundingClientRect(), o = bar.getBoundingClientRect(); return e.outerHTML.slice(0, 60) + ' ' + [b.top, b.bottom, o.top, o.bottom, getComputedStyle(bar).position, document.activeElement === e]; }); })()`
	for _, lang := range []string{"en", "es"} {
		for _, size := range [][2]int64{{390, 844}, {320, 640}} {
			does(t, ctx, "open the form", chromedp.EmulateViewport(size[0], size[1]), chromedp.Navigate(server.URL+"/home/language?to="+lang+"&back=/home/repair"), chromedp.WaitVisible(`.sendbar`))
			pagetest.Picture(t, ctx, fmt.Sprintf("repair-%s-%d", lang, size[0]))
			for _, at := range []string{"0", "document.body.scrollHeight / 2", "document.body.scrollHeight"} {
				for what, ask := range map[string]string{"is not the last": last, "is out of sight": "(scrollTo(0, " + at + "), " + inSight + ")"} {
					if ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool](ask)); err != nil || !ok {
						t.Errorf("%s at %d, scrolled to %s: the way to send %s (%v)", lang, size[0], at, what, err)
					}
				}
			}
			if got, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](hidden)); err != nil || len(got) > 0 {
				t.Errorf("%s at %d: with the focus, the way to send hides %q (%v)", lang, size[0], got, err)
			}
		}
	}
}

// A repair with a photo takes three taps from the home page, by touch and by keyboard, without scripts.
func TestThreeTaps(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	r := newRig(t, d, clock)
	server := httptest.NewServer(r.handler)
	defer server.Close()
	file := filepath.Join(t.TempDir(), "sink.jpg")
	if err := os.WriteFile(file, photo(t), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx := pagetest.Browser(t)
	if _, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	r.comeIn(ctx, server.URL)
	err := chromedp.Do(ctx, chromedp.EmulateViewport(390, 844), chromedp.Navigate(server.URL+"/home"),
		chromedp.Click(`a.tile[href="/home/repair"]`),               // one
		chromedp.SetUploadFiles(`input[type=file]`, []string{file}), // two: the file chooser
		chromedp.Click(`form[enctype] button`),                      // three
		chromedp.WaitVisible(`.note.good`), chromedp.WaitVisible(`img.shot`))
	if err != nil {
		t.Fatalf("by touch: %v", err)
	}
	err = chromedp.Do(ctx, chromedp.Navigate(server.URL+"/home/messages"), chromedp.Focus(`#f-words`),
		chromedp.KeyEvent("Thank you"), chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(kb.Enter),
		chromedp.WaitVisible(`.said.ours`))
	if err != nil {
		t.Fatalf("a message by keyboard: %v", err)
	}
	// By keyboard: the tile has the focus, Enter opens the form; words are written, and the next stop is the button.
	err = chromedp.Do(ctx, chromedp.EmulateViewport(320, 700), chromedp.Navigate(server.URL+"/home"), chromedp.Focus(`a.tile[href="/home/repair"]`), chromedp.KeyEvent(kb.Enter),
		chromedp.WaitVisible(`#f-words`), chromedp.Focus(`input[name=trouble]`), chromedp.KeyEvent(" "), chromedp.Focus(`#f-words`), chromedp.KeyEvent("It drips"),
		chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(`.note.good`))
	if err != nil {
		t.Fatalf("a repair by keyboard: %v", err)
	}
	r.write(func(ctx context.Context, tx *db.Tx) error {
		orders, err := r.Workorders.History(ctx, tx, "", r.ana, 5)
		if err != nil || len(orders) != 2 {
			return fmt.Errorf("there are %d requests: %w", len(orders), err)
		}
		var seen []string
		for _, o := range orders {
			shots, err := r.Workorders.Photos(ctx, tx, o.ID)
			if err != nil {
				return err
			}
			seen = append(seen, fmt.Sprintf("%s %q %d", o.Category, o.Description, len(shots)))
		}
		slices.Sort(seen)
		want := []string{`general "Something is broken: see the photo" 1`, `plumbing "It drips\n(Water)" 0`}
		if !slices.Equal(seen, want) {
			t.Errorf("the requests are %q, want %q", seen, want)
		}
		return nil
	})
}
