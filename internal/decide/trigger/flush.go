package trigger

import (
	"context"
	"fmt"

	"hearth"
	"hearth/internal/act/task"
	"hearth/internal/base/work"
	"hearth/internal/decide/playbook"
)

// flush writes all that the batch decided.
func (b *batch) flush(ctx context.Context) error {
	if err := b.calmDown(ctx); err != nil {
		return err
	}
	if err := b.escalateAll(ctx); err != nil {
		return err
	}
	if err := b.sendTasks(ctx); err != nil {
		return err
	}
	if b.round != nil { // also what was handed over may have been too much
		if err := b.Tasks.Insert(ctx, b.tx, b.round.Notices()); err != nil {
			return err
		}
	}
	if err := b.freeTasks(ctx); err != nil {
		return err
	}
	if err := b.wakeHeld(ctx); err != nil {
		return err
	}
	if len(b.intents) > 0 {
		verdicts, err := b.desk.Submit(ctx, b.tx, b.intents, b.view)
		if err != nil {
			return fmt.Errorf("ask the desk: %w", err)
		}
		b.felt(verdicts)
	}
	for _, x := range b.unsaid {
		if _, err := b.Care.Unsay(ctx, b.tx, x.word.Contact); err != nil {
			return err
		}
	}
	if err := b.sayLots(ctx); err != nil {
		return err
	}
	if err := b.reclaim(ctx); err != nil {
		return err
	}
	if err := b.sayAgain(ctx); err != nil {
		return err
	}
	if err := b.voidReviews(ctx); err != nil {
		return err
	}
	if err := b.savePaces(ctx); err != nil {
		return err
	}
	if err := b.tell(ctx); err != nil {
		return err
	}
	if err := b.saveCounters(ctx); err != nil {
		return err
	}
	if err := b.saveSlots(ctx); err != nil {
		return err
	}
	if err := b.saveGoals(ctx); err != nil {
		return err
	}
	b.setClocks()
	if err := saveStates(ctx, b.tx, b.part, b.touched); err != nil {
		return err
	}
	runs := make([]*playbook.Run, 0, len(b.runOrder))
	for _, id := range b.runOrder {
		runs = append(runs, b.changedRuns[id])
	}
	if err := playbook.SaveRuns(ctx, b.tx, runs); err != nil {
		return err
	}
	if err := b.Decisions.Insert(ctx, b.tx, b.decisions); err != nil {
		return err
	}
	if err := b.timers(ctx); err != nil {
		return err
	}
	if err := b.Log.AppendLast(ctx, b.tx, nil, b.forwards...); err != nil {
		return fmt.Errorf("forward news: %w", err)
	}
	return nil
}

// freeTasks cancels what the runs that left had asked of people and nobody has begun: who has renewed need not be asked
// to, and minutes are a budget.
func (b *batch) freeTasks(ctx context.Context) error {
	for _, r := range b.left {
		if r.Facts.Role == "" {
			continue // it asked nobody
		}
		open, _, err := b.Tasks.List(ctx, b.tx, task.Filter{Resident: r.Resident, Playbook: r.Playbook, States: []task.State{task.Open}}, "", 0)
		if err != nil {
			return fmt.Errorf("tasks of run %s: %w", r.ID, err)
		}
		for _, t := range open {
			if t.Run != r.ID {
				continue
			}
			if err := b.Tasks.Cancel(ctx, b.tx, hearth.System("decide/trigger"), t.ID, r.Ending); err != nil {
				return err
			}
		}
	}
	return nil
}

// wakeHeld asks the desk again about the messages whose time has come, and takes back those of runs that have left
// their playbook since.
func (b *batch) wakeHeld(ctx context.Context) error {
	if len(b.held) == 0 {
		return nil
	}
	ids := make([]string, 0, len(b.held))
	for _, d := range b.held {
		ids = append(ids, string(heldFor(d).Run))
	}
	stored, err := playbook.RunsByID(ctx, b.tx, ids)
	if err != nil {
		return err
	}
	left := map[hearth.RunID]string{}
	for _, r := range append(stored, b.left...) {
		if r.State == playbook.RunLeft {
			left[r.ID] = r.Ending
		}
	}
	var still []work.Due
	for _, d := range b.held {
		because, gone := left[heldFor(d).Run]
		if !gone {
			still = append(still, d)
			continue
		}
		if _, err := b.desk.Withdraw(ctx, b.tx, []work.Due{d}, "Not said any more: "+because); err != nil {
			return fmt.Errorf("take back a held message: %w", err)
		}
	}
	if still, err = b.lateHeld(ctx, still); err != nil {
		return err
	}
	verdicts, err := b.desk.Wake(ctx, b.tx, still, b.view)
	if err != nil {
		return fmt.Errorf("ask the desk about held messages: %w", err)
	}
	b.felt(verdicts)
	return nil
}

// timers writes the due rows; a run that woke and ended in one batch leaves none.
func (b *batch) timers(ctx context.Context) error {
	over := map[string]bool{}
	var drops []string
	for _, id := range b.drops {
		over[id] = true
		if !b.fresh[id] {
			drops = append(drops, id)
		}
	}
	last := map[string]int{}
	var puts []work.Due
	for _, d := range b.puts {
		if d.Kind == dueRun && over[d.Key] {
			continue
		}
		// A later wish for the same timer replaces an earlier one.
		if i, ok := last[d.Kind+" "+d.Key]; ok {
			puts[i] = d
			continue
		}
		last[d.Kind+" "+d.Key] = len(puts)
		puts = append(puts, d)
	}
	if err := work.Drop(ctx, b.tx, dueRun, drops); err != nil {
		return err
	}
	if len(puts) == 0 {
		return nil
	}
	return work.Put(ctx, b.tx, puts)
}
