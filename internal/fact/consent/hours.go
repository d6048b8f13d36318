package consent

import (
	_ "embed"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"hearth"
	"hearth/internal/fact/record"
)

//go:embed legal-hours.yaml
var shippedHours []byte

// wholeCountry is the rule under all others.
const wholeCountry = "US"

// window is a stretch of a day in minutes after midnight: from, and up to but without to. Empty allows nothing.
type window struct{ from, to int }

// HoursRule says when texts and calls may reach people in one place.
type HoursRule struct {
	Where   string // "US", or the two letters of a state
	Source  string // from where it is known
	Checked string // when somebody looked last: "2026-11-28"
	days    [7]window
}

// Hours are the rules by place. They do not change once made.
type Hours struct{ rules map[string]HoursRule }

// hoursLine is a rule as it is written.
type hoursLine struct {
	Where    string `yaml:"where"`
	Week     string `yaml:"week"`
	Saturday string `yaml:"saturday"`
	Sunday   string `yaml:"sunday"`
	Source   string `yaml:"source"`
	Checked  string `yaml:"checked"`
}

// ShippedHours gives the rules that come with the program.
func ShippedHours() (*Hours, error) {
	h := &Hours{rules: map[string]HoursRule{}}
	return h, h.read(shippedHours)
}

// LoadHours gives the shipped rules with those of a file in place of them, place by place; "" is no file. It fails with
// CodeInvalid for a file that does not read, and says where.
func LoadHours(file string) (*Hours, error) {
	h, err := ShippedHours()
	if err != nil || file == "" {
		return h, err
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, hearth.FieldErrorf("legal-hours", "The file of legal hours can't be read: %s.", file)
	}
	return h, h.read(raw)
}

func (h *Hours) read(raw []byte) error {
	var lines []hoursLine
	if err := yaml.Unmarshal(raw, &lines); err != nil {
		return hearth.FieldErrorf("legal-hours", "The legal hours should be a list of rules with where, week, source and checked: %s.",
			strings.Join(strings.Fields(err.Error()), " "))
	}
	for _, l := range lines {
		r, err := l.rule()
		if err != nil {
			return err
		}
		h.rules[r.Where] = r
	}
	return nil
}

func (l hoursLine) rule() (HoursRule, error) {
	r := HoursRule{Where: strings.ToUpper(strings.TrimSpace(l.Where)), Source: l.Source, Checked: l.Checked}
	if r.Where != wholeCountry {
		if code := record.StateCode(l.Where); code != "" {
			r.Where = code
		} else {
			return r, hearth.FieldErrorf("legal-hours", "%q is no state; write US, or two letters such as TX.", l.Where)
		}
	}
	if l.Source == "" {
		return r, hearth.FieldErrorf("legal-hours", "The rule for %s needs its source.", r.Where)
	}
	if _, err := hearth.ParseDay(l.Checked); err != nil {
		return r, hearth.FieldErrorf("legal-hours", "The rule for %s needs the day on which it was checked, such as 2026-11-28.", r.Where)
	}
	for day := range r.days {
		text := l.Week
		switch {
		case time.Weekday(day) == time.Saturday && l.Saturday != "":
			text = l.Saturday
		case time.Weekday(day) == time.Sunday && l.Sunday != "":
			text = l.Sunday
		}
		var err error
		if r.days[day], err = parseWindow(text); err != nil {
			return r, hearth.FieldErrorf("legal-hours", "The rule for %s has hours that do not read: %q. Write 08:00-21:00, or closed.", r.Where, text)
		}
	}
	return r, nil
}

func parseWindow(s string) (window, error) {
	if s == "closed" {
		return window{}, nil
	}
	from, to, ok := strings.Cut(s, "-")
	a, errA := parseMinute(from)
	b, errB := parseMinute(to)
	if !ok || errA != nil || errB != nil || a >= b {
		return window{}, fmt.Errorf("no hours: %q", s)
	}
	return window{a, b}, nil
}

func parseMinute(s string) (int, error) {
	h, m, ok := strings.Cut(strings.TrimSpace(s), ":")
	hour, errH := strconv.Atoi(h)
	minute, errM := strconv.Atoi(m)
	if !ok || errH != nil || errM != nil || hour < 0 || minute < 0 || minute > 59 || hour*60+minute > 24*60 {
		return 0, fmt.Errorf("no time: %q", s)
	}
	return hour*60 + minute, nil
}

// Rules lists the rules of a place, the country's first: all of them have to allow a moment.
func (h *Hours) Rules(state string) []HoursRule {
	var out []HoursRule
	if r, ok := h.rules[wholeCountry]; ok {
		out = append(out, r)
	}
	if code := record.StateCode(state); code != "" {
		if r, ok := h.rules[code]; ok {
			out = append(out, r)
		}
	}
	return out
}

// Covers tells whether a channel is bound by legal hours: texts and calls are.
func (h *Hours) Covers(ch hearth.Channel) bool {
	return h != nil && (ch == hearth.ChannelSMS || ch == hearth.ChannelCall)
}

// Allows tells whether a text or call may reach somebody in a state at a moment, on the clock of their zone; else which
// rule speaks against it.
func (h *Hours) Allows(t time.Time, zone *time.Location, state string) (ok bool, by HoursRule) {
	return allows(h.Rules(state), t, zone)
}

func allows(rules []HoursRule, t time.Time, zone *time.Location) (ok bool, by HoursRule) {
	local := t.In(zone)
	minute := local.Hour()*60 + local.Minute()
	for _, r := range rules {
		if w := r.days[local.Weekday()]; minute < w.from || minute >= w.to {
			return false, r
		}
	}
	return true, HoursRule{}
}

// Next gives the first minute at or after a moment at which a text or call may reach somebody there. It looks ten days
// ahead; a place that allows nothing at all gets the end of these.
func (h *Hours) Next(t time.Time, zone *time.Location, state string) time.Time {
	rules := h.Rules(state)
	if ok, _ := allows(rules, t, zone); ok {
		return t
	}
	end := t.Truncate(time.Minute)
	for range 10 * 24 * 60 {
		end = end.Add(time.Minute)
		if ok, _ := allows(rules, end, zone); ok {
			return end.UTC()
		}
	}
	return end.UTC()
}

// On gives the hours of a weekday in words: "08:00 to 20:00", or "never".
func (r HoursRule) On(day time.Weekday) string {
	w := r.days[day]
	if w.from >= w.to {
		return "never"
	}
	return fmt.Sprintf("%02d:%02d to %02d:%02d", w.from/60, w.from%60, w.to/60, w.to%60)
}
