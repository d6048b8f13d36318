package trigger

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/rule"
	"hearth/internal/decide/playbook"
	"hearth/internal/fact/decision"
	"hearth/internal/fact/eventlog"
	"hearth/internal/sense/signal"
)

// Explanation says why a playbook did or did not start for a resident, as of a time.
type Explanation struct {
	Resident hearth.ResidentID `json:"resident"`
	Playbook hearth.PlaybookID `json:"playbook"`
	Title    string            `json:"title"`
	Version  int               `json:"version"` // 0: not switched on
	At       time.Time         `json:"at"`      // as of when
	Verdict  string            `json:"verdict"` // one sentence
	Checks   []Check           `json:"checks"`
	Runs     []RunLine         `json:"runs"`
	Past     []Past            `json:"past"` // what was decided, newest first
	// Gaps says in sentences where the record of a past time is not complete.
	Gaps []string `json:"gaps,omitempty"`
}

// Check is one condition, one after another.
type Check struct {
	What   string   `json:"what"` // "trigger", "audience", "limit", "pause", "sending"
	Text   string   `json:"text"` // the condition as written, or the rule in words
	Holds  bool     `json:"holds"`
	Known  bool     `json:"known"`
	Values []string `json:"values,omitempty"` // "lease.days_to_end is 119"
}

// Words says what was checked as a sentence does, as far as there are words for it.
func (c Check) Words() string {
	if kind, rest, ok := strings.Cut(c.Text, " happened within "); ok && !strings.Contains(kind, " ") {
		return playbook.EventWords(hearth.EventType(kind)) + " within " + rest
	}
	return playbook.Sentence(c.Text)
}

// RunLine is one of the resident's runs of the playbook.
type RunLine struct {
	ID      hearth.RunID `json:"id"`
	Version int          `json:"version"`
	State   string       `json:"state"`
	Because string       `json:"because"`
	Stands  string       `json:"stands"`
	Started time.Time    `json:"started"`
}

// Past is a decision on record.
type Past struct {
	At      time.Time `json:"at"`
	Outcome string    `json:"outcome"`
	Reason  string    `json:"reason"`
}

// Why explains, condition by condition, how the playbook stands for the resident now. text is the playbook's text to
// use if it is not switched on; nil if there is none. It fails with CodeNotFound for an unknown playbook or a resident
// whom no event has concerned yet.
func (e *Engine) Why(ctx context.Context, tx *db.Tx, resident hearth.ResidentID, id hearth.PlaybookID, text []byte) (*Explanation, error) {
	act, err := e.playbooks(ctx, tx)
	if err != nil {
		return nil, err
	}
	p := act.live(id)
	on := p != nil
	if !on {
		if text == nil {
			return nil, hearth.Errorf(hearth.CodeNotFound, "There is no playbook %q. List them with: hearth playbook list.", id)
		}
		compiler, err := e.compiler(ctx, tx)
		if err != nil {
			return nil, err
		}
		if p, err = compiler.Compile(text); err != nil {
			return nil, err
		}
	}
	en, err := e.stored(ctx, tx, resident)
	if err != nil {
		return nil, err
	}
	return e.explain(ctx, tx, act, p, en, on)
}

// WhyEach explains every playbook that is on and writes to residents, in the order of their titles, as Why does. It fails with CodeNotFound
// for a resident whom no event has concerned yet.
func (e *Engine) WhyEach(ctx context.Context, tx *db.Tx, resident hearth.ResidentID) (all []*Explanation, err error) {
	act, err := e.playbooks(ctx, tx)
	if err != nil {
		return nil, err
	}
	en, err := e.stored(ctx, tx, resident)
	if err != nil {
		return nil, err
	}
	for _, p := range act.on() {
		if !p.Def.Writes() {
			continue
		}
		x, err := e.explain(ctx, tx, act, p, en, true)
		if err != nil {
			return nil, err
		}
		all = append(all, x)
	}
	slices.SortStableFunc(all, func(a, b *Explanation) int { return strings.Compare(a.Title, b.Title) })
	return all, nil
}

// explain says how a playbook stands for a resident now.
func (e *Engine) explain(ctx context.Context, tx *db.Tx, act *active, p *playbook.Program, en *entry, on bool) (*Explanation, error) {
	out := &Explanation{Resident: en.resident, Playbook: p.Def.ID, Title: p.Def.Title, Version: p.Version, At: tx.Now()}
	person := append([]hearth.ResidentID{en.resident}, en.edges.of...)
	var evs []*hearth.Event
	if last := en.view(tx.Now()).State.Last(p.Def.Trigger.On); p.Def.Trigger.On != "" && (asksEvent(p) || tx.Now().Sub(last) <= p.Def.Fresh.Plain()) {
		var err error
		if evs, err = e.Log.Timelines(ctx, tx, person, []hearth.EventType{p.Def.Trigger.On}, eventlog.Cursor{}, lastSuch); err != nil {
			return nil, err
		}
		slices.Reverse(evs)
	}
	if err := e.checks(ctx, tx, out, p, en, evs); err != nil {
		return nil, err
	}
	if err := e.standstills(ctx, tx, out, p, en); err != nil {
		return nil, err
	}
	if err := e.history(ctx, tx, out, act); err != nil {
		return nil, err
	}
	out.Verdict = out.verdict(on, p, en.zone, "does", "now")
	return out, nil
}

// lastSuch is among how many of the last events of a type the one is looked for that could have started a playbook.
const lastSuch = 20

// asksEvent tells whether a playbook starts on an event of which its condition asks something.
func asksEvent(p *playbook.Program) bool {
	return p.Def.Trigger.On != "" && p.If != nil && strings.Contains(p.Def.Trigger.If, "event.")
}

// newest gives the event that the playbook started on for the person, or would have: the last that is still news and fits its condition,
// else the last that could have started it at all; nil if there is none. History starts nothing.
func newest(evs []*hearth.Event, p *playbook.Program, en *entry, now time.Time) (best *hearth.Event) {
	for _, ev := range evs {
		if ev.Type != p.Def.Trigger.On || ev.History || p.Def.For != "household" && !en.is(ev.Primary()) {
			continue
		}
		if best == nil || !better(best, ev, p, en, now) {
			best = ev
		}
	}
	return best
}

// better tells whether a starts the playbook rather than b: what fits before what does not, and then the later one.
func better(a, b *hearth.Event, p *playbook.Program, en *entry, now time.Time) bool {
	fits := func(ev *hearth.Event) bool {
		if now.Sub(ev.Time) > p.Def.Fresh.Plain() {
			return false
		}
		if p.If == nil {
			return true
		}
		holds, err := p.If.Eval(rule.Vars{Fields: en.view(now), Event: playbook.EventVars(ev)})
		return err == nil && holds
	}
	if x, y := fits(a), fits(b); x != y {
		return x
	}
	return a.Time.After(b.Time)
}

// is tells whether a resident is the person that an entry stands for.
func (en *entry) is(id hearth.ResidentID) bool {
	return id == en.resident || slices.Contains(en.edges.of, id)
}

// checks puts the conditions to what is known of a resident. evs are events, among them those that the playbook starts on.
func (e *Engine) checks(ctx context.Context, tx *db.Tx, x *Explanation, p *playbook.Program, en *entry, evs []*hearth.Event) error {
	now := x.At
	v := en.view(now)
	if en.edges.into != "" {
		x.Checks = append(x.Checks, Check{What: "limit", Text: "they are not seen under another resident", Known: true,
			Values: []string{"they are one person with another resident, under whom everything goes on"}})
	}
	about := newest(evs, p, en, now)
	switch t := p.Def.Trigger; {
	case t.On != "":
		x.Checks = append(x.Checks, happened(p, en, v, about))
	case t.At != nil:
		x.Checks = append(x.Checks, onItsDay(p, en.zone, now))
	case t.Repeat != nil:
		c, last, err := e.repeats(ctx, tx, p, en, now)
		if err != nil {
			return err
		}
		x.Checks, about = append(x.Checks, c), last
	case t.Absence != "":
		since, ok := e.silentSince(p, v)
		c := Check{What: "trigger", Text: fmt.Sprintf("no %s for %s", t.Absence, t.For), Known: ok,
			Holds: ok && !t.For.After(since, en.zone).After(now)}
		if ok {
			c.Values = []string{"silent since " + hearth.DayWords(since, en.zone)}
		}
		x.Checks = append(x.Checks, c)
	}
	vars := rule.Vars{Fields: v}
	if about != nil {
		vars.Event = playbook.EventVars(about)
	}
	for _, cond := range []*rule.Cond{p.When, p.If} {
		x.parts("trigger", cond, vars)
	}
	x.parts("audience", p.Audience, rule.Vars{Fields: v})
	e.limits(x, p, en, v, now)
	return nil
}

// happened tells whether the event that a playbook starts on is still news; about is the one that could have started it. First whether there
// was one at all: of none there is nothing to ask.
func happened(p *playbook.Program, en *entry, v signal.View, about *hearth.Event) Check {
	t := p.Def.Trigger
	c := Check{What: "trigger", Text: fmt.Sprintf("%s happened within the last %s", t.On, p.Def.Fresh), Known: true}
	last := v.State.Last(t.On)
	news := func(at time.Time) bool { return v.Now.Sub(at) <= p.Def.Fresh.Plain() }
	switch {
	case about != nil && news(about.Time):
		c.Holds, c.Values = true, []string{"the last one was on " + hearth.DayWords(about.Time, en.zone)}
	case !last.IsZero() && news(last):
		c.Values = []string{"the last one, on " + hearth.DayWords(last, en.zone) + ", was chiefly of somebody else, or was told as history"}
	case !last.IsZero():
		c.Values = []string{"the last one was on " + hearth.DayWords(last, en.zone)}
	}
	return c
}

// onItsDay tells whether a calendar's last time is still news.
func onItsDay(p *playbook.Program, zone *time.Location, now time.Time) Check {
	at := p.Def.Trigger.At
	last, day := at.Last(now, zone)
	_, next := at.Next(now, zone)
	return Check{What: "trigger", Text: "the calendar says so, " + at.String(), Known: true, Holds: !last.IsZero() && now.Sub(last) <= p.Def.Fresh.Plain(),
		Values: []string{"the last time was on " + day.Words(), "the next is on " + next.Words()}}
}

// times gives, of a trigger that comes by the calendar or by repeating, what is known of it, as a sentence with a blank before it: when it
// came and comes again, how often it happened and what is lacking.
func (x *Explanation) times(p *playbook.Program) string {
	if p.Def.Trigger.At == nil && p.Def.Trigger.Repeat == nil {
		return ""
	}
	for _, c := range x.Checks {
		if c.What == "trigger" && len(c.Values) > 0 { // it is the first of them
			said := strings.Join(c.Values, ", and ")
			return " " + strings.ToUpper(said[:1]) + said[1:] + "."
		}
	}
	return ""
}

func (x *Explanation) parts(what string, cond *rule.Cond, v rule.Vars) {
	if cond == nil {
		return
	}
	for _, part := range cond.Explain(v) {
		part = withConfidence(part, v.Fields)
		c := Check{What: what, Text: part.Text, Holds: part.Holds, Known: part.Known}
		for _, val := range part.Values {
			c.Values = append(c.Values, val.Name+" is "+val.Text)
		}
		x.Checks = append(x.Checks, c)
	}
}

func (e *Engine) limits(x *Explanation, p *playbook.Program, en *entry, v signal.View, now time.Time) {
	add := func(text string, holds bool, values ...string) {
		x.Checks = append(x.Checks, Check{What: "limit", Text: text, Holds: holds, Known: true, Values: values})
	}
	if p.Def.For == "household" {
		add("they speak for the home", e.at.speaks(v))
	}
	if en.edges.gone {
		add("they live at this property", false, "they have moved to another property")
	}
	if role := e.at.roleOf(v); role != "" {
		add("playbooks address a "+string(role), role.Addressable())
	}
	add("it is not running for them already", en.run(p.Def.ID) == nil)
	last := en.edges.find(p.Def.ID)
	key := startKey(p, en, cause{}, now)
	if held := again(last, p, key, now.In(en.zone)); held.why != "" {
		add("it starts "+p.Def.Limits.Again.String(), false, held.why)
	} else {
		add("it starts "+p.Def.Limits.Again.String(), true)
	}
	if p.Def.Trigger.Standing() && last.version == p.Version && last.inside {
		add("the condition was false since the last start or activation, so that it can become true", false,
			"it has been true since it was last looked at")
	}
}

// history adds what was decided until the time that the explanation is about.
func (e *Engine) history(ctx context.Context, tx *db.Tx, x *Explanation, act *active) error {
	runs, err := playbook.RunsUntil(ctx, tx, x.Resident, x.Playbook, x.At)
	if err != nil {
		return err
	}
	for _, r := range runs {
		line := RunLine{ID: r.ID, Version: r.Version, State: string(r.State), Because: r.Facts.Because, Started: r.Started}
		p := act.program(r.Playbook, r.Version)
		switch {
		case r.State != playbook.RunActive && r.Ended.After(x.At):
			line.State, line.Stands = string(playbook.RunActive), "What it did since is told by a later time."
		case p != nil:
			line.Stands = p.Describe(r)
		}
		x.Runs = append(x.Runs, line)
	}
	list, _, err := e.Decisions.List(ctx, tx, decision.Filter{Resident: x.Resident, Playbook: x.Playbook, Until: x.At}, "", 20)
	if err != nil {
		return err
	}
	for _, d := range list {
		x.Past = append(x.Past, Past{At: d.At, Outcome: d.Outcome, Reason: d.Reason})
	}
	return nil
}

// verdict sums the checks up in one sentence; did and then are "does" and "now", or "did" and "then".
func (x *Explanation) verdict(on bool, p *playbook.Program, zone *time.Location, did, then string) string {
	is, was := "is", "holds"
	if did == "did" {
		is, was = "was", "held"
	}
	if !on {
		return fmt.Sprintf("The playbook %s not switched on, so it %s for nobody.", is, map[string]string{"is": "starts", "was": "started"}[is])
	}
	for _, r := range x.Runs {
		if r.State == string(playbook.RunActive) {
			return fmt.Sprintf("It %s running since %s. %s%s", is, hearth.DayWords(r.Started, zone), r.Because, x.stands())
		}
	}
	for _, c := range x.Checks {
		if c.Holds || c.What == "sending" {
			continue
		}
		told := ""
		if c.What == "trigger" {
			told = x.times(p)
		}
		if (c.What == "limit" || c.What == "pause") && len(c.Values) > 0 {
			return fmt.Sprintf("It %s not start %s: %s", did, then, c.Values[0])
		}
		if !c.Known {
			return fmt.Sprintf("It %s not start %s, because this %s not known: %s.%s", did, then, is, c.Words(), x.besides())
		}
		return fmt.Sprintf("It %s not start %s, because this %s not hold: %s.%s", did, then, did, c.Words(), told+x.besides())
	}
	if p.Def.Trigger.On != "" {
		return fmt.Sprintf("Everything %s; it %s with the next such event.%s", was, map[string]string{"is": "starts", "was": "would have started"}[is], x.stands())
	}
	return fmt.Sprintf("Everything %s.%s%s", was, x.times(p), x.stands())
}
