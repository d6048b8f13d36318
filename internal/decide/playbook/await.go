package playbook

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/rule"
	"hearth/internal/sense/signal"
)

// Awaited gives the types of events that end the wait; none for a wait for a time.
func (w *WaitStep) Awaited() []hearth.EventType {
	if w.Event != "" {
		return []hearth.EventType{w.Event}
	}
	return w.Events
}

func joinTypes(types []hearth.EventType) hearth.EventType {
	if len(types) == 0 {
		return ""
	}
	if len(types) == 1 {
		return types[0]
	}
	names := make([]string, len(types))
	for i, t := range types {
		names[i] = string(t)
	}
	return hearth.EventType(strings.Join(names, ","))
}

// Awaits tells whether the run waits for events of the type.
func (r *Run) Awaits(t hearth.EventType) bool {
	if r.WaitsFor == t || r.WaitsFor == "" {
		return r.WaitsFor == t
	}
	for rest, more := string(r.WaitsFor), true; more; {
		var one string
		if one, rest, more = strings.Cut(rest, ","); one == string(t) {
			return true
		}
	}
	return false
}

// Answers tells whether an event of a type that the run waits for ends its wait: whether the wait's own condition holds
// for it. A message about another topic than the one that was asked about answers nothing; one without a topic may. A run
// without a wait, or of another program, is answered by the type alone.
func (p *Program) Answers(r *Run, ev *hearth.Event, v signal.View) (bool, error) {
	o := p.waiting(r)
	if o == nil || o.cond == nil && o.topic == "" {
		return true, nil
	}
	if o.topic != "" && ev.Type == messageReceived && elsewhere(ev, o.topic) {
		return false, nil
	}
	if o.cond == nil {
		return true, nil
	}
	return o.cond.Eval(rule.Vars{Fields: v, Event: p.withVars(r, EventVars(ev))})
}

const messageReceived hearth.EventType = "message.received"

// elsewhere tells whether a message names a topic, and another one.
func elsewhere(ev *hearth.Event, topic string) bool {
	of, _ := FlatData(ev.Data)["topic"].(string)
	return of != "" && of != topic
}

// withVars adds the run's variables to an event's data.
func (p *Program) withVars(r *Run, event map[string]any) map[string]any {
	for k, x := range r.Facts.Vars {
		event["run."+k] = x
	}
	if r.Facts.Waited != "" {
		event["run.waited"] = r.Facts.Waited
	}
	return event
}

// waiting gives the wait that an active run stands behind; nil if it stands at none.
func (p *Program) waiting(r *Run) *op {
	i := r.Step - 1
	if r.State != RunActive || i < 0 || i >= len(p.code) || p.code[i].kind != opWait {
		return nil
	}
	return &p.code[i]
}

// Answer tells the run that the event it waited for has come.
func (r *Run) Answer(ev *hearth.Event) {
	r.Facts.Latest = FlatData(ev.Data)
	r.Facts.Waited = "event"
	r.Remember("event", string(ev.Type))
	r.Forget("score", "answer")
	if ev.Type == SurveyAnswered {
		for from, to := range map[string]string{"score": "score", "text": "answer"} {
			if x, ok := r.Facts.Latest[from]; ok {
				r.Remember(to, x)
			}
		}
	}
	r.WakeAt, r.WaitsFor = time.Time{}, ""
}

// Remember gives one of the run's variables a value.
func (r *Run) Remember(name string, value any) {
	if r.Facts.Vars == nil {
		r.Facts.Vars = map[string]any{}
	}
	r.Facts.Vars[name] = value
}

// Forget takes values away: conditions that read them do not hold.
func (r *Run) Forget(names ...string) {
	for _, n := range names {
		delete(r.Facts.Vars, n)
	}
}

// About tells whether a message may be the answer to a question: it is about the question's topic, or about none.
func About(ev *hearth.Event, question string) bool { return !elsewhere(ev, "survey."+question) }

// Asked gives the question of the survey whose answer the run waits for; "" if it waits for none.
func (p *Program) Asked(r *Run) string {
	if o := p.waiting(r); o != nil && o.step.Survey != nil {
		return o.step.Survey.Question
	}
	return ""
}

// replyForm is what a reply to a survey looks like: a figure that stands for itself, then perhaps words.
const replyForm = `^\s*([1-5])\s*(?:/\s*5|(?:out\s+)?of\s+5)?\s*(?:$|[\n.,;:!)–—-])`

// Reply reads a resident's words as the answer to a survey: a figure from 1 to 5 at their beginning, and what follows.
// "4 of us came" is none.
func Reply(words string) (score int, text string, ok bool) {
	m := regexp.MustCompile(replyForm).FindStringSubmatchIndex(words)
	if m == nil {
		return 0, "", false
	}
	score, _ = strconv.Atoi(words[m[2]:m[3]])
	return score, strings.TrimSpace(words[m[1]:]), true
}

// setting is a compiled Setting.
type setting struct {
	name  string
	value any
	field int        // place of the signal in the catalog; -1 for a literal
	cond  *rule.Cond // known(signal), for the checks; nil for a literal
}

// apply gives the variable its value; a signal that is not known takes it away.
func (x setting) apply(r *Run, v signal.View) {
	if x.field < 0 {
		r.Remember(x.name, x.value)
		return
	}
	if val, ok := v.Field(x.field); ok {
		r.Remember(x.name, val)
		return
	}
	r.Forget(x.name)
}
