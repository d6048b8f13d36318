package api

import (
	"strings"
	"testing"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
)

func TestMoments(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		json := map[string]string{"Content-Type": "application/json"}
		here := "/api/v1/moments?property=" + string(b.property)
		for _, c := range []struct {
			name          string
			r             request
			status        int
			must, mustNot string
		}{
			{"as shipped", request{"GET", "/api/v1/moments", "read", nil, ""}, 200, `"name":"renewal","emotion":"high","frequency":"middle","impact":"high"`, ""},
			{"with the depth", request{"GET", "/api/v1/moments", "read", nil, ""}, 200, `"depth":"human","because":"Much feeling and much at stake`, ""},
			{"only an administrator edits", request{"PUT", "/api/v1/moments", "tasks:write", json, `{"moments":[]}`}, 403, "scope admin", ""},
			{"a level that is none", request{"PUT", "/api/v1/moments", "admin", json, `{"moments":[{"name":"micro","emotion":"huge","frequency":"low","impact":"low"}]}`}, 422, "emotion", "huge"},
			{"a name that is none", request{"PUT", "/api/v1/moments", "admin", json, `{"moments":[{"name":"Move In","emotion":"low","frequency":"low","impact":"low"}]}`}, 422, `moments[0].name`, ""},
			{"at a property that is none", request{"PUT", "/api/v1/moments?property=prp_x", "admin", json, `{"moments":[{"name":"micro","emotion":"low","frequency":"low","impact":"low"}]}`}, 404, "", ""},
			{"at one property", request{"PUT", here, "admin", json, `{"moments":[{"name":"micro","emotion":"high","frequency":"low","impact":"high"}]}`}, 200, `"depth":"human"`, ""},
			{"it is so there", request{"GET", here, "read", nil, ""}, 200, `"name":"micro","emotion":"high"`, `"name":"micro","emotion":"low"`},
			{"and not elsewhere", request{"GET", "/api/v1/moments", "read", nil, ""}, 200, `"name":"micro","emotion":"low"`, `"name":"micro","emotion":"high"`},
			{"a new one for all", request{"PUT", "/api/v1/moments", "admin", json, `{"moments":[{"name":"picnic","emotion":"low","frequency":"low","impact":"low"}]}`}, 200, `"name":"picnic"`, ""},
		} {
			rec := b.do(c.r)
			if rec.Code != c.status || !strings.Contains(rec.Body.String(), c.must) || c.mustNot != "" && strings.Contains(rec.Body.String(), c.mustNot) {
				t.Errorf("%s: %d %s", c.name, rec.Code, rec.Body)
			}
		}
	})
}
