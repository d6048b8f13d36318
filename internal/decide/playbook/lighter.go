package playbook

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"hearth"
)

// ownerBest as a task's owner is whoever knows the resident, is on duty and has room; the step's role is who gets it
// where there is nobody of the kind.
const ownerBest = "best"

// roleBest stands for owner: best with nobody's role in particular: leasing is then who gets it else.
const roleBest hearth.Role = "best"

// LighterStep is what a task becomes when nobody has the minutes for it: a shorter task, a message, or nothing. What a
// shorter task leaves out is as in the whole.
type LighterStep struct {
	Skip      bool     // lighter: skip
	Title     string   `yaml:"title"`
	Why       string   `yaml:"why"`
	Minutes   int      `yaml:"minutes"`
	Checklist []string `yaml:"checklist"`
	// Send is a message in the task's place.
	Send *SendStep `yaml:"send"`
}

// UnmarshalYAML reads "lighter: skip" and the long form, and refuses keys that it does not know.
func (l *LighterStep) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		if n.Value != "skip" {
			return fmt.Errorf("line %d: lighter is skip, a shorter task, or a send", n.Line)
		}
		l.Skip = true
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		switch key := n.Content[i]; key.Value {
		case "title", "why", "minutes", "checklist":
		case "send":
			if err := checkKeys(n.Content[i+1], "send"); err != nil {
				return err
			}
		default:
			return fmt.Errorf("line %d: there is no key %q in a lighter", key.Line, key.Value)
		}
	}
	type long LighterStep
	return n.Decode((*long)(l))
}

// check refuses a lighter variant that is none.
func (s *Step) checkLighter() error {
	t, l := s.Task, s.Task.Lighter
	switch {
	case l == nil || l.Skip:
		return nil
	case l.Send != nil:
		if l.Title != "" || l.Minutes != 0 || l.Checklist != nil || l.Why != "" {
			return s.fail("A lighter send has no task beside it; keep one of the two.")
		}
		return (&Step{Send: l.Send, at: s.at}).checkSend()
	case l.Minutes <= 0 || l.Minutes >= t.Minutes:
		return s.fail("A lighter task needs minutes, fewer than the %d of the whole.", t.Minutes)
	}
	return nil
}

// checkOwner settles who owns a task: a role, or whoever knows the resident.
func (s *Step) checkOwner() error {
	if s.Task.Role == roleBest {
		s.Task.Role, s.Task.Owner = hearth.RoleLeasing, ownerBest
	}
	if s.Task.Owner != "" && s.Task.Owner != ownerBest {
		return s.fail("The owner of a task is best, or left out for anybody of the role.")
	}
	s.Task.Best = s.Task.Owner == ownerBest
	return nil
}

// Light gives the task in its lighter variant; false when that is no task.
func (t *TaskStep) Light() (*TaskStep, bool) {
	l := t.Lighter
	if l == nil || l.Skip || l.Send != nil {
		return nil, false
	}
	out := *t
	out.Minutes = l.Minutes
	if l.Title != "" {
		out.Title = l.Title
	}
	if l.Why != "" {
		out.Why = l.Why
	}
	if l.Checklist != nil {
		out.Checklist = l.Checklist
	}
	return &out, true
}

// widens tells whether the task may reach others than the people of its role.
func (t *TaskStep) widens() bool {
	return t.Best || t.Lighter != nil && t.Lighter.Send != nil
}

// words tells the task in a sentence.
func (t *TaskStep) words() string {
	who := "the " + strings.ReplaceAll(string(t.Role), "_", " ")
	if t.Best {
		who = "whoever knows them best, else " + who + ","
	}
	out := fmt.Sprintf("Give %s a task of %d minutes, due in %s: %s", who, t.Minutes, t.Due, t.Title)
	switch l := t.Lighter; {
	case l == nil:
	case l.Skip:
		out += " (left out when nobody has room)"
	case l.Send != nil:
		out += fmt.Sprintf(" (when nobody has room, ask the desk to send %q)", l.Send.Template)
	default:
		out += fmt.Sprintf(" (of %d minutes when nobody has room)", l.Minutes)
	}
	return out
}
