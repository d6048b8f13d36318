package web

import (
	"context"
	"net/url"
	"slices"

	"hearth"
	"hearth/internal/base/db"
)

// settlePromise notes that a promise was kept, or not in time; how=open takes it back.
func (q *request) settlePromise() (outcome, error) {
	id, how := q.field("promise"), q.field("how")
	back := url.Values{"promise": {id}, "how": {"open"}}
	_, path, err := q.onResident(func(ctx context.Context, tx *db.Tx, r *resident) error {
		if how == "open" {
			return q.web.Tasks.Restate(ctx, tx, q.actor, r.ID, id, q.field("due"), q.field("text"))
		}
		if how != "kept" && how != "missed" {
			return hearth.FieldErrorf("how", "Say whether it was kept or not.")
		}
		open, err := q.promisesOf(ctx, tx, r)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(open, func(p promiseRow) bool { return p.ID == id })
		if i < 0 {
			return hearth.Errorf(hearth.CodeConflict, "Somebody said before you how this promise ended. It stands on the timeline.")
		}
		back.Set("due", open[i].At)
		back.Set("text", open[i].Words)
		return q.web.Tasks.Settle(ctx, tx, q.actor, r.ID, id, how == "kept")
	})
	switch how {
	case "open":
		return outcome{said: "Taken back: the promise is open again.", next: path}, err
	case "kept":
		return outcome{said: "Noted: it was kept.", undo: path + "/promise?" + back.Encode(), next: q.back(path)}, err
	}
	return outcome{said: "Noted: it was not kept. They should hear a new date from a person.", undo: path + "/promise?" + back.Encode(), next: q.back(path)}, err
}
