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
		lines = append(lines, "Only if "+Sentence(d.Audience)+".")
	}
	switch d.For {
	case "household":
		lines = append(lines, "Once for each home: the resident who speaks for it.")
	case "property":
		lines = append(lines, "For the property as a whole: it gives tasks and tells residents nothing.")
	}
	lines = append(lines, d.limitWords())
	lines = append(lines, stepWords(d.Steps, "")...)
	for i, end := range d.Ends() {
		lines = append(lines, fmt.Sprintf("It stops when %s: %s", end, d.Exits[i].Because))
	}
	if d.Goal != nil {
		lines = append(lines, "Its goal: "+d.Goal.sentence()+".")
	}
	if d.Holdout.Percent > 0 {
		lines = append(lines, fmt.Sprintf("%d in 100 are held out and get nothing of it, so that its effect can be measured.", d.Holdout.Percent))
	}
	return lines
}

// StartWords tells in a sentence what starts the playbook.
func (d *Definition) StartWords() string { return "Starts when " + d.Starts() + "." }

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
				lines = append(lines, indent+"If "+Sentence(arm.If)+":")
			default:
				lines = append(lines, indent+"Otherwise, if "+Sentence(arm.If)+":")
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
		return s.Wait.sentence() + "."
	default:
		return s.moreWords()
	}
}

// words says a wait for a time.
func (w *WaitStep) words() string {
	at := ""
	if w.At != "" {
		at = " at " + w.At
	}
	switch {
	case w.Until != "":
		return fmt.Sprintf("Wait until %s.", w.Until)
	case w.DaysBefore+w.DaysAfter != "" && w.Days == 0:
		return fmt.Sprintf("Wait until the day of the %s%s.", anchorWords(w.DaysBefore+w.DaysAfter), at)
	case w.DaysBefore != "":
		return fmt.Sprintf("Wait until %d days before the %s%s.", w.Days, anchorWords(w.DaysBefore), at)
	case w.DaysAfter != "":
		return fmt.Sprintf("Wait until %d days after the %s%s.", w.Days, anchorWords(w.DaysAfter), at)
	default:
		return fmt.Sprintf("Wait %s.", w.For)
	}
}

// anchorWords gives what a wait counts days from: "move-in".
func anchorWords(anchor string) string {
	if anchor == "move_in" || anchor == "move_out" {
		return strings.ReplaceAll(anchor, "_", "-")
	}
	return strings.ReplaceAll(anchor, "_", " ")
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
