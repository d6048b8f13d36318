// Package assign chooses who owns a task and when it is due: the least loaded among those on duty with the role, in
// business time, and the property's queue with a reason when there is nobody.
//
// It makes no tasks and ends none (act/task does); it does not judge whether a task is worth making (the playbook's
// capacity guard asks it for the load and judges).
package assign

import (
	"sort"
	"time"

	"hearth"
	"hearth/internal/fact/record"
)

// Calendar is the working time of a property or a person. Hours on a day may be several stretches.
type Calendar struct {
	Hours    []record.Hours
	Holidays []record.Holiday
	Absences []record.Absence // of a person, of whole days or a part of one
	Zone     *time.Location
}

// CalendarOf gives a property's calendar, or that of a member of its team, whose own hours go before the property's.
func CalendarOf(settings record.Settings, staff *record.Staff, zone *time.Location) Calendar {
	c := Calendar{Hours: settings.Business, Holidays: settings.Holidays, Zone: zone}
	if staff != nil {
		if len(staff.Hours) > 0 {
			c.Hours = staff.Hours
		}
		c.Absences = staff.Absences
	}
	return c
}

// horizon is how many days ahead working time is looked for: whoever does not work for a year does not work.
const horizon = 366

// span is a stretch of working time; to is the first instant after it.
type span struct{ from, to time.Time }

// spans gives the working time of a day, in order. Stretches are cut at local wall-clock times, so that a day on which
// clocks change is as long as the clock on the wall says.
func (c Calendar) spans(day hearth.Day) []span {
	out := c.planned(day)
	for _, a := range c.Absences {
		if len(out) > 0 && !a.Whole() && a.From == day {
			from, to := a.Span(c.Zone)
			out = without(out, from, to)
		}
	}
	return out
}

// planned is the working time of a day before absences of a part of it are taken out.
func (c Calendar) planned(day hearth.Day) []span {
	if c.closed(day) {
		return nil
	}
	var out []span
	for _, h := range c.Hours {
		if h.Weekday != day.Weekday() {
			continue
		}
		s := span{day.At(h.From, c.Zone), c.end(day, h.To)}
		if s.from.Before(s.to) {
			out = append(out, s)
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].from.Before(out[j].from) })
	return out
}

// without takes a stretch out of others.
func without(all []span, from, to time.Time) []span {
	var out []span
	for _, s := range all {
		if before := (span{s.from, earliest(s.to, from)}); before.from.Before(before.to) {
			out = append(out, before)
		}
		if after := (span{latest(s.from, to), s.to}); after.from.Before(after.to) {
			out = append(out, after)
		}
	}
	return out
}

func (c Calendar) end(day hearth.Day, minute int) time.Time {
	if minute >= 24*60 {
		return (day + 1).Start(c.Zone)
	}
	return day.At(minute, c.Zone)
}

func (c Calendar) closed(day hearth.Day) bool {
	date := day.String()
	for _, h := range c.Holidays {
		if h.Date == date {
			return true
		}
	}
	for _, a := range c.Absences {
		if a.Whole() && a.From <= day && day <= a.To {
			return true
		}
	}
	return false
}

// Works tells whether there is any working time on the day.
func (c Calendar) Works(day hearth.Day) bool { return len(c.spans(day)) > 0 }

// Open tells whether t lies in working time.
func (c Calendar) Open(t time.Time) bool {
	for _, s := range c.spans(hearth.DayOf(t, c.Zone)) {
		if !t.Before(s.from) && t.Before(s.to) {
			return true
		}
	}
	return false
}

// Add gives the instant that lies d of working time after from: Friday 16:30 and one hour more, with work until 17:00,
// is half an hour into the next working day. Zero or less gives the first working instant from from on. Without any
// working time within a year it falls back to plain time.
func (c Calendar) Add(from time.Time, d time.Duration) time.Time {
	left := max(d, 0)
	first := hearth.DayOf(from, c.Zone)
	for day := first; day < first+horizon; day++ {
		for _, s := range c.spans(day) {
			if s.from.Before(from) {
				s.from = from
			}
			room := s.to.Sub(s.from)
			if room <= 0 {
				continue
			}
			if left <= room && (left > 0 || room > 0) {
				return s.from.Add(left).UTC()
			}
			left -= room
		}
	}
	return from.Add(max(d, 0)).UTC()
}

// AddDays gives the instant n working days after from: the same time of day on the nth working day from there, moved
// into working time. A moment on a closed day counts from the next working day's opening, so that "one business day"
// after a Sunday is Tuesday's opening.
func (c Calendar) AddDays(from time.Time, n int) time.Time {
	start := from
	if !c.Works(hearth.DayOf(from, c.Zone)) {
		start = c.Add(from, 0)
	}
	day := hearth.DayOf(start, c.Zone)
	if !c.Works(day) {
		return from.AddDate(0, 0, n).UTC()
	}
	for left, last := n, day+horizon; left > 0 && day < last; {
		day++
		if c.Works(day) {
			left--
		}
	}
	local := start.In(c.Zone)
	at := day.At(local.Hour()*60+local.Minute(), c.Zone)
	return c.within(day, at).UTC()
}

// within moves t into the working time of its day: up to the next stretch, or down to the end of the last.
func (c Calendar) within(day hearth.Day, t time.Time) time.Time {
	spans := c.spans(day)
	for _, s := range spans {
		if t.Before(s.from) {
			return s.from
		}
		if !t.After(s.to) {
			return t
		}
	}
	if len(spans) == 0 {
		return t
	}
	return spans[len(spans)-1].to
}

// Between gives the working time from one instant to another; 0 when to is not after from.
func (c Calendar) Between(from, to time.Time) time.Duration {
	var sum time.Duration
	for day := hearth.DayOf(from, c.Zone); day <= hearth.DayOf(to, c.Zone); day++ {
		for _, s := range c.spans(day) {
			sum += max(0, earliest(s.to, to).Sub(latest(s.from, from)))
		}
	}
	return sum
}

// Opening gives the first working instant from t on; false if there is none within a year.
func (c Calendar) Opening(t time.Time) (time.Time, bool) {
	first := hearth.DayOf(t, c.Zone)
	for day := first; day < first+horizon; day++ {
		for _, s := range c.spans(day) {
			if t.Before(s.to) {
				return latest(s.from, t).UTC(), true
			}
		}
	}
	return time.Time{}, false
}

// left is the part of the day's hours that absences leave, from 0 to 1.
func (c Calendar) left(day hearth.Day) float64 {
	all, some := length(c.planned(day)), length(c.spans(day))
	if all <= 0 {
		return 0
	}
	return float64(some) / float64(all)
}

func length(spans []span) (sum time.Duration) {
	for _, s := range spans {
		sum += s.to.Sub(s.from)
	}
	return sum
}

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// BusinessDue gives the due time of something that takes d of business time from from on, in the property's hours or,
// where hours are given, in those.
func BusinessDue(settings record.Settings, hours []record.Hours, zone *time.Location, from time.Time, d time.Duration) time.Time {
	c := CalendarOf(settings, &record.Staff{Hours: hours}, zone)
	return c.Add(from, d)
}

// BusinessDays is BusinessDue for whole business days.
func BusinessDays(settings record.Settings, hours []record.Hours, zone *time.Location, from time.Time, n int) time.Time {
	c := CalendarOf(settings, &record.Staff{Hours: hours}, zone)
	return c.AddDays(from, n)
}
