package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	_ "modernc.org/sqlite" // registers the driver "sqlite"

	"hearth"
)

// FileName is the database file within the data directory.
const FileName = "hearth.db"

// minSQLite is the first version in which a checkpoint racing a reset of the write-ahead log cannot lose commits.
const minSQLite = "3.51.3"

// sqliteEngine is one writer connection with group commit, and readers beside it.
type sqliteEngine struct {
	cfg     Config
	pool    *sql.DB // for the schema; everything else has connections of its own
	writer  *writer
	readers chan *sqliteConn // the idle ones
	closed  chan struct{}
	sess    *session
	path    string
}

func openSQLite(ctx context.Context, cfg Config) (engine, error) {
	e, err := sqliteFile(cfg)
	if err != nil {
		return nil, err
	}
	if err := e.start(ctx); err != nil {
		e.pool.Close()
		return nil, unopened(e.path, err)
	}
	return e, nil
}

// sqliteFile sees to what holds for the whole process, and makes the file with the engine on it.
func sqliteFile(cfg Config) (*sqliteEngine, error) {
	if err := errors.Join(pageRoom(), steadyPlans(), gathering()); err != nil {
		return nil, err
	}
	path, err := makeFile(cfg.Dir)
	if err != nil {
		return nil, err
	}
	return sqliteAt(cfg, path)
}

// sqliteAt makes the engine of a file, with nothing open but what prepares it.
func sqliteAt(cfg Config, path string) (*sqliteEngine, error) {
	// Escaped, because # or ? in a path would end it in a URI.
	dsn := "file:" + (&url.URL{Path: path}).EscapedPath() + "?_pragma=busy_timeout(5000)&_txlock=immediate&_dqs=0" // the pool that prepares the file waits as all others do
	pool, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	return &sqliteEngine{cfg: cfg, pool: pool, path: path, closed: make(chan struct{}),
		sess: &session{kind: SQLite, org: string(cfg.Org)}}, nil
}

// unopened puts into words what an operator can do about a file that does not open.
func unopened(path string, err error) error {
	switch code := sqliteCode(err); {
	case code == codeNotADB:
		return sentence(hearth.CodeUnavailable, err, "The file "+path+" is not a database. Move it away, or name another data directory.")
	case code&0xff == codeCorrupt:
		return sentence(hearth.CodeUnavailable, err, "The database "+path+" is damaged. Restore it from a backup.")
	}
	if a := diagnose(err); a != nil {
		return a.err
	}
	return err
}

// makeFile creates directory and database file, readable by their owner alone; the log beside it takes its mode.
func makeFile(dir string) (string, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", hearth.Errorf(hearth.CodeUnavailable, "The data directory %s cannot be made: %w", dir, err)
	}
	path := filepath.Join(dir, FileName)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		if errors.Is(err, fs.ErrPermission) {
			return "", hearth.Errorf(hearth.CodeUnavailable, "The database %s belongs to another account. Start Hearth as its owner: %w", path, err)
		}
		return "", hearth.Errorf(hearth.CodeUnavailable, "The database %s cannot be opened: %w", path, err)
	}
	defer f.Close()
	return path, f.Chmod(0o600)
}

func (e *sqliteEngine) start(ctx context.Context) error {
	turn, err := openTurn(e.path)
	if err != nil {
		return err
	}
	c, err := e.prepare(ctx, turn)
	if err != nil {
		return errors.Join(err, turn.close())
	}
	e.readers = make(chan *sqliteConn, e.cfg.Readers)
	for range e.cfg.Readers {
		r, err := e.connect(ctx, false)
		if err != nil {
			return errors.Join(err, c.close(), turn.close(), e.closeReaders(len(e.readers)))
		}
		e.readers <- r
	}
	e.writer = newWriter(e.cfg, e.sess, c, turn, e.path)
	f, err := e.connect(ctx, true)
	if err != nil {
		return errors.Join(err, c.close(), turn.close(), e.closeReaders(e.cfg.Readers))
	}
	e.writer.folder = newFolder(f, e.writer, e.cfg.Log)
	e.writer.folder.start()
	e.writer.start()
	return nil
}

// prepare opens the writer's connection and brings the schema forward, within this process's turn: processes that start
// together must not both make the tables, and SQLite does not wait where a file that is new is switched to its log.
func (e *sqliteEngine) prepare(ctx context.Context, turn *turn) (*sqliteConn, error) {
	if err := turn.take(ctx); err != nil {
		return nil, err
	}
	defer turn.give()
	c, err := e.connect(ctx, true)
	if err != nil {
		return nil, err
	}
	err = checkVersion(ctx, c)
	if err == nil {
		err = e.migrate(ctx)
	}
	if err == nil {
		_, err = c.exec(ctx, loadStats, nil)
	}
	if err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

func (e *sqliteEngine) migrate(ctx context.Context) error {
	if err := migrate(ctx, e.pool, SQLite, e.cfg.migrations, nil); err != nil {
		return err
	}
	if err := seedStats(ctx, e.pool); err != nil {
		return err
	}
	// Connections that are open already do not know of the statistics; readers begin on new ones.
	e.pool.SetMaxIdleConns(0)
	e.pool.SetMaxIdleConns(2)
	return nil
}

// connect opens a connection and sets it up. Values are in SQLite's units: pages of 4 KiB.
func (e *sqliteEngine) connect(ctx context.Context, writes bool) (*sqliteConn, error) {
	c, err := openSQLiteConn(e.path, writes, writes && !e.cfg.Relaxed)
	if err != nil {
		return nil, err
	}
	pragmas := []string{"journal_mode = WAL", "foreign_keys = ON", "temp_store = MEMORY"}
	if writes {
		pragmas = append(pragmas,
			"synchronous = "+e.synchronous(),
			"cache_size = "+strconv.Itoa(writerPages),
			"wal_autocheckpoint = 0",        // see folder
			"journal_size_limit = 33554432") // a little more than foldAnew
	} else {
		pragmas = append(pragmas, "query_only = ON", "cache_size = "+strconv.Itoa(readerPages))
	}
	for _, p := range pragmas {
		if _, err := c.exec(ctx, "PRAGMA "+p, nil); err != nil {
			return nil, errors.Join(fmt.Errorf("pragma %s: %w", p, err), c.close())
		}
	}
	return c, nil
}

func (e *sqliteEngine) synchronous() string {
	if e.cfg.Relaxed {
		return "OFF"
	}
	return "FULL"
}

func checkVersion(ctx context.Context, c *sqliteConn) error {
	var v string
	src, err := c.query(ctx, "SELECT sqlite_version()", nil)
	if err != nil {
		return err
	}
	if _, err := drain(src, func(r *Rows) error { return r.Scan(&v) }); err != nil {
		return err
	}
	if versionLess(v, minSQLite) {
		return hearth.Errorf(hearth.CodeUnavailable,
			"This program was built with SQLite %s, which can lose committed data. Build it with %s or newer.", v, minSQLite)
	}
	return nil
}

// versionLess compares dotted version numbers.
func versionLess(a, b string) bool {
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	for i := range max(len(x), len(y)) {
		if p, q := part(x, i), part(y, i); p != q {
			return p < q
		}
	}
	return false
}

func part(v []string, i int) int {
	if i >= len(v) {
		return 0
	}
	n, err := strconv.Atoi(v[i])
	if err != nil {
		return 0
	}
	return n
}

func (e *sqliteEngine) write(ctx context.Context, fn func(tx *Tx) error) error {
	return e.writer.write(ctx, fn)
}

func (e *sqliteEngine) writeAside(ctx context.Context, fn func(tx *Tx) error) error {
	return e.writer.writeAside(ctx, fn)
}

func (e *sqliteEngine) read(ctx context.Context, fn func(tx *Tx) error) (err error) {
	var c *sqliteConn
	select {
	case c = <-e.readers:
	case <-e.closed:
		return errClosed()
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { e.readers <- c }()
	// The snapshot begins with the first statement, not here; for the caller that is the same.
	if _, err := c.exec(context.Background(), "BEGIN", nil); err != nil { // so short that nobody need watch ctx for it
		return fmt.Errorf("begin reading: %w", err)
	}
	tx := &Tx{conn: c, sess: e.sess, now: e.cfg.now()}
	err = errors.New("the reader did not return") // replaced below, unless fn ends its goroutine
	defer func() {
		if _, rerr := c.exec(context.WithoutCancel(ctx), "ROLLBACK", nil); rerr != nil && err == nil {
			err = fmt.Errorf("end reading: %w", rerr)
		}
	}()
	err = tx.finish(call(tx, fn))
	return err
}

func (e *sqliteEngine) dialect() Dialect { return SQLite }

func (e *sqliteEngine) failed() error { return e.writer.failed() }

func (e *sqliteEngine) stats() Stats {
	s := e.writer.stats()
	if info, err := os.Stat(e.path + "-wal"); err == nil {
		s.WALBytes = info.Size()
	}
	return s
}

// close ends the writer after its queue, waits for the readers and closes the file, which folds the log into it.
func (e *sqliteEngine) close() error {
	close(e.closed)
	err := errors.Join(e.writer.folder.close(), e.writer.close())
	return errors.Join(err, e.closeReaders(e.cfg.Readers), e.pool.Close())
}

func (e *sqliteEngine) closeReaders(n int) error {
	var err error
	for range n {
		err = errors.Join(err, (<-e.readers).close())
	}
	return err
}

func errClosed() error {
	return hearth.Errorf(hearth.CodeUnavailable, "Hearth is stopping. Try again in a moment.")
}

// now is the time of a transaction that starts now.
func (c *Config) now() time.Time { return c.Clock.Now().UTC().Truncate(time.Millisecond) }

func (e *sqliteEngine) tend(context.Context) {}
