package db

import (
	"fmt"
	"sync"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// steadyPlans has every connection of the process prepare a statement once. By itself SQLite prepares one anew each time a
// value is bound that could have changed its plan, and the n of every LIMIT is such a value: two fifths of what a small
// statement costs (BenchmarkAFewRows). Statistics here depend on the schema alone (see seedStats), so no plan gets better by knowing values.
//
//nolint:gochecknoglobals // it is SQLite's own setting for the whole process
var steadyPlans = sync.OnceValue(func() error {
	tls := libc.NewTLS()
	defer tls.Close()
	at := steady // a function with a name: SQLite keeps its address
	if rc := sqlite3.Xsqlite3_auto_extension(tls, *(*uintptr)(unsafe.Pointer(&at))); rc != sqlite3.SQLITE_OK {
		return fmt.Errorf("prepare statements once: SQLite gives %d", rc)
	}
	return nil
})

// steady is called by SQLite for each connection that is opened.
func steady(tls *libc.TLS, conn, _, _ uintptr) int32 {
	const room = 16 // two arguments of eight bytes
	args := tls.Alloc(room)
	defer tls.Free(room)
	return sqlite3.Xsqlite3_db_config(tls, conn, sqlite3.SQLITE_DBCONFIG_ENABLE_QPSG, libc.VaList(args, int32(1), uintptr(0)))
}
