package api

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
)

// quoted makes a JSON text.
func quoted(s string) string {
	raw, err := json.Marshal(s)
	if err != nil {
		return err.Error()
	}
	return string(raw)
}

func TestTemplatesOverTheAPI(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		b.telling()
		shipped, _ := b.api.Wording.Desk.Templates.Get("service-closed")
		text := strings.Replace(shipped.Text(), "If it works as it should, there is nothing to do.", "Nothing more to do — 👍.", 1)
		named := "id: service-closed\ntitle: x\nclass: service\npurpose: service.closed\nwhy: x\nlanguages:\n  en:\n    subject: Hello\n    body: |\n      One.\n      {% if resident.name %}Hello {{ resident.name }}.{% endif %}\n"
		b.write(func(ctx context.Context, tx *db.Tx) error {
			subject := hearth.Subject{Kind: "workorder", ID: "wo1"}
			for _, ev := range []hearth.Event{
				{ID: "w1", Type: "workorder.opened", Data: []byte(`{"workorder":"wo1","unit":"u","category":"plumbing","description":"The tap drips"}`)},
				{ID: "w2", Type: "workorder.completed", Data: []byte(`{"workorder":"wo1","resolution":"New washer."}`)},
				{ID: "w3", Type: "package.arrived", Data: []byte(`{"count":1}`)},
			} {
				ev.Source, ev.Subject, ev.Time, ev.Property, ev.Residents = "test", subject, tx.Now(), b.property, []hearth.ResidentID{b.ana}
				if ev.Type == "package.arrived" {
					ev.Subject = hearth.Subject{Kind: "resident", ID: string(b.ana)}
				}
				if _, err := b.api.Log.Append(ctx, tx, &ev); err != nil {
					return err
				}
			}
			return nil
		})
		const all = "/api/v1/templates"
		one, put := all+"/service-closed", func(from, text string) string { return `{"from":` + from + `,"text":` + quoted(text) + `}` }
		b.walk(t, []stop{
			{"the list", "GET", all, "read", "", 200, `"id":"service-closed"`, `"own":true`},
			{"the shipped one", "GET", one, "read", "", 200, "there is nothing to do", ""},
			{"one that is not there", "GET", all + "/service-close", "read", "", 404, "service-closed", ""},
			{"reading is not writing", "PUT", one, "read", put("0", text), 403, "", ""},
			{"one checked", "POST", all + "/check", "read", `{"text":` + quoted(text) + `}`, 200, `"fit":true`, ""},
			{"one that knows a name only", "POST", all + "/check", "read", `{"text":` + quoted(named) + `}`, 200, `"line":2,"file_line":11`, `"fit":true`},
			{"and put", "PUT", one, "admin", put("0", named), 422, "nothing of their situation", ""},
			{"for another address", "PUT", all + "/service-received", "admin", put("0", text), 422, "the address names", ""},
			{"previewed before it is put", "POST", one + "/preview", "read", `{"resident":"R-1","text":` + quoted(text) + `}`, 200, "Nothing more to do", ""},
			{"put", "PUT", one, "admin", put("0", text), 200, `"newest":1`, ""},
			{"put by one who did not see it", "PUT", one, "admin", put("0", text), 409, "at version 1", ""},
			{"the versions", "GET", one + "/versions", "read", "", 200, `"version":0`, ""},
			{"for a real resident", "POST", one + "/preview", "read", `{"resident":"R-1"}`, 200, "New washer.", `"missing"`},
			{"with the event it is about", "POST", one + "/preview", "read", `{"resident":"R-1"}`, 200, `"event":"workorder.completed"`, ""},
			{"with its matter, told earlier", "POST", one + "/preview", "read", `{"resident":"R-1"}`, 200, "your plumbing request", ""},
			{"an older version", "POST", one + "/preview", "read", `{"resident":"R-1","version":0}`, 200, "there is nothing to do", "Nothing more"},
			{"with facts of one's own", "POST", one + "/preview", "read", `{"resident":"R-1","facts":{"event":{"resolution":"New lamp."}}}`, 200, "New lamp.", "washer"},
			{"as a text message", "POST", one + "/preview", "read", `{"resident":"R-1","channels":["sms"]}`, 200, `"parts":1`, `"email"`},
			{"in Spanish", "POST", one + "/preview", "read", `{"resident":"R-1"}`, 200, "Hola, Ana", ""},
			{"for nobody", "POST", one + "/preview", "read", `{"resident":"R-77"}`, 404, "", ""},
			{"a version that is not there", "POST", one + "/preview", "read", `{"resident":"R-1","version":7}`, 404, "the newest is 1", ""},
			{"with what is not known in brackets", "POST", all + "/renewal-open/preview", "read", `{"resident":"` + string(b.ana) + `"}`, 200, `"missing":["lease.end"]`, ""},
			{"back from an old one", "POST", one + "/reset", "admin", `{"from":7}`, 409, "at version 1", ""},
			{"back", "POST", one + "/reset", "admin", `{"from":1}`, 200, "there is nothing to do", `"own":true`},
			{"one of their own", "POST", all, "admin", `{"text":` + quoted(strings.NewReplacer("id: service-closed", "id: house-paint", "purpose: service.closed", "purpose: house.paint").Replace(text)) + `}`, 200, `"newest":1`, ""},
			{"which has versions", "PUT", all + "/house-paint", "admin", put("1", strings.NewReplacer("id: service-closed", "id: house-paint", "purpose: service.closed", "purpose: house.paint", "Nothing more", "Nothing else").Replace(text)), 200, `"newest":2`, ""},
			{"and none that came with Hearth", "GET", all + "/house-paint/versions", "read", "", 200, "Nothing else", `"version":0`},
			{"the same id again", "POST", all, "admin", `{"text":` + quoted(text) + `}`, 409, "already", ""},
			{"and still readable", "GET", one + "/versions", "read", "", 200, "Nothing more to do", ""},
		})
	})
}
