package playbook

import (
	"strings"
	"testing"
	"time"

	"hearth"
)

const small = `
id: hello
title: Say hello
depth: playbook
why: Newcomers should be greeted by a person.
trigger: {on: lease.moved_in}
steps:
  - task: {title: Say hello, why: They are new, role: leasing, minutes: 10, due: 1 business day}
`

func TestParseFillsWhatWasLeftOut(t *testing.T) {
	d, err := Parse([]byte(small))
	if err != nil {
		t.Fatal(err)
	}
	if d.For != "resident" || d.Fresh.Plain() != 48*time.Hour || d.Limits.Again.Per != EachTime {
		t.Errorf("got for %q, fresh %v, again %v; want resident, 48 hours, each time", d.For, d.Fresh, d.Limits.Again)
	}
	standing := strings.Replace(small, "{on: lease.moved_in}", "{when: service.open > 0}", 1)
	if d, err = Parse([]byte(standing)); err != nil || d.Limits.Again.Per != PerTerm {
		t.Errorf("a standing condition starts %v by default (%v), want once per term", d.Limits.Again, err)
	}
}

func TestParseSaysWhatIsWrongAndWhere(t *testing.T) {
	replace := func(old, new string) string { return strings.Replace(small, old, new, 1) }
	tests := []struct{ name, text, want string }{
		{"unknown key at the top", small + "colour: red\n", `no key "colour"`},
		{"unknown key in a task", replace("minutes: 10", "minuets: 10"), `line 8: there is no key "minuets" in a task (column 64). Did you mean minutes?`},
		{"no trigger", replace("{on: lease.moved_in}", "{}"), "exactly one of on, when, absence, repeat and at"},
		{"two triggers", replace("{on: lease.moved_in}", "{on: lease.moved_in, when: service.open > 0}"), "exactly one"},
		{"absence without a time", replace("{on: lease.moved_in}", "{absence: portal.visited}"), "Say for how long"},
		{"bad id", replace("id: hello", "id: Hello there"), "needs an id of small letters"},
		{"no why", replace("why: Newcomers should be greeted by a person.", `why: ""`), "why this playbook exists"},
		{"a task without its reason", replace("why: They are new, ", ""), "no task without its reason"},
		{"a role nobody has", replace("role: leasing", "role: wizard"), `role "wizard"`},
		{"a due time that is none", replace("1 business day", "soon"), `"soon" is not a length of time`},
		{"two kinds in a step", replace("  - task:", "  - end: done\n    task:"), "exactly one of send, task, wait, branch, survey, escalate, set, connect and end"},
		{"a wait without an end", replace("steps:\n", "steps:\n  - wait: {event: message.received}\n"), "at_most"},
		{"else before if", replace("steps:\n", "steps:\n  - branch: [{else: [{end: a}]}, {if: service.open > 0, steps: []}]\n"), "else comes last"},
		{"not YAML", "id: [", "can't be read"},
		{"too large", small + strings.Repeat("#", maxSource), "at most"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse([]byte(tt.text))
			if err == nil || !strings.Contains(hearth.MessageOf(err), tt.want) {
				t.Errorf("got %v, want a sentence with %q", err, tt.want)
			}
		})
	}
}

func TestSpans(t *testing.T) {
	tests := []struct {
		in   string
		want Span
		say  string
	}{
		{"3d", Span{3, UnitDay, false}, "3 days"},
		{"48h", Span{48, UnitHour, false}, "48 hours"},
		{"1 week", Span{7, UnitDay, false}, "7 days"},
		{"2 business days", Span{2, UnitDay, true}, "2 business days"},
		{"1 business hour", Span{1, UnitHour, true}, "1 business hour"},
		{"30 minutes", Span{30, UnitMinute, false}, "30 minutes"},
	}
	for _, tt := range tests {
		got, err := ParseSpan(tt.in)
		if err != nil || got != tt.want || got.String() != tt.say {
			t.Errorf("ParseSpan(%q) = %v (%q), %v; want %v (%q)", tt.in, got, got, err, tt.want, tt.say)
		}
	}
	for _, bad := range []string{"", "3", "d", "-3d", "3 fortnights", "99999d", "3.5h"} {
		if got, err := ParseSpan(bad); err == nil {
			t.Errorf("ParseSpan(%q) = %v, want an error", bad, got)
		}
	}
}

func TestSpanOfDaysKeepsTheWallClock(t *testing.T) {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	// The clocks go back on 2026-11-01: three days are 73 hours.
	from := time.Date(2026, 10, 30, 9, 0, 0, 0, zone)
	if got, want := (Span{N: 3, Unit: UnitDay}).After(from, zone), time.Date(2026, 11, 2, 9, 0, 0, 0, zone); !got.Equal(want) {
		t.Errorf("3 days after %v = %v, want %v", from, got, want)
	}
}

func TestWordsReadLikeSentences(t *testing.T) {
	d, err := Parse([]byte(strings.Replace(small, "steps:\n", `steps:
  - wait: {event: message.received, at_most: 7d}
  - branch:
      - if: service.open > 0
        steps: [{end: A repair is open.}]
      - else: [{send: {template: welcome, class: relation, purpose: welcome}}]
`, 1)))
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(d.Words(), "\n")
	for _, want := range []string{"Starts when a household moved in.", "Wait until a resident wrote to us, at most 7 days.",
		"If any repair is open:\n  End: A repair is open.\nOtherwise:\n  Ask the desk to send \"welcome\" (relation)",
		"Give the leasing a task of 10 minutes, due in 1 business day: Say hello"} {
		if !strings.Contains(got, want) {
			t.Errorf("the words lack %q:\n%s", want, got)
		}
	}
}
