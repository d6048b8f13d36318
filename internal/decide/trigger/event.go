package trigger

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/rule"
	"hearth/internal/decide/playbook"
	"hearth/internal/fact/decision"
)

// event folds one event into everybody it concerns and finds what it starts, wakes and ends.
func (b *batch) event(ctx context.Context, ev *hearth.Event) error {
	for i, id := range ev.Residents {
		if id == "" {
			continue
		}
		en, err := b.entry(ctx, id, ev.Property)
		if err != nil {
			return err
		}
		if err := b.fold(ctx, en, ev); err != nil {
			return err
		}
		if err := b.passOn(ctx, en, i, ev); err != nil {
			return err
		}
	}
	if err := b.regroup(ctx, ev); err != nil {
		return err
	}
	if err := b.onSite(ctx, ev); err != nil {
		return err
	}
	if err := b.recur(ctx, ev); err != nil {
		return err
	}
	if ev.History {
		return nil
	}
	if ev.Type == "task.done" {
		if err := b.taskDone(ctx, ev); err != nil {
			return err
		}
	}
	return b.onEvent(ctx, ev)
}

// fold updates one resident's signals and follows the edges and runs that depend on them.
func (b *batch) fold(ctx context.Context, en *entry, ev *hearth.Event) error {
	if arrives(ev) {
		if err := b.arrive(ctx, en, ev); err != nil {
			return err
		}
	}
	news, err := b.newsOf(ctx, ev)
	if err != nil {
		return err
	}
	watch := b.act.fedBy[news.Type]
	// A condition that was never looked at for this resident gets its "before" from before this event.
	for _, p := range watch {
		if x := en.edges.find(p.Def.ID); x.version != p.Version {
			was, err := b.inside(p, en.view(b.now))
			if err != nil {
				return err
			}
			x.version, x.inside = p.Version, was
		}
	}
	if err := b.learn(ctx, en, ev); err != nil {
		return err
	}
	if err := b.hoped(en, news); err != nil {
		return err
	}
	if err := b.carefully(ctx, en, ev); err != nil {
		return err
	}
	if err := b.runsOn(ctx, en, news); err != nil {
		return err
	}
	for _, p := range watch {
		if err := b.look(ctx, en, p, news); err != nil {
			return err
		}
	}
	return nil
}

// learn takes the event into the signals, and follows whoever moves to another property. It decides nothing.
func (b *batch) learn(ctx context.Context, en *entry, ev *hearth.Event) error {
	away, zone := en.edges.gone, en.zone
	if err := b.keepSeen(en); err != nil {
		return err
	}
	var err error
	if ev.Property != en.property {
		if zone, err = b.zoneOf(ctx, b.tx, ev.Property); err != nil {
			return err
		}
	}
	if ev.Type == forwarded {
		if en.state, err = b.rebuild(ctx, b.tx, en.resident, ev, true); err != nil {
			return err
		}
		en.relook = true
	} else {
		en.state.Fold(ev, zone)
	}
	en.changed = true
	if !slices.Contains(en.news, ev.Type) {
		en.news = append(en.news, ev.Type)
	}
	if !slices.Contains(ev.Residents, en.resident) {
		return nil // it is told of one who is seen under them: where that row stands says nothing of theirs
	}
	switch ev.Type {
	case "resident.added":
		en.property, en.zone, en.edges.gone, en.edges.to = ev.Property, zone, false, ""
	case "resident.taken_back":
		en.edges.gone, en.edges.to = true, ""
	case "resident.changed":
		if bytes.Contains(ev.Data, []byte(`"moved_to"`)) {
			b.leaveFor(en, ev)
		}
	}
	if away && en.edges.gone {
		return b.forward(en, ev)
	}
	return nil
}

// look compares a standing condition with what it was and starts the playbook on the edge. ev is nil when time alone
// passed.
func (b *batch) look(ctx context.Context, en *entry, p *playbook.Program, ev *hearth.Event) error {
	now, err := b.inside(p, en.view(b.now))
	if err != nil {
		return err
	}
	x := en.edges.find(p.Def.ID)
	was := x.inside
	if x.version != p.Version {
		// Time passed over a resident whom the look after the activation has not reached: inside is not an edge.
		was = true
	}
	if x.version != p.Version || x.inside != now {
		x.version, x.inside, en.changed = p.Version, now, true
	}
	if !now || was || (ev != nil && ev.History) {
		return nil
	}
	if b.late {
		return b.startLate(ctx, en, p)
	}
	return b.start(ctx, en, p, cause{event: ev})
}

// onEvent starts the on-triggers of the event's type, for the resident it is chiefly about or, in a playbook for the
// household, for whoever speaks for the home.
func (b *batch) onEvent(ctx context.Context, ev *hearth.Event) error {
	programs := b.act.byEvent[ev.Type]
	if len(programs) == 0 {
		return nil
	}
	vars := playbook.EventVars(ev)
	for _, p := range programs {
		en, err := b.addressed(ctx, p, ev)
		if err != nil {
			return err
		}
		en = b.acting(en)
		if en == nil {
			continue
		}
		if p.If != nil {
			holds, err := p.If.Eval(rule.Vars{Fields: en.view(b.now), Event: vars})
			if err != nil {
				return err
			}
			if !holds {
				continue
			}
		}
		if err := b.start(ctx, en, p, cause{event: ev, vars: vars}); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) addressee(p *playbook.Program, ev *hearth.Event) hearth.ResidentID {
	if p.Def.For == "household" {
		for _, id := range ev.Residents {
			if en := b.cache.entries[id]; en != nil && b.at.speaks(en.view(b.now)) {
				return id
			}
		}
	}
	return ev.Primary()
}

// runsOn takes runs out by their exits, wakes those that waited for the event, and moves the waits that count from a
// day of the lease when the lease has changed.
func (b *batch) runsOn(ctx context.Context, en *entry, ev *hearth.Event) error {
	for _, r := range append([]*playbook.Run(nil), en.runs...) {
		p := b.act.program(r.Playbook, r.Version)
		switch {
		case p == nil:
			b.leave(en, r, lostVersion)
			continue
		case en.edges.gone:
			b.leave(en, r, whyGone(ev))
			continue
		}
		touches := r.Concerns(ev) && newsFor(p, r, ev)
		left, err := b.exit(en, p, r, ev, touches)
		switch {
		case err != nil:
			return err
		case left:
		case r.Awaits(ev.Type) && !ev.History && touches:
			if err := b.answered(ctx, en, p, r, ev); err != nil {
				return err
			}
		case r.Awaits(playbook.SurveyAnswered) && !ev.History && touches:
			if err := b.replied(p, r, ev); err != nil {
				return err
			}
		case leaseEvent(ev.Type) && p.Move(r, en.view(b.now)):
			b.keep(r)
			b.timer(r)
		}
	}
	return nil
}

// answered carries a run on whose event has come, if it is the one that its wait means.
func (b *batch) answered(ctx context.Context, en *entry, p *playbook.Program, r *playbook.Run, ev *hearth.Event) error {
	meant, err := p.Answers(r, ev, en.view(b.now))
	if err != nil || !meant {
		return err
	}
	if b.care.Dead(en.resident, b.now) {
		b.leave(en, r, stoppedWords)
		return nil
	}
	r.Answer(ev)
	if _, paused := b.pausedFor(en, r.Playbook); paused {
		r.WakeAt = b.now
		b.park(r)
		return nil
	}
	return b.advance(ctx, en, p, r)
}

// lostVersion is why a run ends whose version of the playbook cannot be compiled any more.
const lostVersion = "This version of the playbook can no longer be read, so its runs end."

func leaseEvent(t hearth.EventType) bool { return strings.HasPrefix(string(t), "lease.") }

// newsFor tells whether an event can wake or end the run. What somebody did long before the run began does not: a
// letter of last spring, learned today, is no answer. What a lease says holds whenever we learn of it.
func newsFor(p *playbook.Program, r *playbook.Run, ev *hearth.Event) bool {
	return leaseEvent(ev.Type) || !ev.Time.Before(r.Began().Add(-p.Def.Fresh.Plain()))
}

// exit takes the run out if one of its exits holds; ev is nil when time alone passed. touches tells whether the event
// can end it at all.
func (b *batch) exit(en *entry, p *playbook.Program, r *playbook.Run, ev *hearth.Event, touches bool) (bool, error) {
	for _, x := range p.Exits {
		vars := rule.Vars{Fields: en.view(b.now)}
		if x.On != "" {
			if ev == nil || x.On != ev.Type || !touches {
				continue
			}
			vars.Event = playbook.EventVars(ev)
		}
		holds := true
		if x.Cond != nil {
			var err error
			if holds, err = x.Cond.Eval(vars); err != nil {
				return false, err
			}
		}
		if holds {
			b.leave(en, r, x.Because)
			return true, nil
		}
	}
	return false, nil
}

// outlived takes a run out whose next step must not come: by its exits, or because everything has to stop for the resident.
func (b *batch) outlived(en *entry, p *playbook.Program, r *playbook.Run) (left bool, err error) {
	if left, err = b.exit(en, p, r, nil, false); left || err != nil {
		return left, err
	}
	if b.care.Dead(en.resident, b.now) {
		// The event that tells of it may come later in this batch, or have been told of another row of the person.
		b.leave(en, r, stoppedWords)
		return true, nil
	}
	return false, nil
}

// leave takes a run out.
func (b *batch) leave(en *entry, r *playbook.Run, because string) {
	r.Leave(because, b.now)
	b.over(en, r)
	b.left = append(b.left, r)
	b.decide(en, decision.Decision{Stage: "run", Outcome: "left", Reason: because, Playbook: r.Playbook, Version: r.Version, Run: r.ID},
		r.Name(), "left")
}

// age is how old news is when it is decided: how old it was when it reached us, and how long it has waited here.
func age(ev *hearth.Event, now time.Time) time.Duration {
	return ev.Age() + max(0, now.Sub(ev.Recorded))
}

// whyGone is why a run ends whose resident is followed here no more.
func whyGone(ev *hearth.Event) string {
	if ev.Type == "resident.taken_back" {
		return "The import that told of them was taken back."
	}
	return "They have moved to another property."
}
