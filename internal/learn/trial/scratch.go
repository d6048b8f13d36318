package trial

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"hearth"
	"hearth/internal/base/channel"
)

// scratchPrefix begins the names of the directories in which copies lie.
const scratchPrefix = "hearth-trial-"

// lockFile is held, in a copy's directory, by the process that works in it: so that a later one can tell a directory in
// use from one that a killed process left.
const lockFile = "in-use"

// scratch is a directory for the copies of one trial. It holds personal data and is gone when the trial ends.
type scratch struct {
	dir  string
	lock *channel.Journal
}

// openScratch makes the directory below parent ("": the system's for temporary files), and removes those that killed
// processes left there.
func openScratch(parent string) (*scratch, error) {
	if parent == "" {
		parent = os.TempDir()
	}
	sweep(parent)
	dir, err := os.MkdirTemp(parent, scratchPrefix)
	if err != nil {
		return nil, hearth.Errorf(hearth.CodeUnavailable, "There is no place for the copy that a simulation works in: %w. Make room in %s, or set TMPDIR.", err, parent)
	}
	lock, _, err := channel.OpenJournal(filepath.Join(dir, lockFile), 1)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("mark the copy as in use: %w", err), os.RemoveAll(dir))
	}
	return &scratch{dir: dir, lock: lock}, nil
}

// sweep removes what nobody works in any more. What it cannot remove it leaves to the next.
func sweep(parent string) {
	left, _ := filepath.Glob(filepath.Join(parent, scratchPrefix+"*")) // the pattern is well formed
	for _, dir := range left {
		path := filepath.Join(dir, lockFile)
		if _, err := os.Stat(path); err != nil {
			continue // just being made, or not ours
		}
		lock, _, err := channel.OpenJournal(path, 1)
		if err != nil {
			continue
		}
		if lock.Close() == nil {
			_ = os.RemoveAll(dir)
		}
	}
}

// close removes everything.
func (s *scratch) close() error {
	return errors.Join(s.lock.Close(), os.RemoveAll(s.dir))
}

// path gives the directory of one copy.
func (s *scratch) path(name string) string { return filepath.Join(s.dir, name) }

// clone copies the files of a copy that nobody has open.
func (s *scratch) clone(ctx context.Context, from, to string) error {
	if err := os.MkdirAll(s.path(to), 0o700); err != nil {
		return fmt.Errorf("clone the copy: %w", err)
	}
	err := filepath.WalkDir(s.path(from), func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		return copyFile(path, filepath.Join(s.path(to), e.Name()))
	})
	if err != nil {
		return fmt.Errorf("clone the copy: %w", err)
	}
	return nil
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
