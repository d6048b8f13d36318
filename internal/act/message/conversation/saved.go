package conversation

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

// Saved is a reply that the team uses again and again.
type Saved struct {
	ID       string
	Property hearth.PropertyID // "" for all
	Title    string
	Body     string
	Made     time.Time
	Actor    hearth.Actor
	Gone     bool // taken away
}

const (
	insertSavedSQL = `INSERT INTO saved_replies (org, id, property, title, body, made, actor, earlier_of) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`
	savedCols      = `SELECT id, property, title, body, made, actor, gone FROM saved_replies WHERE org = $1 AND `
	savedSQL       = savedCols + `earlier_of = '' AND gone = 0 AND (property = '' OR property = $2 OR $3 = '') ORDER BY title, id`
	oneSavedSQL    = savedCols + `id = $2 AND earlier_of = $3`
	changeSavedSQL = `UPDATE saved_replies SET title = $1, body = $2, made = $3, actor = $4, gone = 0 WHERE org = $5 AND id = $6`
	dropSavedSQL   = `UPDATE saved_replies SET gone = $1 WHERE org = $2 AND id = $3`
)

// checked gives a reply without what stands around its words, if it can be saved.
func (r Saved) checked() (Saved, error) {
	r.Title, r.Body = strings.TrimSpace(r.Title), strings.TrimSpace(r.Body)
	switch {
	case r.Title == "" || len(r.Title) > 200:
		return r, hearth.FieldErrorf("title", "A saved reply needs a title of at most 200 characters.")
	case r.Body == "" || len(r.Body) > maxNote:
		return r, hearth.FieldErrorf("body", "A saved reply needs words, and at most %d KB of them.", maxNote>>10)
	}
	return r, nil
}

// Save keeps a reply for later.
func (s *Store) Save(ctx context.Context, tx *db.Tx, actor hearth.Actor, r Saved) (Saved, error) {
	r, err := r.checked()
	if err != nil {
		return r, err
	}
	r.Made, r.Actor = tx.Now(), actor
	return s.insertSaved(ctx, tx, r, "")
}

func (s *Store) insertSaved(ctx context.Context, tx *db.Tx, r Saved, earlierOf string) (Saved, error) {
	var err error
	if r.ID, err = s.newID(tx, "rpl_"); err == nil {
		_, err = tx.Exec(ctx, insertSavedSQL, tx.Org(), r.ID, r.Property, r.Title, r.Body, r.Made, r.Actor.String(), earlierOf)
	}
	if err != nil {
		return r, fmt.Errorf("save a reply: %w", err)
	}
	return r, nil
}

// SavedReplies gives the saved replies of a property and of all, by title; "" gives those of every property.
func (s *Store) SavedReplies(ctx context.Context, tx *db.Tx, p hearth.PropertyID) ([]Saved, error) {
	rows, err := tx.Query(ctx, savedSQL, tx.Org(), p, p)
	if err != nil {
		return nil, fmt.Errorf("read saved replies: %w", err)
	}
	defer rows.Close()
	var out []Saved
	for rows.Next() {
		r, err := scanSaved(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

func scanSaved(row interface{ Scan(dest ...any) error }) (r Saved, err error) {
	var by string
	var gone int64
	err = row.Scan(&r.ID, &r.Property, &r.Title, &r.Body, &r.Made, &by, &gone)
	r.Actor, r.Gone = hearth.ParseActor(by), gone != 0
	return r, err
}

// SavedReply gives one, also one that was taken away.
func (s *Store) SavedReply(ctx context.Context, tx *db.Tx, id string) (Saved, error) {
	return savedOf(ctx, tx, id, "")
}

func savedOf(ctx context.Context, tx *db.Tx, id, earlierOf string) (Saved, error) {
	r, err := scanSaved(tx.Row(ctx, oneSavedSQL, tx.Org(), id, earlierOf))
	if errors.Is(err, db.ErrNotFound) {
		return r, hearth.Errorf(hearth.CodeNotFound, "There is no saved reply %q.", id)
	}
	if err != nil {
		return r, fmt.Errorf("read saved reply %s: %w", id, err)
	}
	return r, nil
}

// Amend gives a saved reply other words. What it said before is kept under the id that is given too, for Bring.
func (s *Store) Amend(ctx context.Context, tx *db.Tx, actor hearth.Actor, id, title, body string) (now Saved, before string, err error) {
	was, err := s.SavedReply(ctx, tx, id)
	if err == nil && was.Gone {
		err = hearth.Errorf(hearth.CodeConflict, "Somebody has deleted this saved reply meanwhile.")
	}
	if err != nil {
		return was, "", err
	}
	now = was
	now.Title, now.Body, now.Made, now.Actor = title, body, tx.Now(), actor
	if now, err = now.checked(); err != nil {
		return now, "", err
	}
	kept, err := s.insertSaved(ctx, tx, was, id)
	if err != nil {
		return now, "", err
	}
	return now, kept.ID, writeSaved(ctx, tx, now)
}

func writeSaved(ctx context.Context, tx *db.Tx, r Saved) error {
	if _, err := tx.Exec(ctx, changeSavedSQL, r.Title, r.Body, r.Made, r.Actor.String(), tx.Org(), r.ID); err != nil {
		return fmt.Errorf("write saved reply %s: %w", r.ID, err)
	}
	return nil
}

// Remove takes a saved reply away. Bring gives it back.
func (s *Store) Remove(ctx context.Context, tx *db.Tx, id string) (Saved, error) {
	r, err := s.SavedReply(ctx, tx, id)
	if err != nil {
		return r, err
	}
	if _, err := tx.Exec(ctx, dropSavedSQL, tx.Now(), tx.Org(), id); err != nil {
		return r, fmt.Errorf("take saved reply %s away: %w", id, err)
	}
	r.Gone = true
	return r, nil
}

// Bring undoes: it gives a saved reply back that was taken away, with the words that it had before a change of the actor's if those are named. It fails
// with CodeConflict if somebody else has changed the words since, or the actor once more: they stay then, and both wordings are told. A program that does not say whose change it was gives no actor.
func (s *Store) Bring(ctx context.Context, tx *db.Tx, actor hearth.Actor, id, before string) (Saved, error) {
	r, err := s.SavedReply(ctx, tx, id)
	if err != nil {
		return r, err
	}
	if before != "" {
		was, err := savedOf(ctx, tx, before, id)
		if err != nil {
			return r, err
		}
		if err := s.sinceThen(ctx, tx, actor, r, was); err != nil {
			return r, err
		}
		r.Title, r.Body, r.Made, r.Actor = was.Title, was.Body, was.Made, was.Actor
	}
	r.Gone = false
	return r, writeSaved(ctx, tx, r)
}

const laterSavedSQL = `SELECT COUNT(*) FROM saved_replies WHERE org = $1 AND earlier_of = $2 AND made > $3`

// sinceThen refuses to put back what a reply said before a change behind which there was another one.
func (s *Store) sinceThen(ctx context.Context, tx *db.Tx, actor hearth.Actor, now, was Saved) error {
	if now.Title == was.Title && now.Body == was.Body {
		return nil // undone before
	}
	var later int64
	if err := tx.Row(ctx, laterSavedSQL, tx.Org(), now.ID, was.Made).Scan(&later); err != nil {
		return fmt.Errorf("look for changes of saved reply %s: %w", now.ID, err)
	}
	if later == 0 && (actor.ID == "" || now.Actor.Kind == actor.Kind && now.Actor.ID == actor.ID) {
		return nil
	}
	return hearth.Errorf(hearth.CodeConflict, "This saved reply was changed once more since, and stays so: “%s”. Before your change it said: “%s”.", now.Body, was.Body)
}
