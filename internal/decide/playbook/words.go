package playbook

import (
	"fmt"
	"strings"
)

// Words tells the playbook as a manager would read it: what it waits for, for whom, and each step as a sentence,
// branches indented.
func (d *Definition) Words() []string {
	lines := []string{d.Title, strings.TrimSpace(d.Why), d.StartWords()}
	if d.Audience != "" {
		lines = append(lines, "Only for residents with: "+d.Audience+".")
	}
	switch d.For {
	case "household":
		lines = append(lines, "Once for each home: the resident who speaks for it.")
	case "property":
		lines = append(lines, "For the property as a whole: it gives tasks and tells residents nothing.")
	}
	lines = append(lines, d.limitWords())
	lines = append(lines, stepWords(d.Steps, "")...)
	for _, x := range d.Exits {
		lines = append(lines, fmt.Sprintf("It stops when %s. %s", first(string(x.On), x.When), x.Because))
	}
	if d.Goal != nil {
		lines = append(lines, "Its goal is "+d.Goal.Words()+".")
	}
	if d.Holdout.Percent > 0 {
		lines = append(lines, fmt.Sprintf("%d in 100 are held out and get nothing of it, so that its effect can be measured.", d.Holdout.Percent))
	}
	return lines
}

// StartWords tells in a sentence what starts the playbook.
func (d *Definition) StartWords() string {
	t := d.Trigger
	also := "."
	if t.If != "" {
		also = ", if " + t.If + "."
	}
	switch {
	case t.Repeat != nil:
		return t.Repeat.words() + also
	case t.At != nil:
		return "Starts " + t.At.String() + also
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
	if d.Limits.ADay > 0 {
		s += fmt.Sprintf(", at most %d times a day at a property (the rest follow on the next days)", d.Limits.ADay)
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
		return s.Task.words()
	case s.Wait != nil:
		return s.Wait.words()
	default:
		return s.moreWords()
	}
}

func (w *WaitStep) words() string {
	at := ""
	if w.At != "" {
		at = " at " + w.At
	}
	switch {
	case len(w.Awaited()) > 0:
		names := make([]string, 0, 2)
		for _, t := range w.Awaited() {
			names = append(names, string(t))
		}
		with := ""
		if w.If != "" {
			with = " with " + w.If
		}
		return fmt.Sprintf("Wait for %s%s, at most %s.", strings.Join(names, " or "), with, w.AtMost)
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
