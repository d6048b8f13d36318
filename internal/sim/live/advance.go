package live

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
	"hearth/internal/decide/trigger"
)

// Advance implements sim.Hearth. The clock goes from one due time to the next, so that everything happens at its own
// time and nothing is looked at in between.
func (p *Program) Advance(ctx context.Context, to time.Time) error {
	now := p.clock.Now()
	if to = p.together(to); !to.After(now) && p.coarse(now) {
		return nil // what happens within the same grain is decided on together
	}
	if to.Before(now) {
		return hearth.Errorf(hearth.CodeInvalid, "The clock stands at %s and does not go back to %s.", now.Format(time.RFC3339), to.Format(time.RFC3339))
	}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		next, err := p.settle(ctx)
		if err != nil {
			return err
		}
		if next.IsZero() || next.After(to) {
			p.clock.Set(to)
			return nil
		}
		p.clock.Set(earlier(p.together(next), to))
		p.settled = false
	}
}

// coarse tells whether what happens at a time is gathered.
func (p *Program) coarse(at time.Time) bool { return p.opts.Grain > 0 && at.Before(p.opts.Exact) }

// together gives the end of the grain in which a time lies.
func (p *Program) together(at time.Time) time.Time {
	if !p.coarse(at) {
		return at
	}
	end := at.Truncate(p.opts.Grain)
	if end.Before(at) {
		end = end.Add(p.opts.Grain)
	}
	return earlier(end, p.opts.Exact)
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// settle lets everything happen that can happen at the clock's time: what parked events wait for, decisions, delivery,
// and what follows from these. It gives the time at which something is due next, zero if nothing waits.
func (p *Program) settle(ctx context.Context) (time.Time, error) {
	if p.settled {
		return p.next, nil
	}
	for turn := 0; ; turn++ {
		at, err := p.waiting(ctx)
		if err != nil {
			return time.Time{}, err
		}
		now := p.clock.Now()
		decide, deliver := p.more || rung(p.news) || at.decide.due(now), p.mail.Stats().Waiting > 0 || at.deliver.due(now)
		unpark := rung(p.found)
		if !decide && !deliver && !unpark {
			p.settled, p.next = true, earliest(at.decide, at.deliver)
			return p.next, nil
		}
		if turn == maxTurns {
			return time.Time{}, fmt.Errorf("at %s something is due again and again", now.Format(time.RFC3339))
		}
		if err := p.turn(ctx, decide, deliver, unpark); err != nil {
			return time.Time{}, err
		}
	}
}

// maxTurns is where something is taken to go round in circles. A turn takes hundreds of events, due rows or mails.
const maxTurns = 10_000

// turn works what waits, once.
func (p *Program) turn(ctx context.Context, decide, deliver, unpark bool) error {
	if unpark {
		more, err := p.App.Door.Unpark(ctx)
		if err != nil {
			return fmt.Errorf("take in parked events: %w", err)
		}
		if more {
			p.App.Door.Bell().Ring()
		}
	}
	if decide {
		if err := p.decide(ctx); err != nil {
			return err
		}
	}
	if deliver {
		if err := p.mail.Drain(ctx); err != nil {
			return fmt.Errorf("deliver: %w", err)
		}
	}
	return nil
}

// fewTaken is what a batch takes that leaves nothing behind: full ones hold several times as many.
const fewTaken = 64

// decide works one batch of each partition that has anything, as the loop of the program does.
func (p *Program) decide(ctx context.Context) error {
	p.more = false
	for _, part := range p.parts {
		n, err := p.App.Engine.RunBatch(ctx, part)
		if err != nil {
			return err
		}
		p.more = p.more || n > fewTaken
	}
	return nil
}

// moment is a due time; zero: nothing waits.
type moment struct{ time.Time }

func (m moment) due(now time.Time) bool { return !m.IsZero() && !m.After(now) }

func earliest(a, b moment) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a.Time) {
		return b.Time
	}
	return a.Time
}

// waiting is when something is due for the engine, and for the sender.
type waiting struct{ decide, deliver moment }

// waiting reads what is due next.
func (p *Program) waiting(ctx context.Context) (w waiting, err error) {
	err = p.App.DB.Read(ctx, func(tx *db.Tx) error {
		w = waiting{}
		for _, part := range p.parts {
			at, _, err := work.NextAt(ctx, tx, trigger.Lane, part)
			if err != nil {
				return err
			}
			w.decide = moment{earliest(w.decide, moment{at})}
		}
		at, _, err := work.NextAt(ctx, tx, message.Lane, 0)
		w.deliver = moment{at}
		return err
	})
	if err != nil {
		return w, fmt.Errorf("look what is due next: %w", err)
	}
	return w, nil
}

// findParts looks which partitions have anything: only where an event is, somebody can be due.
func (p *Program) findParts(ctx context.Context) error {
	return p.App.DB.Read(ctx, func(tx *db.Tx) error {
		heads, err := p.App.Log.Heads(ctx, tx)
		if err != nil {
			return err
		}
		p.parts = slices.Sorted(maps.Keys(heads))
		return nil
	})
}

// rung takes a ring of a bell, if there is one.
func rung(bell <-chan struct{}) bool {
	select {
	case <-bell:
		return true
	default:
		return false
	}
}
