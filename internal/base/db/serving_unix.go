//go:build unix

package db

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// serving is the file by which the processes at one SQLite file know whether one of them serves. The kernel frees the
// lock of a process that dies.
func serving(path string) (*os.File, error) {
	f, err := os.OpenFile(path+"-serving", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the mark of who serves: %w", err)
	}
	return f, nil
}

// holdServing tells whether the lock is this process's now.
func holdServing(f *os.File) (bool, error) {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("lock %s: %w", f.Name(), err)
	}
	return true, nil
}

// heldServing tells whether some process has the lock.
func heldServing(f *os.File) bool {
	if errors.Is(syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB), syscall.EWOULDBLOCK) {
		return true
	}
	_ = syscall.Flock(int(f.Fd()), syscall.LOCK_UN) // closing the file would do it too
	return false
}
