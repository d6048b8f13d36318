package trigger

import (
	"context"
	"slices"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
	"hearth/internal/decide/desk"
	"hearth/internal/decide/playbook"
	"hearth/internal/fact/care"
	"hearth/internal/fact/decision"
)

// What people say about one contact that a playbook plans: the run stands before the step until it is held no longer, or
// passes it over once. What was said is in force like a pause, and read with the pauses.

// unsaid is a wish that a person cancelled before it came.
type unsaid struct {
	wish playbook.Wish
	word care.PlanWord
}

// gate lets a resident's run through to what nobody holds; nil when nobody holds anything.
func gate(n *care.Now, en *entry, r *playbook.Run, now time.Time) playbook.Gate {
	if n == nil || !n.Worded() || en.site() {
		return nil
	}
	return func(step string) time.Time {
		if w, ok := n.Word(care.ContactID(en.resident, r.Playbook, step), now); ok && w.Word == care.Hold {
			return w.Until
		}
		return time.Time{}
	}
}

// carry has a run go on as far as it is let.
func (b *batch) carry(en *entry, p *playbook.Program, r *playbook.Run) ([]playbook.Wish, error) {
	before := r.Facts.Held
	wishes, held, err := p.AdvanceTo(r, en.view(b.now), gate(b.care, en, r, b.now))
	if err != nil || held == nil {
		return wishes, err
	}
	w, _ := b.care.Word(care.ContactID(en.resident, r.Playbook, held.Key), b.now)
	if before != held.Key { // said once, not each time that the time is moved
		b.decide(en, decision.Decision{Stage: "run", Outcome: desk.Held, Reason: w.Says(en.zone), Playbook: r.Playbook, Version: r.Version, Run: r.ID,
			Object: w.Contact, Facts: map[string]any{"step": held.Key, "until": w.Until.UTC().Format(time.RFC3339)}}, r.Name(), held.Key, "held")
	}
	return wishes, nil
}

// cancelled leaves out what a person cancelled before it came; the decision says who and why.
func (b *batch) cancelled(en *entry, w playbook.Wish) bool {
	if b.care == nil || !b.care.Worded() || en.site() {
		return false
	}
	id := care.ContactID(en.resident, w.Run.Playbook, w.Key)
	x, ok := b.care.Word(id, b.now)
	if !ok || x.Word != care.Cancel || slices.ContainsFunc(b.unsaid, func(u unsaid) bool { return u.word.Contact == id }) {
		return false
	}
	b.unsaid = append(b.unsaid, unsaid{w, x})
	facts := map[string]any{"step": w.Key}
	if w.Send != nil {
		facts["class"], facts["purpose"], facts["template"] = string(w.Send.Class), w.Send.Purpose, w.Send.Template
	}
	b.decide(en, decision.Decision{Stage: "run", Outcome: desk.Dropped, Reason: x.Says(en.zone), Playbook: w.Run.Playbook, Version: w.Run.Version,
		Run: w.Run.ID, Object: id, Facts: facts}, w.Run.Name(), w.Key, "cancelled")
	return true
}

// SayOfPlan keeps what a person said about a planned contact; a run that stands before it looks again at once.
func (e *Engine) SayOfPlan(ctx context.Context, tx *db.Tx, w care.PlanWord) error {
	if err := e.Care.Say(ctx, tx, w); err != nil {
		return err
	}
	return e.stir(ctx, tx, w.Resident, w.Contact)
}

// UnsayOfPlan takes back what was said about a planned contact. It fails with CodeConflict when nothing is in force.
func (e *Engine) UnsayOfPlan(ctx context.Context, tx *db.Tx, resident hearth.ResidentID, contact string) error {
	ended, err := e.Care.Unsay(ctx, tx, contact)
	if err != nil {
		return err
	}
	if !ended {
		return hearth.Errorf(hearth.CodeConflict, "Nobody holds this and nobody cancelled it; it comes when it is planned.")
	}
	return e.stir(ctx, tx, resident, contact)
}

// stir has the run that a person holds before a contact look again.
func (e *Engine) stir(ctx context.Context, tx *db.Tx, resident hearth.ResidentID, contact string) error {
	en, err := e.stored(ctx, tx, resident)
	if err != nil {
		return err
	}
	for _, r := range en.runs {
		if r.Facts.Held == "" || care.ContactID(resident, r.Playbook, r.Facts.Held) != contact {
			continue
		}
		tx.AfterCommit(e.Log.Bell().Ring)
		return work.Put(ctx, tx, []work.Due{{Lane: Lane, Kind: dueRun, Key: string(r.ID), Part: en.part, At: tx.Now(), Payload: string(resident)}})
	}
	return nil
}

// standing lists what runs stand before because a person holds it, longer than is looked ahead.
func (o *outlook) standing(now time.Time) error {
	for _, r := range o.en.runs {
		p := o.act.program(r.Playbook, r.Version)
		if p == nil || r.Facts.Held == "" || !r.WakeAt.After(o.until) {
			continue
		}
		try := *r
		_, held, err := p.AdvanceTo(&try, o.en.view(now), gate(o.force, o.en, r, now))
		if err != nil {
			return err
		}
		if held == nil {
			continue
		}
		if says, ok := o.force.Word(care.ContactID(o.en.resident, p.Def.ID, held.Key), now); ok {
			o.wished(Planned{Playbook: p.Def.ID, Title: p.Def.Title, Version: p.Version, Because: r.Facts.Because, Unless: unless(p, ""), Run: r.ID}, p, *held, says, now)
		}
	}
	return nil
}

// planned puts what a step wishes on the list of what is planned.
func (o *outlook) planned(x Planned, b *batch, contact string) {
	for i := range b.intents {
		y := x
		y.Intent, y.Contact = &b.intents[i], contact
		o.out = append(o.out, y)
	}
	for _, t := range b.tasks {
		y := x
		y.Task, y.Role, y.Contact = t.step.Title, t.step.Role, contact
		o.asked[t.run.ID] = true
		o.out = append(o.out, y)
	}
	for _, t := range b.escalations {
		y := x
		y.Task, y.Role, y.Contact = "Whoever is asked in this run hands it on", t.step.Role, contact
		if !o.asked[t.run.ID] { // nobody is: it becomes a task of its own
			y.Task, o.asked[t.run.ID] = t.step.Task(t.p.Def.Title).Title, true
		}
		o.out = append(o.out, y)
	}
}

// wished lists what one wish comes to, whoever held or cancelled it.
func (o *outlook) wished(x Planned, p *playbook.Program, w playbook.Wish, says care.PlanWord, now time.Time) {
	b := &batch{Engine: o.Engine, tx: o.tx, now: now, part: o.en.part, act: o.act}
	b.wish(o.en, p, w)
	x.Word, x.Said, x.At = says.Word, strings.TrimSpace(says.Says(o.en.zone)), says.Until
	if says.Word == care.Cancel {
		x.At = now
	}
	o.planned(x, b, says.Contact)
}
