package message

import (
	"encoding/json"
	"strconv"
	"time"

	"hearth"
)

const source = "hearth/act/message"

// newEvent makes the event that a message came to a state under a claim: the same twice is one event.
func newEvent(m *Message, kind hearth.EventType, claim int64, at time.Time, actor hearth.Actor, data map[string]any) *hearth.Event {
	for k, v := range data {
		if v == "" {
			delete(data, k)
		}
	}
	body, err := json.Marshal(data)
	if err != nil {
		body = []byte("{}") // strings always have a JSON form
	}
	ev := &hearth.Event{
		ID:      eventID(m, kind, claim),
		Source:  source,
		Type:    kind,
		Subject: hearth.Subject{Kind: "message", ID: string(m.ID)}, Property: m.Property,
		Actor: actor, Time: at, Data: body,
	}
	if m.Resident != "" {
		ev.Residents = []hearth.ResidentID{m.Resident}
	}
	return ev
}

// eventID names what a message came to. Under a claim it is told once, and lies by its time. Without one (0) it is told from
// outside, perhaps again long after: such names stay as they have been from the start, so that what is in the log already is known again.
func eventID(m *Message, kind hearth.EventType, claim int64) string {
	if claim == 0 {
		return hearth.DeriveID("evt_", string(m.ID), string(kind), "0")
	}
	return hearth.DeriveIDAt(hearth.TimedEvent, m.Made, string(m.ID), string(kind), strconv.FormatInt(claim, 10))
}

func sentEvent(m *Message, claim int64, at time.Time, actor hearth.Actor) *hearth.Event {
	return newEvent(m, "message.sent", claim, at, actor, map[string]any{
		"class": string(m.Class), "channel": string(m.Channel), "message": string(m.ID), "purpose": m.Purpose})
}

// troubleEvent tells that a message failed or that nobody knows: error is short and names no address.
func troubleEvent(m *Message, kind hearth.EventType, claim int64, at time.Time, errText string) *hearth.Event {
	if errText == "" {
		errText = "not told"
	}
	return newEvent(m, kind, claim, at, hearth.System("message"), map[string]any{
		"message": string(m.ID), "channel": string(m.Channel), "error": errText})
}

func bouncedEvent(m *Message, claim int64, at time.Time) *hearth.Event {
	return newEvent(m, "message.bounced", claim, at, hearth.System("message"), map[string]any{
		"kind": "hard", "channel": string(m.Channel), "message": string(m.ID)})
}
