package playbook

import (
	"strings"
	"testing"

	"hearth"
)

func TestSentence(t *testing.T) {
	for cond, want := range map[string]string{
		`lease.days_to_end <= 120 && lease.days_to_end >= 0 && lease.status == "current" && !lease.notice_given`: "the lease ends in 0 to 120 days, the lease is current and no notice was given",
		`service.days_waiting >= 6`:                            "the oldest open repair has waited for at least 6 days",
		`(lease.status == "future" || lease.status == "past")`: "either the lease is future or the lease is past",
		`some.thing > 3 && lease.month_to_month`:               "some.thing > 3 and the stay goes on month by month",
		`event.category == "a && b"`:                           `event.category == "a && b"`,
		`run.waited == "timeout"`:                              "nothing came in time",
		`lease.days_to_end <= (3 + service.open)`:              "lease.days_to_end <= (3 + service.open)",
	} {
		if got := Sentence(cond); got != want {
			t.Errorf("%s is said as %q, want %q", cond, got, want)
		}
	}
}

const outlined = `
id: outlined
title: Outlined
moment: micro
depth: playbook
why: To be outlined.
trigger: {on: workorder.opened, if: service.total == 1}
steps:
  - send: {template: movein-welcome, class: relation, purpose: hello}
  - id: pause
    wait: 3d
  - branch:
      - if: service.open > 0
        steps:
          - task: {title: Call them, why: It waits., role: leasing, minutes: 10, due: 2 business days}
      - else:
          - end: All is well.
  - id: last
    wait: {event: workorder.completed, at_most: 5d}
`

func TestOutline(t *testing.T) {
	c := fullCompiler(t)
	p, err := c.Compile([]byte(outlined))
	if err != nil {
		t.Fatal(err)
	}
	lines := p.Outline(func(string) string { return "A greeting" })
	var got []string
	for _, l := range lines {
		got = append(got, strings.Repeat(" ", l.Indent)+l.Kind+": "+l.What)
		if l.Number > 0 && len(l.Ops) == 0 {
			t.Errorf("step %d became no instruction", l.Number)
		}
	}
	want := []string{"send: Send: A greeting", "wait: Wait 3 days", "if: If more than 0 repairs are open", " task: Call them", "else: Otherwise", " end: End: All is well.",
		"wait: Wait until a repair was finished, at most 5 days"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("outlined as\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if l := lines[3]; l.Owner != "leasing" || l.Minutes != 10 || l.Due != "within 2 business days" || l.Depth != hearth.DepthHuman {
		t.Errorf("the task is %+v", l)
	}
	// A run that waits stands behind its wait.
	for i, l := range lines {
		if l.Kind == "wait" {
			r := &Run{State: RunActive, Step: l.Ops[0] + 1, WakeAt: hearth.FromMillis(5)}
			if at := Stands(lines, r); at != i {
				t.Errorf("a run that waits at %d stands at %d", i, at)
			}
		}
	}
	if s := p.Def.Starts(); s != "somebody asked for a repair, if 1 repair was requested ever" {
		t.Errorf("it starts when %s", s)
	}
}
