package task

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

// Filter narrows a list; empty fields do not.
type Filter struct {
	Property hearth.PropertyID
	Resident hearth.ResidentID
	// Merged lists who is seen under Resident (fact/record), to be taken in as well.
	Merged   []hearth.ResidentID
	Owner    hearth.StaffID
	Queue    bool // only those without an owner
	Role     hearth.Role
	Kind     string // Task.Kind
	Playbook hearth.PlaybookID
	// StandsInFor lists those that somebody has while their owner is on leave.
	StandsInFor hearth.StaffID
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

func names(ids []hearth.ResidentID) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = string(id)
	}
	return out
}

func stateNames(states []State) []string {
	out := make([]string, len(states))
	for i, s := range states {
		out[i] = string(s)
	}
	return out
}

// stillOpen is written as the indexes of what is open have it: only so does SQLite know that they hold all that is asked for.
const stillOpen = ` AND state IN ('open', 'taken')`

func (f Filter) query(tx *db.Tx, cursor string, limit int) (string, []any, error) {
	q, args := "SELECT "+taskColumns+" FROM tasks WHERE org = $1", []any{tx.Org()}
	if len(f.States) == 0 {
		q += stillOpen
	} else {
		clause, arg := tx.In("state", 2, stateNames(f.States))
		q, args = q+" AND "+clause, append(args, arg)
	}
	and := func(column, value string) {
		if value != "" {
			args = append(args, value)
			q += fmt.Sprintf(" AND %s = $%d", column, len(args))
		}
	}
	and("property", string(f.Property))
	if len(f.Merged) == 0 {
		and("resident", string(f.Resident))
	} else {
		in, arg := tx.In("resident", len(args)+1, names(append(f.Merged, f.Resident)))
		q, args = q+" AND "+in, append(args, arg)
	}
	and("owner", string(f.Owner))
	and("role", string(f.Role))
	and("kind", f.Kind)
	and("playbook", string(f.Playbook))
	and("stands_in_for", string(f.StandsInFor))
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

const selectBrief = `SELECT id, kind, resident, role, owner, minutes, due_at FROM tasks WHERE org = $1` + stillOpen + ` ORDER BY due_at, id`

// Brief gives all that is still to do by due time, without texts, context and facts: a quarter of the time for
// somebody who wants to know who has what.
func (s *Store) Brief(ctx context.Context, tx *db.Tx) ([]Task, error) {
	rows, err := tx.Query(ctx, selectBrief, tx.Org())
	if err != nil {
		return nil, fmt.Errorf("list tasks: %w", err)
	}
	defer rows.Close()
	var out []Task
	for rows.Next() {
		var t Task
		var due int64
		if err := rows.Scan(&t.ID, &t.Kind, &t.Resident, &t.Role, &t.Owner, &t.Minutes, &due); err != nil {
			return nil, fmt.Errorf("list tasks: %w", err)
		}
		t.DueAt = hearth.FromMillis(due)
		out = append(out, t)
	}
	return out, rows.Err()
}

// Given is what somebody has been given for a quarter of an hour: the minutes of all tasks that are due in it.
type Given struct {
	Owner   hearth.StaffID
	At      time.Time // its beginning; the zones of the world differ by whole quarters
	Minutes int
}

// quarter is 15 minutes in milliseconds.
const quarter = 15 * 60 * 1000

const (
	selectGiven = `SELECT owner, due_at / 900000, SUM(minutes) FROM tasks WHERE org = $1 AND `
	givenWithin = ` AND due_at >= $3 AND due_at < $4 AND state IN ('open', 'taken', 'done') GROUP BY owner, due_at / 900000
  ORDER BY 1, 2`
)

// Given gives the minutes that members of the team have been given for a stretch of time, in all their properties; who
// and when has none is left out. What is done counts: the minutes are spent.
func (s *Store) Given(ctx context.Context, tx *db.Tx, owners []hearth.StaffID, from, to time.Time) ([]Given, error) {
	if len(owners) == 0 {
		return nil, nil
	}
	ids := make([]string, len(owners))
	for i, id := range owners {
		ids[i] = string(id)
	}
	in, arg := tx.In("owner", 2, ids)
	rows, err := tx.Query(ctx, selectGiven+in+givenWithin, tx.Org(), arg, hearth.Millis(from), hearth.Millis(to))
	if err != nil {
		return nil, fmt.Errorf("read what the team was given: %w", err)
	}
	defer rows.Close()
	var out []Given
	for rows.Next() {
		var g Given
		var at, minutes int64
		if err := rows.Scan(&g.Owner, &at, &minutes); err != nil {
			return nil, fmt.Errorf("read what the team was given: %w", err)
		}
		g.At, g.Minutes = hearth.FromMillis(at*quarter), int(minutes)
		out = append(out, g)
	}
	return out, rows.Err()
}

// Queued is Given for what lies in a property's queue, by role.
type Queued struct {
	Role    hearth.Role
	At      time.Time
	Minutes int
}

const selectQueued = `SELECT role, due_at / 900000, SUM(minutes) FROM tasks WHERE org = $1 AND property = $2
  AND state IN ('open', 'taken') AND owner = '' AND due_at >= $3 AND due_at < $4 GROUP BY role, due_at / 900000 ORDER BY 1, 2`

// Queued gives the minutes that nobody owns yet.
func (s *Store) Queued(ctx context.Context, tx *db.Tx, property hearth.PropertyID, from, to time.Time) ([]Queued, error) {
	rows, err := tx.Query(ctx, selectQueued, tx.Org(), string(property), hearth.Millis(from), hearth.Millis(to))
	if err != nil {
		return nil, fmt.Errorf("read the queue of %s: %w", property, err)
	}
	defer rows.Close()
	var out []Queued
	for rows.Next() {
		var q Queued
		var at, minutes int64
		if err := rows.Scan(&q.Role, &at, &minutes); err != nil {
			return nil, fmt.Errorf("read the queue of %s: %w", property, err)
		}
		q.At, q.Minutes = hearth.FromMillis(at*quarter), int(minutes)
		out = append(out, q)
	}
	return out, rows.Err()
}
