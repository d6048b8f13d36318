package db

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// pgConn runs statements on one acquired connection. What nobody waits for, the transaction's beginning above all, is queued and goes to the server
// together with the next statement that somebody waits for: each way there and back is a network's, and a transaction has dozens.
type pgConn struct {
	c       *pgx.Conn
	queue   []queued
	begun   bool  // something was sent to the server
	changed int64 // rows written so far
}

// queued is a statement that nobody waits for.
type queued struct {
	q    string
	args []any
	each func(src rowSource) error // what becomes of its rows; nil: it gives none
}

// maxQueued bounds what waits, in statements.
const maxQueued = 16

func (p *pgConn) later(ctx context.Context, q string, args []any) error {
	p.queue = append(p.queue, queued{q: q, args: args})
	if len(p.queue) <= maxQueued {
		return nil
	}
	last := len(p.queue) - 1
	x := p.queue[last]
	p.queue = p.queue[:last]
	_, err := p.exec(ctx, x.q, x.args)
	return err
}

func (p *pgConn) exec(ctx context.Context, q string, args []any) (int64, error) {
	tag, err := p.run(ctx, q, args)
	p.changed += tag.RowsAffected()
	return tag.RowsAffected(), err
}

// run sends a statement with all that is queued before it, and gives what became of it.
func (p *pgConn) run(ctx context.Context, q string, args []any) (pgconn.CommandTag, error) {
	if len(p.queue) == 0 {
		tag, err := p.c.Exec(ctx, q, args...)
		return tag, withText(err, q)
	}
	res, err := p.send(ctx, q, args)
	if err != nil {
		return pgconn.CommandTag{}, err
	}
	tag, err := res.Exec()
	return tag, withText(errors.Join(err, res.Close()), q)
}

// send sends a statement with all that is queued before it, and reads what became of that. The caller reads the rest, and closes it.
func (p *pgConn) send(ctx context.Context, q string, args []any) (pgx.BatchResults, error) {
	b := &pgx.Batch{}
	for _, x := range p.queue {
		b.Queue(x.q, x.args...)
	}
	b.Queue(q, args...)
	before := p.queue
	p.queue, p.begun = nil, true
	res := p.c.SendBatch(ctx, b)
	for _, x := range before {
		n, err := x.read(res)
		if err != nil {
			res.Close() // it would say the same again
			return nil, withText(err, x.q)
		}
		p.changed += n
	}
	return res, nil
}

// read takes what the server says of a statement, and gives how many rows it changed.
func (x *queued) read(res pgx.BatchResults) (int64, error) {
	if x.each == nil {
		tag, err := res.Exec()
		return tag.RowsAffected(), err
	}
	rows, err := res.Query()
	if err != nil {
		return 0, &atCommitError{err}
	}
	if err := x.each(pgRows{Rows: rows}); err != nil {
		return 0, &atCommitError{err}
	}
	return rows.CommandTag().RowsAffected(), nil
}

func (p *pgConn) query(ctx context.Context, q string, args []any) (rowSource, error) {
	if len(p.queue) == 0 {
		rows, err := p.c.Query(ctx, q, args...)
		if err != nil {
			return nil, withText(err, q)
		}
		return pgRows{Rows: rows}, nil
	}
	res, err := p.send(ctx, q, args)
	if err != nil {
		return nil, err
	}
	rows, err := res.Query()
	if err != nil {
		res.Close()
		return nil, withText(err, q)
	}
	return pgRows{Rows: rows, res: res}, nil
}

func withText(err error, q string) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %s", err, brief(q))
}

// rollback ends the transaction even when the caller's context has ended. A connection that cannot do it is closed, and
// the server rolls back.
func (p *pgConn) rollback(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	p.queue = nil
	if p.c.IsClosed() || !p.begun {
		return
	}
	if _, err := p.c.Exec(ctx, "ROLLBACK"); err != nil {
		p.c.Close(ctx)
	}
}

// bulk sends each column as one array, so that any number of rows is one statement and one round trip.
func (p *pgConn) bulk(ctx context.Context, b *Bulk, each func(r *Rows) error) (int64, error) {
	q := b.unnest()
	args, err := b.arrays()
	if err != nil {
		return 0, err
	}
	if each == nil {
		return p.exec(ctx, q, args)
	}
	src, err := p.query(ctx, q, args)
	if err != nil {
		return 0, err
	}
	return drain(src, each)
}

func (p *pgConn) bulkLater(ctx context.Context, b *Bulk) error {
	args, err := b.arrays()
	if err != nil {
		return err
	}
	return p.later(ctx, b.unnest(), args)
}

// arrays gives the rows as one array a column.
func (b *Bulk) arrays() ([]any, error) {
	args := make([]any, len(b.Cols))
	for i, c := range b.Cols {
		a, err := column(b.Rows, i, c)
		if err != nil {
			return nil, err
		}
		args[i] = a
	}
	return args, nil
}

// unnest gives the text of the insert.
func (b *Bulk) unnest() string {
	var s strings.Builder
	s.WriteString("INSERT INTO " + b.Table + b.columns() + " SELECT * FROM unnest(")
	for i, c := range b.Cols {
		if i > 0 {
			s.WriteString(", ")
		}
		s.WriteString("$" + strconv.Itoa(i+1) + "::" + c.Type.array())
	}
	s.WriteString(")" + b.tail())
	return s.String()
}

func (t ColType) array() string {
	switch t {
	case Int:
		return "bigint[]"
	case Real:
		return "double precision[]"
	case Bytes:
		return "bytea[]"
	default:
		return "text[]"
	}
}

func column(rows [][]any, i int, c Col) (any, error) {
	switch c.Type {
	case Int:
		return typed[int64](rows, i, c)
	case Real:
		return typed[float64](rows, i, c)
	case Bytes:
		return typed[[]byte](rows, i, c)
	default:
		return typed[string](rows, i, c)
	}
}

func typed[T any](rows [][]any, i int, c Col) ([]T, error) {
	out := make([]T, len(rows))
	for n, row := range rows {
		v, ok := row[i].(T)
		if !ok {
			return nil, fmt.Errorf("row %d: column %s got a %T", n, c.Name, row[i])
		}
		out[n] = v
	}
	return out, nil
}

// pgRows fits the driver's rows to rowSource.
type pgRows struct {
	pgx.Rows
	res pgx.BatchResults // nil: they came alone
}

func (r pgRows) Scan(dest ...any) error { return r.Rows.Scan(scanInto(dest)...) }

func (r pgRows) Close() error {
	r.Rows.Close()
	err := r.Rows.Err()
	if r.res == nil {
		return err
	}
	if cerr := r.res.Close(); err == nil {
		err = cerr
	}
	return err
}

func isNet(err error) bool {
	var n net.Error
	return errors.As(err, &n) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF)
}
