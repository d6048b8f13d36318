package db

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"hearth"
)

// migrationLock is the advisory lock under which one process at a time changes the schema. Any constant does.
const migrationLock = 0x4865617274680001

// prepareSchema migrates and puts every table behind row-level security. A node that finds all in place changes nothing
// and needs no right to.
func (e *pgEngine) prepareSchema(ctx context.Context) error {
	// A connection of its own, because the pool may be as small as one.
	c, err := pgx.ConnectConfig(ctx, e.pool.Config().ConnConfig)
	if err != nil {
		return err
	}
	defer c.Close(context.WithoutCancel(ctx)) // which also frees the lock
	// Held by a transaction rather than a session, so that it works through a pooler; the migrations run beside it.
	b := &pgx.Batch{}
	b.Queue("BEGIN")
	b.Queue("SELECT pg_advisory_xact_lock($1)", int64(migrationLock))
	if err := c.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("wait for other nodes' migrations: %w", err)
	}
	std := stdlib.OpenDBFromPool(e.pool)
	defer std.Close()
	err = migrate(ctx, std, Postgres, e.cfg.migrations, func() error { return e.openToOwner(ctx) })
	if err != nil {
		return err
	}
	return e.secure(ctx)
}

// openToOwner lets the tables' owner see all organizations' rows: a migration that moves data would otherwise silently
// move none. What runs meanwhile runs as another role and stays bound. secure closes the tables again, also after a
// migration that was cut off, because it looks at what is there.
func (e *pgEngine) openToOwner(ctx context.Context) error {
	rows, err := e.pool.Query(ctx, `SELECT relname::text FROM pg_class WHERE relnamespace = current_schema()::regnamespace
AND relkind IN ('r', 'p') AND relforcerowsecurity ORDER BY 1`)
	if err != nil {
		return err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, name := range names {
		if _, err := e.pool.Exec(ctx, "ALTER TABLE "+pgx.Identifier{name}.Sanitize()+" NO FORCE ROW LEVEL SECURITY"); err != nil {
			return err
		}
	}
	return nil
}

// secure makes the role and gives each table its policy, where they are missing. It is code rather than a migration, so
// that no later table can be forgotten.
func (e *pgEngine) secure(ctx context.Context) error {
	if err := e.ensureRole(ctx); err != nil {
		return err
	}
	rows, err := e.pool.Query(ctx, openTables, AppRole)
	if err != nil {
		return fmt.Errorf("list tables: %w", err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("list tables: %w", err)
	}
	for _, name := range names {
		if err := e.secureTable(ctx, name); err != nil {
			return fmt.Errorf("row-level security for %s: %w", name, err)
		}
	}
	return nil
}

// openTables lists our tables that lack forced row-level security, the policy, or the role's rights.
const openTables = `
SELECT c.relname::text FROM pg_class c
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND c.relname <> 'goose_db_version'
  AND NOT (c.relrowsecurity AND c.relforcerowsecurity
    AND EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'hearth_org')
    AND has_table_privilege($1, c.oid, 'SELECT') AND has_table_privilege($1, c.oid, 'DELETE'))
ORDER BY 1`

func (e *pgEngine) secureTable(ctx context.Context, name string) error {
	table := pgx.Identifier{name}.Sanitize()
	steps := []string{
		"ALTER TABLE " + table + " ENABLE ROW LEVEL SECURITY",
		"ALTER TABLE " + table + " FORCE ROW LEVEL SECURITY",
		"DROP POLICY IF EXISTS hearth_org ON " + table,
		// A transaction that forgot its organization sees nothing: the setting is then empty or missing.
		"CREATE POLICY hearth_org ON " + table + " USING (org = current_setting('hearth.org', true))" +
			" WITH CHECK (org = current_setting('hearth.org', true))",
		"GRANT SELECT, INSERT, UPDATE, DELETE ON " + table + " TO " + AppRole,
	}
	return pgx.BeginFunc(ctx, e.pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, strings.Join(steps, "; "))
		return err
	})
}

// ensureRole makes the role that transactions run as, and lets the connecting account take it on.
func (e *pgEngine) ensureRole(ctx context.Context) error {
	var exists, member, bypass bool
	var account string
	err := e.pool.QueryRow(ctx, `
SELECT current_user::text, EXISTS (SELECT 1 FROM pg_roles WHERE rolname = $1),
  EXISTS (SELECT 1 FROM pg_roles WHERE rolname = $1 AND (rolsuper OR rolbypassrls)),
  EXISTS (SELECT 1 FROM pg_roles WHERE rolname = $1 AND pg_has_role(current_user, oid, 'MEMBER'))`,
		AppRole).Scan(&account, &exists, &bypass, &member)
	if err != nil {
		return fmt.Errorf("look for the role %s: %w", AppRole, err)
	}
	if bypass {
		return hearth.Errorf(hearth.CodeUnavailable,
			"The database role %s may bypass row-level security. Run: ALTER ROLE %s NOSUPERUSER NOBYPASSRLS", AppRole, AppRole)
	}
	if !exists {
		// Another database's node on this server may be making the role at this moment.
		if err := e.roleStep(ctx, account, "CREATE ROLE "+AppRole+" NOLOGIN NOBYPASSRLS", "42710", "23505"); err != nil {
			return err
		}
	}
	if !member {
		if err := e.roleStep(ctx, account, "GRANT "+AppRole+" TO "+pgx.Identifier{account}.Sanitize(), "23505"); err != nil {
			return err
		}
	}
	if err := e.grantSchema(ctx); err != nil {
		return err
	}
	return nil
}

func (e *pgEngine) grantSchema(ctx context.Context) error {
	var usable bool
	if err := e.pool.QueryRow(ctx, "SELECT has_schema_privilege($1, current_schema(), 'USAGE')", AppRole).Scan(&usable); err != nil {
		return fmt.Errorf("rights of %s: %w", AppRole, err)
	}
	if usable {
		return nil
	}
	_, err := e.pool.Exec(ctx, `DO $$ BEGIN EXECUTE format('GRANT USAGE ON SCHEMA %I TO `+AppRole+`', current_schema()); END $$`)
	return err
}

// roleStep runs a statement about the role, which concerns the whole server: others may do the same at the same time.
func (e *pgEngine) roleStep(ctx context.Context, account, q string, fine ...string) error {
	for try := 1; ; try++ {
		_, err := e.pool.Exec(ctx, q)
		var pg *pgconn.PgError
		if err == nil || !errors.As(err, &pg) {
			return err
		}
		for _, code := range fine {
			if pg.Code == code {
				return nil
			}
		}
		if pg.Code == "42501" {
			return sentence(hearth.CodeForbidden, err, fmt.Sprintf(
				"Hearth's database role is not set up and the account %q may not do it. Have an administrator run: "+
					"CREATE ROLE %s NOLOGIN NOBYPASSRLS; GRANT %s TO %s", account, AppRole, AppRole, pgx.Identifier{account}.Sanitize()))
		}
		if pg.Code != "XX000" || try == maxTries { // "tuple concurrently updated"
			return err
		}
		time.Sleep(time.Duration(try) * 10 * time.Millisecond)
	}
}
