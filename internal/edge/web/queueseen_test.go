package web

import (
	"context"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/decide/assign"
	"hearth/internal/fact/account"
	"hearth/internal/fact/record"
)

// What was gathered for a task tells nobody more of its resident than the policy does; whoever has the task sees what it is done with.
func TestATaskShowsWhatTheRoleSees(t *testing.T) {
	h := newHouse(t, nil)
	const last, door, past, said, draft = "Ruiz", "only when somebody is home", "Water under the sink", "a question by text message", "I come at nine"
	put := func(id hearth.TaskID, role hearth.Role, owner hearth.StaffID) {
		h.write(func(ctx context.Context, tx *db.Tx) error {
			return h.web.Tasks.Insert(ctx, tx, []task.Task{{ID: id, Property: h.oak, Resident: h.ana, Title: "Look again", Why: "It was asked for.", Role: role, Owner: owner, DueAt: tx.Now(), Draft: draft,
				Context: task.Context{Facts: []task.Fact{{Name: "Resident", Value: "Ana " + last + ", called Annie"}, {Name: "Here for", Value: "three years"}, {Name: "Coming in", Value: door}, {Name: "Animals", Value: "a dog"}},
					History: []string{past}, Said: []string{said}}}})
		})
	}
	put("tsk_known", hearth.RoleManager, h.staff[hearth.RoleManager])
	policy := account.NewPolicy()
	shown, hidden := 0, 0
	for _, role := range hearth.Roles() {
		v := policy.StaffViewer(record.Staff{Roles: []record.StaffRole{{Property: h.oak, Role: role}}}, account.Session{}, time.Time{})
		rec := h.ask("GET", "/?whose=all&open=tsk_known", nil, map[string]string{"hearth": h.session(role)})
		if rec.Code != 200 {
			continue // nothing of the kind is for the role
		}
		body := rec.Body.String()
		for words, field := range map[string]account.Field{last: account.FieldName, door: account.FieldEntry, "a dog": account.FieldEntry, past: account.FieldHistory, said: account.FieldMessages, draft: account.FieldMessages} {
			may := v.Sees(field, h.oak) == account.SeesAll
			if may {
				shown++
			} else {
				hidden++
			}
			musts(t, string(role), body, map[bool]string{true: "", false: "!"}[may]+words)
		}
		musts(t, string(role), body, "three years")
	}
	if shown < 8 || hidden < 12 {
		t.Errorf("%d shown, %d hidden: too few to say anything", shown, hidden)
	}
	put("tsk_mine", hearth.RoleTechnician, h.staff[hearth.RoleTechnician])
	body := h.ask("GET", "/?whose=all&open=tsk_mine", nil, map[string]string{"hearth": h.session(hearth.RoleTechnician)}).Body.String()
	musts(t, "their own job", body, "!"+last, door, "a dog", past, said, draft)
}

// Whoever is away finds under Mine what is theirs, and nothing that waits for somebody of their role.
func TestNothingNewIsForWhoIsAway(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := newBench(t, d, clock)
	dana := deskOf(t, b)
	b.web.Assign = assign.New(b.web.Records, b.web.Tasks)
	mine := func() string { return b.get(t, "/?whose=mine", "").Body.String() }
	musts(t, "there", mine(), "Order a very long thing", "Read the roof report")
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		today := hearth.DayOf(tx.Now(), time.UTC)
		_, err := b.web.Records.SetAbsence(t.Context(), tx, dana, record.Absence{From: today - 1, To: today + 3})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	musts(t, "away", mine(), "!Order a very long thing", "Read the roof report", "You are off today")
	musts(t, "whoever looks for it", b.get(t, "/?whose=nobody", "").Body.String(), "Order a very long thing")
}
