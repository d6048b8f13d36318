package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"

	"hearth"
)

// aloneEngine is SQLite for a process that generates a community and has the file to itself: everybody uses one connection, in turn and
// in their own goroutine, and what they wrote is committed now and then. Nobody waits for another thread, no page is written
// anew for each of them, and no reader finds its cache out of date. Killed, it has lost what was not committed.
type aloneEngine struct {
	cfg  Config
	pool *sql.DB
	sess *session
	turn *turn

	// Asked within a transaction too, and by hooks.
	commits, callers atomic.Int64
	lost             atomic.Pointer[error] // the transaction is gone, and with it what others take for written

	mu     sync.Mutex // held by whoever uses what follows
	conn   *sqliteConn
	open   bool // a transaction is under way
	since  int  // calls of write in it
	closed bool
}

const (
	aloneCommit = 4096 // calls of write that share a commit
	alonePages  = 8192 // in the cache, of 4 KiB
	aloneFold   = 4000 // pages in the log after which it is folded in
	commitAll   = "COMMIT"
)

func openAlone(ctx context.Context, cfg Config) (engine, error) {
	base, err := sqliteFile(cfg)
	if err != nil {
		return nil, err
	}
	e := &aloneEngine{cfg: cfg, pool: base.pool, sess: base.sess}
	if err := e.start(ctx, base); err != nil {
		return nil, errors.Join(unopened(base.path, err), base.pool.Close())
	}
	return e, nil
}

func (e *aloneEngine) start(ctx context.Context, base *sqliteEngine) (err error) {
	if e.turn, err = openTurn(base.path); err != nil {
		return err
	}
	if e.conn, err = base.prepare(ctx, e.turn); err != nil {
		return errors.Join(err, e.turn.close())
	}
	for _, p := range []string{"cache_size = " + strconv.Itoa(alonePages), "wal_autocheckpoint = " + strconv.Itoa(aloneFold)} {
		if _, err := e.conn.exec(ctx, "PRAGMA "+p, nil); err != nil {
			return errors.Join(fmt.Errorf("pragma %s: %w", p, err), e.conn.close(), e.turn.close())
		}
	}
	return nil
}

// ready refuses work that cannot be done any more.
func (e *aloneEngine) ready(ctx context.Context) error {
	switch {
	case e.closed:
		return errClosed()
	case e.failed() != nil:
		return e.failed()
	}
	return ctx.Err()
}

func (e *aloneEngine) write(ctx context.Context, fn func(tx *Tx) error) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.ready(ctx); err != nil {
		return err
	}
	if err := e.begin(ctx); err != nil {
		return err
	}
	if err := e.step("SAVEPOINT caller"); err != nil {
		return err
	}
	tx := &Tx{conn: e.conn, sess: e.sess, now: e.cfg.now()}
	err := errGone // unless fn returns
	defer func() {
		if errors.Is(err, errGone) {
			tx.end()
			_ = e.undo(tx) // the caller's goroutine ends, and nobody hears
		}
	}()
	err = tx.finish(call(tx, fn))
	if err != nil {
		return errors.Join(err, e.undo(tx))
	}
	if err = e.step("RELEASE caller"); err != nil {
		return err
	}
	e.callers.Add(1)
	if e.since++; e.since >= aloneCommit {
		if err = e.commit(); err != nil {
			return err
		}
	}
	tx.committed()
	return nil
}

func (e *aloneEngine) writeAside(ctx context.Context, fn func(tx *Tx) error) error {
	return e.write(ctx, fn)
}

// read sees what was written before it, committed or not: who wrote it takes it for done.
func (e *aloneEngine) read(ctx context.Context, fn func(tx *Tx) error) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.ready(ctx); err != nil {
		return err
	}
	tx := &Tx{conn: e.conn, sess: e.sess, now: e.cfg.now(), reads: true}
	return tx.finish(call(tx, fn))
}

func (e *aloneEngine) begin(ctx context.Context) error {
	if e.open {
		return nil
	}
	if err := e.turn.take(ctx); err != nil {
		return sentence(hearth.CodeBusy, err, "Another program writes to the database. Try again in a moment.")
	}
	if _, err := e.conn.exec(ctx, "BEGIN IMMEDIATE", nil); err != nil {
		e.turn.give()
		return fmt.Errorf("begin: %w", err)
	}
	e.open = true
	return nil
}

// undo takes a caller's own work back. When SQLite has given up the whole transaction, that of others is gone too.
func (e *aloneEngine) undo(tx *Tx) error {
	err := errors.Join(e.step("ROLLBACK TO caller"), e.step("RELEASE caller"))
	tx.rolledBack()
	return err
}

// step runs a statement without which the transaction is not what its callers think.
func (e *aloneEngine) step(q string) error {
	_, err := e.conn.exec(context.Background(), q, nil)
	if err == nil && e.cfg.Fault != nil && q == commitAll {
		err = e.cfg.Fault("commit")
	}
	if err == nil {
		return nil
	}
	words := "The database gave up what was written last. Begin anew."
	if a := diagnose(err); a != nil && !a.forGood {
		words = "The disk is full, so nothing can be saved. Free some space and begin anew."
	}
	said := error(sentence(hearth.CodeUnavailable, fmt.Errorf("%s: %w", q, err), words))
	e.lost.Store(&said)
	return said
}

func (e *aloneEngine) commit() error {
	if !e.open {
		return nil
	}
	defer e.turn.give()
	e.open, e.since = false, 0
	e.commits.Add(1)
	return e.step(commitAll)
}

func (e *aloneEngine) dialect() Dialect { return SQLite }

func (e *aloneEngine) failed() error {
	if err := e.lost.Load(); err != nil {
		return *err
	}
	return nil
}

func (e *aloneEngine) stats() Stats {
	return Stats{Commits: e.commits.Load(), Callers: e.callers.Load()}
}

func (e *aloneEngine) tend(context.Context) {}

func (e *aloneEngine) close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	var err error
	if e.failed() == nil {
		err = e.commit()
	}
	e.closed = true
	return errors.Join(err, e.conn.close(), e.turn.close(), e.pool.Close())
}
