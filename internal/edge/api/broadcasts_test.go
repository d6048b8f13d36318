package api

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net"
	"strings"
	"testing"

	"hearth"
	"hearth/internal/act/webhook"
	call "hearth/internal/base/channel/webhook"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/decide/assign"
	"hearth/internal/decide/broadcast"
	"hearth/internal/decide/desk"
	"hearth/internal/decide/desk/wording"
	"hearth/internal/decide/outlook"
	"hearth/internal/fact/account"
	"hearth/internal/fact/record"
)

// telling gives the bench broadcasts that need a second person above one, webhooks, and tokens of two who may send.
func (b *bench) telling() {
	b.Helper()
	b.whole()
	a := b.api
	templates, err := desk.Load(desk.Shipped())
	b.must(err)
	dk, err := desk.New(desk.Deps{Records: a.Records, Consent: a.Consent, Messages: a.Messages, Tasks: a.Tasks, Decisions: a.Decisions,
		Assign: assign.New(a.Records, a.Tasks), Templates: templates, Sink: true})
	b.must(err)
	members := func(ctx context.Context, segment string, property hearth.PropertyID) (out []hearth.ResidentID, err error) {
		list, err := a.Engine.SegmentMembers(ctx, segment, property, "", 1000)
		for _, m := range list {
			out = append(out, m.Resident)
		}
		return out, err
	}
	a.Broadcasts = broadcast.New(broadcast.Deps{DB: b.db, Records: a.Records, Messages: a.Messages, Desk: dk, Members: members, Views: a.Engine.ViewsOf, Over: 1,
		NewID: func() (string, error) { return hearth.NewID(rand.Reader, "brd_") }})
	a.Outlook = outlook.New(outlook.Deps{Records: a.Records, Messages: a.Messages, Decisions: a.Decisions, Desk: dk, Engine: a.Engine})
	a.Wording = wording.New(wording.Deps{Log: a.Log, Records: a.Records, Desk: dk, Views: a.Engine.ViewsOf})
	guard := &call.Guard{}
	nowhere := &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no names here") }}
	a.Webhooks = webhook.New(webhook.Deps{DB: b.db, Log: a.Log, Guard: guard, Client: call.NewClient(call.Config{Guard: guard, Resolver: nowhere}), Random: rand.Reader, Node: "test",
		Alert:  func(context.Context, *db.Tx, webhook.Hook, string) error { return nil },
		May:    func(context.Context, *db.Tx, hearth.Actor, []hearth.PropertyID) (bool, error) { return true, nil },
		Places: func(context.Context, *db.Tx) ([]hearth.PropertyID, error) { return []hearth.PropertyID{"prp_oak"}, nil }})
	b.write(func(ctx context.Context, tx *db.Tx) error {
		for _, name := range []string{"anna", "ben"} {
			secret, err := a.Accounts.CreateToken(ctx, tx, name, []account.Scope{account.ScopeMessages, account.ScopeRead})
			if err != nil {
				return err
			}
			b.tokens[name] = secret
		}
		return nil
	})
}

// made reads the id of what a request made.
func (b *bench) made(token, path, body string) string {
	b.Helper()
	rec := b.do(request{"POST", path, token, map[string]string{"Content-Type": "application/json"}, body})
	var out struct{ ID string }
	if err := json.Unmarshal(rec.Body.Bytes(), &out); err != nil || out.ID == "" {
		b.Fatalf("%s: %d %s", path, rec.Code, rec.Body)
	}
	return out.ID
}

func TestBroadcastsOverTheAPI(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		b.telling()
		const all = "/api/v1/broadcasts"
		draft := `{"property":"` + string(b.property) + `","title":"Water off","class":"promise","texts":{"en":{"subject":"No water","body":"No water on Tuesday."}}}`
		id := b.made("anna", all, draft)
		one := all + "/" + id
		b.walk(t, []stop{
			{"reading is not writing", "POST", all, "read", draft, 403, "", ""},
			{"tasks are not messages", "POST", one + "/send", "tasks:write", "", 403, "", ""},
			{"an answer to many", "POST", all, "anna", strings.Replace(draft, "promise", "answer", 1), 422, "", ""},
			{"no English text", "POST", all, "anna", strings.Replace(draft, `"en"`, `"es"`, 1), 422, "English", ""},
			{"a building that is not there", "POST", all, "anna", strings.Replace(draft, `"title"`, `"audience":{"buildings":["West"]},"title"`, 1), 422, "audience.buildings", ""},
			{"foretold", "POST", one + "/foretell", "anna", "", 200, `"people":2`, ""},
			{"foretold, and nothing stays", "GET", one, "read", "", 200, `"state":"draft"`, `"queued"`},
			{"the text for one", "GET", one + "/text?resident=" + string(b.ana), "read", "", 200, "No water on Tuesday", ""},
			{"the text for nobody", "GET", one + "/text?resident=res_none", "read", "", 404, "", ""},
			{"a test to nobody of the team", "POST", one + "/test", "anna", `{"resident":"` + string(b.ana) + `","to":"stf_none"}`, 404, "", ""},
			{"sent to two, by one", "POST", one + "/send", "anna", "", 200, `"state":"asked"`, ""},
			{"the same one says yes", "POST", one + "/approve", "anna", "", 403, "somebody else", ""},
			{"the second one says yes", "POST", one + "/approve", "ben", "", 200, `"state":"running"`, ""},
			{"and again", "POST", one + "/approve", "ben", "", 409, "", ""},
			{"whom it is for", "GET", one + "/people?limit=1", "read", "", 200, `"next":"1"`, ""},
			{"a cursor of one's own", "GET", one + "/people?cursor=x", "read", "", 422, "", ""},
			{"stopped", "POST", one + "/stop", "ben", "", 200, `"taken_back":0`, ""},
			{"it stays stopped", "POST", one + "/send", "anna", "", 409, "", ""},
			{"one that is not there", "GET", all + "/brd_none", "read", "", 404, "", ""},
		})
		b.made("anna", all, draft)
		rec := b.do(request{"GET", all + "?limit=1", "read", nil, ""})
		var page struct {
			Items []broadcastItem
			Next  string
		}
		b.must(json.Unmarshal(rec.Body.Bytes(), &page))
		if len(page.Items) != 1 || page.Next == "" {
			t.Fatalf("a page of one: %s", rec.Body)
		}
		b.walk(t, []stop{{"the next page", "GET", all + "?limit=1&cursor=" + page.Next, "read", "", 200, `"next":""`, page.Items[0].ID},
			{"a made-up cursor", "GET", all + "?cursor=abc", "read", "", 422, "", ""}})
	})
}

// One to two properties: foretold for each, a second yes by the count of both, sent and stopped as one.
func TestJointBroadcastsOverTheAPI(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		b.telling()
		var elm hearth.PropertyID
		b.write(func(ctx context.Context, tx *db.Tx) error {
			p, _, err := b.api.Records.PutProperty(ctx, tx, record.News{}, record.Property{Name: "Elm House", Zone: "America/Los_Angeles"})
			elm = p.ID
			return err
		})
		const all = "/api/v1/joint-broadcasts"
		draft := `{"properties":["` + string(b.property) + `","` + string(elm) + `"],"title":"Water off","class":"promise","texts":{"en":{"subject":"No water","body":"No water on Tuesday."}}}`
		id := b.made("anna", all, draft)
		one := all + "/" + id
		var j jointItem
		b.must(json.Unmarshal(b.do(request{"GET", one, "read", nil, ""}).Body.Bytes(), &j))
		if len(j.Parts) != 2 || j.Parts[0].Joint != id || j.Parts[0].Property != elm || j.Parts[1].Property != b.property {
			t.Fatalf("its parts are %+v", j.Parts)
		}
		b.walk(t, []stop{
			{"reading is not writing", "POST", all, "read", draft, 403, "", ""},
			{"one property alone", "POST", all, "anna", strings.Replace(draft, `,"`+string(elm)+`"`, "", 1), 422, "properties", ""},
			{"a property that is not there", "POST", all, "anna", strings.Replace(draft, string(elm), "prp_none", 1), 404, "", ""},
			{"a building", "POST", all, "anna", strings.Replace(draft, `"title"`, `"audience":{"buildings":["West"]},"title"`, 1), 422, "one property's", ""},
			{"foretold", "POST", one + "/foretell", "anna", "", 200, `"needs_second_person":true`, ""},
			{"a part alone", "POST", "/api/v1/broadcasts/" + j.Parts[1].ID + "/send", "anna", "", 409, "several properties", ""},
			{"sent", "POST", one + "/send", "anna", "", 200, `"state":"asked"`, ""},
			{"the same one says yes", "POST", one + "/approve", "anna", "", 403, "somebody else", ""},
			{"the second one says yes", "POST", one + "/approve", "ben", "", 200, `"state":"running"`, ""},
			{"and again", "POST", one + "/approve", "ben", "", 409, "", ""},
			{"stopped", "POST", one + "/stop", "ben", "", 200, `"taken_back":0`, ""},
			{"it stays stopped", "POST", one + "/send", "anna", "", 409, "", ""},
			{"one that is not there", "GET", all + "/brd_none", "read", "", 404, "", ""},
		})
	})
}

func TestWebhooksOverTheAPI(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		b.telling()
		const all = "/api/v1/webhooks"
		body := `{"url":"https://reports.example.com/hearth","types":["workorder.opened"]}`
		id := b.made("admin", all, body)
		one := all + "/" + id
		b.walk(t, []stop{
			{"for administrators", "GET", all, "read", "", 403, "", ""},
			{"inside the house", "POST", all, "admin", strings.Replace(body, "reports.example.com", "169.254.169.254", 1), 422, `"url"`, ""},
			{"no such event", "POST", all, "admin", strings.Replace(body, "workorder.opened", "no.such", 1), 422, "types", ""},
			{"an event for a few", "POST", all, "admin", strings.Replace(body, "workorder.opened", "welfare.concern", 1), 422, "types", ""},
			{"listed, without its secret", "GET", all, "admin", "", 200, id, "whsec_"},
			{"of every property", "GET", all, "admin", "", 200, `"properties":[]`, ""},
			{"changed by a reader", "PATCH", one, "read", `{"note":"x"}`, 403, "", ""},
			{"to hear nothing", "PATCH", one, "admin", `{"types":[]}`, 422, "types", ""},
			{"to hear what is for a few", "PATCH", one, "admin", `{"types":["welfare.concern"]}`, 422, "types", ""},
			{"of a property that is not there", "PATCH", one, "admin", `{"properties":["prp_none"]}`, 422, "properties", ""},
			{"changed", "PATCH", one, "admin", `{"types":["workorder.completed"],"note":"The owner","properties":["prp_oak"]}`, 200, `"types":["workorder.completed"],"properties":["prp_oak"],"note":"The owner"`, "whsec_"},
			{"what is left out stays", "PATCH", one, "admin", `{"properties":[]}`, 200, `"types":["workorder.completed"],"properties":[],"note":"The owner"`, ""},
			{"who did so", "GET", one + "/history", "admin", "", 200, `"hears_too":["workorder.completed"],"hears_no_more":["workorder.opened"],"properties":["prp_oak"],"note":"The owner"`, ""},
			{"history for administrators", "GET", one + "/history", "read", "", 403, "", ""},
			{"one that is not there", "PATCH", all + "/whk_none", "admin", `{"note":"x"}`, 404, "", ""},
			{"back", "PATCH", one, "admin", `{"types":["workorder.opened"]}`, 200, "workorder.opened", ""},
			{"a new secret", "POST", one + "/secret", "admin", "", 200, "whsec_", ""},
			{"off", "POST", one + "/off", "admin", "", 200, `"state":"off"`, ""},
			{"replayed while it is off", "POST", one + "/replay", "admin", `{"since":"2026-01-01T00:00:00Z"}`, 409, "", ""},
			{"on", "POST", one + "/on", "admin", "", 200, `"state":"on"`, ""},
			{"on twice", "POST", one + "/on", "admin", "", 200, `"state":"on"`, ""},
			{"replayed", "POST", one + "/replay", "admin", `{"since":"2026-01-01T00:00:00Z"}`, 200, `"events":`, ""},
			{"the same once more", "POST", all, "admin", body, 422, "already", ""},
			{"tested", "POST", one + "/test", "admin", "", 200, `"type":"webhook.trial"`, ""},
			{"what came of it", "GET", one + "/attempts", "admin", "", 200, `"took":false`, ""},
			{"nothing waits", "POST", one + "/retry", "admin", "", 200, `"events":0`, ""},
			{"attempts for administrators", "GET", one + "/attempts", "read", "", 403, "", ""},
			{"removed", "DELETE", one, "admin", "", 204, "", ""},
			{"tested when removed", "POST", one + "/test", "admin", "", 404, "", ""},
			{"attempts of none", "GET", one + "/attempts", "admin", "", 404, "", ""},
			{"removed twice", "DELETE", one, "admin", "", 404, "", ""},
			{"who removed it", "GET", one + "/history", "admin", "", 200, `"did":"removed","by":"token/`, ""},
			{"history of none", "GET", all + "/whk_none/history", "admin", "", 404, "", ""},
		})
	})
}
