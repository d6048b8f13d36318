package task

import (
	"context"
	"encoding/json"
	"fmt"

	"hearth"
	"hearth/internal/base/db"
)

// betweenDrafts stands between the drafts of one task.
const betweenDrafts = "\n\n———\n\n"

const draftSQL = `UPDATE tasks SET draft = $1, context = $2 WHERE org = $3 AND id = $4`

// AddDraft adds one more thing to say to a task that is not closed, and a remark about it; false: there is no such task,
// or it is closed.
func (s *Store) AddDraft(ctx context.Context, tx *db.Tx, id hearth.TaskID, draft, remark string) (bool, error) {
	t, err := lock(ctx, tx, id)
	if hearth.CodeOf(err) == hearth.CodeNotFound {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("add a draft to task %s: %w", id, err)
	}
	if t.State.Closed() {
		return false, nil
	}
	if t.Draft != "" && draft != "" {
		t.Draft += betweenDrafts
	}
	t.Draft += draft
	t.note(remark)
	known, err := json.Marshal(t.Context)
	if err != nil {
		return false, fmt.Errorf("add a draft to task %s: %w", id, err)
	}
	if _, err := tx.Exec(ctx, draftSQL, t.Draft, string(known), tx.Org(), string(id)); err != nil {
		return false, fmt.Errorf("add a draft to task %s: %w", id, err)
	}
	return true, nil
}
