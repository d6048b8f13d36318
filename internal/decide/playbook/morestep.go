package playbook

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"hearth"
	"hearth/internal/base/rule"
)

// SurveyStep asks one question through the desk and waits for its answer. The answer is the event survey.answered with
// the same question; a reply that begins with a figure from 1 to 5 is one.
type SurveyStep struct {
	Question string         `yaml:"question"` // its name: "repair"
	Template string         `yaml:"template"`
	AtMost   Span           `yaml:"at_most"`
	Channel  hearth.Channel `yaml:"channel"`
}

// SurveyAnswered is the event that answers a survey.
const SurveyAnswered hearth.EventType = "survey.answered"

// EscalateStep hands the run's open task to a role, or makes a task for the role if there is none open.
type EscalateStep struct {
	Role    hearth.Role `yaml:"role"`
	Reason  string      `yaml:"reason"`
	Title   string      `yaml:"title"`   // of a task that has to be made; default: "Take over: " and the playbook's title
	Minutes int         `yaml:"minutes"` // of a task that has to be made; default 15
	Due     Span        `yaml:"due"`     // from now; default 1 business day
}

// ConnectStep suggests a personal contact: a task to get to know the resident.
type ConnectStep struct {
	Why       string      `yaml:"why"`
	Role      hearth.Role `yaml:"role"`    // default leasing
	Minutes   int         `yaml:"minutes"` // default 15
	Due       Span        `yaml:"due"`     // default 5 business days
	Checklist []string    `yaml:"checklist"`
}

// Setting gives a run's variable a value: a literal, or what a signal says at that moment.
type Setting struct {
	Name   string
	Value  any // string, int64, float64 or bool; nil with Signal
	Signal string
	line   int
}

// SetStep sets variables of the run, which conditions read as run.NAME. A variable has one type in the whole playbook.
type SetStep []Setting

// UnmarshalYAML reads "set: {tried: true, before: {signal: service.open}}", in the order of writing.
func (s *SetStep) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind != yaml.MappingNode {
		return fmt.Errorf("line %d: set takes names with values, such as {tried: true}", n.Line)
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		x := Setting{Name: n.Content[i].Value, line: n.Content[i].Line}
		switch v := n.Content[i+1]; v.Kind {
		case yaml.MappingNode:
			var from struct {
				Signal string `yaml:"signal"`
			}
			if err := v.Decode(&from); err != nil {
				return err
			}
			x.Signal = from.Signal
		case yaml.ScalarNode:
			var err error
			if x.Value, err = literal(v); err != nil {
				return err
			}
		}
		*s = append(*s, x)
	}
	return nil
}

// literal reads a plain value of one of the types that conditions know.
func literal(v *yaml.Node) (any, error) {
	switch v.Tag {
	case "!!bool":
		return strconv.ParseBool(v.Value)
	case "!!int":
		return strconv.ParseInt(v.Value, 10, 64)
	case "!!float":
		return strconv.ParseFloat(v.Value, 64)
	case "!!str":
		return v.Value, nil
	}
	return nil, fmt.Errorf("line %d: %q is no text, number, true or false", v.Line, v.Value)
}

// reservedVars gives the variables that a run has by itself, with their types.
func reservedVars() map[string]rule.Type {
	return map[string]rule.Type{
		"waited": rule.String, // what ended the last wait for an event: "event" or "timeout"
		"event":  rule.String, // which event that was
		"score":  rule.Double, // the answer to the last survey
		"answer": rule.String, // the words beside it
	}
}

func (s *Step) checkSurvey() error {
	q := s.Survey
	switch {
	case !idForm.MatchString(q.Question):
		return s.fail("A survey needs a question: its name, of small letters, digits and hyphens. One survey asks one question.")
	case q.Template == "":
		return s.fail("A survey needs a template with the question in words.")
	case q.AtMost.IsZero():
		return s.fail("A survey needs at_most, so that nobody waits for an answer for ever.")
	}
	return s.checkChannel(q.Channel)
}

// checkChannel refuses a channel that does not exist.
func (s *Step) checkChannel(c hearth.Channel) error {
	all := []string{string(hearth.ChannelEmail), string(hearth.ChannelSMS), string(hearth.ChannelPortal), string(hearth.ChannelPush),
		string(hearth.ChannelCall), string(hearth.ChannelLetter)}
	if c == "" || slices.Contains(all, string(c)) {
		return nil
	}
	return s.fail("The channel %q is not one of %s.%s", c, strings.Join(all, ", "), meant(string(c), all))
}

func (s *Step) checkRole(r hearth.Role) error {
	if r.Valid() {
		return nil
	}
	var all []string
	for _, x := range hearth.Roles() {
		all = append(all, string(x))
	}
	return s.fail("The role %q is not one that a staff member can have.%s", r, meant(string(r), all))
}

// checkEscalate checks and fills an escalation.
func (s *Step) checkEscalate() error {
	e := s.Escalate
	if e.Reason == "" {
		return s.fail("An escalate needs a reason: whoever gets the task reads it first.")
	}
	if e.Minutes == 0 {
		e.Minutes = 15
	}
	if e.Due.IsZero() {
		e.Due = Span{N: 1, Unit: UnitDay, Business: true}
	}
	if e.Minutes < 0 || e.Minutes > 480 {
		return s.fail("An escalate takes minutes between 1 and 480.")
	}
	return s.checkRole(e.Role)
}

// checkConnect checks a suggestion of a contact and writes it as the task that it is.
func (s *Step) checkConnect() error {
	c := s.Connect
	if c.Why == "" {
		return s.fail("A connect needs a why: no task without its reason.")
	}
	if c.Role == "" {
		c.Role = hearth.RoleLeasing
	}
	if c.Minutes == 0 {
		c.Minutes = 15
	}
	if c.Due.IsZero() {
		c.Due = Span{N: 5, Unit: UnitDay, Business: true}
	}
	if len(c.Checklist) == 0 {
		c.Checklist = []string{"Look at what happened before, so that you do not ask what we already know.",
			"Have a few words in person or by telephone; there is nothing to sell and nothing to survey."}
	}
	if c.Minutes < 0 || c.Minutes > 480 {
		return s.fail("A connect takes minutes between 1 and 480.")
	}
	return s.checkRole(c.Role)
}

// Task is the suggestion as a task.
func (c *ConnectStep) Task() *TaskStep {
	return &TaskStep{Title: "Get to know them", Why: c.Why, Role: c.Role, Minutes: c.Minutes, Due: c.Due, Checklist: c.Checklist,
		Asks: []Ask{{Fact: "contact", Question: "How did you speak with them? Write no if you did not.", Kind: "contact"},
			{Fact: "learned", Question: "What should the next colleague know?", Kind: "text", Optional: true}}, Best: true}
}

// Task is the task that the escalation makes when the run has none open; title is the playbook's.
func (e *EscalateStep) Task(title string) *TaskStep {
	name := e.Title
	if name == "" {
		name = "Take over: " + title
	}
	return &TaskStep{Title: name, Why: e.Reason, Role: e.Role, Minutes: e.Minutes, Due: e.Due}
}

func (s *Step) checkSet() error {
	if len(s.Set) == 0 {
		return s.fail("A set needs at least one name with a value.")
	}
	for _, x := range s.Set {
		switch _, reserved := reservedVars()[x.Name]; {
		case !regexp.MustCompile(`^[a-z][a-z0-9_]{0,40}$`).MatchString(x.Name):
			return invalid(fmt.Sprintf("line %d", x.line), "The variable %q is not usable: small letters, digits and _.", x.Name)
		case reserved:
			return invalid(fmt.Sprintf("line %d", x.line), "run.%s belongs to the run itself; take another name.", x.Name)
		case x.Value == nil && x.Signal == "":
			return invalid(fmt.Sprintf("line %d", x.line), "%s needs a value, or {signal: NAME}.", x.Name)
		}
	}
	return nil
}

// words tells one of the further steps in a sentence.
func (s *Step) moreWords() string {
	switch {
	case s.Survey != nil:
		return fmt.Sprintf("Ask one question (%s) with %q, and wait at most %s for the answer.", s.Survey.Question, s.Survey.Template, s.Survey.AtMost)
	case s.Escalate != nil:
		return fmt.Sprintf("Hand it to the %s: %s", roleWords(s.Escalate.Role), strings.TrimSpace(s.Escalate.Reason))
	case s.Connect != nil:
		return fmt.Sprintf("Suggest to the %s to get to know them (%d minutes, due in %s).", roleWords(s.Connect.Role), s.Connect.Minutes, s.Connect.Due)
	case s.Set != nil:
		var parts []string
		for _, x := range s.Set {
			if x.Signal != "" {
				parts = append(parts, x.Name+" as "+x.Signal+" says now")
				continue
			}
			parts = append(parts, fmt.Sprintf("%s is %v", x.Name, x.Value))
		}
		return "Remember: " + strings.Join(parts, ", ") + "."
	}
	return "End: " + *s.End
}

func roleWords(r hearth.Role) string { return strings.ReplaceAll(string(r), "_", " ") }
