package workorder

import (
	"context"
	"fmt"
	"slices"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/record"
)

// AmendFor is for how long whoever asked for a repair may put right what they sent. A form of three taps has no page on which answers are
// checked before sending; it is checked after it, while nobody has gone on what was said yet.
const AmendFor = 15 * time.Minute

// Amendable tells whether whoever asked may still change what they asked for: for some minutes, and not once somebody is at it.
func (o Order) Amendable(now time.Time) bool {
	return now.Before(o.Opened.Add(AmendFor)) && o.State.unbegun()
}

// unbegun tells whether nobody has set out for the work yet.
func (s State) unbegun() bool {
	return slices.Contains([]State{Submitted, Triaged, Assigned, Scheduled, Waiting}, s)
}

// Amendment is what somebody puts right in what they sent.
type Amendment struct {
	Description string
	Category    string // "" for what the words suggest
	Photo       string // "added", "taken away", "exchanged"; "" as it was
	Entry       string // whether we may come in when nobody is home, where they said it; "" for nothing said
}

// Hold reads a work order and keeps others from changing it until the transaction is over, so that what is decided by what it says still holds.
func (s *Store) Hold(ctx context.Context, tx *db.Tx, id hearth.WorkOrderID) (Order, error) {
	return get(ctx, tx, selectOrder+db.ForUpdate(tx.Dialect()), id)
}

// Amend changes the words of a request as whoever sent it wants them, and appends workorder.amended with what they were before, so that nothing
// of it is lost. It fails with CodeConflict once it is not Amendable. A category or priority that the old words suggested follows the new ones;
// one that somebody set stays, but that the new words may make it more pressing.
func (s *Store) Amend(ctx context.Context, tx *db.Tx, n record.News, id hearth.WorkOrderID, a Amendment) (Order, error) {
	o, err := s.Hold(ctx, tx, id)
	if err != nil {
		return Order{}, err
	}
	before := o
	o.reword(a)
	data := map[string]any{"description": o.Description, "category": o.Category, "priority": o.Priority}
	if o.Description != before.Description {
		data["was"] = before.Description
	}
	for name, value := range map[string]string{"photo": a.Photo, "entry": a.Entry} {
		if value != "" {
			data[name] = value
		}
	}
	if n.EventID != "" {
		// Whether the event is known decides first: the form that is sent twice is no conflict, though the time is over by then.
		if again, err := s.known(ctx, tx, n); err != nil || again {
			return before, err
		}
	}
	if !before.Amendable(tx.Now()) {
		return Order{}, hearth.Errorf(hearth.CodeConflict, "This request can't be changed here any more.")
	}
	if o == before && a.Photo == "" && a.Entry == "" {
		return before, nil
	}
	if _, err := s.tell(ctx, tx, n, o, "workorder.amended", tx.Now(), data); err != nil {
		return Order{}, err
	}
	return o, write(ctx, tx, o, false)
}

// known tells whether the source's own event is in the log already.
func (s *Store) known(ctx context.Context, tx *db.Tx, n record.News) (bool, error) {
	source := n.Source
	if source == "" {
		source = "hearth/act/workorder"
	}
	return s.log.Known(ctx, tx, source, n.EventID)
}

// reword puts new words in place, with what follows from them.
func (o *Order) reword(a Amendment) {
	old, hint := Suggest(o.Description, o.Opened), Suggest(a.Description, o.Opened)
	o.Description = a.Description
	switch {
	case o.State != Submitted: // somebody has looked at it: the category is theirs
	case a.Category != "":
		o.Category = a.Category
	case o.Category == old.Category:
		o.Category = hint.Category
	}
	if o.State == Submitted && o.Priority == old.Priority || urgency(hint.Priority) > urgency(o.Priority) {
		o.Priority = hint.Priority
	}
}

// urgency orders priorities; what a source calls by a word of its own is between urgent and routine, as nobody knows better.
func urgency(priority string) int {
	switch priority {
	case Emergency:
		return 4
	case Urgent:
		return 3
	case Preventive, MakeReady:
		return 0
	case Routine:
		return 1
	}
	return 2
}

const deletePhoto = `DELETE FROM workorder_photos WHERE org = $1 AND id = $2`

// RemovePhoto takes a picture away from its work order. The caller removes it from the store of blobs once this is committed.
func (s *Store) RemovePhoto(ctx context.Context, tx *db.Tx, id string) error {
	if _, err := tx.Exec(ctx, deletePhoto, tx.Org(), id); err != nil {
		return fmt.Errorf("remove photo %s: %w", id, err)
	}
	return nil
}
