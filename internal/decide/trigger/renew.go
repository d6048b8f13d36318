package trigger

import (
	"context"
	"fmt"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/sense/signal"
)

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
		state, err := e.personFromLog(ctx, tx, en, positions[en.part])
		if err != nil {
			return fmt.Errorf("renew state of %s: %w", en.resident, err)
		}
		en.state, en.changed = state, true
	}
	return nil
}

// fromLog folds what a partition knows of a resident up to a place in it.
func (e *Engine) fromLog(ctx context.Context, tx *db.Tx, id hearth.ResidentID, part int, upto int64) (*signal.State, error) {
	all, err := e.Log.All(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	return e.foldLife(ctx, tx, id, all, life(all, part, upto))
}
