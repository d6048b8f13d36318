package task

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
)

// Store keeps tasks. It is safe for concurrent use.
type Store struct {
	log     *eventlog.Log
	records *record.Store
}

// New makes a store that appends to l and asks records about the team.
func New(l *eventlog.Log, records *record.Store) *Store { return &Store{log: l, records: records} }

// Insert stores new tasks and their due rows. A task whose id is there already is left alone, so an engine may repeat
// itself. It fails with CodeInvalid for a task without id, property, role or title.
func (s *Store) Insert(ctx context.Context, tx *db.Tx, all []Task) error {
	if len(all) == 0 {
		return nil
	}
	there, err := existing(ctx, tx, all)
	if err != nil {
		return err
	}
	var rows [][]any
	var due []work.Due
	for _, t := range all {
		if there[t.ID] {
			continue
		}
		there[t.ID] = true
		if err := t.fill(tx.Now()); err != nil {
			return err
		}
		row, err := t.row(tx.Org())
		if err != nil {
			return fmt.Errorf("write task %s: %w", t.ID, err)
		}
		rows = append(rows, row)
		if !t.State.Closed() && !t.DueAt.IsZero() {
			due = append(due, t.due())
		}
	}
	if len(rows) == 0 {
		return nil
	}
	if err := tx.BulkLater(ctx, db.Bulk{Table: "tasks", Cols: columns(), OnConflict: "ON CONFLICT (org, id) DO NOTHING", Rows: rows}); err != nil {
		return fmt.Errorf("write tasks: %w", err)
	}
	if err := work.Put(ctx, tx, due); err != nil {
		return fmt.Errorf("write due times of tasks: %w", err)
	}
	return nil
}

// fill checks a new task and sets what is left open.
func (t *Task) fill(now time.Time) error {
	switch {
	case t.ID == "" || t.Property == "":
		return hearth.FieldErrorf("task", "A task needs an id and a property.")
	case t.Title == "":
		return hearth.FieldErrorf("title", "A task needs a title that says what to do.")
	case !t.Role.Valid():
		return hearth.FieldErrorf("role", "%q is not a role; a task needs one, so that its queue has readers.", t.Role)
	}
	for _, a := range t.Asks {
		if err := a.check(); err != nil {
			return err
		}
	}
	t.Part = eventlog.PartOf(t.Property)
	if t.State == "" {
		t.State = Open
	}
	if t.Made.IsZero() {
		t.Made = now
	}
	if t.NotifyAt.IsZero() {
		t.NotifyAt = t.Made
	}
	return nil
}

func (t Task) due() work.Due {
	return work.Due{Lane: DueLane, Kind: DueKind, Key: string(t.ID), Part: t.Part, At: t.DueAt}
}

const selectExisting = `SELECT id FROM tasks WHERE org = $1 AND `

func existing(ctx context.Context, tx *db.Tx, all []Task) (map[hearth.TaskID]bool, error) {
	ids := make([]string, len(all))
	for i, t := range all {
		ids[i] = string(t.ID)
	}
	clause, arg := tx.In("id", 2, ids)
	rows, err := tx.Query(ctx, selectExisting+clause, tx.Org(), arg)
	if err != nil {
		return nil, fmt.Errorf("look up tasks: %w", err)
	}
	defer rows.Close()
	there := map[hearth.TaskID]bool{}
	for rows.Next() {
		var id hearth.TaskID
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("look up tasks: %w", err)
		}
		there[id] = true
	}
	return there, rows.Err()
}

const taskColumns = `id, part, property, resident, kind, title, why, context, checklist, asks, draft, role, owner, state,
  minutes, due_at, escalation, escalated, playbook, run, facts, made, closed, closed_by, notify_at,
  stands_in_for`

func columns() []db.Col {
	text, num := db.Text, db.Int
	return []db.Col{{Name: "org", Type: text}, {Name: "id", Type: text}, {Name: "part", Type: num}, {Name: "property", Type: text},
		{Name: "resident", Type: text}, {Name: "kind", Type: text}, {Name: "title", Type: text}, {Name: "why", Type: text},
		{Name: "context", Type: text}, {Name: "checklist", Type: text}, {Name: "asks", Type: text}, {Name: "draft", Type: text},
		{Name: "role", Type: text}, {Name: "owner", Type: text}, {Name: "state", Type: text}, {Name: "minutes", Type: num},
		{Name: "due_at", Type: num}, {Name: "escalation", Type: text}, {Name: "escalated", Type: num}, {Name: "playbook", Type: text},
		{Name: "run", Type: text}, {Name: "facts", Type: text}, {Name: "made", Type: num}, {Name: "closed", Type: num},
		{Name: "closed_by", Type: text}, {Name: "notify_at", Type: num}, {Name: "stands_in_for", Type: text}}
}

func (t Task) row(org string) ([]any, error) {
	docs := make([]string, 0, 5)
	for _, v := range []any{t.Context, t.Checklist, t.Asks, t.Escalation, t.Facts} {
		b, err := json.Marshal(v)
		if err != nil {
			return nil, fmt.Errorf("encode: %w", err)
		}
		docs = append(docs, string(b))
	}
	return []any{org, string(t.ID), int64(t.Part), string(t.Property), string(t.Resident), t.Kind, t.Title, t.Why, docs[0], docs[1],
		docs[2], t.Draft, string(t.Role), string(t.Owner), string(t.State), int64(t.Minutes), hearth.Millis(t.DueAt), docs[3],
		int64(t.Escalated), string(t.Playbook), string(t.Run), docs[4], hearth.Millis(t.Made), hearth.Millis(t.Closed),
		t.ClosedBy.String(), hearth.Millis(t.NotifyAt), string(t.StandsInFor)}, nil
}

const selectTask = `SELECT ` + taskColumns + ` FROM tasks WHERE org = $1 AND id = $2`

// Get reads one task. It fails with CodeNotFound if there is none.
func (s *Store) Get(ctx context.Context, tx *db.Tx, id hearth.TaskID) (Task, error) {
	return get(ctx, tx, selectTask, id)
}

// lock reads a task for a change: two people who press at once come one after the other.
func lock(ctx context.Context, tx *db.Tx, id hearth.TaskID) (Task, error) {
	return get(ctx, tx, selectTask+db.ForUpdate(tx.Dialect()), id)
}

func get(ctx context.Context, tx *db.Tx, q string, id hearth.TaskID) (Task, error) {
	t, err := scan(tx.Row(ctx, q, tx.Org(), string(id)))
	if errors.Is(err, db.ErrNotFound) {
		return Task{}, hearth.Errorf(hearth.CodeNotFound, "There is no task %s.", id)
	}
	if err != nil {
		return Task{}, fmt.Errorf("read task %s: %w", id, err)
	}
	return t, nil
}

func scan(r interface{ Scan(dest ...any) error }) (Task, error) {
	var t Task
	var context, checklist, asks, escalation, facts, closedBy string
	var due, made, closed, notify int64
	err := r.Scan(&t.ID, &t.Part, &t.Property, &t.Resident, &t.Kind, &t.Title, &t.Why, &context, &checklist, &asks, &t.Draft,
		&t.Role, &t.Owner, &t.State, &t.Minutes, &due, &escalation, &t.Escalated, &t.Playbook, &t.Run, &facts, &made, &closed,
		&closedBy, &notify, &t.StandsInFor)
	if err != nil {
		return Task{}, err
	}
	t.DueAt, t.Made, t.Closed = hearth.FromMillis(due), hearth.FromMillis(made), hearth.FromMillis(closed)
	t.ClosedBy, t.NotifyAt = hearth.ParseActor(closedBy), hearth.FromMillis(notify)
	if t.NotifyAt.IsZero() { // made before there were such times
		t.NotifyAt = t.Made
	}
	for _, d := range []struct {
		doc  string
		into any
	}{{context, &t.Context}, {checklist, &t.Checklist}, {asks, &t.Asks}, {escalation, &t.Escalation}, {facts, &t.Facts}} {
		if err := json.Unmarshal([]byte(d.doc), d.into); err != nil {
			return Task{}, fmt.Errorf("decode: %w", err)
		}
	}
	return t, nil
}

const updateTask = `UPDATE tasks SET role = $1, owner = $2, state = $3, due_at = $4, escalated = $5, facts = $6, context = $7,
  closed = $8, closed_by = $9, notify_at = $10, stands_in_for = $11 WHERE org = $12 AND id = $13`

// update stores what changes in a task's life, and moves or drops its due row.
func update(ctx context.Context, tx *db.Tx, t Task) error {
	facts, err := json.Marshal(t.Facts)
	if err != nil {
		return fmt.Errorf("encode facts: %w", err)
	}
	known, err := json.Marshal(t.Context)
	if err != nil {
		return fmt.Errorf("encode context: %w", err)
	}
	if _, err := tx.Exec(ctx, updateTask, string(t.Role), string(t.Owner), string(t.State), hearth.Millis(t.DueAt),
		int64(t.Escalated), string(facts), string(known), hearth.Millis(t.Closed), t.ClosedBy.String(),
		hearth.Millis(t.NotifyAt), string(t.StandsInFor), tx.Org(), string(t.ID)); err != nil {
		return fmt.Errorf("write task: %w", err)
	}
	if t.State.Closed() {
		return work.Drop(ctx, tx, DueKind, []string{string(t.ID)})
	}
	return nil
}
