package api

import (
	"context"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/fact/record"
)

func TestPeople(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		json := map[string]string{"Content-Type": "application/json"}
		var mia record.Staff
		b.write(func(ctx context.Context, tx *db.Tx) (err error) {
			mia, _, err = b.api.Records.PutStaff(ctx, tx, record.News{Source: "test"}, record.Staff{Name: "Mia Berg", Email: "mia@example.com", MinutesADay: 15,
				Roles: []record.StaffRole{{Property: b.property, Role: hearth.RoleLeasing}}})
			if err != nil {
				return err
			}
			return b.api.Tasks.Insert(ctx, tx, []task.Task{{ID: "tsk_two", Property: b.property, Title: "Call", Role: hearth.RoleLeasing, Owner: mia.ID, Minutes: 20,
				DueAt: clock.Now().Add(2 * time.Hour)}})
		})
		away, oncall := "/api/v1/staff/"+string(mia.ID)+"/absences", "/api/v1/properties/"+string(b.property)+"/oncall"
		for _, c := range []struct {
			name          string
			r             request
			status        int
			must, mustNot string
		}{
			{"the team", request{"GET", "/api/v1/staff", "read", nil, ""}, 200, `"name":"Mia Berg"`, ""},
			{"days off", request{"POST", away, "tasks:write", json, `{"from":"2026-03-09","to":"2026-03-13","reason":"Hiking"}`}, 200, `"absences":[{"from":"2026-03-09","to":"2026-03-13","reason":"Hiking"}]`, ""},
			{"a shorter one from the same day", request{"POST", away, "tasks:write", json, `{"from":"2026-03-09","to":"2026-03-10"}`}, 200, `{"from":"2026-03-09","to":"2026-03-10"}`, "2026-03-13"},
			{"hours", request{"POST", away, "tasks:write", json, `{"from":"2026-03-04","from_time":"10:00","to_time":"12:00"}`}, 200, `"from_time":"10:00","to_time":"12:00"`, ""},
			{"hours of two days", request{"POST", away, "tasks:write", json, `{"from":"2026-03-04","to":"2026-03-05","from_time":"10:00","to_time":"12:00"}`}, 422, "lies on one day", ""},
			{"half of the hours", request{"POST", away, "tasks:write", json, `{"from":"2026-03-04","from_time":"10:00"}`}, 422, "give both", ""},
			{"backwards", request{"POST", away, "tasks:write", json, `{"from":"2026-03-04","to":"2026-03-03"}`}, 422, "ends on or after", ""},
			{"a reader may not", request{"POST", away, "read", json, `{"from":"2026-03-04"}`}, 403, "tasks:write", ""},
			{"of nobody", request{"POST", "/api/v1/staff/stf_x/absences", "tasks:write", json, `{"from":"2026-03-04"}`}, 404, "", ""},
			{"taken back", request{"DELETE", away + "/2026-03-04?from_time=10:00", "tasks:write", nil, ""}, 200, "2026-03-09", "10:00"},
			{"taken back twice", request{"DELETE", away + "/2026-03-04?from_time=10:00", "tasks:write", nil, ""}, 404, "has no absence", ""},
			{"a rota", request{"PUT", oncall, "tasks:write", json, `{"rota":[{"weekday":5,"from":"18:00","to":"08:00","staff":"mia@example.com"},{"date":"2026-03-07","from":"00:00","to":"24:00","staff":"Mia Berg"}]}`},
				200, `[{"date":"2026-03-07","from":"00:00","to":"24:00","staff":"` + string(mia.ID) + `"},{"weekday":5,"from":"18:00","to":"08:00"`, ""},
			{"of a stranger", request{"PUT", oncall, "tasks:write", json, `{"rota":[{"weekday":5,"from":"18:00","to":"08:00","staff":"Bo"}]}`}, 422, "rota[0].staff", ""},
			{"with day and date", request{"PUT", oncall, "tasks:write", json, `{"rota":[{"weekday":5,"date":"2026-03-07","from":"18:00","to":"08:00","staff":"Mia Berg"}]}`}, 422, "either a date or a weekday", ""},
			{"it stands as it was", request{"GET", oncall, "read", nil, ""}, 200, `"weekday":5`, ""},
			{"of a property that is none", request{"GET", "/api/v1/properties/prp_x/oncall", "read", nil, ""}, 404, "", ""},
			{"the load", request{"GET", "/api/v1/capacity?property=" + string(b.property), "read", nil, ""}, 200,
				`"name":"Mia Berg","roles":["leasing"],"days":[{"date":"2026-03-02","given":20,"minutes":15,"over":5},{"date":"2026-03-03","given":0,"minutes":15,"over":0}`, ""},
			{"a day off", request{"GET", "/api/v1/capacity?days=9&property=" + string(b.property), "read", nil, ""}, 200, `{"date":"2026-03-09","given":0,"minutes":0,"over":0,"away":"Away"}`, ""},
			{"the queue", request{"GET", "/api/v1/capacity?days=2&property=" + string(b.property), "read", nil, ""}, 200, `"queue":[{"role":"leasing","minutes":[20,0]}]`, ""},
			{"too many days", request{"GET", "/api/v1/capacity?days=93&property=" + string(b.property), "read", nil, ""}, 422, "days", ""},
			{"of no property", request{"GET", "/api/v1/capacity?property=prp_x", "read", nil, ""}, 404, "", ""},
		} {
			rec := b.do(c.r)
			if rec.Code != c.status || !strings.Contains(rec.Body.String(), c.must) || c.mustNot != "" && strings.Contains(rec.Body.String(), c.mustNot) {
				t.Errorf("%s: %d %s", c.name, rec.Code, rec.Body)
			}
		}
	})
}
