package playbook

import (
	"strings"
	"testing"
)

func TestReviewsAreDealtWithAlike(t *testing.T) {
	const head = "id: r\ntitle: Reviews\ndepth: human\nwhy: To answer.\n"
	const ask = "task: {title: Answer, why: To answer, role: property_manager, minutes: 5, due: 1 business day}"
	c := fullCompiler(t)
	for name, x := range map[string]struct {
		text    string
		refused bool
	}{
		"all":               {"trigger: {on: review.posted}\nsteps: [{" + ask + "}]\n", false},
		"by stars at once":  {"trigger: {on: review.posted, if: event.stars < 3.0}\nsteps: [{" + ask + "}]\n", true},
		"by words":          {"trigger: {on: review.posted}\nsteps:\n  - branch: [{if: 'event.text != \"\"', steps: [{" + ask + "}]}]\n", true},
		"known stars":       {"trigger: {on: review.posted, if: known(event.stars)}\nsteps: [{" + ask + "}]\n", true},
		"by a late review":  {"trigger: {on: workorder.completed}\nsteps:\n  - wait: {event: review.posted, if: event.stars < 3.0, at_most: 9d}\n  - " + ask + "\n", true},
		"out by stars":      {"trigger: {on: workorder.completed}\nsteps: [{" + ask + "}]\nexits: [{on: review.posted, if: event.stars > 3.0}]\n", true},
		"out by any review": {"trigger: {on: workorder.completed}\nsteps: [{" + ask + "}]\nexits: [{on: review.posted}]\n", false},
		"other events":      {"trigger: {on: survey.answered, if: event.score < 3.0}\nsteps: [{" + ask + "}]\n", false},
	} {
		_, err := c.Compile([]byte(head + x.text))
		if got := err != nil && strings.Contains(err.Error(), "alike"); got != x.refused || err != nil && !x.refused {
			t.Errorf("%s: refused %v (%v), want %v", name, got, err, x.refused)
		}
	}
}
