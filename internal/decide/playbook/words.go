package playbook

import (
	"fmt"
	"strings"
)

// Words tells the playbook as a manager would read it: what it waits for, for whom, and each step as a sentence,
// branches indented.
func (d *Definition) Words() []string {
	lines := []string{d.Title, strings.TrimSpace(d.Why), d.startWords()}
	if d.Audience != "" {
		lines = append(lines, "Only for residents with: "+d.Audience+".")
	}
	if d.For == "household" {
		lines = append(lines, "Once for each home: the resident who speaks for it.")
	}
	lines = append(lines, d.limitWords())
	lines = append(lines, stepWords(d.Steps, "")...)
	for _, x := range d.Exits {
		lines = append(lines, fmt.Sprintf("It stops when %s. %s", first(string(x.On), x.When), x.Because))
	}
	if d.Goal != nil {
		lines = append(lines, fmt.Sprintf("Its goal is %s within %s.", d.Goal.Event, d.Goal.Within))
	}
	return lines
}

func (d *Definition) startWords() string {
	t := d.Trigger
	switch {
	case t.On != "" && t.If != "":
		return fmt.Sprintf("Starts when %s happens and %s.", t.On, t.If)
	case t.On != "":
		return fmt.Sprintf("Starts when %s happens.", t.On)
	case t.Absence != "" && t.If != "":
		return fmt.Sprintf("Starts when there was no %s for %s and %s.", t.Absence, t.For, t.If)
	case t.Absence != "":
		return fmt.Sprintf("Starts when there was no %s for %s.", t.Absence, t.For)
	default:
		return fmt.Sprintf("Starts when it becomes true that %s.", t.When)
	}
}

func (d *Definition) limitWords() string {
	s := "It starts " + d.Limits.Again.String()
	if !d.Limits.Cooldown.IsZero() {
		s += ", rests " + d.Limits.Cooldown.String() + " between two starts"
	}
	if d.Limits.AtOnce > 0 {
		s += fmt.Sprintf(", and runs for at most %d residents at once", d.Limits.AtOnce)
	}
	return s + ". News older than " + d.Fresh.String() + " starts nothing."
}

func stepWords(steps []Step, indent string) []string {
	var lines []string
	for i := range steps {
		s := &steps[i]
		if s.Branch == nil {
			lines = append(lines, indent+s.words())
			continue
		}
		for j, arm := range s.Branch {
			switch {
			case arm.If == "":
				lines = append(lines, indent+"Otherwise:")
			case j == 0:
				lines = append(lines, indent+"If "+arm.If+":")
			default:
				lines = append(lines, indent+"Otherwise, if "+arm.If+":")
			}
			lines = append(lines, stepWords(append(arm.Steps, arm.Else...), indent+"  ")...)
		}
	}
	return lines
}

// words tells one step in a sentence.
func (s *Step) words() string {
	switch {
	case s.Send != nil:
		way := "by the resident's own channel"
		if s.Send.Channel != "" {
			way = "by " + string(s.Send.Channel)
		}
		return fmt.Sprintf("Ask the desk to send %q (%s) %s.", s.Send.Template, s.Send.Class, way)
	case s.Task != nil:
		who := strings.ReplaceAll(string(s.Task.Role), "_", " ")
		return fmt.Sprintf("Give the %s a task of %d minutes, due in %s: %s", who, s.Task.Minutes, s.Task.Due, s.Task.Title)
	case s.Wait != nil:
		return s.Wait.words()
	default:
		return "End: " + *s.End
	}
}

func (w *WaitStep) words() string {
	at := ""
	if w.At != "" {
		at = " at " + w.At
	}
	switch {
	case w.Event != "":
		return fmt.Sprintf("Wait for %s, at most %s.", w.Event, w.AtMost)
	case w.Until != "":
		return fmt.Sprintf("Wait until %s.", w.Until)
	case w.DaysBefore != "":
		return fmt.Sprintf("Wait until %d days before the %s%s.", w.Days, strings.ReplaceAll(w.DaysBefore, "_", " "), at)
	case w.DaysAfter != "":
		return fmt.Sprintf("Wait until %d days after the %s%s.", w.Days, strings.ReplaceAll(w.DaysAfter, "_", " "), at)
	default:
		return fmt.Sprintf("Wait %s.", w.For)
	}
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
