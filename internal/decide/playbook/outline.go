package playbook

import (
	"fmt"
	"strings"

	"hearth"
)

// Line is a step of a playbook, or the head of an arm of a branch, as it is shown to people.
type Line struct {
	Number int    // of the step from 1 on; 0 for the head of an arm
	Indent int    // how many branches it stands in
	Kind   string // send, task, wait, survey, escalate, set, connect, end; "if" and "else" for the head of an arm
	ID     string // as its author named it; "" for none
	Text   int    // line in the playbook's text
	What   string // a sentence
	Owner  string // "system", a role in words, "whoever knows them best"
	// Minutes is what a person needs for it; 0 where nobody is asked.
	Minutes int
	Due     string // in words; "" for none
	Sends   string // the template that it sends or drafts from; "" for none
	Title   string // of the task that it gives; "" for none
	Depth   hearth.Depth
	Ops     []int // the instructions that it became, for a compiled playbook
}

// Outline gives the steps in the order of the text, branches behind their heads. Template titles come from titled, which
// may be nil.
func (p *Program) Outline(titled func(template string) string) []Line {
	o := &outliner{p: p, titled: titled}
	o.steps(p.Def.Steps, 0)
	return o.lines
}

type outliner struct {
	p      *Program
	titled func(string) string
	lines  []Line
	number int
}

func (o *outliner) steps(steps []Step, indent int) {
	for i := range steps {
		s := &steps[i]
		if s.Branch == nil {
			o.number++
			l := Line{Number: o.number, Indent: indent, ID: s.ID, Text: s.at.line, Owner: "system", Depth: hearth.DepthAutomatic}
			o.fill(&l, s)
			for at := range o.p.code {
				if x := o.p.code[at].step; x != nil && x.at == s.at && o.p.code[at].kind != opBranch {
					l.Ops = append(l.Ops, at)
				}
			}
			o.lines = append(o.lines, l)
			continue
		}
		for j, arm := range s.Branch {
			head := Line{Indent: indent, Kind: "if", Text: arm.at.line, What: "If " + Sentence(arm.If)}
			switch {
			case arm.If == "":
				head.Kind, head.What = "else", "Otherwise"
			case j > 0:
				head.What = "Otherwise, if " + Sentence(arm.If)
			}
			o.lines = append(o.lines, head)
			o.steps(append(arm.Steps[:len(arm.Steps):len(arm.Steps)], arm.Else...), indent+1)
		}
	}
}

func (o *outliner) fill(l *Line, s *Step) {
	switch {
	case s.Send != nil:
		l.Kind, l.Sends = "send", s.Send.Template
		l.What = "Send: " + o.title(s.Send.Template)
		if s.Send.Channel != "" {
			l.What += ", by " + string(s.Send.Channel)
		}
		if o.p.Def.Depth == hearth.DepthHuman && s.Send.Class.Capped() {
			l.Owner, l.Depth = "a person, from a draft", hearth.DepthHuman
		}
	case s.Task != nil:
		l.task("task", s.Task)
	case s.Survey != nil:
		l.Kind, l.Sends = "survey", s.Survey.Template
		l.What = "Ask “" + o.title(s.Survey.Template) + "” and wait for the answer, at most " + s.Survey.AtMost.String()
	case s.Connect != nil:
		l.task("connect", s.Connect.Task())
	case s.Escalate != nil:
		l.task("escalate", s.Escalate.Task(o.p.Def.Title))
	case s.Wait != nil:
		l.Kind, l.What = "wait", s.Wait.sentence()
	case s.End != nil:
		l.Kind, l.What = "end", "End: "+*s.End
	default:
		l.Kind, l.What = "set", strings.TrimSuffix(s.words(), ".")
	}
}

func (o *outliner) title(template string) string {
	if o.titled != nil {
		if t := o.titled(template); t != "" {
			return t
		}
	}
	return strings.ReplaceAll(template, "-", " ")
}

func (l *Line) task(kind string, t *TaskStep) {
	l.Kind, l.What, l.Title, l.Sends, l.Depth = kind, strings.TrimSuffix(t.Title, "."), t.Title, t.Draft, hearth.DepthHuman
	l.Owner, l.Minutes = roleWords(t.Role), t.Minutes
	if t.Best {
		l.Owner = "whoever knows them best, else the " + l.Owner
	}
	if !t.Due.IsZero() {
		l.Due = "within " + t.Due.String()
	}
}

// sentence says the wait without names of events and signals.
func (w *WaitStep) sentence() string {
	if names := w.Awaited(); len(names) > 0 {
		words := make([]string, len(names))
		for i, n := range names {
			words[i] = EventWords(n)
		}
		s := "Wait until " + strings.Join(words, " or ")
		if w.If != "" {
			s += " and " + Sentence(w.If)
		}
		return fmt.Sprintf("%s, at most %s", s, w.AtMost)
	}
	return strings.TrimSuffix(w.words(), ".")
}

// Stands gives the line of an outline at which an active run stands; -1 if none can be told.
func Stands(lines []Line, r *Run) int {
	for i, l := range lines {
		for _, at := range l.Ops {
			if at == r.Step-1 || at == r.Step && r.WakeAt.IsZero() { // a run that waits stands behind its wait
				return i
			}
		}
	}
	return -1
}

// Ends says in sentences what ends a run at any point.
func (d *Definition) Ends() []string {
	var out []string
	for _, x := range d.Exits {
		s := Sentence(x.When)
		if x.On != "" {
			s = EventWords(x.On)
			if x.If != "" {
				s += " and " + Sentence(x.If)
			}
		}
		out = append(out, s)
	}
	return out
}
