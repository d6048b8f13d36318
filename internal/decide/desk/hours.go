package desk

import (
	"fmt"
	"time"

	"hearth"
)

// Quiet is the part of the day in which residents are left alone: from From until To, minutes after midnight on the
// wall clock of the property. From > To spans midnight; equal ends mean no quiet hours. 21:00 to 08:00 follows the
// US rule for calls and texts (8 a.m. to 9 p.m. where the called party is) and is a setting of the property.
type Quiet struct {
	From, To int
}

// lead is how long before the quiet hours a promise about something inside them is said.
const lead = 15 * time.Minute

// Holds tells whether t lies in the quiet hours of zone.
func (q Quiet) Holds(t time.Time, zone *time.Location) bool {
	local := t.In(zone)
	return q.covers(local.Hour()*60 + local.Minute())
}

// End gives the first instant at or after t that is not in quiet hours.
func (q Quiet) End(t time.Time, zone *time.Location) time.Time {
	if !q.Holds(t, zone) {
		return t
	}
	local, day := t.In(zone), hearth.DayOf(t, zone)
	if q.From > q.To && local.Hour()*60+local.Minute() >= q.From {
		day++ // the evening part ends in the morning
	}
	if end := day.At(q.To, zone); end.After(t) && end.Sub(t) <= 25*time.Hour && !q.Holds(end, zone) {
		return end.UTC()
	}
	// The clock was set back or a date left out in this very night: look minute by minute.
	end := t.Truncate(time.Minute)
	for range 49 * 60 {
		end = end.Add(time.Minute)
		if !q.Holds(end, zone) {
			return end.UTC()
		}
	}
	return end.UTC()
}

// Before gives the last good instant before the quiet hours that t lies in.
func (q Quiet) Before(t time.Time, zone *time.Location) time.Time {
	day := hearth.DayOf(t, zone)
	start := day.At(q.From, zone)
	if start.After(t) {
		start = (day - 1).At(q.From, zone)
	}
	before := start.Add(-lead)
	for range 24 * 60 {
		if !q.Holds(before, zone) {
			break
		}
		before = before.Add(-time.Minute)
	}
	return before.UTC()
}

// String gives "21:00 to 08:00".
func (q Quiet) String() string {
	return fmt.Sprintf("%02d:%02d to %02d:%02d", q.From/60, q.From%60, q.To/60, q.To%60)
}
