package playbook

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"hearth"
)

// Calendar is a rule of local times: every day, on weekdays, on a day of each month, or once a year, at a time of day
// in the property's zone.
type Calendar struct {
	Every   string `yaml:"every"`   // day, week, month, year
	Weekday Names  `yaml:"weekday"` // with week: one or several; with month or year: one, as "first monday"
	Day     string `yaml:"day"`     // with month: 1 to 31, or last; a month that is shorter means its last day
	Date    string `yaml:"date"`    // with year: 11-15, month and day; 02-29 means the last of February in other years
	Month   string `yaml:"month"`   // with year and weekday: november
	Time    string `yaml:"time"`    // "09:00"

	minutes int
	days    [7]bool // with week
	nth     int     // with "first monday": 1 to 4, or 5 for the last; 0: none
	weekday time.Weekday
	day     int        // of the month; 31 for the last
	month   time.Month // with year
}

// Names is one name or several: "monday" or [monday, friday].
type Names []string

// UnmarshalYAML reads one name or a list.
func (l *Names) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*l = Names{n.Value}
		return nil
	}
	type plain Names
	return n.Decode((*plain)(l))
}

// check refuses a rule that is not whole, and prepares it for asking.
func (c *Calendar) check() error {
	var ok bool
	if c.minutes, ok = clock(c.Time); !ok {
		return invalid("trigger.at.time", "%q is not a time of day like 09:00, in the property's zone.", c.Time)
	}
	switch c.Every {
	case "day":
		return c.only()
	case "week":
		return c.checkWeek()
	case "month":
		return c.checkMonth()
	case "year":
		return c.checkYear()
	}
	every := []string{"day", "week", "month", "year"}
	return invalid("trigger.at.every", "%q is not one of day, week, month and year.%s", c.Every, meant(c.Every, every))
}

// only refuses keys that do not belong to the rule's kind.
func (c *Calendar) only(keys ...string) error {
	for _, k := range []struct {
		name string
		set  bool
	}{{"weekday", len(c.Weekday) > 0}, {"day", c.Day != ""}, {"date", c.Date != ""}, {"month", c.Month != ""}} {
		if k.set && !contains(keys, k.name) {
			return invalid("trigger.at."+k.name, "%s does not belong to every: %s.", k.name, c.Every)
		}
	}
	return nil
}

func (c *Calendar) checkWeek() error {
	if len(c.Weekday) == 0 {
		return invalid("trigger.at.weekday", "Say on which days, for example weekday: [monday, thursday].")
	}
	for _, name := range c.Weekday {
		day, err := weekdayOf(name)
		if err != nil {
			return err
		}
		c.days[day] = true
	}
	return c.only("weekday")
}

func (c *Calendar) checkMonth() error {
	switch {
	case c.Day != "" && len(c.Weekday) > 0, c.Day == "" && len(c.Weekday) == 0:
		return invalid("trigger.at", "Every month takes either a day, such as day: 1 or day: last, or a weekday, such as weekday: first monday.")
	case c.Day == "last":
		c.day = 31
	case c.Day != "":
		n, err := strconv.Atoi(c.Day)
		if err != nil || n < 1 || n > 31 {
			return invalid("trigger.at.day", "%q is not a day of the month: 1 to 31, or last.", c.Day)
		}
		c.day = n
	default:
		if err := c.checkNth(); err != nil {
			return err
		}
	}
	return c.only("day", "weekday")
}

func (c *Calendar) checkYear() error {
	switch {
	case c.Date != "" && c.Month == "" && len(c.Weekday) == 0:
		// A leap year, so that 02-29 can be said.
		t, err := time.Parse("2006-01-02", "2024-"+c.Date)
		if err != nil {
			return invalid("trigger.at.date", "%q is not a date like 11-15, month and day.", c.Date)
		}
		c.month, c.day = t.Month(), t.Day()
	case c.Date == "" && c.Month != "" && len(c.Weekday) > 0:
		months := make([]string, 0, 12)
		for m := time.January; m <= time.December; m++ {
			months = append(months, strings.ToLower(m.String()))
			if strings.EqualFold(m.String(), c.Month) {
				c.month = m
			}
		}
		if c.month == 0 {
			return invalid("trigger.at.month", "%q is not a month.%s", c.Month, meant(c.Month, months))
		}
		if err := c.checkNth(); err != nil {
			return err
		}
	default:
		return invalid("trigger.at", "Every year takes either date: 11-15, or a month with a weekday, such as month: november and weekday: first monday.")
	}
	return c.only("date", "month", "weekday")
}

// checkNth reads "first monday".
func (c *Calendar) checkNth() error {
	which := []string{"first", "second", "third", "fourth", "last"}
	nth, day, ok := strings.Cut(strings.ToLower(c.Weekday[0]), " ")
	for i, name := range which {
		if name == nth {
			c.nth = i + 1
		}
	}
	if !ok || len(c.Weekday) != 1 || c.nth == 0 {
		return invalid("trigger.at.weekday", "%q is not like first monday or last friday.%s", strings.Join(c.Weekday, ", "), meant(nth, which))
	}
	var err error
	c.weekday, err = weekdayOf(strings.TrimSpace(day))
	return err
}

func weekdayOf(name string) (time.Weekday, error) {
	names := make([]string, 0, 7)
	for d := time.Sunday; d <= time.Saturday; d++ {
		if strings.EqualFold(d.String(), name) {
			return d, nil
		}
		names = append(names, strings.ToLower(d.String()))
	}
	return 0, invalid("trigger.at.weekday", "%q is not a day of the week.%s", name, meant(name, names))
}

// on tells whether the rule names the day.
func (c *Calendar) on(d hearth.Day) bool {
	switch c.Every {
	case "day":
		return true
	case "week":
		return c.days[d.Weekday()]
	}
	y, m, dd := d.Date()
	if c.Every == "year" && m != c.month {
		return false
	}
	last := time.Date(y, m+1, 0, 0, 0, 0, 0, time.UTC).Day()
	switch {
	case c.nth == 5:
		return d.Weekday() == c.weekday && dd+7 > last
	case c.nth > 0:
		return d.Weekday() == c.weekday && (dd-1)/7+1 == c.nth
	}
	return dd == min(c.day, last)
}

// longest is how many days can lie between two days of any rule.
const longest = 366

// Next gives the first occurrence after t in zone, with its local day. A time that daylight saving skips is the next
// minute that exists; one that it repeats counts once.
func (c *Calendar) Next(t time.Time, zone *time.Location) (time.Time, hearth.Day) {
	for d, n := hearth.DayOf(t, zone), 0; n <= longest+1; d, n = d+1, n+1 {
		if !c.on(d) {
			continue
		}
		if at := d.At(c.minutes, zone); at.After(t) {
			return at.UTC(), d
		}
	}
	return time.Time{}, 0 // every checked rule has a day within a year
}

// Last gives the newest occurrence at or before t in zone, with its local day.
func (c *Calendar) Last(t time.Time, zone *time.Location) (time.Time, hearth.Day) {
	// The minute after a gap may lie on the next day, so the search begins one day ahead.
	for d, n := hearth.DayOf(t, zone)+1, 0; n <= longest+2; d, n = d-1, n+1 {
		if !c.on(d) {
			continue
		}
		if at := d.At(c.minutes, zone); !at.After(t) {
			return at.UTC(), d
		}
	}
	return time.Time{}, 0
}

// String gives the rule in words: "every month on the first Monday at 09:00".
func (c *Calendar) String() string {
	switch {
	case c.Every == "day":
		return "every day at " + c.Time
	case c.Every == "week":
		return fmt.Sprintf("every week on %s at %s", andDays(c.Weekday), c.Time)
	case c.Every == "month" && c.nth > 0:
		return fmt.Sprintf("every month on the %s at %s", andDays(c.Weekday), c.Time)
	case c.Every == "month" && c.Day == "last":
		return "every month on its last day at " + c.Time
	case c.Every == "month":
		return fmt.Sprintf("every month on day %d at %s", c.day, c.Time)
	case c.nth > 0:
		return fmt.Sprintf("every year on the %s of %s at %s", andDays(c.Weekday), c.month, c.Time)
	}
	return fmt.Sprintf("every year on %s %d at %s", c.month, c.day, c.Time)
}

// andDays joins days of the week as one writes them, whatever the author did: "first Monday", "Monday and Thursday".
func andDays(names []string) string {
	out := make([]string, len(names))
	for i, name := range names {
		which, day, nth := strings.Cut(strings.ToLower(name), " ")
		if !nth {
			which, day = "", which
		}
		if day = strings.TrimSpace(day); day != "" {
			day = strings.ToUpper(day[:1]) + day[1:]
		}
		out[i] = strings.TrimSpace(which + " " + day)
	}
	return listed(out, "and")
}
