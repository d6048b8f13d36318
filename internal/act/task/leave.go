package task

import (
	"context"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

// Lend hands a task of somebody on leave to another, for as long as they are away, and appends task.handed_over. With
// Staff the one it stands in for, it goes back to them. A closed task is left alone. The choice is decide's.
func (s *Store) Lend(ctx context.Context, tx *db.Tx, id hearth.TaskID, owner hearth.StaffID, to Handover) error {
	t, err := lock(ctx, tx, id)
	if err != nil {
		return fmt.Errorf("hand over task %s: %w", id, err)
	}
	if t.State.Closed() {
		return nil
	}
	from := t.Owner
	t.Owner, t.State, t.StandsInFor = to.Staff, Open, owner
	if to.Staff == owner {
		t.StandsInFor = ""
	}
	if !to.DueAt.IsZero() {
		t.DueAt = to.DueAt
	}
	t.reach(to.NotifyAt, tx.Now())
	t.note(to.Reason)
	if err := update(ctx, tx, t); err != nil {
		return fmt.Errorf("hand over task %s: %w", id, err)
	}
	if err := s.Watch(ctx, tx, t, to.Next); err != nil {
		return err
	}
	return s.tell(ctx, tx, hearth.System("decide/assign"), t, "task.handed_over",
		map[string]any{"task": string(t.ID), "to": string(to.Staff), "from": string(from), "reason": to.Reason},
		fmt.Sprintf("lent/%s/%d", to.Staff, hearth.Millis(tx.Now())))
}

// reach sets from when the task may reach its new owner.
func (t *Task) reach(at, now time.Time) {
	t.NotifyAt = now
	if at.After(now) {
		t.NotifyAt = at
	}
}
