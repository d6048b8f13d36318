package playbook

import (
	"fmt"
	"strings"
	"testing"

	"hearth"
	"hearth/internal/base/rule"
	"hearth/internal/fact/eventlog"
	"hearth/internal/sense/signal"
)

// owedText is a playbook that learns what somebody owes at one place, and does one thing.
func owedText(trigger, more, step string) string {
	return fmt.Sprintf(`
id: owed
title: What is owed
depth: playbook
why: For the test.
trigger: {%s}
%s
steps:
  - %s
`, trigger, more, step)
}

const (
	owedSend = "send: {template: hello, class: relation, purpose: hello}"
	owedTask = "task: {title: Ask, why: So, role: ROLE, minutes: 5, due: 1 business day}"
)

// Whatever way a playbook learns what somebody owes (signals, or the events that feed them), it says nothing to anybody, and its
// tasks are for those whom it concerns.
func TestWhatIsOwedIsATaskForFew(t *testing.T) {
	env, err := rule.NewEnv(signal.Fields())
	if err != nil {
		t.Fatal(err)
	}
	c, err := NewCompiler(env, eventlog.Types(), func(string) bool { return true })
	if err != nil {
		t.Fatal(err)
	}
	const visit = "on: portal.visited"
	for _, way := range []struct{ trigger, more string }{
		{"on: arrears.changed", ""},
		{"on: arrears.changed, if: event.amount > 100.0", ""},
		{"on: payment.recorded, if: event.late", ""},
		{"absence: payment.recorded, for: 30d", ""},
		{"repeat: {event: payment.recorded, by: resident, times: 3, within: 60d}", ""},
		{visit + ", if: payments.late_365d > 1", ""},
		{visit, "exits: [{on: arrears.changed, because: So}]"},
		{visit, "goal: {event: payment.recorded, within: 5d}"},
	} {
		refused := func(step, why string) {
			t.Helper()
			_, err := c.Compile([]byte(owedText(way.trigger, way.more, step)))
			if hearth.CodeOf(err) != hearth.CodeInvalid || !strings.Contains(hearth.MessageOf(err), why) {
				t.Errorf("%s %s with %s: %v, want a refusal with %q", way.trigger, way.more, step, err, why)
			}
		}
		refused(owedSend, "sends nothing")
		refused("connect: {why: So}", "not to whoever knows them best")
		refused("wait: 1d\n  - "+owedSend, "sends nothing")
		for _, role := range []string{"leasing", "technician", "maintenance_supervisor", "regional"} {
			refused(strings.Replace(owedTask, "ROLE", role, 1), "and not for the "+strings.ReplaceAll(role, "_", " "))
			refused(fmt.Sprintf("escalate: {role: %s, reason: So}", role), "and not for the")
		}
		refused(strings.Replace(strings.Replace(owedTask, "ROLE", "property_manager", 1), "due: 1 business day", "due: 1 business day, escalate: [{after: 1 business day, role: leasing}]", 1),
			"and not for the leasing")
		for _, role := range []string{"property_manager", "assistant_manager", "service_coordinator"} {
			if _, err := c.Compile([]byte(owedText(way.trigger, way.more, strings.Replace(owedTask, "ROLE", role, 1)))); err != nil {
				t.Errorf("%s %s for %s: %v", way.trigger, way.more, role, err)
			}
		}
	}
	// What a wait waits for is known too.
	_, err = c.Compile([]byte(owedText(visit, "", "wait: {event: payment.recorded, at_most: 5d}\n  - "+owedSend)))
	if hearth.CodeOf(err) != hearth.CodeInvalid {
		t.Errorf("a wait for a payment before a message: %v", err)
	}
	if _, err := c.Compile([]byte(owedText(visit, "", owedSend))); err != nil {
		t.Errorf("one that knows nothing of it: %v", err)
	}
}
