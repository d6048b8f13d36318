package web

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/base/httpd"
	"hearth/internal/base/page/pagetest"
	"hearth/internal/decide/outlook"
)

// noiseOf has messages go out to the neighbours over some weeks: the first of them gets the most, some come from a closed playbook.
func noiseOf(t testing.TB, h *Web, clock *hearth.VirtualClock) {
	t.Helper()
	var who []hearth.ResidentID
	var oak hearth.PropertyID
	n := 0
	tell := func(m message.Message) {
		n++
		m.ID, m.Property, m.Channel, m.Address, m.AddressKey, m.Body = hearth.MessageID(fmt.Sprint("msg_n", n)), oak, hearth.ChannelEmail, "n@oak.example", "n@oak.example", "Hello"
		if err := h.DB.Write(t.Context(), func(tx *db.Tx) error { return h.Messages.Insert(t.Context(), tx, []message.Message{m}) }); err != nil {
			t.Fatal(err)
		}
	}
	err := h.DB.Read(t.Context(), func(tx *db.Tx) error {
		all, err := h.Records.Properties(t.Context(), tx)
		if err != nil {
			return err
		}
		oak = all[0].ID
		page, err := h.Records.Search(t.Context(), tx, "Moss", "", 20)
		for _, c := range page.Items {
			who = append(who, c.ID)
		}
		return err
	})
	if err != nil || len(who) < 6 {
		t.Fatalf("%d neighbours, %v", len(who), err)
	}
	for week := range 3 {
		for i, id := range who {
			tell(message.Message{Resident: id, State: message.Queued, Class: hearth.ClassService, Purpose: "service.closed", Playbook: "renew"})
			if i == 0 {
				tell(message.Message{Resident: id, State: message.Queued, Class: hearth.ClassRelation, Purpose: "garden", Template: "broadcast-1"})
				tell(message.Message{Resident: id, State: message.Queued, Class: hearth.ClassRelation, Purpose: "loss", Playbook: "worried"})
			}
		}
		tell(message.Message{Resident: who[1], State: message.Queued, Class: hearth.ClassService, Purpose: "rent.due", ContentKey: message.ElsewherePrefix + "rentbank"})
		tell(message.Message{Resident: who[1], State: message.Dropped, Class: hearth.ClassRelation, Purpose: "garden"})
		if week < 2 {
			clock.Advance(7 * 24 * time.Hour)
		}
	}
	tell(message.Message{State: message.Queued, Class: hearth.ClassAnswer, Purpose: "broadcast.test", Template: "broadcast-1"}) // a test, to the team
	tell(message.Message{Resident: who[2], State: message.Held, Class: hearth.ClassRelation, Purpose: "garden"})
	clock.Advance(time.Hour)
}

// How much reaches the residents: by week, by sender, who gets the most, what was kept back; nothing of what is closed to the viewer.
func TestHowMuchReachesThem(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		playsOf(t, b)
		outlookOf(t, b)
		b.web.Titles = map[hearth.PlaybookID]string{"renew": "The lease comes to its end", "worried": "Somebody is worried"}
		b.walk(t, []walk{{path: "/insight/noise", must: []string{"Nothing was sent in these weeks", "Nobody got a message in these weeks", "0.0"}}})
		insightOf(t, b, 12)
		noiseOf(t, b.web, clock)
		b.walk(t, []walk{
			{path: "/insight", must: []string{`href="/insight/noise"`, "How much reaches them"}},
			{path: "/insight/noise", must: []string{"1.1", "for each resident in the last 7 days, 14 messages to 13 residents", "What they may do without", "at most 2 in 7 days and 5 in 30", "The lease comes to its end", "36 messages to 12 residents",
				"Another system: rentbank", "3 messages to 1 resident", "Broadcasts: garden", "6 messages in 13 weeks. Of what they may do without, 1 of 2 in 7 days and 3 of 5 in 30.", "Not said, or told by a person instead", "These messages as CSV"},
				never: []string{"Somebody is worried", "loss"}},
			{path: "/insight/noise.csv", must: []string{"resident,home,at,class,by,from,sender", ",service,email,playbook,renew", ",service,email,elsewhere,rentbank", "relation,email,broadcast,garden"}, never: []string{"worried"}},
		})
		if rows := strings.Count(b.get(t, "/insight/noise.csv", "").Body.String(), "\n"); rows != 1+36+3+3 {
			t.Errorf("%d rows", rows)
		}
	})
}

// Who sees figures alone gets the figures, nobody's name, and no count of a few.
func TestNoiseForWhoSeesFiguresAlone(t *testing.T) {
	h := newHouse(t, func(d *Deps) {
		d.Engine = engineOf(t, *d)
		d.Outlook = outlook.New(outlook.Deps{Records: d.Records, Messages: d.Messages, Decisions: d.Decisions, Engine: d.Engine})
	})
	b := &bench{web: h.web, log: &strings.Builder{}}
	in := func(role hearth.Role) map[string]string { return map[string]string{"hearth": h.session(role)} }
	musts(t, "few", h.ask("GET", "/insight/noise", nil, in(hearth.RoleRegional)).Body.String(), "Fewer than five residents live here", "!CSV")
	insightOf(t, b, 12)
	noiseOf(t, h.web, h.clock)
	for _, role := range []hearth.Role{hearth.RoleRegional, hearth.RoleAuditor, hearth.RoleSupervisor} {
		musts(t, string(role), h.ask("GET", "/insight/noise", nil, in(role)).Body.String(), "for each resident in the last 7 days", "Who they are is open to those who look after them", "to 12 residents", "to fewer than five residents", "!Neighbour", "!to 1 resident", "These weeks as CSV")
		musts(t, string(role)+", file", h.ask("GET", "/insight/noise.csv", nil, in(role)).Body.String(), "7 days from,messages,for each resident", "!Neighbour", "!Moss")
	}
	musts(t, "manager", h.ask("GET", "/insight/noise", nil, in(hearth.RoleManager)).Body.String(), "Neighbour1 Moss", "These messages as CSV")
	for _, role := range []hearth.Role{hearth.RoleTechnician, hearth.RoleLeasing, hearth.RoleCoordinator, hearth.RoleAdmin} {
		for _, path := range []string{"/insight/noise", "/insight/noise.csv"} {
			if rec := h.ask("GET", path, nil, in(role)); rec.Code != http.StatusForbidden {
				t.Errorf("%s: %s answers %d", role, path, rec.Code)
			}
		}
	}
}

func TestHowMuchReachesThemInTheBrowser(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := newBench(t, d, clock)
	playsOf(t, b)
	outlookOf(t, b)
	server := httptest.NewServer(httpd.Wrap(b.web, httpd.Options{Log: slog.New(slog.DiscardHandler), Clock: clock}))
	t.Cleanup(server.Close)
	ctx := pagetest.Browser(t)
	lookAt(t, ctx, server.URL, "/insight/noise?x=none")
	insightOf(t, b, 12)
	noiseOf(t, b.web, clock)
	lookAt(t, ctx, server.URL, "/insight/noise")
	// By keyboard: the numbers behind a chart, and from the list to somebody.
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(390, 800), chromedp.Navigate(server.URL+"/insight/noise"), chromedp.Focus(`//section[@aria-labelledby="noise-all"]//summary`), chromedp.KeyEvent(kb.Enter),
		chromedp.WaitVisible(`//section[@aria-labelledby="noise-all"]//table//td[contains(., "1.1")]`), chromedp.Focus(`//section[@aria-labelledby="most"]//a[contains(., "Moss")]`), chromedp.KeyEvent(kb.Enter),
		chromedp.WaitVisible(`//h1[contains(., "Moss")]`)); err != nil {
		t.Fatalf("by keyboard: %v", err)
	}
}
