package playbook

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"hearth"
)

// Unit is a unit of a Span.
type Unit string

// The units of a Span.
const (
	UnitMinute Unit = "minute"
	UnitHour   Unit = "hour"
	UnitDay    Unit = "day"
)

// Span is a length of time as authors write it: "3d", "48h", "2 business days", "4 business hours".
type Span struct {
	N        int
	Unit     Unit
	Business bool // counted in the property's business hours or business days
}

// spanForm is what a span looks like.
//
//nolint:gochecknoglobals // compiled once, never changed
var spanForm = regexp.MustCompile(`^\s*(\d{1,4})\s*(business\s+)?(m|min|minutes?|h|hours?|d|days?|w|weeks?)\s*$`)

// ParseSpan reads a span; it fails with CodeInvalid.
func ParseSpan(s string) (Span, error) {
	m := spanForm.FindStringSubmatch(strings.ToLower(s))
	if m == nil {
		return Span{}, hearth.Errorf(hearth.CodeInvalid, "%q is not a length of time like 3d, 48h or 2 business days", s)
	}
	n, _ := strconv.Atoi(m[1])
	out := Span{N: n, Business: m[2] != ""}
	switch m[3][0] {
	case 'm':
		out.Unit = UnitMinute
	case 'h':
		out.Unit = UnitHour
	case 'd':
		out.Unit = UnitDay
	case 'w':
		out.Unit, out.N = UnitDay, n*7
	}
	return out, nil
}

// UnmarshalYAML reads a span from a scalar.
func (s *Span) UnmarshalYAML(n *yaml.Node) error {
	got, err := ParseSpan(n.Value)
	if err != nil {
		return fmt.Errorf("line %d: %s", n.Line, hearth.MessageOf(err))
	}
	*s = got
	return nil
}

// IsZero tells whether the span was left out.
func (s Span) IsZero() bool { return s == Span{} }

// Plain gives the span by the clock on the wall, business or not.
func (s Span) Plain() time.Duration {
	switch s.Unit {
	case UnitMinute:
		return time.Duration(s.N) * time.Minute
	case UnitDay:
		return time.Duration(s.N) * 24 * time.Hour
	default:
		return time.Duration(s.N) * time.Hour
	}
}

// After gives the instant that lies the span after t: days are calendar days in zone, so that "3 days" after 09:00 is
// 09:00 also where the clocks change.
func (s Span) After(t time.Time, zone *time.Location) time.Time {
	if s.Unit != UnitDay {
		return t.Add(s.Plain())
	}
	local := t.In(zone)
	day := hearth.DayOf(t, zone) + hearth.Day(s.N)
	at := day.At(local.Hour()*60+local.Minute(), zone)
	return at.Add(time.Duration(local.Second())*time.Second + time.Duration(local.Nanosecond())).UTC()
}

// String gives the span in words: "2 business days".
func (s Span) String() string {
	if s.IsZero() {
		return ""
	}
	word := string(s.Unit)
	if s.N != 1 {
		word += "s"
	}
	if s.Business {
		word = "business " + word
	}
	return strconv.Itoa(s.N) + " " + word
}

// Per says what a playbook may start once per.
type Per string

// The values of Per.
const (
	PerTerm    Per = "term"
	PerTenancy Per = "tenancy"
	PerDays    Per = "days"
	EachTime   Per = "each"
)

// Again is the re-entry rule.
type Again struct {
	Per  Per
	Days int // with PerDays
}

// UnmarshalYAML reads "once per term", "once per tenancy", "once per 90 days" and "each time".
func (a *Again) UnmarshalYAML(n *yaml.Node) error {
	text := strings.Join(strings.Fields(strings.ToLower(n.Value)), " ")
	switch text {
	case "once per term":
		*a = Again{Per: PerTerm}
		return nil
	case "once per tenancy":
		*a = Again{Per: PerTenancy}
		return nil
	case "each time":
		*a = Again{Per: EachTime}
		return nil
	}
	if rest, ok := strings.CutPrefix(text, "once per "); ok {
		if s, err := ParseSpan(rest); err == nil && s.Unit == UnitDay && s.N > 0 {
			*a = Again{Per: PerDays, Days: s.N}
			return nil
		}
	}
	return fmt.Errorf(`line %d: %q is not "once per term", "once per tenancy", "once per 90 days" or "each time"`, n.Line, n.Value)
}

// After gives from when one that started at t may start again by a rule of days: at the same time of day, also where the clocks change.
func (a Again) After(t time.Time, zone *time.Location) time.Time {
	return Span{N: a.Days, Unit: UnitDay}.After(t, zone)
}

// String gives the rule in words.
func (a Again) String() string {
	switch a.Per {
	case PerTerm, PerTenancy:
		return "once per " + string(a.Per)
	case PerDays:
		return fmt.Sprintf("once per %d days", a.Days)
	default:
		return "each time"
	}
}

// clock reads "09:30" as minutes after midnight.
func clock(s string) (int, bool) {
	t, err := time.Parse("15:04", s)
	if err != nil {
		return 0, false
	}
	return t.Hour()*60 + t.Minute(), true
}
