package db

import (
	"errors"
	"os"
	"path/filepath"

	"hearth"
)

// Serve says to the other processes at the same SQLite file, until Close, that this one serves: what they have for the
// writer they had better leave to it, because two writers of one file throw away each other's caches with each commit.
// It fails with CodeConflict while another one serves. On PostgreSQL it says nothing: there nodes share the work.
func (d *DB) Serve() error {
	if d.Dialect() != SQLite {
		return nil
	}
	f, err := serving(filepath.Join(d.cfg.Dir, FileName))
	if err != nil {
		return err
	}
	mine, err := holdServing(f)
	if err == nil && !mine {
		err = hearth.Errorf(hearth.CodeConflict, "Another program serves this data directory. Stop it first.")
	}
	if err != nil {
		return errors.Join(err, closeFile(f))
	}
	d.served = f
	return nil
}

// Served tells whether another process serves the same SQLite file. On PostgreSQL it is always false.
func (d *DB) Served() bool {
	if d.Dialect() != SQLite || d.served != nil {
		return false
	}
	f, err := serving(filepath.Join(d.cfg.Dir, FileName))
	if err != nil || f == nil {
		return false
	}
	held := heldServing(f)
	return closeFile(f) == nil && held
}

func closeFile(f *os.File) error {
	if f == nil {
		return nil
	}
	return f.Close()
}
