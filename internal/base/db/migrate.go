package db

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/pressly/goose/v3"

	"hearth"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// migrations gives the embedded migrations. They are one text for both databases.
func migrations() fs.FS {
	sub, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		return migrationFiles // cannot happen: the folder is embedded
	}
	return sub
}

// SchemaDigest identifies the schema that this program brings a database to.
func SchemaDigest() (string, error) {
	h := sha256.New()
	err := fs.WalkDir(migrations(), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(migrations(), path)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(h, "%s %d\n%s", path, len(b), b)
		return err
	})
	return hex.EncodeToString(h.Sum(nil)[:8]), err
}

// migrate brings the schema forward, each migration in a transaction with its version, so that one cut off in the middle
// starts anew. The caller holds what keeps other processes from doing the same. before, if any, runs when there is
// something to migrate.
func migrate(ctx context.Context, pool *sql.DB, kind Dialect, files fs.FS, before func() error) error {
	p, err := provider(pool, kind, files)
	if err != nil {
		return err
	}
	have, want, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read the schema's version: %w", err)
	}
	if have > want {
		return hearth.Errorf(hearth.CodeUnavailable,
			"This database was written by a newer Hearth (schema %d, this program knows %d). Start the newer version, or restore a backup from before the upgrade.", have, want)
	}
	if have < want && before != nil {
		if err := before(); err != nil {
			return fmt.Errorf("prepare to migrate the schema: %w", err)
		}
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate the schema: %w", err)
	}
	return nil
}

func provider(pool *sql.DB, kind Dialect, files fs.FS) (*goose.Provider, error) {
	dialect, rowid := goose.DialectSQLite3, "WITHOUT ROWID"
	if kind == Postgres {
		dialect, rowid = goose.DialectPostgres, ""
	}
	p, err := goose.NewProvider(dialect, pool, rewriteFS{files, rowid},
		goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	if errors.Is(err, goose.ErrNoMigrations) {
		return nil, errors.New("the program carries no migrations")
	}
	return p, err
}

// rewriteFS serves the migrations with the one place filled in where the databases differ: on SQLite a table is its
// primary key.
type rewriteFS struct {
	fs.FS
	rowid string
}

func (r rewriteFS) Open(name string) (fs.File, error) {
	f, err := r.FS.Open(name)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil || info.IsDir() {
		return f, err
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		return nil, err
	}
	b = bytes.ReplaceAll(b, []byte("/*ROWID*/"), []byte(r.rowid))
	return &memFile{Reader: bytes.NewReader(b), info: memInfo{info, int64(len(b))}}, nil
}

// ReadDir is what goose lists the migrations with.
func (r rewriteFS) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(r.FS, name) }

type memFile struct {
	*bytes.Reader
	info fs.FileInfo
}

func (f *memFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *memFile) Close() error               { return nil }

type memInfo struct {
	fs.FileInfo
	size int64
}

func (i memInfo) Size() int64        { return i.size }
func (i memInfo) ModTime() time.Time { return time.Time{} }
