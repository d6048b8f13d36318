package db

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // registers "pgx"
)

// What the tests of this package reach into.

func ReadText(q string) (int, error) { return readText(q) }

func VersionLess(a, b string) bool { return versionLess(a, b) }

func Migrations() fs.FS { return migrations() }

func Migrate(ctx context.Context, pool *sql.DB, kind Dialect, files fs.FS) error {
	return migrate(ctx, pool, kind, files, nil)
}

func MigrateTo(ctx context.Context, pool *sql.DB, kind Dialect, files fs.FS, version int64) error {
	p, err := provider(pool, kind, files)
	if err != nil {
		return err
	}
	_, err = p.UpTo(ctx, version)
	return err
}

// LimitPages has SQLite refuse to grow beyond its size now plus some pages, as a full disk would; a negative number
// lifts the limit.
func LimitPages(ctx context.Context, d *DB, more int64) error {
	w := d.engine.(*sqliteEngine).writer
	return d.Write(ctx, func(tx *Tx) error {
		if more < 0 {
			_, err := w.conn.exec(ctx, "PRAGMA max_page_count = 4294967294", nil)
			return err
		}
		var pages int64
		if err := ask(ctx, w.conn, "PRAGMA page_count", &pages); err != nil {
			return err
		}
		_, err := w.conn.exec(ctx, fmt.Sprintf("PRAGMA max_page_count = %d", pages+more), nil)
		return err
	})
}

// LiftPages lifts the limit while writes are refused. Only for tests in which nothing else writes.
func LiftPages(ctx context.Context, d *DB) error {
	_, err := d.engine.(*sqliteEngine).writer.conn.exec(ctx, "PRAGMA max_page_count = 4294967294", nil)
	return err
}

// Queued tells how many callers wait for the writer.
func Queued(d *DB) int { return len(d.engine.(*sqliteEngine).writer.queue) }

// Probe asks for a probe of the disk now. Only for tests in which nothing else writes.
func Probe(d *DB) { d.engine.(*sqliteEngine).writer.probe() }

// WithMigrations gives a configuration that brings the schema elsewhere.
func WithMigrations(cfg Config, files fs.FS) Config {
	cfg.migrations = files
	return cfg
}

// WithLockWait gives a configuration that waits no longer for a row on PostgreSQL before it tries again.
func WithLockWait(cfg Config, d time.Duration) Config {
	cfg.lockWait = d
	return cfg
}

// OutsideTransaction asks a connection of the pool for its role and settings between transactions.
func OutsideTransaction(t *testing.T, d *DB) (role, org, idle string) {
	t.Helper()
	err := d.engine.(*pgEngine).pool.QueryRow(t.Context(), `SELECT current_user::text, coalesce(current_setting('hearth.org', true), ''),
current_setting('idle_in_transaction_session_timeout')`).Scan(&role, &org, &idle)
	if err != nil {
		t.Fatal(err)
	}
	return role, org, idle
}

// Pragma asks the writer's connection for a setting, in its turn: no two goroutines may use a connection at once.
func Pragma(t *testing.T, d *DB, name string) (value string) {
	t.Helper()
	err := d.Write(t.Context(), func(*Tx) error {
		return ask(t.Context(), d.engine.(*sqliteEngine).writer.conn, "PRAGMA "+name, &value)
	})
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// Twin is a transaction as another goroutine would see it that does not know what tx is doing.
func Twin(tx *Tx) *Tx { return &Tx{conn: tx.conn, sess: tx.sess, now: tx.now, reads: true} }

// ask reads one value past the transactions. Only for tests in which nothing else writes.
func ask(ctx context.Context, c *sqliteConn, q string, dest any) error {
	src, err := c.query(ctx, q, nil)
	if err != nil {
		return err
	}
	_, err = drain(src, func(r *Rows) error { return r.Scan(dest) })
	return err
}
