package task

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"hearth"
	"hearth/internal/base/db"
)

// betweenDrafts stands between the drafts of one task.
const betweenDrafts = "\n\n———\n\n"

// AddDraft adds one more thing to say to a task that is not closed, and a remark about it; false: there is no such task,
// or it is closed.
func (s *Store) AddDraft(ctx context.Context, tx *db.Tx, id hearth.TaskID, draft, remark string) (bool, error) {
	return amend(ctx, tx, id, func(t *Task) {
		if t.Draft != "" && draft != "" {
			t.Draft += betweenDrafts
		}
		t.Draft += draft
		t.note(remark)
	})
}

// AddFact adds one more thing that whoever does a task should know, if it has fewer than most, else a remark; false: there
// is no such task, or it is closed.
func (s *Store) AddFact(ctx context.Context, tx *db.Tx, id hearth.TaskID, f Fact, most int, remark string) (bool, error) {
	return amend(ctx, tx, id, func(t *Task) {
		switch {
		case len(t.Context.Facts) < most:
			t.Context.Facts = append(t.Context.Facts, f)
		case !slices.Contains(t.Context.Notes, remark):
			t.note(remark)
		}
	})
}

const amendSQL = `UPDATE tasks SET draft = $1, context = $2 WHERE org = $3 AND id = $4`

// amend changes what a task that is not closed says.
func amend(ctx context.Context, tx *db.Tx, id hearth.TaskID, change func(t *Task)) (bool, error) {
	t, err := lock(ctx, tx, id)
	if hearth.CodeOf(err) == hearth.CodeNotFound {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("add to task %s: %w", id, err)
	}
	if t.State.Closed() {
		return false, nil
	}
	change(&t)
	known, err := json.Marshal(t.Context)
	if err != nil {
		return false, fmt.Errorf("add to task %s: %w", id, err)
	}
	if _, err := tx.Exec(ctx, amendSQL, t.Draft, string(known), tx.Org(), string(id)); err != nil {
		return false, fmt.Errorf("add to task %s: %w", id, err)
	}
	return true, nil
}
