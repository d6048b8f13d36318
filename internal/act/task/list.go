package task

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"hearth"
	"hearth/internal/base/db"
)

// Filter narrows a list; empty fields do not.
type Filter struct {
	Property hearth.PropertyID
	Resident hearth.ResidentID
	Owner    hearth.StaffID
	Queue    bool // only those without an owner
	Role     hearth.Role
	Playbook hearth.PlaybookID
	// States defaults to open and taken: what is still to do.
	States []State
}

// maxPage bounds a page, whatever was asked for.
const maxPage = 200

// List gives tasks by due time from behind cursor on; next is the cursor of the page after, "" at the end.
func (s *Store) List(ctx context.Context, tx *db.Tx, f Filter, cursor string, limit int) (items []Task, next string, err error) {
	if limit <= 0 || limit > maxPage {
		limit = maxPage
	}
	q, args, err := f.query(tx, cursor, limit)
	if err != nil {
		return nil, "", err
	}
	if items, err = read(ctx, tx, q, args); err != nil {
		return nil, "", err
	}
	if len(items) > limit {
		items = items[:limit]
		last := items[limit-1]
		next = strconv.FormatInt(hearth.Millis(last.DueAt), 10) + "." + string(last.ID)
	}
	return items, next, nil
}

func (f Filter) query(tx *db.Tx, cursor string, limit int) (string, []any, error) {
	states := []string{string(Open), string(Taken)}
	if len(f.States) > 0 {
		states = states[:0]
		for _, st := range f.States {
			states = append(states, string(st))
		}
	}
	clause, arg := tx.In("state", 2, states)
	q, args := "SELECT "+taskColumns+" FROM tasks WHERE org = $1 AND "+clause, []any{tx.Org(), arg}
	and := func(column, value string) {
		if value != "" {
			args = append(args, value)
			q += fmt.Sprintf(" AND %s = $%d", column, len(args))
		}
	}
	and("property", string(f.Property))
	and("resident", string(f.Resident))
	and("owner", string(f.Owner))
	and("role", string(f.Role))
	and("playbook", string(f.Playbook))
	if f.Queue {
		q += " AND owner = ''"
	}
	if cursor != "" {
		head, id, ok := strings.Cut(cursor, ".")
		at, err := strconv.ParseInt(head, 10, 64)
		if !ok || err != nil {
			return "", nil, hearth.FieldErrorf("cursor", "This cursor is not one of ours; begin again without it.")
		}
		args = append(args, at, id)
		q += fmt.Sprintf(" AND (due_at, id) > ($%d, $%d)", len(args)-1, len(args))
	}
	args = append(args, int64(limit+1))
	return q + fmt.Sprintf(" ORDER BY due_at, id LIMIT $%d", len(args)), args, nil
}

func read(ctx context.Context, tx *db.Tx, q string, args []any) ([]Task, error) {
	rows, err := tx.Query(ctx, q, args...)
	if err != nil {
		return nil, fmt.Errorf("list tasks: %w", err)
	}
	defer rows.Close()
	var out []Task
	for rows.Next() {
		t, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("list tasks: %w", err)
		}
		out = append(out, t)
	}
	return out, rows.Err()
}

const selectLoad = `SELECT owner, SUM(minutes) FROM tasks WHERE org = $1 AND state IN ('open', 'taken', 'done')
  AND due_at >= $2 AND due_at < $3 AND owner <> '' GROUP BY owner`

// Load gives the minutes that members of the team have been given for a day, in all their properties; the day is the
// one of property's calendar.
func (s *Store) Load(ctx context.Context, tx *db.Tx, property hearth.PropertyID, day hearth.Day) (map[hearth.StaffID]int, error) {
	zone, err := s.records.Zone(ctx, tx, property)
	if err != nil {
		return nil, err
	}
	rows, err := tx.Query(ctx, selectLoad, tx.Org(), hearth.Millis(day.Start(zone)), hearth.Millis((day + 1).Start(zone)))
	if err != nil {
		return nil, fmt.Errorf("read load of %s: %w", day, err)
	}
	defer rows.Close()
	out := map[hearth.StaffID]int{}
	for rows.Next() {
		var id hearth.StaffID
		var minutes int64
		if err := rows.Scan(&id, &minutes); err != nil {
			return nil, fmt.Errorf("read load of %s: %w", day, err)
		}
		out[id] = int(minutes)
	}
	return out, rows.Err()
}
