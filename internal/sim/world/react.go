package world

import (
	"math/rand/v2"
	"time"

	"hearth"
)

// react has people answer, click or ignore what reached them. Every message has its own chance, so that one message
// more changes nothing about the others.
func (w *World) react(messages []Message) {
	for _, m := range messages {
		if p := w.people[m.Resident]; p != nil && p.home.here(w.today) {
			w.reactTo(p, m, stream(w.cfg.Seed, "message", m.ID))
		}
	}
}

func (w *World) reactTo(p *person, m Message, r *rand.Rand) {
	h := p.home
	soon := func() time.Time { return m.At.Add(time.Duration(5+r.ExpFloat64()*400) * time.Minute) }
	if m.Channel == hearth.ChannelEmail && chance(r, 0.16) {
		w.later(h, soon(), func(at time.Time) {
			w.tell(at, "message.clicked", "resident/"+p.ext, map[string]any{"message": m.ID})
		})
	}
	if p.portal && chance(r, 0.1) {
		w.later(h, soon(), func(at time.Time) { w.tell(at, "portal.visited", "resident/"+p.ext, nil) })
	}
	answer := 0.05 * p.talk
	if m.Class == hearth.ClassRelation {
		answer *= 2
	}
	if chance(r, clamp(answer, 0, 0.5)) {
		occasion := "reply_glad"
		switch {
		case h.waiting > 0 || chance(r, clamp(0.45-0.6*h.mood, 0.02, 0.4)):
			occasion = "reply_upset"
		case chance(r, 0.35):
			occasion = "reply_flat"
		}
		text := p.phrase(pick(r, w.words.sayings[occasion]))
		w.later(h, soon(), func(at time.Time) {
			w.tell(at, "message.received", "resident/"+p.ext, map[string]any{"channel": string(m.Channel), "text": text})
			w.answer(p, at, occasion, "")
		})
	}
	if m.Class.Discretionary() && m.Channel == hearth.ChannelEmail && chance(r, 0.004) {
		w.later(h, soon(), func(at time.Time) {
			w.tell(at, "message.unsubscribed", "resident/"+p.ext, map[string]any{"message": m.ID, "channel": "email"})
		})
	}
}
