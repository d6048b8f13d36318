package world

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"hearth"
)

// How often and how long repairs are, fitted so that a generated year lies within the domain facts: four to six
// requests a unit and year, more in the first ninety days; two in three done within a day, 3.9 days on average; one
// in fifteen an emergency; one in fifty coming back.
const (
	requestsAYear   = 4.4
	newcomerFactor  = 2.0
	chronicAYear    = 2.5
	emergencyShare  = 0.0667
	quickShare      = 0.78
	longDays        = 15.5 // mean of what a slow repair takes beyond its first day
	callbackShare   = 0.0201
	cancelledShare  = 0.02
	newcomerDays    = 90
	frustrationDays = 5 // people who wait longer begin to say so
)

// order is a repair request on its way.
type order struct {
	ext       string
	home      *home
	who       *person
	category  *category
	fault     fault
	emergency bool
	opened    time.Time
	late      bool // counted in home.waiting
}

func (o *order) subject() string { return "workorder/" + o.ext }

// repairs has the household report faults: the ordinary ones, and the one that keeps coming back in this unit.
func (w *World) repairs(h *home) {
	w.every(h, requestsAYear*newcomerFactor, func() {
		share := 1 / newcomerFactor
		if w.today-h.moveIn < newcomerDays {
			share = 1
		}
		who := h.speaker()
		// Handy people report less, but never nothing.
		if chance(h.r, share*clamp(1.25-0.25*who.handy, 0.6, 1.15)) {
			w.report(h, who, w.season(h.r))
		}
	})
	if h.unit.chronic != nil {
		w.every(h, chronicAYear, func() { w.report(h, h.speaker(), h.unit.chronic) })
	}
}

// every has f happen perYear times a year on random days while the household lives here.
func (w *World) every(h *home, perYear float64, f func()) {
	w.onDay(w.today+hearth.Day(daysUntil(h.r, perYear)), func() {
		if h.here(w.today) {
			f()
		}
		if h.living {
			w.every(h, perYear, f)
		}
	})
}

// season draws a category by how often it occurs at this time of year.
func (w *World) season(r *rand.Rand) *category {
	_, month, _ := w.today.Date()
	weights := make([]float64, len(w.words.categories))
	for i := range w.words.categories {
		c := &w.words.categories[i]
		weights[i] = c.weight
		switch month {
		case time.June, time.July, time.August:
			weights[i] *= c.hot
		case time.December, time.January, time.February:
			weights[i] *= c.cold
		}
	}
	return &w.words.categories[weighted(r, weights)]
}

// report opens a request and arranges the rest of its life.
func (w *World) report(h *home, who *person, c *category) {
	w.orders++
	o := &order{ext: fmt.Sprintf("WO-%06d", w.orders), home: h, who: who, category: c}
	r := h.r
	o.emergency = len(c.urgent) > 0 && chance(r, emergencyShare*1.24) // 1.24: not every category has emergencies
	minutes := between(r, 7*60, 21*60)
	if o.emergency {
		minutes = between(r, 0, 23*60+59)
	}
	o.fault = pick(r, c.reports)
	if o.emergency {
		o.fault = pick(r, c.urgent)
	}
	o.opened = w.clock(w.today, minutes, r.IntN(60))
	data := map[string]any{"workorder": o.ext, "unit": h.unit.ext, "description": describe(r, o)}
	if chance(r, 0.85) {
		data["category"] = c.name
	}
	switch {
	case o.emergency:
		data["priority"] = "emergency"
	case chance(r, 0.15):
		data["priority"] = "urgent"
	default:
		data["priority"] = "routine"
	}
	w.tell(o.opened, "workorder.opened", "resident/"+who.ext, data)
	switch {
	case o.emergency:
		w.finish(o, o.opened.Add(time.Hour+time.Duration(r.ExpFloat64()*3*float64(time.Hour))))
	case chance(r, cancelledShare):
		at := w.workTime(o.opened.Add(time.Duration(between(r, 2, 40)) * time.Hour))
		w.tell(at, "workorder.cancelled", o.subject(), nil)
	case chance(r, quickShare):
		done := w.workTime(o.opened.Add(time.Duration((1 + 20*r.Float64()) * float64(time.Hour))))
		if chance(r, 0.6) {
			w.appoint(o, o.opened, done)
		}
		w.finish(o, done)
	default:
		w.takeLong(o)
	}
}

// describe is how the resident puts it.
func describe(r *rand.Rand, o *order) string {
	text := o.fault.report
	if o.emergency {
		return text
	}
	switch r.IntN(8) {
	case 0:
		text += " Please call before you come, we have a dog."
	case 1:
		text += " You can come in any time, nobody needs to be home."
	case 2:
		text = "Hi, " + strings.ToLower(text[:1]) + text[1:] + " Thanks."
	}
	return text
}

// takeLong arranges a repair that is not done within a day: a visit, often a wait for parts or people, and another
// visit. Meanwhile the household's mood sinks, and some say so.
func (w *World) takeLong(o *order) {
	r := o.home.r
	done := w.workTime(o.opened.Add(time.Duration((1 + longDays*r.ExpFloat64()) * 24 * float64(time.Hour))))
	first := w.workTime(o.opened.Add(time.Duration(between(r, 16, 60)) * time.Hour))
	if first.After(done) {
		first = done
	}
	w.appoint(o, o.opened, first)
	if days := int(done.Sub(first).Hours() / 24); days >= 2 {
		reason := pick(r, o.category.waits)
		if chance(r, 0.2) {
			reason = "access" // nobody opened, or the dog was alone
		}
		w.tell(first.Add(40*time.Minute), "workorder.waiting", o.subject(), map[string]any{"for": reason})
		w.appoint(o, done.Add(-time.Duration(between(r, 20, 44))*time.Hour), done)
	}
	w.at(o.opened.AddDate(0, 0, frustrationDays), func() { w.grumble(o, done) })
	w.finish(o, done)
}

// grumble is a household noticing that it waits, every few days until the repair is done.
func (w *World) grumble(o *order, done time.Time) {
	h := o.home
	now := w.office(h.r)
	if !now.Before(done) || !h.here(w.today) {
		return
	}
	if !o.late {
		o.late = true
		h.waiting++
	}
	h.cheer(-0.03)
	if chance(h.r, clamp(0.25*o.who.talk, 0, 0.8)) {
		w.write(o.who, now, "waiting", "maintenance")
	}
	w.onDay(w.today+hearth.Day(between(h.r, 3, 6)), func() { w.grumble(o, done) })
}

// appoint tells of an appointment for a visit at visit, made soon after from.
func (w *World) appoint(o *order, from, visit time.Time) {
	at := w.workTime(from.Add(time.Duration(between(o.home.r, 15, 100)) * time.Minute))
	if at.Before(o.opened) || !at.Before(visit) {
		return
	}
	start := visit.Truncate(time.Hour).Add(-time.Hour)
	w.tell(at, "workorder.scheduled", o.subject(), map[string]any{
		"start": start.UTC().Format(time.RFC3339), "end": start.Add(3 * time.Hour).UTC().Format(time.RFC3339),
	})
}

// finish has the repair done at t, what follows from it, and one in fifty come back.
func (w *World) finish(o *order, t time.Time) {
	h, r := o.home, o.home.r
	w.tell(t, "workorder.completed", o.subject(), map[string]any{"resolution": o.fault.fix})
	days := t.Sub(o.opened).Hours() / 24
	back := chance(r, callbackShare)
	w.at(t, func() {
		if o.late {
			h.waiting--
		}
		h.cheer(clamp(0.02-0.006*days, -0.08, 0.02))
	})
	if !back && chance(r, clamp(0.12*o.who.talk, 0, 0.6)) {
		w.later(h, t.Add(time.Duration(between(r, 1, 20))*time.Hour), func(at time.Time) { w.write(o.who, at, "thanks", "maintenance") })
	}
	if back {
		again := w.workTime(t.Add(time.Duration(between(r, 14, 160)) * time.Hour))
		w.at(again, func() { w.comeBack(o, again) })
	}
}

// comeBack is a repair that did not hold.
func (w *World) comeBack(o *order, at time.Time) {
	h, r := o.home, o.home.r
	w.tell(at, "workorder.reopened", o.subject(), map[string]any{"reason": pick(r, w.words.sayings["reopened"])})
	h.cheer(-0.1)
	if h.here(w.today) && chance(r, clamp(0.5*o.who.talk, 0, 0.9)) {
		w.write(o.who, at.Add(20*time.Minute), "again", "maintenance")
	}
	done := w.workTime(at.Add(time.Duration(between(r, 4, 70)) * time.Hour))
	w.tell(done, "workorder.completed", o.subject(), map[string]any{"resolution": o.fault.fix})
}

// workTime moves t into the hours in which technicians work: eight to six, Monday to Saturday. It never goes back.
func (w *World) workTime(t time.Time) time.Time {
	local := t.In(w.property.Zone)
	day := hearth.DayOf(t, w.property.Zone)
	early := 8*60 + (local.Minute()*3+local.Second())%90
	switch {
	case local.Hour() >= 18:
		day++
	case local.Hour() < 8:
	case day.Weekday() != time.Sunday:
		return t
	}
	if day.Weekday() == time.Sunday {
		day++
	}
	return day.At(early, w.property.Zone)
}

// later has f happen at t if the household still lives here then; at night it waits for the morning.
func (w *World) later(h *home, t time.Time, f func(at time.Time)) {
	day, minutes := hearth.DayOf(t, w.property.Zone), t.In(w.property.Zone).Hour()*60+t.In(w.property.Zone).Minute()
	if minutes > 22*60 {
		day, minutes = day+1, 8*60
	}
	day, minutes = max(day, w.today), max(minutes, 7*60+30)
	w.onDay(day, func() {
		if h.here(day) {
			f(w.clock(day, minutes, t.Second()))
		}
	})
}
