package api

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
)

func TestQuality(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		const path = "/api/v1/quality"
		for _, c := range []struct {
			name, path, scope string
			status            int
			must              string
		}{
			{"without a property", path, "read", 422, "property"},
			{"of nobody's property", path + "?property=prp_none", "read", 404, "property"},
			{"without the right", path + "?property=" + string(b.property), "events:write", 403, "forbidden"},
			{"of Oak Court", path + "?property=" + string(b.property), "read", 200, `"fields":[`},
		} {
			rec := b.do(request{"GET", c.path, c.scope, nil, ""})
			if rec.Code != c.status || !strings.Contains(rec.Body.String(), c.must) {
				t.Errorf("%s: %d %s, want %d with %s", c.name, rec.Code, rec.Body, c.status, c.must)
			}
		}
		var rep struct {
			Fields []struct {
				Name     string
				Have, Of int
			}
			Findings []struct{ About, Name, Says string }
		}
		b.must(json.Unmarshal(b.do(request{"GET", path + "?property=" + string(b.property), "read", nil, ""}).Body.Bytes(), &rep))
		seen := false
		for _, f := range rep.Fields {
			seen = seen || strings.Contains(f.Name, "phone") && f.Have == 1 && f.Of == 2 // Ben has none
		}
		if !seen {
			t.Errorf("one of two has a telephone number; the report says %+v", rep.Fields)
		}
	})
}

// why takes a past time and says how the playbook stood then.
func TestWhyAtAPastTime(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		b.must(b.api.Engine.Drain(t.Context()))
		before := clock.Now().Add(time.Hour)
		clock.Advance(24 * time.Hour)
		_, err := b.api.Engine.Activate(t.Context(), []byte(quiet), 0)
		b.must(err)
		b.must(b.api.Engine.Drain(t.Context()))
		clock.Advance(time.Hour)
		path := "/api/v1/playbooks/quiet/why?resident=R-1"
		for _, c := range []struct {
			name, at string
			status   int
			must     string
		}{
			{"now", "", 200, `"version":1`},
			{"before it was switched on", before.UTC().Format(time.RFC3339), 200, `"version":0`},
			{"just now", clock.Now().UTC().Format(time.RFC3339), 200, `"version":1`},
			{"before anything was known", "2020-01-01T00:00:00Z", 404, "Nothing was known"},
			{"ahead", clock.Now().Add(time.Hour).UTC().Format(time.RFC3339), 422, "lies ahead"},
			{"no time", "yesterday", 422, "at"},
		} {
			at := path
			if c.at != "" {
				at += "&at=" + c.at
			}
			rec := b.do(request{"GET", at, "read", nil, ""})
			if rec.Code != c.status || !strings.Contains(rec.Body.String(), c.must) {
				t.Errorf("%s: %d %s, want %d with %s", c.name, rec.Code, rec.Body, c.status, c.must)
			}
		}
	})
}
