package line

import (
	"hearth"
	"hearth/internal/edge/ingest/column"
	"hearth/internal/edge/ingest/value"
)

// longestAway bounds one absence, in days: longer is a slip of the pen, or somebody who has left.
const longestAway = 3 * 366

// away reads when somebody is absent, from a list in one column and from a first and a last day.
func (r *reading) away() []Away {
	var out []Away
	add := func(from, to hearth.Day) {
		switch {
		case to < from:
			r.problem("The absence from %s ends before it begins, on %s. Correct one of them.", from, to)
		case to-from > longestAway:
			r.problem("The absence from %s to %s is longer than three years. Correct it, or say under active that the person has left.", from, to)
		}
		for i, a := range out { // two that begin on one day are one
			if a.From == from.String() {
				out[i].To = max(a.To, to.String())
				return
			}
		}
		out = append(out, Away{From: from.String(), To: to.String()})
	}
	if s := r.get(column.StaffAway); s != "" {
		spans, bad := value.Spans(s, r.Dates)
		if bad != "" {
			r.problem("Absences hold %q, which is no day and no stretch of days (read %s). Write them such as 2026-03-11..2026-03-24; 2026-05-01.", bad, r.Dates)
			return nil
		}
		for _, s := range spans {
			add(s.From, s.To)
		}
	}
	from, to := r.get(column.AwayFrom), r.get(column.AwayTo)
	if from == "" && to == "" {
		return out
	}
	if from == "" || to == "" {
		r.problem("The row gives only one end of an absence. Fill in its first and its last day.")
		return nil
	}
	a, okFrom := value.Date(from, r.Dates)
	b, okTo := value.Date(to, r.Dates)
	if !okFrom || !okTo {
		r.problem("The absence from %q to %q is not given in dates (read %s). Correct it in the file.", from, to, r.Dates)
		return nil
	}
	add(a, b)
	return out
}
