package trial

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"hearth"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
)

// told is what an event about a task or a situation says.
type told struct {
	Task      hearth.TaskID     `json:"task"`
	Facts     map[string]string `json:"facts"`
	Reason    string            `json:"reason"`
	Situation string            `json:"situation"`
}

func toldBy(ev *hearth.Event) told {
	var t told
	_ = json.Unmarshal(ev.Data, &t) // checked when it was appended; what cannot be read names nothing
	return t
}

// done has a task done as it was done then, by whom and with what was learned, if the copy has it. One that the copy never
// made was not done either.
func (r *replay) done(ctx context.Context, ev *hearth.Event) error {
	what := toldBy(ev)
	t, ok, err := r.sameTask(ctx, what.Task)
	if err != nil || !ok {
		return err
	}
	facts := map[string]string{}
	for _, a := range t.Asks {
		v, known := what.Facts[a.Fact]
		if known && strings.HasPrefix(a.Kind, "detail:") {
			v = "no" // the log keeps only that it was told; the record has it already
		}
		if known {
			facts[a.Fact] = v
		}
	}
	err = r.closeTask(ctx, ev.Actor, t.ID, facts)
	if refused(err) { // asks or owner are others now
		return r.closeAsked(ctx, t)
	}
	return err
}

// refused tells whether the store said no to what was asked of it, and wrote nothing.
func refused(err error) bool {
	switch hearth.CodeOf(err) {
	case hearth.CodeInvalid, hearth.CodeForbidden, hearth.CodeNotFound, hearth.CodeConflict:
		return true
	}
	return false
}

func (r *replay) closeTask(ctx context.Context, actor hearth.Actor, id hearth.TaskID, facts map[string]string) error {
	return r.DB.Write(ctx, func(tx *db.Tx) error { return r.Tasks.Done(ctx, tx, actor, id, facts) })
}

// closeAsked closes a task that nobody did in reality: everything asked is answered with as little as an answer can say,
// so that nothing follows from it but that the task is done.
func (r *replay) closeAsked(ctx context.Context, t task.Task) error {
	facts := map[string]string{}
	for _, a := range t.Asks {
		if !a.Optional {
			facts[a.Fact] = least(a, t.DueAt)
		}
	}
	err := r.closeTask(ctx, hearth.System("trial"), t.ID, facts)
	if !refused(err) {
		return err
	}
	return r.DB.Write(ctx, func(tx *db.Tx) error {
		return r.Tasks.Cancel(ctx, tx, hearth.System("trial"), t.ID, "Nobody can say here what was learned.")
	})
}

// least is the answer to a question that says least.
func least(a task.Ask, due time.Time) string {
	kind, arg, _ := strings.Cut(a.Kind, ":")
	switch kind {
	case "yes_no", "contact", "detail", "promise":
		return "no"
	case "number":
		return "0"
	case "date":
		return due.Format(time.DateOnly)
	case "choice":
		first, _, _ := strings.Cut(arg, "|")
		return first
	case "preference":
		if arg == "channel" {
			return "email"
		}
		return "none"
	}
	return "simulated"
}

func (r *replay) openTask(ctx context.Context, id hearth.TaskID) (t task.Task, ok bool, err error) {
	err = r.read(ctx, func(tx *db.Tx) error {
		t, err = r.Tasks.Get(ctx, tx, id)
		return err
	})
	if hearth.CodeOf(err) == hearth.CodeNotFound {
		return t, false, nil
	}
	return t, err == nil && !t.State.Closed(), err
}

// declined gives a task back as it was given back then.
func (r *replay) declined(ctx context.Context, ev *hearth.Event) error {
	what := toldBy(ev)
	t, ok, err := r.sameTask(ctx, what.Task)
	if err != nil || !ok {
		return err
	}
	err = r.DB.Write(ctx, func(tx *db.Tx) error {
		return r.Tasks.Decline(ctx, tx, ev.Actor, t.ID, what.Reason)
	})
	if refused(err) {
		return nil
	}
	return err
}

// careEnded ends a situation that a person ended then; one that ended by its date has ended by itself.
func (r *replay) careEnded(ctx context.Context, ev *hearth.Event) error {
	err := r.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := r.Care.End(ctx, tx, ev.Actor, toldBy(ev).Situation)
		return err
	})
	if hearth.CodeOf(err) == hearth.CodeNotFound {
		return nil
	}
	return err
}

const dueTasksSQL = `SELECT id FROM tasks WHERE org = $1 AND state IN ('open','taken') AND due_at <= $2 AND made >= $3 ORDER BY due_at, id`

// finish closes the tasks that are due now and that nobody was asked to do in reality, so that what waits for them goes
// on. What became of the others the log tells.
func (r *replay) finish(ctx context.Context, now time.Time) error {
	ids, err := r.dueTasks(ctx, now)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if r.left[id] {
			continue
		}
		t, ok, err := r.openTask(ctx, id)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		if r.past.asked.then(t) {
			r.left[id] = true
			continue
		}
		if !t.Made.Before(r.from) {
			r.assumed++
		}
		if err := r.closeAsked(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

func (r *replay) dueTasks(ctx context.Context, now time.Time) (ids []hearth.TaskID, err error) {
	err = r.read(ctx, func(tx *db.Tx) error {
		ids = nil
		rows, err := tx.Query(ctx, dueTasksSQL, tx.Org(), hearth.Millis(now), hearth.Millis(r.begin))
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id hearth.TaskID
			if err := rows.Scan(&id); err != nil {
				return err
			}
			ids = append(ids, id)
		}
		return rows.Err()
	})
	return ids, err
}
