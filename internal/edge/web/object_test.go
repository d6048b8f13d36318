package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/message/conversation"
	"hearth/internal/act/task"
	"hearth/internal/act/workorder"
	"hearth/internal/base/db"
	"hearth/internal/decide/broadcast"
	"hearth/internal/fact/account"
	"hearth/internal/fact/record"
)

// The manager of Oak Court asks, by every address that names something, for what is Elm Court's: the answer is the one for what does not exist,
// and nothing at Elm Court changes.
func TestNothingOfAnotherProperty(t *testing.T) {
	h := newHouse(t, func(d *Deps) { storesOf(t, d) })
	var elm record.Property
	var ben hearth.ResidentID
	var unit hearth.UnitID
	var talk, photo string
	h.write(func(ctx context.Context, tx *db.Tx) (err error) {
		news := record.News{Source: "yardi/elm"}
		if elm, _, err = h.web.Records.PutProperty(ctx, tx, news, record.Property{Name: "Elm Court", Zone: "America/Chicago"}); err != nil {
			return err
		}
		home, err := h.web.Records.PutHome(ctx, tx, news, record.Home{Property: elm.ID, Unit: record.Unit{Label: "9Z"}, Members: []record.Member{{Resident: record.Resident{First: "Ben", Last: "Elmsworth"}}}})
		if err != nil {
			return err
		}
		ben = home.Members[0].ID
		who, err := h.web.Records.Contacts(ctx, tx, []hearth.ResidentID{ben})
		if err != nil {
			return err
		}
		unit = who[ben].Unit
		o, err := h.web.Workorders.Open(ctx, tx, news, workorder.Order{Property: elm.ID, Unit: unit, Resident: ben, Description: "Elm's tap"})
		if err != nil {
			return err
		}
		p, err := h.web.Workorders.AddPhoto(ctx, tx, workorder.Photo{Order: o.ID, Resident: ben, Kind: "image/png", Blob: "none", Width: 1, Height: 1})
		photo = p.ID
		if err != nil {
			return err
		}
		if err := h.web.Tasks.Insert(ctx, tx, []task.Task{{ID: "tsk_elm", Property: elm.ID, Resident: ben, Kind: "playbook", Title: "Call Ben", Role: hearth.RoleLeasing, DueAt: tx.Now()}}); err != nil {
			return err
		}
		if err := h.web.Messages.Insert(ctx, tx, []message.Message{{ID: "msg_elm", Property: elm.ID, Resident: ben, State: message.Held, Class: hearth.ClassRelation, Channel: hearth.ChannelEmail, Subject: "Elm", Body: "Dear Ben"}}); err != nil {
			return err
		}
		c, err := h.web.Inbox.Conversations.Begin(ctx, tx, hearth.System("elm"), elm.ID, ben, "")
		talk = c.ID
		return err
	})
	cast, err := h.web.Broadcasts.Make(t.Context(), hearth.System("elm"), broadcast.Plan{Property: elm.ID, Title: "Elm's water", Class: hearth.ClassService, Texts: map[string]broadcast.Text{"en": {Subject: "Water", Body: "It is off."}}})
	if err != nil {
		t.Fatal(err)
	}
	h.rounds["rnd_elm"] = elm.ID
	ids := map[string]string{"residents": string(ben), "tasks": "tsk_elm", "conversations": talk, "broadcasts": cast.ID, "rounds": "rnd_elm", "units": string(unit), "photos": photo}
	in := map[string]string{"hearth": h.session(hearth.RoleManager)}
	asked := map[string]int{}
	for _, rt := range h.web.routes() {
		method, pattern, _ := strings.Cut(rt.pattern, " ")
		kind := strings.Split(pattern, "/")[1]
		id := ids[kind]
		if id == "" || !strings.Contains(pattern, "{id}") {
			continue
		}
		path := strings.ReplaceAll(strings.ReplaceAll(pattern, "{id}", id), "{message}", "msg_elm")
		path = regexp.MustCompile(`\{[^}]+\}`).ReplaceAllString(path, "none")
		rec := h.ask(method, path, url.Values{"note": {"mine"}, "reason": {"none"}, "text": {"Hello"}, "staff": {string(h.staff[hearth.RoleManager])}}, in)
		asked[kind]++
		if rec.Code != http.StatusNotFound || strings.Contains(rec.Body.String(), "Elm") || strings.Contains(rec.Body.String(), "Ben") {
			t.Errorf("%s of another property: %d", rt.pattern, rec.Code)
		}
	}
	for kind, least := range map[string]int{"residents": 5, "tasks": 5, "conversations": 8, "broadcasts": 4, "rounds": 1, "units": 1, "photos": 2} {
		if asked[kind] < least {
			t.Errorf("of %s only %d addresses were asked", kind, asked[kind])
		}
	}
	// A conversation that has not begun is named by whom it would be with.
	h.write(func(ctx context.Context, tx *db.Tx) error {
		home, err := h.web.Records.PutHome(ctx, tx, record.News{Source: "yardi/elm"}, record.Home{Property: elm.ID, Unit: record.Unit{Label: "9Y"}, Members: []record.Member{{Resident: record.Resident{First: "Cora", Last: "Elmsworth", Email: "cora@elm.example"}}}})
		if err != nil {
			return err
		}
		ben = home.Members[0].ID
		_, err = h.web.Messages.Keep(ctx, tx, message.Unplaced{ID: "unp_elm", Channel: hearth.ChannelSMS, Address: "+13125550142", AddressKey: "+13125550142", Body: "Elm", Property: elm.ID, Received: tx.Now(), State: message.UnplacedOpen})
		return err
	})
	for path, form := range map[string]url.Values{"/conversations/" + conversation.ID(ben, "") + "/reply": {"resident": {string(ben)}, "text": {"Hello"}}, "/unplaced/text/unp_elm": {"nobody": {"yes"}}} {
		if rec := h.ask("POST", path, form, in); rec.Code != http.StatusNotFound {
			t.Errorf("%s of another property: %d", path, rec.Code)
		}
	}
	h.write(func(ctx context.Context, tx *db.Tx) error {
		all, _, err := h.web.Messages.List(ctx, tx, message.Filter{Resident: ben}, "", 10)
		u, errU := h.web.Messages.UnplacedByID(ctx, tx, "unp_elm")
		if len(all) > 0 || u.State != message.UnplacedOpen {
			t.Errorf("%d messages to somebody at Elm Court, and what is unplaced there is %s", len(all), u.State)
		}
		return errors.Join(err, errU)
	})
	// Nor is what came in at Oak Court given to somebody at Elm Court.
	h.write(func(ctx context.Context, tx *db.Tx) error {
		_, err := h.web.Messages.Keep(ctx, tx, message.Unplaced{ID: "unp_oak", Channel: hearth.ChannelSMS, Address: "+13125550143", AddressKey: "+13125550143", Body: "Oak", Property: h.oak, Received: tx.Now(), State: message.UnplacedOpen})
		return err
	})
	if rec := h.ask("POST", "/unplaced/text/unp_oak", url.Values{"resident": {string(ben)}}, in); rec.Code != http.StatusUnprocessableEntity {
		t.Errorf("given to somebody of another property: %d", rec.Code)
	}
	for _, path := range []string{"/residents?q=Ben", "/find?q=Ben", "/conversations", "/broadcasts", "/", "/residents?property=" + string(elm.ID)} {
		if rec := h.ask("GET", path, nil, in); rec.Code != http.StatusOK || strings.Contains(rec.Body.String(), string(ben)) || strings.Contains(rec.Body.String(), "Elm") {
			t.Errorf("%s: %d, and it tells of Elm Court", path, rec.Code)
		}
	}
}

// Whoever is the manager of one property and a technician of another may there what a technician may.
func TestRolesCountWhereTheyAreHeld(t *testing.T) {
	h := newHouse(t, nil)
	var ben hearth.ResidentID
	h.write(func(ctx context.Context, tx *db.Tx) error {
		news := record.News{Source: "yardi/elm"}
		elm, _, err := h.web.Records.PutProperty(ctx, tx, news, record.Property{Name: "Elm Court", Zone: "America/Chicago"})
		if err != nil {
			return err
		}
		home, err := h.web.Records.PutHome(ctx, tx, news, record.Home{Property: elm.ID, Unit: record.Unit{Label: "9Z"}, Members: []record.Member{{Resident: record.Resident{First: "Ben", Last: "Elmsworth"}}}})
		if err != nil {
			return err
		}
		ben = home.Members[0].ID
		_, _, err = h.web.Records.PutStaff(ctx, tx, record.News{Source: "hr"}, record.Staff{ID: h.staff[hearth.RoleManager], Name: "Somebody manager", Roles: []record.StaffRole{{Property: elm.ID, Role: hearth.RoleTechnician}}})
		return err
	})
	in := map[string]string{"hearth": h.session(hearth.RoleManager)}
	rec := h.ask("GET", "/residents/"+string(ben), nil, in)
	if rec.Code != http.StatusOK || !strings.Contains(rec.Body.String(), "Elm Court") {
		t.Fatalf("a technician's page of a resident: %d", rec.Code)
	}
	var refused int
	for _, rt := range h.web.residentRoutes() {
		if rt.need == account.PhoneReveal || rt.need == account.ResidentsWrite {
			method, pattern, _ := strings.Cut(rt.pattern, " ")
			refused++
			if rec := h.ask(method, strings.ReplaceAll(pattern, "{id}", string(ben)), nil, in); rec.Code != http.StatusForbidden {
				t.Errorf("%s as a technician there: %d", rt.pattern, rec.Code)
			}
		}
	}
	if refused == 0 {
		t.Error("no address was asked")
	}
}
