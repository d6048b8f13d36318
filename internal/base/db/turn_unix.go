//go:build unix

package db

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"syscall"
	"time"
)

// turn lets several processes write one SQLite file by turns. SQLite's own waiting is by chance: a busy process would
// shut out the others for seconds. Here a process first takes the place of the next one, then the turn, then leaves
// that place; so whoever waits is next, and nobody goes twice while another waits. The kernel frees the locks of a
// process that dies. SQLite's lock stays what protects the data; this one only orders the queue.
type turn struct {
	next, turn *os.File
	waits      atomic.Int64 // how often another process had it
}

// turnPoll is how often a waiting process looks whether it is its turn: well under the length of a commit.
const turnPoll = 500 * time.Microsecond

func openTurn(path string) (*turn, error) {
	next, err := os.OpenFile(path+"-next", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	t, err := os.OpenFile(path+"-turn", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, errors.Join(err, next.Close())
	}
	return &turn{next: next, turn: t}, nil
}

func (t *turn) take(ctx context.Context) error {
	if err := lock(ctx, t.next, &t.waits); err != nil {
		return err
	}
	err := lock(ctx, t.turn, &t.waits)
	return errors.Join(err, unlock(t.next))
}

// give cannot fail on an open file; closing it, or the end of the process, would free the lock too.
func (t *turn) give() { _ = unlock(t.turn) }

func (t *turn) close() error { return errors.Join(t.next.Close(), t.turn.Close()) }

func lock(ctx context.Context, f *os.File, waits *atomic.Int64) error {
	for try := 0; ; try++ {
		if try == 1 {
			waits.Add(1)
		}
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, syscall.EINTR):
			continue
		case !errors.Is(err, syscall.EWOULDBLOCK):
			return fmt.Errorf("lock %s: %w", f.Name(), err)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		time.Sleep(turnPoll)
	}
}

func unlock(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_UN) }
