package bench

import (
	"context"
	"fmt"
	"strings"
	"time"

	"hearth/internal/base/db"
)

// bareGroup is how many events one commit of the bare store holds. The share that the program reaches depends on it.
const bareGroup = 256

// table is one table that deciding writes to, with what tells the rows of a run.
type table struct {
	name     string
	since    string // the column of the time at which a row was made
	order    string
	conflict string
}

func tables() []table {
	const states = `ON CONFLICT (org, resident, part) DO UPDATE SET property = excluded.property, body = excluded.body,
edges = excluded.edges`
	return []table{
		{"events", "recorded", "part, seq", ""},
		{"event_also", "time", "part, seq", ""},
		{"runs", "started", "started, id", ""},
		{"decisions", "at", "at, id", ""},
		{"messages", "made", "made, id", ""},
		{"tasks", "made", "made, id", ""},
		{"due", "due_at", "due_at, key", "ON CONFLICT (org, kind, key) DO NOTHING"},
		{"states", "", "resident", states},
	}
}

// written is the rows that a run of the program wrote.
type written struct {
	events int
	tables []writtenTable
}

type writtenTable struct {
	table
	cols []db.Col
	rows [][]any
}

// The columns of a table, if it has rows of organizations.
const (
	sqliteColumnsSQL = `SELECT c.name, c.type FROM pragma_table_info($1) c, pragma_table_info($1) org
WHERE org.name = 'org' ORDER BY c.cid`
	postgresColumnsSQL = `SELECT c.column_name, upper(c.data_type) FROM information_schema.columns c, information_schema.columns org
WHERE c.table_schema = current_schema() AND c.table_name = $1 AND org.table_schema = c.table_schema
  AND org.table_name = c.table_name AND org.column_name = 'org' ORDER BY c.ordinal_position`
)

// readWritten reads what the program wrote since a time.
func readWritten(ctx context.Context, d *db.DB, since time.Time, events int) (*written, error) {
	w := &written{events: events}
	err := d.Read(ctx, func(tx *db.Tx) error {
		for _, t := range tables() {
			wt, err := readTable(ctx, tx, t, since)
			if err != nil {
				return fmt.Errorf("read %s: %w", t.name, err)
			}
			w.tables = append(w.tables, wt)
		}
		return nil
	})
	return w, err
}

func readTable(ctx context.Context, tx *db.Tx, t table, since time.Time) (writtenTable, error) {
	out := writtenTable{table: t}
	var err error
	if out.cols, err = columns(ctx, tx, t.name); err != nil {
		return out, err
	}
	names := make([]string, len(out.cols))
	for i, c := range out.cols {
		names[i] = c.Name
	}
	q, args := "SELECT "+strings.Join(names, ", ")+" FROM "+t.name+" WHERE org = $1", []any{tx.Org()}
	if t.since != "" {
		q, args = q+" AND "+t.since+" >= $2", append(args, since)
	}
	rows, err := tx.Query(ctx, q+" ORDER BY "+t.order, args...)
	if err != nil {
		return out, err
	}
	defer rows.Close()
	for rows.Next() {
		row := newRow(out.cols)
		if err := rows.Scan(row...); err != nil {
			return out, err
		}
		out.rows = append(out.rows, values(row))
	}
	return out, rows.Err()
}

func columns(ctx context.Context, tx *db.Tx, name string) ([]db.Col, error) {
	q := sqliteColumnsSQL
	if tx.Dialect() == db.Postgres {
		q = postgresColumnsSQL
	}
	rows, err := tx.Query(ctx, q, name)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var cols []db.Col
	for rows.Next() {
		var col, kind string
		if err := rows.Scan(&col, &kind); err != nil {
			return nil, err
		}
		cols = append(cols, db.Col{Name: col, Type: typeOf(kind)})
	}
	return cols, rows.Err()
}

func typeOf(sql string) db.ColType {
	switch sql {
	case "BIGINT":
		return db.Int
	case "DOUBLE PRECISION":
		return db.Real
	case "BYTEA":
		return db.Bytes
	}
	return db.Text
}

// newRow makes destinations for the columns, and values takes what was read out of them.
func newRow(cols []db.Col) []any {
	row := make([]any, len(cols))
	for i, c := range cols {
		switch c.Type {
		case db.Int:
			row[i] = new(int64)
		case db.Real:
			row[i] = new(float64)
		case db.Bytes:
			row[i] = new([]byte)
		default:
			row[i] = new(string)
		}
	}
	return row
}

func values(row []any) []any {
	out := make([]any, len(row))
	for i, v := range row {
		switch x := v.(type) {
		case *int64:
			out[i] = *x
		case *float64:
			out[i] = *x
		case *[]byte:
			out[i] = *x
		case *string:
			out[i] = *x
		}
	}
	return out
}

// writeBare writes the rows again into another store, as fast as it takes them: commits of 256 events with their share
// of the rest, one after the other, and nothing else.
func (w *written) writeBare(ctx context.Context, d *db.DB) (time.Duration, error) {
	groups := (w.events + bareGroup - 1) / bareGroup
	began := time.Now()
	for g := range groups {
		err := d.Write(ctx, func(tx *db.Tx) error {
			for _, t := range w.tables {
				if err := t.write(ctx, tx, g, groups); err != nil {
					return fmt.Errorf("write %s: %w", t.name, err)
				}
			}
			_, err := tx.Exec(ctx, `UPDATE positions SET seq = $1 WHERE org = $2 AND follower = $3`, g, tx.Org(), "bare")
			return err
		})
		if err != nil {
			return 0, err
		}
	}
	return time.Since(began), nil
}

// write puts the g-th share of the table's rows into the transaction. Of the states, which stand only once in what was
// read, each group writes as many as it has events, since each event changed one.
func (t *writtenTable) write(ctx context.Context, tx *db.Tx, g, groups int) error {
	from, to := len(t.rows)*g/groups, len(t.rows)*(g+1)/groups
	if t.name == "states" {
		from, to = 0, 0
		if n := len(t.rows); n > 0 {
			from = g * bareGroup % n
			to = min(from+bareGroup, n)
		}
	}
	rows := make([][]any, 0, to-from)
	for _, r := range t.rows[from:to] {
		row := append([]any(nil), r...)
		row[0] = tx.Org() // org is the first column of every table
		rows = append(rows, row)
	}
	_, err := tx.Bulk(ctx, db.Bulk{Table: t.name, Cols: t.cols, OnConflict: t.conflict, Rows: rows})
	return err
}
