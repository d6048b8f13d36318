package trial

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"hearth"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/decide/trigger"
)

// The engine of a copy asks people again what it asked them then. Which task is which is told by playbook, resident, title
// and about when it was made: names of tasks hang on the moment of a decision, and that is some thousandths of a second
// later in a program that waits for its disk than in one that is played.

// asking is what a task is recognised by, but for its time.
type asking struct {
	playbook hearth.PlaybookID
	resident hearth.ResidentID
	title    string
}

// apart is how far from each other the same task may have been made.
const apart = 36 * time.Hour

// asked is what the engine asked of people in the days that are played.
type asked struct {
	by   map[asking][]time.Time // when it was made, in order
	is   map[hearth.TaskID]asking
	made map[hearth.TaskID]time.Time
}

func newAsked() *asked {
	return &asked{map[asking][]time.Time{}, map[hearth.TaskID]asking{}, map[hearth.TaskID]time.Time{}}
}

// then tells whether people were asked the same then, about when the copy asked it.
func (a *asked) then(t task.Task) bool {
	for _, made := range a.by[asking{t.Playbook, t.Resident, t.Title}] {
		if made.Sub(t.Made).Abs() <= apart {
			return true
		}
	}
	return false
}

const askedThenSQL = `SELECT id, state, kind, playbook, resident, title, made, closed FROM tasks
WHERE org = $1 AND property = $2 AND (made >= $3 OR closed >= $3) ORDER BY made, id`

// readAsked reads what the engine asked then, and when that ended which it does not ask again.
func (p *past) readAsked(ctx context.Context, tx *db.Tx, property hearth.PropertyID, begin int64) error {
	rows, err := tx.Query(ctx, askedThenSQL, tx.Org(), string(property), begin)
	if err != nil {
		return fmt.Errorf("read what people were asked: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var t task.Task
		var closed int64
		if err := rows.Scan(&t.ID, &t.State, &t.Kind, &t.Playbook, &t.Resident, &t.Title, &t.Made, &closed); err != nil {
			return fmt.Errorf("read what people were asked: %w", err)
		}
		if hearth.Millis(t.Made) >= begin && trigger.MadeHere(t.Kind) {
			key := asking{t.Playbook, t.Resident, t.Title}
			p.asked.by[key] = append(p.asked.by[key], t.Made)
			p.asked.is[t.ID], p.asked.made[t.ID] = key, t.Made
			continue
		}
		if t.State == task.Cancelled || t.State == task.Declined {
			p.ends = append(p.ends, ending{closed, t.ID})
		}
	}
	slices.SortStableFunc(p.ends, func(a, b ending) int { return cmp.Compare(a.at, b.at) })
	return rows.Err()
}

const sameTaskSQL = `SELECT id, made FROM tasks WHERE org = $1 AND resident = $2 AND playbook = $3 AND title = $4 AND state IN ('open','taken')
ORDER BY made, id`

// sameTask gives the open task of the copy that stands for one of then; false: there is none.
func (r *replay) sameTask(ctx context.Context, then hearth.TaskID) (t task.Task, ok bool, err error) {
	if t, ok, err = r.openTask(ctx, then); ok || err != nil {
		return t, ok, err
	}
	key, known := r.past.asked.is[then]
	if !known {
		return t, false, nil
	}
	id, nearest := hearth.TaskID(""), apart+1
	err = r.read(ctx, func(tx *db.Tx) error {
		id, nearest = "", apart+1
		rows, err := tx.Query(ctx, sameTaskSQL, tx.Org(), string(key.resident), string(key.playbook), key.title)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var have hearth.TaskID
			var made time.Time
			if err := rows.Scan(&have, &made); err != nil {
				return err
			}
			if d := made.Sub(r.past.asked.made[then]).Abs(); d < nearest {
				id, nearest = have, d
			}
		}
		return rows.Err()
	})
	if err != nil || id == "" {
		return t, false, err
	}
	return r.openTask(ctx, id)
}
