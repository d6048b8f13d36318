package desk_test

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"

	"hearth"
	"hearth/internal/decide/desk"
	"hearth/internal/decide/playbook"
	"hearth/internal/fact/eventlog"
)

// The moments that the shipped library covers at least, with the playbooks that cover each.
func covered() map[string][]string {
	return map[string][]string{
		"before move-in":                 {"before-move-in", "move-in"},
		"day one":                        {"day-one", "move-in"},
		"first week by behaviour":        {"first-week", "move-in"},
		"first service interaction":      {"first-service"},
		"first ninety days":              {"first-ninety-days"},
		"repeat issue":                   {"repeat-issue", "repeat-issue-third"},
		"pest":                           {"pest"},
		"long wait":                      {"long-wait"},
		"broken promise":                 {"broken-promise"},
		"resolved-properly check":        {"resolved-properly"},
		"engagement drop":                {"engagement-drop"},
		"tone shift":                     {"tone-shift"},
		"several issues in a short time": {"several-issues"},
		"quiet resident":                 {"quiet-resident"},
		"renewal from 180 days by risk":  {"renewal-early", "renewal-window"},
		"notice given":                   {"notice-given"},
		"move-out":                       {"move-out"},
		"package":                        {"package-waiting", "package-forgotten"},
		"amenity":                        {"amenity-visit", "amenity-called-off"},
		"weather or outage notice":       {"outage-notice", "outage-over"},
		"review follow-up":               {"review-follow-up"},
		"welfare check":                  {"welfare-check", "welfare-afterwards"},
		"arrears with coordinator":       {"arrears-coordinator"},
	}
}

func TestTheLibraryCoversWhatItShould(t *testing.T) {
	defs := definitions(t)
	named := map[string]bool{}
	for what, ids := range covered() {
		for _, id := range ids {
			if named[id] = true; defs[id] == nil {
				t.Errorf("%s: there is no playbook %s", what, id)
			}
		}
	}
	for id := range defs {
		if !named[id] {
			t.Errorf("nothing says what %s is for; name it in covered()", id)
		}
	}
	if len(defs) < 21 {
		t.Errorf("there are %d playbooks, want at least 21", len(defs))
	}
}

// A run must not go on with somebody who has left, so that every playbook for people ends with a move-out.
func TestEveryShippedPlaybookIsWhole(t *testing.T) {
	moments := playbook.ShippedMap()
	for id, d := range definitions(t) {
		if d.Goal == nil {
			t.Errorf("%s has no goal", id)
		}
		if warnings, err := moments.Check(d); err != nil || len(warnings) > 0 {
			t.Errorf("%s does not fit the map of moments: %v %v", id, warnings, err)
		}
		out := slices.ContainsFunc(d.Exits, func(x playbook.Exit) bool { return x.On == "lease.moved_out" })
		if !out && d.For != "property" {
			t.Errorf("%s goes on after a move-out", id)
		}
		if d.Limits.AtOnce == 0 && d.Trigger.Standing() {
			t.Errorf("%s has no limit to how many run at once", id)
		}
		if strings.ContainsAny(d.Why+d.Title, "{}[]!") {
			t.Errorf("%s: the reason is not plain: %s", id, d.Why)
		}
		walk(d.Steps, func(s playbook.Step) { taskIsWhole(t, id, s) })
	}
}

// taskIsWhole wants an owner, somebody behind them, and a question worth asking.
func taskIsWhole(t *testing.T, id string, s playbook.Step) {
	t.Helper()
	if s.Task == nil {
		return
	}
	k := s.Task
	// The four first playbooks let one task lie without somebody behind it.
	if len(k.Escalate) == 0 && k.Role != hearth.RoleManager {
		t.Errorf("%s: nobody hears of %q when it is late", id, k.Title)
	}
	for _, r := range k.Escalate {
		if r.Role == k.Role {
			t.Errorf("%s: %q is passed on to the role that let it lie", id, k.Title)
		}
	}
	if len(k.Asks) == 0 {
		t.Errorf("%s: %q asks nothing when it is done", id, k.Title)
	}
}

// What a resident may hear by itself is of a class that may be capped, or that they need at any time; what a run tells
// about money is nothing.
func TestWhatShippedPlaybooksMaySay(t *testing.T) {
	templates, err := desk.Load(desk.Shipped())
	if err != nil {
		t.Fatal(err)
	}
	// What answers a word about messages themselves is no playbook's (desk/texting).
	used := map[string]bool{"digest": true, "consent-stop": true, "consent-start": true, "consent-start-mail": true, "consent-help": true}
	for id, d := range definitions(t) {
		walk(d.Steps, func(s playbook.Step) {
			switch {
			case s.Send != nil:
				used[s.Send.Template] = true
				if s.Send.Class == hearth.ClassPromotion || s.Send.Class == hearth.ClassLegal {
					t.Errorf("%s sends %s as %s; the library sells nothing and serves no notices", id, s.Send.Template, s.Send.Class)
				}
			case s.Survey != nil:
				used[s.Survey.Template] = true
			case s.Task != nil && s.Task.Draft != "":
				used[s.Task.Draft] = true
			}
		})
	}
	for _, id := range templates.IDs() {
		if !used[id] {
			t.Errorf("no shipped playbook uses the template %s", id)
		}
	}
}

func TestThePageOfTheLibraryIsUpToDate(t *testing.T) {
	var texts [][]byte
	for _, f := range library(t) {
		texts = append(texts, f.Text)
	}
	var b bytes.Buffer
	if err := playbook.WriteLibrary(&b, texts); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../../../docs/library.md")
	if err != nil || string(page) != b.String() {
		t.Errorf("docs/library.md is not what the files say (%v); run: go run ./internal/app/gen", err)
	}
	for _, f := range library(t) {
		if !strings.Contains(b.String(), "\n## "+f.ID+"\n") {
			t.Errorf("the page lacks %s", f.ID)
		}
	}
}

func TestWhatWaitsForOtherProgramsIsSaid(t *testing.T) {
	want := map[string]hearth.EventType{"package-waiting": "package.arrived", "amenity-visit": "amenity.booked", "outage-notice": "outage.announced",
		"review-follow-up": "review.posted", "welfare-check": "welfare.concern",
		"package-forgotten": "package.arrived", "amenity-called-off": "amenity.cancelled", "outage-over": "outage.ended", "welfare-afterwards": "welfare.concern",
		"renewal-early": "risk.changed", "broken-promise": "promise.missed"}
	for id, d := range definitions(t) {
		on := d.Trigger.Event()
		if waits := eventlog.Awaited(on); waits != (want[id] != "") || waits && on != want[id] {
			t.Errorf("%s starts on %q, which waits for another program: %v; want %q", id, on, waits, want[id])
		}
	}
}
