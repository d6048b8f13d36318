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

// castRoom is a room of a community with neighbours, where broadcasts can be made.
func castRoom(t testing.TB, r *deskRoom, over int) map[string]hearth.ResidentID {
	t.Helper()
	w := r.web
	made := 0
	w.Broadcasts = broadcast.New(broadcast.Deps{DB: w.DB, Records: w.Records, Messages: w.Messages, Desk: w.Inbox.Desk, Views: noSigns, Over: over,
		Members: func(context.Context, string, hearth.PropertyID) ([]hearth.ResidentID, error) { return nil, nil },
		NewID:   func() (string, error) { made++; return fmt.Sprint("brd_", made), nil }, Cost: func(int) string { return "" }})
	ids := map[string]hearth.ResidentID{}
	err := w.DB.Write(t.Context(), func(tx *db.Tx) error {
		all, err := w.Records.Properties(t.Context(), tx)
		if err != nil {
			return err
		}
		today := hearth.DayOf(tx.Now(), time.UTC)
		for i := range 60 {
			first := fmt.Sprintf("Fay%02d", i)
			lease := record.HomeLease{Start: today - 30, End: today + 300, MoveIn: today - 30}
			if i == 59 { // about to move in
				lease = record.HomeLease{Start: today + 30, End: today + 300, MoveIn: today + 30}
			}
			if i == 58 { // has left
				lease = record.HomeLease{Start: today - 300, End: today - 10, MoveIn: today - 300, MoveOut: today - 20}
			}
			h := record.Home{Property: all[0].ID, Unit: record.Unit{Label: fmt.Sprint("U", i)}, Lease: lease,
				Members: []record.Member{{Resident: record.Resident{First: first, Last: "Moss", Email: first + "@home.example"}}}}
			made, err := w.Records.PutHome(t.Context(), tx, record.News{Source: "yardi/oak"}, h)
			if err != nil {
				return err
			}
			ids[first] = made.Members[0].ID
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

// A choice outlives a search and the next page, and what is sent goes to those who were chosen and to nobody else.
func TestResidentsAreChosen(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newDeskRoom(t, d, clock)
		ids := castRoom(t, r, 1)
		musts(t, "before", r.page(t, "/residents"), `name="who"`, "Tick people to write", "!See who")
		choose := func(back string, form url.Values) {
			t.Helper()
			form.Set("back", back)
			if rec := r.post(t, "/residents/chosen", form); rec.Code != http.StatusSeeOther || rec.Header().Get("Location") != back {
				t.Fatalf("chosen: %d to %q", rec.Code, rec.Header().Get("Location"))
			}
		}
		a, b, c := string(ids["Fay01"]), string(ids["Fay02"]), string(ids["Fay50"])
		choose("/residents", url.Values{"shown": {a, b}, "who": {a, b}})
		choose("/residents?q=fay50", url.Values{"shown": {c}, "who": {c}})
		choose("/residents", url.Values{"shown": {a, b}, "who": {a}})
		musts(t, "searched", r.page(t, "/residents?q=fay50"), `value="`+c+`" checked`, "2 people chosen", "Write to these 2")
		musts(t, "who", r.page(t, "/residents?list=chosen"), "Fay01 Moss", "Fay50 Moss", "!Fay02 Moss", "!Write to all of these")
		if body := r.page(t, "/residents?q=fay59"); strings.Contains(body, `value="`+string(ids["Fay59"])+`"`) {
			t.Error("somebody who does not live here yet can be chosen")
		}
		musts(t, "moved out", r.page(t, "/residents?list=past"), `!name="who"`, "Fay58 Moss", "Moved out on "+dayWords(hearth.DayOf(clock.Now(), time.UTC)-20)+".")
		rec := r.post(t, "/residents/chosen", url.Values{"then": {"write"}, "shown": {b}, "back": {"/residents"}})
		if at := rec.Header().Get("Location"); at != "/broadcasts/new?to=chosen" {
			t.Fatalf("leads to %q", at)
		}
		musts(t, "form", r.page(t, "/broadcasts/new?to=chosen"), "For 2 people, chosen", "Fay01 Moss, U1", `name="resident" value="`+c+`"`, "!What you choose below narrows")
		// Somebody who is in no choice of this page stays with the words, when these are wrong.
		form := url.Values{"title": {"Water off"}, "class": {"service"}, "subject": {"Water off"}, "body": {"At {{ nothing.known }}."}, "resident": {a, c}}
		rec = r.post(t, "/broadcasts/new", form)
		if rec.Code != http.StatusUnprocessableEntity {
			t.Fatal(rec.Code)
		}
		musts(t, "wrong", rec.Body.String(), "For 2 people", "What you wrote still stands below")
		form.Set("body", "The water is off on Tuesday from nine to eleven.")
		at := r.post(t, "/broadcasts/new", form).Header().Get("Location")
		one := strings.TrimSuffix(at, "?ahead=1")
		musts(t, "ahead", r.page(t, at), "2 people in 2 homes", "Send to 2", "2 people chosen by name", "Fay50 Moss, U50", "a second person has to say yes")
		musts(t, "written", r.page(t, "/residents"), "!See who", "Tick people to write")
		if said := toastOf(t, r.post(t, one+"/send", url.Values{"count": {"2"}, "back": {at}})); !strings.Contains(said, "second person") {
			t.Errorf("sent: %q", said)
		}
		musts(t, "who says yes sees whom it is for", r.page(t, one), "Fay01 Moss, U1")
		// All that are shown, and nobody.
		choose("/residents", url.Values{"all": {"yes"}, "shown": {a, b, c}})
		musts(t, "all", r.page(t, "/residents"), "3 people chosen")
		who := r.page(t, "/residents?list=chosen")
		if i, j, k := strings.Index(who, "Fay01 Moss"), strings.Index(who, "Fay02 Moss"), strings.Index(who, "Fay50 Moss"); i < 0 || i > j || j > k {
			t.Error("those who are chosen do not stand in the order of their names")
		}
		choose("/residents", url.Values{"none": {"yes"}, "shown": {a}, "who": {a}})
		musts(t, "nobody", r.page(t, "/residents"), "!See who")
		if said := toastOf(t, r.post(t, "/residents/chosen", url.Values{"then": {"write"}, "back": {"/residents"}})); !strings.Contains(said, "Nobody is chosen yet") {
			t.Errorf("nobody to write to: %q", said)
		}
	})
}

// Whoever may not say one thing to many sees a list without boxes.
func TestWhoMayNotChoose(t *testing.T) {
	h := newHouse(t, nil)
	for role, may := range map[hearth.Role]bool{hearth.RoleManager: true, hearth.RoleAssistant: true, hearth.RoleLeasing: false, hearth.RoleTechnician: false} {
		rec := h.ask("GET", "/residents", nil, map[string]string{"hearth": h.session(role)})
		if got := strings.Contains(rec.Body.String(), `name="who"`); got != may {
			t.Errorf("%s may choose: %v, want %v", role, got, may)
		}
	}
}
