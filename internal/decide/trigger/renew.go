package trigger

import (
	"context"
	"fmt"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/sense/signal"
)

// renewPage is how many events of one resident are read at once.
const renewPage = 500

// renew folds anew what another version of the program stored in another shape, from the log and up to the partition's
// position: the same signals that folding one event after the other would have given. It costs something once after an
// upgrade, for each resident when they are next needed. A batch writes the new shape back; a reader leaves it to that.
func (e *Engine) renew(ctx context.Context, tx *db.Tx, entries []*entry) error {
	var positions map[int]int64
	for _, en := range entries {
		if en.state != nil {
			continue
		}
		if positions == nil {
			var err error
			if positions, err = e.Log.Positions(ctx, tx, Follower); err != nil {
				return fmt.Errorf("renew states: %w", err)
			}
		}
		state, err := e.fromLog(ctx, tx, en.resident, en.part, positions[en.part])
		if err != nil {
			return fmt.Errorf("renew state of %s: %w", en.resident, err)
		}
		en.state, en.changed = state, true
	}
	return nil
}

// fromLog folds what concerns a resident in a partition, up to a place in it.
func (e *Engine) fromLog(ctx context.Context, tx *db.Tx, id hearth.ResidentID, part int, upto int64) (*signal.State, error) {
	s := &signal.State{}
	for after := int64(0); ; {
		events, err := e.Log.Concerning(ctx, tx, id, part, after, upto, renewPage)
		if err != nil {
			return nil, err
		}
		for _, ev := range events {
			zone, err := e.zoneOf(ctx, tx, ev.Property)
			if err != nil {
				return nil, err
			}
			s.Fold(ev, zone)
			after = ev.Seq
		}
		if len(events) < renewPage {
			return s, nil
		}
	}
}
