package app

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"html"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/task"
	"hearth/internal/act/workorder"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/base/httpd"
	"hearth/internal/base/page/pagetest"
	"hearth/internal/edge/ingest"
	"hearth/internal/edge/web"
	"hearth/internal/fact/account"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/decision"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
)

// intake is the import pages over real stores.
type intake struct {
	testing.TB
	db      *db.DB
	im      *ingest.Importer
	records *record.Store
	web     http.Handler
	server  *httptest.Server
}

func newIntake(t testing.TB, d *db.DB, clock *hearth.VirtualClock) *intake {
	t.Helper()
	log, err := eventlog.New(d)
	if err != nil {
		t.Fatal(err)
	}
	records, words := record.New(log, rand.Reader), consent.New(log)
	messages, orders, tasks := message.New(log, words, rand.Reader), workorder.New(log, records, rand.Reader), task.New(log, records)
	door := ingest.NewDoor(ingest.DoorDeps{DB: d, Log: log, Records: records, Workorders: orders, Messages: messages, Consent: words})
	im := ingest.New(ingest.Deps{DB: d, Log: log, Records: records, Workorders: orders, Messages: messages, Consent: words, Tasks: tasks, Door: door, Random: rand.Reader})
	x := &intake{TB: t, db: d, im: im, records: records}
	x.web = web.New(web.Deps{DB: d, Log: log, Records: records, Accounts: account.New(rand.Reader), Decisions: decision.New(), Tasks: tasks, Messages: messages, Clock: clock,
		Logger: slog.New(slog.DiscardHandler), Open: true, Imports: webImports{im}, Deadline: deadline, Workorders: orders,
		Ready:  func(context.Context) error { return nil },
		Parked: func(context.Context, *db.Tx, int) (int, []web.Parked, error) { return 0, nil, nil }})
	err = d.Write(t.Context(), func(tx *db.Tx) error {
		_, _, err := records.PutProperty(t.Context(), tx, record.News{}, record.Property{Name: "Oak Court", Zone: "America/New_York", ZoneConfirmed: true})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	x.server = httptest.NewServer(httpd.Wrap(x.web, httpd.Options{Log: slog.New(slog.DiscardHandler), Clock: clock}))
	t.Cleanup(x.server.Close)
	return x
}

// carry does what the loops of the server do, until nothing is left.
func (x *intake) carry() {
	x.Helper()
	for _, f := range []func(context.Context) (bool, error){x.im.Carry, x.im.CarryUndo} {
		for more := true; more; {
			var err error
			if more, err = f(x.Context()); err != nil {
				x.Fatal(err)
			}
		}
	}
}

func (x *intake) ask(r *http.Request) (int, string, string) {
	x.Helper()
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(r)
	if err != nil {
		x.Fatal(err)
	}
	defer res.Body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(res.Body); err != nil {
		x.Fatal(err)
	}
	return res.StatusCode, res.Header.Get("Location"), b.String()
}

func (x *intake) get(path string) string {
	x.Helper()
	r, err := http.NewRequestWithContext(x.Context(), http.MethodGet, x.server.URL+path, nil)
	if err != nil {
		x.Fatal(err)
	}
	status, _, body := x.ask(r)
	if status != http.StatusOK {
		x.Fatalf("%s answers %d: %s", path, status, body)
	}
	return body
}

func (x *intake) post(path string, form url.Values) (int, string, string) {
	x.Helper()
	r, err := http.NewRequestWithContext(x.Context(), http.MethodPost, x.server.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		x.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return x.ask(r)
}

func (x *intake) give(kind, source, name string, body []byte) (int, string, string) {
	x.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for field, v := range map[string]string{"kind": kind, "source": source} {
		if err := w.WriteField(field, v); err != nil {
			x.Fatal(err)
		}
	}
	part, err := w.CreateFormFile("file", name)
	if err == nil {
		_, err = part.Write(body)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		x.Fatal(err)
	}
	r, err := http.NewRequestWithContext(x.Context(), http.MethodPost, x.server.URL+"/imports/new", &b)
	if err != nil {
		x.Fatal(err)
	}
	r.Header.Set("Content-Type", w.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return x.ask(r)
}

func (x *intake) people() int {
	x.Helper()
	n := 0
	err := x.db.Read(x.Context(), func(tx *db.Tx) error {
		p, err := x.records.Search(x.Context(), tx, "", "", 100)
		n = len(p.Items)
		return err
	})
	if err != nil {
		x.Fatal(err)
	}
	return n
}

const rentRoll = "../../tests/firstday/testdata/appfolio_rent_roll.csv"

// export is the rent roll of the first day, with the days that its test counts from written out.
func export(t testing.TB, now time.Time) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.FromSlash(rentRoll))
	if err != nil {
		t.Fatal(err)
	}
	return regexp.MustCompile(`@[+-]\d+@`).ReplaceAllFunc(raw, func(day []byte) []byte {
		n, err := strconv.Atoi(string(bytes.Trim(day, "@")))
		if err != nil {
			t.Fatal(err)
		}
		return []byte(now.AddDate(0, 0, n).Format(time.DateOnly))
	})
}

// An export goes in by the page, its wrong row is corrected in place, it is applied and taken back: without a script.
func TestAFileGoesInByThePage(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		x := newIntake(t, d, clock)
		must := func(page string, words ...string) {
			t.Helper()
			for _, w := range words {
				if !strings.Contains(page, w) {
					t.Errorf("the page does not say %q", w)
				}
			}
		}
		must(x.get("/imports"), "Nothing was brought in yet", "Bring in a file")
		status, at, body := x.give("residents", "appfolio", "rent roll.csv", export(t, clock.Now()))
		if status != http.StatusSeeOther || !strings.HasPrefix(at, "/imports/imd_") {
			t.Fatalf("the file was answered %d %s: %s", status, at, body)
		}
		page := x.get(at)
		must(page, "would be new", "Wrong rows", "Mei Ito", "not a date", "Columns", "% sure", "Drop the file")
		if x.people() != 0 {
			t.Error("a look wrote something")
		}
		line := regexp.MustCompile(`name="line" value="(\d+)"`).FindStringSubmatch(page)
		field := regexp.MustCompile(`name="(cell\.[a-z_]+)" value="not a date"`).FindStringSubmatch(page)
		if line == nil || field == nil {
			t.Fatal("the wrong row can't be corrected in place")
		}
		if status, _, body := x.post(at+"/row", url.Values{"line": {line[1]}, field[1]: {"2026-01-15"}}); status != http.StatusSeeOther {
			t.Fatalf("the correction was answered %d: %s", status, body)
		}
		if page = x.get(at); strings.Contains(page, "Wrong rows") {
			t.Error("the corrected row is still wrong")
		}
		status, applied, body := x.post(at+"/apply", nil)
		if status != http.StatusSeeOther || !strings.HasPrefix(applied, "/imports/imp_") {
			t.Fatalf("applying was answered %d %s: %s", status, applied, body)
		}
		page = x.get(applied)
		must(page, "% applied", "You may close this page")
		if strings.Contains(page, "Take it back") {
			t.Error("what is still being applied is offered to be taken back")
		}
		x.carry()
		must(x.get(applied), "Applied", "Take it back")
		before := x.people()
		if before == 0 {
			t.Fatal("nobody came in")
		}
		must(x.get(applied+"/undo"), "This would go", fmt.Sprintf("%d residents", before))
		if strings.Contains(x.get(applied+"/undo"), `id="undo" data-live`) {
			t.Error("the preview, which goes through all rows, is made anew with all news")
		}
		clock.Advance(time.Minute)
		if status, _, body := x.post(applied+"/undo", nil); status != http.StatusSeeOther {
			t.Fatalf("the undo was answered %d: %s", status, body)
		}
		must(x.get(applied+"/undo"), "% taken back", `id="undo" data-live="now"`)
		x.carry()
		must(x.get(applied+"/undo"), "It was taken back on")
		must(x.get("/imports"), "Taken back")
		if n := x.people(); n != 0 {
			t.Errorf("%d residents are left", n)
		}
		// After its time an import can't be taken back, and the page does not offer it.
		_, at, _ = x.give("residents", "appfolio", "again.csv", export(t, clock.Now()))
		_, applied, _ = x.post(at+"/apply", nil)
		x.carry()
		must(x.get(applied), "Take it back")
		clock.Advance(ingest.UndoFor + time.Hour)
		page = x.get(applied)
		must(page, "It could be taken back until")
		if strings.Contains(page, "Take it back") {
			t.Error("what can't be taken back any more is offered")
		}
		must(x.get(applied+"/undo"), "It could be taken back until "+instantThere(t, clock, -time.Hour, "2 January 2006")+", 30 days after")
	})
}

// instantThere writes an instant seen from now as it is at the property.
func instantThere(t testing.TB, clock *hearth.VirtualClock, from time.Duration, layout string) string {
	t.Helper()
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	return clock.Now().Add(from).In(zone).Format(layout)
}

// What an import that was made again says of the one before it, and how all files that wait are reached.
func TestLongListsOfImports(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	x := newIntake(t, d, clock)
	for i := range 2 {
		_, at, _ := x.give("residents", "pms", fmt.Sprintf("list %d.csv", i), []byte(fmt.Sprintf("name,unit,lease start\nAna Ruiz,10%d,2025-01-15\n", i)))
		if status, _, body := x.post(at+"/apply", nil); status != http.StatusSeeOther {
			t.Fatalf("applying was answered %d: %s", status, body)
		}
		x.carry()
		clock.Advance(time.Minute)
	}
	list := x.get("/imports")
	links := regexp.MustCompile(`/imports/imp_[0-9a-z]+`).FindAllString(list, -1)
	if len(links) != 2 || !strings.Contains(list, instantThere(t, clock, -time.Minute, "2 January, 15:04")) {
		t.Fatalf("the list has %v, or writes its days in another way: %s", links, list)
	}
	if page := x.get(links[1] + "/undo"); !strings.Contains(page, "imported again on "+instantThere(t, clock, 0, "2 January 2006")) {
		t.Errorf("the older of the two says: %s", page)
	}
	for i := range 43 {
		if status, _, body := x.give("residents", "pms", fmt.Sprintf("waits %d.csv", i), []byte("name,unit\nBo Lind,200\n")); status != http.StatusSeeOther {
			t.Fatalf("file %d was answered %d: %s", i, status, body)
		}
		clock.Advance(time.Second)
	}
	seen := map[string]bool{}
	waits := regexp.MustCompile(`waits \d+\.csv</p>`)
	older := regexp.MustCompile(`aria-label="Files that wait">.*?href="([^"]+)" rel="next"`)
	for path, pages := "/imports", 0; path != ""; pages++ {
		page := x.get(path)
		for _, w := range waits.FindAllString(page, -1) {
			seen[w] = true
		}
		if !strings.Contains(page, links[0]) || pages > 2 {
			t.Fatalf("page %d of the files that wait: %s", pages, page)
		}
		path = ""
		if m := older.FindStringSubmatch(page); m != nil {
			path = html.UnescapeString(m[1])
		}
	}
	if len(seen) != 43 {
		t.Errorf("%d files of 43 are reached", len(seen))
	}
	if page := x.get("/imports?from=nonsense&waiting=-5"); !strings.Contains(page, links[0]) {
		t.Error("a wrong address does not begin at the beginning")
	}
	if page := x.get("/imports?from=80"); !strings.Contains(page, "No more imports") || !strings.Contains(page, "Newer") {
		t.Error("beyond the end nothing leads back")
	}
}

// Two columns of one heading are told apart on the page, and a file may be longer on its way than a form.
func TestAFileTakesItsTime(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		x := newIntake(t, d, clock)
		slow := httptest.NewUnstartedServer(x.server.Config.Handler)
		slow.Config.ReadTimeout, slow.Config.WriteTimeout = 300*time.Millisecond, 600*time.Millisecond
		slow.Start()
		t.Cleanup(slow.Close)
		body, in := io.Pipe()
		w := multipart.NewWriter(in)
		go func() {
			err := errors.Join(w.WriteField("kind", "residents"), w.WriteField("source", "pms"))
			if part, errPart := w.CreateFormFile("file", "file.csv"); err == nil && errPart == nil {
				for _, text := range []string{"first name,last name,unit,phone,phone\n", "Ana,Ruiz,101,,+15035550101\n"} {
					_, errWrite := io.WriteString(part, text)
					err = errors.Join(err, errWrite)
					time.Sleep(400 * time.Millisecond)
				}
			}
			in.CloseWithError(errors.Join(err, w.Close()))
		}()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, slow.URL+"/imports/new", body)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", w.FormDataContentType())
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		status, at, answer := x.ask(r)
		if status != http.StatusSeeOther {
			t.Fatalf("a file that takes its time is answered %d: %s", status, answer)
		}
		page := x.get(at)
		form := url.Values{}
		for _, m := range regexp.MustCompile(`name="column" value="(\d+)"`).FindAllStringSubmatch(page, -1) {
			form.Add("column", m[1])
			form.Add("field", []string{"first_name", "last_name", "unit", "-", "phone"}[len(form["field"])])
		}
		if status, _, answer := x.post(at+"/columns", form); status != http.StatusSeeOther || len(form["column"]) != 5 {
			t.Fatalf("%d columns were answered %d: %s", len(form["column"]), status, answer)
		}
		if page = x.get(at); strings.Count(page, `<option value="phone" selected`) != 1 || strings.Contains(page, "mapping file") {
			t.Errorf("the second column is not the telephone: %s", page)
		}
	})
}

// What is no table is answered with a sentence, and leaves nothing behind.
func TestHostileFilesByThePage(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		x := newIntake(t, d, clock)
		for name, c := range map[string]struct {
			kind, source string
			body         []byte
		}{
			"nothing":         {"residents", "pms", nil},
			"no kind":         {"", "pms", []byte("name,unit\nAna,1\n")},
			"no source":       {"residents", " ", []byte("name,unit\nAna,1\n")},
			"a picture":       {"residents", "pms", append([]byte("\x89PNG\r\n\x1a\n"), bytes.Repeat([]byte{0}, 500)...)},
			"a broken sheet":  {"residents", "pms", []byte("PK\x03\x04 this is no archive")},
			"heading only":    {"residents", "pms", []byte("tenant name,unit,lease start\n")},
			"a source of our": {"residents", "hearth/x", []byte("name,unit\nAna,1\n")},
		} {
			status, _, body := x.give(c.kind, c.source, `..\..\<b>"evil".csv`, c.body)
			if status != http.StatusUnprocessableEntity || !strings.Contains(body, "Bring in a file") || strings.Contains(body, `<b>"evil`) {
				t.Errorf("%s: answered %d", name, status)
			}
		}
		if page := x.get("/imports"); strings.Contains(page, "Files that wait") {
			t.Error("something was kept")
		}
		// Columns that say nothing are for a person to name.
		_, at, _ := x.give("residents", "pms", "plain.csv", []byte("tenant name,remark\nAna Ruiz,hello\nJames Okafor,hi\n"))
		if page := x.get(at); !strings.Contains(page, "It can't be applied yet") {
			t.Error("a file whose columns are unknown can be applied")
		}
		if status, _, _ := x.post(at+"/apply", nil); status == http.StatusSeeOther {
			t.Error("it was applied")
		}
		if status, _, _ := x.post(at+"/drop", nil); status != http.StatusSeeOther {
			t.Error("it can't be dropped")
		}
	})
}

// The pages on which a file comes in fit a phone and a desk, in both themes, and are free of what axe finds; it is given by mouse.
func TestImportPagesInTheBrowser(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	x := newIntake(t, d, clock)
	path := filepath.Join(t.TempDir(), "rent roll of a rather long name, Ünïcode (final).csv")
	if err := os.WriteFile(path, export(t, clock.Now()), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx := pagetest.Browser(t)
	phone, desk := pagetest.Screen{Width: 320, Height: 700, Dark: true}, pagetest.Screen{Width: 1280, Height: 900}
	look := func(at, name string, screens ...pagetest.Screen) {
		t.Helper()
		for _, s := range screens {
			sight := pagetest.Look(t, ctx, at, s, fmt.Sprintf("imports-%s-%d-%v", name, s.Width, s.Dark))
			if sight.Overflow > 0 || len(sight.Elements) > 0 || len(sight.Elsewhere) > 0 || len(sight.Faults) > 0 {
				t.Errorf("%s at %d: %d px too wide, %v stick out, asks %v, faults %v", name, s.Width, sight.Overflow, sight.Elements, sight.Elsewhere, sight.Faults)
			}
			for _, fault := range pagetest.Audit(t, ctx) {
				t.Errorf("%s at %d: %s", name, s.Width, fault)
			}
		}
	}
	run := func(actions ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		step, stop := context.WithTimeout(ctx, 20*time.Second)
		defer stop()
		if err := chromedp.Do(step, actions...); err != nil {
			t.Fatal(err)
		}
	}
	look(x.server.URL+"/imports", "none", phone)
	look(x.server.URL+"/imports/new", "new", phone, desk)
	var at string
	where := func() {
		t.Helper()
		var err error
		if at, err = chromedp.Run(ctx, chromedp.Location()); err != nil {
			t.Fatal(err)
		}
	}
	// By mouse, on a phone: the file goes in.
	run(chromedp.EmulateViewport(390, 800), chromedp.Navigate(x.server.URL+"/imports/new"), chromedp.SendKeys("#f-source", "appfolio"), chromedp.SetUploadFiles("#f-file", []string{path}),
		chromedp.Click("main form button.main"), chromedp.WaitVisible("#columns"))
	where()
	look(at, "draft", phone, desk)
	// By keyboard alone: the wrong row's cell is found, written anew and tried again.
	tabTo := func(what, is string) {
		t.Helper()
		run(chromedp.Evaluate[chromedp.Void](`document.body.tabIndex = -1; document.body.focus()`))
		for range 200 {
			run(chromedp.KeyEvent(kb.Tab))
			there, err := chromedp.Run(ctx, chromedp.Evaluate[bool](is))
			if err != nil {
				t.Fatal(err)
			}
			if there {
				return
			}
		}
		t.Fatalf("%s can't be reached by keyboard", what)
	}
	run(chromedp.EmulateViewport(1280, 900), chromedp.Navigate(at), chromedp.WaitVisible(`input[aria-invalid=true]`))
	tabTo("the wrong cell", `document.activeElement.matches('input[aria-invalid=true]') && document.activeElement.value === 'not a date'`)
	run(chromedp.KeyEvent("2026-01-15"), chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(`//div[@class="toast"][contains(., "was tried again")]`), chromedp.WaitNotPresent(`input[aria-invalid=true]`))
}

// The order of dates and names is chosen on the page by keyboard; the cells beside it change as one chooses, without a request.
func TestOrdersAreChosenOnThePage(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	x := newIntake(t, d, clock)
	const file = "resident name,unit,move in,lease start,lease end\nWrenly Quillfeather,101,03/04/2025,03/04/2025,05/06/2026\nZephyrine Oakmantle,102,never,07/08/2025,09/10/2026\nOdalys Fernsby,103,whenever,07/08/2025,09/10/2026\n"
	status, at, body := x.give("residents", "pms", "roll.csv", []byte(file))
	if status != http.StatusSeeOther {
		t.Fatalf("answered %d: %s", status, body)
	}
	ctx := pagetest.BrowserFor(t, 5*time.Minute)
	run := func(actions ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		step, stop := context.WithTimeout(ctx, 40*time.Second)
		defer stop()
		if err := chromedp.Do(step, actions...); err != nil {
			t.Fatal(err)
		}
	}
	shows := func(when, text string) {
		t.Helper()
		got, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.querySelector(".reads-dates").innerText.replace(/\s+/g, " ")`))
		if err != nil || !strings.Contains(got, text) {
			t.Errorf("%s: %q does not stand in %q (%v)", when, text, got, err)
		}
	}
	run(chromedp.EmulateViewport(1280, 900), chromedp.Navigate(x.server.URL+at), chromedp.WaitVisible(".reads-dates"))
	shows("as it was read", "03/04/2025 is 4 March 2025")
	run(chromedp.Focus(`.reads-dates input:checked`), chromedp.KeyEvent(kb.ArrowDown), chromedp.WaitVisible(`.reads-dates input[value="day first"]:checked`))
	shows("as it is chosen", "03/04/2025 is 3 April 2025")
	for _, s := range []pagetest.Screen{{Width: 390, Height: 844}, {Width: 1280, Height: 900}} {
		sight := pagetest.Look(t, ctx, x.server.URL+at, s, fmt.Sprintf("imports-order-%d", s.Width))
		if sight.Overflow > 0 || len(sight.Faults) > 0 {
			t.Errorf("at %d: %d px too wide, faults %v", s.Width, sight.Overflow, sight.Faults)
		}
	}
	run(chromedp.Focus(`.reads-dates input:checked`), chromedp.KeyEvent(kb.ArrowDown), chromedp.WaitVisible(`.reads-dates input[value="day first"]:checked`), chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(`//div[@class="toast"][contains(., "looked at again")]`))
	shows("looked at again", "As you chose")
	shows("looked at again", "03/04/2025 is 3 April 2025")
	// Two rows are wrong. After the first is corrected the keyboard stands in the second one's wrong cell.
	run(chromedp.Focus(`input[aria-invalid=true]`), chromedp.Evaluate[chromedp.Void](`document.activeElement.select()`), chromedp.KeyEvent("01/09/2025"), chromedp.KeyEvent(kb.Enter),
		chromedp.WaitVisible(`//div[@class="toast"][contains(., "Line 3 was tried again")]`))
	stands := ""
	for range 50 { // the browser sends the keyboard there with its next drawing
		var err error
		if stands, err = chromedp.Run(ctx, chromedp.Evaluate[string](`document.activeElement.tagName + " " + document.activeElement.value + " at " + location.search`)); err != nil {
			t.Fatal(err)
		}
		if stands == "INPUT whenever at ?next=1" {
			break
		}
		time.Sleep(200 * time.Millisecond)
	}
	if stands != "INPUT whenever at ?next=1" {
		t.Fatalf("after a correction the keyboard stands at %q", stands)
	}
	run(chromedp.Evaluate[chromedp.Void](`document.activeElement.select()`), chromedp.KeyEvent("02/09/2025"), chromedp.KeyEvent(kb.Enter), chromedp.WaitNotPresent(`#wrong`))
}

func TestWhatGoesIsCounted(t *testing.T) {
	got, err := webUndo(&ingest.Undo{Counts: ingest.UndoCounts{Residents: 1, Leases: 2, Homes: 1, Changed: 1}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	for _, c := range got.Gone {
		if c.N > 0 {
			words = append(words, fmt.Sprint(c.N, " ", c.What))
		}
	}
	if said, want := strings.Join(words, ", "), "1 resident, 2 leases, 1 home, 1 record with changed values"; said != want {
		t.Errorf("got %q, want %q", said, want)
	}
}
