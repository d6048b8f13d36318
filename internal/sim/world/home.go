package world

import (
	"fmt"
	"math/rand/v2"
	"time"

	"hearth"
)

// home is a household with its lease on one unit, from signing to the last day.
type home struct {
	ext    string // of the lease
	unit   *unit
	people []*person
	r      *rand.Rand // the household's own chance, for all that its members do

	moveIn     hearth.Day
	start, end hearth.Day // the current term
	rent       int        // dollars a month
	noticeOn   hearth.Day // when they said that they leave
	moveOut    hearth.Day // the last day, once notice is given
	monthly    bool       // stayed beyond the term
	living     bool       // moved in and not out

	mood     float64 // how glad they are to live here, 0 to 1
	friend   *member // whom they talk to; nil for a household that keeps to itself
	parcels  float64 // packages a year
	lateness float64 // chance that a month's rent is late
	waiting  int     // repairs that take too long just now
}

// startMood is where moods begin on average; renewals are fitted around it.
const startMood = 0.62

// household makes the people who will live in u.
func (w *World) household(u *unit) *home {
	u.households++
	w.homes++
	r := stream(w.cfg.Seed, "home", u.ext, fmt.Sprint(u.households))
	h := &home{
		ext: fmt.Sprintf("L%06d", w.homes), unit: u, r: r, rent: u.rent,
		mood: clamp(startMood+0.16*r.NormFloat64(), 0.1, 0.98), parcels: 18 * r.ExpFloat64(), lateness: 0.02,
	}
	w.gather(r, h, u.beds)
	if chance(r, 0.75) {
		h.friend = pick(r, w.team)
	}
	if chance(r, 0.12) {
		h.lateness = 0.45
	}
	w.tellWhatTheyAre(h)
	return h
}

// speaker gives an adult of the household; mostly the first, who signed the lease.
func (h *home) speaker() *person {
	if chance(h.r, 0.75) {
		return h.people[0]
	}
	if p := pick(h.r, h.people); p.adult() {
		return p
	}
	return h.people[0]
}

// subject names the household in events: by the person who signed first.
func (h *home) subject() string { return "resident/" + h.people[0].ext }

// cheer moves the household's mood; it never gets stuck at an end.
func (h *home) cheer(by float64) { h.mood = clamp(h.mood+by, 0.05, 0.98) }

// populate fills most units as of the first morning. Leases are staggered over the year, more of them ending in
// summer, and three in five households have renewed at least once.
func (w *World) populate() {
	for _, u := range w.units {
		r := stream(w.cfg.Seed, "past", u.ext)
		if chance(r, 0.05) {
			w.onDay(w.cfg.Start+hearth.Day(between(r, 1, 40)), func() { w.sign(u, w.today+7) })
			continue
		}
		h := w.household(u)
		months := termMonths(r)
		h.end = w.termEnd(r, months)
		h.start = addMonths(h.end+1, -months)
		h.moveIn = h.start
		for chance(r, 0.62) && h.start-h.moveIn < 9*365 {
			h.moveIn = addMonths(h.moveIn, -12)
		}
		if chance(r, 0.05) && h.start-h.moveIn > 300 {
			h.monthly = true // the term ran out and nobody signed again
			h.end = w.cfg.Start - hearth.Day(between(r, 10, 240))
			h.start = addMonths(h.end+1, -12)
			h.moveIn = min(h.moveIn, h.start)
		}
		h.rent = u.rent - 5*r.IntN(20)
		h.living, u.home = true, h
		w.live(h)
	}
}

// termEnd draws the end of a running term of so many months; a third of the winter's move to another time of year.
func (w *World) termEnd(r *rand.Rand, months int) hearth.Day {
	length := addMonths(w.cfg.Start, months) - w.cfg.Start
	var end hearth.Day
	for range 4 {
		end = w.cfg.Start + 1 + hearth.Day(r.IntN(int(length)-1))
		if _, m, _ := end.Date(); m > time.February && m < time.November || chance(r, 0.65) {
			break
		}
	}
	if chance(r, 0.6) {
		last := nextMonth(end) - 1
		if last-w.cfg.Start < length {
			end = last
		}
	}
	return end
}

func termMonths(r *rand.Rand) int {
	return []int{12, 6, 9, 13, 15}[weighted(r, []float64{78, 5, 5, 6, 6})]
}

// live starts everything that a household does while it lives here.
func (w *World) live(h *home) {
	w.repairs(h)
	w.habits(h)
	w.plan(h)
}

// here tells whether the household lives here all of day.
func (h *home) here(day hearth.Day) bool { return h.living && (h.moveOut == 0 || day < h.moveOut) }

// plan decides, when the time comes, how the current term ends: they renew two to three months before it does, give
// notice about sixty days ahead, or let it run out and stay by the month. What was decided before the first morning
// is in the import.
func (w *World) plan(h *home) {
	if h.monthly {
		w.onDay(w.today+hearth.Day(daysUntil(h.r, 1.2)), func() { w.leaveMonthly(h) })
		return
	}
	ask := h.end - hearth.Day(between(h.r, 62, 100))
	if w.inDay || ask >= w.today {
		w.onDay(ask, func() { w.decide(h) })
		return
	}
	if h.staysOn() {
		h.end = addMonths(h.end+1, 12) - 1
		w.plan(h)
		return
	}
	if on := h.end - 60 + hearth.Day(between(h.r, -3, 4)); on < w.today {
		w.settleNotice(h, on, h.end)
	} else {
		w.onDay(on, func() { w.notice(h, h.end) })
	}
}

// staysOn draws whether the household wants another term. About sixty in a hundred do (domain facts), more of the
// glad ones.
func (h *home) staysOn() bool { return chance(h.r, clamp(0.58+0.5*(h.mood-startMood), 0.15, 0.9)) }

// decide is the household making up its mind about the next term.
func (w *World) decide(h *home) {
	if !h.living || h.moveOut != 0 {
		return
	}
	switch {
	case h.staysOn():
		w.renew(h)
	case chance(h.r, 0.06):
		w.onDay(h.end+1, func() {
			h.monthly = true
			w.plan(h)
		})
	default:
		day := h.end - 60 + hearth.Day(between(h.r, -3, 4))
		w.onDay(day, func() { w.notice(h, max(h.end, w.today+30)) })
	}
}

// renew begins a new term on the same lease, announced today.
func (w *World) renew(h *home) {
	from := h.end + 1
	if h.monthly {
		from = nextMonth(w.today)
	}
	h.start, h.end, h.monthly = from, addMonths(from, termMonths(h.r))-1, false
	rent := h.rent + int(float64(h.rent)*(0.01+0.04*h.r.Float64())/5)*5
	w.onDay(from, func() { h.rent = rent })
	w.tell(w.office(h.r), "lease.renewed", h.subject(), map[string]any{
		"start": h.start.String(), "end": h.end.String(), "rent": rent,
	})
	w.plan(h)
}

// leaveMonthly is a household without a term signing again or giving a month's notice.
func (w *World) leaveMonthly(h *home) {
	if !h.living || h.moveOut != 0 {
		return
	}
	if chance(h.r, 0.5) {
		w.renew(h)
		return
	}
	w.notice(h, w.today+hearth.Day(between(h.r, 30, 60)))
}

// notice is the household saying today that it leaves on last.
func (w *World) notice(h *home, last hearth.Day) {
	if !h.living || h.moveOut != 0 {
		return
	}
	w.tell(w.office(h.r), "lease.notice_given", h.subject(), map[string]any{"move_out": last.String()})
	w.settleNotice(h, w.today, last)
}

// settleNotice arranges what follows a notice: the last day, the turn and the next household. One in forty takes the
// notice back.
func (w *World) settleNotice(h *home, on, last hearth.Day) {
	h.noticeOn, h.moveOut = on, last
	if chance(h.r, 0.025) && last-w.today > 25 {
		w.onDay(w.today+hearth.Day(between(h.r, 8, 18)), func() { w.stayAfterAll(h) })
		return
	}
	w.onDay(last, func() { w.leave(h) })
	r := stream(w.cfg.Seed, "turn", h.ext)
	ready := last + hearth.Day(between(r, 4, 8)) // a turn takes four to seven days
	w.onDay(max(w.today+3, ready-hearth.Day(between(r, 5, 35))), func() { w.sign(h.unit, ready) })
}

func (w *World) stayAfterAll(h *home) {
	h.noticeOn, h.moveOut = 0, 0
	w.tell(w.office(h.r), "lease.notice_withdrawn", h.subject(), nil)
	w.onDay(w.today+1, func() { w.renew(h) })
}

// leave is the move-out.
func (w *World) leave(h *home) {
	h.living = false
	if h.unit.home == h {
		h.unit.home = nil
	}
	w.tell(w.clock(w.today, between(h.r, 17*60, 19*60), h.r.IntN(60)), "lease.moved_out", h.subject(),
		map[string]any{"date": w.today.String()})
}

// sign is a new household signing for u today, to move in when the unit is ready or later. The system tells of it by
// a file with the new people; one in thirty changes its mind.
func (w *World) sign(u *unit, ready hearth.Day) {
	h := w.household(u)
	h.moveIn = max(ready, w.today+8) + hearth.Day(h.r.ExpFloat64()*9)
	if first := nextMonth(h.moveIn); chance(h.r, 0.4) && first-h.moveIn < 9 {
		h.moveIn = first
	}
	h.start = h.moveIn
	h.end = addMonths(h.start, termMonths(h.r)) - 1
	if chance(h.r, 0.6) {
		h.end = nextMonth(h.end) - 1
	}
	u.next = h
	at := w.clock(w.today, 18*60, h.r.IntN(60))
	file := w.residentsFile([]*home{h}, false)
	w.out = append(w.out, Happening{At: at, File: &file})
	if chance(h.r, 0.03) {
		w.onDay(w.today+hearth.Day(between(h.r, 2, 5)), func() {
			u.next = nil
			w.tell(w.office(h.r), "lease.cancelled", h.subject(), nil)
			w.onDay(w.today+hearth.Day(between(h.r, 2, 12)), func() { w.sign(u, ready) })
		})
		return
	}
	w.onDay(h.moveIn, func() { w.arrive(h) })
}

// arrive is the day of the move-in.
func (w *World) arrive(h *home) {
	h.living, h.unit.home, h.unit.next = true, h, nil
	w.tell(w.clock(w.today, between(h.r, 9*60, 12*60), h.r.IntN(60)), "lease.moved_in", h.subject(),
		map[string]any{"date": w.today.String()})
	w.onDay(w.today+1, func() { w.live(h) })
}

// office gives a moment of today's office hours.
func (w *World) office(r *rand.Rand) time.Time {
	return w.clock(w.today, between(r, 9*60, 17*60+50), r.IntN(60))
}
