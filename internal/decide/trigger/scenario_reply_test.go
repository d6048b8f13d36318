package trigger_test

import (
	"context"
	"testing"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/db"
	"hearth/internal/fact/record"
)

const askTwice = `
id: ask-twice
title: Ask, and remind once
depth: playbook
why: A reply ends the waiting, and what it answers is not asked again.
trigger: {on: lease.notice_withdrawn}
steps:
  - id: question
    send: {template: movein-checkin, class: service, purpose: ask.first, topic: plans}
  - wait: {event: message.received, at_most: 3d}
  - branch:
      - if: run.waited == "timeout"
        steps:
          - id: reminder
            send: {template: movein-checkin, class: service, purpose: ask.again, topic: plans}
          - end: Reminded.
  - end: Answered.
`

// answers has a resident write about a topic, as a reply to a message of it does.
func (r *rig) answers(who hearth.ResidentID, topic, text string) {
	r.Helper()
	r.told(func(ctx context.Context, tx *db.Tx, n record.News) error {
		_, err := r.messages.Receive(ctx, tx, n, message.Inbound{Property: r.property, Resident: who, Channel: hearth.ChannelEmail, Text: text, Topic: topic})
		return err
	})
}

// A reply ends the wait of what it answers and stops the reminder; a message about something else does neither.
func TestAReplyEndsTheWaitThatItAnswers(t *testing.T) {
	each(t, func(r *rig) {
		ana, ben, cleo := r.home("4B", "Ana", -100, 300, old), r.home("5A", "Ben", -100, 300, old), r.home("6C", "Cleo", -100, 300, old)
		r.drain()
		r.activate(askTwice, 0)
		for _, id := range []hearth.ResidentID{ana, ben, cleo} {
			r.happen("lease.notice_withdrawn", id, map[string]any{})
		}
		r.answers(ana, "workorder.7", "The tap still drips.")
		if got := r.waitsOf(ana); got != "message.received" {
			r.Fatalf("words about a repair end the wait for an answer about plans; it waits for %q", got)
		}
		r.answers(ana, "plans", "We stay.")
		r.ended(ana, "ended", "Answered.")
		r.answers(ben, "", "Ben here, we stay too.") // without a topic it may be the answer, as ever
		r.ended(ben, "ended", "Answered.")
		r.answers(cleo, "workorder.9", "The lamp is out.")
		r.pass(4 * day)
		r.ended(cleo, "ended", "Reminded.")
	})
}

// A figure counts as the answer to a survey only where the message may be about it.
func TestAFigureAboutSomethingElseIsNoAnswer(t *testing.T) {
	each(t, func(r *rig) {
		ana := r.home("4B", "Ana", -100, 300, old)
		r.drain()
		r.activate(ask, 0)
		r.completed(r.repair(ana, "The tap drips", "plumbing"), "New cartridge")
		r.pass(day)
		r.answers(ana, "party", "4\nof us come.")
		if got := r.waitsOf(ana); got != "survey.answered" {
			r.Fatalf("a figure about a party is taken for the answer; it waits for %q", got)
		}
		r.answers(ana, "survey.repair", "5")
		r.ended(ana, "ended", "Answered.")
	})
}
