package web

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/task"
	"hearth/internal/base/page/ui"
	"hearth/internal/fact/decision"
	"hearth/internal/fact/record"
)

// sample is a community with one of everything.
func sample() glance {
	now := time.Date(2026, 11, 21, 17, 0, 0, 0, time.UTC) // 11:00 in Chicago
	ana := record.Contact{Resident: record.Resident{ID: "res_a", Property: "prp_a", First: "Ana", Last: "Ruiz"}, UnitLabel: "4B"}
	return glance{
		now:        now,
		properties: []record.Property{{ID: "prp_a", Name: "Oak Court", Zone: "America/Chicago", ZoneHow: "found from the zip code", ZoneConfirmed: true}},
		tasks: []task.Task{
			{ID: "tsk_a", Property: "prp_a", Resident: "res_a", Title: "Call Ana about the renewal", Why: "Her lease ends in 118 days.",
				Owner: "stf_a", DueAt: now.Add(-time.Hour), Role: hearth.RoleLeasing, Checklist: []string{"Look at the last repairs"},
				Context: task.Context{Facts: []task.Fact{{Name: "repairs this year", Value: "3"}}, History: []string{"19 Nov: tap repaired"}, Said: []string{"a welcome note"}},
				Asks:    []task.Ask{{Fact: "intent", Question: "What does she plan?"}}, Draft: "Hello Ana, …"},
			{ID: "tsk_b", Property: "prp_a", Title: "Settle an import question", Why: "A row is unclear.", DueAt: now.Add(time.Hour), Role: hearth.RoleManager},
		},
		decisions: []decision.Decision{{ID: "dec_a", Resident: "res_a", Property: "prp_a", At: now.Add(-2 * time.Hour), Stage: "trigger", Outcome: "started",
			Reason: "The lease ends within 120 days.", Playbook: "renewal-window", Facts: map[string]any{"lease.days_to_end": 118.0}}},
		messages: []message.Message{
			{ID: "msg_a", Property: "prp_a", Resident: "res_a", Direction: message.Out, State: message.Held, Subject: "Your home next year",
				Body: "Dear Ana", Class: hearth.ClassRelation, Reason: "Held until tomorrow 08:00: quiet hours.", At: now},
			{ID: "msg_b", Property: "prp_a", Resident: "res_a", Direction: message.In, State: message.Received, Body: "The tap drips <again>", At: now},
		},
		events: []*hearth.Event{{Type: "workorder.opened", Residents: []hearth.ResidentID{"res_a"}, Property: "prp_a", Source: "yardi/oak",
			Time: now.Add(-26 * time.Hour), Data: []byte(`{"description":"The tap drips"}`)}},
		people:     map[hearth.ResidentID]record.Contact{"res_a": ana},
		staff:      map[hearth.StaffID]string{"stf_a": "Sam Okoro"},
		running:    7,
		switchedOn: 4,
		titles:     map[hearth.PlaybookID]string{"renewal-window": "Renewal window"},
	}
}

func draw(t *testing.T, g glance) string {
	t.Helper()
	var b strings.Builder
	if err := happenedPage(ui.Frame{Title: "What happened"}, g.today()).Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWhatIsProposedStandsOnTop(t *testing.T) {
	g := sample()
	if page := draw(t, g); strings.Contains(page, "hearth heard list") || strings.Contains(page, "hearth identity list") {
		t.Error("nothing is proposed, and it says so")
	}
	g.proposed = Proposed{People: 1, Heard: 3}
	page := draw(t, g)
	for _, must := range []string{"Residents said 3 things worth remembering", "hearth heard list", "1 pair of residents may be one person.", "hearth identity list"} {
		if !strings.Contains(page, must) {
			t.Errorf("%q is not said", must)
		}
	}
}

func TestTodayPage(t *testing.T) {
	parked := sample()
	parked.waiting, parked.parked = 1, []Parked{{Source: "crm", Type: "lease.notice_given", Subject: "resident/t9", Since: parked.now, Refused: true}}
	given := sample()
	given.tasks, given.running, given.switchedOn = given.tasks[1:], 1, 1
	given.decisions[0].Outcome, given.decisions[0].Reason = "given to the queue for the property manager", "Nobody is free."
	several := sample()
	several.properties = append(several.properties, record.Property{ID: "prp_b", Name: "Elm House", Zone: "Europe/Paris", ZoneHow: "assumed: the default is used"})
	for _, tt := range []struct {
		name          string
		g             glance
		must, mustNot []string
	}{
		{"full", sample(), []string{
			"<h1>What happened</h1>", "Saturday 21 November, 11:00 at Oak Court.", "2 tasks wait for a person", "1 of them is past its time",
			"7 runs of playbooks under way", "4 playbooks switched on", "Ana Ruiz", "Home 4B", "Call Ana about the renewal", "Her lease ends in 118 days.", "Sam Okoro has it.", ">late<",
			"In the queue for: property manager.", ">today<", "repairs this year", "19 Nov: tap repaired", "a welcome note", "What does she plan?", "Hello Ana",
			"The lease ends within 120 days.", "Renewal window", "Lease days to end", `<dd dir="auto">118</dd>`, "Held until tomorrow 08:00: quiet hours.", ">held<",
			"Class: relation", "The tap drips &lt;again&gt;", "What they wrote", "asked for a repair:", "yesterday 09:00", "from yardi/oak",
		}, []string{"Waiting for their subject", "<again>", "assumption", "Nothing needs a person", "No messages yet", "tenant", "!</p>", "property_manager"}},
		{"nothing yet", glance{now: time.UnixMilli(0)}, []string{
			"No community is known yet", "Nothing needs a person now", "Nothing was decided yet", "No messages yet", "Nothing came in yet",
		}, []string{". What came in"}},
		{"one task, given to somebody", given, []string{"1 task waits for a person", "0 of them are past their time",
			"1 run of a playbook under way", "1 playbook switched on", ">given<", "Given to the queue for the property manager. Nobody is free."},
			[]string{">given to"}},
		{"a parked event", parked, []string{"1 event came in about", "resident/t9", "Lease notice given", ">refused<", "from crm"}, []string{"1 events"}},
		{"several communities", several, []string{
			"2 communities", "Home 4B, Oak Court", "The time zone of Elm House, Europe/Paris, is an assumption (the default is used). Nothing real is sent there until an import with --zone says which it is.",
		}, []string{"The time zone of Oak Court"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out := draw(t, tt.g)
			text := regexp.MustCompile(`<[^>]*>`).ReplaceAllString(out, "")
			for _, must := range tt.must {
				if !strings.Contains(out, must) && !strings.Contains(text, must) {
					t.Errorf("%q is missing", must)
				}
			}
			for _, mustNot := range tt.mustNot {
				if strings.Contains(out, mustNot) {
					t.Errorf("%q is there", mustNot)
				}
			}
			if regexp.MustCompile(`(src|href)="[a-z]*:?//|<script>`).MatchString(out) {
				t.Error("the page loads something from elsewhere, or holds a script")
			}
		})
	}
}

// A page with hundreds of tasks shows the first ones and says how many there are.
func TestTodayIsBounded(t *testing.T) {
	g := sample()
	one := g.tasks[0]
	g.tasks = nil
	for range countedTasks {
		g.tasks = append(g.tasks, one)
	}
	got := g.today()
	if len(got.Tasks) != shownTasks || got.Figures[0].Number != "200+" {
		t.Errorf("%d tasks are shown and %q counted, want %d and 200+", len(got.Tasks), got.Figures[0].Number, shownTasks)
	}
}
