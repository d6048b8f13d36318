package db

import (
	"container/list"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxStatements bounds the prepared statements kept by one connection.
const maxStatements = 400

// sqliteConn is one connection with its prepared statements, without database/sql between: its locks and copies of
// arguments are for pools, and cost as much as a small statement. One goroutine at a time uses it.
type sqliteConn struct {
	c     driverConn
	stmts map[string]*list.Element // text -> element of order
	order *list.List               // of *kept, the last used in front
	bulks map[bulkShape]string     // texts of multi-row inserts, so that they are built once
	args  []driver.NamedValue      // room for those of one statement; the driver copies them

	// deaf has statements run to their end even when the caller's context ends: the driver interrupts by breaking off
	// the statement, and in the writer that could take the whole group's transaction with it.
	deaf bool
}

// driverConn and driverStmt are what the driver's connections and statements do beyond the minimum.
type driverConn interface {
	driver.Conn
	driver.ConnPrepareContext
}

type driverStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

type kept struct {
	text string
	stmt driverStmt
}

// bulkShape identifies the text of a multi-row insert.
type bulkShape struct {
	table, cols, tail string
	rows              int
}

// openSQLiteConn opens a connection with a driver.
func openSQLiteConn(d driver.Driver, dsn string, deaf bool) (*sqliteConn, error) {
	c, err := d.Open(dsn)
	if err != nil {
		return nil, err
	}
	dc, ok := c.(driverConn)
	if !ok {
		return nil, errors.Join(fmt.Errorf("the driver's %T cannot prepare statements", c), c.Close())
	}
	return &sqliteConn{c: dc, stmts: map[string]*list.Element{}, order: list.New(), bulks: map[bulkShape]string{}, deaf: deaf}, nil
}

// statement gives the prepared statement of a text. Preparing costs more than most statements do.
func (s *sqliteConn) statement(ctx context.Context, q string) (driverStmt, error) {
	if el, ok := s.stmts[q]; ok {
		s.order.MoveToFront(el)
		return el.Value.(*kept).stmt, nil
	}
	prepared, err := s.c.PrepareContext(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, brief(q))
	}
	stmt, ok := prepared.(driverStmt)
	if !ok {
		return nil, errors.Join(fmt.Errorf("the driver's %T takes no context", prepared), prepared.Close())
	}
	q = strings.Clone(q)
	s.stmts[q] = s.order.PushFront(&kept{text: q, stmt: stmt})
	if s.order.Len() > maxStatements {
		last := s.order.Back()
		old := s.order.Remove(last).(*kept)
		delete(s.stmts, old.text)
		if err := old.stmt.Close(); err != nil {
			return nil, err
		}
	}
	return stmt, nil
}

func (s *sqliteConn) hear(ctx context.Context) context.Context {
	if s.deaf {
		return context.Background()
	}
	return ctx
}

// named puts arguments into the form that the driver takes.
func (s *sqliteConn) named(args []any) []driver.NamedValue {
	s.args = s.args[:0]
	for i, a := range args {
		s.args = append(s.args, driver.NamedValue{Ordinal: i + 1, Value: a})
	}
	return s.args
}

func (s *sqliteConn) exec(ctx context.Context, q string, args []any) (int64, error) {
	return s.execNamed(ctx, q, s.named(args))
}

func (s *sqliteConn) execNamed(ctx context.Context, q string, args []driver.NamedValue) (int64, error) {
	ctx = s.hear(ctx)
	stmt, err := s.statement(ctx, q)
	if err != nil {
		return 0, err
	}
	res, err := stmt.ExecContext(ctx, args)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

func (s *sqliteConn) query(ctx context.Context, q string, args []any) (rowSource, error) {
	return s.queryNamed(ctx, q, s.named(args))
}

func (s *sqliteConn) queryNamed(ctx context.Context, q string, args []driver.NamedValue) (rowSource, error) {
	ctx = s.hear(ctx)
	stmt, err := s.statement(ctx, q)
	if err != nil {
		return nil, err
	}
	rows, err := stmt.QueryContext(ctx, args)
	if err != nil {
		return nil, err
	}
	return &sqliteRows{rows: rows, values: make([]driver.Value, len(rows.Columns()))}, nil
}

// sqliteRows reads the driver's rows.
type sqliteRows struct {
	rows   driver.Rows
	values []driver.Value // of the row that Next found
	err    error
}

func (r *sqliteRows) Next() bool {
	if r.err != nil {
		return false
	}
	r.err = r.rows.Next(r.values)
	return r.err == nil
}

func (r *sqliteRows) Scan(dest ...any) error {
	if len(dest) != len(r.values) {
		return fmt.Errorf("scan %d columns into %d places", len(r.values), len(dest))
	}
	for i, v := range r.values {
		if err := assign(dest[i], v); err != nil {
			return fmt.Errorf("column %d (%s): %w", i+1, r.rows.Columns()[i], err)
		}
	}
	return nil
}

func (r *sqliteRows) Err() error {
	if errors.Is(r.err, io.EOF) {
		return nil
	}
	return r.err
}

func (r *sqliteRows) Close() error { return r.rows.Close() }

// bulk inserts with multi-row VALUES in statements of few sizes, so that the kept ones are met again.
func (s *sqliteConn) bulk(ctx context.Context, b *Bulk, each func(r *Rows) error) (int64, error) {
	cols, tail := b.columns(), b.tail()
	var total int64
	for at := 0; at < len(b.Rows); {
		n := bulkSize(len(b.Rows) - at)
		s.args = s.args[:0]
		for _, row := range b.Rows[at : at+n] {
			for _, v := range row {
				s.args = append(s.args, driver.NamedValue{Ordinal: len(s.args) + 1, Value: v})
			}
		}
		at += n
		q := s.bulkText(bulkShape{b.Table, cols, tail, n}, len(b.Cols))
		changed, err := s.bulkStep(ctx, q, s.args, each)
		if err != nil {
			return total, err
		}
		total += changed
	}
	return total, nil
}

func (s *sqliteConn) bulkStep(ctx context.Context, q string, args []driver.NamedValue, each func(r *Rows) error) (int64, error) {
	if each == nil {
		return s.execNamed(ctx, q, args)
	}
	src, err := s.queryNamed(ctx, q, args)
	if err != nil {
		return 0, err
	}
	return drain(src, each)
}

// drain hands every row to each and counts them.
func drain(src rowSource, each func(r *Rows) error) (int64, error) {
	var n int64
	for src.Next() {
		if err := each(&Rows{src: src}); err != nil {
			src.Close()
			return n, err
		}
		n++
	}
	err := src.Err()
	if cerr := src.Close(); err == nil {
		err = cerr
	}
	return n, err
}

// bulkSize gives how many of left rows the next statement takes: a power of two up to 32, so that few rows take few
// statements and few texts are kept.
func bulkSize(left int) int {
	n := 32
	for n > left {
		n /= 2
	}
	return n
}

func (s *sqliteConn) bulkText(shape bulkShape, cols int) string {
	if q, ok := s.bulks[shape]; ok {
		return q
	}
	row := "(" + strings.Repeat("?, ", cols-1) + "?)"
	// A statement that fails ends its caller's transaction (Tx.broken), so that nobody needs its own rows taken back. OR FAIL
	// tells SQLite, which otherwise copies every page that a statement of several rows changes.
	q := "INSERT OR FAIL INTO " + shape.table + shape.cols + " VALUES " + strings.Repeat(row+", ", shape.rows-1) + row + shape.tail
	if len(s.bulks) < maxStatements {
		s.bulks[shape] = q
	}
	return q
}

func (s *sqliteConn) close() error {
	for el := s.order.Front(); el != nil; el = el.Next() {
		el.Value.(*kept).stmt.Close()
	}
	return s.c.Close()
}
