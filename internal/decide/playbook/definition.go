package playbook

import (
	"crypto/sha256"
	"encoding/hex"
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
	For      string            `yaml:"for"` // "resident", "household" or "property"
	Trigger  Trigger           `yaml:"trigger"`
	Audience string            `yaml:"audience"`
	Fresh    Span              `yaml:"fresh"`
	Limits   Limits            `yaml:"limits"`
	Holdout  Holdout           `yaml:"holdout"`
	Goal     *Goal             `yaml:"goal"`
	Steps    []Step            `yaml:"steps"`
	Exits    []Exit            `yaml:"exits"`

	root yaml.Node // where everything stands, for errors
}

// Trigger says what starts the playbook: exactly one of On, When, Absence, Repeat and At.
type Trigger struct {
	On      hearth.EventType `yaml:"on"`
	If      string           `yaml:"if"` // not with When, which is a condition itself
	When    string           `yaml:"when"`
	Absence hearth.EventType `yaml:"absence"`
	For     Span             `yaml:"for"` // only with Absence: how long nothing of the type happened
	Repeat  *Repeat          `yaml:"repeat"`
	At      *Calendar        `yaml:"at"`
}

// Standing tells whether the trigger is a condition that holds or not, rather than something that happens.
func (t Trigger) Standing() bool { return t.When != "" || t.Absence != "" }

// Event gives the type of the event that starts the playbook: of on or repeat; "" for the other triggers.
func (t Trigger) Event() hearth.EventType {
	if t.Repeat != nil {
		return t.Repeat.Event
	}
	return t.On
}

// Limits bound how often a playbook starts.
type Limits struct {
	Again    Again `yaml:"again"`
	Cooldown Span  `yaml:"cooldown"` // least time between two starts for one resident
	AtOnce   int   `yaml:"at_once"`  // most runs active at one time at a property; 0 means no limit
	ADay     int   `yaml:"a_day"`    // most starts on one day at a property, the rest on the days after; 0 means no limit
}

// Goal is what the playbook hopes for: an event within a time after the start.
type Goal struct {
	Event  hearth.EventType `yaml:"event"`
	If     string           `yaml:"if"` // only events for which it holds count
	Within Span             `yaml:"within"`
}

// Step is one action. Exactly one of its kinds is set.
type Step struct {
	ID       string        `yaml:"id"`
	Send     *SendStep     `yaml:"send"`
	Task     *TaskStep     `yaml:"task"`
	Wait     *WaitStep     `yaml:"wait"`
	Branch   []Arm         `yaml:"branch"`
	End      *string       `yaml:"end"`
	Survey   *SurveyStep   `yaml:"survey"`
	Escalate *EscalateStep `yaml:"escalate"`
	Set      SetStep       `yaml:"set"`
	Connect  *ConnectStep  `yaml:"connect"`
	at       yamlAt        `yaml:"-"`
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
	// Best wishes whoever knows the resident best, is on duty and has room; Role says who answers otherwise.
	Best bool `yaml:"-"`
	// Owner is "best" for whoever knows the resident best, or "" for anybody of the role; it is read into Best.
	Owner string `yaml:"owner"`
	// Lighter is what it becomes when nobody has the minutes.
	Lighter *LighterStep `yaml:"lighter"`
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
	For   Span             // wait: 3d
	Until string           `yaml:"until"` // "09:00", the next one in the property's zone
	Event hearth.EventType `yaml:"event"`
	// Events is for whichever of several comes first; run.event says which.
	Events     []hearth.EventType `yaml:"events"`
	If         string             `yaml:"if"` // only events for which it holds end the wait
	AtMost     Span               `yaml:"at_most"`
	DaysBefore string             `yaml:"days_before"` // move_in, lease_end, move_out
	DaysAfter  string             `yaml:"days_after"`
	Days       int                `yaml:"days"`
	At         string             `yaml:"at"`
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

// UnmarshalYAML keeps the step's place for errors; its keys were checked before.
func (s *Step) UnmarshalYAML(n *yaml.Node) error {
	type plain Step
	if err := n.Decode((*plain)(s)); err != nil {
		return err
	}
	s.at = yamlAt{n.Line, n.Column}
	return nil
}

// Parse reads a playbook's text. It fails with CodeInvalid and a sentence that names line and key; conditions are
// checked by Compile.
func Parse(text []byte) (*Definition, error) {
	if len(text) > maxSource {
		return nil, hearth.Errorf(hearth.CodeTooLarge, "A playbook may have at most %d kB.", maxSource>>10)
	}
	d := &Definition{}
	if err := yaml.Unmarshal(text, &d.root); err != nil {
		return nil, hearth.Errorf(hearth.CodeInvalid, "The playbook can't be read: %s.", plainYAML(err))
	}
	if len(d.root.Content) == 0 || d.root.Content[0].Kind != yaml.MappingNode {
		return nil, hearth.Errorf(hearth.CodeInvalid, "The playbook can't be read: it is not a list of keys such as id, title and steps.")
	}
	if err := checkKeys(d.root.Content[0], "playbook"); err != nil {
		return nil, err
	}
	if err := d.root.Decode(d); err != nil {
		return nil, hearth.Errorf(hearth.CodeInvalid, "The playbook can't be read: %s.", plainYAML(err))
	}
	d.fill()
	if err := d.check(); err != nil {
		return nil, locate(&d.root, err)
	}
	return d, nil
}

// plainYAML turns the library's message into one that an author understands.
func plainYAML(err error) string {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	text = strings.ReplaceAll(text, "unmarshal errors:\n", "")
	text = regexp.MustCompile(`cannot unmarshal !!(\S+) (.+?) into \S+`).ReplaceAllString(text, `$2 does not fit here`)
	for kind, words := range map[string]string{"seq": "a list", "map": "a group of keys"} {
		text = regexp.MustCompile(`cannot unmarshal !!`+kind+` into \S+`).ReplaceAllString(text, words+" does not fit here")
	}
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
		if !d.Trigger.Standing() {
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
