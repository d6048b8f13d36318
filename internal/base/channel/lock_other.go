//go:build !unix

package channel

import "os"

// lockJournal does nothing where the system has no advisory locks; the operator runs one process a data directory.
func lockJournal(*os.File) error { return nil }
