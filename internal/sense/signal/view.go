package signal

import (
	"math"
	"time"

	"hearth"
	"hearth/internal/base/rule"
)

// View reads a state as of a moment. It is a rule.Source over Fields. Make one with NewView where many fields are
// read; the literal works as well and is slower.
type View struct {
	State *State
	Now   time.Time
	Zone  *time.Location // the property's

	today hearth.Day // of Now in Zone; 0: not computed yet
}

var _ rule.Source = View{}

// NewView makes a View that computes today's date once.
func NewView(s *State, now time.Time, zone *time.Location) View {
	return View{State: s, Now: now, Zone: zone, today: hearth.DayOf(now, zone)}
}

func (v View) day() hearth.Day {
	if v.today != 0 {
		return v.today
	}
	return hearth.DayOf(v.Now, v.Zone)
}

// Field gives the i-th field of the catalog as int64, float64, bool or string; ok is false when it is not known now.
func (v View) Field(i int) (any, bool) {
	r := reader{s: v.State, now: v.Now.UnixMilli(), today: v.day(), zone: v.Zone}
	return r.field(i)
}

// reader reads fields as of an instant whose local date is known.
type reader struct {
	s     *State
	now   int64
	today hearth.Day
	zone  *time.Location
}

func (r reader) field(i int) (any, bool) {
	switch {
	case i < 0 || i >= numFields:
		return nil, false
	case i < serviceOpen:
		return r.home(i)
	case i < engagementLevel:
		return r.service(i)
	case i < messagesReceived7:
		return r.closeness(i)
	case i < sentimentLevel:
		return r.messages(i)
	case i < leaseDaysSinceNotice:
		return r.mood(i)
	}
	return r.further(i)
}

func (r reader) home(i int) (any, bool) {
	p := &r.s.resident
	switch i {
	case residentRole:
		return boxedRole(p.role), p.role != ""
	case residentReachable:
		return r.s.reachable(), p.known
	case residentLanguage:
		return p.language, p.language != ""
	case householdPrimary:
		return p.primary, p.known
	case residentDaysKnown:
		return r.daysSinceInstant(r.s.firstSeen)
	}
	t, status := r.s.present(r.today)
	if t == nil {
		return nil, false
	}
	return r.lease(i, t, status)
}

// boxedRole gives the roles that there are as constants, which cost no allocation where conditions read them.
func boxedRole(role string) any {
	switch hearth.HouseholdRole(role) {
	case hearth.MemberLeaseholder:
		return string(hearth.MemberLeaseholder)
	case hearth.MemberOccupant:
		return string(hearth.MemberOccupant)
	case hearth.MemberMinor:
		return string(hearth.MemberMinor)
	}
	return role
}

func (s *State) reachable() bool {
	p := &s.resident
	return hearth.HouseholdRole(p.role).Addressable() && (p.email && !p.emailFails || p.phone && !p.phoneFails || p.portal)
}

func (r reader) lease(i int, t *tenancy, status leaseStatus) (any, bool) {
	gone := status == statusPast || status == statusCancelled
	begin := t.begin()
	ended := t.end != 0 && t.end < r.today
	switch i {
	case leaseStatusField:
		return status.boxed(), true
	case leaseDaysToEnd:
		return int64(t.end - r.today), t.end != 0 && !gone && !ended && !t.monthly
	case leaseDaysToStart:
		return int64(begin - r.today), begin >= r.today && begin != 0 && !gone
	case leaseDaysSinceMoveIn:
		return int64(r.today - begin), status == statusCurrent && begin != 0 && begin <= r.today
	case leaseDaysToMoveOut:
		return int64(t.moveOut - r.today), t.moveOut >= r.today && t.moveOut != 0 && !gone
	case leaseNoticeGiven:
		return t.noticed, true
	case leaseMonthToMonth:
		return status == statusCurrent && (t.monthly || ended), true
	case leaseTermNumber:
		return t.term, t.term > 0
	case tenancyDays:
		last := r.today
		if t.moveOut != 0 && t.moveOut < last {
			last = t.moveOut
		}
		return int64(last - begin), begin != 0 && begin <= last && (status == statusCurrent || status == statusPast)
	}
	return nil, false
}

func (r reader) service(i int) (any, bool) {
	s := r.s
	switch i {
	case serviceOpened30:
		return s.opened.count(r.today, month), true
	case serviceOpened90:
		return s.opened.count(r.today, quarter), true
	case serviceOpened365:
		return s.opened.count(r.today, year), true
	case serviceTotal:
		return s.total, true
	case serviceRepeats90:
		return s.repeats(r.today), true
	case serviceReopened90:
		return s.reopened.count(r.today, quarter), true
	case serviceLastClosedDays:
		return r.daysSince(s.lastClosed)
	case serviceDaysToCloseAvg:
		n := s.closeCount.count(r.today, year)
		return float64(s.closeDays.count(r.today, year)) / math.Max(float64(n), 1), n > 0
	}
	var open, urgent int64
	var since hearth.Day
	for j := range s.orders {
		if o := &s.orders[j]; o.open() {
			open++
			since = minDay(since, o.opened)
			if o.urgent {
				urgent++
			}
		}
	}
	switch i {
	case serviceOpen:
		return open, true
	case serviceUrgentOpen:
		return urgent, true
	case serviceDaysWaiting:
		return r.daysSince(since)
	}
	return nil, false
}

func (r reader) closeness(i int) (any, bool) {
	s := r.s
	switch i {
	case engagementLevel:
		return s.quick.value(r.now, halfQuick), true
	case engagementBaseline:
		return r.baseline(), true
	case engagementDrop:
		return r.drop()
	case engagementActs30:
		return s.acts.count(r.today, month), true
	case engagementLastDays:
		return r.daysSince(max(s.lastAct, r.settled()))
	case connectionLastPersonalDays:
		return r.daysSince(max(s.lastPersonal, r.settled()))
	case connectionPeople:
		var n int64
		for _, p := range s.people {
			if int(r.today-p.day) < year {
				n++
			}
		}
		return n, true
	}
	return nil, false
}

// settled is the move-in of the present stay: silence is measured from there when nothing came after it. 0: none.
func (r reader) settled() hearth.Day {
	t, status := r.s.present(r.today)
	if t == nil || status != statusCurrent || t.begin() > r.today {
		return 0
	}
	return t.begin()
}

// baseline puts the slow level on the scale of the quick one: for the same steady acts a level is proportional to its
// half-life.
func (r reader) baseline() float64 {
	return r.s.slow.value(r.now, halfSlow) * float64(halfQuick) / float64(halfSlow)
}

// minBaseline is the baseline of about one act in three months; a drop from less says nothing.
const minBaseline = 0.25

func (r reader) drop() (any, bool) {
	base := r.baseline()
	if base < minBaseline {
		return nil, false
	}
	return math.Max(0, 1-r.s.quick.value(r.now, halfQuick)/base), true
}

// The usual budget of discretionary messages; the desk decides by the property's own.
const (
	budgetWeek  = 2
	budgetMonth = 5
)

func (r reader) messages(i int) (any, bool) {
	s := r.s
	switch i {
	case messagesReceived7:
		return s.received.count(r.today, week), true
	case messagesReceived30:
		return s.received.count(r.today, month), true
	case messagesDiscretionary7:
		return s.discretionary.count(r.today, week), true
	case messagesDiscretionary30:
		return s.discretionary.count(r.today, month), true
	case messagesBudgetLeft:
		return max(0, min(budgetWeek-s.discretionary.count(r.today, week), budgetMonth-s.discretionary.count(r.today, month))), true
	case messagesInbound7:
		return s.inbound.count(r.today, week), true
	case messagesInbound30:
		return s.inbound.count(r.today, month), true
	case messagesLastInboundDays:
		return r.daysSinceInstant(s.lastInbound)
	case messagesUnansweredDays:
		return r.daysSinceInstant(s.waitingSince())
	}
	return nil, false
}

func (r reader) mood(i int) (any, bool) {
	s := r.s
	switch i {
	case sentimentLevel:
		return known(s.tone.level())
	case sentimentShift:
		return known(s.tone.shift())
	case sentimentConfidence:
		return known(s.tone.confidence(r.now))
	case sentimentLast:
		return known(s.tone.newest())
	case frustrationLevel:
		return r.frustration(), true
	case promisesBroken90:
		return s.broken.count(r.today, quarter), true
	case promisesKept90:
		return s.kept.count(r.today, quarter), true
	case paymentsLate365:
		return s.late.count(r.today, year), true
	case paymentsArrears:
		if s.arrears == nil {
			return nil, false
		}
		return *s.arrears, true
	}
	return nil, false
}

func known(f float64, ok bool) (any, bool) { return f, ok }

// ToneStrain is the most that the tone of words alone makes of frustration.level.
const ToneStrain = 0.45

// frustration joins four strains, each with a ceiling of its own, so that one alone says "some" and two say "much".
// Tone has the lowest ceiling: it is the weakest evidence.
func (r reader) frustration() float64 {
	s := r.s
	wait := 0.0
	for j := range s.orders {
		if o := &s.orders[j]; o.open() && o.opened <= r.today {
			patience := 14.0
			if o.urgent {
				patience = 3
			}
			wait = math.Max(wait, math.Min(1, float64(r.today-o.opened)/patience))
		}
	}
	again := math.Min(1, float64(s.repeats(r.today)+s.reopened.count(r.today, quarter))/3)
	broken := math.Min(1, float64(s.broken.count(r.today, quarter))/2)
	tone := 0.0
	if level, ok := s.tone.level(); ok && level < 0 {
		sure, _ := s.tone.confidence(r.now)
		tone = float64(-level * sure)
	}
	calm := 1.0
	for _, strain := range [...]float64{0.5 * wait, 0.6 * again, 0.6 * broken, ToneStrain * tone} {
		calm = float64(calm * (1 - strain))
	}
	return 1 - calm
}

func (r reader) daysSince(d hearth.Day) (any, bool) {
	return int64(r.today - d), d != 0 && d <= r.today
}

func (r reader) daysSinceInstant(ms int64) (any, bool) {
	if ms == 0 {
		return nil, false
	}
	return r.daysSince(hearth.DayOf(time.UnixMilli(ms), r.zone))
}

// index finds a field by name.
func index(n string) int {
	for i := range numFields {
		if name(i) == n {
			return i
		}
	}
	return -1
}

// Int gives a whole-number field by name; ok is false when it is not known now or there is none of that name and type.
func (v View) Int(name string) (int64, bool) { return byName[int64](v, name) }

// Float is Int for a number.
func (v View) Float(name string) (float64, bool) { return byName[float64](v, name) }

// Bool is Int for yes or no.
func (v View) Bool(name string) (bool, bool) { return byName[bool](v, name) }

// Text is Int for text.
func (v View) Text(name string) (string, bool) { return byName[string](v, name) }

func byName[T any](v View, name string) (T, bool) {
	val, ok := v.Field(index(name))
	t, isT := val.(T)
	return t, ok && isT
}
