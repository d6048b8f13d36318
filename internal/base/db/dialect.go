package db

import (
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
	"zombiezen.com/go/sqlite"
)

// Dialect is the kind of database. Most SQL is the same text on both; what truly differs asks for it.
type Dialect int

// The dialects.
const (
	SQLite Dialect = iota
	Postgres
)

// String gives the name of the database.
func (d Dialect) String() string {
	if d == Postgres {
		return "PostgreSQL"
	}
	return "SQLite"
}

// ForUpdate gives the clause that locks the selected rows until the end of the transaction. On SQLite it is empty:
// there is one writer anyway.
func ForUpdate(d Dialect) string {
	if d == Postgres {
		return " FOR UPDATE"
	}
	return ""
}

// SkipLocked gives the clause that locks the selected rows and leaves out those that another transaction holds.
func SkipLocked(d Dialect) string {
	if d == Postgres {
		return " FOR UPDATE SKIP LOCKED"
	}
	return ""
}

// ErrNotFound is what Row.Scan returns when the query gave no row.
var ErrNotFound = errors.New("no such row")

// IsUnique tells whether err is a violation of a primary key or unique index.
func IsUnique(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "23505"
	}
	switch sqliteCode(err) {
	case codeUnique, codePrimaryKey:
		return true
	}
	return false
}

// SQLite's extended result codes that something here depends on (https://www.sqlite.org/rescode.html).
const (
	codeBusy       = 5
	codeIOErr      = 10
	codeCorrupt    = 11
	codeFull       = 13
	codeNotADB     = 26
	codePrimaryKey = 1555
	codeUnique     = 2067
	codeSHMSize    = 4874
)

// sqliteCode gives SQLite's extended result code of err, or 0. The errors of migrations' driver tell it by a
// method, and so can those of fault tests.
func sqliteCode(err error) int {
	var coded interface{ Code() int }
	if errors.As(err, &coded) {
		return coded.Code()
	}
	if code := sqlite.ErrCode(err); code != sqlite.ResultError {
		return int(code) // otherwise it is no error of SQLite's, or none that anything here depends on
	}
	return 0
}
