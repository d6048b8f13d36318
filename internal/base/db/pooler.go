package db

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"
)

// execMode is the name of the address's parameter that says how statements go to the server.
const execMode = "default_query_exec_mode"

// suitPooler looks once whether a transaction pooler stands in front of the server. Behind one, each transaction may be
// another server process's, which does not know the statements that were prepared in the one before; pgbouncer passes
// them on only since 1.21, and only when told to. So none is named there: the server reads each statement anew, and only
// what it said of the parameters' types is kept. An address that chooses a way itself is left alone.
func suitPooler(ctx context.Context, url string, cc *pgx.ConnConfig) error {
	c, err := pgx.ConnectConfig(ctx, cc)
	if err != nil {
		return err
	}
	defer c.Close(context.WithoutCancel(ctx))
	// A pooler greets with a process number of its own making, and the server knows its own.
	var serves uint32
	if err := c.QueryRow(ctx, "SELECT pg_backend_pid()", pgx.QueryExecModeSimpleProtocol).Scan(&serves); err != nil {
		return err
	}
	if serves != c.PgConn().PID() && !strings.Contains(url, execMode) {
		cc.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
	}
	return nil
}
