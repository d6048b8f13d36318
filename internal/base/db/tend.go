package db

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Tend keeps the server's figures about how the tables are filled near the truth while much is written. PostgreSQL plans
// by them, has none for a new table, and takes its own first measure only after a minute: until then it looks for a
// resident through everybody's, because the organization leads every key. Whoever writes many rows calls Tend between
// two transactions; it measures at each doubling of what this process has written, outside of any transaction of ours
// and for seconds at most, and returns at once when there is nothing to do. Nothing depends on its success: what fails
// is logged. On SQLite it does nothing (see seedStats).
func (d *DB) Tend(ctx context.Context) { d.engine.tend(ctx) }

// tender remembers what was written since the last measure.
type tender struct {
	mu      sync.Mutex // held while measuring: one at a time, and others go on
	written atomic.Int64
	next    atomic.Int64 // the sum of written rows at which to measure again
}

const (
	tendFirst = 512                   // rows written before the first measure
	tendLimit = 5 * time.Second       // of one table's measure; it reads a sample of at most 30,000 rows
	tendWait  = 50 * time.Millisecond // for a table that the server is measuring itself
)

// grownSQL lists our tables that have doubled since they were measured last, as far as this account may measure them:
// its own ones; a superuser all; from PostgreSQL 17 on those with the right MAINTAIN as well.
const grownSQL = `SELECT c.relname::text FROM pg_class c
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'
  AND pg_relation_size(c.oid) / current_setting('block_size')::bigint > 2 * c.relpages::bigint AND (%s) ORDER BY 1`

const (
	ownsSQL     = "pg_has_role(c.relowner, 'USAGE')"
	maintainSQL = ownsSQL + " OR has_table_privilege(c.oid, 'MAINTAIN')"
)

func (e *pgEngine) tend(ctx context.Context) {
	t := &e.tender
	if t.written.Load() < max(t.next.Load(), tendFirst) || e.closed.Load() || !t.mu.TryLock() {
		return
	}
	defer t.mu.Unlock()
	t.next.Store(2 * t.written.Load())
	if err := e.measure(ctx); err != nil && ctx.Err() == nil {
		e.cfg.Log.Warn("could not measure how the tables are filled; the database server will do it by itself later", "error", err)
	}
}

func (e *pgEngine) measure(ctx context.Context) error {
	c, err := e.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer c.Release()
	may := ownsSQL
	if v, err := strconv.Atoi(c.Conn().PgConn().ParameterStatus("server_version_num")); err == nil && v >= 170000 {
		may = maintainSQL
	}
	rows, err := c.Query(ctx, fmt.Sprintf(grownSQL, may))
	if err != nil {
		return err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := measureTable(ctx, c.Conn(), name); err != nil {
			return fmt.Errorf("measure %s: %w", name, err)
		}
	}
	return nil
}

// measureTable has the server look at a sample of the table. The limits hold for this transaction alone: those of a
// session would leak to others through a pooler.
func measureTable(ctx context.Context, c *pgx.Conn, name string) error {
	err := pgx.BeginFunc(ctx, c, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "SELECT set_config('statement_timeout', $1, true), set_config('lock_timeout', $2, true)",
			strconv.FormatInt(tendLimit.Milliseconds(), 10), strconv.FormatInt(tendWait.Milliseconds(), 10))
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, "ANALYZE "+pgx.Identifier{name}.Sanitize())
		return err
	})
	var pg *pgconn.PgError
	if errors.As(err, &pg) && (pg.Code == codeLockWait || pg.Code == "57014") {
		return nil // the server is at it itself, or the table is too slow to read now
	}
	return err
}
