package db

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	"zombiezen.com/go/sqlite"

	"hearth"
)

// sqliteRows reads the rows of a statement where SQLite holds them, so that a value is copied once.
type sqliteRows struct {
	ctx  context.Context //nolint:containedctx // of the one call that these rows are for
	conn *sqliteConn
	stmt *sqlite.Stmt
	cols int
	err  error
	done bool
}

func (s *sqliteConn) rows(ctx context.Context, stmt *sqlite.Stmt) *sqliteRows {
	return &sqliteRows{ctx: ctx, conn: s, stmt: stmt, cols: stmt.ColumnCount()}
}

func (r *sqliteRows) Next() bool {
	if r.done {
		return false
	}
	more, err := r.stmt.Step()
	if err != nil {
		r.err = r.conn.broken(r.ctx, err)
	}
	r.done = !more || err != nil
	return !r.done
}

func (r *sqliteRows) Err() error { return r.err }

func (r *sqliteRows) Close() error { return r.conn.end(r.stmt) }

func (r *sqliteRows) Scan(dest ...any) error {
	if len(dest) != r.cols {
		return fmt.Errorf("scan %d columns into %d places", r.cols, len(dest))
	}
	for i, d := range dest {
		if r.scan(i, d) {
			continue
		}
		if err := assign(scanInto([]any{d})[0], r.value(i)); err != nil {
			return fmt.Errorf("column %d (%s): %w", i+1, r.stmt.ColumnName(i), err)
		}
	}
	return nil
}

// scan fills a destination of the kind that its column is read into nearly always; assign knows all others.
func (r *sqliteRows) scan(col int, dest any) bool {
	t := r.stmt.ColumnType(col)
	switch t {
	case sqlite.TypeText:
		return r.scanText(col, dest)
	case sqlite.TypeInteger:
		return r.scanInt(r.stmt.ColumnInt64(col), dest)
	default:
		return false
	}
}

func (r *sqliteRows) scanText(col int, dest any) bool {
	switch d := dest.(type) {
	case *string:
		*d = r.stmt.ColumnText(col)
		return true
	case *json.RawMessage:
		*d = r.bytes(col)
		return true
	case *[]byte:
		*d = r.bytes(col)
		return true
	}
	if to := reflect.ValueOf(dest); to.Kind() == reflect.Pointer && !to.IsNil() && to.Elem().Kind() == reflect.String {
		to.Elem().SetString(r.stmt.ColumnText(col))
		return true
	}
	return false
}

func (r *sqliteRows) scanInt(n int64, dest any) bool {
	switch d := dest.(type) {
	case *int64:
		*d = n
	case *int:
		*d = int(n)
	case *bool:
		*d = n != 0
	case *time.Time:
		*d = hearth.FromMillis(n)
	default:
		return false
	}
	return true
}

func (r *sqliteRows) bytes(col int) []byte {
	b := make([]byte, r.stmt.ColumnLen(col))
	r.stmt.ColumnBytes(col, b)
	return b
}

// value gives a column as assign takes it.
func (r *sqliteRows) value(col int) any {
	switch r.stmt.ColumnType(col) {
	case sqlite.TypeInteger:
		return r.stmt.ColumnInt64(col)
	case sqlite.TypeFloat:
		return r.stmt.ColumnFloat(col)
	case sqlite.TypeText:
		return r.stmt.ColumnText(col)
	case sqlite.TypeBlob:
		return r.bytes(col)
	default:
		return nil
	}
}
