package db_test

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	_ "modernc.org/sqlite"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
)

// eachEmpty runs f on an empty database of each kind, opened past base/db.
func eachEmpty(t *testing.T, f func(t *testing.T, pool *sql.DB, kind db.Dialect, cfg db.Config)) {
	clock := hearth.NewVirtualClock(dbtest.Start())
	t.Run("sqlite", func(t *testing.T) {
		cfg := db.Config{Dir: t.TempDir(), Clock: clock}
		pool, err := sql.Open("sqlite", "file:"+cfg.Dir+"/"+db.FileName+"?_pragma=journal_mode(WAL)&_pragma=synchronous(OFF)")
		if err != nil {
			t.Fatal(err)
		}
		defer pool.Close()
		f(t, pool, db.SQLite, cfg)
	})
	t.Run("postgres", func(t *testing.T) {
		cfg := db.Config{URL: dbtest.EmptyPostgresURL(t), Clock: clock}
		// The rows of this organization are the ones that the tables' owner gets to see.
		pool, err := sql.Open("pgx", cfg.URL+"&options=-c%20hearth.org%3Dab")
		if err != nil {
			t.Fatal(err)
		}
		defer pool.Close()
		f(t, pool, db.Postgres, cfg)
	})
}

// versions lists the migrations by number.
func versions(t *testing.T) []int64 {
	t.Helper()
	files, err := fs.Glob(db.Migrations(), "*.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("no migrations: %v", err)
	}
	var out []int64
	for _, f := range files {
		var v int64
		if _, err := fmt.Sscanf(f, "%d_", &v); err != nil {
			t.Fatalf("migration %s has no number", f)
		}
		out = append(out, v)
	}
	slices.Sort(out)
	return out
}

// TestEveryEarlierVersionMigrates takes each version there ever was, with a row in every table, to the newest, and looks
// for the rows. A migration that is added later is covered without a change here.
func TestEveryEarlierVersionMigrates(t *testing.T) {
	for _, v := range versions(t) {
		rows := sampleRows(t, v)
		if len(rows) < 20 {
			t.Fatalf("version %d has only %d tables", v, len(rows))
		}
		t.Run(fmt.Sprint("from ", v), func(t *testing.T) {
			eachEmpty(t, func(t *testing.T, pool *sql.DB, kind db.Dialect, cfg db.Config) {
				ctx := t.Context()
				if err := db.MigrateTo(ctx, pool, kind, db.Migrations(), v); err != nil {
					t.Fatal(err)
				}
				for _, r := range rows {
					if _, err := pool.ExecContext(ctx, r.insert()); err != nil {
						t.Fatalf("%s: %v", r.table, err)
					}
				}
				d := dbtest.Open(t, cfg)
				if err := d.Close(); err != nil {
					t.Fatal(err)
				}
				for _, r := range rows {
					var n int
					if err := pool.QueryRowContext(ctx, r.count()).Scan(&n); err != nil || n != 1 {
						t.Errorf("%s: %d rows, %v; want the one from version %d", r.table, n, err, v)
					}
				}
			})
		})
	}
}

// sample is one row that fits a table.
type sample struct {
	table  string
	cols   []string
	values []string
}

func (s sample) insert() string {
	return "INSERT INTO " + s.table + " (" + strings.Join(s.cols, ", ") + ") VALUES (" + strings.Join(s.values, ", ") + ")"
}

func (s sample) count() string {
	where := make([]string, len(s.cols))
	for i, c := range s.cols {
		where[i] = c + " = " + s.values[i]
	}
	return "SELECT count(*) FROM " + s.table + " WHERE " + strings.Join(where, " AND ")
}

// sampleRows reads the tables of a version from SQLite and makes a row for each.
func sampleRows(t *testing.T, version int64) []sample {
	t.Helper()
	ctx := t.Context()
	pool, err := sql.Open("sqlite", "file:"+t.TempDir()+"/sample.db?_pragma=synchronous(OFF)")
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	if err := db.MigrateTo(ctx, pool, db.SQLite, db.Migrations(), version); err != nil {
		t.Fatal(err)
	}
	rows, err := pool.QueryContext(ctx, `SELECT m.name, m.sql, c.name, c.type FROM sqlite_master m, pragma_table_info(m.name) c
WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' AND m.name <> 'goose_db_version' ORDER BY m.name, c.cid`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out []sample
	for rows.Next() {
		var table, text, col, kind string
		if err := rows.Scan(&table, &text, &col, &kind); err != nil {
			t.Fatal(err)
		}
		if len(out) == 0 || out[len(out)-1].table != table {
			out = append(out, sample{table: table})
		}
		s := &out[len(out)-1]
		s.cols = append(s.cols, col)
		s.values = append(s.values, valueFor(text, col, kind))
	}
	return out
}

// valueFor gives a value of a column's type; of a list of allowed ones, the first.
func valueFor(table, col, kind string) string {
	if m := regexp.MustCompile(`CHECK \(` + col + ` IN \(('[^']*')`).FindStringSubmatch(table); m != nil {
		return m[1]
	}
	if kind == "TEXT" || kind == "BYTEA" {
		return "'ab'"
	}
	return "7"
}

// TestMigrationCutOffAnywhere breaks the newest migration behind each of its statements and then lets it run: nothing of
// the first attempt may be left.
func TestMigrationCutOffAnywhere(t *testing.T) {
	all := versions(t)
	name, text := newest(t)
	parts := strings.SplitAfter(text, ";\n")
	step := map[db.Dialect]int{db.SQLite: 3, db.Postgres: 20}
	eachEmpty(t, func(t *testing.T, pool *sql.DB, kind db.Dialect, cfg db.Config) {
		ctx := t.Context()
		if len(all) > 1 {
			if err := db.MigrateTo(ctx, pool, kind, db.Migrations(), all[len(all)-2]); err != nil {
				t.Fatal(err)
			}
		}
		for cut := 1; cut < len(parts); cut += step[kind] {
			broken := strings.Join(parts[:cut], "") + "\nINSERT INTO no_such_table VALUES (1);\n"
			if err := db.Migrate(ctx, pool, kind, replaced(t, name, broken)); err == nil {
				t.Fatalf("a migration that breaks after %d statements went through", cut)
			}
			if n := tables(t, pool, kind); len(all) == 1 && n != 0 {
				t.Fatalf("cut off after %d statements, it left %d tables", cut, n)
			}
		}
		d := dbtest.Open(t, cfg)
		mustPut(t, d, "a", "")
		if got, want := tables(t, pool, kind), len(sampleRows(t, all[len(all)-1])); got != want {
			t.Errorf("%d tables, want %d", got, want)
		}
	})
}

func newest(t *testing.T) (name, text string) {
	t.Helper()
	files, err := fs.Glob(db.Migrations(), "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(files)
	b, err := fs.ReadFile(db.Migrations(), files[len(files)-1])
	if err != nil {
		t.Fatal(err)
	}
	up, _, _ := strings.Cut(string(b), "-- +goose Down")
	return files[len(files)-1], up
}

// replaced gives the migrations with one file's text changed.
func replaced(t *testing.T, name, text string) fs.FS {
	t.Helper()
	out := fstest.MapFS{name: {Data: []byte(text)}}
	files, err := fs.Glob(db.Migrations(), "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if f == name {
			continue
		}
		b, err := fs.ReadFile(db.Migrations(), f)
		if err != nil {
			t.Fatal(err)
		}
		out[f] = &fstest.MapFile{Data: b}
	}
	return out
}

func tables(t *testing.T, pool *sql.DB, kind db.Dialect) (n int) {
	t.Helper()
	q := "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name <> 'goose_db_version'"
	if kind == db.Postgres {
		q = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'goose_db_version'"
	}
	if err := pool.QueryRow(q).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestNewerSchemaIsRefused(t *testing.T) {
	eachEmpty(t, func(t *testing.T, pool *sql.DB, kind db.Dialect, cfg db.Config) {
		ctx := t.Context()
		future := replaced(t, "9999_future.sql", "-- +goose Up\nCREATE TABLE later (org TEXT NOT NULL PRIMARY KEY);\n")
		if err := db.Migrate(ctx, pool, kind, future); err != nil {
			t.Fatal(err)
		}
		_, err := db.Open(ctx, cfg)
		wantCode(t, err, hearth.CodeUnavailable)
		if !strings.Contains(hearth.MessageOf(err), "newer Hearth") || !strings.Contains(hearth.MessageOf(err), "9999") {
			t.Errorf("the sentence is %q", hearth.MessageOf(err))
		}
	})
}

// TestMigrationMovesEverybodysData: row-level security must not hide rows from a migration.
func TestMigrationMovesEverybodysData(t *testing.T) {
	eachEmpty(t, func(t *testing.T, _ *sql.DB, kind db.Dialect, cfg db.Config) {
		for _, org := range []hearth.OrgID{"one", "two"} {
			c := cfg
			c.Org = org
			d := dbtest.Open(t, c)
			mustPut(t, d, "a", "before")
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
		}
		moved := replaced(t, "9999_move.sql", "-- +goose Up\nUPDATE settings SET name = 'moved';\n")
		for _, org := range []hearth.OrgID{"one", "two"} {
			c := db.WithMigrations(cfg, moved)
			c.Org = org
			if got := names(t, dbtest.Open(t, c)); !reflect.DeepEqual(got, []string{"moved"}) {
				t.Errorf("organization %s has %v after the migration", org, got)
			}
		}
	})
}

func TestManyStartAtOnce(t *testing.T) {
	eachEmpty(t, func(t *testing.T, pool *sql.DB, kind db.Dialect, cfg db.Config) {
		var wg sync.WaitGroup
		for i := range 6 {
			wg.Go(func() {
				d, err := db.Open(context.Background(), cfg)
				if err != nil {
					t.Error(err)
					return
				}
				defer d.Close()
				mustPut(t, d, fmt.Sprint(i), "")
			})
		}
		wg.Wait()
		if got := names(t, dbtest.Open(t, cfg)); !reflect.DeepEqual(got, []string{"0", "1", "2", "3", "4", "5"}) {
			t.Errorf("stored %v", got)
		}
	})
}

func TestSchemaDigestIsStable(t *testing.T) {
	a, err := db.SchemaDigest()
	b, err2 := db.SchemaDigest()
	if err != nil || err2 != nil || a != b || len(a) != 16 {
		t.Errorf("%q, %q, %v, %v", a, b, err, err2)
	}
}
