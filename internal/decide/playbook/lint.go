package playbook

import (
	"fmt"
	"slices"
	"strings"

	"hearth"
)

// Hint is a remark about a playbook that can be used as it stands and may still not be what its author meant.
type Hint struct {
	Playbook hearth.PlaybookID `json:"playbook"`
	Where    string            `json:"where" doc:"The step or key that it is about; empty for the whole."`
	Text     string            `json:"text" doc:"A sentence."`
}

// String gives the hint in one line.
func (h Hint) String() string {
	if h.Where == "" {
		return h.Text
	}
	return h.Where + ": " + h.Text
}

// Lint gives hints about one playbook, in the order of its text. depth is that of its moment in the map of moments.
func Lint(d *Definition, depth hearth.Depth) []Hint {
	l := &linter{d: d}
	if d.Goal == nil {
		l.hint("goal", "There is no goal, so nobody will know whether it does any good.")
	}
	l.exits()
	l.trigger()
	walkSteps(d.Steps, func(s *Step) { l.step(s, depth) })
	return l.hints
}

type linter struct {
	d     *Definition
	hints []Hint
}

func (l *linter) hint(where, format string, args ...any) {
	l.hints = append(l.hints, Hint{Playbook: l.d.ID, Where: where, Text: fmt.Sprintf(format, args...)})
}

// exits looks for what ends a run whose resident leaves. A run that never waits is over before anybody can.
func (l *linter) exits() {
	if l.d.For == "property" || !waits(l.d.Steps) {
		return
	}
	leaves := slices.ContainsFunc(l.d.Exits, func(x Exit) bool {
		return x.On == "lease.moved_out" || strings.Contains(x.When, "lease.status") || strings.Contains(x.When, "lease.days_to_move_out")
	})
	if !leaves && l.d.Trigger.On != "lease.moved_out" {
		l.hint("exits", "There is no exit when the resident moves out: the run would go on for somebody who has left. Add {on: lease.moved_out, because: They have moved out.}")
	}
}

func waits(steps []Step) bool {
	found := false
	walkSteps(steps, func(s *Step) { found = found || s.Wait != nil || s.Survey != nil })
	return found
}

func (l *linter) trigger() {
	t := l.d.Trigger
	if t.At != nil && l.d.For != "property" && l.d.Limits.AtOnce == 0 && l.d.Limits.ADay == 0 {
		l.hint("limits", "The calendar starts it for everybody at the same minute; a_day or at_once would spread that.")
	}
	if t.Repeat != nil && t.Repeat.Event == "workorder.opened" && t.Repeat.By == "unit" && t.Repeat.Same == "" {
		l.hint("trigger.repeat", "Any faults of the home count together; same: category counts those of one kind.")
	}
}

// longestWait is how long a wait may be before it counts as one without an end: longer than any term.
const longestWait = 366

func (l *linter) step(s *Step, depth hearth.Depth) {
	where := fmt.Sprintf("line %d", s.at.line)
	switch {
	case s.Wait != nil:
		if w := s.Wait; days(w.For) > longestWait || days(w.AtMost) > longestWait {
			l.hint(where, "This is a wait without an end: more than a year.")
		}
		if s.ID == "" {
			l.hint(where, "A wait without an id can't be found again when runs are moved to another version.")
		}
	case s.Task != nil && s.Task.Role != hearth.RoleManager && s.Task.Role != hearth.RoleRegional && len(s.Task.Escalate) == 0:
		l.hint(where, "There is no owner when the %s is away or late: add escalate.", roleWords(s.Task.Role))
	case s.Send != nil && depth == hearth.DepthHuman && l.d.Depth != hearth.DepthHuman && s.Send.Class.Capped():
		l.hint(where, "The moment %q is for people, and this asks by machine.", l.d.Moment)
	case s.Survey != nil && (depth == hearth.DepthHuman || l.d.Depth == hearth.DepthHuman):
		l.hint(where, "This asks in a human moment by machine; it becomes a draft that a person sends, and waits for an answer all the same.")
	}
}

func days(s Span) int { return int(s.Plain().Hours() / 24) }

// said is one message of a playbook at a day after its start.
type said struct {
	day   int
	class hearth.Class
	what  string
}

// Overlaps gives hints about playbooks that write to the same people on the same day after the same trigger: each alone is
// well meant, together they are too much. Messages that are asked for, or that a law or danger demands, do not count.
func Overlaps(all []*Definition) []Hint {
	var hints []Hint
	for i, a := range all {
		for _, b := range all[i+1:] {
			if a.ID == b.ID || !coincide(a.Trigger, b.Trigger) {
				continue
			}
			for _, day := range sharedDays(timetable(a), timetable(b)) {
				hints = append(hints, Hint{Playbook: a.ID, Text: fmt.Sprintf("Two playbooks write on day %d after the same start: %s (%s) and %s (%s).",
					day.x.day, a.ID, day.x.what, b.ID, day.y.what)})
			}
		}
	}
	return hints
}

// coincide tells whether two triggers come true at the same moment for the same resident: on the same event, on the
// same silence, at the same time of the calendar, or by a condition that turns on the same clock at the same value.
func coincide(a, b Trigger) bool {
	switch {
	case a.On != "" && a.On == b.On, a.Absence != "" && a.Absence == b.Absence && a.For == b.For:
		return true
	case a.At != nil && b.At != nil:
		return a.At.String() == b.At.String()
	case a.When != "" && b.When != "":
		return slices.ContainsFunc(parts(a.When), func(p string) bool { return turns(p) && slices.Contains(parts(b.When), p) })
	}
	return false
}

// parts gives the comparisons that && joins.
func parts(cond string) []string {
	out := strings.Split(cond, "&&")
	for i := range out {
		out[i] = strings.Join(strings.Fields(out[i]), "")
	}
	return out
}

// turns tells whether time alone makes the comparison true on a day.
func turns(part string) bool {
	name, _, _ := strings.Cut(part, "<")
	name, _, _ = strings.Cut(name, ">")
	name, _, _ = strings.Cut(name, "=")
	return strings.Contains(name, "days") && name != part
}

type pair struct{ x, y said }

func sharedDays(a, b []said) []pair {
	var out []pair
	seen := map[int]bool{}
	for _, x := range a {
		for _, y := range b {
			if x.day == y.day && !seen[x.day] {
				seen[x.day] = true
				out = append(out, pair{x, y})
			}
		}
	}
	return out
}

// timetable gives what a playbook says and on which day after its start, as far as its waits are plain lengths of time. A
// wait for an event counts with its time-out; behind a wait for a day of the lease nothing can be told.
func timetable(d *Definition) []said {
	var out []said
	if d.Depth == hearth.DepthHuman {
		return nil // a person says it
	}
	schedule(d.Steps, 0, &out)
	return out
}

// schedule follows the steps from a day on and gives the day after them; false when that can't be told, or they end.
func schedule(steps []Step, day int, out *[]said) (int, bool) {
	for i := range steps {
		s := &steps[i]
		switch {
		case s.Send != nil && s.Send.Class.Capped():
			*out = append(*out, said{day, s.Send.Class, s.Send.Template})
		case s.Survey != nil:
			*out = append(*out, said{day, hearth.ClassService, s.Survey.Template})
			day += days(s.Survey.AtMost)
		case s.Wait != nil && (s.Wait.DaysBefore != "" || s.Wait.DaysAfter != ""):
			return day, false
		case s.Wait != nil:
			day += days(s.Wait.For) + days(s.Wait.AtMost)
		case s.End != nil:
			return day, false
		case s.Branch != nil:
			latest, goesOn := day, !closed(s.Branch)
			for _, arm := range s.Branch {
				if to, ok := schedule(append(arm.Steps[:len(arm.Steps):len(arm.Steps)], arm.Else...), day, out); ok {
					latest, goesOn = max(latest, to), true
				}
			}
			if day = latest; !goesOn {
				return day, false
			}
		}
	}
	return day, true
}

// closed tells whether one of the arms is taken in any case.
func closed(arms []Arm) bool { return len(arms) > 0 && arms[len(arms)-1].If == "" }

// LintAll gives the hints about each of the playbooks and about all together, in their order.
func LintAll(all []*Definition, moments *Moments) []Hint {
	var hints []Hint
	overlaps := Overlaps(all)
	for _, d := range all {
		hints = append(hints, Lint(d, moments.Depth(d, ""))...)
		for _, h := range overlaps {
			if h.Playbook == d.ID {
				hints = append(hints, h)
			}
		}
	}
	return hints
}
