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
	"hearth/internal/base/work"
	"hearth/internal/decide/desk"
	"hearth/internal/decide/playbook"
	"hearth/internal/fact/care"
)

// What playbooks would do for a resident in the days to come, if nothing happened but time: on a copy of what is known of
// them, of which nothing is kept.

// Planned is one thing that a playbook would do.
type Planned struct {
	At       time.Time
	Playbook hearth.PlaybookID
	Title    string // of the playbook
	Version  int
	Run      hearth.RunID // "" when the run would only begin
	Because  string       // why the run began, or would
	Unless   []string     // what would change it, in words
	Paused   string       // the pause that keeps it from going on, in words; "" when there is none
	Intent   *desk.Intent // a message to put to the desk; nil: a person gets a task
	Task     string       // the title of the task
	Role     hearth.Role  // who gets it
	Contact  string       // names it, see care.ContactID
	Word     string       // what a person said about it, care.Hold or care.Cancel; of a hold: beyond the time looked at
	Said     string       // the same as a sentence
}

// Outlook is what playbooks would do for a resident until a time.
type Outlook struct {
	Planned []Planned
	// Stopped says in a sentence why nothing will be done at all; "" when nothing stands against it.
	Stopped string
}

// most bounds the instants that an outlook looks at, and what it lists.
const (
	mostInstants = 400
	mostPlanned  = 100
)

// outlook walks a copy of a resident's entry through time.
type outlook struct {
	*Engine
	tx     *db.Tx
	act    *active
	en     *entry
	force  *care.Now
	inside map[hearth.PlaybookID]bool
	starts map[hearth.PlaybookID]time.Time // of those inside who start at a pace
	runs   map[*playbook.Run]bool          // that would only begin
	passed map[string]bool                 // contacts of which a person's cancelling has done its work
	asked  map[hearth.RunID]bool           // runs of which somebody has a task that is not closed
	until  time.Time
	out    []Planned
}

// Upcoming tells what playbooks would do for a resident until a time if nothing happened but time: the next steps of what
// runs, and what begins when a condition comes true by itself. What an event would start cannot be known. It writes nothing.
// It fails with CodeNotFound for somebody whom no event has concerned yet.
func (e *Engine) Upcoming(ctx context.Context, tx *db.Tx, resident hearth.ResidentID, until time.Time) (Outlook, error) {
	act, err := e.playbooks(ctx, tx)
	if err != nil {
		return Outlook{}, err
	}
	en, err := e.stored(ctx, tx, resident)
	if err != nil {
		return Outlook{}, err
	}
	o := &outlook{Engine: e, tx: tx, act: act, en: en, inside: map[hearth.PlaybookID]bool{}, runs: map[*playbook.Run]bool{},
		passed: map[string]bool{}, asked: map[hearth.RunID]bool{}, until: until}
	if o.force, err = e.Care.Now(ctx, tx); err != nil {
		return Outlook{}, err
	}
	switch {
	case o.force.Dead(resident, tx.Now()):
		return Outlook{Stopped: stoppedWords}, nil
	case en.edges.gone:
		return Outlook{Stopped: "They have moved to another property; what comes next is told there."}, nil
	case en.edges.into != "":
		return Outlook{Stopped: "They are one person with another resident, under whom everything goes on."}, nil
	}
	if o.starts, err = o.paced(ctx); err != nil {
		return Outlook{}, err
	}
	for _, r := range en.runs {
		if _, o.asked[r.ID], err = (&batch{Engine: e, tx: tx}).openTaskOf(ctx, r); err != nil {
			return Outlook{}, err
		}
	}
	if err := o.walk(until); err != nil {
		return Outlook{}, fmt.Errorf("look ahead for %s: %w", resident, err)
	}
	slices.SortStableFunc(o.out, func(a, b Planned) int { return a.At.Compare(b.At) })
	return Outlook{Planned: o.out}, nil
}

// paced gives when playbooks try to start for the resident, where a time was given out.
func (o *outlook) paced(ctx context.Context) (map[hearth.PlaybookID]time.Time, error) {
	var keys []string
	for id := range o.act.lives {
		keys = append(keys, inclusion{}.due(id, o.en.resident, o.en.part, time.Time{}).Key)
	}
	slices.Sort(keys)
	rows, err := work.Find(ctx, o.tx, dueInclude, keys)
	if err != nil {
		return nil, err
	}
	out := map[hearth.PlaybookID]time.Time{}
	for _, d := range rows {
		id, _ := included(d)
		out[id] = d.At
	}
	return out, nil
}

// walk goes from instant to instant at which time alone can change something.
func (o *outlook) walk(until time.Time) error {
	now := o.tx.Now()
	for _, p := range o.act.edges {
		in, err := o.Engine.inside(p, o.en.view(now))
		if err != nil {
			return err
		}
		o.inside[p.Def.ID] = in
	}
	if err := o.standing(now); err != nil {
		return err
	}
	for range mostInstants {
		if err := o.look(now); err != nil {
			return err
		}
		next := o.next(now)
		if next.IsZero() || next.After(until) || len(o.out) >= mostPlanned {
			return nil
		}
		now = next
	}
	return nil
}

// next gives the first instant after now at which something could change; zero if never.
func (o *outlook) next(now time.Time) time.Time {
	v := o.en.view(now)
	next := o.nextOf(&o.act.clocks, v)
	for _, r := range o.en.runs {
		if r.WakeAt.After(now) {
			next = earliest(next, r.WakeAt)
		}
		p := o.act.program(r.Playbook, r.Version)
		if p == nil {
			continue
		}
		for _, x := range p.Exits {
			if x.On == "" && x.Cond != nil {
				for _, atom := range x.Cond.Clocks() {
					next = earliest(next, v.NextChange(atom))
				}
			}
		}
	}
	for _, at := range o.starts {
		if at.After(now) {
			next = earliest(next, at)
		}
	}
	return next
}

// look does what is due at an instant: exits, steps, starts.
func (o *outlook) look(now time.Time) error {
	for _, r := range slices.Clone(o.en.runs) {
		p := o.act.program(r.Playbook, r.Version)
		if p == nil {
			o.en.dropRun(r)
			continue
		}
		held, err := endsAtOnce(p, o.en.view(now))
		if err != nil {
			return err
		}
		if held.why != "" {
			o.en.dropRun(r)
			continue
		}
		if !r.WakeAt.After(now) {
			if err := o.step(p, r, now); err != nil {
				return err
			}
		}
	}
	for _, p := range o.act.edges {
		if err := o.edge(p, now); err != nil {
			return err
		}
	}
	return nil
}

// edge starts a playbook whose condition has come true, or whose turn has come for those inside.
func (o *outlook) edge(p *playbook.Program, now time.Time) error {
	v := o.en.view(now)
	in, err := o.Engine.inside(p, v)
	if err != nil {
		return err
	}
	turn, paced := o.starts[p.Def.ID]
	due := paced && !turn.After(now)
	if due {
		delete(o.starts, p.Def.ID)
	}
	rose := in && !o.inside[p.Def.ID]
	o.inside[p.Def.ID] = in
	if !in || !rose && !due || p.Def.For == "property" {
		return nil
	}
	if p.Audience != nil {
		if ok, err := p.Audience.Eval(rule.Vars{Fields: v}); !ok || err != nil {
			return err
		}
	}
	key := startKey(p, o.en, cause{}, now)
	edge := o.en.edges.find(p.Def.ID)
	ends, err := endsAtOnce(p, v)
	switch {
	case err != nil:
		return err
	case !o.at.roleOf(v).Addressable(), o.en.run(p.Def.ID) != nil, again(edge, p, key, now).why != "", ends.why != "":
		return nil
	}
	r := &playbook.Run{ID: playbook.RunIDAt(p.Def.ID, string(o.en.resident), key, now), Part: o.en.part, Property: o.en.property, Resident: o.en.resident,
		Playbook: p.Def.ID, Version: p.Version, StartKey: key, State: playbook.RunActive, Started: now}
	r.Facts.Because = fmt.Sprintf("On %s it comes true that %s.", hearth.DayWords(now, o.en.zone), p.Starts)
	edge.lastKey, edge.lastStart = key, now
	o.en.runs = append(o.en.runs, r)
	o.runs[r] = true
	return o.step(p, r, now)
}

// step carries a run on, as if its wait were over, and notes what it wishes.
func (o *outlook) step(p *playbook.Program, r *playbook.Run, now time.Time) error {
	waited := r.WaitsFor
	r.TimeOut()
	wishes, held, err := p.AdvanceTo(r, o.en.view(now), gate(o.force, o.en, r, now))
	if err != nil {
		return err
	}
	x := Planned{At: now, Playbook: p.Def.ID, Title: p.Def.Title, Version: p.Version, Because: r.Facts.Because, Unless: unless(p, string(waited))}
	if !o.runs[r] {
		x.Run = r.ID
	}
	if pause, ok := o.force.Paused(care.Thing{Playbook: p.Def.ID, Property: o.en.property, Resident: o.en.resident}, now); ok {
		x.Paused = untilWhen(pause, o.en.zone)
	}
	name := func(key string) string { return care.ContactID(o.en.resident, p.Def.ID, key) }
	for _, w := range wishes {
		id := name(w.Key)
		b := &batch{Engine: o.Engine, tx: o.tx, now: now, part: o.en.part, act: o.act}
		if !o.passed[id] { // a cancelling does its work once
			b.care = o.force
		}
		b.wish(o.en, p, w)
		for _, u := range b.unsaid {
			o.passed[id] = true
			o.wished(x, p, w, u.word, now)
		}
		y := x
		if says, ok := o.force.Word(id, o.tx.Now()); ok && says.Word == care.Hold {
			y.Word, y.Said = says.Word, says.Says(o.en.zone)
		}
		o.planned(y, b, id)
	}
	if held != nil {
		if says, ok := o.force.Word(name(held.Key), now); ok && says.Until.After(o.until) {
			o.wished(x, p, *held, says, now)
		}
	}
	if r.State != playbook.RunActive {
		o.en.dropRun(r)
	}
	return nil
}

// unless tells what would change a step: what its wait waits for, and the events that end the run.
func unless(p *playbook.Program, waited string) []string {
	var out []string
	for t := range strings.SplitSeq(waited, ",") {
		if t != "" {
			out = append(out, t+" comes before")
		}
	}
	for _, x := range p.Exits {
		if x.Because != "" {
			out = append(out, x.Because)
		}
	}
	return out
}
