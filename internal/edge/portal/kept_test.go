package portal

import (
	"context"
	"encoding/base64"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/fact/record"
)

// keptIn gives the form that a page of the door carries along, "" for none.
func keptIn(rec *httptest.ResponseRecorder) string {
	m := regexp.MustCompile(`name="kept" value="([^"]*)"`).FindStringSubmatch(rec.Body.String())
	if m == nil {
		return ""
	}
	return m[1]
}

// hidden gives the fields that a page's form sends on.
func hidden(rec *httptest.ResponseRecorder) url.Values {
	form := url.Values{}
	for _, m := range regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)">`).FindAllStringSubmatch(rec.Body.String(), -1) {
		form.Add(html.UnescapeString(m[1]), html.UnescapeString(m[2]))
	}
	return form
}

const lateWords = "\"The sink <b>drips</b>\" & the cat is afraid"

// What a resident wrote is not lost when their session had ended: it goes along through asking for a code, a wrong one, a new one and the right one, and
// is sent by one more press, once.
func TestAFormOfAResidentIsKept(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newRig(t, d, clock)
		box := r.post()
		p := r.stranger()
		late := p.post("/home/messages", url.Values{"words": {lateWords}, "once": {"o1"}})
		kept := keptIn(late)
		if late.Code != http.StatusUnauthorized || kept == "" || !strings.Contains(late.Body.String(), "What you wrote is kept on this page") {
			t.Fatalf("a late form: %d, and it carries %q", late.Code, kept)
		}
		for _, step := range []struct {
			path string
			form url.Values
		}{{EnterPath, url.Values{"address": {"nobody"}}}, {EnterPath, url.Values{"address": {"ana@home.example"}}}, {EnterPath + "/code", url.Values{"code": {"1"}}}, {EnterPath, url.Values{"again": {"1"}}}, {EnterPath, url.Values{"address": {"ana@home.example"}}}} {
			step.form.Set("kept", kept)
			if rec := p.post(step.path, step.form); keptIn(rec) != kept {
				t.Errorf("it is lost at %s with %v: %d", step.path, step.form, rec.Code)
			}
		}
		codes := r.arrived(box)
		in := p.post(EnterPath+"/code", url.Values{"code": {codes[len(codes)-1]}, "kept": {kept}})
		form := hidden(in)
		if in.Code != http.StatusOK || form.Get("words") != lateWords || form.Get("once") != "o1" || strings.Contains(in.Body.String(), "<b>drips") || !strings.Contains(in.Body.String(), `action="/home/messages"`) {
			t.Fatalf("after the code: %d, the form holds %v", in.Code, form)
		}
		p.must("/home/messages", nil, "drips")
		p.led(p.post("/home/messages", form))
		p.led(p.post("/home/messages", form))
		if body := p.must("/home/messages", []string{"the cat is afraid"}); strings.Count(body, "the cat is afraid") != 1 {
			t.Error("what was sent on twice stands twice")
		}
	})
}

// Words of a form with a photo go along, the photo does not, and the page says so; whoever came by a link finds theirs too; and so do those who share an address.
func TestFormsThatAreKept(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	r := newRig(t, d, clock)
	box := r.post()
	p := r.stranger()
	kept := keptIn(p.upload("/home/repair", map[string]string{"words": lateWords, "trouble": "plumbing"}, photo(t)))
	p.post(EnterPath, url.Values{"address": {"ana@home.example"}, "kept": {kept}})
	in := p.post(EnterPath+"/code", url.Values{"code": r.arrived(box), "kept": {kept}})
	if form := hidden(in); form.Get("words") != lateWords || form.Get("trouble") != "plumbing" || !strings.Contains(in.Body.String(), "Your photo did not come along") {
		t.Errorf("a repair: %d %v", in.Code, form)
	}
	if to := p.led(p.post("/home/repair", hidden(in))); !strings.HasPrefix(to, "/home/repair/") {
		t.Errorf("sent on it led to %s", to)
	}
	if keptIn(r.byLinkOf(r.ana).post("/home/messages", url.Values{"words": {"a word"}})) == "" {
		t.Error("what somebody wrote who came by a link is lost")
	}
	both := r.newHome("6C", record.Resident{First: "Tom", Last: "Berg", Email: "berg@home.example"}, record.Resident{First: "Ida", Last: "Berg", Email: "berg@home.example"})
	q := r.stranger()
	kept = keptIn(q.post("/home/wishes/pets", url.Values{"choice": {"dog"}}))
	q.post(EnterPath, url.Values{"address": {"berg@home.example"}, "kept": {kept}})
	who := q.post(EnterPath+"/code", url.Values{"code": r.arrived(box), "kept": {kept}})
	if keptIn(who) != kept || !strings.Contains(who.Body.String(), "Who are you?") {
		t.Fatalf("those who share an address: %d", who.Code)
	}
	if form := hidden(q.post(EnterPath+"/who", url.Values{"who": {string(both[1])}, "kept": {kept}})); form.Get("choice") != "dog" {
		t.Errorf("after choosing who they are, the form holds %v", form)
	}
}

// The door carries nothing that ends or opens something, nothing without words or a choice, and shows nothing that no form of these pages could have brought.
func TestWhatTheDoorOfAHomeDoesNotCarry(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	r := newRig(t, d, clock)
	p := r.stranger()
	for _, path := range []string{"/home/leave/all", "/home/stop", "/home/keys", "/home/keys/k/drop", "/home/repair/wo_1/cancel", "/home/repair/wo_1/fixed"} {
		if keptIn(p.post(path, url.Values{"words": {"a few words"}})) != "" {
			t.Errorf("%s is carried", path)
		}
	}
	for name, form := range map[string]url.Values{"nothing said": {"once": {"o"}, "words": {" "}}, "too much": {"words": {strings.Repeat("many words ", keptMost/10)}}, "no text": {"words": {"a \xff"}}} {
		if keptIn(p.post("/home/messages", form)) != "" {
			t.Errorf("%s is carried", name)
		}
	}
	for _, raw := range []string{`{"path":"https://elsewhere.example/home/messages","fields":[{"name":"words","value":"b c"}]}`, `{"path":"//elsewhere.example","fields":[{"name":"words","value":"b"}]}`,
		`{"path":"/home/wishes/../leave/all","fields":[{"name":"words","value":"b"}]}`, `{"path":"/home/leave/all","fields":[{"name":"words","value":"b"}]}`, `{"path":"/home/messages","fields":[]}`, `{`} {
		rec := p.post(EnterPath, url.Values{"address": {"nobody"}, "kept": {base64.RawURLEncoding.EncodeToString([]byte(raw))}})
		if keptIn(rec) != "" {
			t.Errorf("%s is carried", raw)
		}
	}
}

// In a browser: written, too late, in by a passkey, looked at and sent on, with a page that fits and shuts nobody out.
func TestAFormIsKeptThroughAPasskey(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	r := newRig(t, d, clock)
	box, address := r.post(), r.named()
	ctx, _ := phone(t)
	does(t, ctx, "the door", chromedp.Navigate(address+EnterPath))
	r.byCode(ctx, box)
	does(t, ctx, "make a passkey", chromedp.WaitVisible(makes), chromedp.Click(makes), chromedp.WaitVisible(drops))
	does(t, ctx, "write", chromedp.Navigate(address+"/home/messages"), chromedp.SendKeys(`#f-words`, "The sink drips again"))
	clock.Advance(40 * 24 * time.Hour)
	does(t, ctx, "too late", chromedp.Click(`#write button`), chromedp.WaitVisible(shows))
	here(t, ctx, "the door again", "/home/messages", "What you wrote is kept on this page")
	fits(t, ctx, "kept-door")
	does(t, ctx, "in", chromedp.Click(shows), chromedp.WaitVisible(`form[action="/home/messages"] button`))
	here(t, ctx, "it is here", EnterPath+"/key", "You are signed in", "The sink drips again")
	fits(t, ctx, "kept")
	does(t, ctx, "send it on by keyboard", chromedp.Focus(`form[action="/home/messages"] button`), chromedp.KeyEvent("\r"), chromedp.WaitVisible(`#write`))
	here(t, ctx, "sent", "/home/messages", "The sink drips again")
}

// What a resident sent and we could not take stands on the page that says so, to be sent once more from there, in their language; a photo has to be
// chosen again. It stands there whether we failed before we knew who they are or after their form was read.
func TestWhatWeCouldNotTakeIsNotLost(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	r := newRig(t, d, clock)
	p := r.as(r.ana)
	if err := r.Blobs.Close(); err != nil { // photos can't be kept
		t.Fatal(err)
	}
	rec := p.upload("/home/repair", map[string]string{"words": lateWords, "trouble": "plumbing", "once": "o8"}, photo(t))
	if got := hidden(rec); rec.Code != http.StatusServiceUnavailable || got.Get("trouble") != "plumbing" || got.Get("words") != lateWords || !strings.Contains(rec.Body.String(), "Your photo did not come along") {
		t.Fatalf("without room for photos: %d, the page holds %v", rec.Code, got)
	}
	if to := p.led(p.post("/home/repair", hidden(rec))); !strings.HasPrefix(to, "/home/repair/") {
		t.Errorf("sent once more without its photo it led to %s", to)
	}
	var code string
	r.write(func(ctx context.Context, tx *db.Tx) (err error) {
		code, err = r.Records.UnitCode(ctx, tx, r.unit)
		return err
	})
	door := DoorPath + code
	if err := d.Close(); err != nil { // and now nothing is reached at all
		t.Fatal(err)
	}
	rec = p.post("/home/messages", url.Values{"words": {lateWords}, "once": {"o7"}})
	if got := hidden(rec); rec.Code != http.StatusServiceUnavailable || got.Get("words") != lateWords || got.Get("once") != "o7" || strings.Contains(rec.Body.String(), "<b>drips") || !strings.Contains(rec.Body.String(), "What you wrote is still here") {
		t.Errorf("without a database: %d, the page holds %v", rec.Code, got)
	}
	for _, path := range []string{"/home/stop", "/home/keys/x/drop"} {
		if rec := p.post(path, url.Values{"words": {"not to be kept"}}); rec.Code != http.StatusServiceUnavailable || strings.Contains(rec.Body.String(), "not to be kept") {
			t.Errorf("%s, in which nobody writes, is carried: %d", path, rec.Code)
		}
	}
	// At the door of a home nobody is signed in; what they wrote is theirs all the same.
	rec = r.stranger().upload(door, map[string]string{"words": lateWords, "once": "o9"}, photo(t))
	if got := hidden(rec); rec.Code != http.StatusServiceUnavailable || got.Get("words") != lateWords || !strings.Contains(rec.Body.String(), `action="`+door+`"`) {
		t.Errorf("at the door without a database: %d, the page holds %v", rec.Code, got)
	}
	// Several texts stand in one order, however often the page is drawn.
	for range 20 {
		rec := p.post("/home/wishes/pets", url.Values{"a": {"first of all"}, "b": {"second of all"}, "c": {"third of all"}})
		if !regexp.MustCompile(`(?s)blockquote.*first of all.*second of all.*third of all.*<form`).MatchString(rec.Body.String()) {
			t.Fatalf("the texts stand in another order: %s", rec.Body)
		}
	}
}

// What can't be done any more is not offered to be sent again: what they wrote stands there to be copied.
func TestWhatCanNotBeDoneIsThereToBeCopied(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	r := newRig(t, d, clock)
	rec := r.as(r.ana).post("/home/wishes/channel", url.Values{"value": {"smoke"}, "words": {lateWords}})
	body := rec.Body.String()
	if rec.Code != http.StatusUnprocessableEntity || !strings.Contains(body, "for you to copy") || !strings.Contains(body, "<blockquote") || hidden(rec).Get("words") != "" || strings.Contains(body, "Send it") {
		t.Errorf("what can't be done: %d %s", rec.Code, body)
	}
	rec = r.as(r.ana).post("/home/wishes/channel", url.Values{"value": {"smoke"}})
	if body := rec.Body.String(); rec.Code != http.StatusUnprocessableEntity || strings.Contains(body, "to copy") {
		t.Errorf("with nothing to be copied: %d %s", rec.Code, body)
	}
}
