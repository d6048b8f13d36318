package signal

import (
	"slices"
	"time"

	"hearth"
	"hearth/internal/base/rule"
)

// How far ahead changes are looked for, in days. Beyond it NextChange names the horizon itself as a moment to look
// again, so that nothing is missed.
const (
	horizon = 400 // longer than the longest window
	nearby  = 45  // for mixtures of several signals, which are looked at day by day
)

// NextChange gives the first instant after Now at which time alone could change the answer to "field OP value" (or
// make it known or unknown): a local midnight for what is counted in days, the exact crossing in milliseconds for what
// fades. It is the zero time when no time will. It never comes too late; for mixtures such as frustration.level it may
// come early, where nothing changes yet: ask again there. An atom that is not simple gives the day on which its field
// reads otherwise, if the field is a word or yes and no, and else the next local midnight.
func (v View) NextChange(a rule.Atom) time.Time {
	today := v.day()
	r := reader{s: v.State, now: v.Now.UnixMilli(), today: today, zone: v.Zone}
	w := watch{r, a}
	switch {
	case a.Simple:
	case a.Field == leaseStatusField || a.Field == leaseMonthToMonth:
		return w.turning()
	default:
		return (today + 1).Start(v.Zone).UTC()
	}
	switch a.Field {
	case engagementLevel, engagementBaseline, sentimentConfidence:
		return w.fading()
	case engagementDrop, frustrationLevel:
		return w.mixture()
	}
	if !changesWithTime(a.Field) {
		return time.Time{}
	}
	return w.counted()
}

// changesWithTime repeats Field.Clock without building the catalog.
func changesWithTime(i int) bool {
	switch i {
	case residentRole, residentReachable, residentLanguage, householdPrimary, leaseNoticeGiven, serviceOpen, serviceTotal, serviceUrgentOpen,
		sentimentLevel, sentimentLast, sentimentShift, paymentsArrears,
		serviceDaysToCloseLast, surveyResolved, surveyClear, surveyExpected, surveyEasy, surveyRecommend, promisesOpen:
		return false
	}
	return true
}

// watch looks at one comparison at other times.
type watch struct {
	r reader
	a rule.Atom
}

// answer is what a comparison says: unknown, no or yes.
type answer uint8

func (w watch) at(now int64, today hearth.Day) answer {
	r := w.r
	r.now, r.today = now, today
	raw, ok := r.field(w.a.Field)
	if !ok {
		return 0
	}
	var f float64
	switch n := raw.(type) {
	case int64:
		f = float64(n)
	case float64:
		f = n
	default:
		return 0
	}
	if compare(f, w.a.Op, w.a.Value) {
		return 2
	}
	return 1
}

func compare(f float64, op string, value float64) bool {
	switch op {
	case "<":
		return f < value
	case "<=":
		return f <= value
	case ">":
		return f > value
	case ">=":
		return f >= value
	case "==":
		return f == value
	}
	return f != value
}

// counted looks at the days on which a field that is counted in days can change its answer, in order.
func (w watch) counted() time.Time {
	now := w.at(w.r.now, w.r.today)
	for _, d := range w.days() {
		if w.at(w.r.now, d) != now {
			return d.Start(w.r.zone).UTC()
		}
	}
	return time.Time{}
}

// turning looks at the same days for one on which a field that is no number reads otherwise.
func (w watch) turning() time.Time {
	w.a.Value = 0
	was, known := w.r.field(w.a.Field)
	for _, d := range w.days() {
		r := w.r
		r.today = d
		if is, ok := r.field(w.a.Field); ok != known || is != was {
			return d.Start(r.zone).UTC()
		}
	}
	return time.Time{}
}

// days lists the days after today on which an answer may change: where the count of days meets the value, where an
// entry leaves a window, where a lease changes its state. Ascending.
func (w watch) days() []hearth.Day {
	var days []hearth.Day
	today := w.r.today
	add := func(d hearth.Day) {
		if d > today {
			days = append(days, d)
		}
	}
	for i := range w.r.s.tenancies {
		t := &w.r.s.tenancies[i]
		for _, d := range [...]hearth.Day{t.first, t.moveIn, t.end, t.moveOut} {
			if d != 0 {
				add(d)
				add(d + 1)
				w.around(d, add)
			}
		}
	}
	for _, d := range w.marks() {
		add(d)
		w.around(d, add)
	}
	for _, win := range w.windows() {
		for _, d := range win.days {
			add(d + hearth.Day(win.length))
			add(d) // an entry that lies ahead of Now
		}
	}
	slices.Sort(days)
	return slices.Compact(days)
}

// around adds the days on which the distance from d meets the value.
func (w watch) around(d hearth.Day, add func(hearth.Day)) {
	if w.a.Value > 1e6 || w.a.Value < -1e6 {
		return
	}
	n := hearth.Day(w.a.Value)
	for _, k := range [...]hearth.Day{-1, 0, 1, 2} {
		add(d - n + k)
		add(d + n + k)
	}
}

// marks lists the days that a field may count from, besides those of leases.
func (w watch) marks() []hearth.Day {
	s := w.r.s
	instant := func(ms int64) []hearth.Day {
		if ms == 0 {
			return nil
		}
		return []hearth.Day{hearth.DayOf(time.UnixMilli(ms), w.r.zone)}
	}
	switch w.a.Field {
	case residentDaysKnown:
		return instant(s.firstSeen)
	case serviceLastClosedDays:
		return []hearth.Day{s.lastClosed}
	case engagementLastDays:
		return []hearth.Day{s.lastAct}
	case connectionLastPersonalDays:
		return []hearth.Day{s.lastPersonal}
	case messagesLastInboundDays:
		return instant(s.lastInbound)
	case messagesUnansweredDays:
		return instant(s.waitingSince())
	case surveyLastDays:
		return instant(s.lastAt(kindSurveyAnswered))
	case leaseDaysSinceNotice, leaseDaysInTerm, leaseTermDays:
		var days []hearth.Day
		for i := range s.tenancies {
			t := &s.tenancies[i]
			days = append(append(days, instant(t.noticeAt)...), t.start)
		}
		return days
	case promisesOverdue, promisesNextDueDays:
		var days []hearth.Day
		for i := range s.promises {
			if p := &s.promises[i]; p.open() {
				days = append(days, p.dueDay(w.r.zone), p.dueDay(w.r.zone)+1)
			}
		}
		return days
	case serviceDaysWaiting:
		var days []hearth.Day
		for i := range s.orders {
			if s.orders[i].open() {
				days = append(days, s.orders[i].opened)
			}
		}
		return days
	}
	return nil
}

// window is the days of entries that a field counts for a while.
type window struct {
	days   []hearth.Day
	length int
}

func (w watch) windows() []window {
	s := w.r.s
	of := func(c counter, lengths ...int) []window {
		days := make([]hearth.Day, len(c))
		for i := range c {
			days[i] = c[i].day
		}
		all := make([]window, len(lengths))
		for i, n := range lengths {
			all[i] = window{days, n}
		}
		return all
	}
	switch w.a.Field {
	case serviceOpened30:
		return of(s.opened, month)
	case serviceOpened90:
		return of(s.opened, quarter)
	case serviceOpened365:
		return of(s.opened, year)
	case serviceRepeats90:
		days := make([]hearth.Day, len(s.openings))
		for i := range s.openings {
			days[i] = s.openings[i].day
		}
		return []window{{days, quarter}}
	case serviceReopened90:
		return of(s.reopened, quarter)
	case serviceDaysToCloseAvg:
		return of(s.closeCount, year)
	case engagementActs30:
		return of(s.acts, month)
	case connectionPeople:
		days := make([]hearth.Day, len(s.people))
		for i := range s.people {
			days[i] = s.people[i].day
		}
		return []window{{days, year}}
	case messagesReceived7:
		return of(s.received, week)
	case messagesReceived30:
		return of(s.received, month)
	case messagesDiscretionary7:
		return of(s.discretionary, week)
	case messagesDiscretionary30:
		return of(s.discretionary, month)
	case messagesBudgetLeft:
		return of(s.discretionary, week, month)
	case messagesInbound7:
		return of(s.inbound, week)
	case messagesInbound30:
		return of(s.inbound, month)
	case promisesBroken90:
		return of(s.broken, quarter)
	case promisesKept90:
		return of(s.kept, quarter)
	case paymentsLate365:
		return of(s.late, year)
	case serviceOpened7:
		return of(s.opened, week)
	case serviceClosed90:
		return of(s.closeCount, quarter)
	case engagementReplies90:
		return of(s.inbound, quarter)
	case connectionContacts90:
		return of(s.contacts, quarter)
	}
	if c := s.actCounter(w.a.Field); c != nil {
		return of(*c, quarter)
	}
	return nil
}

// fading finds the crossing of a level that only falls with time.
func (w watch) fading() time.Time {
	now := w.at(w.r.now, w.r.today)
	end := w.r.now + int64(horizon)*dayMillis
	if w.at(end, w.r.today) == now {
		if w.r.level(w.a.Field) < 1e-9 || w.a.Value < 0 || w.settledFor(end) {
			return time.Time{}
		}
		return hearth.FromMillis(end)
	}
	return hearth.FromMillis(w.bisect(w.r.now, end, now))
}

// settledFor tells whether the level at the horizon is already on the far side of the value, where it stays.
func (w watch) settledFor(end int64) bool {
	r := w.r
	r.now = end
	return r.level(w.a.Field) < w.a.Value
}

// level reads a field that fades.
func (r reader) level(field int) float64 {
	raw, _ := r.field(field)
	f, _ := raw.(float64)
	return f
}

// bisect finds the first millisecond in (lo, hi] with another answer than at lo, given that it changes once between.
func (w watch) bisect(lo, hi int64, was answer) int64 {
	for hi-lo > 1 {
		mid := lo + (hi-lo)/2
		if w.at(mid, w.r.today) == was {
			lo = mid
		} else {
			hi = mid
		}
	}
	return hi
}

// mixture looks day by day for a change of a field that both steps at midnight and fades between.
func (w watch) mixture() time.Time {
	r := w.r
	now := w.at(r.now, r.today)
	from := r.now
	for d := r.today + 1; d <= r.today+nearby; d++ {
		midnight := d.Start(r.zone).UnixMilli()
		before := watch{reader{r.s, r.now, d - 1, r.zone}, w.a}
		if before.at(midnight-1, d-1) != now {
			return hearth.FromMillis(before.bisect(from, midnight-1, now))
		}
		if w.at(midnight, d) != now {
			return hearth.FromMillis(midnight)
		}
		from = midnight
	}
	if r.quiet(w.a.Field) {
		return time.Time{}
	}
	return hearth.FromMillis(from)
}

// quiet tells whether nothing that the mixture is made of can change any more.
func (r reader) quiet(field int) bool {
	if field == engagementDrop {
		return r.baseline() < minBaseline
	}
	s := r.s
	open := slices.ContainsFunc(s.orders, func(o order) bool { return o.open() })
	return !open && len(s.openings) == 0 && len(s.reopened) == 0 && len(s.broken) == 0 && s.tone.count() == 0
}
