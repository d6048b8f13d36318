package playbook

import (
	"fmt"
	"regexp"

	"hearth"
)

// maxSteps bounds a playbook, all branches counted.
const maxSteps = 200

// idForm is what ids of playbooks and steps look like.
//
//nolint:gochecknoglobals // compiled once, never changed
var idForm = regexp.MustCompile(`^[a-z][a-z0-9-]{0,63}$`)

// ValidID tells whether a playbook can have the id.
func ValidID(id hearth.PlaybookID) bool { return idForm.MatchString(string(id)) }

// anchors are the days of a lease that a wait can count from.
func anchors() []string { return []string{"move_in", "lease_end", "move_out"} }

// check refuses a definition that is not whole, in words. What only the compiler knows (conditions) is not its part.
func (d *Definition) check() error {
	switch {
	case !ValidID(d.ID):
		return invalid("id", "A playbook needs an id of small letters, digits and hyphens, like renewal-window.")
	case d.Title == "":
		return invalid("title", "Give the playbook a title that a manager understands.")
	case d.Why == "":
		return invalid("why", "Say in a sentence or two why this playbook exists; the team reads it on every task.")
	case d.For != "resident" && d.For != "household" && d.For != "property":
		return invalid("for", "for is resident, household or property.%s", meant(d.For, []string{"resident", "household", "property"}))
	case d.Depth != hearth.DepthHuman && d.Depth != hearth.DepthPlaybook && d.Depth != hearth.DepthAutomatic:
		return invalid("depth", "depth is human, playbook or automatic.%s", meant(string(d.Depth), []string{"human", "playbook", "automatic"}))
	case len(d.Steps) == 0:
		return invalid("steps", "A playbook needs at least one step.")
	}
	if err := d.Trigger.check(); err != nil {
		return err
	}
	n := 0
	ids := map[string]bool{}
	if err := checkSteps(d.Steps, &n, ids); err != nil {
		return err
	}
	for i, x := range d.Exits {
		if (x.On == "") == (x.When == "") {
			return invalid("exits", "Exit %d needs either on or when.", i+1)
		}
		if x.If != "" && x.On == "" {
			return invalid("exits", "Exit %d has an if without an on.", i+1)
		}
	}
	if d.Goal != nil && (d.Goal.Event == "" || d.Goal.Within.IsZero()) {
		return invalid("goal", "A goal needs an event and within.")
	}
	if d.Limits.AtOnce < 0 || d.Limits.ADay < 0 {
		return invalid("limits", "at_once and a_day are numbers from 1 on; leave them out for no limit.")
	}
	return d.checkHoldout()
}

func (t Trigger) check() error {
	n := 0
	for _, set := range []bool{t.On != "", t.When != "", t.Absence != "", t.Repeat != nil, t.At != nil} {
		if set {
			n++
		}
	}
	switch {
	case n != 1:
		return invalid("trigger", "A trigger has exactly one of on, when, absence, repeat and at.")
	case t.When != "" && t.If != "":
		return invalid("trigger.if", "Put the whole condition into when; if belongs to the other triggers.")
	case t.Absence != "" && t.For.IsZero():
		return invalid("trigger.for", "Say for how long nothing of the kind happened, for example for: 45d.")
	case t.Absence == "" && !t.For.IsZero():
		return invalid("trigger.for", "for belongs to absence.")
	case t.Repeat != nil:
		return t.Repeat.check()
	case t.At != nil:
		return t.At.check()
	}
	return nil
}

func checkSteps(steps []Step, n *int, ids map[string]bool) error {
	for i := range steps {
		s := &steps[i]
		if *n++; *n > maxSteps {
			return invalid("steps", "A playbook may have at most %d steps.", maxSteps)
		}
		if s.ID != "" {
			if !idForm.MatchString(s.ID) || ids[s.ID] {
				return s.fail("The step id %q is not usable: small letters, digits and hyphens, each id once.", s.ID)
			}
			ids[s.ID] = true
		}
		if err := s.check(); err != nil {
			return err
		}
		for _, arm := range s.Branch {
			if err := checkSteps(arm.Steps, n, ids); err != nil {
				return err
			}
			if err := checkSteps(arm.Else, n, ids); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Step) check() error {
	n := 0
	for _, set := range []bool{s.Send != nil, s.Task != nil, s.Wait != nil, s.Branch != nil, s.End != nil, s.Survey != nil,
		s.Escalate != nil, s.Set != nil, s.Connect != nil} {
		if set {
			n++
		}
	}
	if n != 1 {
		return s.fail("A step is exactly one of send, task, wait, branch, survey, escalate, set, connect and end.")
	}
	switch {
	case s.Send != nil:
		return s.checkSend()
	case s.Task != nil:
		return s.checkTask()
	case s.Wait != nil:
		return s.checkWait()
	case s.Branch != nil:
		return s.checkBranch()
	case s.Survey != nil:
		return s.checkSurvey()
	case s.Escalate != nil:
		return s.checkEscalate()
	case s.Set != nil:
		return s.checkSet()
	case s.Connect != nil:
		return s.checkConnect()
	}
	return nil
}

func (s *Step) checkSend() error {
	switch {
	case s.Send.Template == "":
		return s.fail("A send needs a template.")
	case !s.Send.Class.Valid():
		return s.fail("The class %q is not one of answer, safety, legal, promise, service, relation, promotion.%s", s.Send.Class,
			meant(string(s.Send.Class), classNames()))
	case s.Send.Purpose == "":
		return s.fail("A send needs a purpose, so that the same is not said twice.")
	}
	return s.checkChannel(s.Send.Channel)
}

func (s *Step) checkTask() error {
	t := s.Task
	if err := s.checkOwner(); err != nil {
		return err
	}
	switch {
	case t.Title == "":
		return s.fail("A task needs a title.")
	case t.Why == "":
		return s.fail("A task needs a why: no task without its reason.")
	case !t.Role.Valid():
		return s.checkRole(t.Role)
	case t.Minutes <= 0 || t.Minutes > 480:
		return s.fail("A task needs minutes between 1 and 480.")
	case t.Due.IsZero():
		return s.fail("A task needs a due time, for example due: 2 business days.")
	}
	for _, r := range t.Escalate {
		if !r.Role.Valid() || r.After.IsZero() {
			return s.fail("Each rung of escalate needs after and a role.")
		}
	}
	for _, a := range t.Asks {
		if a.Fact == "" || a.Question == "" {
			return s.fail("Each of asks needs a fact and a question.")
		}
	}
	return s.checkLighter()
}

func (s *Step) checkWait() error {
	w := s.Wait
	n := 0
	for _, set := range []bool{!w.For.IsZero(), w.Until != "", w.Event != "", len(w.Events) > 0, w.DaysBefore != "", w.DaysAfter != ""} {
		if set {
			n++
		}
	}
	if n != 1 {
		return s.fail("A wait is a length of time, until, event, events, days_before or days_after.")
	}
	for _, hhmm := range []string{w.Until, w.At} {
		if _, ok := clock(hhmm); hhmm != "" && !ok {
			return s.fail("%q is not a time of day like 09:00.", hhmm)
		}
	}
	switch awaits := len(w.Awaited()) > 0; {
	case awaits && w.AtMost.IsZero():
		return s.fail("A wait for an event needs at_most, so that nobody waits for ever.")
	case !awaits && w.If != "":
		return s.fail("if belongs to a wait for an event.")
	}
	for _, a := range []string{w.DaysBefore, w.DaysAfter} {
		if a != "" && !contains(anchors(), a) {
			return s.fail("%q is not one of move_in, lease_end and move_out.%s", a, meant(a, anchors()))
		}
	}
	return nil
}

func (s *Step) checkBranch() error {
	for i, arm := range s.Branch {
		last := i == len(s.Branch)-1
		switch {
		case arm.If == "" && arm.Else == nil:
			return s.fail("Arm %d of the branch needs an if or an else.", i+1)
		case arm.If != "" && arm.Else != nil:
			return s.fail("Arm %d of the branch has both if and else; write else as an arm of its own.", i+1)
		case arm.Else != nil && !last:
			return s.fail("else comes last in a branch.")
		}
	}
	return nil
}

func (s *Step) fail(format string, args ...any) error {
	return invalid(fmt.Sprintf("line %d", s.at.line), format, args...)
}

func invalid(field, format string, args ...any) error {
	return hearth.FieldErrorf(field, format, args...)
}

func classNames() []string {
	var all []string
	for _, c := range hearth.Classes() {
		all = append(all, string(c))
	}
	return all
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
