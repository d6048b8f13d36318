package web

import (
	"context"
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
	"hearth/internal/fact/decision"
	"hearth/internal/fact/record"
)

const warmTest = `id: warm
title: How was the first month
moment: micro
depth: automatic
why: To hear early what could be better.
trigger: {when: "tenancy.days >= 5000"}
steps:
  - send: {class: relation, template: quiet-hello, purpose: quiet.hello}
`

// outlookOf gives the pages what answers about messages beside the single one.
func outlookOf(t testing.TB, b *bench) {
	t.Helper()
	b.web.Outlook = outlook.New(outlook.Deps{Records: b.web.Records, Messages: b.web.Messages, Decisions: b.web.Decisions, Engine: b.web.Engine})
}

// becameOf has one message of Ana's for each thing that can become of one.
func becameOf(t testing.TB, b *bench, ana hearth.ResidentID, oak hearth.PropertyID) {
	t.Helper()
	put := func(ctx context.Context, tx *db.Tx, id string, s message.State, outcome, subject, why string, play hearth.PlaybookID, facts map[string]any) error {
		m := message.Message{ID: hearth.MessageID("msg_" + id), Property: oak, Resident: ana, State: s, Class: hearth.ClassRelation, Purpose: "test." + id, Channel: hearth.ChannelEmail, Address: "ana@home.example", AddressKey: "ana@home.example", Subject: subject, Body: "Dear Ana", Reason: why, Playbook: play}
		if err := b.web.Messages.Insert(ctx, tx, []message.Message{m}); err != nil {
			return err
		}
		return b.web.Decisions.Insert(ctx, tx, []decision.Decision{{ID: hearth.DecisionID("dec_" + id), Resident: ana, Property: oak, At: tx.Now(), Stage: "desk", Outcome: outcome, Reason: why, Object: string(m.ID), Playbook: play, Facts: facts}})
	}
	err := b.web.DB.Write(t.Context(), func(tx *db.Tx) error {
		ctx := t.Context()
		for _, x := range []struct {
			id      string
			s       message.State
			outcome string
			subject string
			why     string
			play    hearth.PlaybookID
			facts   map[string]any
		}{
			{"went", message.Queued, "sent", "Your parcel is here", "Nothing stood against it.", "renew", nil},
			{"joined", message.Merged, "merged", "A second parcel", "It goes out in one message with another.", "", map[string]any{"into": "msg_went"}},
			{"dropped", message.Dropped, "dropped", "Come to the garden", "Something for the same purpose was said yesterday.", "", nil},
			{"handed", message.Dropped, "handed over", "About your rent", "This is a moment for a person.", "", map[string]any{"task": "tsk_a"}},
			{"worry", message.Held, "held", "A worried word", "They are in mourning.", "worried", nil},
		} {
			if err := put(ctx, tx, x.id, x.s, x.outcome, x.subject, x.why, x.play, x.facts); err != nil {
				return err
			}
		}
		return b.web.Decisions.Insert(ctx, tx, []decision.Decision{{ID: "dec_kept", Resident: ana, Property: oak, At: tx.Now(), Stage: "trigger", Outcome: "held back", Reason: "It ran two weeks ago.", Playbook: "renew"}})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// silentBen settles somebody to whom nothing was to be said, and switches a playbook on that does not fit him.
func silentBen(t testing.TB, b *bench, oak hearth.PropertyID) (ben hearth.ResidentID, home hearth.UnitID) {
	t.Helper()
	err := b.web.DB.Write(t.Context(), func(tx *db.Tx) error {
		today := hearth.DayOf(tx.Now(), time.UTC)
		x, err := b.web.Records.PutHome(t.Context(), tx, record.News{Source: "yardi/oak"}, record.Home{Property: oak, Unit: record.Unit{Label: "5C"}, Members: []record.Member{{Resident: record.Resident{First: "Ben", Last: "Silent", Email: "ben@oak.example"}}},
			Lease: record.HomeLease{Start: today - 300, End: today + 65, MoveIn: today - 300}})
		ben, home = x.Members[0].ID, x.Unit
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.web.Engine.Activate(t.Context(), []byte(warmTest), 0); err != nil {
		t.Fatal(err)
	}
	if err := b.web.Engine.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	return ben, home
}

// All that was to be said stands on one page with what became of each, in the desk's own sentence; where nothing was, why no playbook began.
func TestWhyTheyGotNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		playsOf(t, b)
		outlookOf(t, b)
		ana := anaOf(t, b)
		oak, home := homeOf(t, b, ana)
		becameOf(t, b, ana, oak)
		ben, bens := silentBen(t, b, oak)
		about := "/residents/" + string(ana)
		b.walk(t, []walk{
			{path: about, must: []string{`href="` + about + `/silence"`, "Why did they get nothing?"}},
			{path: unitHref(home), must: []string{`href="` + unitHref(home) + `/silence"`, "Why did they get nothing?"}},
			{path: about + "/silence", must: []string{"5 of 7 wishes to tell Ana something did not reach them", "Your parcel is here", "Nothing stood against it.", "on its way", "A second parcel", "sent with another",
				"Come to the garden", "Something for the same purpose was said yesterday.", "dropped", "About your rent", "handed over", "Who has it now", "/?whose=all&amp;open=tsk_a", "Held: quiet hours.", "It ran two weeks ago.", "not started", "Somebody cares for them."}, never: []string{"Why no playbook wrote", "A worried word", "They are in mourning."}},
			{path: unitHref(home) + "/silence?days=7", must: []string{"Why did 4B get nothing?", "Come to the garden", `aria-current="page"`}},
			{path: "/residents/" + string(ben) + "/silence", must: []string{"Nobody wished to tell Ben anything since", "Why no playbook wrote to", "How was the first month", "It does not start now, because this does not hold", "/residents/" + string(ben) + "/why?playbook=warm"}},
			{path: unitHref(bens) + "/silence", must: []string{"Nobody wished to tell 5C anything since", "How was the first month"}},
			{path: "/residents/res_none/silence", code: 404},
			{path: "/units/unt_none/silence", code: 404},
		})
		clock.Advance(10 * 24 * time.Hour)
		b.walk(t, []walk{
			{path: about + "/silence?days=7", must: []string{"Your home next year"}, never: []string{"Come to the garden"}}, // what is held waits still
			{path: about + "/silence?days=14", must: []string{"Come to the garden"}},
		})
	})
}

// homeOf gives the property and the home of somebody.
func homeOf(t testing.TB, b *bench, id hearth.ResidentID) (at hearth.PropertyID, home hearth.UnitID) {
	t.Helper()
	err := b.web.DB.Read(t.Context(), func(tx *db.Tx) error {
		c, err := b.web.Records.Contacts(t.Context(), tx, []hearth.ResidentID{id})
		at, home = c[id].Property, c[id].Unit
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return at, home
}

// Who sees no messages of somebody finds no trace of the question; of a playbook that is closed to the viewer no word is told.
func TestWhoAsksWhyTheyGotNothing(t *testing.T) {
	h := newHouse(t, func(d *Deps) {
		d.Engine = engineOf(t, *d)
		d.Library = map[hearth.PlaybookID][]byte{"renew": []byte(renewTest), "worried": []byte(worriedTest)}
		d.Outlook = outlook.New(outlook.Deps{Records: d.Records, Messages: d.Messages, Decisions: d.Decisions, Engine: d.Engine})
	})
	b := &bench{web: h.web, log: &strings.Builder{}}
	_, home := homeOf(t, b, h.ana)
	becameOf(t, b, h.ana, h.oak)
	pages := map[string]string{"/residents/" + string(h.ana): "/residents/res_none", unitHref(home): "/units/unt_none"}
	for _, c := range []struct {
		role hearth.Role
		code int
		must []string
	}{
		{hearth.RoleManager, http.StatusOK, []string{"Come to the garden", "!A worried word", "!They are in mourning."}},
		{hearth.RoleLeasing, http.StatusNotFound, nil}, // their own conversations alone
		{hearth.RoleTechnician, http.StatusNotFound, nil},
		{hearth.RoleCoordinator, http.StatusNotFound, nil},
		{hearth.RoleRegional, http.StatusForbidden, nil},
		{hearth.RoleAuditor, http.StatusForbidden, nil},
	} {
		in := map[string]string{"hearth": h.session(c.role)}
		for page, none := range pages {
			rec := h.ask("GET", page+"/silence", nil, in)
			if rec.Code != c.code {
				t.Fatalf("%s: %s answers %d, want %d", c.role, page, rec.Code, c.code)
			}
			musts(t, string(c.role), rec.Body.String(), c.must...)
			if c.code == http.StatusNotFound {
				musts(t, string(c.role)+", before", h.ask("GET", page, nil, in).Body.String(), "!get nothing", "!/silence")
				if strings.HasPrefix(page, "/units") && plainOf(rec.Body.String()) != plainOf(h.ask("GET", none+"/silence", nil, in).Body.String()) {
					t.Errorf("%s: %s answers otherwise than for what does not exist", c.role, page)
				}
			}
		}
	}
}

func TestWhyTheyGotNothingInTheBrowser(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := newBench(t, d, clock)
	playsOf(t, b)
	outlookOf(t, b)
	ana := anaOf(t, b)
	oak, home := homeOf(t, b, ana)
	becameOf(t, b, ana, oak)
	ben, bens := silentBen(t, b, oak)
	server := httptest.NewServer(httpd.Wrap(b.web, httpd.Options{Log: slog.New(slog.DiscardHandler), Clock: clock}))
	t.Cleanup(server.Close)
	ctx := pagetest.Browser(t)
	lookAt(t, ctx, server.URL, "/residents/"+string(ana)+"/silence", unitHref(home)+"/silence", "/residents/"+string(ben)+"/silence", unitHref(bens)+"/silence")
	// By keyboard: from the home to the question, to a month, and back.
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(390, 800), chromedp.Navigate(server.URL+unitHref(home)), chromedp.Focus(`//a[contains(., "Why did they get nothing?")]`), chromedp.KeyEvent(kb.Enter),
		chromedp.WaitVisible(`//h1[contains(., "Why did 4B get nothing?")]`), chromedp.Focus(`//a[contains(., "Last 30 days")]`), chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(`//a[@aria-current="page"][contains(., "Last 30 days")]`),
		chromedp.KeyEvent("b"), chromedp.WaitVisible(`//h1[contains(., "Home 4B")]`)); err != nil {
		t.Fatalf("by keyboard: %v", err)
	}
}
