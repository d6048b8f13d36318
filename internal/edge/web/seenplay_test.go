package web

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/decide/playbook"
	"hearth/internal/fact/account"
	"hearth/internal/fact/decision"
	"hearth/internal/fact/record"
)

const behindTest = `id: behind
title: Behind with the rent
moment: arrears
depth: human
why: Help exists.
trigger: {when: "payments.arrears >= 50.0"}
steps:
  - task: {title: "Offer help", why: "So.", role: service_coordinator, minutes: 10, due: 2h}
exits:
  - {when: payments.arrears <= 0.0, because: Nothing is owed any more.}
`

// What a playbook that reads what is owed decided, and why, says as much as the figure: whoever does not see arrears finds it nowhere, and is
// told the same of it as of a playbook that is closed.
func TestPlaybooksAboutArrears(t *testing.T) {
	h := newHouse(t, func(d *Deps) {
		d.Engine = engineOf(t, *d)
		d.Library = map[hearth.PlaybookID][]byte{"behind": []byte(behindTest), "renew": []byte(renewTest)}
		d.Titles = map[hearth.PlaybookID]string{"behind": "Behind with the rent", "renew": "The lease comes to its end"}
	})
	if err := h.web.Engine.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := h.web.Engine.Activate(t.Context(), []byte(behindTest), 0); err != nil {
		t.Fatal(err)
	}
	const reason, fact, state, because = "They have owed since May.", "sixty-two and a half", "rent-fact", "Fell behind on the fifth."
	h.write(func(ctx context.Context, tx *db.Tx) error {
		r := &playbook.Run{ID: "run_a", Property: h.oak, Resident: h.ana, Playbook: "behind", Version: 1, StartKey: "a", State: playbook.RunActive, Started: tx.Now(), Facts: playbook.Facts{Because: because}, WakeAt: tx.Now().AddDate(0, 0, 3)}
		if err := playbook.SaveRuns(ctx, tx, []*playbook.Run{r}); err != nil {
			return err
		}
		return h.web.Decisions.Insert(ctx, tx, []decision.Decision{{ID: "dec_owed", Resident: h.ana, Property: h.oak, At: tx.Now(), Stage: "trigger", Outcome: "started", Reason: reason,
			Facts: map[string]any{state: fact}, Playbook: "behind", Version: 1}})
	})
	ana := string(h.ana)
	policy := account.NewPolicy()
	told, hidden := 0, 0
	for _, role := range hearth.Roles() {
		in := map[string]string{"hearth": h.session(role)}
		v := policy.StaffViewer(record.Staff{Roles: []record.StaffRole{{Property: h.oak, Role: role}}}, account.Session{}, h.clock.Now())
		may := v.Sees(account.FieldArrears, h.oak) == account.SeesAll
		shown := map[string]bool{}
		for _, path := range []string{"/happened", "/residents/" + ana, "/residents/" + ana + "?see=money", "/residents/" + ana + "/why", "/residents/" + ana + "/why?playbook=behind", "/playbooks/behind",
			"/playbooks/behind/why?resident=" + ana, "/playbooks/behind/start", "/playbooks/behind/simulate", "/insight/team"} {
			rec := h.ask("GET", path, nil, in)
			body := rec.Body.String()
			if rec.Code >= http.StatusInternalServerError {
				t.Errorf("%s as %s: %d", path, role, rec.Code)
			}
			for _, word := range []string{reason, fact, because, "payments.arrears is"} {
				shown[word] = shown[word] || strings.Contains(body, word)
				if strings.Contains(body, word) && !may {
					t.Errorf("%s as %s shows %q", path, role, word)
				}
			}
			if strings.Contains(path, "/why?") && rec.Code == http.StatusOK && !may {
				t.Errorf("%s as %s is answered", path, role)
			}
		}
		if !may {
			hidden++
			continue
		}
		told++
		for _, word := range []string{reason, fact, because} {
			if !shown[word] {
				t.Errorf("%s sees arrears and is told %q nowhere", role, word)
			}
		}
	}
	if told == 0 || hidden == 0 {
		t.Errorf("told to %d roles and hidden from %d", told, hidden)
	}
}
