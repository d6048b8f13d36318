// Package blob keeps what is too large for a record, such as photos: under a random name in a directory beside an embedded
// database, or in the database itself where nodes share one. It does not know what it keeps, and who may see it.
package blob

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"

	"hearth"
	"hearth/internal/base/db"
)

// Folder is the directory of blobs within the data directory.
const Folder = "blobs"

const (
	insertBlob = `INSERT INTO blobs (org, name, body) VALUES ($1, $2, $3)`
	selectBlob = `SELECT body FROM blobs WHERE org = $1 AND name = $2`
	deleteBlob = `DELETE FROM blobs WHERE org = $1 AND name = $2`
)

// Store keeps blobs. It is safe for concurrent use.
type Store struct {
	db   *db.DB
	root *os.Root // nil: they are rows

	randomMu sync.Mutex // guards random
	random   io.Reader
}

// Open opens the store beside a database. On an embedded one it makes the directory of the organization if need be.
func Open(d *db.DB, random io.Reader) (*Store, error) {
	s := &Store{db: d, random: random}
	if d.Dialect() != db.SQLite {
		return s, nil
	}
	dir := filepath.Join(d.Config().Dir, Folder)
	err := os.MkdirAll(dir, 0o700)
	if err == nil {
		s.root, err = os.OpenRoot(dir)
	}
	if err != nil {
		return nil, fmt.Errorf("open the directory of blobs: %w", err)
	}
	return s, nil
}

// Close gives the directory back.
func (s *Store) Close() error {
	if s.root == nil {
		return nil
	}
	return s.root.Close()
}

// Put keeps body and gives the name under which it is found: 32 letters of chance. It is on disk when Put returns. The
// caller records the name, and removes the blob if that fails.
func (s *Store) Put(ctx context.Context, body []byte) (string, error) {
	name, err := s.name()
	if err != nil {
		return "", err
	}
	if s.root == nil {
		err = s.db.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, insertBlob, tx.Org(), name, body)
			return err
		})
	} else {
		err = s.write(name, body)
	}
	if err != nil {
		return "", fmt.Errorf("keep a blob of %d bytes: %w", len(body), err)
	}
	return name, nil
}

func (s *Store) name() (string, error) {
	var b [16]byte
	s.randomMu.Lock()
	defer s.randomMu.Unlock()
	if _, err := io.ReadFull(s.random, b[:]); err != nil {
		return "", fmt.Errorf("name a blob: %w", err)
	}
	return hex.EncodeToString(b[:]), nil
}

func (s *Store) write(name string, body []byte) (err error) {
	f, err := s.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err = errors.Join(err, f.Close()); err != nil {
			err = errors.Join(err, s.root.Remove(name))
		}
	}()
	if _, err = f.Write(body); err != nil {
		return err
	}
	return f.Sync()
}

// Get reads a blob. It fails with CodeNotFound if there is none of the name.
func (s *Store) Get(ctx context.Context, name string) ([]byte, error) {
	if !valid(name) {
		return nil, missing()
	}
	if s.root != nil {
		body, err := s.root.ReadFile(name)
		if errors.Is(err, os.ErrNotExist) {
			return nil, missing()
		}
		return body, err
	}
	var body []byte
	err := s.db.Read(ctx, func(tx *db.Tx) error {
		return tx.Row(ctx, selectBlob, tx.Org(), name).Scan(&body)
	})
	if errors.Is(err, db.ErrNotFound) {
		return nil, missing()
	}
	return body, err
}

// Remove forgets a blob. One that is not there is no error.
func (s *Store) Remove(ctx context.Context, name string) error {
	if !valid(name) {
		return nil
	}
	if s.root != nil {
		if err := s.root.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("forget a blob: %w", err)
		}
		return nil
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, deleteBlob, tx.Org(), name)
		return err
	})
}

// Serve answers with a blob as the kind that it is, and as nothing else: a browser that opens it runs and loads nothing.
func Serve(w http.ResponseWriter, kind string, body []byte) {
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Content-Disposition", "inline")
	h.Set("Cache-Control", "private, no-store")
	w.Write(body)
}

func valid(name string) bool {
	b, err := hex.DecodeString(name)
	return err == nil && len(b) == 16
}

func missing() error { return hearth.Errorf(hearth.CodeNotFound, "This is not kept here any more.") }
