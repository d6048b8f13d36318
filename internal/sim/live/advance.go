package live

import (
	"context"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
	"hearth/internal/decide/trigger"
	"hearth/internal/fact/eventlog"
)

// Advance implements sim.Hearth. The clock goes from one due time to the next, so that everything happens at its own
// time and nothing is looked at in between.
func (p *Program) Advance(ctx context.Context, to time.Time) error {
	now := p.clock.Now()
	if to.Before(now) {
		return hearth.Errorf(hearth.CodeInvalid, "The clock stands at %s and does not go back to %s.", now.Format(time.RFC3339), to.Format(time.RFC3339))
	}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := p.settle(ctx); err != nil {
			return err
		}
		next, err := p.next(ctx)
		if err != nil {
			return err
		}
		if next.IsZero() || next.After(to) {
			p.clock.Set(to)
			return nil
		}
		if !next.After(p.clock.Now()) {
			return fmt.Errorf("something was due at %s and nobody took it", next.Format(time.RFC3339))
		}
		p.clock.Set(next)
	}
}

// settle lets everything happen that can happen at the clock's time: what parked events wait for, decisions, delivery,
// and what follows from these.
func (p *Program) settle(ctx context.Context) error {
	for {
		if p.parked {
			more, err := p.App.Door.Unpark(ctx)
			if err != nil {
				return fmt.Errorf("take in parked events: %w", err)
			}
			p.parked = more
		}
		if err := p.App.Engine.Drain(ctx); err != nil {
			return err
		}
		before := p.attempts()
		if err := p.mail.Drain(ctx); err != nil {
			return fmt.Errorf("deliver: %w", err)
		}
		if p.attempts() == before && !p.parked {
			return nil
		}
	}
}

// attempts counts what the sender recorded: each was an event, or a new due time.
func (p *Program) attempts() int64 {
	s := p.mail.Stats()
	return s.Sent + s.Failed + s.Unknown + s.Retried
}

// next gives the earliest due time in all lanes, zero if nothing waits.
func (p *Program) next(ctx context.Context) (first time.Time, err error) {
	err = p.App.DB.Read(ctx, func(tx *db.Tx) error {
		first = time.Time{}
		for lane, parts := range map[string]int{trigger.Lane: eventlog.Parts, message.Lane: 1} {
			for part := range parts {
				at, ok, err := work.NextAt(ctx, tx, lane, part)
				if err != nil {
					return err
				}
				if ok && (first.IsZero() || at.Before(first)) {
					first = at
				}
			}
		}
		return nil
	})
	if err != nil {
		return first, fmt.Errorf("look what is due next: %w", err)
	}
	return first, nil
}
