// Package dbtest gives tests a fresh database, SQLite and PostgreSQL alike, and servers of their own to tests that break
// them. It finds PostgreSQL's programs on this machine, starts a server in a temporary directory that is reached through
// a Unix socket alone, and leaves nothing running.
//
// It uses no server that is there already, and is used by tests only.
package dbtest

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"hearth"
	"hearth/internal/base/db"
)

// Start is the time at which the clocks of fresh databases stand: a Monday, 9:00 in New York.
func Start() time.Time { return time.Date(2026, time.March, 2, 14, 0, 0, 0, time.UTC) }

// Each runs f as a subtest on a fresh SQLite database and on a fresh PostgreSQL database.
func Each(t *testing.T, f func(t *testing.T, d *db.DB, clock *hearth.VirtualClock)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		d, clock := SQLite(t)
		f(t, d, clock)
	})
	t.Run("postgres", func(t *testing.T) {
		d, clock := Postgres(t)
		f(t, d, clock)
	})
}

// Every is Each, and f runs on the store of a process that is alone with its file (db.Config.Alone) too. There a transaction
// within another waits for ever.
func Every(t *testing.T, f func(t *testing.T, d *db.DB, clock *hearth.VirtualClock)) {
	t.Helper()
	t.Run("alone", func(t *testing.T) {
		clock := hearth.NewVirtualClock(Start())
		f(t, Open(t, db.Config{Dir: t.TempDir(), Clock: clock, Alone: true}), clock)
	})
	Each(t, f)
}

// SQLite opens a fresh SQLite database that lives as long as the test.
func SQLite(t testing.TB) (*db.DB, *hearth.VirtualClock) {
	t.Helper()
	clock := hearth.NewVirtualClock(Start())
	return Open(t, db.Config{Dir: t.TempDir(), Clock: clock}), clock
}

// Postgres opens a fresh PostgreSQL database that lives as long as the test.
func Postgres(t testing.TB) (*db.DB, *hearth.VirtualClock) {
	t.Helper()
	clock := hearth.NewVirtualClock(Start())
	return Open(t, db.Config{URL: PostgresURL(t), Clock: clock}), clock
}

// Open opens a database for the length of the test.
func Open(t testing.TB, cfg db.Config) *db.DB {
	t.Helper()
	if cfg.Log == nil {
		cfg.Log = Log(t)
	}
	d, err := db.Open(t.Context(), cfg)
	if err != nil {
		t.Fatalf("open the test's database: %v", err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("close the test's database: %v", err)
		}
	})
	return d
}

// Reopen closes a database and opens it again, as a restart would.
func Reopen(t testing.TB, d *db.DB) *db.DB {
	t.Helper()
	if err := d.Close(); err != nil {
		t.Fatalf("close before opening again: %v", err)
	}
	return Open(t, d.Config())
}

// PostgresURL makes a fresh, migrated PostgreSQL database, removed after the test, and gives its address. The account
// in it owns the tables and is no superuser.
func PostgresURL(t testing.TB) string {
	t.Helper()
	s, err := shared(t)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	template, err := s.template(ctx)
	if err != nil {
		t.Fatalf("make the template database: %v", err)
	}
	return pooledIfAsked(t, s.fresh(t, template))
}

// EmptyPostgresURL is PostgresURL without the schema: what a first start finds.
func EmptyPostgresURL(t testing.TB) string {
	t.Helper()
	s, err := shared(t)
	if err != nil {
		t.Fatal(err)
	}
	return s.fresh(t, "template0")
}

// fresh makes a database from a template. Names hold the process and a count, so that they never meet.
func (s *server) fresh(t testing.TB, template string) string {
	t.Helper()
	ctx := context.Background()
	name := fmt.Sprintf("t%d_%d", os.Getpid(), time.Now().UnixNano())
	if err := s.admin(ctx, "CREATE DATABASE "+name+" TEMPLATE "+template+" OWNER "+owner); err != nil {
		t.Fatalf("make a test database: %v", err)
	}
	t.Cleanup(func() {
		if err := s.admin(ctx, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
			t.Logf("drop a test database: %v", err)
		}
	})
	return s.url(owner, name)
}

// template gives the name of a database with the current schema, made by whoever needs it first.
func (s *server) template(ctx context.Context) (string, error) {
	digest, err := db.SchemaDigest()
	if err != nil {
		return "", err
	}
	name := "schema_" + digest
	unlock, err := lockFile(ctx, filepath.Join(s.dir, "template"))
	if err != nil {
		return "", err
	}
	defer unlock()
	c, err := pgx.Connect(ctx, s.url(superuser, "postgres"))
	if err != nil {
		return "", err
	}
	defer c.Close(ctx)
	var there bool
	if err := c.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)", name).Scan(&there); err != nil || there {
		return name, err
	}
	if _, err := c.Exec(ctx, "CREATE DATABASE making_"+name+" TEMPLATE template0 OWNER "+owner); err != nil {
		return "", err
	}
	d, err := db.Open(ctx, db.Config{URL: s.url(owner, "making_"+name), Clock: hearth.NewVirtualClock(Start())})
	if err != nil {
		return "", err
	}
	if err := d.Close(); err != nil {
		return "", err
	}
	// Renamed at the end: a process killed half-way leaves no template that is not one.
	_, err = c.Exec(ctx, "ALTER DATABASE making_"+name+" RENAME TO "+name)
	return name, err
}

// Log gives a logger that writes to the test's output.
func Log(t testing.TB) *slog.Logger {
	w := &testWriter{t: t}
	t.Cleanup(w.end)
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelInfo}))
}

type testWriter struct {
	mu   sync.Mutex
	t    testing.TB
	done bool
}

func (w *testWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.done { // writing to the output of an ended test would panic
		w.t.Log(string(bytes.TrimRight(p, "\n")))
	}
	return len(p), nil
}

func (w *testWriter) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.done = true
}

// Waiting tells how many of a PostgreSQL database's connections wait for a lock that another holds.
func Waiting(t testing.TB, d *db.DB) int {
	t.Helper()
	ctx := context.Background()
	c, err := pgx.Connect(ctx, d.Config().URL)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(ctx)
	var n int
	q := "SELECT count(*) FROM pg_locks WHERE NOT granted"
	if err := c.QueryRow(ctx, q).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
