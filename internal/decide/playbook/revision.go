package playbook

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

// A draft keeps its last revisions. Whoever changes it says which one they looked at: changes of others to other parts stand
// beside theirs, and a change to the same part is not taken before they have seen it.

// keptRevisions is how many revisions of a draft are kept.
const keptRevisions = 100

// Revision is what a draft was.
type Revision struct {
	Rev   int
	Text  string
	About string // what was changed, in words
	Saved time.Time
	By    hearth.Actor
}

const (
	topRevSQL  = `SELECT COALESCE(MAX(rev), 0) FROM playbook_draft_past WHERE org = $1 AND id = $2`
	addPastSQL = `INSERT INTO playbook_draft_past (org, id, rev, body, about, saved, saved_by) VALUES ($1, $2, $3, $4, $5, $6, $7)`
	cutPastSQL = `DELETE FROM playbook_draft_past WHERE org = $1 AND id = $2 AND rev <= $3`
	pastSQL    = `SELECT rev, body, about, saved, saved_by FROM playbook_draft_past WHERE org = $1 AND id = $2 AND rev >= $3 ORDER BY rev`
)

// keepDraft keeps a text as the next revision, and gives its number. The steps of a draft that is no more are let go of when a
// new one begins; numbers go on, so that no page takes one for the other.
func keepDraft(ctx context.Context, tx *db.Tx, actor hearth.Actor, id hearth.PlaybookID, text, about string, begins bool) (int, error) {
	if len(text) > maxSource {
		return 0, hearth.Errorf(hearth.CodeTooLarge, "A playbook may have at most %d kB.", maxSource>>10)
	}
	if !ValidID(id) {
		return 0, hearth.FieldErrorf("id", "A playbook needs an id of small letters, digits and hyphens, like renewal-window.")
	}
	now, rev := hearth.Millis(tx.Now()), 0
	if err := tx.Row(ctx, topRevSQL, tx.Org(), string(id)).Scan(&rev); err != nil {
		return 0, fmt.Errorf("count the revisions of %s: %w", id, err)
	}
	rev++
	if _, err := tx.Exec(ctx, putDraftSQL, tx.Org(), string(id), text, now, actor.String(), rev); err != nil {
		return 0, fmt.Errorf("keep a draft of %s: %w", id, err)
	}
	if _, err := tx.Exec(ctx, addPastSQL, tx.Org(), string(id), rev, text, about, now, actor.String()); err != nil {
		return 0, fmt.Errorf("keep a revision of %s: %w", id, err)
	}
	if err := keepWriter(ctx, tx, actor, id, begins); err != nil {
		return 0, err
	}
	cut := rev - keptRevisions
	if begins {
		cut = rev - 1
	}
	if _, err := tx.Exec(ctx, cutPastSQL, tx.Org(), string(id), cut); err != nil {
		return 0, fmt.Errorf("cut the revisions of %s: %w", id, err)
	}
	return rev, nil
}

// Whole tells whether the revisions of a draft go back to its beginning.
func Whole(past []Revision) bool { return len(past) > 0 && len(past) < keptRevisions }

// Revisions gives what a draft was from a revision on, the oldest first.
func Revisions(ctx context.Context, tx *db.Tx, id hearth.PlaybookID, from int) ([]Revision, error) {
	rows, err := tx.Query(ctx, pastSQL, tx.Org(), string(id), from)
	if err != nil {
		return nil, fmt.Errorf("read the revisions of %s: %w", id, err)
	}
	defer rows.Close()
	var out []Revision
	for rows.Next() {
		var r Revision
		var saved int64
		var by string
		if err := rows.Scan(&r.Rev, &r.Text, &r.About, &saved, &by); err != nil {
			return nil, fmt.Errorf("read the revisions of %s: %w", id, err)
		}
		r.Saved, r.By = hearth.FromMillis(saved), hearth.ParseActor(by)
		out = append(out, r)
	}
	return out, rows.Err()
}

// Change is a change of a draft that somebody wishes.
type Change struct {
	Base  int    // the revision that they looked at; 0: there was no draft
	Over  int    // a later revision that they saw and change all the same; 0: none
	Start string // what the draft begins with when there is none
	Part  string // the part that is changed: paths of a Sheet in what they looked at, with spaces between; "": the whole
	// About says in words what is changed in a text, and Apply changes it; both are told where the part stands there.
	About func(text, part string) string
	Apply func(text, part string) (string, error)
}

// DraftConflict says that somebody else changed the same part meanwhile. Nothing was changed.
type DraftConflict struct {
	Now  Draft
	By   hearth.Actor
	Part string // where the part stands now
}

// Error says so in a sentence.
func (c *DraftConflict) Error() string {
	return "somebody else changed the same part of the draft"
}

// ChangeDraft changes a draft. beside lists who changed other parts of it since the revision that was looked at. It fails with a
// *DraftConflict where somebody else changed the same part, and with CodeConflict where the part is there no more. A step that
// moved meanwhile is changed where it stands now.
func ChangeDraft(ctx context.Context, tx *db.Tx, actor hearth.Actor, id hearth.PlaybookID, c Change) (d Draft, beside []hearth.Actor, err error) {
	now, ok, err := DraftOf(ctx, tx, id)
	if err != nil {
		return d, nil, err
	}
	if !ok && c.Base > 0 && c.Part != "" {
		return d, nil, hearth.Errorf(hearth.CodeConflict, "The draft that you changed is no more: somebody switched it on or discarded it. Nothing was changed; look at the playbook again.")
	}
	if !ok {
		now = Draft{ID: id, Text: c.Start}
	}
	part := c.Part
	if ok && now.Rev != c.Base {
		if part, beside, err = meanwhile(ctx, tx, actor, now, c); err != nil {
			return d, nil, err
		}
	}
	text, err := c.Apply(now.Text, part)
	if err != nil {
		return d, nil, err
	}
	if ok && text == now.Text {
		return now, beside, nil
	}
	rev, err := keepDraft(ctx, tx, actor, id, text, c.About(now.Text, part), !ok)
	return Draft{ID: id, Text: text, Rev: rev, Saved: tx.Now(), By: actor}, beside, err
}

// meanwhile gives where the part stands since the base was looked at, and who else changed the draft since; a conflict if one of
// them changed the same part.
func meanwhile(ctx context.Context, tx *db.Tx, actor hearth.Actor, now Draft, c Change) (part string, who []hearth.Actor, err error) {
	past, err := Revisions(ctx, tx, now.ID, max(c.Base, 1))
	if err != nil {
		return "", nil, err
	}
	before, known := c.Start, c.Base == 0
	for _, r := range past {
		if r.Rev == c.Base {
			before, known = r.Text, true
		}
		if r.Rev > max(c.Base, c.Over) && r.By.String() != actor.String() && !hasActor(who, r.By) {
			who = append(who, r.By)
		}
	}
	if !known && placed(c.Part) {
		return "", nil, gone()
	}
	seen, was := before, c.Part
	part, ok := c.Part, true
	for at := lastOf(past, before); at < len(past) && ok; at++ { // step by step: each is one change
		if part, ok = followAll(before, past[at].Text, part); past[at].Rev <= c.Over {
			seen, was = past[at].Text, part
		}
		before = past[at].Text
	}
	switch {
	case !ok:
		return "", nil, gone()
	case len(who) > 0 && (!known || !samePart(seen, now.Text, was, part)):
		return "", nil, &DraftConflict{Now: now, By: who[len(who)-1], Part: part}
	}
	return part, who, nil
}

// lastOf gives the place behind the last revision with a text: what was undone in between is as if it had never been.
func lastOf(past []Revision, text string) int {
	for i := len(past) - 1; i >= 0; i-- {
		if past[i].Text == text {
			return i + 1
		}
	}
	return 0
}

func hasActor(list []hearth.Actor, a hearth.Actor) bool {
	for _, x := range list {
		if x.String() == a.String() {
			return true
		}
	}
	return false
}

// samePart tells whether a part is the same in two texts, where it stands in each.
func samePart(a, b, inA, inB string) bool {
	if a == b {
		return true
	}
	x, err := ReadSheet(a)
	if err != nil || inA == "" {
		return false
	}
	y, err := ReadSheet(b)
	if err != nil {
		return false
	}
	there := strings.Fields(inB)
	for i, p := range strings.Fields(inA) {
		if x.Part(p) != y.Part(there[i]) {
			return false
		}
	}
	return true
}

// WentBack is what a revision is about that brought an earlier one back.
const WentBack = "back to an earlier step"

// StoodAt gives the place of the revision whose text the one at n has, where that one went back: undo goes on from there, and not to what it undid.
// What it went back to may not be kept any more; then it is n.
func StoodAt(past []Revision, n int) int {
	for past[n].About == WentBack {
		at := -1
		for i := n - 1; i >= 0; i-- {
			if past[i].Text == past[n].Text {
				at = i
				break
			}
		}
		if at < 0 {
			return n
		}
		n = at
	}
	return n
}

// RestoreDraft brings a revision back, as the next one, if the draft still is as it was at the revision seen (0: there is
// none). It fails with CodeConflict if somebody changed it since, and with CodeNotFound if the revision is not kept.
func RestoreDraft(ctx context.Context, tx *db.Tx, actor hearth.Actor, id hearth.PlaybookID, to, seen int) error {
	now, ok, err := DraftOf(ctx, tx, id)
	if err != nil {
		return err
	}
	if ok != (seen > 0) || ok && now.Rev != seen {
		return hearth.Errorf(hearth.CodeConflict, "The draft was changed since, so this can't be taken back by one press. Nothing is lost: its history has every step.")
	}
	if to == 0 {
		return DropDraft(ctx, tx, id)
	}
	past, err := Revisions(ctx, tx, id, to)
	if err != nil {
		return err
	}
	if len(past) == 0 || past[0].Rev != to {
		return hearth.Errorf(hearth.CodeNotFound, "That step lies too far back and is not kept any more.")
	}
	_, err = keepDraft(ctx, tx, actor, id, past[0].Text, WentBack, false)
	return err
}

// AsDraftConflict gives the conflict in an error.
func AsDraftConflict(err error) (*DraftConflict, bool) {
	var c *DraftConflict
	ok := errors.As(err, &c)
	return c, ok
}
