package db

import (
	"fmt"
	"sync"
	"unsafe"

	"modernc.org/libc"
	"modernc.org/libc/sys/types"
	sqlite3 "modernc.org/sqlite/lib"
)

// pageSize is that of the database file, SQLite's default.
const pageSize = 4096

// Pages that SQLite's caches hold, all connections of the process together: see connect.
const (
	writerPages = 2048 // the writer's
	readerPages = 480  // a reader's
	roomPages   = writerPages + 4*readerPages
)

// pageRoom gives SQLite one piece of memory for the pages of all caches. By itself it asks the allocator for each page, which
// takes 8 KiB for one of 4 with its header, and gives it back whenever a reader's cache is out of date.
//
//nolint:gochecknoglobals // it is SQLite's own setting for the whole process, and only before the first connection
var pageRoom = sync.OnceValue(func() error {
	tls := libc.NewTLS()
	defer tls.Close()
	at := libc.Xmalloc(tls, 64) // for what is asked, and for the arguments
	if at == 0 {
		return fmt.Errorf("reserve memory for pages: none left")
	}
	defer libc.Xfree(tls, at)
	header, args := at, at+16
	if rc := sqlite3.Xsqlite3_config(tls, sqlite3.SQLITE_CONFIG_PCACHE_HDRSZ, libc.VaList(args, header)); rc != sqlite3.SQLITE_OK {
		return fmt.Errorf("reserve memory for pages: SQLite gives %d for the size of a header", rc)
	}
	slot := pageSize + int(*(*int32)(unsafe.Pointer(header))) //nolint:govet // it is not in Go's heap
	slot = (slot + 15) &^ 15
	room := libc.Xmalloc(tls, types.Size_t(slot*roomPages)) // SQLite's from here on
	if room == 0 {
		return fmt.Errorf("reserve memory for pages: none left")
	}
	// Nobody asks for figures of SQLite's memory, and each allocation would take a lock to keep them.
	rc := sqlite3.Xsqlite3_config(tls, sqlite3.SQLITE_CONFIG_MEMSTATUS, libc.VaList(args, int32(0)))
	if rc == sqlite3.SQLITE_OK {
		rc = sqlite3.Xsqlite3_config(tls, sqlite3.SQLITE_CONFIG_PAGECACHE, libc.VaList(args, room, int32(slot), int32(roomPages)))
	}
	if rc == sqlite3.SQLITE_OK {
		return nil
	}
	libc.Xfree(tls, room)
	if rc == sqlite3.SQLITE_MISUSE {
		return nil // something else of this process has opened a database before: then pages come one by one, as they always did
	}
	return fmt.Errorf("reserve memory for pages: SQLite gives %d", rc)
})
