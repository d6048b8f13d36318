//go:build unix

package channel

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"hearth"
)

// lockJournal makes this process the only sender over the journal. The kernel lifts the lock when the process ends,
// however it ends.
func lockJournal(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return hearth.Errorf(hearth.CodeConflict, "Another program is sending mail from this data directory. Stop it first.")
	}
	if err != nil {
		return fmt.Errorf("lock %s: %w", f.Name(), err)
	}
	return nil
}
