package db

import (
	"errors"
	"fmt"
	"sync"
	"unsafe"

	"modernc.org/libc"
	"modernc.org/libc/sys/types"
	sqlite3 "modernc.org/sqlite/lib"
)

// gatherName is the file layer that writes the log in large pieces.
const gatherName = "hearth"

// gatherRoom is how much of the log is held back at most, in bytes: whole pages with their headers, and less than SQLite's own layer
// writes at once (it takes the length modulo 128 KiB, and what comes out as nothing for a full disk).
const gatherRoom = 31 * (pageSize + 24)

// gathering makes a file layer for SQLite that differs from its own in one thing: what is written to the log, each piece behind
// the last, is held back and goes to the system as one when the log is synced, read, full or closed. SQLite itself writes each
// page and each page's header alone, some two hundred calls a commit.
//
// Nobody but the system sees the difference: others read a log as far as a commit has told them to, and a commit with synchronous =
// FULL syncs before it tells. Only connections that do so may use this layer.
//
//nolint:gochecknoglobals // it is SQLite's own setting for the whole process
var gathering = sync.OnceValue(func() error {
	tls := libc.NewTLS()
	defer tls.Close()
	base := sqlite3.Xsqlite3_vfs_find(tls, 0)
	name, err := libc.CString(gatherName)
	at := libc.Xmalloc(tls, types.Size_t(unsafe.Sizeof(gatherLayer{})))
	if base == 0 || at == 0 || err != nil {
		return errors.Join(errors.New("make a file layer for SQLite: it has none itself, or there is no memory left"), err)
	}
	layer := (*gatherLayer)(unsafe.Pointer(at)) //nolint:govet // it is not in Go's heap, nor is what follows
	*layer = gatherLayer{Tsqlite3_vfs: *vfsAt(base), base: base}
	layer.FzName, layer.FpNext = name, 0
	layer.FszOsFile += int32(unsafe.Sizeof(gathered{}))
	layer.FxOpen = pointer(gatherOpen)
	if rc := sqlite3.Xsqlite3_vfs_register(tls, at, 0); rc != sqlite3.SQLITE_OK {
		return fmt.Errorf("make a file layer for SQLite: it gives %d", rc)
	}
	return nil
})

// gatherLayer is SQLite's own layer, changed, and where it is.
type gatherLayer struct {
	sqlite3.Tsqlite3_vfs
	base uintptr
}

// gathered is what this layer keeps of a log that is open. It lies behind what SQLite's own layer keeps of it.
type gathered struct {
	own   uintptr // the methods of SQLite's own layer
	piece uintptr // room for gatherRoom bytes, or 0
	at, n int64   // what is held back: where it belongs, in bytes from the log's start, and how much of it
	sqlite3.Tsqlite3_io_methods
}

func vfsAt(p uintptr) *sqlite3.Tsqlite3_vfs {
	return (*sqlite3.Tsqlite3_vfs)(unsafe.Pointer(p)) //nolint:govet // not in Go's heap
}

// pointer gives a function with a name as SQLite takes it: the address of its code's address.
func pointer[F any](f F) uintptr { return *(*uintptr)(unsafe.Pointer(&f)) }

// called gives the Go function behind such a pointer.
func called[F any](p uintptr) F { return *(*F)(unsafe.Pointer(&struct{ uintptr }{p})) }

// The calls of a layer that are met here, as SQLite makes them (https://www.sqlite.org/c3ref/io_methods.html).
type (
	openCall  = func(tls *libc.TLS, layer, name, file uintptr, flags int32, out uintptr) int32
	closeCall = func(tls *libc.TLS, file uintptr) int32
	moveCall  = func(tls *libc.TLS, file, data uintptr, n int32, at int64) int32
	truncCall = func(tls *libc.TLS, file uintptr, size int64) int32
	syncCall  = func(tls *libc.TLS, file uintptr, flags int32) int32
	sizeCall  = func(tls *libc.TLS, file, size uintptr) int32
)

// gatherOpen opens a file as SQLite's own layer does, and takes its methods over if it is a log.
func gatherOpen(tls *libc.TLS, layer, name, file uintptr, flags int32, out uintptr) int32 {
	own := vfsAt((*gatherLayer)(unsafe.Pointer(layer)).base) //nolint:govet // not in Go's heap
	rc := called[openCall](own.FxOpen)(tls, layer, name, file, flags, out)
	if rc != sqlite3.SQLITE_OK || flags&sqlite3.SQLITE_OPEN_WAL == 0 {
		return rc
	}
	methods := (*uintptr)(unsafe.Pointer(file))                     //nolint:govet // not in Go's heap
	g := (*gathered)(unsafe.Pointer(file + uintptr(own.FszOsFile))) //nolint:govet // nor this
	was := (*sqlite3.Tsqlite3_io_methods)(unsafe.Pointer(*methods)) //nolint:govet // nor this
	*g = gathered{own: *methods, Tsqlite3_io_methods: *was}
	g.FxClose, g.FxRead, g.FxWrite = pointer(gatherClose), pointer(gatherRead), pointer(gatherWrite)
	g.FxTruncate, g.FxSync, g.FxFileSize = pointer(gatherTruncate), pointer(gatherSync), pointer(gatherSize)
	*methods = uintptr(unsafe.Pointer(&g.Tsqlite3_io_methods))
	return rc
}

// gatheredOf finds what is kept of a log by its methods, which lie within it.
func gatheredOf(file uintptr) (*gathered, *sqlite3.Tsqlite3_io_methods) {
	methods := *(*uintptr)(unsafe.Pointer(file))                                                //nolint:govet // not in Go's heap
	g := (*gathered)(unsafe.Pointer(methods - unsafe.Offsetof(gathered{}.Tsqlite3_io_methods))) //nolint:govet // nor this
	return g, (*sqlite3.Tsqlite3_io_methods)(unsafe.Pointer(g.own))                             //nolint:govet // nor this
}

// out writes what is held back. What cannot be written stays, and is tried again before anything else is done with the log.
func (g *gathered) out(tls *libc.TLS, file uintptr, own *sqlite3.Tsqlite3_io_methods) int32 {
	if g.n == 0 {
		return sqlite3.SQLITE_OK
	}
	rc := called[moveCall](own.FxWrite)(tls, file, g.piece, int32(g.n), g.at)
	if rc == sqlite3.SQLITE_OK {
		g.n = 0
	}
	return rc
}

func gatherWrite(tls *libc.TLS, file, data uintptr, n int32, at int64) int32 {
	g, own := gatheredOf(file)
	if g.n > 0 && (at != g.at+g.n || g.n+int64(n) > gatherRoom) {
		if rc := g.out(tls, file, own); rc != sqlite3.SQLITE_OK {
			return rc
		}
	}
	if g.piece == 0 {
		g.piece = libc.Xmalloc(tls, gatherRoom)
	}
	if g.piece == 0 || int64(n) > gatherRoom {
		return called[moveCall](own.FxWrite)(tls, file, data, n, at)
	}
	if g.n == 0 {
		g.at = at
	}
	libc.Xmemcpy(tls, g.piece+uintptr(g.n), data, types.Size_t(n))
	g.n += int64(n)
	return sqlite3.SQLITE_OK
}

func gatherRead(tls *libc.TLS, file, data uintptr, n int32, at int64) int32 {
	g, own := gatheredOf(file)
	if rc := g.out(tls, file, own); rc != sqlite3.SQLITE_OK {
		return rc
	}
	return called[moveCall](own.FxRead)(tls, file, data, n, at)
}

func gatherSync(tls *libc.TLS, file uintptr, flags int32) int32 {
	g, own := gatheredOf(file)
	if rc := g.out(tls, file, own); rc != sqlite3.SQLITE_OK {
		return rc
	}
	return called[syncCall](own.FxSync)(tls, file, flags)
}

func gatherTruncate(tls *libc.TLS, file uintptr, size int64) int32 {
	g, own := gatheredOf(file)
	if rc := g.out(tls, file, own); rc != sqlite3.SQLITE_OK {
		return rc
	}
	return called[truncCall](own.FxTruncate)(tls, file, size)
}

func gatherSize(tls *libc.TLS, file, size uintptr) int32 {
	g, own := gatheredOf(file)
	if rc := g.out(tls, file, own); rc != sqlite3.SQLITE_OK {
		return rc
	}
	return called[sizeCall](own.FxFileSize)(tls, file, size)
}

func gatherClose(tls *libc.TLS, file uintptr) int32 {
	g, own := gatheredOf(file)
	_ = g.out(tls, file, own) // what is held back belongs to no commit
	libc.Xfree(tls, g.piece)
	*(*uintptr)(unsafe.Pointer(file)) = g.own //nolint:govet // not in Go's heap
	return called[closeCall](own.FxClose)(tls, file)
}
