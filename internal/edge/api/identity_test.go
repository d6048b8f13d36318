package api

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
)

// A person decides on a proposal, sees both residents as one, and takes it back.
func TestIdentity(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		bob, robert := b.twoOfOne()
		for more := true; more; {
			var err error
			if more, err = b.api.Identity.RunOnce(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		rec := b.do(request{"GET", "/api/v1/identity/proposals", "read", nil, ""})
		var list struct{ Items []proposalItem }
		if err := json.Unmarshal(rec.Body.Bytes(), &list); err != nil || len(list.Items) != 1 || list.Items[0].Residents[0].ID != bob ||
			list.Items[0].Residents[1].ID != robert || !strings.Contains(list.Items[0].Words, "same phone") {
			t.Fatalf("got %d %s (%v), want Bob and Robert proposed", rec.Code, rec.Body, err)
		}
		path := "/api/v1/identity/proposals/" + list.Items[0].ID
		kept, other := "/api/v1/residents/"+string(bob), "/api/v1/residents/"+string(robert)
		for _, c := range []struct {
			name, method, path, scope, body string
			status                          int
			must, mustNot                   string
		}{
			{"without the right", "POST", path, "read", `{"decision":"same"}`, 403, "forbidden", ""},
			{"neither", "POST", path, "tasks:write", `{"decision":"maybe"}`, 422, "decision", ""},
			{"nobody's", "POST", "/api/v1/identity/proposals/idp_none", "tasks:write", `{"decision":"same"}`, 404, "no proposal", ""},
			{"same", "POST", path, "tasks:write", `{"decision":"same"}`, 200, `"state":"same"`, ""},
			{"the same again", "POST", path, "tasks:write", `{"decision":"same"}`, 200, `"state":"same"`, ""},
			{"otherwise", "POST", path, "tasks:write", `{"decision":"different"}`, 409, "unmerge", ""},
			{"the one kept", "GET", kept, "read", "", 200, `"id":"p1"`, ""},
			{"who is seen under them", "GET", kept, "read", "", 200, `"merged":[{"id":"` + string(robert), ""},
			{"the other", "GET", other, "read", "", 200, `"merged_into":"` + string(bob), ""},
			{"the list", "GET", "/api/v1/residents?search=Robert", "read", "", 200, `"items":[]`, ""},
			{"their timeline", "GET", kept + "/timeline", "read", "", 200, "resident/" + string(robert), ""},
			{"their tasks", "GET", "/api/v1/tasks?resident=" + string(bob), "read", "", 200, "tsk_robert", ""},
			{"taken back", "POST", other + "/unmerge", "tasks:write", "", 200, `"merged":[]`, "merged_into"},
			{"taken back twice", "POST", other + "/unmerge", "tasks:write", "", 404, "not merged", ""},
			{"alone again", "GET", kept, "read", "", 200, `"merged":[]`, `"id":"p1"`},
			{"their own tasks", "GET", "/api/v1/tasks?resident=" + string(bob), "read", "", 200, `"items":[]`, "tsk_robert"},
			{"nobody is asked again", "GET", "/api/v1/identity/proposals", "read", "", 200, `"items":[]`, ""},
		} {
			rec := b.do(request{c.method, c.path, c.scope, map[string]string{"Content-Type": "application/json"}, c.body})
			if body := rec.Body.String(); rec.Code != c.status || !strings.Contains(body, c.must) || c.mustNot != "" && strings.Contains(body, c.mustNot) {
				t.Errorf("%s: %d %s, want %d with %s", c.name, rec.Code, body, c.status, c.must)
			}
		}
	})
}

// twoOfOne has two sources tell of one person under two names.
func (b *bench) twoOfOne() (bob, robert hearth.ResidentID) {
	records := record.New(b.api.Log, rand.NewChaCha8([32]byte{4}))
	ids := map[string]hearth.ResidentID{}
	for _, x := range []struct{ source, unit, ext, first string }{{"yardi", "31A", "y1", "Bob"}, {"portal", "37A", "p1", "Robert"}} {
		b.clock.Advance(time.Second)
		b.write(func(ctx context.Context, tx *db.Tx) error {
			res, err := records.PutHome(ctx, tx, record.News{Source: x.source}, record.Home{Property: b.property, Unit: record.Unit{Label: x.unit},
				Members: []record.Member{{External: x.ext, Resident: record.Resident{First: x.first, Last: "Thornwick", Email: "bt@example.com", Phone: "614-555-0134"}}}})
			if err == nil {
				ids[x.first] = res.Members[0].ID
			}
			return err
		})
	}
	b.write(func(ctx context.Context, tx *db.Tx) error {
		return b.api.Tasks.Insert(ctx, tx, []task.Task{{ID: "tsk_robert", Part: eventlog.PartOf(b.property), Property: b.property,
			Resident: ids["Robert"], Title: "Call Robert", Role: hearth.RoleLeasing}})
	})
	return ids["Bob"], ids["Robert"]
}
