package web

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/page/pagetest"
	"hearth/internal/decide/broadcast"
	"hearth/internal/fact/record"
)

// country is a house with two more properties: Elm Court beside it, and Fir Court three hours further west, where it is before eight.
// The manager manages all three, the assistant Oak alone; somebody else manages Elm alone.
type country struct {
	*house
	elm, fir hearth.PropertyID
}

func newCountry(t *testing.T, open bool, over int) *country {
	t.Helper()
	c := &country{}
	c.house = newHouse(t, func(d *Deps) {
		n := 0
		d.Open = open
		d.Broadcasts = broadcast.New(broadcast.Deps{DB: d.DB, Records: d.Records, Messages: d.Messages, Desk: d.Inbox.Desk, Views: noSigns, Over: over,
			Members: func(context.Context, string, hearth.PropertyID) ([]hearth.ResidentID, error) { return nil, nil },
			NewID:   func() (string, error) { n++; return fmt.Sprint("brd_", n), nil }, Cost: func(int) string { return "" }})
	})
	c.elm, c.fir = c.build("Elm Court", "America/New_York"), c.build("Fir Court", "America/Los_Angeles")
	c.write(func(ctx context.Context, tx *db.Tx) error {
		m, err := c.web.Records.Staff(ctx, tx, c.staff[hearth.RoleManager])
		if err != nil {
			return err
		}
		for _, at := range []hearth.PropertyID{c.elm, c.fir} {
			m.Roles = append(m.Roles, record.StaffRole{Property: at, Role: hearth.RoleManager})
		}
		if _, _, err = c.web.Records.PutStaff(ctx, tx, record.News{Source: "hr"}, m); err != nil {
			return err
		}
		r, err := c.web.Records.Staff(ctx, tx, c.staff[hearth.RoleRegional])
		if err != nil {
			return err
		}
		r.Roles = append(r.Roles, record.StaffRole{Property: c.elm, Role: hearth.RoleRegional})
		_, _, err = c.web.Records.PutStaff(ctx, tx, record.News{Source: "hr"}, r)
		return err
	})
	return c
}

func (c *country) build(name, zone string) (id hearth.PropertyID) {
	c.t.Helper()
	c.write(func(ctx context.Context, tx *db.Tx) error {
		p, _, err := c.web.Records.PutProperty(ctx, tx, record.News{Source: "yardi/" + name}, record.Property{Name: name, Zone: zone, ZoneHow: "told", ZoneConfirmed: true})
		if err != nil {
			return err
		}
		id = p.ID
		today := hearth.DayOf(tx.Now(), time.UTC)
		for i, first := range []string{"Bea", "Carl", "Dora"} {
			who := record.Resident{First: first, Last: "of " + name, Email: first + "@" + strings.ToLower(name[:3]) + ".example"}
			if i == 2 {
				who.Email = ""
			}
			if _, err := c.web.Records.PutHome(ctx, tx, record.News{Source: "yardi/" + name}, record.Home{Property: id, Unit: record.Unit{Label: fmt.Sprint(name[:1], i)},
				Lease: record.HomeLease{Start: today - 30, End: today + 300, MoveIn: today - 30}, Members: []record.Member{{Resident: who}}}); err != nil {
				return err
			}
		}
		return nil
	})
	return id
}

func (c *country) in(role hearth.Role) map[string]string {
	return map[string]string{"hearth": c.session(role)}
}

func (c *country) form() url.Values {
	return url.Values{"title": {"Water off"}, "class": {"service"}, "subject": {"Water off"}, "body": {"The water is off on Tuesday."}, "at": {string(c.oak), string(c.elm), string(c.fir)}}
}

// Written once for three properties, looked at ahead by each one's own hours, sent with the count of all; the second yes counts where it
// may be given, and nobody sees of it what is not theirs.
func TestOneThingAtSeveralProperties(t *testing.T) {
	c := newCountry(t, false, 4)
	boss := c.in(hearth.RoleManager)
	page := func(path string, in map[string]string) string {
		t.Helper()
		rec := c.ask("GET", path, nil, in)
		if rec.Code != http.StatusOK {
			t.Fatalf("%s: %d %s", path, rec.Code, rec.Body)
		}
		return rec.Body.String()
	}
	musts(t, "form", page("/broadcasts/new", boss), `name="at"`, "Elm Court", "Fir Court", "Each property keeps its own hours")
	only := c.in(hearth.RoleAssistant)
	musts(t, "form of one property", page("/broadcasts/new", only), `!name="at"`, "!Elm Court")
	if rec := c.ask("POST", "/broadcasts/new", c.form(), only); rec.Code != http.StatusForbidden || !strings.Contains(rec.Body.String(), "Elm Court, Fir Court") {
		t.Errorf("for properties that are not theirs: %d %s", rec.Code, rec.Body)
	}
	wrong := c.form()
	wrong.Set("units", "4B")
	rec := c.ask("POST", "/broadcasts/new", wrong, boss)
	musts(t, "a home at three properties", rec.Body.String(), "one property", "What you wrote still stands below", `value="`+string(c.fir)+`" checked`)
	musts(t, "nothing was written", page("/broadcasts", boss), "None yet")

	rec = c.ask("POST", "/broadcasts/new", c.form(), boss)
	at := rec.Header().Get("Location")
	if rec.Code != http.StatusSeeOther || !strings.HasPrefix(at, "/broadcasts/joint/brd_") {
		t.Fatalf("written: %d to %q: %s", rec.Code, at, rec.Body)
	}
	one := strings.TrimSuffix(at, "?ahead=1")
	n := 6 + 1 // three at Elm and three at Fir, and Ana
	musts(t, "ahead", page(at, boss), "at 3 properties", fmt.Sprintf("Send to %d", n), "3 people in 3 homes", "Would wait", "08:00", "no address on record", "Dora of Elm Court", "a second person has to say yes")
	musts(t, "to one alone", page(one, c.in(hearth.RoleAssistant)), "Oak Court", "!Elm Court", "!Send to")
	send := url.Values{"count": {fmt.Sprint(n)}, "back": {at}}
	if said := toastOf(t, c.ask("POST", one+"/send?property="+string(c.oak), url.Values{"count": {"3"}, "back": {at}}, boss)); !strings.Contains(said, "Nothing was sent") {
		t.Errorf("a wrong count: %q", said)
	}
	if rec := c.ask("POST", one+"/send", send, only); rec.Code != http.StatusSeeOther || !strings.Contains(toastOf(t, rec), "Elm Court, Fir Court") {
		t.Errorf("sent by somebody who may at one alone: %d", rec.Code)
	}
	if said := toastOf(t, c.ask("POST", one+"/send?property="+string(c.oak), send, boss)); !strings.Contains(said, "second person") {
		t.Fatalf("sent: %q", said)
	}
	musts(t, "waits", page(one, boss), "somebody else&#39;s yes", "!Yes, it may go")
	if said := toastOf(t, c.ask("POST", one+"/approve?property="+string(c.oak), url.Values{"back": {one}}, boss)); !strings.Contains(said, "somebody else") {
		t.Errorf("one's own yes: %q", said)
	}
	second := c.in(hearth.RoleRegional)
	musts(t, "the second person looks", page(one+"?property="+string(c.elm), second), "Yes, it may go", "Elm Court", "!Fir Court")
	if said := toastOf(t, c.ask("POST", one+"/approve?property="+string(c.elm), url.Values{"back": {one}}, second)); !strings.Contains(said, "The others wait for somebody who may there") {
		t.Errorf("the second yes: %q", said)
	}
	musts(t, "under way", page(one, boss), "under way", "needs a second yes", "Fir Court")
	musts(t, "in the list of one", page("/broadcasts?property="+string(c.elm), boss), "Water off", "and at other properties")
	if said := toastOf(t, c.ask("POST", one+"/stop?property="+string(c.oak), url.Values{"back": {one}}, boss)); !strings.Contains(said, "Stopped") {
		t.Errorf("stopped: %q", said)
	}
	musts(t, "stopped", page(one, boss), "!under way", "!needs a second yes", "stopped")
	if rec := c.ask("GET", "/broadcasts/joint/brd_none", nil, boss); rec.Code != http.StatusNotFound {
		t.Errorf("one that is not there: %d", rec.Code)
	}
}

// The pages of it fit a phone and a desk, in both themes, can be used by keys, and are free of what axe finds.
func TestOneThingAtSeveralPropertiesInTheBrowser(t *testing.T) {
	c := newCountry(t, true, 50)
	server := httptest.NewServer(c.handler)
	t.Cleanup(server.Close) // behind the browser, whose open page listens for news
	ctx := pagetest.BrowserFor(t, 6*time.Minute)
	look := func(path, name string, must ...string) {
		t.Helper()
		for _, s := range []pagetest.Screen{{Width: 390, Height: 844, Dark: name == "sent"}, {Width: 1280, Height: 900}} {
			name := fmt.Sprintf("joint-%s-%d", name, s.Width)
			sight := pagetest.Look(t, ctx, server.URL+path, s, name)
			for _, m := range must {
				if !strings.Contains(sight.Text, m) {
					t.Errorf("%s: %q does not show in %q", name, m, sight.Text)
				}
			}
			if sight.Overflow > 0 || len(sight.Elements) > 0 || len(sight.Elsewhere) > 0 || len(sight.Faults) > 0 {
				t.Errorf("%s: wider by %d, %v stick out, asks %v, %v", name, sight.Overflow, sight.Elements, sight.Elsewhere, sight.Faults)
			}
			if found := pagetest.Audit(t, ctx); len(found) > 0 {
				t.Errorf("%s: %v", name, found)
			}
		}
	}
	form := "/broadcasts/new?property=" + string(c.oak)
	look(form, "new", "Elm Court", "Fir Court")
	// By keys alone: the boxes are ticked with the space bar, the form is sent with the enter key.
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(server.URL+form),
		chromedp.Focus(`input[name=at][value="`+string(c.elm)+`"]`), chromedp.KeyEvent(" "), chromedp.Focus(`input[name=at][value="`+string(c.fir)+`"]`), chromedp.KeyEvent(" "),
		chromedp.Focus(`#f-body`), chromedp.KeyEvent("The water is off on Tuesday."), chromedp.Focus(`#f-subject`), chromedp.KeyEvent("Water off"),
		chromedp.Focus(`#f-title`), chromedp.KeyEvent("Water off"), chromedp.KeyEvent("\r"), chromedp.WaitVisible(`input[name=count]`)); err != nil {
		t.Fatalf("writing by keys: %v", err)
	}
	at, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.pathname`))
	if err != nil {
		t.Fatal(err)
	}
	look(at+"?ahead=1", "ahead", "at 3 properties", "Send to 7", "Would wait", "Who is left out or waits, and why")
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(390, 844), chromedp.Navigate(server.URL+at+"?ahead=1"), chromedp.Focus(`input[name=count]`),
		chromedp.KeyEvent("7"), chromedp.KeyEvent("\r"), chromedp.WaitVisible(`progress[max="100"]`)); err != nil {
		t.Fatalf("sending by keys: %v", err)
	}
	look(at, "sent", "What came of it, altogether", "under way")
}
