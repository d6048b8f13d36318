package playbook

import (
	"errors"
	"strings"
	"testing"

	"hearth"
)

// Tone never decides alone: not as one of several ways, not beside where somebody merely stands, not as a choice among
// all residents, and not for a message whose words it was read from.
func TestToneNeverDecidesAlone(t *testing.T) {
	const steps = "limits: {again: once per 60 days}\nsteps:\n  - {id: speak, task: {title: Speak, why: w, role: property_manager, minutes: 5, due: 1 business day}}\n"
	c := fullCompiler(t)
	for _, tt := range []struct{ trigger, audience, field string }{
		{"when: sentiment.level <= -0.5", "", "trigger.when"},
		{"when: sentiment.level <= -0.5 || service.open > 3", "", "trigger.when"},
		{"when: '!(sentiment.level > -0.5 && service.open < 3)'", "", "trigger.when"},
		{"when: 'sentiment.level <= -0.5 ? service.open >= 0 || sentiment.shift < 0.0 : false'", "", "trigger.when"},
		{`when: sentiment.level <= -0.5 && lease.status == "current"`, "", "trigger.when"},
		{`when: sentiment.level <= -0.5 && resident.role == "leaseholder" && sentiment.confidence > 0.5`, "", "trigger.when"},
		{`when: lease.status == "current"`, "sentiment.level <= -0.5", "audience"},
		{"on: message.received\n  if: sentiment.last < -0.3", "", "trigger.if"},
		{"on: message.received\n  if: sentiment.last < -0.3 && event.channel == \"email\"", "", "trigger.if"},
		{"on: message.received", "sentiment.last < -0.3", "audience"},
		{"on: workorder.completed\n  if: sentiment.level < -0.3", "", "trigger.if"},

		{"when: frustration.level > 0.3", "", "trigger.when"},
		{"when: 0.45 <= frustration.level", "", "trigger.when"},
		{"when: '!(frustration.level < 0.3)'", "", "trigger.when"},
		{"when: '!(0.3 >= frustration.level)'", "", "trigger.when"},
		{"when: frustration.level != 0.0", "", "trigger.when"},
		{`when: lease.status == "current"`, "frustration.level > 0.2", "audience"},
		{"on: message.received\n  if: frustration.level > 0.4", "", "trigger.if"},

		{"when: frustration.level >= 0.5", "", ""},
		{"when: 0.5 < frustration.level", "", ""},
		{"when: '!(frustration.level <= 0.5)'", "", ""},
		{"when: frustration.level < 0.2 && tenancy.days > 90", "", ""},
		{"when: frustration.level > 0.3 && service.open > 0", "", ""},
		{"when: sentiment.level <= -0.5 && service.open > 0", "", ""},
		{"when: sentiment.level <= -0.5 && (service.open > 0 || promises.overdue > 0)", "", ""},
		{"when: service.open > 0", "sentiment.level <= -0.5", ""},
		{"when: '!(sentiment.level > -0.5 || service.open == 0)'", "", ""},
		{"on: workorder.completed", "sentiment.level <= -0.5", ""},
		{"on: message.received\n  if: service.open > 0", "sentiment.last < -0.3", ""},
		{"on: message.received", "", ""},
		{`when: lease.status == "current"`, "", ""},
	} {
		text := "id: t\ntitle: T\nmoment: complaint\ndepth: human\nwhy: w\nfor: resident\ntrigger:\n  " + tt.trigger + "\n"
		if tt.audience != "" {
			text += "audience: " + tt.audience + "\n"
		}
		_, err := c.Compile([]byte(text + steps))
		var e *hearth.Error
		errors.As(err, &e)
		switch refused := hearth.CodeOf(err) == hearth.CodeInvalid && strings.Contains(hearth.MessageOf(err), "Tone alone"); {
		case tt.field == "" && err != nil:
			t.Errorf("%s, audience %q: %v, want no refusal", tt.trigger, tt.audience, err)
		case tt.field != "" && (!refused || !strings.Contains(e.Field, tt.field)):
			t.Errorf("%s, audience %q: %v, want a refusal of %s", tt.trigger, tt.audience, err, tt.field)
		}
	}
}
