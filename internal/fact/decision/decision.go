// Package decision keeps what was decided and why: a row when a trigger came true, for every answer of the desk, and
// for each choice of an owner. It is written by decide and read by people.
//
// It decides nothing, and holds no row for a condition that was merely false: that is evaluated again when asked.
package decision

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

// Decision is one decision with its facts. ID is derived by the caller from what was decided, so that the same
// decision is stored once.
type Decision struct {
	ID       hearth.DecisionID
	Resident hearth.ResidentID
	Property hearth.PropertyID
	At       time.Time
	Stage    string // "trigger", "run", "desk", "assign", "care"
	Outcome  string // "started", "held back", "sent", "held", "merged", "dropped", "handed over", …
	Reason   string // a whole sentence for people
	Facts    map[string]any
	Playbook hearth.PlaybookID
	Version  int
	Run      hearth.RunID
	Object   string // the message or task that came of it
}

// Store keeps decisions.
type Store struct{}

// New makes a store.
func New() *Store { return &Store{} }

// Insert stores decisions; those that are there already stay as they are.
func (s *Store) Insert(ctx context.Context, tx *db.Tx, all []Decision) error {
	if len(all) == 0 {
		return nil
	}
	rows := make([][]any, len(all))
	for i, d := range all {
		facts, err := encodeFacts(d.Facts)
		if err != nil {
			return fmt.Errorf("decision %s: %w", d.ID, err)
		}
		if d.At.IsZero() {
			d.At = tx.Now()
		}
		rows[i] = []any{tx.Org(), string(d.ID), string(d.Resident), string(d.Property), hearth.Millis(d.At), d.Stage, d.Outcome,
			d.Reason, facts, string(d.Playbook), int64(d.Version), string(d.Run), d.Object}
	}
	err := tx.BulkLater(ctx, db.Bulk{Table: "decisions", Cols: columns(), OnConflict: "ON CONFLICT (org, id) DO NOTHING", Rows: rows})
	if err != nil {
		return fmt.Errorf("write decisions: %w", err)
	}
	return nil
}

func columns() []db.Col {
	return []db.Col{{Name: "org", Type: db.Text}, {Name: "id", Type: db.Text}, {Name: "resident", Type: db.Text},
		{Name: "property", Type: db.Text}, {Name: "at", Type: db.Int}, {Name: "stage", Type: db.Text},
		{Name: "outcome", Type: db.Text}, {Name: "reason", Type: db.Text}, {Name: "facts", Type: db.Text},
		{Name: "playbook", Type: db.Text}, {Name: "version", Type: db.Int}, {Name: "run", Type: db.Text},
		{Name: "object", Type: db.Text}}
}

// Filter narrows a list; empty fields do not.
type Filter struct {
	Resident hearth.ResidentID
	Merged   []hearth.ResidentID // who is seen under Resident (fact/record), to be taken in as well
	Playbook hearth.PlaybookID
	Stage    string
	Property hearth.PropertyID
	Until    time.Time // made until then; zero: all
}

const selectDecisions = `SELECT id, resident, property, at, stage, outcome, reason, facts, playbook, version, run, object
  FROM decisions WHERE org = $1`

// maxPage bounds a page, whatever was asked for.
const maxPage = 200

// List gives decisions, newest first, from behind cursor on; next is the cursor of the page after, "" at the end.
func (s *Store) List(ctx context.Context, tx *db.Tx, f Filter, cursor string, limit int) (items []Decision, next string, err error) {
	if limit <= 0 || limit > maxPage {
		limit = maxPage
	}
	q, args := selectDecisions, []any{tx.Org()}
	and := func(column, value string) {
		if value != "" {
			args = append(args, value)
			q += fmt.Sprintf(" AND %s = $%d", column, len(args))
		}
	}
	if len(f.Merged) == 0 {
		and("resident", string(f.Resident))
	} else {
		ids := []string{string(f.Resident)}
		for _, id := range f.Merged {
			ids = append(ids, string(id))
		}
		in, arg := tx.In("resident", len(args)+1, ids)
		q, args = q+" AND "+in, append(args, arg)
	}
	and("playbook", string(f.Playbook))
	and("stage", f.Stage)
	and("property", string(f.Property))
	if !f.Until.IsZero() {
		args = append(args, hearth.Millis(f.Until))
		q += fmt.Sprintf(" AND at <= $%d", len(args))
	}
	if cursor != "" {
		at, id, errCursor := parseCursor(cursor)
		if errCursor != nil {
			return nil, "", errCursor
		}
		args = append(args, at, id)
		q += fmt.Sprintf(" AND (at, id) < ($%d, $%d)", len(args)-1, len(args))
	}
	args = append(args, int64(limit+1))
	q += fmt.Sprintf(" ORDER BY at DESC, id DESC LIMIT $%d", len(args))
	if items, err = read(ctx, tx, q, args); err != nil {
		return nil, "", err
	}
	if len(items) > limit {
		items = items[:limit]
		last := items[limit-1]
		next = strconv.FormatInt(hearth.Millis(last.At), 10) + "." + string(last.ID)
	}
	return items, next, nil
}

func parseCursor(cursor string) (at int64, id string, err error) {
	head, id, ok := strings.Cut(cursor, ".")
	at, errAt := strconv.ParseInt(head, 10, 64)
	if !ok || errAt != nil {
		return 0, "", hearth.FieldErrorf("cursor", "This cursor is not one of ours; begin again without it.")
	}
	return at, id, nil
}

func read(ctx context.Context, tx *db.Tx, q string, args []any) ([]Decision, error) {
	rows, err := tx.Query(ctx, q, args...)
	if err != nil {
		return nil, fmt.Errorf("list decisions: %w", err)
	}
	defer rows.Close()
	var out []Decision
	for rows.Next() {
		d, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("list decisions: %w", err)
		}
		out = append(out, d)
	}
	return out, rows.Err()
}

func scan(rows *db.Rows) (Decision, error) {
	var d Decision
	var at, version int64
	var facts string
	if err := rows.Scan(&d.ID, &d.Resident, &d.Property, &at, &d.Stage, &d.Outcome, &d.Reason, &facts, &d.Playbook, &version,
		&d.Run, &d.Object); err != nil {
		return d, err
	}
	d.At, d.Version = hearth.FromMillis(at), int(version)
	if err := json.Unmarshal([]byte(facts), &d.Facts); err != nil {
		return d, fmt.Errorf("decode facts of %s: %w", d.ID, err)
	}
	return d, nil
}
