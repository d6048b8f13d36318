package web

import (
	"context"
	"net/url"
	"slices"

	"hearth"
	"hearth/internal/base/db"
)

// settlePromise notes that a promise was kept, or not in time; how=open takes that back.
func (q *request) settlePromise() (outcome, error) {
	id, how := q.field("promise"), q.field("how")
	said, known := map[string]string{"kept": "Noted: it was kept.", "missed": "Noted: it was not kept. They should hear a new date from a person.",
		"open": "Taken back: the promise is open again."}[how]
	_, path, err := q.onResident(func(ctx context.Context, tx *db.Tx, r *resident) error {
		if !known {
			return hearth.FieldErrorf("how", "Say whether it was kept or not.")
		}
		made, err := q.promisesMade(ctx, tx, r)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(made, func(p promiseRow) bool { return p.ID == id })
		switch {
		case i < 0:
			return hearth.Errorf(hearth.CodeNotFound, "There is no such promise.")
		case made[i].Settled != (how == "open"):
			return hearth.Errorf(hearth.CodeConflict, "Somebody said before you how this promise stands. It is on the timeline.")
		case how == "open":
			return q.web.Tasks.Restate(ctx, tx, q.actor, r.ID, id, made[i].At, made[i].Words)
		}
		return q.web.Tasks.Settle(ctx, tx, q.actor, r.ID, id, how == "kept")
	})
	done := outcome{said: said, next: q.back(path)}
	if how != "open" {
		done.undo = path + "/promise?" + url.Values{"promise": {id}, "how": {"open"}}.Encode()
	}
	return done, err
}
