package api

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/fact/account"
	"hearth/internal/fact/decision"
)

const worry = `
id: worry
title: Somebody is worried
moment: micro
depth: human
why: Somebody should look after them.
trigger: {on: welfare.concern}
steps:
  - task: {title: "Look after them", why: "Somebody is worried.", role: service_coordinator, minutes: 10, due: 1 business day}
`

// That somebody is worried about a resident is told to those with the scope for it, and to nobody else: not by the timeline,
// not by decisions, not by asking why.
func TestThatSomebodyIsWorriedStaysClosed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		_, err := b.api.Engine.Activate(t.Context(), []byte(worry), 0)
		b.must(err)
		b.must(b.api.Engine.Drain(t.Context()))
		b.write(func(ctx context.Context, tx *db.Tx) (err error) {
			if b.tokens["sealed"], err = b.api.Accounts.CreateToken(ctx, tx, "sealed", []account.Scope{account.ScopeRead, account.ScopeReasons}); err != nil {
				return err
			}
			if _, err := b.api.Log.Append(ctx, tx, &hearth.Event{ID: "w1", Source: "test", Type: "welfare.concern", Subject: hearth.Subject{Kind: "resident", ID: string(b.ana)},
				Property: b.property, Residents: []hearth.ResidentID{b.ana}, Time: tx.Now(), Data: json.RawMessage(`{"raised_by":"neighbour"}`)}); err != nil {
				return err
			}
			return b.api.Decisions.Insert(ctx, tx, []decision.Decision{{ID: "dec_two", Resident: b.ana, Property: b.property, Stage: "trigger", Outcome: "started",
				Reason: "Somebody is worried about a resident, on 2026-03-02.", Facts: map[string]any{"raised_by": "neighbour"}, Playbook: "worry", Version: 1, Run: "run_worry", Object: "tsk_worry"}})
		})
		for _, c := range []struct {
			path           string
			status, opened int
			must           string // for those to whom it is closed
		}{
			{"/api/v1/residents/R-1/timeline", 200, 200, "resident.added"},
			{"/api/v1/residents/R-1/timeline?type=welfare.concern", 200, 200, `"items":[]`},
			{"/api/v1/decisions?resident=R-1", 200, 200, "Somebody cares for them."},
			{"/api/v1/decisions", 200, 200, "quiet hours"},
			{"/api/v1/decisions?playbook=worry", 403, 200, "situations:reason"},
			{"/api/v1/playbooks/worry/why?resident=R-1", 403, 200, "situations:reason"},
		} {
			for _, token := range []string{"read", "admin"} {
				rec := b.do(request{"GET", c.path, token, nil, ""})
				body := strings.ReplaceAll(rec.Body.String(), "playbooks/worry", "") // a problem names the address that was asked
				if rec.Code != c.status || !strings.Contains(body, c.must) {
					t.Errorf("%s for %s: %d %s, want %d with %q", c.path, token, rec.Code, body, c.status, c.must)
				}
				for _, word := range []string{"welfare", "worr", "neighbour", "run_worry", "tsk_worry"} {
					if strings.Contains(strings.ReplaceAll(body, "playbook=worry", ""), word) {
						t.Errorf("%s for %s says %q: %s", c.path, token, word, body)
					}
				}
			}
			if rec := b.do(request{"GET", c.path, "sealed", nil, ""}); rec.Code != c.opened || !strings.Contains(rec.Body.String(), "worr") && !strings.Contains(rec.Body.String(), "welfare.concern") {
				t.Errorf("%s for those to whom it is open: %d %s", c.path, rec.Code, rec.Body)
			}
		}
	})
}
