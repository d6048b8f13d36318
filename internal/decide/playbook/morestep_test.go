package playbook

import (
	"strings"
	"testing"

	"hearth"
	"hearth/internal/base/rule"
	"hearth/internal/fact/eventlog"
	"hearth/internal/sense/signal"
)

// fullCompiler is over all event types, with the templates first and second.
func fullCompiler(t *testing.T) *Compiler {
	t.Helper()
	env, err := rule.NewEnv(signal.Fields())
	if err != nil {
		t.Fatal(err)
	}
	c, err := NewCompiler(env, eventlog.Types(), func(id string) bool { return id == "survey-repair" || id == "movein-welcome" },
		"survey-repair", "movein-welcome")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const further = `
id: further
title: All further steps
depth: playbook
why: To see what they do.
trigger: {on: workorder.completed}
steps:
  - set: {round: 1, tried: false, way: "call", half: 0.5, open_then: {signal: service.open}}
  - id: ask
    survey: {question: repair, template: survey-repair, at_most: 5d}
  - branch:
      - if: run.waited == "timeout" && run.round == 1 && !run.tried && run.way == "call" && run.half < 1.0
        steps: [{set: {tried: true}}, {connect: {why: They did not answer.}}]
      - if: run.score <= 2.0
        steps: [{escalate: {role: property_manager, reason: They are not content.}}]
  - id: either
    wait: {events: [message.received, portal.visited], if: event.type == "portal.visited" || event.channel == "email", at_most: 2d}
  - branch:
      - if: run.event == "message.received" && run.open_then <= service.open
        steps: [{end: They wrote.}]
`

func event(t hearth.EventType, data string) *hearth.Event {
	return &hearth.Event{Type: t, Data: []byte(data), Time: epoch}
}

func TestASurveyWaitsForItsOwnAnswer(t *testing.T) {
	p, err := fullCompiler(t).Compile([]byte(further))
	if err != nil {
		t.Fatal(err)
	}
	r, v := start(p), stand(t, epoch, 100)
	wishes, err := p.Advance(r, v)
	if err != nil || len(wishes) != 1 || wishes[0].Send.Class != hearth.ClassService || wishes[0].Send.Purpose != "survey.repair" {
		t.Fatalf("got %+v, %v; want the question as a message of class service", wishes, err)
	}
	if !r.Awaits(SurveyAnswered) || p.Asked(r) != "repair" || !r.WakeAt.Equal(epoch.AddDate(0, 0, 5)) {
		t.Fatalf("it waits for %q (%s) until %s", r.WaitsFor, p.Asked(r), r.WakeAt)
	}
	if yes, err := p.Answers(r, event(SurveyAnswered, `{"question":"movein","score":5}`), v); yes || err != nil {
		t.Errorf("the answer to another question ends it (%v)", err)
	}
	answer := event(SurveyAnswered, `{"question":"repair","score":2,"text":"It drips."}`)
	if yes, err := p.Answers(r, answer, v); !yes || err != nil {
		t.Fatalf("its own answer does not end it (%v)", err)
	}
	r.Answer(answer)
	wishes, err = p.Advance(r, v)
	if err != nil || len(wishes) != 1 || wishes[0].Escalate == nil || wishes[0].Escalate.Role != hearth.RoleManager {
		t.Fatalf("after the answer 2 it wishes %+v, %v; want the manager", wishes, err)
	}
	if r.Facts.Vars["answer"] != "It drips." || r.Facts.Vars["score"] != 2.0 {
		t.Errorf("it remembers %v", r.Facts.Vars)
	}
}

func TestSetAndConnectAndAWaitForSeveral(t *testing.T) {
	p, err := fullCompiler(t).Compile([]byte(further))
	if err != nil {
		t.Fatal(err)
	}
	r, v := start(p), stand(t, epoch, 100)
	if _, err := p.Advance(r, v); err != nil {
		t.Fatal(err)
	}
	v.Now = r.WakeAt
	r.TimeOut()
	wishes, err := p.Advance(r, v)
	if err != nil || len(wishes) != 1 || wishes[0].Task == nil || wishes[0].Task.Title != "Get to know them" || !wishes[0].Task.Best {
		t.Fatalf("after the time-out it wishes %+v, %v; want a contact", wishes, err)
	}
	if r.Facts.Vars["tried"] != true {
		t.Errorf("it remembers %v", r.Facts.Vars)
	}
	for _, tt := range []struct {
		ev             *hearth.Event
		awaited, meant bool
	}{
		{event("portal.visited", `{}`), true, true},
		{event("message.received", `{"channel":"sms","text":"x"}`), true, false},
		{event("message.received", `{"channel":"email","text":"x"}`), true, true},
		{event("visit.recorded", `{"kind":"package"}`), false, true},
	} {
		meant, err := p.Answers(r, tt.ev, v)
		if r.Awaits(tt.ev.Type) != tt.awaited || meant != tt.meant && tt.awaited || err != nil {
			t.Errorf("%s %s: awaited %v, meant %v, %v", tt.ev.Type, tt.ev.Data, r.Awaits(tt.ev.Type), meant, err)
		}
	}
	r.Answer(event("message.received", `{"channel":"email","text":"x"}`))
	if _, err := p.Advance(r, v); err != nil || r.Ending != "They wrote." {
		t.Errorf("it ended with %q (%v), want the branch by run.event", r.Ending, err)
	}
}

func TestRepliesThatAnswerASurvey(t *testing.T) {
	tests := []struct {
		words string
		score int
		text  string
	}{
		{"4", 4, ""}, {" 5\n\nThank you, Ana", 5, "Thank you, Ana"}, {"3/5, it took long", 3, "it took long"},
		{"2 out of 5. Still drips", 2, "Still drips"}, {"1 - nobody came", 1, "nobody came"}, {"5!", 5, ""},
		{"4 of us came by", 0, ""}, {"6", 0, ""}, {"45", 0, ""}, {"Thank you: 5", 0, ""}, {"", 0, ""}, {"3pm is fine", 0, ""}, {"2 taps drip", 0, ""},
	}
	for _, tt := range tests {
		score, text, ok := Reply(tt.words)
		if score != tt.score || text != tt.text || ok != (tt.score > 0) {
			t.Errorf("Reply(%q) = %d, %q, %v; want %d, %q", tt.words, score, text, ok, tt.score, tt.text)
		}
	}
}

func TestFurtherStepsSayWhatIsWrongAndWhere(t *testing.T) {
	tests := []struct{ name, old, new, field, want string }{
		{"two types of one variable", "{set: {tried: true}}", "{set: {tried: 3}}", "line 13", "run.tried is yes or no elsewhere"},
		{"a reserved name", "round: 1", "waited: 1", "line 8", "run.waited belongs to the run"},
		{"a bad name", "round: 1", "Round: 1", "line 8", `variable "Round"`},
		{"an unknown signal", "{signal: service.open}", "{signal: service.opne}", "line 8", `Did you mean "service.open"?`},
		{"a protected signal", "{signal: service.open}", "{signal: resident.language}", "line 8", "fair-housing law"},
		{"an expression for a signal", "{signal: service.open}", "{signal: service.open > 1}", "line 8", "not the name of a signal"},
		{"an unknown variable", "!run.tried", "!run.treid", "line 12", `Did you mean "run.tried"?`},
		{"a survey without an end", ", at_most: 5d}", "}", "line 9", "A survey needs at_most"},
		{"a survey of two questions", "question: repair", "question: [a, b]", "", "does not fit"},
		{"an unknown template", "template: survey-repair", "template: survey-repiar", "line 9", "Did you mean survey-repair?"},
		{"an unknown role", "role: property_manager", "role: propery_manager", "line 15", "Did you mean property_manager?"},
		{"an escalation without a reason", ", reason: They are not content.", "", "line 15", "needs a reason"},
		{"a contact without a why", "why: They did not answer.", `why: ""`, "line 13", "no task without its reason"},
		{"a condition on the event's data", "event.channel", "event.chanel", "line 16", `Did you mean "event.channel"?`},
		{"an unknown key in a survey", "question: repair,", "question: repair, tempo: 3,", "line 10", `no key "tempo" in a survey`},
		{"an unknown event of several", "portal.visited]", "portal.visitde]", "line 16", "Did you mean portal.visited?"},
		{"a wait with if and no event", "wait: {events: [message.received, portal.visited], if: event.type == \"portal.visited\" || event.channel == \"email\", at_most: 2d}",
			`wait: {until: "09:00", if: service.open > 0}`, "line 16", "if belongs to a wait for an event"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if !strings.Contains(further, tt.old) {
				t.Fatalf("the text has no %q", tt.old)
			}
			_, err := fullCompiler(t).Compile([]byte(strings.ReplaceAll(further, tt.old, tt.new)))
			if err == nil {
				t.Fatal("it compiles")
			}
			e, _ := err.(*hearth.Error) //nolint:errorlint // plain
			if !strings.Contains(hearth.MessageOf(err), tt.want) || e == nil || e.Field != tt.field {
				t.Errorf("got %q at %q, want %q at %q", hearth.MessageOf(err), e.Field, tt.want, tt.field)
			}
		})
	}
}

func TestPlaybooksForThePropertyTellNobody(t *testing.T) {
	const text = `
id: council
title: Prepare the council
depth: human
why: The residents' council meets on the first Monday.
for: property
trigger: {at: {every: month, weekday: first monday, time: "09:00"}}
steps:
  - task: {title: Prepare, why: It meets today, role: property_manager, minutes: 30, due: 4 business hours}
`
	if _, err := fullCompiler(t).Compile([]byte(text)); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ old, new, want string }{
		{"steps:\n", "steps:\n  - send: {template: movein-welcome, class: service, purpose: x}\n", "sends nothing"},
		{"due: 4 business hours}", "due: 4 business hours, draft: movein-welcome}", "nobody to write to"},
		{"steps:\n", "steps:\n  - connect: {why: x}\n", "nobody to write to or to get to know"},
		{"steps:\n", "steps:\n  - wait: {days_before: lease_end, days: 3}\n", "no lease"},
		{"for: property\n", "for: property\naudience: service.open > 0\n", "no resident whose service.open"},
		{`{at: {every: month, weekday: first monday, time: "09:00"}}`, "{when: service.open > 0}", "an event, a repetition or the calendar"},
		{"for: property\n", "for: property\nlimits: {again: once per term}\n", "no terms"},
	}
	for _, tt := range tests {
		_, err := fullCompiler(t).Compile([]byte(strings.Replace(text, tt.old, tt.new, 1)))
		if err == nil || !strings.Contains(hearth.MessageOf(err), tt.want) {
			t.Errorf("%s: got %v, want a sentence with %q", tt.new, err, tt.want)
		}
	}
}

func TestRepetitionsSayWhatIsWrong(t *testing.T) {
	const right = "{event: workorder.opened, by: unit, same: category, times: 3, within: 60d}"
	compile := func(repeat, cond string) error {
		_, err := fullCompiler(t).Compile([]byte(strings.Replace(small, "{on: lease.moved_in}", "{repeat: "+repeat+cond+"}", 1)))
		return err
	}
	if err := compile(right, `, if: service.open > 0 && event.priority != "routine"`); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ old, new, want string }{
		{"workorder.opened", "workorder.opend", "Did you mean workorder.opened?"},
		{"by: unit", "by: units", "Did you mean unit?"},
		{"same: category", "same: categorie", "Did you mean category?"},
		{"times: 3", "times: 1", "between 2 and 32"},
		{"within: 60d", "within: 60", "not a length of time"},
		{", within: 60d", "", "within which time"},
		{"times: 3", "times: 3, where: service.open > 1", "reads the event alone"},
		{"event: workorder.opened, by: unit, same: category", "event: portal.visited, by: equipment", "does not say which piece"},
	}
	for _, tt := range tests {
		if err := compile(strings.Replace(right, tt.old, tt.new, 1), ""); err == nil || !strings.Contains(hearth.MessageOf(err), tt.want) {
			t.Errorf("%s: got %v, want a sentence with %q", tt.new, err, tt.want)
		}
	}
	d, err := Parse([]byte(strings.Replace(small, "{on: lease.moved_in}", "{repeat: "+right+"}", 1)))
	if err != nil || d.Limits.Again.Per != EachTime ||
		d.StartWords() != "Starts when somebody asked for a repair for the 3rd time in this home within 60 days, each of the same category." {
		t.Errorf("%v: starts %v, in words %q", err, d.Limits.Again, d.StartWords())
	}
	for n, want := range map[int]string{2: "2nd", 3: "3rd", 4: "4th", 11: "11th", 12: "12th", 21: "21st", 22: "22nd", 32: "32nd"} {
		if got := Ordinal(n); got != want {
			t.Errorf("Ordinal(%d) = %s", n, got)
		}
	}
}
