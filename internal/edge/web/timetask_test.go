package web

import (
	"context"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/fact/account"
	"hearth/internal/fact/record"
)

// The timeline says which task was done, to whoever may read the names in its title or had it themselves, and of a closed playbook to nobody else.
func TestTheTimelineNamesTheTask(t *testing.T) {
	h := newHouse(t, func(d *Deps) {
		d.Library = map[hearth.PlaybookID][]byte{"worried": []byte(worriedTest)}
	})
	const title, mine, hushed = "Ring Ana Ruiz (4B) about the tap", "Look at the tap of Ana Ruiz", "Speak about the worry of Ana"
	put := func(id hearth.TaskID, title string, owner hearth.StaffID, by hearth.PlaybookID) {
		h.write(func(ctx context.Context, tx *db.Tx) error {
			err := h.web.Tasks.Insert(ctx, tx, []task.Task{{ID: id, Property: h.oak, Resident: h.ana, Title: title, Why: "It was asked for.", Role: hearth.RoleManager, Owner: owner, DueAt: tx.Now(), Playbook: by}})
			if err != nil {
				return err
			}
			_, err = h.web.Log.Append(ctx, tx, &hearth.Event{ID: "evt_" + string(id), Source: "test", Type: "task.done", Subject: hearth.Subject{Kind: "resident", ID: string(h.ana)}, Residents: []hearth.ResidentID{h.ana}, Property: h.oak, Time: tx.Now(),
				Data: []byte(`{"task":"` + string(id) + `","kind":"call","facts":{}}`), Actor: hearth.System("test")})
			return err
		})
	}
	put("tsk_ring", title, "", "")
	put("tsk_look", mine, h.staff[hearth.RoleTechnician], "")
	put("tsk_worry", hushed, "", "worried")
	policy := account.NewPolicy()
	shown, hidden := 0, 0
	for _, role := range hearth.Roles() {
		v := policy.StaffViewer(record.Staff{Roles: []record.StaffRole{{Property: h.oak, Role: role}}}, account.Session{}, time.Time{})
		rec := h.ask("GET", "/residents/"+string(h.ana), nil, map[string]string{"hearth": h.session(role)})
		if rec.Code != 200 {
			continue // the role opens no resident
		}
		whole, own := v.Sees(account.FieldName, h.oak) == account.SeesAll && v.May(account.TodayRead, h.oak), role == hearth.RoleTechnician
		if whole {
			shown++
		} else {
			hidden++
		}
		not := map[bool]string{true: "", false: "!"}
		musts(t, string(role), rec.Body.String(), "A task was done", not[whole]+title, not[whole || own]+mine, not[v.May(rightReasons, h.oak)]+hushed)
	}
	if shown < 2 || hidden < 1 {
		t.Errorf("%d roles were told and %d were not: too few to say anything", shown, hidden)
	}
}
