package api

import (
	"strings"
	"testing"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
)

func TestVoiceOverTheAPI(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		b.telling()
		at := "/api/v1/properties/" + string(b.property) + "/voice"
		shipped, _ := b.api.Wording.Desk.Templates.Get("digest")
		own := strings.Replace(shipped.Text(), "Hello,", "{% if voice.greeting %}{{ voice.greeting }},{% else %}Hello,{% endif %} tenant.", 1)
		if own == shipped.Text() {
			t.Fatal("the shipped digest has changed: choose another line")
		}
		look := `{"resident":"R-1","channels":["email"],"facts":{"digest.notes":["One."]},"text":` + quoted(own) + `}`
		b.walk(t, []stop{
			{"nothing is said yet", "GET", at, "read", "", 200, "{}", "greeting"},
			{"then the template's own word holds", "POST", "/api/v1/templates/digest/preview", "read", look, 200, "Hello, tenant.", `"hints"`},
			{"reading is not writing", "PUT", at, "read", `{}`, 403, "", ""},
			{"two lines", "PUT", at, "admin", `{"greeting":{"en":"Good\nday"}}`, 422, "voice.greeting", ""},
			{"an empty word", "PUT", at, "admin", `{"avoid":[{"word":" "}]}`, 422, "voice.avoid[0]", ""},
			{"said", "PUT", at, "admin", `{"greeting":{"en":"Good day"},"grade_most":5,"avoid":[{"word":"tenant","instead":"resident"}],"large_print":true}`, 200, `"large_print":true`, ""},
			{"kept", "GET", at, "read", "", 200, `"Good day"`, ""},
			{"and said by a template, with a hint", "POST", "/api/v1/templates/digest/preview", "read", look, 200, "Good day, tenant.", "Hello, tenant."},
			{"the hint", "POST", "/api/v1/templates/digest/preview", "read", look, 200, "this house says “resident”", ""},
			{"a draft", "POST", at + "/check", "read", `{"text":"Dear tenant."}`, 200, `"kind":"word"`, ""},
			{"a plain draft", "POST", at + "/check", "read", `{"text":"We come on Tuesday."}`, 200, `"hints":[]`, ""},
			{"of no property", "GET", "/api/v1/properties/prp_none/voice", "read", "", 404, "", ""},
			{"taken back", "PUT", at, "admin", `{}`, 200, "{}", "greeting"},
		})
	})
}
