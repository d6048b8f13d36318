package playbook

import (
	"reflect"
	"strings"
	"testing"

	"hearth"
)

func TestOwnerAndLighter(t *testing.T) {
	with := func(more string) string {
		return strings.Replace(small, "due: 1 business day", "due: 1 business day, "+more, 1)
	}
	for _, c := range []struct{ name, text, want string }{
		{"best", with("owner: best"), ""},
		{"best as the role", strings.Replace(small, "role: leasing", "role: best", 1), ""},
		{"an owner that is none", with("owner: maria"), "The owner of a task is best"},
		{"skip", with("lighter: skip"), ""},
		{"another word", with("lighter: later"), "lighter is skip, a shorter task, or a send"},
		{"shorter", with("lighter: {title: Write, minutes: 5}"), ""},
		{"not shorter", with("lighter: {title: Write, minutes: 10}"), "fewer than the 10 of the whole"},
		{"unknown key", with("lighter: {titel: Write, minutes: 5}"), `there is no key "titel" in a lighter`},
		{"a send and a task", with("lighter: {title: Write, send: {template: x, class: service, purpose: x}}"), "keep one of the two"},
		{"a send without a purpose", with("lighter: {send: {template: x, class: service}}"), "needs a purpose"},
		{"an unknown key of a send", with("lighter: {send: {tempalte: x}}"), "tempalte"},
	} {
		d, err := Parse([]byte(c.text))
		switch {
		case c.want == "" && err != nil, c.want != "" && (err == nil || !strings.Contains(hearth.MessageOf(err), c.want)):
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		case strings.HasPrefix(c.name, "best") && (!d.Steps[0].Task.Best || d.Steps[0].Task.Role != hearth.RoleLeasing):
			t.Errorf("%s: %+v", c.name, d.Steps[0].Task)
		}
	}
	d, err := Parse([]byte(with("lighter: {title: Write, minutes: 5}")))
	if err != nil {
		t.Fatal(err)
	}
	light, ok := d.Steps[0].Task.Light()
	if !ok || light.Title != "Write" || light.Minutes != 5 || light.Why != "They are new" || d.Steps[0].Task.Minutes != 10 {
		t.Errorf("lighter: %+v", light)
	}
	if words := strings.Join(d.Words(), "\n"); !strings.Contains(words, "(of 5 minutes when nobody has room)") {
		t.Errorf("in words: %s", words)
	}
}

// What somebody owes is seen by the role that it is for, and not by whoever knows them.
func TestBestIsNotForWhatTheyOwe(t *testing.T) {
	text := strings.Replace(strings.Replace(small, "{on: lease.moved_in}", `{when: "payments.arrears > 0.0"}`, 1), "role: leasing", "role: service_coordinator", 1)
	c := compiler(t)
	if _, err := c.Compile([]byte(text)); err != nil {
		t.Fatalf("for the role: %v", err)
	}
	_, err := c.Compile([]byte(strings.Replace(text, "minutes: 10", "minutes: 10, owner: best", 1)))
	if hearth.CodeOf(err) != hearth.CodeInvalid || !strings.Contains(hearth.MessageOf(err), "not to whoever knows them best") {
		t.Errorf("for whoever knows them: %v", err)
	}
}

func TestAheadCountsToTheNextWait(t *testing.T) {
	p := mustCompile(t, `
id: ahead
title: Ahead
depth: playbook
why: For the test.
trigger: {on: workorder.opened}
steps:
  - wait: 1d
  - task: {title: One, why: So, role: leasing, minutes: 10, due: 1d}
  - branch:
      - if: service.open > 0
        steps: [{task: {title: Two, why: So, role: leasing, minutes: 20, due: 1d}}]
      - else: [{task: {title: Three, why: So, role: technician, minutes: 30, due: 1d}}]
  - task: {title: Four, why: So, role: technician, minutes: 5, due: 1d}
  - wait: 1d
  - task: {title: Five, why: So, role: leasing, minutes: 40, due: 1d}
`)
	for step, want := range map[int]map[hearth.Role]int{
		1: {hearth.RoleLeasing: 30, hearth.RoleTechnician: 35}, 0: {}, 999: nil, -1: nil,
	} {
		if got := p.Ahead(step); !reflect.DeepEqual(got, want) {
			t.Errorf("from step %d: %v, want %v", step, got, want)
		}
	}
}
