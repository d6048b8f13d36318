package api

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/base/rule"
	"hearth/internal/decide/assign"
	"hearth/internal/decide/desk"
	"hearth/internal/decide/playbook"
	"hearth/internal/decide/trigger"
	"hearth/internal/fact/account"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/eventlog"
	"hearth/internal/sense/signal"
)

// whole gives the bench an engine with a desk, and a token for reasons.
func (b *bench) whole() {
	b.Helper()
	templates, err := desk.Load(desk.Shipped())
	b.must(err)
	dk, err := desk.New(desk.Deps{Records: b.api.Records, Consent: consent.New(b.api.Log), Messages: b.api.Messages, Tasks: b.api.Tasks,
		Decisions: b.api.Decisions, Assign: assign.New(b.api.Records, b.api.Tasks), Templates: templates})
	b.must(err)
	env, err := rule.NewEnv(signal.Fields())
	b.must(err)
	compiler, err := playbook.NewCompiler(env, eventlog.Types(), nil)
	b.must(err)
	b.api.Engine = trigger.New(trigger.Deps{DB: b.db, Log: b.api.Log, Env: env, Compiler: compiler, Records: b.api.Records, Desk: dk,
		Tasks: b.api.Tasks, Decisions: b.api.Decisions, Logger: slog.New(slog.DiscardHandler)})
	b.write(func(ctx context.Context, tx *db.Tx) (err error) {
		b.tokens["sealed"], err = b.api.Accounts.CreateToken(ctx, tx, "sealed", []account.Scope{account.ScopeRead, account.ScopeReasons})
		return err
	})
}

func TestSituationsAreSealed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		b.whole()
		const reason = "Her mother died in Lisbon."
		head := map[string]string{"Content-Type": "application/json"}
		at := "/api/v1/residents/R-1/situations"
		until := hearth.DayOf(clock.Now(), time.UTC) + 20
		for _, c := range []struct {
			name, body string
			status     int
		}{
			{"no end", `{"kind":"bereavement"}`, 422},
			{"an end that is past", `{"kind":"bereavement","until":"2001-01-01"}`, 422},
			{"an end that is no day", `{"kind":"bereavement","until":"soon"}`, 422},
			{"no kind", `{"until":"2099-01-01"}`, 422},
			{"too long", `{"kind":"away","until":"2099-01-01"}`, 422},
		} {
			if rec := b.do(request{"POST", at, "tasks:write", head, c.body}); rec.Code != c.status {
				t.Errorf("%s: %d %s", c.name, rec.Code, rec.Body)
			}
		}
		rec := b.do(request{"POST", at, "tasks:write", head, `{"kind":"bereavement","until":"` + until.String() + `","reason":"` + reason + `"}`})
		if rec.Code != 200 {
			t.Fatalf("%d %s", rec.Code, rec.Body)
		}
		var made situationItem
		b.must(json.Unmarshal(rec.Body.Bytes(), &made))
		closed := func(name, body string) {
			for _, word := range []string{reason, "bereavement", "Lisbon"} {
				if strings.Contains(body, word) {
					t.Errorf("%s says %q: %s", name, word, body)
				}
			}
		}
		closed("the answer", rec.Body.String())
		for _, c := range []struct{ path, token string }{
			{at, "read"}, {at, "admin"}, {"/api/v1/residents/R-1", "read"}, {"/api/v1/residents/R-1", "admin"},
			{"/api/v1/residents/R-1/timeline", "admin"}, {"/api/v1/decisions", "admin"}, {"/api/v1/tasks", "admin"},
		} {
			rec := b.do(request{"GET", c.path, c.token, nil, ""})
			if rec.Code != 200 {
				t.Errorf("%s: %d", c.path, rec.Code)
			}
			closed(c.path+" for "+c.token, rec.Body.String())
		}
		if got := b.do(request{"GET", "/api/v1/residents/R-1", "read", nil, ""}).Body.String(); !strings.Contains(got, `"care":{"words":"Handle with care"`) {
			t.Errorf("the resident does not ask for care: %s", got)
		}
		open := b.do(request{"GET", at, "sealed", nil, ""}).Body.String()
		if !strings.Contains(open, reason) || !strings.Contains(open, "bereavement") {
			t.Errorf("with its scope the reason is %s", open)
		}
		var reads int64
		b.must(d.Read(t.Context(), func(tx *db.Tx) error {
			return tx.Row(t.Context(), "SELECT count(*) FROM situation_reads WHERE org = $1 AND actor LIKE 'token/%'", tx.Org()).Scan(&reads)
		}))
		if reads != 1 {
			t.Errorf("%d readings are on record, want one", reads)
		}
		if strings.Contains(b.log.String(), "Lisbon") || strings.Contains(b.log.String(), "bereavement") {
			t.Errorf("the log says it: %s", b.log)
		}
		for range 2 {
			if rec := b.do(request{"DELETE", at + "/" + made.ID, "tasks:write", nil, ""}); rec.Code != 200 || !strings.Contains(rec.Body.String(), `"ended"`) {
				t.Errorf("ending it: %d %s", rec.Code, rec.Body)
			}
		}
		if rec := b.do(request{"DELETE", "/api/v1/residents/R-2/situations/" + made.ID, "tasks:write", nil, ""}); rec.Code != 404 {
			t.Errorf("ending another's: %d %s", rec.Code, rec.Body)
		}
	})
}

func TestPauses(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		b.whole()
		head := map[string]string{"Content-Type": "application/json"}
		for _, c := range []struct {
			name, token, body string
			status            int
			must              string
		}{
			{"needs its scope", "tasks:write", `{"what":"everything","reason":"x"}`, 403, "scope admin"},
			{"without a reason", "admin", `{"what":"everything","reason":" "}`, 422, "reason"},
			{"a playbook nobody switched on", "admin", `{"what":"playbook","id":"nothing","reason":"x"}`, 404, "switched on"},
			{"a property that is none", "admin", `{"what":"property","id":"prp_x","reason":"x"}`, 404, ""},
			{"a channel that is none", "admin", `{"what":"channel","id":"fax","reason":"x"}`, 422, "channel"},
			{"everything with a target", "admin", `{"what":"everything","id":"x","reason":"x"}`, 422, "what"},
			{"a resident by a source's id", "admin", `{"what":"resident","id":"R-1","reason":"She asked for it."}`, 200, string(b.ana)},
			{"again", "admin", `{"what":"resident","id":"R-1","reason":"She asked for it."}`, 200, string(b.ana)},
			{"a channel", "admin", `{"what":"channel","id":"email","reason":"The provider is down.","until":"2099-01-01"}`, 200, `"until"`},
		} {
			rec := b.do(request{"POST", "/api/v1/pauses", c.token, head, c.body})
			if rec.Code != c.status || !strings.Contains(rec.Body.String(), c.must) {
				t.Errorf("%s: %d %s", c.name, rec.Code, rec.Body)
			}
		}
		var got struct{ Items []pauseItem }
		b.must(json.Unmarshal(b.do(request{"GET", "/api/v1/pauses", "read", nil, ""}).Body.Bytes(), &got))
		if len(got.Items) == 2 && got.Items[0].What == "channel" { // made in the same millisecond
			got.Items[0], got.Items[1] = got.Items[1], got.Items[0]
		}
		if len(got.Items) != 2 || got.Items[0].Target != string(b.ana) || got.Items[0].Reason != "She asked for it." {
			t.Fatalf("paused is %+v", got.Items)
		}
		for range 2 {
			if rec := b.do(request{"DELETE", "/api/v1/pauses/" + got.Items[0].ID, "admin", nil, ""}); rec.Code != 200 {
				t.Errorf("resuming: %d %s", rec.Code, rec.Body)
			}
		}
		if rec := b.do(request{"DELETE", "/api/v1/pauses/pau_x", "admin", nil, ""}); rec.Code != 404 {
			t.Errorf("resuming what is none: %d", rec.Code)
		}
		if rec := b.do(request{"GET", "/api/v1/reviews", "read", nil, ""}); rec.Code != 200 || !strings.Contains(rec.Body.String(), `"items":[]`) {
			t.Errorf("reviews: %d %s", rec.Code, rec.Body)
		}
		if rec := b.do(request{"POST", "/api/v1/reviews/rev_x/settle", "tasks:write", head, `{"how":"go"}`}); rec.Code != 404 {
			t.Errorf("settling what is none: %d %s", rec.Code, rec.Body)
		}
	})
}
