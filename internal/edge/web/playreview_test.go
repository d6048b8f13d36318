package web

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"hearth"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/decide/playbook"
	"hearth/internal/fact/record"
)

// Where a property asks for it, who wrote a draft is not who switches it on.
func TestASecondPersonSwitchesOn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		playsOf(t, b)
		const at = "/playbooks/mine"
		b.walk(t, []walk{
			{path: "/playbooks/new", form: url.Values{"how": {"copy"}, "copy": {"renew"}, "title": {"Mine"}}, code: 303},
			{path: at + "/start?draft=yes", must: []string{">Switch on<"}, never: []string{"wants a second person"}},
		})
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			all, err := b.web.Records.Properties(t.Context(), tx)
			if err != nil {
				return err
			}
			_, err = b.web.Records.ChangeSettings(t.Context(), tx, hearth.System("test"), all[0].ID, "", []record.SettingChange{{Name: "playbook_review", Value: json.RawMessage("true")}})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		form := url.Values{"draft": {"yes"}, "text": {playbook.Digest([]byte(b.draft(t, "mine")))}, "back": {at}}
		b.walk(t, []walk{
			{path: at + "/start?draft=yes", must: []string{"wants a second person to look at it"}, never: []string{">Switch on<"}},
			{path: at + "/start", form: form, code: 303, must: []string{"wants a second person"}},
		})
		text := b.draft(t, "mine")
		put := func(who string, begin bool) {
			t.Helper()
			err := d.Write(t.Context(), func(tx *db.Tx) error {
				if begin {
					if err := playbook.DropDraft(t.Context(), tx, "mine"); err != nil {
						return err
					}
				}
				return playbook.PutDraft(t.Context(), tx, hearth.Actor{Kind: "staff", ID: who}, "mine", text)
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		for range 120 { // more than revisions are kept
			put("stf_else", false) // a small change of somebody else makes nobody a second person for what they wrote before
		}
		b.walk(t, []walk{
			{path: at + "/start?draft=yes", must: []string{"You wrote in this draft", "wants a second person to look at it"}, never: []string{">Switch on<"}},
			{path: at + "/start", form: form, code: 303, must: []string{"wants a second person"}},
		})
		put("stf_else", true) // another draft, of which they wrote none
		b.walk(t, []walk{
			{path: at + "/start?draft=yes", must: []string{">Switch on<"}},
			{path: at + "/start", form: form, code: 303, must: []string{"is live"}},
		})
	})
}

// Each step says who carries it, and what that took of the team's time here.
func TestAStepSaysWhatItCosts(t *testing.T) {
	q := &request{}
	q.place.ID, q.place.Name = "prp_a", "Oak Court"
	line := func(kind, title, sends string, minutes int) playStep {
		l := playbook.Line{Number: 1, Kind: kind, Title: title, Sends: sends, Minutes: minutes}
		return playStep{Line: l, Depth: stepDepth(l)}
	}
	v := playView{Since: "in the last 30 days", Steps: []playStep{line("task", "Call", "", 15), line("task", "Write", "letter", 10), line("send", "", "note", 0), line("wait", "", "", 0)}}
	q.playCost(&v, map[string]task.Tally{"Call": {Given: 60}})
	var said []string
	for _, s := range v.Steps {
		said = append(said, s.Depth+"/"+s.Cost)
	}
	if got := strings.Join(said, ", "); got != "a person/3 h 30 a week, a person, with a draft/no time yet, by itself/, /" {
		t.Errorf("says %s", got)
	}
	if want := "It takes 3 h 30 a week of the team's time at Oak Court, by what it asked for in the last 30 days."; v.Cost != want {
		t.Errorf("says %q", v.Cost)
	}
}
