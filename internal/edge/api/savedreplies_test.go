package api

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
)

// A saved reply is given other words, gets its own back, is taken away and given back; each step is seen in the list.
func TestSavedRepliesOverTheAPI(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		b.withInbox()
		const all = "/api/v1/saved-replies"
		one := all + "/" + b.made("tasks:write", all, `{"title":"Lamp","body":"We come and look.","by":"Maria Sol"}`)
		other := all + "/" + b.made("tasks:write", all, `{"title":"Key","body":"The key is at the desk.","by":"Maria Sol"}`)
		rec := b.do(request{"PUT", one, "tasks:write", map[string]string{"Content-Type": "application/json"}, `{"title":"Lamps","body":"We come today.","by":"Maria Sol"}`})
		var changed savedItem
		if err := json.Unmarshal(rec.Body.Bytes(), &changed); err != nil || rec.Code != http.StatusOK || changed.Before == "" || changed.Body != "We come today." || !strings.HasPrefix(changed.By, "staff/") {
			t.Fatalf("changed: %d %s", rec.Code, rec.Body)
		}
		back := "/restore?before=" + changed.Before
		b.walk(t, []stop{
			{"the new words", "GET", all, "read", "", 200, "We come today.", "We come and look."},
			{"no title", "PUT", one, "tasks:write", `{"title":"","body":"x"}`, 422, "title", ""},
			{"the words of another", "POST", other + back, "tasks:write", "", 404, "", ""},
			{"no such words", "POST", one + "/restore?before=rpl_none", "tasks:write", "", 404, "", ""},
			{"without the right", "POST", one + back, "read", "", 403, "", ""},
			{"the words of before", "POST", one + back, "tasks:write", "", 200, "We come and look.", "We come today."},
			{"stand in the list", "GET", all, "read", "", 200, `"title":"Lamp"`, "Lamps"},
			{"taken away", "DELETE", one, "tasks:write", "", 200, `"title":"Lamp"`, ""},
			{"in no list", "GET", all, "read", "", 200, "The key is at the desk.", "We come and look."},
			{"given back", "POST", one + "/restore", "tasks:write", "", 200, "We come and look.", ""},
			{"in the list again", "GET", all, "read", "", 200, "We come and look.", ""},
		})
	})
}
