package line

import (
	"strings"

	"hearth/internal/edge/ingest/column"
)

// hours reads the working week, from one column or from days, start and end. A split shift has several stretches a day:
// "08:00-12:00, 14:00-18:00".
func (r *reading) hours() []Hours {
	days := weekdays(r.get(column.WorkDays))
	if len(days) == 0 {
		days = []int{1, 2, 3, 4, 5}
	}
	text := r.get(column.WorkHours)
	if text == "" || !strings.ContainsAny(text, "0123456789") {
		from, to := r.get(column.ShiftStart), r.get(column.ShiftEnd)
		if from == "" || to == "" {
			return nil
		}
		text = from + "-" + to
	}
	var out []Hours
	for _, s := range stretches(text, days) {
		if s.to <= s.from && s.to < 12*60 {
			s.to += 12 * 60 // "9-5"
		}
		if s.to <= s.from {
			r.note("working hours were left out: they end before they begin")
			continue
		}
		out = append(out, s.hours()...)
	}
	return out
}

// onCall reads when somebody is on call every week: "Mon-Thu 18:00-08:00; Sat-Sun 00:00-24:00". An end that is not
// after the beginning is on the next day.
func (r *reading) onCall() []Hours {
	text := r.get(column.StaffOnCall)
	if text == "" {
		return nil
	}
	var out []Hours
	for _, s := range stretches(text, []int{0, 1, 2, 3, 4, 5, 6}) {
		if s.to <= s.from {
			s.to += 24 * 60
		}
		if s.from < 24*60 {
			out = append(out, s.hours()...)
		}
	}
	if len(out) == 0 && !isNo(text) {
		r.note("when somebody is on call was left out: it names no hours, such as Mon-Thu 18:00-08:00")
	}
	return out
}

func isNo(s string) bool {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "no", "n", "false", "0", "none", "-":
		return true
	}
	return false
}

// stretch is one stretch of time on some days of the week, as it was written.
type stretch struct {
	days     []int
	from, to int
}

func (s stretch) hours() []Hours {
	out := make([]Hours, len(s.days))
	for i, d := range s.days {
		out[i] = Hours{Weekday: d, From: s.from, To: s.to}
	}
	return out
}

// stretches reads "Mon-Fri 9:00-17:00", "8-12, 14-18", "Mon, Wed 9-5; Fri 9am to 1pm": days stand before the hours that
// they are for and hold on until others are named. What is no stretch is passed over.
func stretches(text string, days []int) []stretch {
	text = strings.NewReplacer("–", "-", "—", "-", " to ", "-", " until ", "-", "until", "-", " and ", ",", "&", ",", "+", ",", "/", ",").Replace(text)
	var out []stretch
	var named []int
	for _, piece := range strings.FieldsFunc(text, func(c rune) bool { return c == ',' || c == ';' || c == '\n' }) {
		i := strings.IndexAny(piece, "0123456789")
		if i < 0 {
			named = append(named, weekdays(piece)...)
			continue
		}
		named = append(named, weekdays(strings.TrimRight(piece[:i], " :,"))...)
		a, b, ok := strings.Cut(piece[i:], "-")
		from, to := clockMinutes(a), clockMinutes(b)
		if len(named) > 0 {
			days, named = named, nil
		}
		if ok && from >= 0 && to >= 0 {
			out = append(out, stretch{days, from, to})
		}
	}
	return out
}
