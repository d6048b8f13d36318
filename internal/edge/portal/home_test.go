package portal

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/workorder"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/fact/record"
)

// A repair is asked for with a photo, followed like a parcel, and said to be fixed with one tap.
func TestRepairFromTapToSolved(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newRig(t, d, clock)
		ana := r.as(r.ana)
		ana.must("/home", []string{"Hello", "Ana", "Something is broken", "(312) 555-0142", "tel:3125550142", `href="/home/repair"`})
		form := map[string]string{"once": "a1", "trouble": workorder.Plumbing, "room": "kitchen"}
		there, _, _ := strings.Cut(ana.led(ana.upload("/home/repair", form, photo(t))), "?")
		if again, _, _ := strings.Cut(ana.led(ana.upload("/home/repair", form, photo(t))), "?"); again != there {
			t.Errorf("the same form sent twice made %s and %s", there, again)
		}
		body := ana.must(there+"?sent=1", []string{"Sent. The team has it.", "We have your request.", "Water, Kitchen: see the photo", `aria-current="step"`})
		shot := between(body, `<img class="shot" src="`, `"`)
		rec := ana.get(shot)
		if rec.Code != 200 || rec.Header().Get("Content-Type") != "image/jpeg" || rec.Header().Get("Content-Security-Policy") != "sandbox; default-src 'none'" ||
			rec.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("the photo is served with %d and %v", rec.Code, rec.Header())
		}
		if strings.Contains(rec.Body.String(), "GPS") {
			t.Error("the photo still says where it was taken")
		}
		for _, who := range []hearth.ResidentID{r.ben, r.cem} {
			other := r.as(who)
			for _, path := range []string{there, shot} {
				if rec := other.get(path); rec.Code != http.StatusNotFound {
					t.Errorf("somebody else gets %s with %d", path, rec.Code)
				}
			}
			if rec := other.post(there+"/cancel", nil); rec.Code != http.StatusNotFound {
				t.Errorf("somebody else's cancelling answers %d", rec.Code)
			}
		}

		id := hearth.WorkOrderID(strings.TrimPrefix(there, "/home/repair/"))
		r.write(func(ctx context.Context, tx *db.Tx) error {
			o, err := r.Workorders.Schedule(ctx, tx, record.News{}, id, clock.Now().Add(24*time.Hour), clock.Now().Add(26*time.Hour))
			if o.Category != workorder.Plumbing || o.Resident != r.ana || o.Unit != r.unit {
				t.Errorf("the work order is %+v", o)
			}
			return err
		})
		ana.must("/home", []string{"What is under way", "We come tomorrow between"})
		r.write(func(ctx context.Context, tx *db.Tx) error {
			_, err := r.Workorders.Complete(ctx, tx, record.News{}, id, "New washer.")
			return err
		})
		ana.must("/home", []string{"Yes, it is fixed"})
		ana.led(ana.post(there+"/not", nil))
		ana.must(there, []string{"We look at it again."})
		r.write(func(ctx context.Context, tx *db.Tx) error {
			_, err := r.Workorders.Complete(ctx, tx, record.News{}, id, "New tap.")
			return err
		})
		ana.led(ana.post(there+"/fixed", nil))
		ana.must(there, []string{"Solved.", "New tap."}, "Yes, it is fixed")
		ana.must("/home", nil, "What is under way")
		ana.must("/home/repairs", []string{"Water, Kitchen"})
	})
}

func between(s, from, to string) string {
	_, s, _ = strings.Cut(s, from)
	s, _, _ = strings.Cut(s, to)
	return s
}

func TestRepairNeedsSomething(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	r := newRig(t, d, clock)
	ana := r.as(r.ana)
	for _, tt := range []struct {
		name   string
		form   map[string]string
		photo  []byte
		status int
		says   string
	}{
		{"nothing at all", nil, nil, 422, "One of them is enough"},
		{"a page as a photo", map[string]string{"words": "It drips & drips"}, []byte("<html><script>alert(1)</script>"), 422, "It drips &amp; drips"},
		{"a photo that is too large", map[string]string{"words": "It drips"}, append([]byte("\xff\xd8\xff"), make([]byte, 10<<20)...), 422, "up to 10 MB"},
		{"a photo that is far too large", map[string]string{"words": "It drips &"}, append([]byte("\xff\xd8\xff"), make([]byte, 30<<20)...), 422, "It drips &amp;</textarea>"},
		{"no photo, and far too large", map[string]string{"words": "It drips"}, make([]byte, 30<<20), 422, "up to 10 MB"},
		{"more than a form may bring", nil, make([]byte, maxUpload), 413, "This is too large"},
		{"too many words", map[string]string{"words": strings.Repeat("a", maxWords+1)}, nil, 422, "more words than we can take"},
		{"words alone", map[string]string{"words": "It drips", "trouble": "nonsense"}, nil, 303, ""},
	} {
		rec := ana.upload("/home/repair", tt.form, tt.photo)
		if rec.Code != tt.status || !strings.Contains(rec.Body.String(), tt.says) {
			t.Errorf("%s: answered %d, want %d with %q in %.300s", tt.name, rec.Code, tt.status, tt.says, rec.Body)
		}
	}
}

// What the team wrote is read and so delivered; what a resident writes reaches the team once.
func TestMessages(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newRig(t, d, clock)
		r.tell(message.Message{ID: "msg_p", Resident: r.ana, Class: hearth.ClassService, Channel: hearth.ChannelPortal, Subject: "Water off", Body: "On Tuesday from 9."})
		r.tell(message.Message{ID: "msg_c", Resident: r.cem, Class: hearth.ClassService, Channel: hearth.ChannelPortal, Body: "Only for Cem."})
		ana := r.as(r.ana)
		ana.must("/home", []string{"1 new"})
		ana.must("/home/messages", []string{"Water off", "On Tuesday from 9."}, "Only for Cem")
		ana.must("/home", nil, "1 new")
		if m := r.message("msg_p"); m.State != message.Delivered {
			t.Errorf("what was shown is %s, want delivered", m.State)
		}
		form := url.Values{"once": {"w1"}, "words": {"Thank you.\r\nWill it take long?"}}
		ana.led(ana.post("/home/messages", form))
		ana.led(ana.post("/home/messages", form))
		body := ana.must("/home/messages?sent=1", []string{"Thank you.\nWill it take long?", "Sent. The team has it"})
		if n := strings.Count(body, "Will it take long?"); n != 1 {
			t.Errorf("it stands there %d times", n)
		}
		if newest, older := strings.Index(body, "Will it take long?"), strings.Index(body, "On Tuesday from 9."); newest > older {
			t.Error("the page opens with what was written first")
		}
		if rec := ana.post("/home/messages", url.Values{"words": {"  "}}); rec.Code != 422 || !strings.Contains(rec.Body.String(), "Write a few words first.") {
			t.Errorf("an empty message answered %d", rec.Code)
		}
	})
}

func (r *rig) message(id hearth.MessageID) (m message.Message) {
	r.t.Helper()
	r.write(func(ctx context.Context, tx *db.Tx) (err error) {
		m, err = r.Messages.Get(ctx, tx, id)
		return err
	})
	return m
}

// A question is answered with one tap, once, by the one who was asked.
func TestOneTapAnswer(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newRig(t, d, clock)
		r.tell(message.Message{ID: "msg_q", Resident: r.ana, Class: hearth.ClassService, Channel: hearth.ChannelEmail, Purpose: "survey.repair", Subject: "How was the repair?", Body: "One figure from 1 to 5.\n\nOr with one tap: https://hearth.example/home/open\n\nNot https://hearth.example/home/opening <b>."})
		ana := r.as(r.ana)
		ana.must("/home", []string{"One question for you", "How was the repair?", "/home/question/msg_q"})
		// The address of the pages opens nothing for whoever is there: words lead to them, on both pages that show the message.
		for _, path := range []string{"/home/question/msg_q", "/home/messages"} {
			ana.must(path, []string{`Or with one tap: <a href="/home">your own pages</a>`, "https://hearth.example/home/opening &lt;b&gt;."}, "/home/open\n")
		}
		if rec := r.as(r.ben).post("/home/question/msg_q", url.Values{"score": {"1"}}); rec.Code != http.StatusNotFound {
			t.Errorf("somebody else's answer answered %d", rec.Code)
		}
		if rec := ana.post("/home/question/msg_q", url.Values{"score": {"6"}}); rec.Code != http.StatusUnprocessableEntity {
			t.Errorf("6 of 5 answered %d", rec.Code)
		}
		ana.led(ana.post("/home/question/msg_q", url.Values{"score": {"4"}}))
		ana.led(ana.post("/home/question/msg_q", url.Values{"score": {"1"}}))
		ana.must("/home/question/msg_q", []string{"You answered 4 of 5."})
		ana.must("/home", nil, "One question for you")
		var answers []string
		r.write(func(ctx context.Context, tx *db.Tx) error {
			evs, err := r.Log.All(ctx, tx, r.ana)
			for _, e := range evs {
				if e.Type == "survey.answered" {
					answers = append(answers, string(e.Data))
				}
			}
			return err
		})
		if len(answers) != 1 || answers[0] != `{"question":"repair","score":4}` {
			t.Errorf("the log has the answers %v", answers)
		}
	})
}

// Nobody comes in without a pass of ours, for the right use, in its time; and other sites' forms do nothing.
func TestWhoComesIn(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	r := newRig(t, d, clock)
	pass := func(use message.PassUse, who hearth.ResidentID, good time.Duration) string {
		p, err := r.Messages.Pass(t.Context(), d, use, message.Passing{Who: who, Made: clock.Now().Add(-time.Minute), Until: clock.Now().Add(good)})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	link := pass(message.PassLink, r.ana, time.Hour)
	for name, token := range map[string]string{"nothing": "x", "one for another use": pass("home device", r.ana, time.Hour), "an old one": pass(message.PassLink, r.ana, -time.Second),
		"one for somebody else": strings.Replace(link, string(r.ana), string(r.cem), 1), "a longer one": strings.Replace(link, ".", ".z", 1), "nobody's": pass(message.PassLink, "res_x", time.Hour)} {
		p := &person{rig: r, cookies: map[string]string{}, header: http.Header{}}
		if rec := p.get(OpenPath + token); rec.Code == http.StatusSeeOther || p.cookies[deviceCookie] != "" || p.cookies[linkCookie] != "" {
			t.Errorf("%s opened the portal", name)
		}
	}
	stranger := &person{rig: r, cookies: map[string]string{}, header: http.Header{}}
	for pattern := range r.routes() {
		method, path, _ := strings.Cut(pattern, " ")
		if path == "/home/leave" || path == "/home/language" || strings.HasPrefix(path, "/r/") || strings.HasPrefix(path, OpenPath) || strings.HasPrefix(path, EnterPath) {
			continue
		}
		rec := stranger.send(httptest.NewRequestWithContext(t.Context(), method, path, nil))
		if path == message.PagesPath { // the address without a proof leads to the door
			if to := rec.Header().Get("Location"); rec.Code != http.StatusSeeOther || to != "/home" || len(rec.Result().Cookies()) > 0 {
				t.Errorf("a stranger's %s answered %d, to %q", pattern, rec.Code, to)
			}
			continue
		}
		if path == ShortPath { // asks for a slip's code, and opens nothing without one
			if rec.Code != http.StatusOK && rec.Code != http.StatusUnprocessableEntity || rec.Header().Get("Location") != "" || stranger.cookies[linkCookie] != "" || stranger.cookies[deviceCookie] != "" {
				t.Errorf("a stranger's %s answered %d, to %q", pattern, rec.Code, rec.Header().Get("Location"))
			}
			continue
		}
		if rec.Code != http.StatusUnauthorized {
			t.Errorf("a stranger's %s answered %d", pattern, rec.Code)
		}
	}
	ana := r.as(r.ana)
	for _, path := range []string{"/home/nosuch", "/home/stop", "/home/repair/x/y"} { // no page, a form's address, and below a page
		if rec := ana.get(path); rec.Code != http.StatusNotFound || !strings.Contains(rec.Body.String(), "There is nothing here") || !strings.Contains(rec.Body.String(), `href="/home"`) {
			t.Errorf("%s answered %d: %s", path, rec.Code, rec.Body)
		}
	}
	ana.header.Set("Sec-Fetch-Site", "cross-site")
	if rec := ana.post("/home/messages", url.Values{"words": {"forged"}}); rec.Code != http.StatusForbidden {
		t.Errorf("a form of another site answered %d", rec.Code)
	}
	ana.header.Del("Sec-Fetch-Site")
	if to := ana.led(ana.get("/home/leave")); to != neutral || ana.cookies[deviceCookie] != "" {
		t.Errorf("the quick exit led to %s and left the cookie %q", to, ana.cookies[deviceCookie])
	}
	if rec := ana.get("/home"); rec.Code != http.StatusUnauthorized {
		t.Errorf("the way back after the exit answered %d", rec.Code)
	}
	for back, want := range map[string]string{"/home/repair": "/home/repair", "//evil.example/home": "/home", "https://evil.example": "/home", "/homeland": "/home", "": "/home"} {
		if to := ana.led(ana.get("/home/language?to=es&back=" + url.QueryEscape(back))); to != want {
			t.Errorf("the language led back to %s, want %s", to, want)
		}
	}
}

// A telephone number that an export wrote for machines stands on the page as people write it.
func TestANumberIsWrittenAsPeopleDo(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	r := newRig(t, d, clock)
	home := r.newHome("6C", record.Resident{First: "Tom", Last: "Berg", Phone: "+19205550187"})
	// Isolated, so that in a language that is read from the right it stands under its name and not across the page from it.
	r.as(home[0]).must("/home/known", []string{"<dd><bdi>(920) 555-0187</bdi></dd>"}, "+1920", `<dd dir=`)
}

// What to do in an emergency stands on every page, at its beginning or its end, and never has to be looked for.
func TestEmergenciesStandOnEveryPage(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	r := newRig(t, d, clock)
	order := r.furnished()
	ana := r.as(r.ana)
	for _, path := range r.looked(order) {
		ana.must(path, []string{"(312) 555-0142"})
	}
}
