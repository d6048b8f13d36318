package api

import (
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/decide/desk"
)

// One contact of the outlook is held, let go, cancelled and taken back, by whoever may, with a reason.
func TestWordsAboutAContactOverTheAPI(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		b.telling()
		chicago, err := time.LoadLocation("America/Chicago")
		b.must(err)
		clock.Set(hearth.DayOf(clock.Now(), chicago).At(22*60, chicago)) // quiet hours
		b.said(desk.Intent{ID: "msg_night", Property: b.property, Resident: b.ana, Template: "service-closed",
			Facts: map[string]any{"event": map[string]any{"category": "plumbing", "resolution": "New washer."}}, Why: "The work was completed."})
		const at, other = "/api/v1/residents/R-1/outlook/msg_night/", "/api/v1/residents/R-2/outlook/msg_night/"
		b.walk(t, []stop{
			{"the outlook names it", "GET", "/api/v1/residents/R-1/upcoming", "read", "", 200, `"id":"msg_night"`, ""},
			{"reading is not holding", "POST", at + "hold", "read", `{"reason":"x"}`, 403, "", ""},
			{"not without a reason", "POST", at + "hold", "anna", `{"reason":" "}`, 422, "reason", ""},
			{"of another resident", "POST", other + "cancel", "anna", `{"reason":"x"}`, 404, "", ""},
			{"what is not planned", "POST", "/api/v1/residents/R-1/outlook/pln_none/cancel", "anna", `{"reason":"x"}`, 404, "is planned", ""},
			{"nothing to take back", "POST", at + "resume", "anna", `{"reason":"x"}`, 409, "Nobody holds", ""},
			{"nor of what is planned", "POST", "/api/v1/residents/R-1/outlook/pln_none/resume", "anna", `{"reason":"x"}`, 409, "", ""},
			{"held too long", "POST", at + "hold", "anna", `{"reason":"x","until":"2099-01-01T00:00:00Z"}`, 422, "until", ""},
			{"held", "POST", at + "hold", "anna", `{"reason":"She is at a funeral"}`, 200, "", ""},
			{"with its reason", "GET", "/api/v1/units/4B/silence", "read", "", 200, "She is at a funeral.", ""},
			{"let go", "POST", at + "resume", "anna", `{"reason":"She is back"}`, 200, "New washer.", ""},
			{"cancelled", "POST", at + "cancel", "anna", `{"reason":"Told her at the door"}`, 200, "", "New washer."},
			{"and said after all", "POST", at + "resume", "anna", `{"reason":"It was her sister"}`, 200, "New washer.", ""},
			{"once", "POST", at + "resume", "anna", `{"reason":"x"}`, 409, "", ""},
		})
	})
}
