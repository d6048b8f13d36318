package playbook

import (
	"slices"
	"strings"
	"testing"
)

const closedSteps = `id: worry
title: Somebody may need help
moment: welfare
depth: human
why: Somebody is worried about them.
for: resident
trigger: {on: welfare.concern}
steps:
  - id: reach
    task: {title: Reach them, why: They may be ill., role: property_manager, minutes: 20, due: 30 minutes, draft: kind-words, checklist: [Call and then knock.], lighter: {title: Only call them, why: Nobody has the time., minutes: 5, checklist: [Leave a card.]}}
  - id: or
    branch:
      - if: run.waited == "timeout"
        steps:
          - id: up
            escalate: {reason: Nobody went., role: regional, minutes: 5, due: 1 hour}
      - else:
          - id: meet
            connect: {why: So that somebody knows them., role: property_manager, minutes: 10, due: 1 day}
`

// All that a task of a closed playbook can say is told, of its versions before as well; nothing of the others.
func TestClosedTexts(t *testing.T) {
	later := strings.NewReplacer("id: hello", "id: worry", "title: Say hello\ndepth", "title: Not closed any more\ndepth", "task: {title: Say hello", "task: {title: Look once more", "They are new", "It was long").Replace(small)
	if _, err := Parse([]byte(closedSteps)); err != nil {
		t.Fatal(err)
	}
	words, drafts := ClosedTexts([]Stored{{ID: "worry", Text: closedSteps}, {ID: "worry", Version: 1, Text: later}, {ID: "hello", Text: small}, {ID: "worry", Version: 2, Text: "{"}})
	for _, want := range []string{"Somebody may need help", "Somebody is worried about them.", "Reach them", "They may be ill.", "Call and then knock.", "Only call them", "Nobody has the time.", "Leave a card.",
		"Take over: Somebody may need help", "Nobody went.", "Get to know them", "So that somebody knows them.", "Not closed any more", "Look once more"} {
		if !slices.Contains(words, want) {
			t.Errorf("%q is not among %q", want, words)
		}
	}
	for _, never := range []string{"Say hello", "They are new"} {
		if slices.Contains(words, never) {
			t.Errorf("%q is told of an open one", never)
		}
	}
	if !slices.Equal(slices.Compact(drafts), []string{"kind-words"}) {
		t.Errorf("drafts: %q", drafts)
	}
}
