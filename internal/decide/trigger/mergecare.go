package trigger

import (
	"context"
	"fmt"

	"hearth"
)

// carefulAnew has what stops or holds for either of two who became one person hold for both, also what was on its way to a mail
// server or to paper; and what was held because of one go on when they are two.
func (b *batch) carefulAnew(ctx context.Context, p pair, merged bool) error {
	if !b.care.Concerns(p.kept.resident, p.other.resident) {
		return nil
	}
	if merged {
		if _, err := b.desk.Messages.Recall(ctx, b.tx, b.care); err != nil {
			return fmt.Errorf("take back what waits for delivery: %w", err)
		}
		if b.care.Dead(p.kept.resident, b.now) {
			return b.stopAll(ctx, p.kept)
		}
		return nil
	}
	for _, en := range []*entry{p.kept, p.other} {
		if err := b.lookAgain(ctx, en); err != nil {
			return err
		}
	}
	return b.release(ctx)
}

// learnMerge is regroup for an event that is put aside. Who is one person is part of what the signals are, so that without that
// nothing goes on; what follows from it is done once more when the event is revived.
func (b *batch) learnMerge(ctx context.Context, ev *hearth.Event) error {
	m, merged, ok := mergingOf(ev)
	if !ok {
		return nil
	}
	p, err := b.pair(ctx, m, ev.Property)
	if err != nil {
		return err
	}
	if err := b.bring(ctx, p, merged, ev.Seq); err != nil {
		return err
	}
	err = b.followMerge(ctx, p, merged)
	if err != nil && !hearth.Outage(err) {
		// A statement that failed fails the whole transaction, so that this goes on only where what is stored could not be understood.
		b.Logger.Error("what follows when two residents become one person, or two again, could not be done", "event", ev.ID, "error", err)
		return nil
	}
	return err
}

// mergeDue does for a revived event what it says of two residents, as far as it still holds and is not done.
func (b *batch) mergeDue(ctx context.Context, ev *hearth.Event) error {
	m, merged, ok := mergingOf(ev)
	if !ok {
		return nil
	}
	now, is, err := b.Records.MergeOf(ctx, b.tx, m.Merged)
	if err != nil || is != merged || is && now.Kept != m.Kept {
		return err // the opposite was said since
	}
	p, err := b.pair(ctx, m, ev.Property)
	if err != nil {
		return err
	}
	if (p.other.edges.into == m.Kept) == merged {
		return b.carefulAnew(ctx, p, merged)
	}
	if err := b.bring(ctx, p, merged, b.worked); err != nil {
		return err
	}
	return b.followMerge(ctx, p, merged)
}
