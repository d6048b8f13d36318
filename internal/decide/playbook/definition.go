package playbook

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"hearth"
)

// maxSource is the largest playbook text in bytes. The shipped ones are under 6 kB.
const maxSource = 128 << 10

// Definition is a playbook as its author wrote it.
type Definition struct {
	ID       hearth.PlaybookID `yaml:"id"`
	Title    string            `yaml:"title"`
	Moment   string            `yaml:"moment"`
	Depth    hearth.Depth      `yaml:"depth"`
	Why      string            `yaml:"why"`
	For      string            `yaml:"for"` // "resident" or "household"
	Trigger  Trigger           `yaml:"trigger"`
	Audience string            `yaml:"audience"`
	Fresh    Span              `yaml:"fresh"`
	Limits   Limits            `yaml:"limits"`
	Goal     *Goal             `yaml:"goal"`
	Steps    []Step            `yaml:"steps"`
	Exits    []Exit            `yaml:"exits"`
}

// Trigger says what starts the playbook: exactly one of On, When and Absence.
type Trigger struct {
	On      hearth.EventType `yaml:"on"`
	If      string           `yaml:"if"` // only with On and Absence
	When    string           `yaml:"when"`
	Absence hearth.EventType `yaml:"absence"`
	For     Span             `yaml:"for"` // only with Absence: how long nothing of the type happened
}

// Limits bound how often a playbook starts.
type Limits struct {
	Again    Again `yaml:"again"`
	Cooldown Span  `yaml:"cooldown"` // least time between two starts for one resident
	AtOnce   int   `yaml:"at_once"`  // most runs active at one time at a property; 0 means no limit
}

// Goal is what the playbook hopes for: an event within a time after the start.
type Goal struct {
	Event  hearth.EventType `yaml:"event"`
	Within Span             `yaml:"within"`
}

// Step is one action. Exactly one of its kinds is set.
type Step struct {
	ID     string    `yaml:"id"`
	Send   *SendStep `yaml:"send"`
	Task   *TaskStep `yaml:"task"`
	Wait   *WaitStep `yaml:"wait"`
	Branch []Arm     `yaml:"branch"`
	End    *string   `yaml:"end"`
	at     yamlAt    `yaml:"-"`
}

// SendStep wishes a message to the resident.
type SendStep struct {
	Template string         `yaml:"template"`
	Class    hearth.Class   `yaml:"class"`
	Purpose  string         `yaml:"purpose"`
	Channel  hearth.Channel `yaml:"channel"`
	Topic    string         `yaml:"topic"`
}

// TaskStep wishes a task for a person.
type TaskStep struct {
	Title     string      `yaml:"title"`
	Why       string      `yaml:"why"`
	Role      hearth.Role `yaml:"role"`
	Minutes   int         `yaml:"minutes"`
	Due       Span        `yaml:"due"`
	Checklist []string    `yaml:"checklist"`
	Asks      []Ask       `yaml:"asks"`
	Escalate  []Rung      `yaml:"escalate"`
	Draft     string      `yaml:"draft"` // a template to draft from
}

// Ask is a fact that the task's owner is asked for when it is done.
type Ask struct {
	Fact     string `yaml:"fact"`
	Question string `yaml:"question"`
	Kind     string `yaml:"kind"`
	Optional bool   `yaml:"optional"`
}

// Rung is who gets the task when its due time passed, after a further time.
type Rung struct {
	After Span        `yaml:"after"`
	Role  hearth.Role `yaml:"role"`
}

// WaitStep waits for a time, a local wall-clock time, a day relative to the lease, or an event with a time-out.
type WaitStep struct {
	For        Span             // wait: 3d
	Until      string           `yaml:"until"` // "09:00", the next one in the property's zone
	Event      hearth.EventType `yaml:"event"`
	AtMost     Span             `yaml:"at_most"`
	DaysBefore string           `yaml:"days_before"` // move_in, lease_end, move_out
	DaysAfter  string           `yaml:"days_after"`
	Days       int              `yaml:"days"`
	At         string           `yaml:"at"`
}

// UnmarshalYAML reads both "wait: 3d" and the long form.
func (w *WaitStep) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		return w.For.UnmarshalYAML(n)
	}
	type long WaitStep
	return n.Decode((*long)(w))
}

// Arm is one way of a branch: the first whose condition holds is taken; Else has none.
type Arm struct {
	If    string `yaml:"if"`
	Steps []Step `yaml:"steps"`
	Else  []Step `yaml:"else"`
	at    yamlAt
}

// UnmarshalYAML keeps the arm's place for errors; the step around it has checked the keys.
func (a *Arm) UnmarshalYAML(n *yaml.Node) error {
	type plain Arm
	if err := n.Decode((*plain)(a)); err != nil {
		return err
	}
	a.at = yamlAt{n.Line, n.Column}
	return nil
}

// Exit ends the run at any point: when an event comes, or a condition holds.
type Exit struct {
	On      hearth.EventType `yaml:"on"`
	If      string           `yaml:"if"`
	When    string           `yaml:"when"`
	Because string           `yaml:"because"`
}

// yamlAt is where in its text something stands, for errors.
type yamlAt struct{ line, column int }

// UnmarshalYAML refuses unknown keys, which a nested decode would pass over, and keeps the step's place for errors.
func (s *Step) UnmarshalYAML(n *yaml.Node) error {
	if err := checkKeys(n, "step"); err != nil {
		return err
	}
	type plain Step
	if err := n.Decode((*plain)(s)); err != nil {
		return err
	}
	s.at = yamlAt{n.Line, n.Column}
	return nil
}

// stepKeys gives the keys that may stand in each part of a step. A value names the part below it.
func stepKeys(part string) map[string]string {
	switch part {
	case "step":
		return map[string]string{"id": "", "send": "send", "task": "task", "wait": "wait", "branch": "arm", "end": ""}
	case "send":
		return map[string]string{"template": "", "class": "", "purpose": "", "channel": "", "topic": ""}
	case "task":
		return map[string]string{"title": "", "why": "", "role": "", "minutes": "", "due": "", "checklist": "", "asks": "ask",
			"escalate": "rung", "draft": ""}
	case "ask":
		return map[string]string{"fact": "", "question": "", "kind": "", "optional": ""}
	case "rung":
		return map[string]string{"after": "", "role": ""}
	case "wait":
		return map[string]string{"until": "", "event": "", "at_most": "", "days_before": "", "days_after": "", "days": "", "at": ""}
	default: // arm; the steps in it check themselves
		return map[string]string{"if": "", "steps": "", "else": ""}
	}
}

func checkKeys(n *yaml.Node, part string) error {
	if n.Kind == yaml.SequenceNode {
		for _, item := range n.Content {
			if err := checkKeys(item, part); err != nil {
				return err
			}
		}
		return nil
	}
	if n.Kind != yaml.MappingNode {
		return nil
	}
	known := stepKeys(part)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		below, ok := known[key.Value]
		if !ok {
			return fmt.Errorf("line %d: there is no key %q in a %s", key.Line, key.Value, part)
		}
		if below == "" {
			continue
		}
		if err := checkKeys(n.Content[i+1], below); err != nil {
			return err
		}
	}
	return nil
}

// Parse reads a playbook's text. It fails with CodeInvalid and a sentence that names line and key; conditions are
// checked by Compile.
func Parse(text []byte) (*Definition, error) {
	if len(text) > maxSource {
		return nil, hearth.Errorf(hearth.CodeTooLarge, "A playbook may have at most %d kB.", maxSource>>10)
	}
	var d Definition
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(&d); err != nil {
		return nil, hearth.Errorf(hearth.CodeInvalid, "The playbook can't be read: %s.", plainYAML(err))
	}
	d.fill()
	if err := d.check(); err != nil {
		return nil, err
	}
	return &d, nil
}

// plainYAML turns the library's message into one that an author understands.
func plainYAML(err error) string {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	text = strings.ReplaceAll(text, "unmarshal errors:\n", "")
	text = regexp.MustCompile(`field (\S+) not found in type \S+`).ReplaceAllString(text, `there is no key "$1" here`)
	text = regexp.MustCompile(`cannot unmarshal !!(\S+) (.+?) into \S+`).ReplaceAllString(text, `$2 does not fit here`)
	return strings.TrimSuffix(strings.Join(strings.Fields(text), " "), ".")
}

func (d *Definition) fill() {
	if d.For == "" {
		d.For = "resident"
	}
	if d.Fresh.IsZero() {
		d.Fresh = Span{N: 48, Unit: UnitHour}
	}
	if d.Limits.Again == (Again{}) {
		d.Limits.Again = Again{Per: PerTerm}
		if d.Trigger.On != "" {
			d.Limits.Again = Again{Per: EachTime}
		}
	}
	for i := range d.Exits {
		if d.Exits[i].Because == "" {
			d.Exits[i].Because = "An exit of the playbook was reached."
		}
	}
}

// Digest identifies the text: the first 16 hexadecimal digits of its SHA-256.
func Digest(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}
