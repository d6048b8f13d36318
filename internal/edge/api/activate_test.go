package api

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/decide/playbook"
	"hearth/internal/fact/record"
)

// An administrator looks at what switching a playbook on would do, does it, changes it and switches it off.
func TestActivateAndRetire(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		const on, off = "/api/v1/playbooks/quiet/activate", "/api/v1/playbooks/quiet/retire"
		body := func(fields map[string]any) string {
			out, err := json.Marshal(fields)
			b.must(err)
			return string(out)
		}
		other := strings.Replace(quiet, "Quiet resident", "Silent resident", 1)
		steps := []struct {
			name, path, scope, body string
			status                  int
			must, mustNot           string
		}{
			{"without the right", on, "tasks:write", "", 403, "forbidden", ""},
			{"nothing of this name", "/api/v1/playbooks/none/activate", "admin", "", 404, "shipped", ""},
			{"of another name", on, "admin", body(map[string]any{"text": strings.Replace(quiet, "id: quiet", "id: loud", 1)}), 422, "loud", ""},
			{"no playbook", on, "admin", body(map[string]any{"text": "id: quiet\nnonsense: true"}), 422, "nonsense", ""},
			{"too many", on, "admin", body(map[string]any{"include_a_day": 100001}), 422, "include_a_day", ""},
			{"looked at before what came in is decided", on, "admin", body(map[string]any{"dry_run": true}), 200, "was not decided yet", ""},
			{"looked at", on, "admin", body(map[string]any{"dry_run": true, "include_a_day": 1}), 200, `"version":1,"added":true,"dry_run":true,"inside":[{"id":"res_`, "was not decided"},
			{"off before it was on", off, "admin", "", 404, "ever switched on", ""},
			{"on", on, "admin", body(map[string]any{"include_a_day": 1}), 200, `"name":"Ana Ruiz","unit_label":"4B"`, "dry_run"},
			{"on again", on, "admin", "", 200, `"version":1,"added":false`, "last_on"},
			{"another text", on, "admin", body(map[string]any{"text": other}), 200, `"version":2,"added":true`, ""},
			{"off without the right", off, "tasks:write", "", 403, "forbidden", ""},
			{"off", off, "admin", "", 200, `"version":2,"changed":true,"runs":0`, ""},
			{"off again", off, "admin", "", 200, `"changed":false`, ""},
		}
		for _, c := range steps {
			if c.name == "looked at" {
				b.must(b.api.Engine.Drain(t.Context()))
			}
			rec := b.do(request{"POST", c.path, c.scope, map[string]string{"Content-Type": "application/json"}, c.body})
			if got := rec.Body.String(); rec.Code != c.status || !strings.Contains(got, c.must) || c.mustNot != "" && strings.Contains(got, c.mustNot) {
				t.Errorf("%s: %d %s, want %d with %s", c.name, rec.Code, got, c.status, c.must)
			}
		}
		rec := b.do(request{"GET", "/api/v1/playbooks", "read", nil, ""})
		if !strings.Contains(rec.Body.String(), `"title":"Silent resident","state":"retired","version":2`) {
			t.Errorf("the list says %s", rec.Body)
		}
	})
}

// Where a property asks for a second person, what the API switches on is shipped, or drafted by somebody else; looking at it is free.
func TestActivateWantsASecondPerson(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		other := strings.Replace(quiet, "Quiet resident", "Silent resident", 1)
		ask := func(text string, dry bool, status int, must string) {
			t.Helper()
			body, err := json.Marshal(map[string]any{"text": text, "dry_run": dry})
			b.must(err)
			rec := b.do(request{"POST", "/api/v1/playbooks/quiet/activate", "admin", map[string]string{"Content-Type": "application/json"}, string(body)})
			if rec.Code != status || !strings.Contains(rec.Body.String(), must) {
				t.Errorf("%d %s, want %d with %s", rec.Code, rec.Body, status, must)
			}
		}
		b.write(func(ctx context.Context, tx *db.Tx) error {
			all, err := b.api.Records.Properties(ctx, tx)
			if err != nil {
				return err
			}
			_, err = b.api.Records.ChangeSettings(ctx, tx, hearth.System("test"), all[0].ID, "", []record.SettingChange{{Name: "playbook_review", Value: json.RawMessage("true")}})
			return err
		})
		ask(other, true, 200, "dry_run")
		ask(other, false, 409, "second person")
		ask(quiet, false, 200, `"version":1`)
		b.write(func(ctx context.Context, tx *db.Tx) error {
			return playbook.PutDraft(ctx, tx, hearth.Actor{Kind: "staff", ID: "stf_bo"}, "quiet", other)
		})
		ask(strings.Replace(other, "Silent", "Loud", 1), false, 409, "second person")
		ask(other, false, 200, `"version":2`)
	})
}
