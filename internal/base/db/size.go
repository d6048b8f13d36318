package db

import (
	"context"
	"fmt"
)

// The size is nobody's in particular; the statements name the organization because all do.
const (
	sqliteSize   = `SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size(), (SELECT CAST($1 AS TEXT) AS org) AS whose`
	postgresSize = `SELECT pg_database_size(current_database()) FROM (SELECT CAST($1 AS TEXT) AS org) AS whose`
)

// Size gives how many bytes the database takes: of SQLite the file, of PostgreSQL the whole database, other organizations'
// share included.
func (t *Tx) Size(ctx context.Context) (bytes int64, err error) {
	q := sqliteSize
	if t.Dialect() == Postgres {
		q = postgresSize
	}
	if err := t.Row(ctx, q, t.Org()).Scan(&bytes); err != nil {
		return 0, fmt.Errorf("measure the database: %w", err)
	}
	return bytes, nil
}
