package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/decide/broadcast"
	"hearth/internal/fact/record"
)

// A broadcast is written, looked at ahead, sent only with its count, and waits for a second person where it is for many.
func TestBroadcasts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newDeskRoom(t, d, clock)
		w := r.web
		w.Broadcasts = broadcast.New(broadcast.Deps{DB: d, Records: w.Records, Messages: w.Messages, Desk: w.Inbox.Desk, Views: noSigns, Over: 0,
			Members: func(context.Context, string, hearth.PropertyID) ([]hearth.ResidentID, error) { return nil, nil },
			NewID:   func() (string, error) { return "brd_1", nil }, Cost: func(int) string { return "" }})
		musts(t, "none", r.page(t, "/broadcasts"), "None yet")
		musts(t, "to a home", r.page(t, "/broadcasts/new?units=4B"), `value="4B"`)
		form := url.Values{"title": {"Water off"}, "class": {"service"}, "subject": {"Water off"}, "body": {"Hello {{ resident.name }}, the water is off in home {{ home.unit }} at {{ nothing.known }}."}}
		rec := r.post(t, "/broadcasts/new", form)
		if rec.Code != http.StatusUnprocessableEntity {
			t.Fatalf("a text that names what nobody knows: %d", rec.Code)
		}
		musts(t, "wrong", rec.Body.String(), "What you wrote still stands below", "the water is off in home", `href="#f-body"`, `aria-invalid="true"`, `id="f-body-wrong"`)
		form.Set("body", "The water is off on Tuesday from nine to eleven.")
		rec = r.post(t, "/broadcasts/new", form)
		at := rec.Header().Get("Location")
		if rec.Code != http.StatusSeeOther || !strings.HasSuffix(at, "?ahead=1") {
			t.Fatalf("answered %d: %s", rec.Code, rec.Body)
		}
		musts(t, "ahead", r.page(t, at), "1 person in 1 home", "The water is off on Tuesday", "a second person has to say yes", "Send to 1")
		one := strings.TrimSuffix(at, "?ahead=1")
		if said := toastOf(t, r.post(t, one+"/send", url.Values{"count": {"2"}, "back": {at}})); !strings.Contains(said, "for 1 person now. Nothing was sent") {
			t.Errorf("a wrong count: %q", said)
		}
		if said := toastOf(t, r.post(t, one+"/send", url.Values{"count": {"1"}, "back": {at}})); !strings.Contains(said, "second person") {
			t.Errorf("sent: %q", said)
		}
		musts(t, "asked", r.page(t, one), "somebody else&#39;s yes", "!Yes, it may go")
		if rec := r.post(t, one+"/approve", url.Values{"back": {one}}); !strings.Contains(toastOf(t, rec), "somebody else") {
			t.Errorf("one's own second yes: %d %q", rec.Code, toastOf(t, rec))
		}
		if said := toastOf(t, r.post(t, one+"/stop", url.Values{"back": {one}})); !strings.Contains(said, "Stopped") {
			t.Errorf("stopped: %q", said)
		}
		musts(t, "list", r.page(t, "/broadcasts"), "Water off", "stopped")
	})
}

// A broadcast that is stopped when everybody was put to the desk reads as stopped and is not offered to be stopped again; the file says of each what became of it and why.
func TestAStoppedBroadcastAndItsFile(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newDeskRoom(t, d, clock)
		playsOf(t, r.bench)
		outlookOf(t, r.bench)
		w := r.web
		w.Broadcasts = broadcast.New(broadcast.Deps{DB: d, Records: w.Records, Messages: w.Messages, Desk: w.Inbox.Desk, Views: noSigns, Over: 10,
			Members: func(context.Context, string, hearth.PropertyID) ([]hearth.ResidentID, error) { return nil, nil },
			NewID:   func() (string, error) { return "brd_1", nil }, Cost: func(int) string { return "" }})
		r.tx(t, func(ctx context.Context, tx *db.Tx) error {
			if _, err := tx.Exec(ctx, "UPDATE properties SET zone_confirmed = 1 WHERE org = $1", tx.Org()); err != nil {
				return err
			}
			all, err := w.Records.Properties(ctx, tx)
			if err != nil {
				return err
			}
			today := hearth.DayOf(tx.Now(), time.UTC)
			_, err = w.Records.PutHome(ctx, tx, record.News{Cause: "5C"}, record.Home{Property: all[0].ID, Unit: record.Unit{Label: "5C"},
				Members: []record.Member{{Resident: record.Resident{First: "Ivo", Last: "Moss", Role: hearth.MemberLeaseholder}}}, // whom no machine reaches
				Lease:   record.HomeLease{Start: today - 30, End: today + 300, MoveIn: today - 30}})
			return err
		})
		form := url.Values{"title": {"Water off"}, "class": {"safety"}, "subject": {"Water off"}, "body": {"The water is off on Tuesday from nine to eleven."}}
		const at = "/broadcasts/brd_1"
		if rec := r.post(t, "/broadcasts/new", form); rec.Header().Get("Location") != at+"?ahead=1" {
			t.Fatalf("answered %d: %s", rec.Code, rec.Body)
		}
		if said := toastOf(t, r.post(t, at+"/send", url.Values{"count": {"2"}, "back": {at}})); !strings.Contains(said, "under way") {
			t.Fatalf("sent: %q", said)
		}
		if err := w.Engine.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		musts(t, "under way", r.page(t, at), "On its way", "2 of 2 people put to the desk", "All 2", "Left to a person", "!Heard nothing", `href="`+at+`/people/all.csv"`, "Stop it")
		musts(t, "how much reaches them", r.page(t, "/insight/noise"), "Broadcast: Water off", `href="`+at+`"`, "!Broadcasts: ") // by its title: nobody knows its number
		r.post(t, at+"/stop", url.Values{"back": {at}})
		musts(t, "stopped", r.page(t, at), "stopped", "Heard nothing", "Left to a person", "!>done<", "!Stop it")
		musts(t, "list", r.page(t, "/broadcasts"), "stopped", "!>done<")
		musts(t, "file", r.page(t, at+"/people/all.csv"), "resident,home,what became of it,by,why", "Ana Ruiz,4B,Heard nothing,", "Ivo Moss,5C,Left to a person,")
		if rec := r.get(t, "/broadcasts/brd_none/people/all.csv", ""); rec.Code != http.StatusNotFound {
			t.Errorf("of none: %d", rec.Code)
		}
	})
}

// Buildings and floors are ticked as they stand on record, commas and all; where there is nothing to choose, nothing is asked, and
// where there are very many they are written.
func TestWhereABroadcastGoesIsTicked(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newDeskRoom(t, d, clock)
		w, made := r.web, 0
		w.Broadcasts = broadcast.New(broadcast.Deps{DB: d, Records: w.Records, Messages: w.Messages, Desk: w.Inbox.Desk, Views: noSigns, Over: 100,
			Members: func(context.Context, string, hearth.PropertyID) ([]hearth.ResidentID, error) { return nil, nil },
			NewID:   func() (string, error) { made++; return fmt.Sprint("brd_", made), nil }, Cost: func(int) string { return "" }})
		musts(t, "one of each", r.page(t, "/broadcasts/new"), "!Buildings", "!Floors", `name="units"`)
		home := func(building, label, floor, who string) {
			r.tx(t, func(ctx context.Context, tx *db.Tx) error {
				all, err := w.Records.Properties(ctx, tx)
				if err != nil {
					return err
				}
				property := all[0].ID
				b, _, err := w.Records.PutBuilding(ctx, tx, record.News{}, record.Building{Property: property, Name: building})
				if err != nil {
					return err
				}
				today := hearth.DayOf(tx.Now(), time.UTC)
				_, err = w.Records.PutHome(ctx, tx, record.News{Cause: label}, record.Home{Property: property, Unit: record.Unit{Building: b.ID, Label: label, Floor: floor},
					Members: []record.Member{{Resident: record.Resident{First: who, Last: "Moss", Role: hearth.MemberLeaseholder, Email: who + "@home.example"}}},
					Lease:   record.HomeLease{Start: today - 30, End: today + 300, MoveIn: today - 30}})
				return err
			})
		}
		home("North, by the pond", "N1", "10", "fay")
		home("South", "S1", "2", "gus")
		home("South", "S2", "10", "hal")
		page := r.page(t, "/broadcasts/new?floor=10")
		musts(t, "ticks", page, `name="building" value="North, by the pond"`, `name="building" value="South"`, `name="floor" value="10" checked`, `name="floor" value="2">`, "None ticked: all of them.")
		if strings.Index(page, `value="2"`) > strings.Index(page, `value="10"`) {
			t.Error("floor 10 stands before floor 2")
		}
		form := url.Values{"title": {"Water off"}, "class": {"service"}, "subject": {"Water off"}, "body": {"The water is off on Tuesday."}}
		for _, c := range []struct {
			buildings, floors []string
			want, to          string
		}{
			{[]string{"North, by the pond"}, nil, "1 person in 1 home", "To building North, by the pond"},
			{[]string{"South"}, []string{"2", "10"}, "2 people in 2 homes", "To building South, in floors 2, 10"},
			{[]string{"North, by the pond", "South"}, []string{"10"}, "2 people in 2 homes", "in floor 10"},
		} {
			form["building"], form["floor"] = c.buildings, c.floors
			rec := r.post(t, "/broadcasts/new", form)
			if rec.Code != http.StatusSeeOther {
				t.Fatalf("%v: answered %d: %s", c, rec.Code, rec.Body)
			}
			musts(t, c.to, r.page(t, rec.Header().Get("Location")), c.want, c.to)
		}
		form["floor"] = []string{"99"}
		rec := r.post(t, "/broadcasts/new", form)
		if rec.Code != http.StatusUnprocessableEntity {
			t.Errorf("a floor that there is not: %d", rec.Code)
		}
		musts(t, "what was ticked", rec.Body.String(), "no floor &#34;99&#34;", `value="South" checked`)
		for i := range mostTicked {
			home(fmt.Sprintf("Row %02d", i), fmt.Sprintf("R%d", i), "", fmt.Sprintf("ida%d", i))
		}
		musts(t, "very many", r.page(t, "/broadcasts/new"), `!name="building"`, `name="buildings"`, `name="floor"`)
	})
}
