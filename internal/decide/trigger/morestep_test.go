package trigger_test

import (
	"context"
	"strings"
	"testing"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/db"
	"hearth/internal/fact/record"
)

const ask = `
id: ask
title: Ask how the repair went
depth: playbook
why: Done by us is not yet solved for them.
trigger: {on: workorder.completed}
steps:
  - id: question
    survey: {question: repair, template: survey-repair, at_most: 5d}
  - branch:
      - if: run.waited == "timeout"
        steps: [{end: No answer.}]
      - if: run.score <= 2.0
        steps:
          - set: {low: true}
          - task: {title: Speak with them, why: They are not content, role: maintenance_supervisor, minutes: 15, due: 1 business day}
          - wait: {event: contact.personal, at_most: 3d}
          - branch:
              - if: run.waited == "timeout" && run.low
                steps: [{escalate: {role: property_manager, reason: Three days and nobody spoke with them.}}]
  - end: Answered.
`

func TestASurveyIsAskedAnsweredAndFollowed(t *testing.T) {
	each(t, func(r *rig) {
		ana := r.home("4B", "Ana", -100, 300, old)
		r.drain()
		r.activate(ask, 0)
		id := r.repair(ana, "The tap drips", "plumbing")
		r.completed(id, "New cartridge")
		m := r.message(ana, "survey-repair", "New cartridge", "one figure from 1")
		if m.Class != hearth.ClassService || m.Purpose != "survey.repair" {
			r.Errorf("it is %s for %s, want service for survey.repair", m.Class, m.Purpose)
		}
		r.pass(day)
		r.says(ana, "2\nIt still drips.")
		if got := r.waitsOf(ana); got != "contact.personal" {
			r.Fatalf("after the answer the run waits for %q, want the talk", got)
		}
		if got := r.owner(r.task(ana, "Speak with them")); got != "Sam Field" {
			r.Errorf("%s is to speak with them", got)
		}
		r.pass(4 * day)
		k := r.task(ana, "Speak with them")
		if got := r.owner(k); got != "Ruth Ames" || len(r.openTasks(ana)) != 1 || !strings.Contains(strings.Join(k.Context.Notes, " "), "Three days and nobody spoke") {
			r.Errorf("%s has it, with the notes %q; want the manager, with the reason", got, k.Context.Notes)
		}
		var handed bool
		for _, d := range r.outcomes(ana, "assign") {
			handed = handed || d.Outcome == "handed over" && strings.Contains(d.Reason, "Three days")
		}
		if !handed {
			r.Error("the hand-over is not on record")
		}
		r.ended(ana, "ended", "Answered.")
	})
}

// waitsOf gives what the resident's active runs wait for.
func (r *rig) waitsOf(who hearth.ResidentID) (out string) {
	r.Helper()
	r.read(func(ctx context.Context, tx *db.Tx) error {
		return tx.Row(ctx, `SELECT waits_for FROM runs WHERE org = $1 AND resident = $2 AND state = 'active'`, tx.Org(), string(who)).Scan(&out)
	})
	return out
}

func TestOtherWordsDoNotAnswerASurvey(t *testing.T) {
	each(t, func(r *rig) {
		ana := r.home("4B", "Ana", -100, 300, old)
		r.drain()
		r.activate(ask, 0)
		r.completed(r.repair(ana, "The tap drips", "plumbing"), "New cartridge")
		r.pass(day)
		r.says(ana, "2 people will be at home on Friday")
		r.happen("survey.answered", ana, map[string]any{"question": "movein", "score": 1})
		if got := r.waitsOf(ana); got != "survey.answered" {
			r.Fatalf("the run waits for %q, want its answer still", got)
		}
		r.pass(5 * day)
		r.ended(ana, "ended", "No answer.")
	})
}

func TestASurveyAnsweredByAnotherDoorCountsAsWell(t *testing.T) {
	each(t, func(r *rig) {
		ana := r.home("4B", "Ana", -100, 300, old)
		r.drain()
		r.activate(ask, 0)
		r.completed(r.repair(ana, "The tap drips", "plumbing"), "New cartridge")
		r.happen("survey.answered", ana, map[string]any{"question": "repair", "score": 5})
		r.ended(ana, "ended", "Answered.")
		if got := titles(r, ana); got != "" {
			r.Errorf("all is well, and there is %q to do", got)
		}
	})
}

func TestEscalateMakesATaskWhenNoneIsOpen(t *testing.T) {
	each(t, func(r *rig) {
		ana := r.home("4B", "Ana", -100, 300, old)
		r.drain()
		r.activate(`
id: call-off
title: A visit was called off
depth: playbook
why: Somebody should know.
trigger: {on: workorder.cancelled}
steps:
  - task: {title: Find a new day, why: It was called off, role: leasing, minutes: 5, due: 1 business day}
  - wait: 2d
  - escalate: {role: property_manager, reason: "No new day within two days.", title: Find a new day yourself}
  - connect: {why: They have waited twice.}
`, 0)
		r.happen("workorder.cancelled", ana, map[string]any{})
		r.do(ana, "Find a new day", nil)
		r.pass(3 * day)
		if got := titles(r, ana); !strings.Contains(got, "Find a new day yourself") || !strings.Contains(got, "Get to know them") {
			r.Fatalf("there is %q to do", got)
		}
		k := r.task(ana, "Find a new day yourself")
		if r.owner(k) != "Ruth Ames" || k.Why != "No new day within two days." || k.Minutes != 15 {
			r.Errorf("got %+v", k)
		}
		if c := r.task(ana, "Get to know them"); len(c.Asks) == 0 || c.Asks[0].Kind != "contact" || len(c.Checklist) == 0 {
			r.Errorf("the contact asks %+v", c.Asks)
		}
	})
}

func TestAWaitForSeveralEventsTakesTheFirstThatIsMeant(t *testing.T) {
	each(t, func(r *rig) {
		ana := r.home("4B", "Ana", -100, 300, old)
		r.drain()
		r.activate(`
id: any-sign
title: Any sign
depth: playbook
why: To see which comes first.
trigger: {on: lease.notice_withdrawn}
steps:
  - set: {before: {signal: messages.inbound_7d}}
  - wait: {events: [message.received, portal.visited], if: event.type == "portal.visited" || event.channel == "sms", at_most: 4d}
  - branch:
      - if: run.event == "portal.visited" && messages.inbound_7d > run.before
        steps: [{end: They used the portal and had written.}]
  - end: Something else.
`, 0)
		r.happen("lease.notice_withdrawn", ana, map[string]any{})
		r.told(func(ctx context.Context, tx *db.Tx, n record.News) error {
			_, err := r.messages.Receive(ctx, tx, n, message.Inbound{Property: r.property, Resident: ana, Channel: hearth.ChannelEmail, Text: "Hello"})
			return err
		})
		if got := r.waitsOf(ana); got != "message.received,portal.visited" {
			r.Fatalf("it waits for %q, want both still: an e-mail is not meant", got)
		}
		r.happen("portal.visited", ana, map[string]any{})
		r.ended(ana, "ended", "They used the portal and had written.")
	})
}
