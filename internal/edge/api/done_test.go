package api

import (
	"context"
	"math/rand/v2"
	"strings"
	"testing"

	"hearth"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
)

// A program says who of the team did a task; what it told once stays.
func TestDoneSaysWho(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		var mia hearth.StaffID
		b.write(func(ctx context.Context, tx *db.Tx) error {
			records := record.New(b.api.Log, rand.NewChaCha8([32]byte{3}))
			for name, role := range map[string]hearth.Role{"Mia Berg": hearth.RoleLeasing, "Tom Ash": hearth.RoleTechnician} {
				m, _, err := records.PutStaff(ctx, tx, record.News{}, record.Staff{Name: name, Roles: []record.StaffRole{{Property: b.property, Role: role}}})
				if err != nil {
					return err
				}
				if name == "Mia Berg" {
					mia = m.ID
				}
			}
			return b.api.Tasks.Insert(ctx, tx, []task.Task{{ID: "tsk_talk", Part: eventlog.PartOf(b.property), Property: b.property, Resident: b.ana,
				Title: "Call Ana", Role: hearth.RoleLeasing, Asks: []task.Ask{{Fact: "contact", Question: "How?", Kind: "contact"}}}})
		})
		for _, c := range []struct {
			name, body string
			status     int
			must       string
		}{
			{"a contact of nobody", `{"facts":{"contact":"call"}}`, 422, `"field":"by"`},
			{"by nobody known", `{"facts":{"contact":"call"},"by":"nosuchstaff"}`, 422, `"field":"by"`},
			{"by somebody without the role", `{"facts":{"contact":"call"},"by":"Tom Ash"}`, 403, `"code":"forbidden"`},
			{"a fact nobody asked for", `{"facts":{"contact":"call","bogus":"1"},"by":"Mia Berg"}`, 422, `"field":"bogus"`},
			{"by somebody", `{"facts":{"contact":"call"},"by":"mia berg"}`, 200, `"closed_by":"staff/` + string(mia)},
			{"the same again", `{"facts":{"contact":"call"},"by":"mia berg"}`, 200, `"contact":"call"`},
			{"something else", `{"facts":{"contact":"visit"}}`, 409, "was done by Mia Berg on 2 March 2026, "},
		} {
			rec := b.do(request{"POST", "/api/v1/tasks/tsk_talk/done", "tasks:write", map[string]string{"Content-Type": "application/json"}, c.body})
			if rec.Code != c.status || !strings.Contains(rec.Body.String(), c.must) {
				t.Errorf("%s: %d %s, want %d with %s", c.name, rec.Code, rec.Body, c.status, c.must)
			}
		}
		b.write(func(ctx context.Context, tx *db.Tx) error {
			evs, err := b.api.Log.Read(ctx, tx, eventlog.PartOf(b.property), 0, 1000)
			var told []string
			for _, ev := range evs {
				if ev.Type == "contact.personal" {
					told = append(told, string(ev.Data))
				}
			}
			if len(told) != 1 || !strings.Contains(told[0], `"staff":"`+string(mia)+`"`) {
				t.Errorf("contacts %v", told)
			}
			return err
		})
	})
}
