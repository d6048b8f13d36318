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
)

// pgConn runs statements on one acquired connection.
type pgConn struct {
	c       *pgx.Conn
	changed int64 // rows written so far
}

func (p *pgConn) exec(ctx context.Context, q string, args []any) (int64, error) {
	tag, err := p.c.Exec(ctx, q, args...)
	p.changed += tag.RowsAffected()
	return tag.RowsAffected(), withText(err, q)
}

func (p *pgConn) query(ctx context.Context, q string, args []any) (rowSource, error) {
	rows, err := p.c.Query(ctx, q, args...)
	if err != nil {
		return nil, withText(err, q)
	}
	return pgRows{rows}, nil
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
	if p.c.IsClosed() {
		return
	}
	if _, err := p.c.Exec(ctx, "ROLLBACK"); err != nil {
		p.c.Close(ctx)
	}
}

// bulk sends each column as one array, so that any number of rows is one statement and one round trip.
func (p *pgConn) bulk(ctx context.Context, b *Bulk, each func(r *Rows) error) (int64, error) {
	q := b.unnest()
	args := make([]any, len(b.Cols))
	for i, c := range b.Cols {
		a, err := column(b.Rows, i, c)
		if err != nil {
			return 0, err
		}
		args[i] = a
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
type pgRows struct{ pgx.Rows }

func (r pgRows) Scan(dest ...any) error { return r.Rows.Scan(scanInto(dest)...) }

func (r pgRows) Close() error {
	r.Rows.Close()
	return r.Rows.Err()
}

func isNet(err error) bool {
	var n net.Error
	return errors.As(err, &n) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF)
}
