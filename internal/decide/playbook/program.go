package playbook

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strconv"
	"strings"

	"hearth"
	"hearth/internal/base/rule"
	"hearth/internal/fact/eventlog"
	"hearth/internal/sense/segment"
	"hearth/internal/sense/signal"
)

// Program is a playbook that was checked and compiled. It is immutable and safe for concurrent use.
type Program struct {
	Def     *Definition
	Version int
	Digest  string
	Text    string
	Starts  string // Definition.Starts
	Happens string // what the event of an on- or repeat-trigger is, in words: "A work order was opened"

	If       *rule.Cond // of any trigger but when; nil if there is none
	When     *rule.Cond // of a when trigger
	Where    *rule.Cond // of a repeat trigger: which events count; reads the event alone
	Audience *rule.Cond
	Goal     *rule.Cond // which events of its type reach the goal; nil: all
	Exits    []CompiledExit

	// Segments are those that its conditions name, with their conditions written out as they were when it was compiled.
	Segments map[string]string

	// Refused is why a rule that came later would refuse it, of a text that was accepted once.
	Refused error

	words map[string]string // the parts of When in words
	code  []op
	wakes map[hearth.EventType]bool // event types that some wait waits for
}

// CompiledExit is an exit with its conditions.
type CompiledExit struct {
	On      hearth.EventType
	Cond    *rule.Cond // with On: its if; else its when; may be nil with On
	Because string
}

// opKind is what an op does.
type opKind uint8

const (
	opSend opKind = iota
	opTask
	opWait
	opBranch // goes to target if cond does not hold
	opJump
	opEnd
	opEscalate
	opSet
)

// op is one instruction: the steps of a playbook laid out in a row, branches as jumps.
type op struct {
	kind   opKind
	step   *Step
	name   string     // the step's id, or its place, for the keys of its effects
	cond   *rule.Cond // of a branch, and of a wait: which events end it
	topic  string     // of a wait: what was asked last before it
	target int
	ending string
	sets   []setting
}

// Compiler turns definitions into programs.
type Compiler struct {
	env   *rule.Env
	docs  map[hearth.EventType]string               // in words
	types map[hearth.EventType]map[string]rule.Type // the data fields of each event type
	tags  map[hearth.EventType]map[string]rule.Tag  // and what kind of fact each is
	has   func(template string) bool
	asks  func(template string) (bool, error) // for what has does not know; nil: there is nobody to ask
	// templates are the names that a wrong one may have meant.
	templates []string
	segments  map[string]string // conditions by name; nil: none may be named
	accepted  bool              // the texts were switched on once, see Accepted
}

// With gives a compiler whose playbooks may name these segments; conditions are written out, as segment.Set gives them.
func (c *Compiler) With(segments map[string]string) *Compiler {
	with := *c
	with.segments = segments
	return &with
}

// NewCompiler makes a compiler over the signal catalog, the event catalog and the shipped segments. hasTemplate tells
// which templates exist; nil accepts all. templates may list them, for naming the one that was meant. It fails for an
// event's field without a tag: a mistake of the program, found at start-up.
func NewCompiler(env *rule.Env, types []eventlog.Type, hasTemplate func(string) bool, templates ...string) (*Compiler, error) {
	c := &Compiler{env: env, types: map[hearth.EventType]map[string]rule.Type{}, tags: map[hearth.EventType]map[string]rule.Tag{},
		docs: map[hearth.EventType]string{}, has: hasTemplate, templates: templates}
	shipped, err := segment.NewSet(env, segment.Shipped())
	if err != nil {
		return nil, fmt.Errorf("shipped segments: %w", err)
	}
	c.segments = shipped.Conditions()
	for _, t := range types {
		vars, err := dataFields(t.Schema)
		if err != nil {
			return nil, fmt.Errorf("event type %s: %w", t.Name, err)
		}
		c.types[t.Name], c.tags[t.Name] = vars, map[string]rule.Tag{}
		for name := range vars {
			tag, ok := eventlog.TagOf(t.Name, name)
			if !ok {
				return nil, fmt.Errorf("event type %s: the field %q has no tag", t.Name, name)
			}
			c.tags[t.Name][name] = tag
		}
		c.docs[t.Name] = strings.TrimSuffix(t.Doc, ".")
		if t.Doc == "" {
			c.docs[t.Name] = string(t.Name) + " happened"
		}
	}
	return c, nil
}

// dataFields reads the flat fields of an event's data from its JSON Schema.
func dataFields(schema string) (map[string]rule.Type, error) {
	var s struct {
		Properties map[string]struct {
			Type any `json:"type"`
		} `json:"properties"`
	}
	if err := json.Unmarshal([]byte(schema), &s); err != nil {
		return nil, err
	}
	vars := map[string]rule.Type{}
	for name, p := range s.Properties {
		switch p.Type {
		case "string":
			vars[name] = rule.String
		case "integer":
			vars[name] = rule.Int
		case "number":
			vars[name] = rule.Double
		case "boolean":
			vars[name] = rule.Bool
		}
	}
	return vars, nil
}

// Compile checks a playbook's text whole and compiles it. Errors have CodeInvalid, a sentence and, as field, where:
// "trigger.when" or "line 31"; but for ErrNotAsked.
func (c *Compiler) Compile(text []byte) (*Program, error) {
	def, err := Parse(text)
	if err != nil {
		return nil, err
	}
	p := &Program{Def: def, Digest: Digest(text), Text: string(text), wakes: map[hearth.EventType]bool{}}
	for _, part := range []func(*Program) error{c.trigger, c.audience, toneAlone, c.code, c.exits, c.goal, c.mayKnow, c.ofProperty, c.alike} {
		if err := part(p); err != nil {
			return nil, locate(&def.root, err)
		}
	}
	c.pin(p)
	return p, nil
}

func (c *Compiler) audience(p *Program) (err error) {
	p.Audience, err = c.cond("audience", p.Def.Audience)
	return err
}

// code lays the steps out.
func (c *Compiler) code(p *Program) error {
	vars, err := c.variables(p.Def.Steps)
	if err != nil {
		return err
	}
	b := &builder{c: c, p: p, vars: c.runScope(p.Def, vars), run: rule.WithRun(vars)}
	if err := b.steps(p.Def.Steps); err != nil {
		return err
	}
	b.add(op{kind: opEnd, ending: "All steps are done."})
	return nil
}

func (c *Compiler) goal(p *Program) error {
	if p.Def.Goal == nil {
		return nil
	}
	if err := c.known("goal.event", p.Def.Goal.Event); err != nil {
		return err
	}
	var err error
	p.Goal, err = c.cond("goal.if", p.Def.Goal.If, c.event(p.Def.Goal.Event)...)
	return err
}

// Words says a part of the standing condition as a sentence does; false: there are no words for it.
func (p *Program) Words(part string) (string, bool) {
	words := p.words[part]
	return words, words != "" && words != part
}

// pin notes what the segments meant. A playbook whose segments have changed is another one, whatever its text.
func (c *Compiler) pin(p *Program) {
	digested := p.Text
	for _, cond := range p.conditions() {
		for _, name := range cond.Segments() {
			if p.Segments == nil {
				p.Segments = map[string]string{}
			}
			p.Segments[name] = c.segments[name]
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.Segments)) {
		digested += "\nsegment." + name + ": " + p.Segments[name]
	}
	p.Digest = Digest([]byte(digested))
}

// conditions gives all conditions of the playbook.
func (p *Program) conditions() []*rule.Cond {
	all := []*rule.Cond{p.If, p.When, p.Where, p.Audience, p.Goal}
	for _, x := range p.Exits {
		all = append(all, x.Cond)
	}
	for _, o := range p.code {
		all = append(all, o.cond)
		for _, x := range o.sets {
			all = append(all, x.cond)
		}
	}
	return slices.DeleteFunc(all, func(c *rule.Cond) bool { return c == nil })
}

func (c *Compiler) trigger(p *Program) error {
	t := p.Def.Trigger
	p.Starts, p.Happens = p.Def.Starts(), c.docs[t.Event()]
	for field, typ := range map[string]hearth.EventType{"trigger.on": t.On, "trigger.absence": t.Absence} {
		if typ == "" {
			continue
		}
		if err := c.known(field, typ); err != nil {
			return err
		}
	}
	if err := c.repeat(p); err != nil {
		return err
	}
	var err error
	if p.When, err = c.cond("trigger.when", t.When); err != nil {
		return err
	}
	if p.When != nil {
		p.words = map[string]string{}
		for _, part := range p.When.Parts() {
			p.words[part] = Sentence(part)
		}
	}
	if t.Event() != "" {
		p.If, err = c.cond("trigger.if", t.If, c.event(t.Event())...)
	} else {
		p.If, err = c.cond("trigger.if", t.If)
	}
	return err
}

// toneAlone refuses a playbook that the tone of words could start with nothing else that happened, by any of the ways in
// which its conditions come true. Tone is read from words by a small model and is sometimes wrong; it may strengthen what
// something that happened says, never speak alone.
func toneAlone(p *Program) error {
	weigh := func(name string, reach float64) rule.Weight {
		switch on := p.Def.Trigger.On; {
		case strings.HasPrefix(name, "sentiment."), name == "frustration.level" && reach <= signal.ToneStrain:
			return rule.Weak
		case stands(name), strings.HasPrefix(name, "event.") && words(on):
			return rule.None
		}
		return rule.Full
	}
	ways := func(cond *rule.Cond) rule.Ways {
		if cond == nil {
			return rule.Ways{None: true}
		}
		return cond.Ways(weigh)
	}
	when, also := ways(p.When), ways(p.If)
	var field string
	switch {
	case when.Weak:
		field = "trigger.when"
	case also.Weak && (p.When == nil || when.None):
		field = "trigger.if"
	case p.Def.Trigger.Event() != "" && !words(p.Def.Trigger.On):
		return nil // what happened is the reason; whom it is for may depend on their tone
	case when.And(also).And(ways(p.Audience)).Weak:
		field = "audience"
	default:
		return nil
	}
	return invalid(field, "Tone alone decides nothing: it is read from words and often wrong. Join it by && with something that happened, such as service.open > 0. (frustration.level up to %s can be tone alone.)",
		strconv.FormatFloat(signal.ToneStrain, 'g', -1, 64))
}

// stands tells whether a name is where somebody stands, which holds for most and is nothing that happened.
func stands(name string) bool {
	switch name {
	case "lease.status", "lease.month_to_month", "lease.term_number", "lease.term_days", "tenancy.days":
		return true
	}
	return strings.HasPrefix(name, "resident.") || strings.HasPrefix(name, "household.")
}

// words tells whether an event is nothing but words, whose tone is all that a condition on tone would add.
func words(t hearth.EventType) bool { return t == "message.received" || t == "tone.corrected" }

func (c *Compiler) exits(p *Program) error {
	for i, x := range p.Def.Exits {
		field := fmt.Sprintf("exits[%d]", i)
		out := CompiledExit{On: x.On, Because: x.Because}
		var err error
		if x.On != "" {
			if err := c.known(field+".on", x.On); err != nil {
				return err
			}
			out.Cond, err = c.cond(field+".if", x.If, c.event(x.On)...)
		} else {
			out.Cond, err = c.cond(field+".when", x.When)
		}
		if err != nil {
			return err
		}
		p.Exits = append(p.Exits, out)
	}
	return nil
}

// known refuses an event type that is not in the catalog.
func (c *Compiler) known(field string, t hearth.EventType) error {
	if _, ok := c.types[t]; ok {
		return nil
	}
	names := make([]string, 0, len(c.types))
	for n := range c.types {
		names = append(names, string(n))
	}
	sort.Strings(names)
	if near := meant(string(t), names); near != "" {
		return invalid(field, "There is no event type %q.%s", t, near)
	}
	return invalid(field, "There is no event type %q. The catalog of events lists all of them.", t)
}

// cond compiles a condition; an empty one is nil.
func (c *Compiler) cond(field, src string, opts ...rule.Option) (*rule.Cond, error) {
	if src == "" {
		return nil, nil
	}
	out, err := c.env.Compile(src, append(opts[:len(opts):len(opts)], rule.WithSegments(c.segments))...)
	var bad *rule.Error
	if errors.As(err, &bad) {
		return nil, invalid(field, "%s (line %d, column %d of the condition)", bad.Message, bad.Line, bad.Column)
	}
	return out, err
}

// event lets a condition read the data of an event of the type.
func (c *Compiler) event(t hearth.EventType) []rule.Option {
	return []rule.Option{rule.WithEvent(c.types[t]), rule.WithTags(c.tags[t])}
}

// runScope is what the branches of a playbook may read beside the signals.
func (c *Compiler) runScope(d *Definition, vars map[string]rule.Type) []rule.Option {
	opts := []rule.Option{rule.WithRun(vars)}
	if t := d.Trigger.Event(); t != "" {
		opts = append(opts, c.event(t)...)
	}
	return opts
}

// variables gives every variable that a run of the steps can have, with its type. One name has one type.
func (c *Compiler) variables(steps []Step) (map[string]rule.Type, error) {
	vars := reservedVars()
	var visit func([]Step) error
	visit = func(steps []Step) error {
		for i := range steps {
			for _, x := range steps[i].Set {
				typ, _, err := c.typeOf(x)
				if err != nil {
					return err
				}
				if was, ok := vars[x.Name]; ok && was != typ {
					return invalid(fmt.Sprintf("line %d", x.line), "run.%s is %s elsewhere in this playbook and can't be %s here.", x.Name, was.Words(), typ.Words())
				}
				vars[x.Name] = typ
			}
			for _, arm := range steps[i].Branch {
				if err := visit(append(arm.Steps[:len(arm.Steps):len(arm.Steps)], arm.Else...)); err != nil {
					return err
				}
			}
		}
		return nil
	}
	return vars, visit(steps)
}

// typeOf gives the type of a variable's value, and the condition that read its signal for the check.
func (c *Compiler) typeOf(x Setting) (rule.Type, *rule.Cond, error) {
	switch x.Value.(type) {
	case bool:
		return rule.Bool, nil, nil
	case int64:
		return rule.Int, nil, nil
	case float64:
		return rule.Double, nil, nil
	case string:
		return rule.String, nil, nil
	}
	// The condition language says which signals exist, and which must not be looked at.
	cond, err := c.cond(fmt.Sprintf("line %d", x.line), "known("+x.Signal+")")
	if err != nil {
		return "", nil, err
	}
	if _, is := c.env.Index(x.Signal); is {
		ids := cond.FieldIDs()
		return c.env.Fields()[ids[0]].Type, cond, nil
	}
	return "", nil, invalid(fmt.Sprintf("line %d", x.line), "%q is not the name of a signal.", x.Signal)
}

// builder lays steps out as instructions.
type builder struct {
	c    *Compiler
	p    *Program
	vars []rule.Option
	run  rule.Option // the run's variables alone
}

func (b *builder) add(o op) int {
	b.p.code = append(b.p.code, o)
	return len(b.p.code) - 1
}

func (b *builder) steps(steps []Step) error {
	for i := range steps {
		if err := b.step(&steps[i]); err != nil {
			return err
		}
	}
	return nil
}

func (b *builder) step(s *Step) error {
	name := s.ID
	if name == "" {
		name = fmt.Sprintf("#%d", len(b.p.code))
	}
	switch {
	case s.Send != nil:
		if err := b.template(s, s.Send.Template); err != nil {
			return err
		}
		b.add(op{kind: opSend, step: s, name: name})
	case s.Task != nil:
		if s.Task.Draft != "" {
			if err := b.template(s, s.Task.Draft); err != nil {
				return err
			}
		}
		if l := s.Task.Lighter; l != nil && l.Send != nil {
			if ok, err := b.c.hasTemplate(l.Send.Template); err != nil {
				return err
			} else if !ok {
				return s.fail("There is no template %q for the lighter way.", l.Send.Template)
			}
		}
		if l := s.Task.Lighter; l != nil && l.Send != nil && b.p.Def.Depth == hearth.DepthHuman && l.Send.Class.Capped() {
			return s.fail("This is a moment for a person, so a message is no lighter way; write a shorter task.")
		}
		b.add(op{kind: opTask, step: s, name: name})
	case s.Wait != nil:
		return b.wait(s, name)
	case s.Survey != nil:
		return b.survey(s, name)
	case s.Escalate != nil:
		b.add(op{kind: opEscalate, step: s, name: name})
	case s.Connect != nil:
		b.add(op{kind: opTask, step: &Step{ID: s.ID, Task: s.Connect.Task(), at: s.at}, name: name})
	case s.Set != nil:
		return b.set(s, name)
	case s.End != nil:
		b.add(op{kind: opEnd, step: s, name: name, ending: *s.End})
	default:
		return b.branch(s)
	}
	return nil
}

// branch lays out: if not cond go to the next arm; the arm's steps; go to the end.
func (b *builder) branch(s *Step) error {
	var toEnd []int
	for _, arm := range s.Branch {
		test := -1
		if arm.If != "" {
			cond, err := b.c.cond(fmt.Sprintf("line %d", arm.at.line), arm.If, b.vars...)
			if err != nil {
				return err
			}
			test = b.add(op{kind: opBranch, step: s, cond: cond})
		}
		if err := b.steps(append(arm.Steps[:len(arm.Steps):len(arm.Steps)], arm.Else...)); err != nil {
			return err
		}
		toEnd = append(toEnd, b.add(op{kind: opJump}))
		if test >= 0 {
			b.p.code[test].target = len(b.p.code)
		}
	}
	for _, i := range toEnd {
		b.p.code[i].target = len(b.p.code)
	}
	return nil
}
