package ingest

import (
	"context"
	"encoding/json"
	"fmt"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/edge/ingest/column"
	"hearth/internal/edge/ingest/line"
)

// stagedRow is one row of import_rows.
type stagedRow struct {
	n     int64
	file  string
	line  int
	state string
	key   string
	cells string // the line's body; of a row that was set aside, its cells by field
	what  string
	notes string
}

func rowCols() []db.Col {
	return []db.Col{{Name: "org"}, {Name: "import"}, {Name: "n", Type: db.Int}, {Name: "line", Type: db.Int}, {Name: "file"}, {Name: "state"}, {Name: "row_key"},
		{Name: "cells"}, {Name: "what"}, {Name: "reason"}}
}

func (r stagedRow) values(tx *db.Tx, id hearth.ImportID) []any {
	return []any{tx.Org(), string(id), r.n, int64(r.line), r.file, r.state, r.key, r.cells, r.what, r.notes}
}

func insertRows(ctx context.Context, tx *db.Tx, id hearth.ImportID, rows []stagedRow) error {
	b := db.Bulk{Table: "import_rows", Cols: rowCols(), OnConflict: "ON CONFLICT (org, import, n) DO NOTHING"}
	for _, r := range rows {
		b.Rows = append(b.Rows, r.values(tx, id))
	}
	if _, err := tx.Bulk(ctx, b); err != nil {
		return fmt.Errorf("stage %d rows: %w", len(rows), err)
	}
	return nil
}

const selectRows = `SELECT n, line, file, state, row_key, cells, what, reason FROM import_rows
  WHERE org = $1 AND import = $2 AND n >= $3 AND state = $4 ORDER BY n LIMIT $5`

const selectAllRows = `SELECT n, line, file, state, row_key, '', what, reason FROM import_rows WHERE org = $1 AND import = $2 ORDER BY n`

// readRows reads rows in a state from number n on.
func readRows(ctx context.Context, tx *db.Tx, id hearth.ImportID, n int64, state string, limit int) ([]stagedRow, error) {
	rows, err := tx.Query(ctx, selectRows, tx.Org(), string(id), n, state, int64(limit))
	return scanRows(rows, err)
}

func readAllRows(ctx context.Context, tx *db.Tx, id hearth.ImportID) ([]stagedRow, error) {
	rows, err := tx.Query(ctx, selectAllRows, tx.Org(), string(id))
	return scanRows(rows, err)
}

func scanRows(rows *db.Rows, err error) ([]stagedRow, error) {
	if err != nil {
		return nil, fmt.Errorf("read staged rows: %w", err)
	}
	defer rows.Close()
	var out []stagedRow
	for rows.Next() {
		var r stagedRow
		var l int64
		if err := rows.Scan(&r.n, &l, &r.file, &r.state, &r.key, &r.cells, &r.what, &r.notes); err != nil {
			return nil, fmt.Errorf("read staged rows: %w", err)
		}
		r.line = int(l)
		out = append(out, r)
	}
	return out, rows.Err()
}

// settleRows writes what became of rows, with one statement for many.
func settleRows(ctx context.Context, tx *db.Tx, id hearth.ImportID, rows []stagedRow) error {
	b := db.Bulk{Table: "import_rows", Cols: rowCols(), OnConflict: "ON CONFLICT (org, import, n) DO UPDATE SET state = excluded.state, reason = excluded.reason"}
	for _, r := range rows {
		b.Rows = append(b.Rows, r.values(tx, id))
	}
	if _, err := tx.Bulk(ctx, b); err != nil {
		return fmt.Errorf("settle %d rows: %w", len(rows), err)
	}
	return nil
}

const settleRow = `UPDATE import_rows SET state = $1, reason = $2 WHERE org = $3 AND import = $4 AND n = $5`

func writeRow(ctx context.Context, tx *db.Tx, id hearth.ImportID, n int64, state, reason string) error {
	if _, err := tx.Exec(ctx, settleRow, state, reason, tx.Org(), string(id), n); err != nil {
		return fmt.Errorf("settle row %d: %w", n, err)
	}
	return nil
}

const countRows = `SELECT state, COUNT(*) FROM import_rows WHERE org = $1 AND import = $2 GROUP BY state`

func rowCounts(ctx context.Context, tx *db.Tx, id hearth.ImportID) (map[string]int, error) {
	rows, err := tx.Query(ctx, countRows, tx.Org(), string(id))
	if err != nil {
		return nil, fmt.Errorf("count rows: %w", err)
	}
	defer rows.Close()
	out := map[string]int{}
	for rows.Next() {
		var state string
		var n int64
		if err := rows.Scan(&state, &n); err != nil {
			return nil, fmt.Errorf("count rows: %w", err)
		}
		out[state] = int(n)
	}
	return out, rows.Err()
}

const deleteRows = `DELETE FROM import_rows WHERE org = $1 AND import = $2`

// seen is what a source said about one of its rows before.
type seen struct {
	digest string
	id     string // what the row is about: a resident, a unit, a staff member
}

const selectSeen = `SELECT row_key, digest, id FROM import_seen WHERE org = $1 AND property = $2 AND source = $3 AND kind = $4 AND `

func readSeen(ctx context.Context, tx *db.Tx, imp importRow, keys []string) (map[string]seen, error) {
	out := map[string]seen{}
	if len(keys) == 0 || imp.property == "" {
		return out, nil
	}
	clause, arg := tx.In("row_key", 5, keys)
	rows, err := tx.Query(ctx, selectSeen+clause, tx.Org(), string(imp.property), imp.source, string(imp.kind), arg)
	if err != nil {
		return nil, fmt.Errorf("read what was seen: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var key string
		var s seen
		if err := rows.Scan(&key, &s.digest, &s.id); err != nil {
			return nil, fmt.Errorf("read what was seen: %w", err)
		}
		out[key] = s
	}
	return out, rows.Err()
}

func writeSeen(ctx context.Context, tx *db.Tx, imp importRow, all map[string]seen) error {
	b := db.Bulk{Table: "import_seen", Cols: []db.Col{{Name: "org"}, {Name: "property"}, {Name: "source"}, {Name: "kind"}, {Name: "row_key"}, {Name: "digest"}, {Name: "id"}, {Name: "import"}},
		OnConflict: "ON CONFLICT (org, property, source, kind, row_key) DO UPDATE SET digest = excluded.digest, id = excluded.id, import = excluded.import"}
	for key, s := range all {
		b.Rows = append(b.Rows, []any{tx.Org(), string(imp.property), imp.source, string(imp.kind), key, s.digest, s.id, string(imp.id)})
	}
	if _, err := tx.Bulk(ctx, b); err != nil {
		return fmt.Errorf("keep what was seen: %w", err)
	}
	return nil
}

// staged makes the row that a line is staged as.
func staged(n int64, l *line.Line, skip string) (stagedRow, string, error) {
	r := stagedRow{n: n, file: l.File, line: l.N, key: l.Key, what: l.What, state: rowStaged, notes: notes(l.Notes)}
	switch {
	case skip != "":
		r.state, r.notes, r.cells = rowSkipped, skip, "{}"
		return r, "", nil
	case l.Problem != "":
		return r, "", r.aside(l.Fields, l.Problem)
	}
	body, err := l.Body()
	if err != nil {
		return r, "", err
	}
	r.cells = string(body)
	digest, err := l.Digest()
	return r, digest, err
}

// aside turns the row into one that is set aside, with its cells for a later attempt.
func (r *stagedRow) aside(fields map[string]string, reason string) error {
	b, err := json.Marshal(fields)
	if err != nil {
		return fmt.Errorf("encode cells of line %d: %w", r.line, err)
	}
	r.state, r.notes, r.cells = rowQuarantined, reason, string(b)
	return nil
}

func notes(list []string) string {
	out := ""
	for i, n := range list {
		if i > 0 {
			out += "; "
		}
		out += n
	}
	return out
}

// unstage gives the line back from its row.
func unstage(r stagedRow) (*line.Line, error) {
	l := &line.Line{File: r.file, N: r.line, Key: r.key, What: r.what}
	if err := json.Unmarshal([]byte(r.cells), l); err != nil {
		return nil, fmt.Errorf("read staged row %d: %w", r.n, err)
	}
	return l, nil
}

// again reads a row that was set aside once more, from its cells.
func again(r stagedRow, o line.Options) (*line.Line, error) {
	raw := &line.Raw{File: r.file, N: r.line}
	if err := json.Unmarshal([]byte(r.cells), &raw.Fields); err != nil {
		return unstage(r) // it was readable, and a record refused it
	}
	if raw.Fields == nil {
		raw.Fields = map[string]string{}
	}
	delete(raw.Fields, column.Skip)
	l := o.Read(raw)
	l.File = r.file
	return l, nil
}
