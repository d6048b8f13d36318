package playbook

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hearth"
)

const calm = `
id: calm
title: Nothing to remark
moment: micro
depth: playbook
why: To be calm.
trigger: {on: workorder.completed}
goal: {event: message.received, within: 5d}
steps:
  - id: tell
    send: {template: movein-welcome, class: service, purpose: x}
  - id: rest
    wait: {event: message.received, at_most: 3d}
  - id: again
    send: {template: survey-repair, class: relation, purpose: y}
  - task: {title: x, why: x, role: leasing, minutes: 5, due: 1 business day, escalate: [{after: 1 business day, role: property_manager}]}
exits:
  - {on: lease.moved_out, because: They have moved out.}
`

func defined(t *testing.T, text string) *Definition {
	t.Helper()
	d, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestLintRemarksInWords(t *testing.T) {
	if hints := Lint(defined(t, calm), hearth.DepthPlaybook); len(hints) != 0 {
		t.Fatalf("got %v, want nothing to remark", hints)
	}
	tests := []struct {
		name, old, new string
		depth          hearth.Depth
		want           string
	}{
		{"no goal", "goal: {event: message.received, within: 5d}\n", "", hearth.DepthPlaybook, "goal: There is no goal"},
		{"no exit", "exits:\n  - {on: lease.moved_out, because: They have moved out.}\n", "", hearth.DepthPlaybook, "exits: There is no exit when the resident moves out"},
		{"no owner", ", escalate: [{after: 1 business day, role: property_manager}]", "", hearth.DepthPlaybook, "line 16: There is no owner when the leasing is away"},
		{"no end", "at_most: 3d", "at_most: 900d", hearth.DepthPlaybook, "line 12: This is a wait without an end"},
		{"no id", "  - id: rest\n    wait", "  - wait", hearth.DepthPlaybook, "can't be found again"},
		{"a moment for people", "id: calm", "id: calm", hearth.DepthHuman, `line 10: The moment "micro" is for people, and this asks by machine.`},
		{"a survey in it", "  - id: again\n    send: {template: survey-repair, class: relation, purpose: y}", "  - survey: {question: a, template: b, at_most: 2d}", hearth.DepthHuman, "in a human moment by machine"},
		{"a calendar for everybody", "{on: workorder.completed}", `{at: {every: day, time: "09:00"}}`, hearth.DepthPlaybook, "at the same minute"},
		{"faults of all kinds", "{on: workorder.completed}", `{repeat: {event: workorder.opened, by: unit, times: 3, within: 60d}}`, hearth.DepthPlaybook, "same: category"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var lines []string
			for _, h := range Lint(defined(t, strings.Replace(calm, tt.old, tt.new, 1)), tt.depth) {
				lines = append(lines, h.String())
			}
			if !strings.Contains(strings.Join(lines, "\n"), tt.want) {
				t.Errorf("got %q, want a hint with %q", lines, tt.want)
			}
		})
	}
}

func TestTwoPlaybooksThatWriteOnOneDay(t *testing.T) {
	other := func(trigger, steps string) *Definition {
		return defined(t, "id: other\ntitle: Other\ndepth: playbook\nwhy: x\ntrigger: "+trigger+"\nsteps:\n"+steps)
	}
	const send = "  - send: {template: other-word, class: relation, purpose: z}\n"
	const when = "lease.days_to_end <= 90 && lease.status == \"current\""
	standing := strings.Replace(calm, "{on: workorder.completed}", "{when: '"+when+"'}", 1)
	tests := []struct {
		name string
		a    string
		b    *Definition
		want string
	}{
		{"at the start", calm, other("{on: workorder.completed}", send), "Two playbooks write on day 0 after the same start: calm (movein-welcome) and other (other-word)."},
		{"three days later", calm, other("{on: workorder.completed}", "  - wait: 72h\n"+send), "on day 3 after the same start: calm (survey-repair)"},
		{"another day", calm, other("{on: workorder.completed}", "  - wait: 2d\n"+send), ""},
		{"another event", calm, other("{on: workorder.opened}", send), ""},
		{"what must be said", calm, other("{on: workorder.completed}", strings.Replace(send, "relation", "safety", 1)), ""},
		{"the same clock", standing, other("{when: service.open == 0 && lease.days_to_end<=90}", send), "on day 0"},
		{"another clock", standing, other("{when: service.open == 0 && lease.days_to_end<=60}", send), ""},
		{"a shared fact that is no clock", standing, other(`{when: 'lease.status == "current" && service.open > 3'}`, send), ""},
		{"behind a branch that always ends", calm, other("{on: workorder.completed}", "  - branch: [{if: service.open > 0, steps: [{end: a}]}, {else: [{end: b}]}]\n"+send), ""},
		{"in a branch", calm, other("{on: workorder.completed}", "  - branch:\n      - if: service.open > 0\n        steps: [{wait: 3d}, {send: {template: deep, class: service, purpose: q}}]\n"), "other (deep)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			hints := Overlaps([]*Definition{defined(t, tt.a), tt.b})
			if tt.want == "" && len(hints) > 0 || tt.want != "" && (len(hints) != 1 || !strings.Contains(hints[0].Text, tt.want)) {
				t.Errorf("got %v, want %q", hints, tt.want)
			}
		})
	}
}

// What ships is an example to others: nothing in it gives a hint.
func TestNothingInTheLibraryGivesAHint(t *testing.T) {
	files, err := filepath.Glob("../../../playbooks/*.yaml")
	if err != nil || len(files) < 20 {
		t.Fatalf("the library has %d files: %v", len(files), err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		d := defined(t, string(text))
		m, _ := ShippedMap().Of("", d.Moment)
		depth, _ := m.Depth()
		for _, h := range Lint(d, depth) {
			t.Errorf("%s: %v", f, h)
		}
	}
}
