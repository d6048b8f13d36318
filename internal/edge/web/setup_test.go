package web

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/base/httpd"
	"hearth/internal/base/page/pagetest"
	"hearth/internal/fact/account"
	"hearth/internal/fact/record"
)

// formStep posts a form and looks at a page for what must, and must not, stand there.
type formStep struct {
	name, path string
	form       url.Values
	status     int
	look       string
	must, not  string
}

func (b *bench) steps(t *testing.T, steps []formStep) {
	t.Helper()
	for _, s := range steps {
		rec := b.post(t, s.path, s.form)
		if rec.Code != s.status {
			t.Errorf("%s: answered %d, want %d: %s", s.name, rec.Code, s.status, rec.Body)
			continue
		}
		text := rec.Body.String() + toastOf(t, rec)
		if s.look != "" {
			text = b.get(t, s.look, "").Body.String()
		}
		if !strings.Contains(text, s.must) {
			t.Errorf("%s: %q is missing in %s", s.name, s.must, text)
		}
		if s.not != "" && strings.Contains(text, s.not) {
			t.Errorf("%s: %q still stands", s.name, s.not)
		}
	}
}

// Somebody who starts with nothing is led to the set-up, and what they do there ticks the list.
func TestTheFirstDay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBenchOf(t, d, clock)
		b.web.Open = true
		if to := b.get(t, "/", "").Header().Get("Location"); to != "/setup" {
			t.Errorf("an empty installation leads to %q", to)
		}
		if got := b.get(t, "/setup", "").Body.String(); !strings.Contains(got, "knows no community yet") {
			t.Errorf("the empty first day: %s", got)
		}
		for _, path := range []string{"/setup/homes", "/setup/team", "/setup/settings"} {
			if to := b.get(t, path, "").Header().Get("Location"); to != "/setup/property" {
				t.Errorf("%s without a property leads to %q", path, to)
			}
		}
		b.steps(t, []formStep{
			{"no name", "/setup/property", url.Values{"city": {"Austin"}}, 422, "", "needs a name", ""},
			{"no such zone", "/setup/property", url.Values{"name": {"Oak Court"}, "zone": {"Mars/Base"}}, 422, "", "not a time zone", ""},
			{"a property", "/setup/property", url.Values{"name": {"Oak Court"}, "zone": {"America/Chicago"}}, 303, "/setup", "Nothing is sent to anybody before", ""},
			{"again", "/setup/property", url.Values{"name": {"oak court"}}, 422, "", "already", ""},
		})
		var place record.Property
		if err := d.Read(t.Context(), func(tx *db.Tx) (err error) {
			place, err = b.web.Records.PropertyByName(t.Context(), tx, "Oak Court")
			return err
		}); err != nil {
			t.Fatal(err)
		}
		b.steps(t, []formStep{
			{"confirmed", "/setup/property", url.Values{"id": {string(place.ID)}, "name": {"Oak Court"}, "zone": {"America/Denver"}, "confirm": {"1"}}, 303, "/setup", "Denver time", "Nothing is sent to anybody before"},
			{"no label", "/setup/homes", url.Values{"floor": {"2"}}, 422, "", "label such as 4B", ""},
			{"no number", "/setup/homes", url.Values{"unit": {"4B"}, "beds": {"two"}}, 422, "", "not a number", ""},
			{"a unit", "/setup/homes", url.Values{"unit": {"4B"}, "building": {"<b>North</b>"}, "beds": {"2"}}, 303, "/setup/homes", "&lt;b&gt;North", "<b>North"},
			{"its size", "/setup/homes", url.Values{"unit": {"4B"}, "sqft": {"1330"}}, 303, "/setup/homes", "1,330 sq ft", ">Floor plan</th>"},
			{"ticked", "/setup/homes", url.Values{"unit": {"4B"}, "building": {"<b>North</b>"}, "floor": {"4"}}, 303, "/setup", "1 unit.", "2 units"},
			{"no name", "/setup/team", url.Values{"role": {"technician"}}, 422, "", "needs a name", ""},
			{"no role", "/setup/team", url.Values{"name": {"Sam"}, "role": {"king"}}, 422, "", "not a role", ""},
			{"somebody", "/setup/team", url.Values{"name": {"Sam Ortiz"}, "minutes": {"200"}, "role": {"technician"}}, 303, "/setup", "1 person works here.", ""},
		})
		if got := b.get(t, "/", "").Code; got != http.StatusOK {
			t.Errorf("today answers %d once there is a property", got)
		}
	})
}

func TestTheTeamIsSetUp(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		manager := deskOf(t, b)
		at := "/setup/team/" + string(manager)
		look := "/setup/team?open=" + string(manager)
		var sam record.Staff
		if err := d.Write(t.Context(), func(tx *db.Tx) (err error) {
			m, err := b.web.Records.Staff(t.Context(), tx, manager)
			if err == nil {
				sam, _, err = b.web.Records.PutStaff(t.Context(), tx, record.News{Source: "hr"}, record.Staff{Name: "Sam Ortiz", Roles: []record.StaffRole{{Property: m.Roles[0].Property, Role: hearth.RoleTechnician}}})
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		sams, lookSam := "/setup/team/"+string(sam.ID), "/setup/team?open="+string(sam.ID)
		back := func(v url.Values) url.Values { v.Set("back", look); return v }
		b.steps(t, []formStep{
			{"minutes", at, url.Values{"name": {"Dana Weiss"}, "minutes": {"90"}, "email": {"dana@oak.example"}}, 303, look, "90 min a day", ""},
			{"too many", at, url.Values{"name": {"Dana Weiss"}, "minutes": {"9000"}}, 422, "", "between 0 and 1440", ""},
			{"a role", sams + "/roles", back(url.Values{"role": {"leasing"}}), 303, lookSam, "Leasing team, technician", ""},
			{"a role less", sams + "/roles/drop", back(url.Values{"role": {"leasing"}}), 303, lookSam, "Technician", "Leasing team, technician"},
			{"the last role", sams + "/roles/drop", back(url.Values{"role": {"technician"}}), 303, "", "last role", ""},
			{"their own role", at + "/roles", back(url.Values{"role": {"leasing"}}), 303, "", "Nobody changes their own rights", ""},
			{"and it is not given", at, url.Values{"name": {"Dana Weiss"}, "minutes": {"90"}}, 303, look, "Property manager", "Leasing team, property manager"},
			{"hours", at + "/hours", back(url.Values{"day1": {"09:00-12:00, 13:00-17:00"}}), 303, look, "09:00-12:00, 13:00-17:00", ""},
			{"wrong hours", at + "/hours", back(url.Values{"day1": {"nine"}}), 303, "", "not a stretch of time on Monday", ""},
			{"away", at + "/away", back(url.Values{"from": {"2030-01-05"}, "to": {"2030-01-07"}, "reason": {"holiday"}}), 303, look, "5 January 2030 to 7 January 2030, holiday", ""},
			{"an hour away", at + "/away", back(url.Values{"from": {"2030-02-05"}, "from_time": {"10:00"}, "to_time": {"11:00"}}), 303, look, "5 February 2030 10:00–11:00", ""},
			{"not away", at + "/away/drop", back(url.Values{"from": {"2030-01-05"}}), 303, look, "Away", "2030-01-05"},
			{"not an hour away", at + "/away/drop", back(url.Values{"from": {"2030-02-05"}, "from_time": {"10:00"}, "to_time": {"24:00"}}), 303, look, "Away", "2030-02-05"},
			{"on call", "/setup/oncall", back(url.Values{"staff": {string(manager)}, "weekday": {"5"}, "starts": {"18:00"}, "ends": {"08:00"}}), 303, look, "every Friday from 18:00 to 08:00 of the next day", ""},
			{"nothing to take out", "/setup/oncall/drop", back(url.Values{"key": {"0/1.2.3.4.x"}}), 303, "", "not in the rota", ""},
			{"off call", "/setup/oncall/drop", back(url.Values{"key": {fmt.Sprintf("0/0.5.1080.1920.%s", manager)}}), 303, look, "Nobody is on call", ""},
			{"a stranger", "/setup/team/stf_none/hours", back(url.Values{"day1": {"09:00-12:00"}}), 303, "", "nobody", ""},
		})
	})
}

func TestSettingsArePut(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		deskOf(t, b)
		office := url.Values{"group": {"Office"}, "day1": {"08:00-16:30"}, "holidays": {"2026-12-25 Christmas <day>\n"}, "reason": {"winter"}}
		b.steps(t, []formStep{
			{"office", "/setup/settings", office, 303, "/setup/settings?group=Office", "08:00-16:30", "09:00-18:00"},
			{"why", "/setup/settings", office, 303, "/setup/settings?group=Office", "Set by Dana Weiss", ""},
			{"a day that is none", "/setup/settings", url.Values{"group": {"Office"}, "day1": {"08:00-16:30"}, "holidays": {"Christmas"}}, 422, "", "is not a date", ""},
			{"quiet", "/setup/settings", url.Values{"group": {"Quiet"}, "quiet.from": {"20:30"}, "quiet.to": {"08:00"}}, 303, "/setup/settings?group=Quiet", "20:30", ""},
			{"no time", "/setup/settings", url.Values{"group": {"Quiet"}, "quiet.from": {"evening"}, "quiet.to": {"08:00"}}, 422, "", "time of day", ""},
			{"voice", "/setup/settings", url.Values{"group": {"Voice"}, "voice.greeting": {"en: Good day"}, "voice.sign_off": {""}, "voice.grade_most": {"8"}, "voice.ease_least": {"0"},
				"voice.avoid": {"tenant = resident (en)"}, "voice.large_print": {"no"}}, 303, "/setup/settings?group=Voice", "tenant = resident (en)", ""},
		})
	})
}

// The set-up is closed to who may not change anything, and nothing in the menu hints at it.
func TestWhoMaySetUp(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := newBench(t, d, clock)
	reader, admin := b.tokens[account.ScopeRead], b.tokens[account.ScopeAdmin]
	for _, path := range []string{"/setup", "/setup/property", "/setup/homes", "/setup/team", "/setup/settings"} {
		if got := b.get(t, path, reader).Code; got != http.StatusForbidden {
			t.Errorf("%s for a reader: %d", path, got)
		}
		if got := b.get(t, path, admin).Code; got != http.StatusOK {
			t.Errorf("%s for an administrator: %d", path, got)
		}
	}
	if strings.Contains(b.get(t, "/", reader).Body.String(), "/setup") {
		t.Error("a reader's menu shows the set-up")
	}
}

func TestTheSetUpInTheBrowser(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := newBench(t, d, clock)
	manager := deskOf(t, b)
	server := httptest.NewServer(httpd.Wrap(b.web, httpd.Options{Log: slog.New(slog.DiscardHandler), Clock: clock}))
	t.Cleanup(server.Close)
	ctx := pagetest.Browser(t)
	lookAt(t, ctx, server.URL, "/setup", "/setup/property", "/setup/homes", "/setup/team", "/setup/team?open="+string(manager), "/setup/settings?group=Office", "/setup/settings?group=Voice")
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(server.URL+"/setup/homes"), chromedp.WaitVisible(`[name="unit"]`), chromedp.SendKeys(`[name="unit"]`, "12C\n"),
		chromedp.WaitVisible(`//div[@class="toast"][contains(., "12C is added")]`), chromedp.WaitVisible(`//td/bdi[.="12C"]`)); err != nil {
		t.Fatalf("a unit by keyboard: %v", err)
	}
}

// Where no community is known yet every page says so and leads to where it is set up, and nothing is offered that would fail.
func TestBeforeThereIsACommunity(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := newBenchOf(t, d, clock)
	b.web.Open = true
	for path, more := range map[string][]string{"/residents": {"No residents yet"}, "/units": {"No homes yet"}, "/broadcasts": {"!Write one"}, "/places": {"No community yet"}, "/playbooks": {"No playbook is switched on"}, "/insight": nil, "/happened": {"!hearth import"}} {
		musts(t, path, b.get(t, path, "").Body.String(), append(more, "There is no community yet", `href="/setup">Set it up`)...)
	}
	musts(t, "/setup", b.get(t, "/setup", "").Body.String(), "!There is no community yet", "!hearth import", "!hearth playbook", `href="/playbooks">Choose one`)
	if to := b.get(t, "/broadcasts/new", "").Header().Get("Location"); to != "/broadcasts" {
		t.Errorf("a broadcast to nobody leads to %q", to)
	}
	h := newHouse(t, nil)
	musts(t, "signed in", h.ask("GET", "/residents", nil, map[string]string{sessionCookie: h.session(hearth.RoleManager)}).Body.String(), `href="/sign-out"`, `href="/account"`, "!There is no community yet")
}
