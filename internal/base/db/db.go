// Package db opens the store and runs transactions on it: SQLite in a data directory, or PostgreSQL, with one SQL text
// for both. A transaction carries a fixed "now", the organization and hooks for what must wait for its end.
//
// It knows nothing of housing and holds no queries of others; it decides nothing about when work runs (base/work does)
// and hides no statement behind an object mapper.
package db

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"time"

	"hearth"
)

// Config says which store to open and how.
type Config struct {
	Dir     string       // SQLite: the data directory; the database is its file hearth.db. Either Dir or URL.
	URL     string       // PostgreSQL: a postgres:// address
	Org     hearth.OrgID // whose rows are read and written; "main" when empty
	Clock   hearth.Clock // required
	Readers int          // SQLite: connections that read beside the writer; 4 when zero
	Relaxed bool         // no sync at commit: only for data that can be made again, such as generated communities
	// Alone is for a process that generates a community in a file of its own (SQLite): one connection for all, in turn, and a commit
	// now and then. It implies Relaxed, and a kill loses what was written last.
	Alone bool
	Log   *slog.Logger // nil: nothing is logged
	// GroupMax bounds how many callers share one commit (SQLite); 256 when zero.
	GroupMax int
	// Linger is how long an under-filled group waits once for more callers (SQLite); zero: not at all.
	Linger time.Duration
	// Fault is for fault tests: it is asked before each step ("commit", "fold", "probe") and its error takes the step's place.
	// An error with a method Code() int counts as SQLite's result code. On PostgreSQL it is also asked when a commit has
	// succeeded ("committed"): an error there is a connection that breaks before the answer is heard. Nil in production.
	Fault func(step string) error

	migrations fs.FS         // other than the program's own, for tests
	lockWait   time.Duration // other than lockLimit, for tests
}

// Stats are running totals since Open, for metrics.
type Stats struct {
	Commits    int64         // transactions committed
	Callers    int64         // calls of Write whose work was committed
	CommitWait time.Duration // time spent in COMMIT, all together
	WALBytes   int64         // SQLite: size of the write-ahead log now
	Waits      int64         // SQLite: how often a group of writes waited for another process
	Asides     int64         // SQLite: how many calls of WriteAside had their turn
	Met        int64         // SQLite: how many calls of Write had their turn here, and how often another process had it
}

// DB is an open store. It is safe for concurrent use.
type DB struct {
	cfg    Config
	engine engine

	closing  sync.Once
	closeErr error
	served   *os.File // the mark that this process serves; nil: it does not
}

// engine is what differs between the two databases.
type engine interface {
	write(ctx context.Context, fn func(tx *Tx) error) error
	writeAside(ctx context.Context, fn func(tx *Tx) error) error
	read(ctx context.Context, fn func(tx *Tx) error) error
	dialect() Dialect
	failed() error
	stats() Stats
	tend(ctx context.Context)
	close() error
}

// Open opens the store, bringing its schema forward. It refuses a SQLite library below 3.51.3 (older ones can lose
// committed data) and a schema that is newer than this program, with sentences for the operator.
func Open(ctx context.Context, cfg Config) (*DB, error) {
	if err := cfg.fill(); err != nil {
		return nil, err
	}
	var e engine
	var err error
	switch {
	case cfg.URL != "":
		e, err = openPostgres(ctx, cfg)
	case cfg.Alone:
		e, err = openAlone(ctx, cfg)
	default:
		e, err = openSQLite(ctx, cfg)
	}
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	return &DB{cfg: cfg, engine: e}, nil
}

func (c *Config) fill() error {
	switch {
	case c.Clock == nil:
		return errors.New("open database: no clock given")
	case (c.Dir == "") == (c.URL == ""):
		return hearth.Errorf(hearth.CodeInvalid, "Give either a data directory or the address of a PostgreSQL database, not both.")
	}
	if c.Org == "" {
		c.Org = "main"
	}
	c.Relaxed = c.Relaxed || c.Alone
	if c.Readers <= 0 {
		c.Readers = 4
	}
	if c.GroupMax <= 0 {
		c.GroupMax = 256
	}
	if c.lockWait <= 0 {
		c.lockWait = lockLimit
	}
	if c.migrations == nil {
		c.migrations = migrations()
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return nil
}

// Close stops taking work, finishes what runs and closes the store. Closing twice is fine.
func (d *DB) Close() error {
	d.closing.Do(func() { d.closeErr = errors.Join(d.engine.close(), closeFile(d.served)) })
	return d.closeErr
}

// Write runs fn in a transaction. When it returns nil, fn's work is durable; else nothing of it happened, with one
// exception: when the connection to PostgreSQL breaks during the commit, the error says so and the outcome is open.
//
// On SQLite many callers share one commit, and a failure is only its caller's own; fn runs on the writer's goroutine and
// must not wait for other calls of Write or Read. fn may run again: on SQLite after another one of its group has failed, on
// PostgreSQL after a deadlock. So it must have no effects but those on tx (and hooks given to tx).
//
// After a statement has failed, the transaction is lost on both databases: fn should return the error.
func (d *DB) Write(ctx context.Context, fn func(tx *Tx) error) error {
	return d.engine.write(ctx, fn)
}

// WriteAside is Write for work that nobody waits for, such as an import's rows: on SQLite, callers of Write who come before
// it has begun go first, up to a number, and do not share its commit. On PostgreSQL it is Write.
func (d *DB) WriteAside(ctx context.Context, fn func(tx *Tx) error) error {
	return d.engine.writeAside(ctx, fn)
}

// Read runs fn on a snapshot: fn sees one state of the store, whatever is committed meanwhile, and can write nothing.
func (d *DB) Read(ctx context.Context, fn func(tx *Tx) error) error {
	return d.engine.read(ctx, fn)
}

// Dialect tells which database this is.
func (d *DB) Dialect() Dialect { return d.engine.dialect() }

// Failed tells why writes are refused at the moment, or nil. A full disk heals by itself once there is room again; a
// failed sync needs a restart, because what the disk holds is then unknown.
func (d *DB) Failed() error { return d.engine.failed() }

// Stats gives running totals.
func (d *DB) Stats() Stats { return d.engine.stats() }

// Clock gives the clock that transactions take their time from.
func (d *DB) Clock() hearth.Clock { return d.cfg.Clock }

// Config gives the settings that the store was opened with, defaults filled in.
func (d *DB) Config() Config { return d.cfg }
