package world

import (
	"math/rand/v2"
	"strings"
	"time"

	"hearth"
)

// Shares of what becomes of words and promises. They are as the other chances are: lifelike, and nobody's figures.
const (
	answered = 0.96 // of what residents write
	told     = 0.94 // of what was promised: that somebody says how it ended
	kept     = 0.9  // of that
)

// answer has somebody of the team answer what a resident wrote at t, in the hours of the office: mostly within some hours,
// now and then the day after, seldom never. Its chances are its own, so that an answer more changes nothing else.
func (w *World) answer(p *person, t time.Time, occasion, topic string) {
	r := stream(w.cfg.Seed, "answer", p.ext, t.UTC().Format(time.RFC3339))
	if !chance(r, answered) {
		return
	}
	at := w.workTime(t.Add(time.Duration(8+r.ExpFloat64()*220) * time.Minute))
	text := pick(r, w.words.sayings[answerTo(occasion)])
	w.at(at, func() { w.reply(r, p, at, Reply{Resident: p.ext, Topic: topic, Text: text}) })
}

// reply lets an answer be written at a time today, or at the same hour of the next day on which somebody works.
func (w *World) reply(r *rand.Rand, p *person, at time.Time, a Reply) {
	if !p.home.here(w.today) {
		return
	}
	m := w.writer(r, p.home)
	if m == nil {
		tomorrow := at.In(w.property.Zone).AddDate(0, 0, 1)
		w.onDay(w.today+1, func() { w.reply(r, p, tomorrow, a) })
		return
	}
	a.Staff = m.ext
	w.out = append(w.out, Happening{At: at, Reply: &a})
}

// answerTo is the occasion of the answer to what was written.
func answerTo(occasion string) string {
	switch occasion {
	case "complaint", "reply_upset", "again":
		return "answer_complaint"
	case "waiting":
		return "answer_waiting"
	case "thanks", "reply_glad", "reply_flat":
		return "answer_thanks"
	}
	return "answer_question"
}

// writer is who answers today: whom the household knows if they are in, else somebody; nil when nobody works.
func (w *World) writer(r *rand.Rand, h *home) *member {
	if h.friend != nil && h.friend.on(w.today) {
		return h.friend
	}
	first := r.IntN(len(w.team))
	for i := range w.team {
		if m := w.team[(first+i)%len(w.team)]; m.on(w.today) {
			return m
		}
	}
	return nil
}

// settleWord has the one who promised something in a task say, on its day, whether it was kept.
func (w *World) settleWord(m *member, t Task, facts map[string]string) {
	for _, a := range t.Asks {
		day, _, _ := strings.Cut(facts[a.Fact], " ")
		due, err := hearth.ParseDay(day)
		if a.Kind != "promise" || err != nil {
			continue
		}
		r := stream(w.cfg.Seed, "promise", t.ID, a.Fact)
		if !chance(r, told) {
			continue
		}
		s := Settled{Task: t.ID, Fact: a.Fact, Resident: t.Resident, Staff: m.ext, Kept: chance(r, kept)}
		if !s.Kept {
			due++ // it is missed when its day is over
		}
		at := w.clock(due, between(r, 10*60, 17*60), r.IntN(60))
		w.at(at, func() { w.out = append(w.out, Happening{At: at, Settled: &s}) })
	}
}
