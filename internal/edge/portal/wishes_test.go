package portal

import (
	"context"
	"fmt"
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
	"hearth/internal/base/page"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/record"
	"hearth/internal/sense/heard"
)

// What is asked once is kept with its source, shown where it is known, not asked again, and taken back by "I'm not sure".
func TestWishes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newRig(t, d, clock)
		ana := r.as(r.ana)
		there, _, _ := strings.Cut(ana.led(ana.upload("/home/repair", map[string]string{"words": "It drips"}, nil)), "?")
		ana.must(there, []string{"May we enter for a repair when nobody is home?"})
		ana.must("/home/wishes/access", []string{"No, only when somebody is home", "I&#39;m not sure", `href="/home/wishes"`})
		ana.led(ana.post("/home/wishes/access", url.Values{"value": {heard.NotAlone}}))
		ana.must("/home/wishes", []string{"No, only when somebody is home"})
		ana.must("/home/known", []string{"No, only when somebody is home", "you told us here, today", "ana@home.example", "from the rental records"}, "Ben")
		ana.must(there, nil, "May we enter for a repair")
		for name, value := range map[string]string{"access": "whenever you like", "secret": "x"} {
			if rec := ana.post("/home/wishes/"+name, url.Values{"value": {value}}); rec.Code != http.StatusUnprocessableEntity {
				t.Errorf("%s = %s answered %d", name, value, rec.Code)
			}
		}
		ana.led(ana.post("/home/wishes/access", url.Values{"value": {""}}))
		ana.must("/home/known", nil, "only when somebody is home")
		clock.Advance(time.Minute)
		if err := d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := r.Records.PutPreference(t.Context(), tx, record.News{Source: "hearth/act/task"}, record.Preference{Resident: r.ana, Name: "access", Value: heard.NotAlone})
			return err
		}); err != nil {
			t.Fatal(err)
		}
		ana.must("/home/known", []string{"you told the team, today"}, "hearth/")
	})
}

// One tap stops what one can do without, on every way, and says what still comes; one tap allows it again.
func TestStopInOneTap(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newRig(t, d, clock)
		ana := r.as(r.ana)
		allowed := func(class hearth.Class, purpose string) (yes bool) {
			r.write(func(ctx context.Context, tx *db.Tx) error {
				answers, err := r.Consent.Check(ctx, tx, []consent.Ask{{Resident: r.ana, Channel: hearth.ChannelEmail, AddressKey: record.EmailKey("ana@home.example"), Purpose: purpose, Class: class}})
				yes = err == nil && answers[0].Allowed
				return err
			})
			return yes
		}
		ana.must("/home/wishes", []string{"Stop these messages", "and safety"})
		ana.led(ana.post("/home/stop", nil))
		ana.must("/home/wishes", []string{"They are stopped.", "You still hear from us about your repairs"})
		if allowed(hearth.ClassRelation, consent.Discretionary) || !allowed(hearth.ClassSafety, "safety.water") || !allowed(hearth.ClassService, "repair.update") {
			t.Error("the stop reaches too little or too much")
		}
		ana.led(ana.post("/home/start", nil))
		if !allowed(hearth.ClassRelation, consent.Discretionary) {
			t.Error("it is not allowed again")
		}
	})
}

// The code at a door opens a form that says nothing about who lives there; the code of the request shows how far it is.
func TestAtTheDoor(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newRig(t, d, clock)
		var code string
		r.write(func(ctx context.Context, tx *db.Tx) (err error) {
			code, err = r.Records.UnitCode(ctx, tx, r.unit)
			if again, _ := r.Records.UnitCode(ctx, tx, r.unit); again != code {
				t.Errorf("the home has the codes %s and %s", code, again)
			}
			return err
		})
		guest := r.as(r.cem) // what the device knows plays no part at a door
		guest.must("/r/"+code, []string{"4B", "What is broken?", "(312) 555-0142"}, "Ana", "Ruiz", "Ben", "Cem", "ana@home")
		there := guest.led(guest.upload("/r/"+code, map[string]string{"once": "g1", "words": "Ana's secret: the tap drips"}, photo(t)))
		guest.must(there, []string{"We have your request.", strings.TrimPrefix(there, "/r/status/")}, "Ruiz", "4B")
		clock.Advance(workorder.AmendFor)
		guest.must(there, []string{"We have your request."}, "secret", "Ana", "4B", "<img")
		r.write(func(ctx context.Context, tx *db.Tx) error {
			orders, err := r.Workorders.History(ctx, tx, r.unit, "", 5)
			if len(orders) != 1 || orders[0].Resident != "" || orders[0].Description != "Ana's secret: the tap drips" {
				t.Errorf("the home has the requests %+v", orders)
			}
			return err
		})
		for _, wrong := range []string{"/r/aaaaaaaaaaaa", "/r/status/aaaaaaaaaaaa"} {
			if rec := guest.get(wrong); rec.Code != http.StatusNotFound {
				t.Errorf("%s answered %d", wrong, rec.Code)
			}
		}
		last := 0
		for i := range perHome + 1 {
			last = guest.upload("/r/"+code, map[string]string{"words": fmt.Sprint("again ", i)}, nil).Code
		}
		if last != http.StatusTooManyRequests {
			t.Errorf("request %d at one home answered %d", perHome+2, last)
		}
		clock.Advance(doorWindow)
		guest.led(guest.upload("/r/"+code, map[string]string{"words": "later"}, nil))
	})
}

// hostile are texts that would run, or break the page, where text is taken for something else.
func hostile() []string {
	return []string{`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `'><svg/onload=alert(1)>`, `javascript:alert(1)`, `</textarea><script>alert(1)</script>`,
		`</title><script>alert(1)</script>`, `<iframe srcdoc="<script>alert(1)</script>">`, `{{.}}{%x%}${7*7}`, `<a href="javascript:alert(1)">x</a>`, `" autofocus onfocus="alert(1)`,
		`<math><mtext><style><img src=x onerror=alert(1)>`, `<!--><script>alert(1)</script>-->`, `</style><script>alert(1)</script>`, `&lt;script&gt;alert(1)`, "\u202e<b>txet\u202c", `<base href="//evil.example">`,
		`<form action="//evil.example"><button>`, `<meta http-equiv=refresh content="0;url=//evil.example">`, `x" style="position:fixed;inset:0`, `<details open ontoggle=alert(1)>`}
}

// Whatever is written into a field is text on every page that shows it.
func TestHostileTextIsText(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	r := newRig(t, d, clock)
	ana := r.as(r.ana)
	for i, evil := range hostile() {
		id := hearth.MessageID(fmt.Sprint("msg_h", i))
		r.tell(message.Message{ID: id, Resident: r.ana, Class: hearth.ClassService, Channel: hearth.ChannelPortal, Purpose: "survey.repair", Subject: evil, Body: evil})
		ana.led(ana.post("/home/messages", url.Values{"words": {evil}}))
		there, _, _ := strings.Cut(ana.led(ana.upload("/home/repair", map[string]string{"words": evil, "once": evil}, nil)), "?")
		r.write(func(ctx context.Context, tx *db.Tx) error {
			if _, err := r.Records.PutPreference(ctx, tx, record.News{}, record.Preference{Resident: r.ana, Name: "pets", Value: evil, Source: evil}); err != nil {
				return err
			}
			_, err := r.Workorders.Complete(ctx, tx, record.News{}, hearth.WorkOrderID(strings.TrimPrefix(there, "/home/repair/")), evil)
			return err
		})
		again := ana.upload("/home/repair", map[string]string{"words": evil, "once": evil, "trouble": evil, "room": evil}, []byte(evil))
		pages := []string{again.Body.String()}
		for _, path := range []string{there, "/home", "/home/repairs", "/home/messages", "/home/question/" + string(id), "/home/wishes", "/home/wishes/pets", "/home/known"} {
			pages = append(pages, ana.must(path, nil))
		}
		for _, body := range pages {
			lower := strings.Replace(strings.ToLower(body), `<script src="`+page.Asset("portal.js")+`" defer></script>`, "", 1) // the page's own
			for _, live := range []string{"<script", "<img src=x", "<svg/onload", "<iframe", "<math", "<base", "<meta http-equiv", "<details open", `href="javascript:`, `style="`, "<form action=\"//", `" autofocus`} {
				if strings.Contains(lower, live) {
					t.Errorf("%q is alive as %s", evil, live)
				}
			}
		}
	}
}

// A page says that it is another's to nobody.
func TestUnknownHomeIsNotNamed(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	r := newRig(t, d, clock)
	rec := httptest.NewRecorder()
	r.handler.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/home", nil))
	if strings.Contains(rec.Body.String(), "Oak Court") {
		t.Error("a stranger is told the community's name")
	}
}
