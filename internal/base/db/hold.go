package db

import (
	"context"
	"fmt"
)

// The name is taken within the organization. A cast keeps the call from being left out of the plan.
const (
	holdSQL      = `SELECT CAST(pg_advisory_xact_lock(hashtextextended(k.org || '/' || k.name, 0)) AS TEXT) FROM (SELECT CAST($1 AS TEXT) AS org, CAST($2 AS TEXT) AS name) k`
	holdShareSQL = `SELECT CAST(pg_advisory_xact_lock_shared(hashtextextended(k.org || '/' || k.name, 0)) AS TEXT) FROM (SELECT CAST($1 AS TEXT) AS org, CAST($2 AS TEXT) AS name) k`
)

// Hold waits for a name within the organization and keeps it until the transaction ends: alone, or shared with others
// that share it. Names are taken in one order, before rows are changed. On SQLite there is one writer, who holds all.
func (t *Tx) Hold(ctx context.Context, name string, shared bool) error {
	if t.Dialect() == SQLite {
		return nil
	}
	q := holdSQL
	if shared {
		q = holdShareSQL
	}
	var nothing string
	if err := t.Row(ctx, q, t.Org(), name).Scan(&nothing); err != nil {
		return fmt.Errorf("wait for the name %s: %w", name, err)
	}
	return nil
}
