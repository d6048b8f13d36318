package db

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"zombiezen.com/go/sqlite"
)

// maxStatements bounds the prepared statements kept by one connection.
const maxStatements = 400

// sqliteConn is one connection with its prepared statements, without database/sql between: its locks and copies are for
// pools, and cost more than a small statement. One goroutine at a time uses it, so that SQLite takes no locks either.
type sqliteConn struct {
	c     *sqlite.Conn
	stmts map[string]*list.Element // text -> element of order
	order *list.List               // of *kept, the last used in front
	bulks map[bulkShape]string     // texts of multi-row inserts, so that they are built once

	// deaf has statements run to their end even when the caller's context ends: SQLite interrupts by breaking off the
	// statement, and in the writer that could take the whole group's transaction with it.
	deaf bool
	ends ending

	busy atomic.Bool // a statement runs, or its rows are being read
}

// errShared is what a second goroutine gets that uses a transaction at the same moment. SQLite itself takes no locks here, and
// would damage its memory.
var errShared = errors.New("two goroutines use one transaction at once")

// ending breaks off a connection's statements when the context of who uses it ends. The library keeps a goroutine for each
// channel that it is given; this gives it one for many contexts.
type ending struct {
	heard <-chan struct{} // the end of the context that is listened to
	stop  func() bool
	ended chan struct{} // closed when it came; then the connection needs another
}

type kept struct {
	text string
	stmt *sqlite.Stmt
}

// bulkShape identifies the text of a multi-row insert.
type bulkShape struct {
	table, cols, tail string
	rows              int
}

// openSQLiteConn opens a connection to a file; gather: its log is written in large pieces.
func openSQLiteConn(path string, deaf, gather bool) (*sqliteConn, error) {
	uri := "file:" + (&url.URL{Path: path}).EscapedPath() // escaped, because # or ? would end a path
	if gather {
		uri += "?vfs=" + gatherName
	}
	c, err := sqlite.OpenConn(uri, sqlite.OpenReadWrite|sqlite.OpenCreate|sqlite.OpenURI)
	if err != nil {
		return nil, err
	}
	c.SetBusyTimeout(busyWait)
	return &sqliteConn{c: c, stmts: map[string]*list.Element{}, order: list.New(), bulks: map[bulkShape]string{}, deaf: deaf}, nil
}

// busyWait is how long a statement waits for the locks of others.
const busyWait = 5 * time.Second

// patient runs fn with another wait for the locks of others.
func (s *sqliteConn) patient(wait time.Duration, fn func() error) error {
	s.c.SetBusyTimeout(wait)
	defer s.c.SetBusyTimeout(busyWait)
	return fn()
}

// statement gives the prepared statement of a text. Preparing costs more than most statements do.
func (s *sqliteConn) statement(q string) (*sqlite.Stmt, error) {
	if el, ok := s.stmts[q]; ok {
		s.order.MoveToFront(el)
		return el.Value.(*kept).stmt, nil
	}
	stmt, rest, err := s.c.PrepareTransient(q) // kept here, and not by the library, so that there is an end to them
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, brief(q))
	}
	if rest > 0 {
		return nil, errors.Join(fmt.Errorf("more than one statement: %s", brief(q)), stmt.Finalize())
	}
	q = strings.Clone(q)
	s.stmts[q] = s.order.PushFront(&kept{text: q, stmt: stmt})
	if s.order.Len() > maxStatements {
		old := s.order.Remove(s.order.Back()).(*kept)
		delete(s.stmts, old.text)
		if err := old.stmt.Finalize(); err != nil {
			return nil, err
		}
	}
	return stmt, nil
}

// hear has SQLite break off what runs when ctx ends.
func (s *sqliteConn) hear(ctx context.Context) {
	done := ctx.Done()
	if s.deaf || done == s.ends.heard {
		return
	}
	e := &s.ends
	if e.heard != nil && !e.stop() {
		<-e.ended // it came, maybe just now
		e.ended = nil
	}
	if e.heard = done; done == nil && e.ended != nil {
		return
	}
	if e.ended == nil {
		e.ended = make(chan struct{})
		s.c.SetInterrupt(e.ended)
	}
	if done != nil {
		ended := e.ended
		e.stop = context.AfterFunc(ctx, func() { close(ended) })
	}
}

// start gives the statement of a text, ready for its arguments. The connection is busy from then on, until end.
func (s *sqliteConn) start(ctx context.Context, q string) (_ *sqlite.Stmt, err error) {
	if !s.busy.CompareAndSwap(false, true) {
		return nil, errShared
	}
	defer func() {
		if err != nil {
			s.busy.Store(false)
		}
	}()
	s.hear(ctx)
	stmt, err := s.statement(q)
	if err != nil {
		return nil, s.broken(ctx, err)
	}
	return stmt, nil
}

// broken gives the caller's own reason where its context broke off a statement.
func (s *sqliteConn) broken(ctx context.Context, err error) error {
	if !s.deaf && ctx.Err() != nil && sqlite.ErrCode(err).ToPrimary() == sqlite.ResultInterrupt {
		return ctx.Err()
	}
	return err
}

func (s *sqliteConn) exec(ctx context.Context, q string, args []any) (int64, error) {
	stmt, err := s.start(ctx, q)
	if err != nil {
		return 0, err
	}
	if err := bindAt(stmt, 1, args); err != nil {
		return 0, errors.Join(err, s.end(stmt))
	}
	return s.run(ctx, stmt)
}

// run takes a statement whose arguments are bound to its end.
func (s *sqliteConn) run(ctx context.Context, stmt *sqlite.Stmt) (int64, error) {
	for more, err := stmt.Step(); more || err != nil; more, err = stmt.Step() {
		if err != nil {
			return 0, s.broken(ctx, errors.Join(err, s.end(stmt)))
		}
	}
	n := int64(s.c.Changes())
	return n, s.end(stmt)
}

// end makes a statement ready for its next use and lets go of its arguments.
func (s *sqliteConn) end(stmt *sqlite.Stmt) error {
	defer s.busy.Store(false)
	if err := stmt.Reset(); err != nil {
		return err
	}
	if err := stmt.ClearBindings(); err != nil && sqlite.ErrCode(err).ToPrimary() != sqlite.ResultInterrupt {
		return err // broken off, it keeps them until its next use
	}
	return nil
}

// bindAt binds values as bind gives them, the first to parameter at.
func bindAt(stmt *sqlite.Stmt, at int, args []any) error {
	for i, a := range args {
		switch n := at + i; x := a.(type) {
		case string:
			stmt.BindText(n, x)
		case int64:
			stmt.BindInt64(n, x)
		case float64:
			stmt.BindFloat(n, x)
		case []byte:
			if x != nil {
				stmt.BindBytes(n, x)
			} else {
				stmt.BindNull(n)
			}
		case nil:
			stmt.BindNull(n)
		default:
			return fmt.Errorf("argument %d: a %T is one value on PostgreSQL only; see In", n, a)
		}
	}
	return nil
}

func (s *sqliteConn) query(ctx context.Context, q string, args []any) (rowSource, error) {
	stmt, err := s.start(ctx, q)
	if err != nil {
		return nil, err
	}
	if err := bindAt(stmt, 1, args); err != nil {
		return nil, errors.Join(err, s.end(stmt))
	}
	return s.rows(ctx, stmt), nil
}

// bulk inserts with multi-row VALUES in statements of few sizes, so that the kept ones are met again.
func (s *sqliteConn) bulk(ctx context.Context, b *Bulk, each func(r *Rows) error) (int64, error) {
	cols, tail := b.columns(), b.tail()
	var total int64
	for at := 0; at < len(b.Rows); {
		n := bulkSize(len(b.Rows) - at)
		stmt, err := s.start(ctx, s.bulkText(bulkShape{b.Table, cols, tail, n}, len(b.Cols)))
		if err != nil {
			return total, err
		}
		for i, row := range b.Rows[at : at+n] {
			if err := bindAt(stmt, 1+i*len(b.Cols), row); err != nil {
				return total, errors.Join(err, s.end(stmt))
			}
		}
		at += n
		changed, err := s.bulkStep(ctx, stmt, each)
		if err != nil {
			return total, err
		}
		total += changed
	}
	return total, nil
}

func (s *sqliteConn) bulkStep(ctx context.Context, stmt *sqlite.Stmt, each func(r *Rows) error) (int64, error) {
	if each == nil {
		return s.run(ctx, stmt)
	}
	return drain(s.rows(ctx, stmt), each)
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

func (s *sqliteConn) later(ctx context.Context, q string, args []any) error {
	_, err := s.exec(ctx, q, args)
	return err
}

func (s *sqliteConn) bulkLater(ctx context.Context, b *Bulk) error {
	_, err := s.bulk(ctx, b, nil)
	return err
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
	s.hear(context.Background())
	for el := s.order.Front(); el != nil; el = el.Next() {
		_ = el.Value.(*kept).stmt.Finalize() // says only what its last use said
	}
	return s.c.Close()
}
