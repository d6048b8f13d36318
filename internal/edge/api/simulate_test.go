package api

import (
	"context"
	"strings"
	"testing"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/learn/trial"
)

func TestSimulate(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := newBench(t, d, clock)
	var asked Trial
	b.api.Simulate = func(_ context.Context, in Trial) (*trial.Report, error) {
		if asked = in; in.Playbook == "missing" {
			return nil, hearth.Errorf(hearth.CodeNotFound, "There is no playbook %q.", in.Playbook)
		}
		return &trial.Report{Playbook: "quiet", Title: "Somebody is quiet", Notes: []string{"A note."}}, nil
	}
	kind := map[string]string{"Content-Type": "application/json"}
	const path, days = "/api/v1/playbooks/simulate", `"from":"2026-03-01","to":"2026-03-31"`
	for _, c := range []struct {
		name   string
		r      request
		status int
		must   string
	}{
		{"by id", request{"POST", path, "admin", kind, `{"playbook":"quiet",` + days + `}`}, 200, `"title":"Somebody is quiet"`},
		{"by text, on a generated community", request{"POST", path, "admin", kind, `{"text":"id: quiet",` + days + `,"units":40,"seed":7}`}, 200, `"notes":["A note."]`},
		{"neither id nor text", request{"POST", path, "admin", kind, `{` + days + `}`}, 422, `"field":"playbook"`},
		{"both", request{"POST", path, "admin", kind, `{"playbook":"quiet","text":"id: quiet",` + days + `}`}, 422, `"field":"playbook"`},
		{"a day that is none", request{"POST", path, "admin", kind, `{"playbook":"quiet","from":"2026-02-30","to":"2026-03-31"}`}, 422, `"field":"from"`},
		{"too many days", request{"POST", path, "admin", kind, `{"playbook":"quiet","from":"2024-01-01","to":"2026-03-31"}`}, 422, "At most 400 days"},
		{"too many homes", request{"POST", path, "admin", kind, `{"playbook":"quiet",` + days + `,"units":501}`}, 422, `"field":"units"`},
		{"no such playbook", request{"POST", path, "admin", kind, `{"playbook":"missing",` + days + `}`}, 404, "There is no playbook"},
		{"without the scope", request{"POST", path, "read", kind, `{"playbook":"quiet",` + days + `}`}, 403, "scope admin"},
		{"nothing runs", request{"GET", path, "read", nil, ""}, 200, `{"running":false,"done":0}`},
	} {
		if rec := b.do(c.r); rec.Code != c.status || !strings.Contains(rec.Body.String(), c.must) {
			t.Errorf("%s: %d %s", c.name, rec.Code, rec.Body)
		}
		if c.name == "by text, on a generated community" && (string(asked.Text) != "id: quiet" || asked.Units != 40 || asked.Seed != 7 || asked.From.String() != "2026-03-01") {
			t.Errorf("%s: asked for %+v", c.name, asked)
		}
	}
}

// One simulation runs at a time: a second one is told to come back, and anybody can see how far the first is.
func TestOneSimulationAtATime(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		const path = "/api/v1/playbooks/simulate"
		ask := request{"POST", path, "admin", map[string]string{"Content-Type": "application/json"}, `{"playbook":"quiet","from":"2026-03-01","to":"2026-03-31"}`}
		calls := 0
		b.api.Simulate = func(_ context.Context, in Trial) (*trial.Report, error) {
			if calls++; calls > 1 {
				return &trial.Report{}, nil
			}
			in.Progress("Playing the days", 0.25)
			if rec := b.do(ask); rec.Code != 429 || rec.Header().Get("Retry-After") != "10" || !strings.Contains(rec.Body.String(), "one runs at a time") {
				t.Errorf("a second one meanwhile: %d %v %s", rec.Code, rec.Header(), rec.Body)
			}
			if rec := b.do(request{"GET", path, "read", nil, ""}); !strings.Contains(rec.Body.String(), `"running":true,"stage":"Playing the days","done":0.25`) {
				t.Errorf("how far it is: %s", rec.Body)
			}
			return &trial.Report{}, nil
		}
		for range 2 { // the turn is free again afterwards
			if rec := b.do(ask); rec.Code != 200 {
				t.Errorf("%d %s", rec.Code, rec.Body)
			}
		}
		if calls != 2 {
			t.Errorf("%d simulations ran", calls)
		}
	})
}
