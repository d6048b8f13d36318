package db

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"hearth"
)

// AppRole is the PostgreSQL role that transactions run as. It owns nothing and is held by row-level security to the
// organization of its transaction.
const AppRole = "hearth_app"

// idleLimit ends a transaction whose program was frozen or cut off, so that another node can have its locks.
const idleLimit = "5s"

// lockLimit ends the wait for a row, and the transaction is tried again. It is shorter than idleLimit: else the waiting
// transactions of a frozen program would get the row one after the other, and each would keep it for as long as it may.
const lockLimit = 4 * time.Second

// maxTries bounds how often a transaction is run again after a deadlock or a wait that was too long.
const maxTries = 10

// pgEngine runs each caller's work in a transaction of its own.
type pgEngine struct {
	cfg  Config
	pool *pgxpool.Pool
	sess *session

	closed  atomic.Bool
	ill     atomic.Pointer[ailment]
	commits atomic.Int64
	waited  atomic.Int64
	tender  tender
}

func openPostgres(ctx context.Context, cfg Config) (engine, error) {
	pc, err := pgxpool.ParseConfig(cfg.URL)
	if err != nil {
		return nil, sentence(hearth.CodeInvalid, errors.New("unreadable address"), // the driver's error shows the address, password and all
			"The database address cannot be read. It looks like postgres://name@host:5432/database.")
	}
	if !strings.Contains(cfg.URL, "pool_max_conns") {
		pc.MaxConns = 16
	}
	pc.ConnConfig.RuntimeParams["application_name"] = "hearth"
	if err := suitPooler(ctx, cfg.URL, pc.ConnConfig); err != nil {
		return nil, sentence(hearth.CodeUnavailable, err, "The database does not answer. Check its address, and that it runs.")
	}
	pool, err := pgxpool.NewWithConfig(ctx, pc)
	if err != nil {
		return nil, err
	}
	e := &pgEngine{cfg: cfg, pool: pool, sess: &session{kind: Postgres, org: string(cfg.Org)}}
	if err := e.prepareSchema(ctx); err != nil {
		pool.Close()
		return nil, err
	}
	return e, nil
}

func (e *pgEngine) writeAside(ctx context.Context, fn func(tx *Tx) error) error {
	return e.write(ctx, fn)
}

// write runs fn in a transaction, again after a deadlock or a conflict, with a pause that grows.
func (e *pgEngine) write(ctx context.Context, fn func(tx *Tx) error) error {
	careful := false
	for try := 1; ; try++ {
		err := e.once(ctx, "BEGIN", careful, fn)
		if err == nil {
			e.commits.Add(1)
			return nil
		}
		if refused(err) && !careful {
			careful = true
			continue
		}
		if !conflicting(err) || try == maxTries {
			return err
		}
		select {
		case <-time.After(time.Duration(try*try) * time.Millisecond):
		case <-ctx.Done():
			return err
		}
	}
}

func (e *pgEngine) read(ctx context.Context, fn func(tx *Tx) error) error {
	return e.once(ctx, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", false, fn)
}

// conflicting tells whether the server ended a transaction for another's sake: a deadlock, a serialization failure or too
// long a wait for a row.
func conflicting(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40P01" || pg.Code == "40001" || pg.Code == codeLockWait)
}

// codeLockWait is the server's word for a wait that reached lockLimit.
const codeLockWait = "55P03"

func (e *pgEngine) once(ctx context.Context, begin string, careful bool, fn func(tx *Tx) error) error {
	if e.closed.Load() {
		return errClosed()
	}
	c, err := e.pool.Acquire(ctx)
	if err != nil {
		return e.away(ctx, err)
	}
	defer c.Release()
	conn := &pgConn{c: c.Conn(), queue: e.begin(begin)}
	tx := &Tx{conn: conn, sess: e.sess, now: e.cfg.now(), careful: careful}
	ended := false
	defer func() {
		if !ended { // fn ended its goroutine
			tx.end()
			conn.rollback(ctx)
			tx.rolledBack()
		}
	}()
	err = tx.finish(call(tx, fn))
	if err == nil {
		conn.queueLast(tx.last)
		err = e.commit(ctx, conn)
	} else {
		conn.rollback(ctx)
	}
	ended = true
	if err != nil {
		tx.rolledBack()
		return e.away(ctx, err)
	}
	e.tender.written.Add(conn.changed)
	tx.committed()
	return nil
}

// begin gives what opens a transaction and sets what holds within it only. Settings of a session would leak to others
// through a pooler.
func (e *pgEngine) begin(begin string) []queued {
	return []queued{{q: begin}, {q: "SELECT set_config('role', $1, true), set_config('hearth.org', $2, true), set_config('idle_in_transaction_session_timeout', $3, true), set_config('lock_timeout', $4, true)",
		args: []any{AppRole, e.sess.org, idleLimit, strconv.FormatInt(e.cfg.lockWait.Milliseconds(), 10)}}}
}

// opening is how many statements begin gives.
const opening = 2

func (e *pgEngine) commit(ctx context.Context, conn *pgConn) error {
	// From here on the caller must learn the outcome, even if it has stopped waiting.
	ctx = context.WithoutCancel(ctx)
	if err := e.fault("commit"); err != nil {
		conn.rollback(ctx)
		return fmt.Errorf("commit: %w", err)
	}
	if !conn.begun && len(conn.queue) == opening {
		return nil // nothing was asked of the server
	}
	start := time.Now()
	tag, err := conn.run(ctx, "COMMIT", nil)
	e.waited.Add(int64(time.Since(start)))
	if err == nil {
		err = e.fault("committed")
	}
	if err != nil {
		var pg *pgconn.PgError
		if !errors.As(err, &pg) {
			return sentence(hearth.CodeUnavailable, err,
				"The connection to the database broke during the commit. Look whether the change is there before trying again.")
		}
		conn.rollback(ctx) // what was queued before it may have failed
		return fmt.Errorf("commit: %w", err)
	}
	if tag.String() != "COMMIT" {
		return errors.New("commit: the server had given up the transaction")
	}
	e.ill.Store(nil)
	return nil
}

func (e *pgEngine) fault(step string) error {
	if e.cfg.Fault == nil {
		return nil
	}
	return e.cfg.Fault(step)
}

// away keeps an error that means the server cannot work, until a commit succeeds again, and gives it a sentence.
func (e *pgEngine) away(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return err
	}
	var known *hearth.Error
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		switch {
		case strings.HasPrefix(pg.Code, "53"):
			err = sentence(hearth.CodeUnavailable, err, "The database server is out of space, memory or connections. Its log says which.")
		case strings.HasPrefix(pg.Code, "57P"), strings.HasPrefix(pg.Code, "08"), pg.Code == "25P03":
			err = sentence(hearth.CodeUnavailable, err, "The database server ended the connection. Try again in a moment.")
		case pg.Code == codeLockWait:
			return sentence(hearth.CodeBusy, err, "Others keep changing the same things. Try again in a moment.")
		default:
			return err
		}
	} else if !errors.As(err, &known) && disconnected(err) {
		err = sentence(hearth.CodeUnavailable, err, "The database does not answer. Try again in a moment.")
	}
	if errors.As(err, &known) && known.Code == hearth.CodeUnavailable {
		e.ill.Store(&ailment{err: known})
	}
	return err
}

func disconnected(err error) bool {
	var connect *pgconn.ConnectError
	return errors.As(err, &connect) || pgconn.SafeToRetry(err) || pgconn.Timeout(err) || isNet(err)
}

func (e *pgEngine) dialect() Dialect { return Postgres }

func (e *pgEngine) failed() error {
	if a := e.ill.Load(); a != nil {
		return a.err
	}
	return nil
}

func (e *pgEngine) stats() Stats {
	n := e.commits.Load()
	return Stats{Commits: n, Callers: n, CommitWait: time.Duration(e.waited.Load())}
}

func (e *pgEngine) close() error {
	e.closed.Store(true)
	e.pool.Close()
	return nil
}
