package care

import (
	"context"
	"fmt"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
	"hearth/internal/fact/eventlog"
)

const spanSQL = situationsSQL + " AND set_at <= $2 AND (ended = 0 OR ended > $3) ORDER BY set_at, id"

// Between gives the situations that were in force at some time of a span, oldest first, without their reasons.
func (s *Store) Between(ctx context.Context, tx *db.Tx, from, to int64) ([]Situation, error) {
	return readSituations(ctx, tx, spanSQL, tx.Org(), to, from)
}

// Restore puts a situation that was set elsewhere into a copy, as it was when it was set: open, ending by its own date, and
// without its reason. It appends nothing: the event is in the log that is played.
func (s *Store) Restore(ctx context.Context, tx *db.Tx, x Situation, at hearth.PropertyID) error {
	if _, err := tx.Exec(ctx, insertSituation, tx.Org(), x.ID, string(x.Resident), string(x.Kind), x.SetBy.String(), string(x.SetRole),
		hearth.Millis(x.Set), hearth.Millis(x.Until)); err != nil {
		return fmt.Errorf("restore a situation: %w", err)
	}
	if !x.Until.IsZero() {
		end := work.Due{Lane: work.EngineLane, Kind: EndKind, Key: x.ID, Part: eventlog.PartOf(at), At: x.Until}
		if err := work.Put(ctx, tx, []work.Due{end}); err != nil {
			return fmt.Errorf("restore a situation: %w", err)
		}
	}
	return s.bump(ctx, tx)
}
