package db

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// Set is rows that a statement reads as a table. PostgreSQL only.
type Set struct {
	Cols []Col
	Rows [][]any // one value a column; converted in place as Exec converts its arguments
}

// Unnest gives the text that reads a set as a table; n is the number of its first column's parameter.
func (s Set) Unnest(n int) string {
	var b strings.Builder
	b.WriteString("unnest(")
	for i, c := range s.Cols {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("$" + strconv.Itoa(n+i) + "::" + c.Type.array())
	}
	b.WriteString(")")
	return b.String()
}

// AtCommit has a statement run as the last one of the transaction, on its way to the server together with the commit: what it locks is
// locked for as long as the server takes, and not for a way there and back as well. $1 is org, and behind it come the columns of each
// set. each is called for every row that it gives, before the functions of AfterCommit; it can refuse nothing. What must not be
// committed, the statement itself ends with a division by zero: then the transaction runs again, and Careful tells it so.
// On SQLite nothing has a way to go, and this is an error.
func (t *Tx) AtCommit(ctx context.Context, q string, sets []Set, each func(r *Rows) error) error {
	if t.reads {
		return t.note(errReads)
	}
	if t.sess.kind != Postgres {
		return t.note(errors.New("a statement at the commit is for PostgreSQL"))
	}
	args := []any{t.sess.org}
	for _, s := range sets {
		b := Bulk{Cols: s.Cols, Rows: s.Rows}
		if err := b.storable(); err != nil {
			return t.note(err)
		}
		arrays, err := b.arrays()
		if err != nil {
			return t.note(err)
		}
		args = append(args, arrays...)
	}
	if err := t.usable(ctx); err != nil {
		return err
	}
	if err := t.sess.texts.check(q, len(args)); err != nil {
		return t.note(err)
	}
	t.wrote = true
	t.last = append(t.last, queued{q: q, args: args, each: func(src rowSource) error {
		_, err := drain(src, func(r *Rows) error { r.tx = t; return each(r) })
		return err
	}})
	return nil
}

// Careful tells whether a statement at the commit was refused when this transaction ran before.
func (t *Tx) Careful() bool { return t.careful }

// codeZero is the server's word for a division by zero.
const codeZero = "22012"

// refused tells whether a statement at the commit has said that the transaction must not be committed as it is.
func refused(err error) bool {
	var pg *pgconn.PgError
	var at *atCommitError
	return errors.As(err, &at) && errors.As(err, &pg) && pg.Code == codeZero
}

// atCommitError is the failure of a statement that went with the commit.
type atCommitError struct{ err error }

func (e *atCommitError) Error() string { return fmt.Sprintf("at the commit: %v", e.err) }
func (e *atCommitError) Unwrap() error { return e.err }

// queueLast puts what goes with the commit behind what waits.
func (p *pgConn) queueLast(last []queued) { p.queue = slices.Concat(p.queue, last) }
