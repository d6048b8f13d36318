package hearth

import (
	"strconv"
	"sync"
	"time"
)

// Clock tells the time. All code below the wiring takes one, so that ninety days can pass in a test.
type Clock interface {
	Now() time.Time
}

// VirtualClock is a Clock that moves only when told to. It is safe for concurrent use.
type VirtualClock struct {
	mu  sync.Mutex
	now time.Time
}

// NewVirtualClock starts a virtual clock at t.
func NewVirtualClock(t time.Time) *VirtualClock { return &VirtualClock{now: t.UTC()} }

// Now gives the time that the clock stands at, in UTC.
func (c *VirtualClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Set moves the clock to t.
func (c *VirtualClock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t.UTC()
}

// Advance moves the clock forward by d.
func (c *VirtualClock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Millis is how times are stored: integer milliseconds since 1970 in UTC; the zero time is 0.
func Millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// FromMillis is the reverse of Millis.
func FromMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// Day is a calendar date in no particular zone: days since 1970-01-01. A lease ends on a Day; which instant that is
// depends on the property's zone. The zero Day means "no date".
type Day int32

// DayOf gives the calendar date that t has in zone.
func DayOf(t time.Time, zone *time.Location) Day {
	y, m, d := t.In(zone).Date()
	return MakeDay(y, m, d)
}

// MakeDay gives the day of a calendar date.
func MakeDay(year int, month time.Month, day int) Day {
	return Day(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// ParseDay reads "2026-11-21"; it fails with CodeInvalid.
func ParseDay(s string) (Day, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0, Errorf(CodeInvalid, "%q is not a date like 2026-11-21.", s)
	}
	return Day(t.Unix() / 86400), nil
}

// Start gives the first instant of the day in zone. Where daylight saving skips midnight it is the first instant
// that exists.
func (d Day) Start(zone *time.Location) time.Time {
	y, m, dd := d.Date()
	t := time.Date(y, m, dd, 0, 0, 0, 0, zone)
	if t.Day() != dd {
		// Midnight does not exist on this day (for example Santiago in September) and Go went back an hour.
		t = time.Date(y, m, dd, 1, 0, 0, 0, zone)
	}
	return t
}

// At gives the instant of a wall-clock time (minutes after midnight) on the day in zone. A time that daylight
// saving skips runs at the next minute that exists; one that occurs twice means the first.
func (d Day) At(minutes int, zone *time.Location) time.Time {
	y, m, dd := d.Date()
	t := time.Date(y, m, dd, minutes/60, minutes%60, 0, 0, zone)
	if got := t.Hour()*60 + t.Minute(); got < minutes%1440 && t.Day() == dd {
		// time.Date may answer on either side of a gap; take the side after it.
		for t.Hour()*60+t.Minute() < minutes%1440 {
			t = t.Add(time.Minute)
		}
	}
	return t
}

// Date gives the calendar date.
func (d Day) Date() (int, time.Month, int) {
	return time.Unix(int64(d)*86400, 0).UTC().Date()
}

// Weekday gives the day of the week.
func (d Day) Weekday() time.Weekday { return time.Unix(int64(d)*86400, 0).UTC().Weekday() }

// Words says the day as people do: "21 November 2026", or "" for no date.
func (d Day) Words() string {
	if d == 0 {
		return ""
	}
	y, m, day := d.Date()
	return strconv.Itoa(day) + " " + m.String() + " " + strconv.Itoa(y)
}

// DayWords says the day that t has in zone as people do: "21 November 2026".
func DayWords(t time.Time, zone *time.Location) string { return t.In(zone).Format("2 January 2006") }

// MomentWords says the moment t as people in zone do: "21 November 2026, 09:00".
func MomentWords(t time.Time, zone *time.Location) string {
	return t.In(zone).Format("2 January 2006, 15:04")
}

// String gives "2026-11-21", or "" for no date.
func (d Day) String() string {
	if d == 0 {
		return ""
	}
	return time.Unix(int64(d)*86400, 0).UTC().Format(time.DateOnly)
}
