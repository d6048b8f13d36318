package playbook

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

// Draft is a text of a playbook that is being changed and does nothing yet.
type Draft struct {
	ID    hearth.PlaybookID
	Text  string
	Rev   int // rises with every change; the first is 1
	Saved time.Time
	By    hearth.Actor
}

const (
	putDraftSQL = `INSERT INTO playbook_drafts (org, id, body, saved, saved_by, rev) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (org, id) DO UPDATE SET body = excluded.body, saved = excluded.saved, saved_by = excluded.saved_by, rev = excluded.rev`
	getDraftSQL  = `SELECT body, rev, saved, saved_by FROM playbook_drafts WHERE org = $1 AND id = $2`
	dropDraftSQL = `DELETE FROM playbook_drafts WHERE org = $1 AND id = $2`
	allDraftsSQL = `SELECT id, saved FROM playbook_drafts WHERE org = $1`
)

// PutDraft keeps a text, whole or not: what is half written may be kept. It fails with CodeTooLarge for more than a playbook
// may have, and with CodeInvalid for an id that no playbook can have.
func PutDraft(ctx context.Context, tx *db.Tx, actor hearth.Actor, id hearth.PlaybookID, text string) error {
	_, ok, err := DraftOf(ctx, tx, id)
	if err == nil {
		_, err = keepDraft(ctx, tx, actor, id, text, "the text", !ok)
	}
	return err
}

// DraftOf gives the draft of a playbook; false: there is none.
func DraftOf(ctx context.Context, tx *db.Tx, id hearth.PlaybookID) (Draft, bool, error) {
	d := Draft{ID: id}
	var saved int64
	var by string
	err := tx.Row(ctx, getDraftSQL, tx.Org(), string(id)).Scan(&d.Text, &d.Rev, &saved, &by)
	if errors.Is(err, db.ErrNotFound) {
		return Draft{}, false, nil
	}
	if err != nil {
		return Draft{}, false, fmt.Errorf("read the draft of %s: %w", id, err)
	}
	d.Saved, d.By = hearth.FromMillis(saved), hearth.ParseActor(by)
	return d, true, nil
}

// Drafts tells which playbooks have a draft, and since when.
func Drafts(ctx context.Context, tx *db.Tx) (map[hearth.PlaybookID]time.Time, error) {
	rows, err := tx.Query(ctx, allDraftsSQL, tx.Org())
	if err != nil {
		return nil, fmt.Errorf("list drafts of playbooks: %w", err)
	}
	defer rows.Close()
	out := map[hearth.PlaybookID]time.Time{}
	for rows.Next() {
		var id string
		var saved int64
		if err := rows.Scan(&id, &saved); err != nil {
			return nil, fmt.Errorf("list drafts of playbooks: %w", err)
		}
		out[hearth.PlaybookID(id)] = hearth.FromMillis(saved)
	}
	return out, rows.Err()
}

// DropDraft throws a draft away; none is a no-op.
func DropDraft(ctx context.Context, tx *db.Tx, id hearth.PlaybookID) error {
	if _, err := tx.Exec(ctx, dropDraftSQL, tx.Org(), string(id)); err != nil {
		return fmt.Errorf("drop the draft of %s: %w", id, err)
	}
	return nil
}

// DropDraftOf throws a draft away if it still has a text.
func DropDraftOf(ctx context.Context, tx *db.Tx, id hearth.PlaybookID, text string) error {
	d, ok, err := DraftOf(ctx, tx, id)
	if err != nil || !ok || d.Text != text {
		return err
	}
	return DropDraft(ctx, tx, id)
}

const signSQL = `UPDATE playbooks SET activated_by = $1 WHERE org = $2 AND id = $3 AND version = $4 AND activated_by = ''`

// Sign keeps who switched a version on; the first one stays.
func Sign(ctx context.Context, tx *db.Tx, actor hearth.Actor, id hearth.PlaybookID, version int) error {
	if _, err := tx.Exec(ctx, signSQL, actor.String(), tx.Org(), string(id), version); err != nil {
		return fmt.Errorf("keep who switched %s on: %w", id, err)
	}
	return nil
}
