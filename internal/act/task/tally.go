package task

import (
	"context"
	"fmt"
	"slices"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

// Tally is what became of the tasks of one title.
type Tally struct {
	Given     int
	Done      int
	Cancelled int
	// Median is how long those that are done lay from being given to being done; 0 for none.
	Median time.Duration
}

// A task is due when it is given or later, so those given since a time are among those due since it.
const tallySQL = `SELECT title, state, made, closed FROM tasks
WHERE org = $1 AND state IN ('open','taken','done','declined','cancelled') AND due_at >= $2 AND made >= $2 AND playbook = $3 AND (property = $4 OR $4 = '')`

// Tallies gives what became of the tasks that a playbook gave since a time at a property, or everywhere with property "", by
// their title.
func (s *Store) Tallies(ctx context.Context, tx *db.Tx, id hearth.PlaybookID, property hearth.PropertyID, since time.Time) (map[string]Tally, error) {
	rows, err := tx.Query(ctx, tallySQL, tx.Org(), hearth.Millis(since), string(id), string(property))
	if err != nil {
		return nil, fmt.Errorf("count the tasks of %s: %w", id, err)
	}
	defer rows.Close()
	out := map[string]Tally{}
	took := map[string][]time.Duration{}
	for rows.Next() {
		var title, state string
		var made, closed int64
		if err := rows.Scan(&title, &state, &made, &closed); err != nil {
			return nil, fmt.Errorf("count the tasks of %s: %w", id, err)
		}
		t := out[title]
		t.Given++
		switch State(state) {
		case Done:
			t.Done++
			took[title] = append(took[title], time.Duration(closed-made)*time.Millisecond)
		case Cancelled:
			t.Cancelled++
		}
		out[title] = t
	}
	for title, list := range took {
		slices.Sort(list)
		t := out[title]
		t.Median = list[len(list)/2]
		out[title] = t
	}
	return out, rows.Err()
}
