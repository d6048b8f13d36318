package api

import (
	"context"
	"strings"
	"testing"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/fact/eventlog"
)

func TestSettingsOverTheAPI(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		at := "/api/v1/properties/" + string(b.property) + "/settings"
		b.walk(t, []stop{
			{"all of them, with what they mean", "GET", at, "read", "", 200, `"name":"budget.week","group":"Attention","title":"Messages a week"`, `"source":"changed"`},
			{"reading is not writing", "PATCH", at, "read", `{"settings":{"budget.week":1}}`, 403, "", ""},
			{"of no property", "GET", "/api/v1/properties/prp_none/settings", "read", "", 404, "", ""},
			{"nor written", "PATCH", "/api/v1/properties/prp_none/settings", "admin", `{"settings":{"budget.week":1}}`, 404, "", ""},
			{"a name with a slip", "PATCH", at, "admin", `{"settings":{"budget.wek":1}}`, 422, "Is it budget.week?", ""},
			{"the field is named", "PATCH", at, "admin", `{"settings":{"budget.week":21}}`, 422, `budget.week`, ""},
			{"half a message", "PATCH", at, "admin", `{"settings":{"budget.week":1.5}}`, 422, "a whole number from 0 to 20", ""},
			{"no half hours", "PATCH", at, "admin", `{"settings":{"attention.hour":"18:30"}}`, 422, "attention.hour", ""},
			{"no time of day", "PATCH", at, "admin", `{"settings":{"quiet.from":"nine"}}`, 422, "a time of day such as 21:00", ""},
			{"calm above the limit", "PATCH", at, "admin", `{"settings":{"care.calm":0.9}}`, 422, `care`, ""},
			{"a sender in two lines", "PATCH", at, "admin", `{"settings":{"sender_name":"Oak\nBcc: all"}}`, 422, "sender_name", ""},
			{"no address", "PATCH", at, "admin", `{"settings":{"reply_to":"Office <office@oak.example>"}}`, 422, "reply_to", ""},
			{"hours that overlap", "PATCH", at, "admin", `{"settings":{"business":[{"weekday":1,"from":480,"to":720},{"weekday":1,"from":700,"to":900}]}}`, 422, "business[1]", ""},
			{"hours with another field", "PATCH", at, "admin", `{"settings":{"business":[{"day":1,"from":480,"to":720}]}}`, 422, "business", ""},
			{"one bad of two", "PATCH", at, "admin", `{"settings":{"budget.week":1,"budget.day":-1}}`, 422, "budget.day", ""},
			{"left everything as it was", "GET", at, "read", "", 200, "", `"source":"changed"`},
			{"changed", "PATCH", at, "admin", `{"settings":{"budget.week":1,"quiet.from":"20:30","business":[{"weekday":1,"from":480,"to":720}],"surveys.year":2},"reason":"They asked for less"}`,
				200, `"value":1,"words":"1","default":2,"source":"changed"`, ""},
			{"with who and why", "GET", at, "read", "", 200, `"by":"admin","reason":"They asked for less"`, ""},
			{"as people say it", "GET", at, "read", "", 200, `"words":"Mon 08:00-12:00"`, ""},
			{"other hours take the place of the old ones", "PATCH", at, "admin", `{"settings":{"business":[{"weekday":2,"from":0,"to":60}]}}`, 200, `"words":"Tue 00:00-01:00"`, "Mon 08:00"},
			{"and back", "PATCH", at, "admin", `{"settings":{"budget.week":null,"quiet.from":null,"business":null,"surveys.year":null}}`, 200, `"words":"21:00"`, `"source":"changed"`},
			{"what is so already changes nothing", "PATCH", at, "admin", `{"settings":{"budget.week":2}}`, 200, "", `"source":"changed"`},
			{"a voice leaves a trace too", "PUT", "/api/v1/properties/" + string(b.property) + "/voice", "admin", `{"greeting":{"en":"Good day"}}`, 200, "Good day", ""},
			{"and stands among the settings", "GET", at, "read", "", 200, `"value":{"en":"Good day"}`, ""},
		})
		var told []string
		b.write(func(ctx context.Context, tx *db.Tx) error {
			told = nil
			l, err := eventlog.New(d)
			if err != nil {
				return err
			}
			evs, err := l.ReadProperty(ctx, tx, b.property, 0, 1000)
			if err != nil {
				return err
			}
			for _, e := range evs {
				if e.Type == "property.settings_changed" {
					told = append(told, string(e.Data))
				}
			}
			return nil
		})
		if len(told) != 4 {
			t.Fatalf("events %q", told)
		}
		for _, must := range []string{`{"setting":"budget.week","old":2,"new":1}`, `{"setting":"quiet.from","old":1260,"new":1230}`, `"reason":"They asked for less"`, `"by":"token/`} {
			if !strings.Contains(told[0], must) {
				t.Errorf("the first event is %s, want %s in it", told[0], must)
			}
		}
	})
}
