package api

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/fact/record"
)

// A person reads what Ana said, keeps one thing and declines another.
func TestHeard(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		b.write(func(ctx context.Context, tx *db.Tx) error {
			if _, _, err := b.api.Records.PutStaff(ctx, tx, record.News{}, record.Staff{Name: "Maria Sol"}); err != nil {
				return err
			}
			_, err := b.api.Log.Append(ctx, tx, &hearth.Event{ID: "m1", Source: "mail", Type: "message.received", Subject: hearth.Subject{Kind: "resident", ID: string(b.ana)},
				Property: b.property, Residents: []hearth.ResidentID{b.ana}, Time: tx.Now(),
				Data: json.RawMessage(`{"channel":"email","text":"I am deaf, please text me instead. Thanks. I work nights, and we got a puppy."}`)})
			return err
		})
		if _, err := b.api.Heard.RunOnce(t.Context()); err != nil {
			t.Fatal(err)
		}
		var page struct{ Items []heardItem }
		rec := b.do(request{"GET", "/api/v1/residents/R-1/heard", "read", nil, ""})
		if err := json.Unmarshal(rec.Body.Bytes(), &page); err != nil || len(page.Items) != 2 {
			t.Fatalf("got %d %s, want two facts", rec.Code, rec.Body)
		}
		ids := map[string]string{}
		for _, x := range page.Items {
			ids[string(x.Kind)] = x.ID
		}
		keep, decline := "/api/v1/heard/"+ids["schedule"]+"/keep", "/api/v1/heard/"+ids["pets"]+"/decline"
		for _, c := range []struct {
			name, method, path, scope, body string
			status                          int
			must, mustNot                   string
		}{
			{"with the words", "GET", "/api/v1/heard", "read", "", 200, `"words":"I work nights"`, "deaf"},
			{"of one property", "GET", "/api/v1/heard?property=" + string(b.property), "read", "", 200, `"value":"dog"`, ""},
			{"of another property", "GET", "/api/v1/heard?property=prp_none", "read", "", 200, `"items":[]`, ""},
			{"page by page", "GET", "/api/v1/heard?limit=1", "read", "", 200, `"next":"hrd_`, ""},
			{"no cursor", "GET", "/api/v1/heard?cursor=x", "read", "", 422, "cursor", ""},
			{"nobody", "GET", "/api/v1/residents/nobody/heard", "read", "", 404, "no resident", ""},
			{"somebody else", "GET", "/api/v1/residents/R-2/heard", "read", "", 200, `"items":[]`, ""},
			{"without the right", "POST", keep, "read", "", 403, "forbidden", ""},
			{"unknown", "POST", "/api/v1/heard/hrd_none/keep", "tasks:write", "", 404, "Nothing was heard", ""},
			{"by somebody unknown", "POST", keep, "tasks:write", `{"by":"Nobody"}`, 422, "by", ""},
			{"kept", "POST", keep, "tasks:write", `{"by":"Maria Sol"}`, 200, `"decided_by":"staff/`, ""},
			{"kept twice", "POST", keep, "tasks:write", "", 200, `"state":"kept"`, ""},
			{"a preference", "GET", "/api/v1/residents/R-1", "read", "", 200, `"name":"schedule","value":"works nights"`, `"value":"dog"`},
			{"declined", "POST", decline, "tasks:write", "", 200, `"state":"declined"`, ""},
			{"kept after all", "POST", "/api/v1/heard/" + ids["pets"] + "/keep", "tasks:write", "", 409, "declined", ""},
			{"nothing waits", "GET", "/api/v1/heard", "read", "", 200, `"items":[]`, ""},
			{"what was declined", "GET", "/api/v1/heard?state=declined", "read", "", 200, `"value":"dog"`, ""},
		} {
			rec := b.do(request{c.method, c.path, c.scope, map[string]string{"Content-Type": "application/json"}, c.body})
			if body := rec.Body.String(); rec.Code != c.status || !strings.Contains(body, c.must) || c.mustNot != "" && strings.Contains(body, c.mustNot) {
				t.Errorf("%s: %d %s, want %d with %s", c.name, rec.Code, body, c.status, c.must)
			}
		}
	})
}
