package value

import (
	"math"
	"strconv"
	"strings"
	"time"

	"hearth"
)

// Order is the order of day and month in dates written with numbers.
type Order string

// The orders.
const (
	MonthFirst Order = "month first"
	DayFirst   Order = "day first"
)

// Years outside of this range are taken for something other than a date in a residential record.
const (
	minYear = 1900
	maxYear = 2150
)

// Dates gathers evidence on how a column writes its dates.
type Dates struct {
	Seen      int // cells that are dates in some reading
	DayFirst  int // the first number is over 12
	DayLater  int // the second number is over 12
	Ambiguous int // both fit
	Serial    int // bare day numbers of a spreadsheet
	Other     int // filled cells that are no date
}

// Add takes one cell into account. Empty cells say nothing.
func (d *Dates) Add(s string) {
	s = strings.TrimSpace(s)
	if s == "" {
		return
	}
	a, b, numeric, ok := numbers(s)
	switch {
	case !ok:
		if _, serial := serialDay(s); serial {
			d.Seen++
			d.Serial++
			return
		}
		d.Other++
	case !numeric:
		d.Seen++
	case a > 12 && b > 12:
		d.Other++
	default:
		d.Seen++
		switch {
		case a > 12:
			d.DayFirst++
		case b > 12:
			d.DayLater++
		case a != b:
			d.Ambiguous++
		}
	}
}

// Order gives the order that fits the column, and in words how sure that is. With evidence for neither it is fallback.
func (d *Dates) Order(fallback Order) (Order, string) {
	switch {
	case d.DayFirst > 0 && d.DayLater == 0:
		return DayFirst, "a first number is above 12"
	case d.DayLater > 0 && d.DayFirst == 0:
		return MonthFirst, "a second number is above 12"
	case d.DayFirst > d.DayLater:
		return DayFirst, "most dates fit only this way"
	case d.DayLater > 0:
		return MonthFirst, "most dates fit only this way"
	case d.Ambiguous > 0:
		return fallback, "no date in the column settles it; assumed"
	}
	return fallback, ""
}

// Doubtful tells whether the column itself does not settle the order: nothing in it does, or it says both.
func (d *Dates) Doubtful() bool {
	return d.DayFirst > 0 && d.DayLater > 0 || d.Ambiguous > 0 && d.DayFirst+d.DayLater == 0
}

// numbers takes apart the first two numbers of a date like 3/31/2018, 31.3.18 or 3-31-2018. numeric is false for dates
// that need no order (ISO, with month names). ok is false when s is not a date in either reading.
func numbers(s string) (a, b int, numeric, ok bool) {
	if _, _, good := parse(s, MonthFirst); !good {
		if _, _, good = parse(s, DayFirst); !good {
			return 0, 0, false, false
		}
	}
	parts, sep := split(dateText(s))
	if sep == 0 || len(parts[0]) == 4 {
		return 0, 0, false, true
	}
	a, errA := strconv.Atoi(parts[0])
	b, errB := strconv.Atoi(parts[1])
	if errA != nil || errB != nil {
		return 0, 0, false, true
	}
	return a, b, true, true
}

// Date reads a calendar date. A time of day behind it is ignored. It accepts ISO, numbers with / - or . between them,
// month names, and the day numbers of spreadsheets.
func Date(s string, order Order) (hearth.Day, bool) {
	y, rest, ok := parse(strings.TrimSpace(s), order)
	if !ok {
		return serialDay(strings.TrimSpace(s))
	}
	if rest != "" {
		if _, ok := clock(rest); !ok {
			return 0, false
		}
	}
	return y, true
}

// Time reads a date with a time of day in zone. Without a time it is midnight and exact is false. An offset written
// behind the time (Z, +02:00) wins over zone.
func Time(s string, order Order, zone *time.Location) (t time.Time, exact, ok bool) {
	s = strings.TrimSpace(s)
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04:05.999Z0700"} {
		if t, err := time.Parse(layout, s); err == nil && t.Year() >= minYear && t.Year() <= maxYear {
			return t, true, true
		}
	}
	day, rest, ok := parse(s, order)
	if !ok {
		if f, err := strconv.ParseFloat(s, 64); err == nil {
			if day, ok := serialDay(s); ok {
				minutes := int(math.Round((f - math.Floor(f)) * 1440))
				return day.At(min(minutes, 1439), zone), minutes > 0, true
			}
		}
		return time.Time{}, false, false
	}
	if rest == "" {
		return day.Start(zone), false, true
	}
	seconds, ok := clock(rest)
	if !ok {
		return time.Time{}, false, false
	}
	if seconds == 0 {
		return day.Start(zone), false, true
	}
	return day.At(seconds/60, zone).Add(time.Duration(seconds%60) * time.Second), true, true
}

// dateText gives the part of s before a time of day.
func dateText(s string) string {
	s = strings.TrimSpace(s)
	if i := strings.IndexAny(s, "T"); i == 10 && s[4] == '-' {
		return s[:i]
	}
	if i := strings.IndexByte(s, ' '); i > 0 && strings.ContainsAny(s[:i], "/-.") && i >= 6 {
		return s[:i]
	}
	return s
}

func split(s string) ([]string, byte) {
	for _, sep := range []byte{'/', '-', '.'} {
		if parts := strings.Split(s, string(sep)); len(parts) == 3 {
			return parts, sep
		}
	}
	return nil, 0
}

// parse reads the date at the start of s and gives what follows it.
func parse(s string, order Order) (hearth.Day, string, bool) {
	if len(s) < 6 || len(s) > 40 {
		return 0, "", false
	}
	text := dateText(s)
	rest := strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(s[len(text):]), "T"))
	parts, sep := split(text)
	if sep == 0 {
		if len(text) == 8 && digits(text) {
			d, ok := make8(text)
			return d, rest, ok
		}
		d, ok := named(strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' || r == '-' || r == '/' }))
		return d, rest, ok
	}
	if !digits(parts[0]) || !digits(parts[1]) || !digits(parts[2]) {
		d, ok := named(parts)
		return d, rest, ok
	}
	n := [3]int{}
	for i, p := range parts {
		if len(p) == 0 || len(p) > 4 || len(p) == 3 {
			return 0, "", false
		}
		n[i], _ = strconv.Atoi(p)
	}
	var y, m, d int
	switch {
	case len(parts[0]) == 4:
		y, m, d = n[0], n[1], n[2]
	case len(parts[1]) > 2:
		return 0, "", false
	case order == DayFirst:
		d, m, y = n[0], n[1], n[2]
	default:
		m, d, y = n[0], n[1], n[2]
	}
	if len(parts[0]) != 4 && len(parts[2]) <= 2 {
		y = century(y)
	}
	day, ok := valid(y, m, d)
	return day, rest, ok
}

// century places a year of two digits: leases reach some decades forward and the past century back.
func century(y int) int {
	if y < 70 {
		return 2000 + y
	}
	return 1900 + y
}

func make8(s string) (hearth.Day, bool) {
	y, _ := strconv.Atoi(s[:4])
	m, _ := strconv.Atoi(s[4:6])
	d, _ := strconv.Atoi(s[6:])
	return valid(y, m, d)
}

// named reads dates with a month's name: "31 Mar 2018", "March 31, 2018", "Mar-18" is not one.
func named(parts []string) (hearth.Day, bool) {
	if len(parts) != 3 {
		return 0, false
	}
	var m, d, y int
	for i, p := range parts {
		p = strings.TrimRight(strings.ToLower(p), ".")
		if n, ok := month(p); ok && m == 0 && i < 2 {
			m = n
			continue
		}
		p = strings.TrimRight(p, "stndrh")
		n, err := strconv.Atoi(p)
		if err != nil {
			return 0, false
		}
		if d == 0 && len(p) <= 2 && i < 2 {
			d = n
		} else if y == 0 {
			if y = n; len(p) == 2 {
				y = century(n)
			}
		}
	}
	return valid(y, m, d)
}

func month(s string) (int, bool) {
	if len(s) < 3 {
		return 0, false
	}
	for m := time.January; m <= time.December; m++ {
		name := strings.ToLower(m.String())
		if s == name || s == name[:3] || (s == "sept" && m == time.September) {
			return int(m), true
		}
	}
	return 0, false
}

func valid(y, m, d int) (hearth.Day, bool) {
	if y < minYear || y > maxYear || m < 1 || m > 12 || d < 1 || d > 31 {
		return 0, false
	}
	day := hearth.MakeDay(y, time.Month(m), d)
	if _, _, got := day.Date(); got != d {
		return 0, false // 31 June
	}
	return day, true
}

// serialDay reads the day number of a spreadsheet, for the years 1980 to 2079: others are amounts or codes.
func serialDay(s string) (hearth.Day, bool) {
	if len(s) < 5 || s[0] < '2' || s[0] > '6' {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f < 29221 || f > 65745 {
		return 0, false
	}
	return hearth.Day(int32(math.Floor(f)) - 25569), true
}

// clock reads a time of day: "13:45", "1:45:10 PM", "00:00:00.000". It gives seconds after midnight.
func clock(s string) (int, bool) {
	s = strings.ToUpper(strings.TrimSpace(s))
	s = strings.ReplaceAll(strings.ReplaceAll(s, "A.M.", "AM"), "P.M.", "PM")
	s = strings.TrimSuffix(s, "Z")
	for _, layout := range []string{"15:04:05", "15:04", "3:04:05 PM", "3:04 PM", "3:04PM", "3:04:05PM", "15:04:05.999999999", "3 PM", "3PM"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.Hour()*3600 + t.Minute()*60 + t.Second(), true
		}
	}
	return 0, false
}

func digits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return len(s) > 0
}
