package api

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/decide/desk"
)

// said puts wishes to the desk.
func (b *bench) said(in ...desk.Intent) {
	b.Helper()
	b.write(func(ctx context.Context, tx *db.Tx) error {
		views, err := b.api.Engine.ViewsOf(ctx, tx, []hearth.ResidentID{b.ana})
		if err != nil {
			return err
		}
		_, err = b.api.Outlook.Desk.Submit(ctx, tx, in, views)
		return err
	})
}

func TestOutlookOverTheAPI(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		b.telling()
		chicago, err := time.LoadLocation("America/Chicago")
		b.must(err)
		clock.Set(hearth.DayOf(clock.Now(), chicago).At(22*60, chicago)) // quiet hours
		note := func(id, what string) desk.Intent {
			return desk.Intent{ID: hearth.MessageID("msg_" + id), Property: b.property, Resident: b.ana, Template: "service-closed",
				Facts: map[string]any{"event": map[string]any{"category": "plumbing", "resolution": what}}, Why: "The work was completed."}
		}
		b.said(note("night", "New washer."), note("later", "New lamp."))
		const ahead, silence = "/api/v1/residents/R-1/upcoming", "/api/v1/units/4B/silence"
		until := clock.Now().Add(60 * time.Hour).UTC().Format(time.RFC3339)
		b.walk(t, []stop{
			{"in the morning", "GET", ahead, "read", "", 200, "New washer.", ""},
			{"for nobody", "GET", "/api/v1/residents/R-77/upcoming", "read", "", 404, "", ""},
			{"too far", "GET", ahead + "?days=61", "read", "", 422, "", ""},
			{"reading is not holding", "POST", "/api/v1/messages/msg_later/hold", "read", `{"until":"` + until + `","reason":"x"}`, 403, "", ""},
			{"held without a reason", "POST", "/api/v1/messages/msg_later/hold", "anna", `{"until":"` + until + `","reason":" "}`, 422, "reason", ""},
			{"held into the past", "POST", "/api/v1/messages/msg_later/hold", "anna", `{"until":"2001-01-01T00:00:00Z","reason":"x"}`, 422, "until", ""},
			{"held", "POST", "/api/v1/messages/msg_later/hold", "anna", `{"until":"` + until + `","reason":"She is at a funeral"}`, 200, "She is at a funeral.", ""},
			{"cancelled", "POST", "/api/v1/messages/msg_night/cancel", "anna", `{"reason":"Told her at the door"}`, 200, `"state":"dropped"`, ""},
			{"cancelled twice", "POST", "/api/v1/messages/msg_night/cancel", "anna", `{"reason":"x"}`, 409, "does not wait any more", ""},
			{"a cancelled one held", "POST", "/api/v1/messages/msg_night/hold", "anna", `{"until":"` + until + `","reason":"x"}`, 409, "", ""},
			{"one that is not there", "POST", "/api/v1/messages/msg_none/cancel", "anna", `{"reason":"x"}`, 404, "", ""},
			{"what is left comes later", "GET", ahead, "read", "", 200, "New lamp.", "New washer."},
			{"why 4B got nothing", "GET", silence, "read", "", 200, "Told her at the door.", ""},
			{"and what waits", "GET", silence, "read", "", 200, `"outcome":"held"`, ""},
			{"by a day", "GET", silence + "?since=2099-01-01", "read", "", 200, `"unsaid":2`, "Told her"},
			{"since no day", "GET", silence + "?since=soon", "read", "", 422, "since", ""},
			{"a home that is not there", "GET", "/api/v1/units/9Z/silence", "read", "", 404, "", ""},
			{"no such property", "GET", "/api/v1/properties/prp_none/noise", "read", "", 404, "", ""},
			{"the first look at the noise", "GET", "/api/v1/properties/" + string(b.property) + "/noise", "read", "", 200, `"messages":0`, `"messages":1`},
		})
		var got aheadItem
		b.must(json.Unmarshal(b.do(request{"GET", ahead, "read", nil, ""}).Body.Bytes(), &got))
		var lamp *contactItem
		for i := range got.Items {
			if got.Items[i].Message == "msg_later" {
				lamp = &got.Items[i]
			}
		}
		if lamp == nil || lamp.Outcome != desk.Sent || lamp.At.UTC().Format(time.RFC3339) < until || !lamp.Waiting || len(lamp.Waits) == 0 {
			t.Errorf("got %+v, want it sent once it is held no longer", lamp)
		}
	})
}

// A short note that went in one message with another reached the home with it.
func TestWhatWentTogetherIsNoSilence(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		b.telling()
		note := func(id, template, purpose string) desk.Intent {
			return desk.Intent{ID: hearth.MessageID("msg_" + id), Property: b.property, Resident: b.ana, Template: template, Purpose: purpose,
				Facts: map[string]any{"event": map[string]any{"category": "plumbing", "resolution": "New washer."}}, Why: "It happened."}
		}
		b.said(note("first", "service-closed", "service.closed"), note("second", "package-arrived", "package.arrived"))
		b.walk(t, []stop{
			{"one went with the other", "GET", "/api/v1/messages?resident=R-1&state=merged", "read", "", 200, "msg_second", ""},
			{"both reached them", "GET", "/api/v1/units/4B/silence", "read", "", 200, `"went":2`, "msg_second"},
		})
	})
}

// The meter counts what went out, by week and source, and finds the loudest and those near the budget.
func TestNoiseOverTheAPI(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		b.telling()
		began := clock.Now()
		put := func(id string, class hearth.Class, playbook hearth.PlaybookID, template string) {
			b.write(func(ctx context.Context, tx *db.Tx) error {
				return b.api.Messages.Insert(ctx, tx, []message.Message{{ID: hearth.MessageID("msg_" + id), Property: b.property, Resident: b.ana, State: message.Queued,
					Class: class, Purpose: "test." + id, Channel: hearth.ChannelEmail, Address: "ana@home.example", AddressKey: "ana@home.example", Template: template, Playbook: playbook}})
			})
		}
		put("old", hearth.ClassService, "quiet", "quiet-hello")
		clock.Set(began.Add(10 * 24 * time.Hour))
		put("a", hearth.ClassRelation, "quiet", "quiet-hello")
		put("b", hearth.ClassRelation, "quiet", "quiet-hello")
		put("c", hearth.ClassSafety, "", "broadcast-1")
		clock.Advance(time.Minute)
		var n noiseItem
		rec := b.do(request{"GET", "/api/v1/properties/" + string(b.property) + "/noise?weeks=2", "read", nil, ""})
		b.must(json.Unmarshal(rec.Body.Bytes(), &n))
		if n.People != 2 || len(n.Weeks) != 2 || n.Weeks[0].Messages != 3 || n.Weeks[0].PerHead != 1.5 || n.Weeks[1].Messages != 1 || n.Weeks[0].Sources["broadcast"] != 1 || n.Weeks[0].Classes["relation"] != 2 {
			t.Errorf("the weeks: %s", rec.Body)
		}
		if len(n.Loudest) != 2 || n.Loudest[0] != (noiseSource{"playbook", "quiet", 3, 1}) {
			t.Errorf("the loudest: %+v", n.Loudest)
		}
		if len(n.Near) != 1 || n.Near[0].Resident != b.ana || n.Near[0].Week != 2 || n.Near[0].Left != 0 || n.Near[0].Home != "4B" {
			t.Errorf("near the budget: %+v", n.Near)
		}
		b.walk(t, []stop{
			{"all went out", "GET", "/api/v1/units/4B/silence?since=" + began.Add(-24*time.Hour).UTC().Format(time.RFC3339), "read", "", 200, `"went":4`, ""},
			{"too many weeks", "GET", "/api/v1/properties/" + string(b.property) + "/noise?weeks=99", "read", "", 422, "", ""},
		})
	})
}
