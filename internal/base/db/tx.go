package db

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Tx is one caller's transaction. It belongs to the goroutine that runs the caller's function and ends with it.
type Tx struct {
	conn conn
	sess *session
	now  time.Time
	args []any // room for those of one statement
	open *Rows // the rows being read; one at a time, as PostgreSQL has it

	// broken is the error of the statement that failed: nothing more can be done in this transaction.
	broken error
	// wrote: a statement has run that may have changed something.
	wrote bool
	// reads: nothing may be changed, and the connection itself would let it.
	reads bool

	last    []queued // what goes with the commit
	careful bool     // see Careful

	afterCommit   []func()
	afterRollback []func()
}

// errReads is what a caller gets that writes where it said it reads.
var errReads = errors.New("a read cannot write")

// session is what all transactions of one DB share.
type session struct {
	kind  Dialect
	org   string
	texts texts
}

// conn runs statements on one connection. Two implementations: sqliteConn and pgConn.
type conn interface {
	exec(ctx context.Context, q string, args []any) (int64, error)
	query(ctx context.Context, q string, args []any) (rowSource, error)
	bulk(ctx context.Context, b *Bulk, each func(r *Rows) error) (int64, error)
	// later runs a statement whose outcome nobody waits for; the arguments are its own.
	later(ctx context.Context, q string, args []any) error
	bulkLater(ctx context.Context, b *Bulk) error
}

// rowSource is what both drivers' rows have in common.
type rowSource interface {
	Next() bool
	Scan(dest ...any) error
	Err() error
	Close() error
}

// Now gives the time of the transaction: fixed, UTC, in whole milliseconds.
func (t *Tx) Now() time.Time { return t.now }

// Org gives the organization, to be bound in every statement.
func (t *Tx) Org() string { return t.sess.org }

// Dialect tells which database this is.
func (t *Tx) Dialect() Dialect { return t.sess.kind }

// Exec runs a statement that gives no rows and tells how many rows it changed.
//
// Parameters are $1..$N, first appearing in that order, and the statement names org; other texts are refused. A bool is
// stored as 0 or 1, a time as milliseconds, a json.RawMessage as text.
func (t *Tx) Exec(ctx context.Context, q string, args ...any) (int64, error) {
	bound, err := t.ready(ctx, q, args)
	if err != nil {
		return 0, err
	}
	if t.reads {
		return 0, t.note(errReads)
	}
	t.wrote = true
	n, err := t.conn.exec(ctx, q, bound)
	return n, t.note(err)
}

// ExecLater is Exec for a caller who needs to know nothing of what became of it. On PostgreSQL the statement goes to the server together with the
// next one that is waited for, or with the commit, and its error comes with that one's.
func (t *Tx) ExecLater(ctx context.Context, q string, args ...any) error {
	bound, err := t.ready(ctx, q, args)
	if err != nil {
		return err
	}
	if t.reads {
		return t.note(errReads)
	}
	t.wrote = true
	if t.sess.kind == Postgres {
		bound = slices.Clone(bound) // t.args is the next statement's
	}
	return t.note(t.conn.later(ctx, q, bound))
}

// Query runs a statement that gives rows. They must be closed, or read to their end, before the next statement.
func (t *Tx) Query(ctx context.Context, q string, args ...any) (*Rows, error) {
	bound, err := t.ready(ctx, q, args)
	if err != nil {
		return nil, err
	}
	t.wrote = t.wrote || !strings.HasPrefix(q, "SELECT ")
	src, err := t.conn.query(ctx, q, bound)
	if err != nil {
		return nil, t.note(err)
	}
	t.open = &Rows{src: src, tx: t}
	return t.open, nil
}

// Row runs a statement that gives at most one row.
func (t *Tx) Row(ctx context.Context, q string, args ...any) Row {
	rows, err := t.Query(ctx, q, args...)
	return Row{rows: rows, err: err}
}

// In makes a condition that expr is one of vals, for the place $n of a statement: the clause, and the one argument to
// bind there.
func (t *Tx) In(expr string, n int, vals []string) (clause string, arg any) {
	if t.sess.kind == Postgres {
		if vals == nil {
			vals = []string{} // a nil slice would be NULL
		}
		return expr + " = ANY($" + strconv.Itoa(n) + ")", vals
	}
	return expr + " IN (SELECT value FROM json_each($" + strconv.Itoa(n) + "))", jsonList(vals)
}

// InBytes is In for a BYTEA column.
func (t *Tx) InBytes(expr string, n int, vals [][]byte) (clause string, arg any) {
	if t.sess.kind == Postgres {
		if vals == nil {
			vals = [][]byte{}
		}
		return expr + " = ANY($" + strconv.Itoa(n) + ")", vals
	}
	hexes := make([]string, len(vals))
	for i, v := range vals {
		hexes[i] = hex.EncodeToString(v)
	}
	return expr + " IN (SELECT unhex(value) FROM json_each($" + strconv.Itoa(n) + "))", jsonList(hexes)
}

// AfterCommit has f called when the work is durable, before Write returns, in the order given. f must be quick and must
// not write to the store: on SQLite the next group waits for it.
func (t *Tx) AfterCommit(f func()) { t.afterCommit = append(t.afterCommit, f) }

// AfterRollback has f called if the work of this run of the caller's function is not committed after all; the function may
// run again.
func (t *Tx) AfterRollback(f func()) { t.afterRollback = append(t.afterRollback, f) }

// ready checks that a statement may run now and makes its arguments storable.
func (t *Tx) ready(ctx context.Context, q string, args []any) (_ []any, err error) {
	if err = t.usable(ctx); err != nil {
		return nil, err
	}
	if err = t.sess.texts.check(q, len(args)); err != nil {
		return nil, err
	}
	t.args, err = bindAll(t.args[:0], args)
	return t.args, err
}

func (t *Tx) usable(ctx context.Context) error {
	switch {
	case t.broken != nil:
		return fmt.Errorf("this transaction has failed before: %w", t.broken)
	case t.conn == nil:
		return errors.New("this transaction has ended")
	case t.open != nil:
		return errors.New("the rows of the statement before are still open")
	}
	return ctx.Err()
}

// note remembers a statement's failure, after which PostgreSQL refuses the rest of a transaction; SQLite would not, and
// so follows suit here.
func (t *Tx) note(err error) error {
	if err != nil && t.broken == nil {
		t.broken = err
	}
	return err
}

// finish closes what fn left open and gives the error with which the transaction ends: fn's own, else that of a failed
// statement that fn did not report.
func (t *Tx) finish(err error) error {
	t.end()
	if err == nil {
		err = t.broken
	}
	return err
}

func (t *Tx) end() {
	if t.open != nil {
		t.open.Close()
	}
	t.conn = nil
}

func (t *Tx) committed() {
	for _, f := range t.afterCommit {
		f()
	}
}

func (t *Tx) rolledBack() {
	for _, f := range t.afterRollback {
		f()
	}
}

// Rows are the rows of a query, read one after the other.
type Rows struct {
	src rowSource
	tx  *Tx
	err error
}

// Next steps to the next row; at the end it closes the rows and gives false.
func (r *Rows) Next() bool {
	if r.src == nil {
		return false
	}
	if r.src.Next() {
		return true
	}
	r.Close()
	return false
}

// Scan copies the columns of the row into dest: pointers to strings, integers, floats, bool, []byte, time.Time (stored
// as milliseconds), json.RawMessage and types made from these.
func (r *Rows) Scan(dest ...any) error {
	if r.src == nil {
		return errors.New("scan without a row")
	}
	return r.src.Scan(dest...)
}

// Err gives what went wrong while reading, if anything did.
func (r *Rows) Err() error { return r.err }

// Close ends the reading. Closing twice is fine.
func (r *Rows) Close() error {
	if r.src == nil {
		return r.err
	}
	err := r.src.Err()
	if cerr := r.src.Close(); err == nil {
		err = cerr
	}
	r.src = nil
	if r.tx.open == r {
		r.tx.open = nil
	}
	r.err = r.tx.note(err)
	return r.err
}

// Row is the one row of a query.
type Row struct {
	rows *Rows
	err  error
}

// Scan copies the row's columns into dest. It gives ErrNotFound when there is no row.
func (r Row) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	defer r.rows.Close()
	if !r.rows.Next() {
		if err := r.rows.Err(); err != nil {
			return err
		}
		return ErrNotFound
	}
	if err := r.rows.Scan(dest...); err != nil {
		return err
	}
	return r.rows.Close()
}
