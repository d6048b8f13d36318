package playbook

import (
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"

	"hearth"
	"hearth/internal/base/rule"
)

// template refuses a template that does not exist.
func (b *builder) template(s *Step, id string) error {
	if ok, err := b.c.hasTemplate(id); ok || err != nil {
		return err
	}
	return s.fail("There is no template %q.%s", id, meant(id, b.c.templates))
}

// wait lays out a wait, with the condition of what ends it.
func (b *builder) wait(s *Step, name string) error {
	where := fmt.Sprintf("line %d", s.at.line)
	fields, tags := map[string]rule.Type{}, map[string]rule.Tag{}
	clash := map[string]bool{}
	for _, t := range s.Wait.Awaited() {
		if err := b.c.known(where, t); err != nil {
			return err
		}
		b.p.wakes[t] = true
		for n, typ := range b.c.types[t] {
			clash[n] = clash[n] || fields[n] != "" && fields[n] != typ
			fields[n] = typ
			if tag := b.c.tags[t][n]; tags[n] == "" || tag.Refused() {
				tags[n] = tag
			}
		}
	}
	// Of several types a field can be read if it means the same in all that have it.
	maps.DeleteFunc(fields, func(n string, _ rule.Type) bool { return clash[n] })
	cond, err := b.c.cond(where, s.Wait.If, rule.WithEvent(fields), rule.WithTags(tags), b.run)
	if err != nil {
		return err
	}
	b.add(op{kind: opWait, step: s, name: name, cond: cond, topic: b.asked()})
	return nil
}

// asked gives the topic of the message that went out last before this place, "" if it had none.
func (b *builder) asked() string {
	for _, o := range slices.Backward(b.p.code) {
		if o.kind == opSend {
			return o.step.Send.Topic
		}
	}
	return ""
}

// survey lays out the question and the wait for its answer.
func (b *builder) survey(s *Step, name string) error {
	q := s.Survey
	if err := b.template(s, q.Template); err != nil {
		return err
	}
	b.add(op{kind: opSend, name: name, step: &Step{ID: s.ID, at: s.at, Send: &SendStep{Template: q.Template, Class: hearth.ClassService,
		Purpose: "survey." + q.Question, Channel: q.Channel, Topic: "survey." + q.Question}}})
	return b.wait(&Step{ID: s.ID, at: s.at, Survey: q,
		Wait: &WaitStep{Event: SurveyAnswered, If: fmt.Sprintf("event.question == %q", q.Question), AtMost: q.AtMost}}, name)
}

// set lays out the giving of values.
func (b *builder) set(s *Step, name string) error {
	o := op{kind: opSet, step: s, name: name}
	for _, x := range s.Set {
		_, cond, err := b.c.typeOf(x)
		if err != nil {
			return err
		}
		out := setting{name: x.Name, value: x.Value, field: -1, cond: cond}
		if cond != nil {
			out.field = cond.FieldIDs()[0]
		}
		o.sets = append(o.sets, out)
	}
	b.add(o)
	return nil
}

// ofProperty refuses what a playbook for the property as a whole cannot do: there is nobody to tell, and no signals.
func (c *Compiler) ofProperty(p *Program) error {
	if p.Def.For != "property" {
		return nil
	}
	if p.Def.Trigger.Standing() {
		return invalid("trigger", "A playbook for the property starts on an event, a repetition or the calendar: conditions and silences are a resident's.")
	}
	if per := p.Def.Limits.Again.Per; per == PerTerm || per == PerTenancy {
		return invalid("limits.again", "A property has no terms and tenancies: write each time or once per N days.")
	}
	conds := []*rule.Cond{p.If, p.Audience, p.Goal}
	for _, x := range p.Exits {
		conds = append(conds, x.Cond)
	}
	for _, o := range p.code {
		switch {
		case o.kind == opSend:
			return o.step.fail("A playbook for the property gives tasks and sends nothing; write it for: resident to tell people something.")
		case o.kind == opTask && (o.step.Task.Draft != "" || o.step.Task.widens()):
			return o.step.fail("A playbook for the property has nobody to write to or to get to know.")
		case o.kind == opWait && (o.step.Wait.DaysBefore != "" || o.step.Wait.DaysAfter != ""):
			return o.step.fail("A playbook for the property has no lease to count days from.")
		}
		conds = append(conds, o.cond)
		for _, x := range o.sets {
			conds = append(conds, x.cond)
		}
	}
	for _, cond := range conds {
		if cond != nil && len(cond.FieldIDs()) > 0 {
			return invalid("for", "A playbook for the property has no resident whose %s it could read.", c.env.Fields()[cond.FieldIDs()[0]].Name)
		}
	}
	return nil
}

// repeat checks what a repetition counts.
func (c *Compiler) repeat(p *Program) error {
	t := p.Def.Trigger.Repeat
	if t == nil {
		return nil
	}
	if err := c.known("trigger.repeat.event", t.Event); err != nil {
		return err
	}
	fields := c.types[t.Event]
	if t.Same != "" && fields[t.Same] == "" {
		names := sortedNames(fields)
		return invalid("trigger.repeat.same", "%s has no field %q.%s It has %s.", t.Event, t.Same, meant(t.Same, names), strings.Join(names, ", "))
	}
	if c.tags[t.Event][t.Same].Refused() {
		return invalid("trigger.repeat.same", "%s of %s may not be used in a decision: fair-housing law protects it, or it stands in for what it protects.", t.Same, t.Event)
	}
	if t.By == "equipment" && fields["equipment"] == "" {
		return invalid("trigger.repeat.by", "%s does not say which piece of equipment it is about.", t.Event)
	}
	var err error
	if p.Where, err = c.cond("trigger.repeat.where", t.Where, c.event(t.Event)...); err != nil || p.Where == nil {
		return err
	}
	if len(p.Where.FieldIDs()) > 0 {
		return invalid("trigger.repeat.where", "where reads the event alone, as in event.priority == \"urgent\"; signals belong into if, which is asked when the last one comes.")
	}
	return nil
}

func sortedNames(fields map[string]rule.Type) []string {
	names := make([]string, 0, len(fields))
	for n := range fields {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}
