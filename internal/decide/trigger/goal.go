package trigger

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"hearth"
	"hearth/internal/decide/playbook"
	"hearth/internal/fact/decision"
)

// goal is what a resident's entry remembers of a run whose goal is watched. It outlives the run: a renewal that comes
// a month after the last step counts all the same.
type goal struct {
	run      hearth.RunID
	playbook hearth.PlaybookID
	version  int
	heldOut  bool
	matter   string    // the work order that the run is about, if it is about one
	began    time.Time // when that happened which the run is about
	until    time.Time
}

func (g goal) append(dst []byte) []byte {
	dst = appendText(dst, string(g.run))
	dst = appendText(dst, string(g.playbook))
	dst = binary.AppendUvarint(dst, uint64(g.version))
	dst = appendYes(dst, g.heldOut)
	dst = appendText(dst, g.matter)
	dst = binary.AppendVarint(dst, hearth.Millis(g.began))
	return binary.AppendVarint(dst, hearth.Millis(g.until))
}

func readGoal(r *reader) goal {
	return goal{run: hearth.RunID(r.text()), playbook: hearth.PlaybookID(r.text()), version: int(r.uvarint()), heldOut: r.byte() == 1,
		matter: r.text(), began: hearth.FromMillis(r.varint()), until: hearth.FromMillis(r.varint())}
}

// nextGoal gives when the time of the next watched goal is over; zero if none is watched.
func (e *edges) nextGoal() time.Time {
	var next time.Time
	for _, g := range e.goals {
		next = earliest(next, g.until)
	}
	return next
}

// hope begins to watch the goal of a run. whom is about whom chance decided; "" where nobody is held out.
func (b *batch) hope(en *entry, p *playbook.Program, r *playbook.Run, whom string) {
	if p.Def.Goal == nil {
		return
	}
	g := goal{run: r.ID, playbook: p.Def.ID, version: p.Version, heldOut: r.Arm == playbook.GroupHeldOut, matter: r.Facts.Matter,
		began: r.Began(), until: p.Def.Goal.Within.After(b.now, en.zone)}
	en.edges.goals, en.changed = append(en.edges.goals, g), true
	b.goals = append(b.goals, playbook.GoalRow{Run: r.ID, Part: b.part, Property: en.property, Resident: en.who(), Playbook: p.Def.ID,
		Version: p.Version, Arm: r.Arm, Whom: whom, State: playbook.GoalOpen, Started: b.now, Until: g.until})
}

// hoped finds the goals that an event reaches. History reaches none, and neither does what happened before the run.
func (b *batch) hoped(en *entry, ev *hearth.Event) error {
	if len(en.edges.goals) == 0 || ev.History {
		return nil
	}
	var failed error
	en.edges.goals = slices.DeleteFunc(en.edges.goals, func(g goal) bool {
		reached, err := b.reaches(en, g, ev)
		if err != nil {
			failed = err
		}
		if reached {
			b.closeGoal(en, g, playbook.GoalReached, ev.Time)
		}
		return reached
	})
	return failed
}

func (b *batch) reaches(en *entry, g goal, ev *hearth.Event) (bool, error) {
	p := b.act.program(g.playbook, g.version)
	if p == nil || p.Def.Goal == nil || p.Def.Goal.Event != ev.Type || ev.Time.Before(g.began) || ev.Time.After(g.until) {
		return false, nil
	}
	if matter := playbook.MatterOf(ev); g.matter != "" && matter != "" && matter != g.matter {
		return false, nil
	}
	if p.Goal == nil {
		return true, nil
	}
	return p.Goal.Eval(playbook.Over(ev, en.view(b.now)))
}

// missed closes the goals whose time is over.
func (b *batch) missed(en *entry) {
	en.edges.goals = slices.DeleteFunc(en.edges.goals, func(g goal) bool {
		over := !g.until.After(b.now)
		if over {
			b.closeGoal(en, g, playbook.GoalMissed, g.until)
		}
		return over
	})
}

func (b *batch) closeGoal(en *entry, g goal, s playbook.GoalState, at time.Time) {
	en.changed = true
	arm := playbook.GroupTreated
	if g.heldOut {
		arm = playbook.GroupHeldOut
	}
	b.goals = append(b.goals, playbook.GoalRow{Run: g.run, Part: b.part, Property: en.property, Resident: en.who(), Playbook: g.playbook,
		Version: g.version, Arm: arm, State: s, Started: g.began, Until: g.until, At: at})
}

// saveGoals writes what began to be hoped for and what came of it; of one run the last counts.
func (b *batch) saveGoals(ctx context.Context) error {
	last := map[hearth.RunID]int{}
	var rows []playbook.GoalRow
	for _, g := range b.goals {
		if i, ok := last[g.Run]; ok {
			rows[i].State, rows[i].At = g.State, g.At
			continue
		}
		last[g.Run] = len(rows)
		rows = append(rows, g)
	}
	return playbook.SaveGoals(ctx, b.tx, rows)
}

// chanceOf names about whom chance decides: the resident, or the home, whoever speaks for it.
func (b *batch) chanceOf(ctx context.Context, en *entry, p *playbook.Program) (string, error) {
	if p.Def.Holdout.Percent == 0 {
		return "", nil
	}
	if p.Def.For == "household" {
		known, err := b.Records.Resident(ctx, b.tx, en.resident)
		if err != nil && hearth.CodeOf(err) != hearth.CodeNotFound {
			return "", err
		}
		if known.Household != "" {
			return string(known.Household), nil
		}
	}
	return string(en.resident), nil
}

// heldOut begins a run that does nothing but watch its goal, if that is the arm that chance gave whom it is about.
func (b *batch) heldOut(en *entry, p *playbook.Program, r *playbook.Run, whom string) bool {
	if whom == "" || !p.HeldOut(whom) {
		return false
	}
	r.Arm = playbook.GroupHeldOut
	b.begun(en, p, r)
	b.hope(en, p, r, whom)
	r.WakeAt = p.Def.Goal.Within.After(b.now, en.zone)
	b.keep(r)
	b.timer(r)
	b.decide(en, decision.Decision{Stage: "trigger", Outcome: "held out", Playbook: p.Def.ID, Version: p.Version, Run: r.ID,
		Reason: fmt.Sprintf("%s They are among the %d in 100 who are held out, so that the effect of this playbook can be measured: nothing is done.",
			r.Facts.Because, p.Def.Holdout.Percent)}, r.Name(), "held out")
	return true
}

func appendYes(dst []byte, yes bool) []byte {
	if yes {
		return append(dst, 1)
	}
	return append(dst, 0)
}
