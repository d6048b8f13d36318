package trigger

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
	"hearth/internal/decide/playbook"
	"hearth/internal/fact/decision"
)

// tooLate is how long after its own time a row may be worked as if nothing had happened. What is later, since the
// program stood still or the clock was set, goes to a person or is spread, and never out in a burst. Steps of a playbook
// use the playbook's own fresh limit.
const tooLate = 48 * time.Hour

// aDayAtMost is how many late or resumed starts, steps and messages of a playbook a property takes in a day, when the
// playbook does not say: neither the pace chosen when it was switched on nor at_once.
const aDayAtMost = 25

// paceKey names what a pace is of.
type paceKey struct {
	playbook hearth.PlaybookID
	property hearth.PropertyID
}

// pace is how many places of a day are taken.
type pace struct {
	day hearth.Day
	n   int64
}

const paceSQL = `SELECT day, n FROM paces WHERE org = $1 AND playbook = $2 AND property = $3`

// place gives the next free time for something late of a playbook at a property: now while the day has room, else in the
// morning of the first day that has.
func (b *batch) place(ctx context.Context, id hearth.PlaybookID, at hearth.PropertyID, zone *time.Location) (time.Time, error) {
	key := paceKey{id, at}
	x, ok := b.paces[key]
	if !ok {
		x = &pace{}
		err := b.tx.Row(ctx, paceSQL, b.tx.Org(), string(id), string(at)).Scan(&x.day, &x.n)
		if err != nil && !errors.Is(err, db.ErrNotFound) {
			return time.Time{}, fmt.Errorf("read the pace of %s: %w", id, err)
		}
		b.paces[key] = x
	}
	today := hearth.DayOf(b.now, zone)
	if x.day < today {
		*x = pace{day: today}
	}
	if x.n >= b.act.aDay(id) {
		*x = pace{day: x.day + 1}
	}
	x.n++
	if x.day == today {
		return b.now, nil
	}
	return x.day.At(9*60, zone).UTC(), nil
}

// aDay gives how much of a playbook a day takes at a property.
func (a *active) aDay(id hearth.PlaybookID) int64 {
	if n := a.include[id]; n > 0 {
		return int64(n)
	}
	if p := a.live(id); p != nil && p.Def.Limits.AtOnce > 0 {
		return int64(p.Def.Limits.AtOnce)
	}
	return aDayAtMost
}

func (b *batch) savePaces(ctx context.Context) error {
	if len(b.paces) == 0 {
		return nil
	}
	w := db.Bulk{Table: "paces", Cols: []db.Col{{Name: "org"}, {Name: "playbook"}, {Name: "property"}, {Name: "day", Type: db.Int}, {Name: "n", Type: db.Int}},
		OnConflict: "ON CONFLICT (org, playbook, property) DO UPDATE SET day = excluded.day, n = excluded.n"}
	for key, x := range b.paces {
		w.Rows = append(w.Rows, []any{b.tx.Org(), string(key.playbook), string(key.property), int64(x.day), x.n})
	}
	if err := b.tx.BulkLater(ctx, w); err != nil {
		return fmt.Errorf("write paces: %w", err)
	}
	return nil
}

// startLate starts a playbook whose condition came true long before this look, if the day has room, or on a later day.
func (b *batch) startLate(ctx context.Context, en *entry, p *playbook.Program) error {
	if p.Def.For == "household" && !b.at.speaks(en.view(b.now)) {
		return nil
	}
	at, err := b.place(ctx, p.Def.ID, en.property, en.zone)
	if err != nil {
		return err
	}
	c := cause{late: true}
	if !at.After(b.now) {
		return b.start(ctx, en, p, c)
	}
	b.puts = append(b.puts, inclusion{Late: true}.due(p.Def.ID, en.resident, b.part, at))
	b.decide(en, decision.Decision{Stage: "trigger", Outcome: "put off", Playbook: p.Def.ID, Version: p.Version, Facts: b.explain(en, p, c),
		Reason: fmt.Sprintf("It came true while nothing was decided, because the program stood still or the clock was set. %d a day start; this one on %s if it still holds then.",
			b.act.aDay(p.Def.ID), hearth.DayWords(at, en.zone))}, string(p.Def.ID), "put off")
	return nil
}

// timedOut ends a run's wait by its time and leaves the step behind it for later: what comes in after that does not change
// it any more. The run keeps the time at which the step was due.
func timedOut(r *playbook.Run, due time.Time) {
	r.TimeOut()
	r.WakeAt = due
}

// stale tells whether a run's step is so late that a person should look first: later than the playbook's news may be
// old. A step that asks nothing of anybody is never stale.
func (b *batch) stale(en *entry, p *playbook.Program, r *playbook.Run) (bool, error) {
	if r.WakeAt.IsZero() || b.now.Sub(r.WakeAt) <= max(tooLate, p.Def.Fresh.Plain()) {
		return false, nil
	}
	try := *r
	try.Facts.Vars = maps.Clone(r.Facts.Vars)
	try.TimeOut()
	wishes, err := p.Advance(&try, en.view(b.now))
	return len(wishes) > 0, err
}

// release lets what a pause held go on, as far as no other pause covers it: what has become stale goes to a person, the
// rest is spread over the days. When several pauses end in a batch, each thing goes on once.
func (b *batch) release(ctx context.Context) error {
	rows, err := work.Waiting(ctx, b.tx, Lane, b.part, dueRun)
	if err != nil {
		return err
	}
	rows = parked(rows)
	ids := make([]hearth.ResidentID, len(rows))
	for i, d := range rows {
		ids[i] = hearth.ResidentID(d.Payload)
	}
	if err := b.cache.load(ctx, b.tx, ids, b.Engine); err != nil {
		return err
	}
	for _, d := range rows {
		if b.released[d.Kind+" "+d.Key] {
			continue
		}
		if err := b.releaseRun(ctx, d); err != nil {
			return fmt.Errorf("resume run %s: %w", d.Key, err)
		}
	}
	if err := b.releaseStarts(ctx); err != nil {
		return err
	}
	return b.releaseHeld(ctx)
}

func (b *batch) releaseRun(ctx context.Context, d work.Due) error {
	en, err := b.knownEntry(ctx, hearth.ResidentID(d.Payload))
	if err != nil || en == nil {
		return err
	}
	r := en.runByID(hearth.RunID(d.Key))
	if r == nil {
		b.drops = append(b.drops, d.Key)
		return nil
	}
	if _, still := b.pausedFor(en, r.Playbook); still {
		return nil
	}
	p := b.act.program(r.Playbook, r.Version)
	if p == nil {
		b.leave(en, r, lostVersion)
		return nil
	}
	if left, err := b.outlived(en, p, r); left || err != nil {
		return err // nobody need look at a step that would not be taken
	}
	stale, err := b.stale(en, p, r)
	if err != nil {
		return err
	}
	if stale {
		b.goesOn(d)
		return b.reviewRun(ctx, en, p, r)
	}
	if r.WakeAt, err = b.place(ctx, r.Playbook, en.property, en.zone); err != nil {
		return err
	}
	b.goesOn(d)
	b.keep(r)
	b.timer(r)
	return nil
}

// goesOn notes that this batch has let something go on that was parked: its row still says otherwise.
func (b *batch) goesOn(d work.Due) {
	if b.released == nil {
		b.released = map[string]bool{}
	}
	b.released[d.Kind+" "+d.Key] = true
}

// releaseStarts spreads the starts that were chosen before the pause.
func (b *batch) releaseStarts(ctx context.Context) error {
	rows, err := work.Waiting(ctx, b.tx, Lane, b.part, dueInclude)
	if err != nil {
		return err
	}
	for _, d := range parked(rows) {
		id, resident := included(d)
		en, err := b.knownEntry(ctx, resident)
		if err != nil {
			return err
		}
		if en == nil {
			continue
		}
		if _, still := b.pausedFor(en, id); still || b.released[d.Kind+" "+d.Key] {
			continue
		}
		b.goesOn(d)
		if d.At, err = b.place(ctx, id, en.property, en.zone); err != nil {
			return err
		}
		b.puts = append(b.puts, d)
	}
	return nil
}
