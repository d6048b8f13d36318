package world

import (
	"time"

	"hearth"
)

// habits starts what the household does without a reason: looking at the portal, writing, picking up packages,
// talking to the office.
func (w *World) habits(h *home) {
	for _, p := range h.people {
		if !p.adult() {
			continue
		}
		if p.portal {
			w.every(h, clamp(16*p.talk, 4, 60), func() { w.tell(w.evening(h), "portal.visited", "resident/"+p.ext, nil) })
		}
		w.every(h, clamp(4.5*p.talk, 1, 15), func() { w.chat(p) })
	}
	if h.parcels > 4 {
		w.every(h, h.parcels, func() {
			w.tell(w.evening(h), "visit.recorded", "resident/"+h.speaker().ext, map[string]any{"kind": "package"})
		})
	}
	if h.friend != nil {
		// New households talk to the office more; the extra draws of the others fall away.
		w.every(h, 9, func() {
			if w.today-h.moveIn < 30 || chance(h.r, 0.35) {
				w.meet(h)
			}
		})
	}
	w.every(h, 0.06, func() {
		value := pick(h.r, []string{"email", "sms", "call"})
		w.tell(w.evening(h), "preference.changed", h.subject(), map[string]any{"name": "channel", "value": value})
	})
}

// chat is a resident writing about something other than a repair.
func (w *World) chat(p *person) {
	occasion := "question"
	if chance(p.home.r, clamp(0.7-0.7*p.home.mood, 0.08, 0.6)) {
		occasion = "complaint"
		p.home.cheer(-0.01)
	}
	w.write(p, w.evening(p.home), occasion, "")
}

// write is a resident sending a text of the occasion at t.
func (w *World) write(p *person, t time.Time, occasion, topic string) {
	data := map[string]any{"channel": string(p.channel), "text": p.phrase(pick(p.home.r, w.words.sayings[occasion]))}
	if topic != "" {
		data["topic"] = topic
	}
	w.tell(t, "message.received", "resident/"+p.ext, data)
	w.answer(p, t, occasion, topic)
}

// meet is a personal contact: mostly with the staff member that the household knows, else with whoever is in.
func (w *World) meet(h *home) {
	m := h.friend
	if !m.on(w.today) || chance(h.r, 0.15) {
		if m = w.onDuty(h); m == nil {
			return
		}
	}
	hours := m.hours[w.today.Weekday()]
	w.tell(w.clock(w.today, between(h.r, hours.from, hours.to-10), h.r.IntN(60)), "contact.personal",
		"resident/"+h.speaker().ext, map[string]any{"staff": m.ext, "kind": pick(h.r, []string{"visit", "call", "conversation"})})
	h.cheer(0.01)
}

// onDuty gives somebody who works today, or nil.
func (w *World) onDuty(h *home) *member {
	first := h.r.IntN(len(w.team))
	for i := range w.team {
		if m := w.team[(first+i)%len(w.team)]; m.on(w.today) {
			return m
		}
	}
	return nil
}

// evening gives a moment of today at which people are awake, later rather than earlier.
func (w *World) evening(h *home) time.Time {
	return w.clock(w.today, max(between(h.r, 7*60, 21*60+30), between(h.r, 7*60, 21*60+30)), h.r.IntN(60))
}

// rentDay is the first of a month: rent falls due. The ledger lives elsewhere; Hearth hears of payments.
func (w *World) rentDay() {
	due := w.today
	for _, u := range w.units {
		if h := u.home; h != nil && h.here(due) && h.moveIn < due {
			w.rent(h, due)
		}
	}
	w.onDay(nextMonth(due), w.rentDay)
}

func (w *World) rent(h *home, due hearth.Day) {
	late, rent := chance(h.r, h.lateness), h.rent
	paid := due - hearth.Day(between(h.r, 0, 2))
	if late {
		paid = due + hearth.Day(between(h.r, 6, 24))
		w.onDay(due+6, func() {
			if h.here(w.today) {
				w.tell(w.clock(w.today, 6*60, h.r.IntN(60)), "arrears.changed", h.subject(), map[string]any{"amount": rent})
			}
		})
	}
	w.onDay(max(paid, due), func() {
		if !h.living {
			return
		}
		at := w.clock(w.today, between(h.r, 7*60, 20*60), h.r.IntN(60))
		w.tell(at, "payment.recorded", h.subject(), map[string]any{
			"due_date": due.String(), "paid_date": paid.String(), "amount": rent, "late": late,
		})
		if late {
			w.tell(at.Add(time.Minute), "arrears.changed", h.subject(), map[string]any{"amount": 0})
		}
	})
}

// gathering is the monthly get-together, on the tenth. Which one it was is nobody's business.
func (w *World) gathering() {
	for _, u := range w.units {
		h := u.home
		if h == nil || !h.here(w.today) || !chance(h.r, 0.07) {
			continue
		}
		w.tell(w.clock(w.today, between(h.r, 18*60, 20*60), h.r.IntN(60)), "visit.recorded", "resident/"+h.speaker().ext,
			map[string]any{"kind": "attendance"})
		h.cheer(0.01)
	}
	w.onDay(nextMonth(w.today)+9, w.gathering)
}
