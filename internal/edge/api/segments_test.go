package api

import (
	"strings"
	"testing"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
)

func TestSegments(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		json := map[string]string{"Content-Type": "application/json"}
		put := func(token, body string) request { return request{"PUT", "/api/v1/segments/busy", token, json, body} }
		for _, c := range []struct {
			name          string
			r             request
			status        int
			must, mustNot string
		}{
			{"as shipped", request{"GET", "/api/v1/segments?property=" + string(b.property), "read", nil, ""}, 200, `"id":"waits_long","title":"Waits long"`, "busy"},
			{"at a property that is none", request{"GET", "/api/v1/segments?property=prp_x", "read", nil, ""}, 404, "", ""},
			{"only an administrator edits", put("read", `{"title":"Busy","if":"service.open > 1"}`), 403, "scope admin", ""},
			{"by what somebody is", put("admin", `{"title":"Busy","if":"resident.language == \"es\""}`), 422, "fair-housing", ""},
			{"by a mistyped signal", put("admin", `{"title":"Busy","if":"service.opne > 1"}`), 422, "Did you mean", ""},
			{"made", put("admin", `{"title":"Busy","if":"service.open > 1 || segment.waits_long"}`), 200, `"id":"busy","version":1,"changed":true,"playbooks":[]`, ""},
			{"the same again", put("admin", `{"title":"Busy","if":"service.open > 1 || segment.waits_long"}`), 200, `"version":1,"changed":false`, ""},
			{"listed", request{"GET", "/api/v1/segments", "read", nil, ""}, 200, `"if":"service.open > 1 || segment.waits_long","version":1`, ""},
			{"nobody is in it", request{"GET", "/api/v1/segments/busy/residents", "read", nil, ""}, 200, `"items":[]`, ""},
			{"nobody knows it", request{"GET", "/api/v1/segments/bussy/residents", "read", nil, ""}, 404, "Did you mean busy", ""},
			{"one that is named stays", request{"DELETE", "/api/v1/segments/waits_long", "admin", nil, ""}, 409, "comes with Hearth", ""},
			{"removed", request{"DELETE", "/api/v1/segments/busy", "admin", nil, ""}, 200, `"id":"busy"`, ""},
			{"gone", request{"DELETE", "/api/v1/segments/busy", "admin", nil, ""}, 404, "There is no segment", ""},
		} {
			rec := b.do(c.r)
			if rec.Code != c.status || !strings.Contains(rec.Body.String(), c.must) || c.mustNot != "" && strings.Contains(rec.Body.String(), c.mustNot) {
				t.Errorf("%s: %d %s", c.name, rec.Code, rec.Body)
			}
		}
	})
}
